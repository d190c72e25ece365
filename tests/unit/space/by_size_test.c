/*
 * by_size_test.c - the exact length first, else the shortest longer run.
 *
 * What every policy owes stands in policy_test.c and in the model test; what those owe that
 * fit runs, in support/fit.c.
 */
#include "support/fit.h"

/* UINT64_MAX: none is long enough. */
static uint64_t choose(const struct space *space, uint64_t unit_count, uint64_t near)
{
    struct run chosen = {UINT64_MAX, UINT64_MAX};
    struct run run;

    for (uint64_t at = 0; space_next_run(space, at, &run); at = run_end(run)) {
        bool is_wished = run.count == chosen.count && chosen.first < near && run.first >= near &&
                         run.count == unit_count;

        if (run.count >= unit_count && (run.count < chosen.count || is_wished)) chosen = run;
    }
    return chosen.first;
}

static struct fit by_size = {
    .policy = "by-size",
    .choose = choose,
    .aligned = {{0, 64, 65600}, {0, 32, 65568}},
};

static void the_shortest_run_that_is_long_enough_is_taken(void **state)
{
    struct space *space = fit_open(&by_size, 2000);

    (void)state;
    assert_ok(space_give(space, (struct run){10, 100}));
    assert_ok(space_give(space, (struct run){200, 5}));
    assert_ok(space_give(space, (struct run){300, 8}));
    assert_ok(space_give(space, (struct run){400, 5}));

    assert_int_equal(fit_take(space, 6, 0, 0), 300);
    assert_int_equal(fit_take(space, 4, 0, 0), 200);
    assert_int_equal(fit_take(space, 2, 0, 0), 306);
    assert_int_equal(fit_take(space, 5, 0, 0), 400);
    assert_int_equal(fit_take(space, 1, 0, 0), 204);
    assert_int_equal(fit_take(space, 5, 0, 0), 10);
    assert_int_equal(fit_take(space, 95, 0, 0), 15);
    assert_int_equal(space_free_units(space), 0);
    space_close(space);
}

static void a_wish_chooses_among_runs_of_the_exact_length(void **state)
{
    struct space *space = fit_open(&by_size, 2000);

    (void)state;
    for (uint64_t first = 100; first < 500; first += 100)
        assert_ok(space_give(space, (struct run){first, 5}));

    assert_int_equal(fit_take(space, 5, 250, 0), 300);
    assert_int_equal(fit_take(space, 5, 401, 0), 100);
    /* A longer one is the lowest. */
    assert_int_equal(fit_take(space, 4, 400, 0), 200);
    assert_int_equal(fit_take(space, 1, 400, 0), 204);
    space_close(space);
}

static void a_run_joins_with_those_on_both_sides(void **state)
{
    struct space *space = fit_open(&by_size, 100);
    struct space_stat stat;

    (void)state;
    assert_ok(space_give(space, (struct run){10, 5}));
    assert_ok(space_give(space, (struct run){20, 5}));
    assert_ok(space_give(space, (struct run){25, 5}));
    space_stat(space, &stat);
    assert_int_equal(stat.free_runs, 2);
    assert_ok(space_give(space, (struct run){15, 5}));
    space_stat(space, &stat);
    assert_int_equal(stat.free_runs, 1);
    assert_int_equal(stat.largest_run_units, 20);
    assert_ok(space_give(space, (struct run){8, 2}));
    assert_int_equal(fit_take(space, 22, 0, 0), 8);
    space_close(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shortest_run_that_is_long_enough_is_taken),
        cmocka_unit_test(a_wish_chooses_among_runs_of_the_exact_length),
        cmocka_unit_test(a_run_joins_with_those_on_both_sides),
        FIT_TESTS(&by_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
