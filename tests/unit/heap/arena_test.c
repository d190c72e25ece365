/*
 * arena_test.c - the heap inside a region: its laws, every wrong call by its name, other
 * addresses, growth and its end.
 */
#include "freehold/heap.h"

#include <stdbool.h>
#include <string.h>

#include "base/memory.h"
#include "support/unit.h"

enum { BYTES = 4096, FIXED = 144, HEADER = 16 };

static _Alignas(16) unsigned char region[2 * BYTES];
static unsigned char before[2 * BYTES];
static fh_arena arena;

static const char *const policies[] = {"best", "worst", "first", "next"};
static const char *const orders[] = {"addr", "size+", "size-", "front", "back"};

static void make(const char *policy, const char *order)
{
    fh_arena_options options = {.size = sizeof(options), .policy = policy, .order = order};

    memset(region, 0xee, sizeof(region));
    assert_ok(fh_arena_new(region, BYTES, &options, &arena));
    assert_ok(fh_arena_audit(&arena));
}

static unsigned char *take(uint64_t bytes)
{
    void *pointer = NULL;

    assert_ok(fh_arena_alloc(&arena, bytes, &pointer));
    assert_ok(fh_arena_audit(&arena));
    assert_int_equal((uintptr_t)pointer % FH_ARENA_ALIGNMENT, 0);
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
    assert_int_equal(info.bytes, FIXED + info.used_bytes + info.free_bytes);
    return info;
}

static void remember(void)
{
    memcpy(before, region, sizeof(region));
}

/* The refusal has this status, its note these words, and no byte has changed since remember. */
static void refused(fh_status status, fh_status expected, const char *words)
{
    assert_status(status, expected);
    if (strstr(fh_note(), words) == NULL) print_error("no \"%s\" in: %s\n", words, fh_note());
    assert_non_null(strstr(fh_note(), words));
    assert_memory_equal(before, region, sizeof(region));
}

static void a_new_arena_is_one_free_block(void **state)
{
    fh_arena_block block;

    (void)state;
    make(NULL, NULL);
    assert_string_equal(figures().policy, "best");
    assert_string_equal(figures().order, "addr");
    assert_int_equal(figures().free_count, 1);
    assert_int_equal(figures().free_bytes, BYTES - FIXED);
    assert_int_equal(figures().largest_bytes, BYTES - FIXED - HEADER);
    assert_true(figures().fragmentation == 0);
    assert_ok(fh_arena_next(&arena, NULL, &block));
    assert_true(block.is_free && block.bytes == BYTES - FIXED - HEADER);
    assert_status(fh_arena_next(&arena, block.pointer, &block), FH_NOT_FOUND);
}

static void a_block_costs_its_header_and_the_rounding(void **state)
{
    static const uint64_t costs[][2] = {{1, 48},  {32, 48},   {33, 64},    {48, 64},
                                        {49, 80}, {100, 128}, {1000, 1024}};

    (void)state;
    for (unsigned i = 0; i < sizeof(costs) / sizeof(costs[0]); i++) {
        uint64_t usable;
        void *pointer;

        make(NULL, NULL);
        pointer = take(costs[i][0]);
        assert_int_equal(figures().used_bytes, costs[i][1]);
        assert_ok(fh_arena_usable_size(&arena, pointer, &usable));
        assert_int_equal(usable, costs[i][1] - HEADER);
        memset(pointer, 0xff, usable);
        give(pointer);
        assert_int_equal(figures().used_bytes, 0);
    }
}

static void nothing_is_allocated_outside_the_region(void **state)
{
    (void)state;
    (void)memory_fail_at(1, 1);
    make(NULL, NULL);
    give(take(100));
    assert_int_equal(memory_fail_at(0, 0), 0);
    for (unsigned i = BYTES; i < 2 * BYTES; i++)
        assert_int_equal(region[i], 0xee);
}

static void all_given_back_in_any_order_is_one_block(void **state)
{
    static const unsigned sequences[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {0, 2, 1, 3},
                                            {1, 3, 0, 2}, {2, 0, 3, 1}, {1, 2, 0, 3}};

    (void)state;
    for (unsigned p = 0; p < 4; p++) {
        for (unsigned o = 0; o < 5; o++) {
            for (unsigned s = 0; s < 6; s++) {
                void *blocks[4];

                make(policies[p], orders[o]);
                for (unsigned i = 0; i < 4; i++)
                    blocks[i] = take(100 + 50 * i);
                for (unsigned i = 0; i < 4; i++)
                    give(blocks[sequences[s][i]]);
                assert_int_equal(figures().free_count, 1);
            }
        }
    }
}

