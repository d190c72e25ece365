/*
 * heap_api_test.c - heaps apart: limits, growth, figures, walks, their end, other threads.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "freehold/heap.h"
#include "heap/supply.h"
#include "support/bad_pages.h"
#include "support/unit.h"

#define MIB ((size_t)1 << 20)

static fh_heap *heap;
static unsigned grow_calls;
static uint64_t grow_limit;

static int open_heap(void **state)
{
    (void)state;
    return fh_heap_new(NULL, &heap) == FH_OK ? 0 : -1;
}

static int close_heap(void **state)
{
    (void)state;
    fh_heap_delete(heap);
    return 0;
}

static void wrong_options_are_refused(void **state)
{
    fh_heap_options options = {.size = 1};

    (void)state;
    assert_status(fh_heap_new(NULL, NULL), FH_INVALID);
    assert_status(fh_heap_new(&options, &heap), FH_INVALID);
    fh_heap_delete(NULL);
}

static void a_heap_with_a_limit_refuses_what_is_above_it(void **state)
{
    fh_heap_options options = {.size = sizeof(options), .limit_bytes = MIB};
    unsigned count = 0;
    void *first;

    (void)state;
    assert_ok(fh_heap_new(&options, &heap));
    first = fh_heap_malloc(heap, 5000);
    assert_null(fh_heap_malloc(heap, 2 * MIB));
    while (fh_heap_malloc(heap, 5000) != NULL)
        count++;
    assert_int_equal(errno, ENOMEM);
    assert_true(count > 180 && count < 220);

    fh_free(first);
    assert_non_null(fh_heap_malloc(heap, 5000));
    assert_non_null(fh_malloc(10 * MIB));
    fh_heap_delete(heap);
}

static int count_growth(void *context, uint64_t bytes, uint64_t more)
{
    assert_ptr_equal(context, &grow_calls);
    grow_calls++;
    return bytes + more <= grow_limit;
}

static void growth_is_asked_for_once_and_may_be_refused(void **state)
{
    fh_heap_options options = {
        .size = sizeof(options), .grow = count_growth, .context = &grow_calls};
    unsigned calls;
    void *block;

    (void)state;
    grow_calls = 0;
    grow_limit = MIB;
    assert_ok(fh_heap_new(&options, &heap));
    block = fh_heap_malloc(heap, 500000);
    assert_non_null(block);
    calls = grow_calls;
    assert_true(calls > 0);
    fh_free(block);
    block = fh_heap_malloc(heap, 500000);
    assert_non_null(block);
    assert_int_equal(grow_calls, calls);
    assert_null(fh_heap_malloc(heap, 2 * MIB));
    assert_true(grow_calls > calls);
    fh_heap_delete(heap);
}

static void a_block_knows_its_heap(void **state)
{
    void *small = fh_heap_malloc(heap, 10);
    void *run = fh_heap_malloc(heap, 100000);
    void *large = fh_heap_malloc(heap, 5 * MIB);
    void *aligned = fh_heap_aligned_alloc(heap, 4 * MIB, 100);
    void *moved = fh_heap_realloc(NULL, small, 3000);
    int on_stack;

    (void)state;
    assert_ptr_equal(fh_heap_of(run), heap);
    assert_ptr_equal(fh_heap_of(large), heap);
    assert_ptr_equal(fh_heap_of(aligned), heap);
    assert_ptr_equal(fh_heap_of(moved), heap);
    assert_null(fh_heap_of(&on_stack));
    assert_null(fh_heap_of(NULL));
    fh_heap_free(heap, aligned);
}

static void a_deleted_heap_leaves_nothing(void **state)
{
    uint64_t used_bytes = supply_stat().used_bytes;

    (void)state;
    for (unsigned turn = 0; turn < 50; turn++) {
        assert_ok(fh_heap_new(NULL, &heap));
        for (size_t bytes = 1; bytes < 8 * MIB; bytes = bytes * 5 / 4 + 1)
            assert_non_null(fh_heap_malloc(heap, bytes));
        fh_heap_delete(heap);
    }
    assert_int_equal(supply_stat().used_bytes, used_bytes);
}

static void *use_heap(void *block)
{
    void *mine = fh_heap_malloc(heap, 100);

    fh_free(block);
    return mine;
}

/* What two threads left in a heap that is gone does not reach the next heap. */
static void a_thread_that_outlives_a_heap_begins_anew_in_the_next(void **state)
{
    (void)state;
    for (unsigned turn = 0; turn < 10; turn++) {
        pthread_t thread;
        void *theirs;
        void *mine;

        assert_ok(fh_heap_new(NULL, &heap));
        mine = fh_heap_malloc(heap, 100);
        memset(mine, 1, 100);
        assert_int_equal(pthread_create(&thread, NULL, use_heap, fh_heap_malloc(heap, 64)), 0);
        assert_int_equal(pthread_join(thread, &theirs), 0);
        assert_ptr_not_equal(mine, theirs);
        assert_ptr_equal(fh_heap_of(theirs), heap);
        fh_free(theirs);
        fh_heap_delete(heap);
    }
}

