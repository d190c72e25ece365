/*
 * segregated_test.c - a good fit from the size classes, and an exact one when they are empty.
 *
 * What every policy owes stands in policy_test.c and in the model test.
 */
#include "space/space.h"

#include "support/unit.h"

static struct space *open_segregated(uint64_t unit_count)
{
    struct space *space;

    assert_ok(space_open("segregated", unit_count, &space));
    return space;
}

static uint64_t take(struct space *space, uint64_t unit_count, uint64_t align)
{
    const struct policy_request request = {.unit_count = unit_count, .align = align};
    struct run run = {UINT64_MAX, 0};
    fh_status status = space_take(space, &request, &run);

    if (status != FH_OK) assert_status(status, FH_NO_SPACE);
    assert_ok(space_audit(space));
    return run.first;
}

static void a_short_length_gets_its_own_class_wherever_that_lies(void **state)
{
    struct space *space = open_segregated(1000);

    (void)state;
    assert_ok(space_give(space, (struct run){10, 100}));
    assert_ok(space_give(space, (struct run){200, 31}));
    assert_ok(space_give(space, (struct run){300, 3}));
    assert_ok(space_give(space, (struct run){400, 30}));
    assert_int_equal(take(space, 3, 0), 300);
    assert_int_equal(take(space, 30, 0), 400);
    assert_int_equal(take(space, 31, 0), 200);
    assert_int_equal(take(space, 31, 0), 10);
    assert_int_equal(take(space, 69, 0), 41);
    assert_int_equal(space_free_units(space), 0);
    space_close(space);
}

static void within_a_class_the_last_one_given_comes_first(void **state)
{
    struct space *space = open_segregated(1000);

    (void)state;
    for (uint64_t first = 10; first < 100; first += 10)
        assert_ok(space_give(space, (struct run){first, 5}));
    assert_ok(space_take_at(space, (struct run){50, 5}));
    assert_int_equal(take(space, 5, 0), 90);
    assert_int_equal(take(space, 5, 0), 80);
    assert_ok(space_give(space, (struct run){50, 5}));
    assert_int_equal(take(space, 5, 0), 50);
    assert_int_equal(take(space, 5, 0), 70);
    space_close(space);
}

/* L3: 1000 and 1023 share a class, so rounding up would miss the one run that fits. */
static void the_own_class_is_searched_when_those_above_are_empty(void **state)
{
    struct space *space = open_segregated(100000);

    (void)state;
    for (uint64_t i = 0; i < 40; i++)
        assert_ok(space_give(space, (struct run){i * 2000, i == 17 ? 1020 : 1000}));
    assert_int_equal(take(space, 1021, 0), UINT64_MAX);
    assert_int_equal(take(space, 1020, 0), 34000);
    assert_int_equal(take(space, 1001, 0), UINT64_MAX);
    assert_int_equal(take(space, 1000, 0), UINT64_C(39) * 2000);

    /* A class that had nothing long enough says so at once, until such a run comes. */
    assert_int_equal(take(space, 1001, 0), UINT64_MAX);
    assert_ok(space_give(space, (struct run){90000, 1015}));
    assert_int_equal(take(space, 1001, 0), 90000);
    space_close(space);
}

/* L3 with an alignment: no run is long enough for the rounding, one holds an aligned place. */
static void an_aligned_run_is_found_in_a_run_that_just_fits(void **state)
{
    struct space *space = open_segregated(10000);

    (void)state;
    for (uint64_t first = 70; first < 5000; first += 128)
        assert_ok(space_give(space, (struct run){first, 40}));
    assert_int_equal(take(space, 8, 64), UINT64_MAX);
    assert_ok(space_give(space, (struct run){6400, 8}));
    assert_int_equal(take(space, 8, 64), 6400);
    assert_ok(space_give(space, (struct run){7001, 200}));
    assert_int_equal(take(space, 8, 64), 7040);
    assert_int_equal(take(space, 1, UINT64_C(1) << 63), UINT64_MAX);
    assert_int_equal(take(space, UINT64_MAX, UINT64_C(1) << 63), UINT64_MAX);
    space_close(space);
}

static void a_run_taken_out_of_the_middle_leaves_two(void **state)
{
    struct space *space = open_segregated(10000);
    struct space_stat stat;

    (void)state;
    assert_ok(space_give(space, (struct run){0, 10000}));
    assert_ok(space_take_at(space, (struct run){5000, 10}));
    assert_ok(space_take_at(space, (struct run){9990, 10}));
    space_stat(space, &stat);
    assert_int_equal(stat.free_runs, 2);
    assert_int_equal(stat.largest_run_units, 5000);
    assert_int_equal(take(space, 4980, 0), 5010);
    assert_int_equal(take(space, 4980, 0), 0);
    assert_ok(space_give(space, (struct run){5000, 5000}));
    assert_ok(space_give(space, (struct run){0, 4980}));
    space_stat(space, &stat);
    assert_int_equal(stat.free_runs, 1);
    assert_ok(space_audit(space));
    space_close(space);
}

static void records_of_32_bits_limit_the_universe(void **state)
{
    struct space *space = NULL;

    (void)state;
    assert_status(space_open("segregated", UINT32_MAX, &space), FH_TOO_LARGE);
    space = open_segregated(100);
    assert_status(space_grow(space, UINT32_MAX), FH_TOO_LARGE);
    assert_ok(space_audit(space));
    space_close(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_length_gets_its_own_class_wherever_that_lies),
        cmocka_unit_test(within_a_class_the_last_one_given_comes_first),
        cmocka_unit_test(the_own_class_is_searched_when_those_above_are_empty),
        cmocka_unit_test(an_aligned_run_is_found_in_a_run_that_just_fits),
        cmocka_unit_test(a_run_taken_out_of_the_middle_leaves_two),
        cmocka_unit_test(records_of_32_bits_limit_the_universe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
