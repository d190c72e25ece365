/*
 * bitmap_test.c - the default policy takes at the lowest address, and follows a wish.
 *
 * What every policy owes stands in policy_test.c and in the model test.
 */
#include "space/space.h"

#include "support/unit.h"

static struct space *open_bitmap(uint64_t unit_count)
{
    struct space *space;

    assert_ok(space_open("bitmap", unit_count, &space));
    return space;
}

static uint64_t take(struct space *space, uint64_t unit_count, uint64_t near, uint64_t align)
{
    const struct policy_request request = {.unit_count = unit_count, .near = near, .align = align};
    struct run run = {UINT64_MAX, 0};

    assert_ok(space_take(space, &request, &run));
    return run.first;
}

static void the_lowest_run_that_is_long_enough_is_taken(void **state)
{
    struct space *space = open_bitmap(2000);

    (void)state;
    assert_ok(space_give(space, (struct run){10, 1}));
    assert_ok(space_give(space, (struct run){20, 3}));
    assert_ok(space_give(space, (struct run){250, 20}));
    assert_ok(space_give(space, (struct run){900, 1000}));

    assert_int_equal(take(space, 4, 0, 0), 250);
    assert_int_equal(take(space, 2, 0, 0), 20);
    assert_int_equal(take(space, 1, 0, 0), 10);
    assert_int_equal(take(space, 1, 0, 0), 22);
    assert_int_equal(take(space, 17, 0, 0), 900);
    assert_int_equal(take(space, 16, 0, 0), 254);
    assert_int_equal(take(space, 983, 0, 0), 917);
    assert_int_equal(space_free_units(space), 0);
    space_close(space);
}

static void a_unit_given_below_is_the_next_one_taken(void **state)
{
    struct space *space = open_bitmap(1000);

    (void)state;
    assert_ok(space_give(space, (struct run){0, 1000}));
    assert_int_equal(take(space, 600, 0, 0), 0);
    assert_int_equal(take(space, 1, 0, 0), 600);
    assert_ok(space_give(space, (struct run){300, 2}));

    assert_int_equal(take(space, 1, 0, 0), 300);
    assert_int_equal(take(space, 2, 0, 0), 601);
    assert_int_equal(take(space, 1, 0, 0), 301);
    space_close(space);
}

static void a_wish_moves_the_search_behind_it(void **state)
{
    struct space *space = open_bitmap(1000);

    (void)state;
    assert_ok(space_give(space, (struct run){0, 100}));
    assert_ok(space_give(space, (struct run){500, 100}));

    assert_int_equal(take(space, 3, 200, 0), 500);
    assert_int_equal(take(space, 3, 550, 0), 550);
    assert_int_equal(take(space, 3, 50, 0), 50);
    /* Nothing behind the wish: the lowest of all. */
    assert_int_equal(take(space, 3, 599, 0), 0);
    assert_int_equal(take(space, 3, UINT64_MAX, 0), 3);
    assert_int_equal(take(space, 47, 590, 0), 53);
    space_close(space);
}

static void an_alignment_is_kept(void **state)
{
    struct space *space = open_bitmap(4096);

    (void)state;
    assert_ok(space_give(space, (struct run){5, 20}));
    assert_ok(space_give(space, (struct run){1000, 3000}));

    assert_int_equal(take(space, 4, 0, 8), 8);
    assert_int_equal(take(space, 16, 0, 16), 1008);
    assert_int_equal(take(space, 256, 0, 256), 1024);
    assert_int_equal(take(space, 256, 1281, 256), 1536);
    assert_int_equal(take(space, 1, 0, 4096 / 2), 2048);
    space_close(space);
}

static void no_aligned_run_is_no_space(void **state)
{
    const struct policy_request request = {.unit_count = 4, .align = 64};
    struct space *space = open_bitmap(4096);
    struct run run;

    (void)state;
    for (uint64_t first = 1; first < 4096; first += 64)
        assert_ok(space_give(space, (struct run){first, 63}));

    assert_status(space_take(space, &request, &run), FH_NO_SPACE);
    assert_int_equal(space_free_units(space), 64 * 63);
    space_close(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lowest_run_that_is_long_enough_is_taken),
        cmocka_unit_test(a_unit_given_below_is_the_next_one_taken),
        cmocka_unit_test(a_wish_moves_the_search_behind_it),
        cmocka_unit_test(an_alignment_is_kept),
        cmocka_unit_test(no_aligned_run_is_no_space),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
