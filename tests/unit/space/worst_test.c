/*
 * worst_test.c - the longest run, the lowest of equal ones.
 *
 * What every policy owes stands in policy_test.c and in the model test; what those owe that
 * fit runs, in support/fit.c.
 */
#include "support/fit.h"

/* UINT64_MAX: none is long enough. */
static uint64_t choose(const struct space *space, uint64_t unit_count, uint64_t near)
{
    struct run chosen = {UINT64_MAX, 0};
    struct run run;

    for (uint64_t at = 0; space_next_run(space, at, &run); at = run_end(run)) {
        bool is_wished = run.count == chosen.count && chosen.first < near && run.first >= near;

        if (run.count >= unit_count && (run.count > chosen.count || is_wished)) chosen = run;
    }
    return chosen.first;
}

static struct fit worst = {
    .policy = "worst",
    .choose = choose,
    .aligned = {{0, 32, 65568}},
};

static void the_longest_run_is_taken_from_its_beginning(void **state)
{
    struct space *space = fit_open(&worst, 2000);

    (void)state;
    assert_ok(space_give(space, (struct run){10, 8}));
    assert_ok(space_give(space, (struct run){100, 12}));
    assert_ok(space_give(space, (struct run){200, 10}));

    assert_int_equal(fit_take(space, 2, 0, 0), 100);
    assert_int_equal(fit_take(space, 2, 0, 0), 102);
    assert_int_equal(fit_take(space, 2, 0, 0), 200);
    assert_int_equal(fit_take(space, 8, 0, 0), 10);
    assert_int_equal(fit_take(space, 8, 0, 0), 104);
    assert_int_equal(fit_take(space, 8, 0, 0), 202);
    assert_int_equal(space_free_units(space), 0);
    space_close(space);
}

static void a_wish_chooses_among_equally_long_runs(void **state)
{
    struct space *space = fit_open(&worst, 2000);

    (void)state;
    for (uint64_t first = 100; first < 500; first += 100)
        assert_ok(space_give(space, (struct run){first, 9}));

    assert_int_equal(fit_take(space, 4, 250, 0), 300);
    assert_int_equal(fit_take(space, 4, 250, 0), 400);
    assert_int_equal(fit_take(space, 4, 250, 0), 100);
    assert_int_equal(fit_take(space, 9, 50, 0), 200);
    space_close(space);
}

static void an_alignment_goes_down_to_the_run_that_has_it(void **state)
{
    struct space *space = fit_open(&worst, 2000);

    (void)state;
    assert_ok(space_give(space, (struct run){129, 60}));
    assert_ok(space_give(space, (struct run){257, 60}));
    assert_ok(space_give(space, (struct run){500, 20}));
    assert_ok(space_give(space, (struct run){1024, 10}));

    assert_int_equal(fit_take(space, 8, 0, 64), 512);
    assert_int_equal(fit_take(space, 8, 0, 64), 1024);
    assert_int_equal(fit_take(space, 8, 0, 16), 144);
    assert_ok(space_audit(space));
    space_close(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_run_is_taken_from_its_beginning),
        cmocka_unit_test(a_wish_chooses_among_equally_long_runs),
        cmocka_unit_test(an_alignment_goes_down_to_the_run_that_has_it),
        FIT_TESTS(&worst),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
