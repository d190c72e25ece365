/*
 * best_test.c - the shortest run that is long enough, the lowest of equal ones.
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
        bool is_wished = run.count == chosen.count && chosen.first < near && run.first >= near;

        if (run.count >= unit_count && (run.count < chosen.count || is_wished)) chosen = run;
    }
    return chosen.first;
}

static struct fit best = {
    .policy = "best",
    .choose = choose,
    .aligned = {{0, 64, 65600}, {0, 32, 65568}},
};

static void the_shortest_run_that_is_long_enough_is_taken(void **state)
{
    struct space *space = fit_open(&best, 2000);

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

static void a_wish_chooses_among_equally_short_runs(void **state)
{
    struct space *space = fit_open(&best, 2000);

    (void)state;
    for (uint64_t first = 100; first < 600; first += 100)
        assert_ok(space_give(space, (struct run){first, 5}));
    assert_ok(space_give(space, (struct run){1000, 50}));

    assert_int_equal(fit_take(space, 4, 250, 0), 300);
    assert_int_equal(fit_take(space, 4, 400, 0), 400);
    assert_int_equal(fit_take(space, 4, 501, 0), 100);
    assert_int_equal(fit_take(space, 6, 100, 0), 1000);
    space_close(space);
}

static void an_alignment_takes_the_shortest_run_that_has_it(void **state)
{
    struct space *space = fit_open(&best, 2000);

    (void)state;
    assert_ok(space_give(space, (struct run){9, 7}));
    assert_ok(space_give(space, (struct run){60, 12}));
    assert_ok(space_give(space, (struct run){500, 300}));

    assert_int_equal(fit_take(space, 8, 0, 8), 64);
    assert_int_equal(fit_take(space, 4, 0, 8), 504);
    assert_int_equal(fit_take(space, 4, 0, 4), 60);
    assert_int_equal(fit_take(space, 4, 0, 4), 500);
    assert_int_equal(fit_take(space, 4, 0, 4), 12);
    assert_ok(space_audit(space));
    space_close(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shortest_run_that_is_long_enough_is_taken),
        cmocka_unit_test(a_wish_chooses_among_equally_short_runs),
        cmocka_unit_test(an_alignment_takes_the_shortest_run_that_has_it),
        FIT_TESTS(&best),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