static void a_full_arena_says_so_and_goes_on(void **state)
{
    void *pointer = &pointer;
    void *last = NULL;
    unsigned count = 0;

    (void)state;
    make(NULL, NULL);
    for (; fh_arena_alloc(&arena, 100, &pointer) == FH_OK; count++)
        last = pointer;
    assert_int_equal(count, (BYTES - FIXED) / 128);
    remember();
    refused(fh_arena_alloc(&arena, 100, &pointer), FH_NO_SPACE, "no free block");
    assert_ptr_equal(pointer, last);
    give(last);
    assert_ptr_equal(take(100), last);
}

static void wrong_sizes_are_refused(void **state)
{
    void *pointer = NULL;

    (void)state;
    make(NULL, NULL);
    pointer = take(64);
    remember();
    refused(fh_arena_alloc(&arena, 0, &pointer), FH_INVALID, "zero bytes");
    refused(fh_arena_alloc(&arena, FH_ARENA_ALLOC_MAX + 1, &pointer), FH_TOO_LARGE, "a block of");
    refused(fh_arena_alloc(&arena, UINT64_MAX, &pointer), FH_TOO_LARGE, "a block of");
    refused(fh_arena_alloc(&arena, FH_ARENA_ALLOC_MAX, &pointer), FH_NO_SPACE, "no free block");
    refused(fh_arena_realloc(&arena, pointer, 0, &pointer), FH_INVALID, "zero bytes");
    refused(fh_arena_realloc(&arena, pointer, UINT64_MAX, &pointer), FH_TOO_LARGE, "a block of");
    refused(fh_arena_realloc(&arena, pointer, BYTES, &pointer), FH_NO_SPACE, "no free block");
}

static void every_wrong_pointer_is_called_by_its_name(void **state)
{
    unsigned char *a, *b, *c;
    uint64_t usable;
    void *moved;
    int local;

    (void)state;
    make(NULL, NULL);
    a = take(100);
    b = take(100);
    c = take(100);
    give(b);
    remember();
    refused(fh_arena_free(&arena, b), FH_INVALID, "double free");
    refused(fh_arena_free(&arena, a + 16), FH_INVALID, "inner pointer");
    refused(fh_arena_free(&arena, a + 1), FH_INVALID, "inner pointer");
    refused(fh_arena_free(&arena, c - 16), FH_INVALID, "inner pointer");
    refused(fh_arena_free(&arena, &local), FH_INVALID, "foreign pointer");
    refused(fh_arena_free(&arena, region + BYTES), FH_INVALID, "foreign pointer");
    refused(fh_arena_free(&arena, region - 16), FH_INVALID, "foreign pointer");
    refused(fh_arena_free(&arena, region + BYTES - 8), FH_INVALID, "end mark");
    refused(fh_arena_free(&arena, region + 32), FH_INVALID, "arena's own");
    refused(fh_arena_realloc(&arena, b, 10, &moved), FH_INVALID, "freed block");
    refused(fh_arena_usable_size(&arena, a + 32, &usable), FH_INVALID, "inner pointer");
    refused(fh_arena_set_root(&arena, b), FH_INVALID, "freed block");
    assert_ok(fh_arena_free(&arena, NULL));

    /* A block that was joined with others has no header any more, but is known all the same. */
    give(a);
    remember();
    refused(fh_arena_free(&arena, a), FH_INVALID, "double free");
    refused(fh_arena_free(&arena, b), FH_INVALID, "double free");
    give(c);
    remember();
    refused(fh_arena_free(&arena, c), FH_INVALID, "double free");

    /* The header of a former block is no header inside of a new one. */
    (void)take(300);
    remember();
    refused(fh_arena_free(&arena, b), FH_INVALID, "inner pointer");
}

