/*
 * lifo_test.c - what was given last is taken first, whatever left the middle meanwhile.
 *
 * What every policy owes stands in policy_test.c and in the model test.
 */
#include "base/memory.h"
#include "space/space.h"
#include "support/unit.h"

static struct space *open_lifo(uint64_t unit_count)
{
    struct space *space;

    assert_ok(space_open("lifo", unit_count, &space));
    return space;
}

static uint64_t take(struct space *space, uint64_t unit_count, uint64_t align)
{
    const struct policy_request request = {.unit_count = unit_count, .align = align};
    struct run run = {UINT64_MAX, 0};

    assert_ok(space_take(space, &request, &run));
    return run.first;
}

static void the_unit_given_last_is_taken_first(void **state)
{
    struct space *space = open_lifo(100);

    (void)state;
    assert_ok(space_give(space, (struct run){5, 1}));
    assert_ok(space_give(space, (struct run){90, 1}));
    assert_ok(space_give(space, (struct run){40, 1}));

    assert_int_equal(take(space, 1, 0), 40);
    assert_int_equal(take(space, 1, 0), 90);
    assert_ok(space_give(space, (struct run){41, 1}));
    assert_int_equal(take(space, 1, 0), 41);
    assert_int_equal(take(space, 1, 0), 5);
    space_close(space);
}

static void of_a_run_the_lowest_unit_is_taken_first(void **state)
{
    struct space *space = open_lifo(100);

    (void)state;
    assert_ok(space_give(space, (struct run){50, 3}));
    assert_ok(space_give(space, (struct run){10, 2}));

    assert_int_equal(take(space, 1, 0), 10);
    assert_int_equal(take(space, 1, 0), 11);
    assert_int_equal(take(space, 1, 0), 50);
    assert_int_equal(take(space, 1, 0), 51);
    assert_int_equal(take(space, 1, 0), 52);
    space_close(space);
}

static void units_leave_the_middle_and_the_order_stays(void **state)
{
    struct space *space = open_lifo(100);

    (void)state;
    assert_ok(space_give(space, (struct run){10, 4}));
    assert_ok(space_give(space, (struct run){30, 4}));
    assert_ok(space_give(space, (struct run){20, 2}));
    assert_ok(space_take_at(space, (struct run){31, 2}));
    assert_ok(space_audit(space));

    /* A longer run comes from the lowest address, not from the top. */
    assert_int_equal(take(space, 3, 0), 10);
    assert_ok(space_audit(space));
    assert_int_equal(take(space, 1, 0), 20);
    assert_int_equal(take(space, 1, 0), 21);
    assert_int_equal(take(space, 1, 0), 30);
    assert_int_equal(take(space, 1, 0), 33);
    assert_int_equal(take(space, 1, 0), 13);
    space_close(space);
}

static void an_aligned_unit_is_looked_for_by_address(void **state)
{
    struct space *space = open_lifo(100);

    (void)state;
    assert_ok(space_give(space, (struct run){32, 1}));
    assert_ok(space_give(space, (struct run){64, 1}));
    assert_ok(space_give(space, (struct run){7, 1}));

    assert_int_equal(take(space, 1, 32), 32);
    assert_int_equal(take(space, 1, 1), 7);
    assert_int_equal(take(space, 1, 64), 64);
    space_close(space);
}

static void it_grows_and_shrinks_over_segments_of_links(void **state)
{
    struct space *space = open_lifo(10);
    uint64_t block_count = memory_block_count();

    (void)state;
    assert_ok(space_grow(space, 100000));
    assert_ok(space_give(space, (struct run){0, 100000}));
    assert_int_equal(take(space, 1, 0), 0);
    assert_ok(space_take_at(space, (struct run){10, 99990}));
    assert_ok(space_shrink(space, 10));
    assert_int_equal(memory_block_count(), block_count);
    assert_int_equal(take(space, 1, 0), 1);
    assert_ok(space_audit(space));
    space_close(space);
}

static void growth_that_fails_keeps_no_memory(void **state)
{
    struct space *space = open_lifo(10);
    uint64_t block_count = memory_block_count();
    fh_status status = FH_NO_MEMORY;
    uint64_t n = 0;

    (void)state;
    while (status == FH_NO_MEMORY) {
        assert_int_equal(memory_block_count(), block_count);
        (void)memory_fail_at(++n, 0);
        status = space_grow(space, 20000);
        (void)memory_fail_at(0, 0);
    }
    assert_ok(status);
    assert_true(n > 4);
    assert_ok(space_give(space, (struct run){0, 20000}));
    assert_ok(space_audit(space));
    space_close(space);
}

static void more_units_than_links_can_name_are_refused(void **state)
{
    struct space *space = open_lifo(10);

    (void)state;
    assert_status(space_grow(space, UINT64_C(1) << 32), FH_TOO_LARGE);
    assert_ok(space_audit(space));
    space_close(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_unit_given_last_is_taken_first),
        cmocka_unit_test(of_a_run_the_lowest_unit_is_taken_first),
        cmocka_unit_test(units_leave_the_middle_and_the_order_stays),
        cmocka_unit_test(an_aligned_unit_is_looked_for_by_address),
        cmocka_unit_test(it_grows_and_shrinks_over_segments_of_links),
        cmocka_unit_test(growth_that_fails_keeps_no_memory),
        cmocka_unit_test(more_units_than_links_can_name_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
