/*
 * buddy_test.c - blocks of a power of two, split and joined; the rounding kept or given back.
 *
 * What every policy owes stands in policy_test.c and in the model test.
 */
#include "space/space.h"

#include "support/unit.h"

static struct space *open_buddy(uint64_t unit_count)
{
    struct space *space;

    assert_ok(space_open("buddy", unit_count, &space));
    assert_ok(space_give(space, (struct run){0, unit_count}));
    return space;
}

static struct run take(struct space *space, struct policy_request request)
{
    struct run run = {UINT64_MAX, 0};
    fh_status status = space_take(space, &request, &run);

    if (status != FH_OK) assert_status(status, FH_NO_SPACE);
    assert_ok(space_audit(space));
    return run;
}

static uint64_t take_whole(struct space *space, uint64_t unit_count)
{
    return take(space, (struct policy_request){.unit_count = unit_count, .whole_blocks = true})
        .first;
}

static uint64_t take_exact(struct space *space, uint64_t unit_count)
{
    return take(space, (struct policy_request){.unit_count = unit_count}).first;
}

static void the_smallest_block_that_will_do_is_split(void **state)
{
    struct space *space = open_buddy(64);

    (void)state;
    assert_int_equal(take_whole(space, 7), 0);
    assert_int_equal(take_whole(space, 8), 8);
    assert_int_equal(take_whole(space, 1), 16);
    assert_int_equal(take_whole(space, 9), 32);
    assert_int_equal(take_whole(space, 2), 18);
    assert_int_equal(take_whole(space, 1), 17);
    assert_int_equal(take_whole(space, 16), 48);
    assert_int_equal(take_whole(space, 9), UINT64_MAX);
    assert_int_equal(space_free_units(space), 12);
    space_close(space);
}

static void whole_blocks_keep_the_rounding_and_else_it_is_free_again(void **state)
{
    struct space *space = open_buddy(64);
    const struct run kept =
        take(space, (struct policy_request){.unit_count = 5, .whole_blocks = true});
    const struct run cut = take(space, (struct policy_request){.unit_count = 5});

    (void)state;
    assert_true(run_equals(kept, (struct run){0, 8}));
    assert_true(run_equals(cut, (struct run){8, 5}));
    assert_true(space_is_free(space, (struct run){13, 3}));
    assert_int_equal(take_exact(space, 2), 14);
    assert_int_equal(take_exact(space, 1), 13);
    space_close(space);
}

/* Two free neighbours of one length that are no buddies hold no block of twice that. */
static void a_long_run_without_a_block_is_refused(void **state)
{
    struct space *space = open_buddy(64);

    (void)state;
    assert_int_equal(take_exact(space, 64), 0);
    assert_ok(space_give(space, (struct run){8, 8}));
    assert_ok(space_give(space, (struct run){16, 8}));
    assert_int_equal(take_exact(space, 9), UINT64_MAX);
    assert_int_equal(take_exact(space, 16), UINT64_MAX);
    assert_ok(space_give(space, (struct run){0, 8}));
    assert_int_equal(take_exact(space, 16), 0);
    space_close(space);
}

/* The parts of a taken run come back in any order and any cut; then all is one block again. */
static void parts_that_come_back_join_over_all_orders(void **state)
{
    enum { UNITS = 1 << 14 };
    struct space *space = open_buddy(UNITS);

    (void)state;
    assert_int_equal(take_exact(space, UNITS), 0);
    for (uint64_t first = 1; first < UNITS; first += 977)
        assert_ok(space_give(space, (struct run){first, first + 500 < UNITS ? 500 : 1}));
    for (uint64_t unit = UNITS; unit-- > 0;)
        if (!space_is_free(space, (struct run){unit, 1}))
            assert_ok(space_give(space, (struct run){unit, 1}));
    assert_int_equal(take_whole(space, UNITS / 2 + 1), 0);
    assert_int_equal(space_free_units(space), 0);
    space_close(space);
}

static void an_alignment_asks_for_a_larger_block(void **state)
{
    struct space *space = open_buddy(1000);
    const struct run run = take(space, (struct policy_request){.unit_count = 3, .align = 128});

    (void)state;
    assert_true(run_equals(run, (struct run){768, 3}));
    assert_int_equal(take(space, (struct policy_request){.unit_count = 3, .align = 512}).first, 0);
    assert_int_equal(take(space, (struct policy_request){.unit_count = 3, .align = 512}).first,
                     UINT64_MAX);
    space_close(space);
}

static void lengths_beyond_every_order_are_refused(void **state)
{
    struct space *space = open_buddy(64);
    const uint64_t counts[] = {65, UINT64_C(1) << 57, (UINT64_C(1) << 63) + 1, UINT64_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        assert_int_equal(take_exact(space, counts[i]), UINT64_MAX);
        assert_int_equal(
            take(space, (struct policy_request){.unit_count = counts[i], .align = 2}).first,
            UINT64_MAX);
    }
    assert_int_equal(
        take(space, (struct policy_request){.unit_count = 1, .align = UINT64_C(1) << 63}).first,
        UINT64_MAX);
    assert_status(space_grow(space, UINT64_C(1) << 56), FH_TOO_LARGE);
    assert_int_equal(take_exact(space, 64), 0);
    space_close(space);
}

static void growth_makes_larger_blocks(void **state)
{
    struct space *space = open_buddy(64);

    (void)state;
    assert_ok(space_grow(space, 5000));
    assert_ok(space_give(space, (struct run){64, 4936}));
    assert_int_equal(take_whole(space, 4096), 0);
    assert_int_equal(take_whole(space, 512), 4096);
    assert_int_equal(take_whole(space, 512), UINT64_MAX);
    space_close(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_block_that_will_do_is_split),
        cmocka_unit_test(whole_blocks_keep_the_rounding_and_else_it_is_free_again),
        cmocka_unit_test(a_long_run_without_a_block_is_refused),
        cmocka_unit_test(parts_that_come_back_join_over_all_orders),
        cmocka_unit_test(an_alignment_asks_for_a_larger_block),
        cmocka_unit_test(lengths_beyond_every_order_are_refused),
        cmocka_unit_test(growth_makes_larger_blocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