/* Of a block swallowed from before, from behind, and by a block that was stretched over it. */
static void a_former_header_is_wiped(void **state)
{
    unsigned char *a, *b, *c;
    fh_arena_block block;
    void *moved;

    (void)state;
    make(NULL, NULL);
    a = take(100);
    b = take(100);
    c = take(100);
    (void)take(100);
    give(c);
    give(a);
    give(b);
    remember();
    refused(fh_arena_next(&arena, b, &block), FH_INVALID, "inner pointer");
    refused(fh_arena_next(&arena, c, &block), FH_INVALID, "inner pointer");
    assert_ptr_equal(take(100), a);
    assert_ok(fh_arena_realloc(&arena, a, 200, &moved));
    assert_ptr_equal(moved, a);
    remember();
    refused(fh_arena_next(&arena, b, &block), FH_INVALID, "inner pointer");
}

static void every_overrun_byte_is_found(void **state)
{
    (void)state;
    for (unsigned i = 0; i < HEADER; i++) {
        for (unsigned free_behind = 0; free_behind < 2; free_behind++) {
            unsigned char *a, *b;
            void *moved;

            make(NULL, NULL);
            a = take(96);
            b = take(96);
            (void)take(96);
            if (free_behind) give(b);
            a[96 + i] ^= 0x40;
            remember();
            refused(fh_arena_free(&arena, a), FH_CORRUPT, "broken header");
            refused(fh_arena_realloc(&arena, a, 32, &moved), FH_CORRUPT, "broken header");
            refused(fh_arena_realloc(&arena, a, 1000, &moved), FH_CORRUPT, "broken");
            refused(fh_arena_free(&arena, b), FH_CORRUPT, "broken header");
            refused(fh_arena_audit(&arena), FH_CORRUPT, "broken header");
            a[96 + i] ^= 0x40;
            give(a);
        }
    }
}

static void writing_to_a_freed_block_is_found(void **state)
{
    void *pointer;

    (void)state;
    for (unsigned i = 0; i < 2 * 8; i++) {
        unsigned char *a, *b, *c;

        make("first", "front");
        a = take(96);
        b = take(96);
        c = take(96);
        (void)take(96);
        give(a);
        give(c);
        c[i] ^= 0x10;
        remember();
        refused(fh_arena_free(&arena, b), FH_CORRUPT, "broken link");
        refused(fh_arena_alloc(&arena, 90, &pointer), FH_CORRUPT, "broken link");
        refused(fh_arena_alloc(&arena, 1000, &pointer), FH_CORRUPT, "broken link");
        refused(fh_arena_audit(&arena), FH_CORRUPT, "broken link");
        c[i] ^= 0x10;
        give(b);
    }
}

static void wrong_regions_and_options_are_refused(void **state)
{
    fh_arena_options options = {.size = sizeof(options)};
    fh_arena none = {.bytes = 77};

    (void)state;
    memset(region, 0xee, sizeof(region));
    remember();
    refused(fh_arena_new(region, FH_ARENA_BYTES_MIN - 1, NULL, &none), FH_INVALID, "too small");
    refused(fh_arena_new(region, 0, NULL, &none), FH_INVALID, "too small");
    refused(fh_arena_new(region + 8, BYTES, NULL, &none), FH_INVALID, "no multiple of 16");
    refused(fh_arena_new(region, UINT64_MAX, NULL, &none), FH_INVALID, "wraps around");
    refused(fh_arena_new(NULL, BYTES, NULL, &none), FH_INVALID, "NULL");
    refused(fh_arena_new(region, BYTES, NULL, NULL), FH_INVALID, "NULL");
    options.policy = "good";
    refused(fh_arena_new(region, BYTES, &options, &none), FH_INVALID, "no policy \"good\"");
    options = (fh_arena_options){.size = sizeof(options), .order = "size"};
    refused(fh_arena_new(region, BYTES, &options, &none), FH_INVALID, "no order \"size\"");
    options = (fh_arena_options){.size = 1};
    refused(fh_arena_new(region, BYTES, &options, &none), FH_INVALID, "size is 1");
    refused(fh_arena_open(region, BYTES, NULL, &none), FH_CORRUPT, "no arena");
    refused(fh_arena_open(region, 100, NULL, &none), FH_CORRUPT, "no arena");
    refused(fh_arena_audit(NULL), FH_INVALID, "no arena");
    assert_int_equal(none.bytes, 77);
    assert_null(fh_arena_root(NULL));

    assert_ok(fh_arena_new(region, FH_ARENA_BYTES_MIN + 15, NULL, &arena));
    give(take(32));
}

