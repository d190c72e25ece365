/*
 * process_heap_test.c - fh_malloc and its family: what is refused and how, errno, give-back.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "freehold/heap.h"
#include "heap/supply.h"
#include "support/bad_pages.h"
#include "support/unit.h"

enum { MANY = 60000, FEW_EVERY = 20000, AWAY = 40 };

static void *blocks[MANY];
static pthread_barrier_t barrier;

static void assert_no_memory(const void *block)
{
    assert_null(block);
    assert_int_equal(errno, ENOMEM);
    errno = 0;
}

static void too_much_is_refused_with_enomem(void **state)
{
    void *block = fh_malloc(10);

    (void)state;
    errno = 0;
    assert_no_memory(fh_malloc((size_t)PTRDIFF_MAX + 1));
    assert_no_memory(fh_malloc(SIZE_MAX));
    assert_no_memory(fh_malloc(PTRDIFF_MAX));
    assert_no_memory(fh_calloc(SIZE_MAX, SIZE_MAX));
    assert_no_memory(fh_calloc(SIZE_MAX / 2, 3));
    assert_no_memory(fh_realloc(block, SIZE_MAX));
    assert_no_memory(fh_aligned_alloc(16, SIZE_MAX));
    assert_no_memory(fh_aligned_alloc((size_t)1 << 62, 1));
    fh_free(block);
}

/* Of every class, the block behind the first page of its slab too. */
static void the_block_that_died_last_is_the_next(void **state)
{
    void *first;
    void *second;

    (void)state;
    for (size_t bytes = 1; bytes <= 32768; bytes += bytes / 5 + 1) {
        first = fh_malloc(bytes);
        second = fh_malloc(bytes);
        fh_free(second);
        fh_free(first);
        assert_ptr_equal(fh_malloc(bytes), first);
        assert_ptr_equal(fh_malloc(bytes), second);
        fh_free(first);
        fh_free(second);
    }
}

/* More blocks than a hand may have, thrice: what it cannot keep the slabs have, once each. */
static void a_hand_that_is_full_gives_back_each_block_once(void **state)
{
    uint64_t page_bytes = 0;
    fh_heap_info info;

    (void)state;
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < MANY; i++) {
            blocks[i] = fh_malloc(40);
            memset(blocks[i], (int)(i & 0xff), 40);
        }
        for (unsigned i = 0; i < MANY; i++)
            assert_int_equal(((unsigned char *)blocks[i])[39], i & 0xff);
        for (unsigned i = 0; i < MANY; i++)
            fh_free(blocks[round == 1 ? MANY - 1 - i : i]);
        fh_heap_stat(NULL, &info);
        if (round == 0) page_bytes = info.page_bytes_peak;
    }
    assert_int_equal(info.page_bytes_peak, page_bytes);
}

static void an_alignment_is_a_power_of_two(void **state)
{
    (void)state;
    for (size_t alignment = 64; alignment <= (size_t)64 << 20; alignment *= 2) {
        unsigned char *block = fh_aligned_alloc(alignment, 100);

        assert_non_null(block);
        assert_int_equal((uintptr_t)block % alignment, 0);
        memset(block, 1, fh_usable_size(block));
        block = fh_realloc(block, 3 * alignment);
        assert_non_null(block);
        assert_int_equal(block[99], 1);
        fh_free(block);
    }
    errno = 0;
    assert_null(fh_aligned_alloc(24, 10));
    assert_int_equal(errno, EINVAL);
    assert_null(fh_aligned_alloc(0, 10));
}

/* Before it takes fresh pages; a block with an alignment does not come from there. */
static void a_class_lends_the_one_below_it_what_is_free(void **state)
{
    void *kept = fh_malloc(5000);
    void *lent = fh_malloc(5000);
    void *aligned;
    size_t count = 0;

    (void)state;
    fh_free(lent);
    do
        blocks[count] = fh_malloc(4096);
    while (fh_usable_size(blocks[count++]) == 4096 && count < FEW_EVERY);
    assert_ptr_equal(blocks[count - 1], lent);
    assert_int_equal(fh_usable_size(lent), 5120);
    aligned = fh_aligned_alloc(4096, 4096);
    assert_int_equal((uintptr_t)aligned % 4096, 0);
    fh_free(aligned);
    while (count-- > 0)
        fh_free(blocks[count]);
    fh_free(kept);
}

static void nothing_is_a_block_too(void **state)
{
    void *first = fh_malloc(0);
    void *second = fh_realloc(fh_malloc(50), 0);

    (void)state;
    fh_free(NULL);
    assert_int_equal(fh_usable_size(NULL), 0);
    assert_non_null(first);
    assert_non_null(second);
    assert_ptr_not_equal(first, second);
    fh_free(first);
    fh_free(second);
}

static void a_large_block_grows_without_being_copied_twice(void **state)
{
    size_t bytes = 2U << 20;
    unsigned char *block = fh_malloc(bytes);
    unsigned moves = 0;

    (void)state;
    block[0] = 1;
    for (; bytes < (size_t)200 << 20; bytes += 1U << 20) {
        unsigned char *grown = fh_realloc(block, bytes);

        assert_non_null(grown);
        moves += grown != block;
        block = grown;
        block[bytes - 1] = (unsigned char)(bytes >> 20);
        if (bytes > (size_t)4 << 20) assert_int_equal(block[(3U << 20) - 1], 3);
    }
    assert_int_equal(block[0], 1);
    assert_true(moves < 40);
    fh_free(block);
}

