/*
 * array_test.c - first fit over a sorted array, neighbours merged, memory only when it grows.
 *
 * What every policy owes stands in policy_test.c and in the model test.
 */
#include "space/space.h"

#include "base/memory.h"
#include "support/unit.h"

static struct space *open_array(uint64_t unit_count)
{
    struct space *space;

    assert_ok(space_open("array", unit_count, &space));
    return space;
}

static uint64_t take(struct space *space, uint64_t unit_count, uint64_t near, uint64_t align)
{
    const struct policy_request request = {.unit_count = unit_count, .near = near, .align = align};
    struct run run = {UINT64_MAX, 0};
    fh_status status = space_take(space, &request, &run);

    if (status != FH_OK) assert_status(status, FH_NO_SPACE);
    assert_ok(space_audit(space));
    return run.first;
}

/* Case A1 of the page free list that this policy follows. */
static void the_lowest_run_that_is_long_enough_is_taken(void **state)
{
    struct space *space = open_array(20);

    (void)state;
    assert_ok(space_give(space, (struct run){3, 5}));
    assert_ok(space_give(space, (struct run){9, 1}));
    assert_ok(space_give(space, (struct run){12, 2}));
    assert_ok(space_give(space, (struct run){18, 1}));
    assert_int_equal(take(space, 3, 0, 0), 3);
    assert_int_equal(take(space, 1, 0, 0), 6);
    assert_int_equal(take(space, 3, 0, 0), UINT64_MAX);
    assert_int_equal(take(space, 2, 0, 0), 12);
    assert_int_equal(take(space, 1, 0, 0), 7);
    assert_int_equal(take(space, 1, 0, 0), 9);
    assert_int_equal(take(space, 1, 0, 0), 18);
    assert_int_equal(take(space, 1, 0, 0), UINT64_MAX);
    space_close(space);
}

static void a_wish_and_an_alignment_are_followed(void **state)
{
    struct space *space = open_array(1000);

    (void)state;
    assert_ok(space_give(space, (struct run){0, 100}));
    assert_ok(space_give(space, (struct run){500, 100}));
    assert_int_equal(take(space, 3, 550, 0), 550);
    assert_int_equal(take(space, 3, 200, 0), 500);
    assert_int_equal(take(space, 3, 598, 0), 0);
    assert_int_equal(take(space, 3, UINT64_MAX, 0), 3);
    assert_int_equal(take(space, 4, 0, 64), 64);
    assert_int_equal(take(space, 4, 65, 64), 512);
    assert_int_equal(take(space, 4, 513, 64), 576);
    assert_int_equal(take(space, 4, 0, 512), UINT64_MAX);
    assert_int_equal(take(space, 1, 0, UINT64_C(1) << 63), UINT64_MAX);
    space_close(space);
}

static void neighbours_join_on_either_side(void **state)
{
    struct space *space = open_array(100);
    struct space_stat stat;

    (void)state;
    assert_ok(space_give(space, (struct run){10, 5}));
    assert_ok(space_give(space, (struct run){20, 5}));
    assert_ok(space_give(space, (struct run){8, 2}));
    assert_ok(space_give(space, (struct run){25, 1}));
    space_stat(space, &stat);
    assert_int_equal(stat.free_runs, 2);
    assert_ok(space_give(space, (struct run){15, 5}));
    space_stat(space, &stat);
    assert_int_equal(stat.free_runs, 1);
    assert_int_equal(stat.largest_run_units, 18);
    assert_ok(space_audit(space));
    space_close(space);
}

/* L5: as many new runs as were reserved, from takes and from gives, with all memory refused. */
static void reserved_runs_need_no_memory(void **state)
{
    enum { RUNS = 500, HALF = RUNS * 4 };
    struct space *space = open_array(HALF + HALF);

    (void)state;
    assert_ok(space_reserve(space, RUNS, RUNS + 1));
    (void)memory_fail_at(1, 1);
    assert_ok(space_give(space, (struct run){0, HALF}));
    for (uint64_t first = 1; first < HALF; first += 4) {
        assert_ok(space_take_at(space, (struct run){first, 1}));
        space_put_back(space, (struct run){HALF + first, 1});
    }
    assert_int_equal(memory_fail_at(0, 0), 0);
    assert_ok(space_audit(space));
    space_close(space);
}

static void without_memory_a_call_fails_and_changes_nothing(void **state)
{
    struct space *space = open_array(10000);
    struct space_stat stat;
    fh_status status = FH_OK;
    uint64_t first = 1;

    (void)state;
    (void)memory_fail_at(1, 1);
    for (; status == FH_OK; first += 2)
        status = space_give(space, (struct run){first, 1});
    assert_status(status, FH_NO_MEMORY);
    assert_status(space_reserve(space, UINT64_MAX, 1), FH_NO_MEMORY);
    assert_status(space_reserve(space, UINT64_MAX / 2, 1), FH_NO_MEMORY);
    (void)memory_fail_at(0, 0);
    space_stat(space, &stat);
    assert_int_equal(stat.free_units, (first - 3) / 2);
    assert_ok(space_audit(space));
    space_close(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lowest_run_that_is_long_enough_is_taken),
        cmocka_unit_test(a_wish_and_an_alignment_are_followed),
        cmocka_unit_test(neighbours_join_on_either_side),
        cmocka_unit_test(reserved_runs_need_no_memory),
        cmocka_unit_test(without_memory_a_call_fails_and_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