static void a_copy_at_another_address_is_the_same_arena(void **state)
{
    static _Alignas(16) unsigned char other[BYTES + 16];
    fh_arena_options options = {.size = sizeof(options), .policy = "next", .order = "back"};
    unsigned char *text, *hole;
    fh_arena copy;

    (void)state;
    make("next", "back");
    hole = take(200);
    text = take(32);
    memcpy(text, "here", 5);
    assert_ok(fh_arena_set_root(&arena, text));
    give(hole);
    memcpy(other + 16, region, BYTES);
    memset(region, 0, BYTES);

    assert_ok(fh_arena_open(other + 16, BYTES, &options, &copy));
    assert_ptr_equal(fh_arena_root(&copy), other + 16 + (text - region));
    assert_string_equal(fh_arena_root(&copy), "here");
    assert_ok(fh_arena_free(&copy, fh_arena_root(&copy)));
    assert_null(fh_arena_root(&copy));
    assert_ok(fh_arena_audit(&copy));
    arena = copy;
    assert_int_equal(figures().free_count, 1);

    options.order = "addr";
    assert_status(fh_arena_open(other + 16, BYTES, &options, &copy), FH_MISMATCH);
    assert_status(fh_arena_open(other + 16, BYTES - 16, NULL, &copy), FH_TOO_LARGE);
}

static void every_damaged_byte_of_head_and_headers_is_refused_by_open(void **state)
{
    unsigned char *used, *hole;
    fh_arena opened;

    (void)state;
    make("next", "addr");
    hole = take(32);
    used = take(32);
    give(hole);
    (void)take(500);
    for (unsigned i = 0; i < (unsigned)(used - region); i++) {
        /* The peak may be anything that is large enough. */
        if (i >= 80 && i < 88) continue;
        region[i] ^= 0x80;
        /* Nor do the bytes matter that lie between the links and the end of a free block. */
        if (i < 128 + 32 || i >= 128 + 40)
            assert_status(fh_arena_open(region, BYTES, NULL, &opened),
                          i >= 8 && i < 16 ? FH_TOO_LARGE : FH_CORRUPT);
        region[i] ^= 0x80;
    }
    assert_ok(fh_arena_open(region, BYTES, NULL, &opened));
}

static void realloc_keeps_the_content_in_place_or_not(void **state)
{
    unsigned char *a, *b;
    void *moved;

    (void)state;
    make(NULL, NULL);
    a = take(100);
    memset(a, 0x5a, 100);
    assert_ok(fh_arena_set_root(&arena, a));

    /* Into the free block behind, and back out of it. */
    assert_ok(fh_arena_realloc(&arena, a, 1000, &moved));
    assert_ptr_equal(moved, a);
    assert_int_equal(figures().used_bytes, 1024);
    assert_ok(fh_arena_realloc(&arena, a, 100, &moved));
    assert_ptr_equal(moved, a);
    assert_int_equal(figures().used_bytes, 128);
    assert_ok(fh_arena_audit(&arena));

    /* A used block behind: it moves, and the root with it. */
    b = take(32);
    assert_ok(fh_arena_realloc(&arena, a, 200, &moved));
    assert_ptr_not_equal(moved, a);
    assert_ptr_equal(fh_arena_root(&arena), moved);
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(((unsigned char *)moved)[i], 0x5a);
    assert_ok(fh_arena_audit(&arena));

    /* A tail too short for a block stays where it is. */
    assert_ok(fh_arena_realloc(&arena, b, 1, &moved));
    assert_ptr_equal(moved, b);
    assert_ok(fh_arena_realloc(&arena, NULL, 10, &moved));
    assert_int_equal(figures().used_count, 3);
    assert_ok(fh_arena_audit(&arena));
}

struct growth {
    uint64_t asked;
    uint64_t granted;
    unsigned calls;
};

static uint64_t grant(void *context, uint64_t bytes)
{
    struct growth *growth = context;

    growth->asked = bytes;
    growth->calls++;
    return growth->granted == 0 ? bytes : growth->granted;
}

