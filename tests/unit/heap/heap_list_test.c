/*
 * heap_list_test.c - which block a policy takes, and how the orders rank them.
 */
#include "freehold/heap.h"

#include "support/unit.h"

enum { BYTES = 4096 };

static _Alignas(16) unsigned char region[BYTES];
static fh_arena arena;

static const char *const orders[] = {"addr", "size+", "size-", "front", "back"};

static void make(const char *policy, const char *order)
{
    fh_arena_options options = {.size = sizeof(options), .policy = policy, .order = order};

    assert_ok(fh_arena_new(region, BYTES, &options, &arena));
    assert_ok(fh_arena_audit(&arena));
}

static unsigned char *take(uint64_t bytes)
{
    void *pointer = NULL;

    assert_ok(fh_arena_alloc(&arena, bytes, &pointer));
    assert_ok(fh_arena_audit(&arena));
    return pointer;
}

static void give(void *pointer)
{
    assert_ok(fh_arena_free(&arena, pointer));
    assert_ok(fh_arena_audit(&arena));
}

static fh_arena_info figures(void)
{
    fh_arena_info info;

    assert_ok(fh_arena_stat(&arena, &info));
    return info;
}

/* Holes of 208, 112, 304 bytes, in this order of addresses; freed from the right to the left. */
static void dig(const char *policy, const char *order, unsigned char **holes)
{
    static const uint64_t sizes[3] = {192, 96, 288};

    make(policy, order);
    for (unsigned i = 0; i < 3; i++) {
        holes[i] = take(sizes[i]);
        (void)take(32);
    }
    (void)take(figures().largest_bytes);
    for (unsigned i = 3; i > 0; i--)
        give(holes[i - 1]);
    assert_int_equal(figures().free_count, 3);
}

static void each_policy_takes_its_own_block(void **state)
{
    unsigned char *holes[3];

    (void)state;
    dig("best", "addr", holes);
    assert_ptr_equal(take(90), holes[1]);
    assert_ptr_equal(take(100), holes[0]);
    dig("worst", "addr", holes);
    assert_ptr_equal(take(90), holes[2]);
    dig("first", "addr", holes);
    assert_ptr_equal(take(90), holes[0]);
    dig("next", "addr", holes);
    assert_ptr_equal(take(90), holes[0]);
    assert_ptr_equal(take(40), holes[0] + 112);
    assert_ptr_equal(take(90), holes[1]);
    assert_ptr_equal(take(90), holes[2]);
    assert_ptr_equal(take(90), holes[2] + 112);
}

static void each_order_has_its_own_first_block(void **state)
{
    static const unsigned first[] = {0, 1, 2, 0, 2};
    unsigned char *holes[3];

    (void)state;
    for (unsigned o = 0; o < 5; o++) {
        dig("first", orders[o], holes);
        assert_ptr_equal(take(32), holes[first[o]]);
    }
}

static void among_equal_sizes_the_newcomer_is_last(void **state)
{
    (void)state;
    for (unsigned o = 1; o <= 2; o++) {
        unsigned char *blocks[3];

        make("first", orders[o]);
        for (unsigned i = 0; i < 3; i++) {
            blocks[i] = take(96);
            (void)take(96);
        }
        (void)take(figures().largest_bytes);
        give(blocks[1]);
        give(blocks[2]);
        give(blocks[0]);
        assert_ptr_equal(take(96), blocks[1]);
        assert_ptr_equal(take(96), blocks[2]);
        assert_ptr_equal(take(96), blocks[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_policy_takes_its_own_block),
        cmocka_unit_test(each_order_has_its_own_first_block),
        cmocka_unit_test(among_equal_sizes_the_newcomer_is_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