struct census {
    uint64_t chunk_bytes;
    uint64_t part_bytes;
    uint64_t used_count;
    unsigned stop_after;
};

static int count_areas(void *context, const fh_heap_area *area)
{
    struct census *census = context;

    if (area->kind == FH_HEAP_CHUNK)
        census->chunk_bytes += area->bytes - 16384; /* its head */
    else if (area->kind != FH_HEAP_LARGE)
        census->part_bytes += area->bytes;
    census->used_count += area->used_count;
    return census->stop_after > 0 && --census->stop_after == 0;
}

static void a_walk_shows_each_page_once(void **state)
{
    struct census census = {0};
    fh_heap_info info;

    (void)state;
    for (size_t bytes = 1; bytes < 4 * MIB; bytes = bytes * 3 / 2 + 1)
        assert_non_null(fh_heap_malloc(heap, bytes));
    fh_heap_walk(heap, count_areas, &census);
    fh_heap_stat(heap, &info);

    assert_int_equal(census.chunk_bytes, census.part_bytes);
    assert_int_equal(census.used_count, info.block_count);
    assert_true(info.large_count >= 2);
    assert_true(info.slab_count > 10);
    assert_true(info.run_count > 2);

    census = (struct census){.stop_after = 3};
    fh_heap_walk(heap, count_areas, &census);
    assert_int_equal(census.stop_after, 0);
}

static void a_trim_says_how_much_went_back(void **state)
{
    void *blocks[100];
    void *last = fh_heap_malloc(heap, 100);
    fh_heap_info info;

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        blocks[i] = fh_heap_malloc(heap, 10000);
    for (unsigned i = 0; i < 100; i++)
        fh_heap_free(heap, blocks[i]);
    assert_true(fh_heap_trim(heap) >= 1000000);
    fh_heap_stat(heap, &info);
    assert_int_equal(info.dirty_bytes, 0);
    assert_int_equal(info.block_count, info.slab_count == 1 ? info.block_count : 0);
    assert_int_equal(fh_heap_trim(heap), 0);
    fh_free(last);
}

#define heap_unit_test(name) cmocka_unit_test_setup_teardown(name, open_heap, close_heap)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(a_heap_with_a_limit_refuses_what_is_above_it),
        cmocka_unit_test(growth_is_asked_for_once_and_may_be_refused),
        heap_unit_test(a_block_knows_its_heap),
        cmocka_unit_test(a_deleted_heap_leaves_nothing),
        cmocka_unit_test(a_thread_that_outlives_a_heap_begins_anew_in_the_next),
        heap_unit_test(a_walk_shows_each_page_once),
        heap_unit_test(a_trim_says_how_much_went_back),
    };

    supply_pages = bad_pages();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