static void an_arena_grows_when_its_callback_says_so(void **state)
{
    struct growth growth = {0};
    fh_arena_options options = {.size = sizeof(options), .grow = grant, .context = &growth};
    fh_arena before_growth;
    unsigned char *a, *b;
    void *pointer;

    (void)state;
    assert_ok(fh_arena_new(region, 1024, &options, &arena));
    before_growth = arena;
    a = take(100);
    assert_int_equal(growth.calls, 0);

    /* Joined with the free end: only what lacks is asked for. */
    b = take(1000);
    assert_ptr_equal(b, a + 128 - 16 + 16);
    assert_int_equal(growth.asked, FIXED + 128 + 1024);
    assert_int_equal(figures().free_count, 0);
    assert_status(fh_arena_alloc(&before_growth, 10, &pointer), FH_TOO_LARGE);

    /* Behind a used block all of it is; more may be granted. */
    growth.granted = BYTES;
    pointer = take(100);
    assert_int_equal(growth.asked, FIXED + 128 + 1024 + 128);
    assert_int_equal(figures().bytes, BYTES);
    assert_ptr_equal(pointer, b + 1024);

    /* A smaller number says no. */
    remember();
    refused(fh_arena_alloc(&arena, BYTES, &pointer), FH_NO_SPACE, "did not grow");
    assert_int_equal(growth.calls, 3);
    give(take(1000));
    assert_int_equal(growth.calls, 3);
    growth.granted = UINT64_MAX;
    remember();
    refused(fh_arena_alloc(&arena, BYTES, &pointer), FH_INVALID, "wraps around");
}

static void an_arena_is_extended_by_its_owner(void **state)
{
    (void)state;
    make(NULL, NULL);
    (void)take(figures().largest_bytes);
    remember();
    refused(fh_arena_extend(&arena, BYTES - 16), FH_INVALID, "no growth");

    /* Too little for a block waits for the next call. */
    assert_ok(fh_arena_extend(&arena, BYTES + 47));
    assert_memory_equal(before, region, sizeof(region));
    assert_ok(fh_arena_extend(&arena, BYTES + 48));
    assert_ok(fh_arena_audit(&arena));
    assert_int_equal(figures().free_bytes, 48);
    assert_ok(fh_arena_extend(&arena, BYTES + 64));
    assert_ok(fh_arena_audit(&arena));
    assert_int_equal(figures().free_count, 1);
    assert_int_equal(figures().largest_bytes, 48);
}

static void a_walk_meets_every_block(void **state)
{
    unsigned char *pointers[3];
    fh_arena_block block;
    void *at = NULL;

    (void)state;
    make(NULL, NULL);
    for (unsigned i = 0; i < 3; i++)
        pointers[i] = take(64);
    give(pointers[1]);
    for (unsigned i = 0; i < 3; i++) {
        assert_ok(fh_arena_next(&arena, at, &block));
        assert_ptr_equal(block.pointer, pointers[i]);
        assert_int_equal(block.is_free, i == 1);
        at = block.pointer;
    }
    assert_ok(fh_arena_next(&arena, at, &block));
    assert_true(block.is_free);
    assert_status(fh_arena_next(&arena, block.pointer, &block), FH_NOT_FOUND);
    remember();
    refused(fh_arena_next(&arena, pointers[0] + 16, &block), FH_INVALID, "inner pointer");
    refused(fh_arena_next(&arena, region + BYTES, &block), FH_INVALID, "foreign pointer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_arena_is_one_free_block),
        cmocka_unit_test(a_block_costs_its_header_and_the_rounding),
        cmocka_unit_test(nothing_is_allocated_outside_the_region),
        cmocka_unit_test(all_given_back_in_any_order_is_one_block),
        cmocka_unit_test(a_full_arena_says_so_and_goes_on),
        cmocka_unit_test(wrong_sizes_are_refused),
        cmocka_unit_test(every_wrong_pointer_is_called_by_its_name),
        cmocka_unit_test(a_former_header_is_wiped),
        cmocka_unit_test(every_overrun_byte_is_found),
        cmocka_unit_test(writing_to_a_freed_block_is_found),
        cmocka_unit_test(wrong_regions_and_options_are_refused),
        cmocka_unit_test(a_copy_at_another_address_is_the_same_arena),
        cmocka_unit_test(every_damaged_byte_of_head_and_headers_is_refused_by_open),
        cmocka_unit_test(realloc_keeps_the_content_in_place_or_not),
        cmocka_unit_test(an_arena_grows_when_its_callback_says_so),
        cmocka_unit_test(an_arena_is_extended_by_its_owner),
        cmocka_unit_test(a_walk_meets_every_block),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
