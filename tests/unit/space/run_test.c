/*
 * run_test.c - holding, overlapping and ending of runs, also at the end of all numbers.
 */
#include "space/run.h"

#include "support/unit.h"

static void a_run_holds_what_lies_inside_it(void **state)
{
    const struct run outer = {10, 5};

    (void)state;
    assert_true(run_holds(outer, outer));
    assert_true(run_holds(outer, (struct run){10, 1}));
    assert_true(run_holds(outer, (struct run){14, 1}));
    assert_true(run_holds(outer, (struct run){12, 3}));
    assert_false(run_holds(outer, (struct run){9, 2}));
    assert_false(run_holds(outer, (struct run){12, 4}));
    assert_false(run_holds(outer, (struct run){15, 1}));
    assert_false(run_holds(outer, (struct run){10, 6}));
}

static void a_sum_that_overflows_is_held_by_nothing(void **state)
{
    const struct run outer = {0, 100};

    (void)state;
    assert_false(run_holds(outer, (struct run){UINT64_MAX, 2}));
    assert_false(run_holds(outer, (struct run){99, UINT64_MAX}));
    assert_false(run_holds(outer, (struct run){1, UINT64_MAX}));
    assert_true(run_holds((struct run){0, UINT64_MAX}, (struct run){UINT64_MAX - 1, 1}));
}

static void touching_runs_do_not_overlap(void **state)
{
    (void)state;
    assert_false(run_overlaps((struct run){0, 5}, (struct run){5, 5}));
    assert_false(run_overlaps((struct run){5, 5}, (struct run){0, 5}));
    assert_true(run_overlaps((struct run){0, 6}, (struct run){5, 5}));
    assert_true(run_overlaps((struct run){0, 20}, (struct run){5, 5}));
    assert_true(run_overlaps((struct run){5, 5}, (struct run){5, 5}));
}

static void runs_are_equal_in_both_members(void **state)
{
    (void)state;
    assert_true(run_equals((struct run){3, 4}, (struct run){3, 4}));
    assert_false(run_equals((struct run){3, 4}, (struct run){3, 5}));
    assert_false(run_equals((struct run){3, 4}, (struct run){2, 4}));
    assert_int_equal(run_end((struct run){3, 4}), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_holds_what_lies_inside_it),
        cmocka_unit_test(a_sum_that_overflows_is_held_by_nothing),
        cmocka_unit_test(touching_runs_do_not_overlap),
        cmocka_unit_test(runs_are_equal_in_both_members),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