/* 95 of 100 blocks go, in runs; ordinary calls and time do the rest. */
static void a_spike_goes_back_by_itself(void **state)
{
    uint64_t kept_bytes = 0;
    fh_heap_info info;

    (void)state;
    for (unsigned i = 0; i < MANY; i++)
        blocks[i] = fh_malloc(16 + i % 500);
    for (unsigned i = 0; i < MANY; i++) {
        if (i % FEW_EVERY < 1000) {
            kept_bytes += 16 + i % 500;
            continue;
        }
        fh_free(blocks[i]);
    }
    for (unsigned turn = 0; turn < 4; turn++) {
        bad_pages_wait(300);
        for (unsigned i = 0; i < 600; i++)
            fh_free(fh_malloc(100));
    }

    fh_heap_stat(NULL, &info);
    assert_true(info.page_bytes < kept_bytes * 2 + (1U << 20));
    assert_true(info.dirty_bytes < 1U << 20);
    assert_true(info.kept_bytes == 0);
    for (unsigned i = 0; i < MANY; i++)
        if (i % FEW_EVERY < 1000) fh_free(blocks[i]);
}

static void *take_many(void *nothing)
{
    for (unsigned i = 0; i < 1000; i++)
        blocks[i] = fh_malloc(64);
    return nothing;
}

static void run_thread(void *(*run)(void *))
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, run, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

/* The main thread, too, uses what threads left: no page is taken twice for the same room. */
static void what_a_thread_leaves_is_used_by_others(void **state)
{
    fh_heap_info before, after;

    (void)state;
    run_thread(take_many);
    for (unsigned i = 0; i < 1000; i++)
        fh_free(blocks[i]);
    fh_heap_stat(NULL, &before);
    for (unsigned i = 0; i < 20; i++) {
        run_thread(take_many);
        for (unsigned j = 0; j < 1000; j++)
            fh_free(blocks[j]);
    }
    fh_heap_stat(NULL, &after);

    assert_int_equal(after.cache_count, before.cache_count);
    assert_true(after.page_bytes <= before.page_bytes + 32768);
}

static void what_a_thread_leaves_goes_back_when_all_is_freed(void **state)
{
    fh_heap_info info;

    (void)state;
    run_thread(take_many);
    for (unsigned i = 0; i < 1000; i++)
        fh_free(blocks[i]);
    (void)fh_heap_trim(NULL);
    fh_heap_stat(NULL, &info);
    assert_int_equal(info.block_count, 0);
    assert_int_equal(info.page_bytes, 0);
}

static void *free_of_another(void *nothing)
{
    fh_free(fh_malloc(64)); /* a thread without a cache gives each block back by itself */
    for (size_t i = 0; i < AWAY; i++)
        fh_free(blocks[i]);
    (void)pthread_barrier_wait(&barrier);
    (void)pthread_barrier_wait(&barrier);
    return nothing;
}

struct place {
    const uint8_t *block;
    uint64_t used_count;
};

static int count_there(void *context, const fh_heap_area *area)
{
    struct place *place = context;

    if (area->kind == FH_HEAP_SLAB && place->block >= (const uint8_t *)area->start &&
        place->block < (const uint8_t *)area->start + area->bytes)
        place->used_count = area->used_count;
    return 0;
}

/* Of the slab that the block is in. */
static uint64_t used_beside(const void *block)
{
    struct place place = {.block = block};

    (void)fh_heap_trim(NULL);
    fh_heap_walk(NULL, count_there, &place);
    return place.used_count;
}

/* They come back some at a time; the last of them when their thread ends. */
static void what_another_thread_frees_comes_back(void **state)
{
    uint64_t waiting_count;
    pthread_t thread;

    (void)state;
    for (size_t i = 0; i < AWAY; i++)
        blocks[i] = fh_malloc(64);
    assert_int_equal(used_beside(blocks[0]), AWAY);
    assert_int_equal(pthread_barrier_init(&barrier, NULL, 2), 0);
    assert_int_equal(pthread_create(&thread, NULL, free_of_another, NULL), 0);
    (void)pthread_barrier_wait(&barrier);
    waiting_count = used_beside(blocks[0]);
    (void)pthread_barrier_wait(&barrier);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(pthread_barrier_destroy(&barrier), 0);
    assert_in_range(waiting_count, 1, AWAY / 2);
    assert_int_equal(used_beside(blocks[0]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(too_much_is_refused_with_enomem),
        cmocka_unit_test(the_block_that_died_last_is_the_next),
        cmocka_unit_test(a_hand_that_is_full_gives_back_each_block_once),
        cmocka_unit_test(an_alignment_is_a_power_of_two),
        cmocka_unit_test(a_class_lends_the_one_below_it_what_is_free),
        cmocka_unit_test(nothing_is_a_block_too),
        cmocka_unit_test(a_large_block_grows_without_being_copied_twice),
        cmocka_unit_test(a_spike_goes_back_by_itself),
        cmocka_unit_test(what_a_thread_leaves_is_used_by_others),
        cmocka_unit_test(what_a_thread_leaves_goes_back_when_all_is_freed),
        cmocka_unit_test(what_another_thread_frees_comes_back),
    };

    supply_pages = bad_pages();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
