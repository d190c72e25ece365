/*
 * pool_test.c - runs: no two overlap, chunks come and go, free pages go back after a while.
 */
#include "heap/pool.h"

#include <string.h>

#include "base/random.h"
#include "heap/supply.h"
#include "support/bad_pages.h"
#include "support/seed.h"
#include "support/unit.h"

enum { RUNS = 300, STEPS = 20000, DECAY_MS = 1000, FULL_CHUNKS = 20 };

static struct pool pool;

static int open_pool(void **state)
{
    (void)state;
    pool_init(&pool, NULL);
    pool.decay_ms = DECAY_MS;
    return 0;
}

static int close_pool(void **state)
{
    (void)state;
    pool_fini(&pool);
    supply_purge(UINT64_MAX);
    return supply_stat().used_bytes == 0 ? 0 : -1;
}

static struct slab *take(unsigned page_count)
{
    bool is_zero;
    struct slab *slab = pool_take(&pool, page_count, 1, &is_zero);

    assert_non_null(slab);
    return slab;
}

/* The run's pages are written with its number, and found unchanged when it is given back. */
static void random_runs_do_not_overlap(void **state)
{
    static struct slab *runs[RUNS];
    static unsigned lengths[RUNS];
    struct random random;

    (void)state;
    random_init(&random, seed_get());
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned i = (unsigned)random_below(&random, RUNS);
        unsigned align = 1U << random_below(&random, 8);
        bool is_zero;

        if (runs[i] != NULL) {
            for (unsigned page = 0; page < lengths[i]; page++)
                assert_int_equal(*(unsigned *)slab_start(runs[i] + page), i);
            pool_give(&pool, runs[i], lengths[i]);
            runs[i] = NULL;
            continue;
        }
        lengths[i] = 1 + (unsigned)random_below(&random, random_below(&random, 4) ? 8 : 128);
        runs[i] = pool_take(&pool, lengths[i], align, &is_zero);
        assert_non_null(runs[i]);
        assert_int_equal((uintptr_t)slab_start(runs[i]) % (align * CHUNK_PAGE_BYTES), 0);
        for (unsigned page = 0; page < lengths[i]; page++) {
            unsigned *word = slab_start(runs[i] + page);

            if (is_zero) assert_int_equal(*word, 0);
            *word = i;
        }
    }
    for (unsigned i = 0; i < RUNS; i++)
        if (runs[i] != NULL) pool_give(&pool, runs[i], lengths[i]);
    assert_int_equal(pool.run_pages, 0);
    assert_int_equal(pool.chunk_count, 0);
    assert_int_equal(pool.used_bytes, 0);
}

static void a_run_comes_from_the_fullest_chunk_that_has_it(void **state)
{
    struct slab *fuller = take(POOL_RUN_MAX - 3);
    struct slab *emptier = take(10);
    struct slab *run = take(3);

    (void)state;
    assert_ptr_equal(heap_chunk_of(run), heap_chunk_of(fuller));
    assert_ptr_not_equal(heap_chunk_of(run), heap_chunk_of(emptier));
    pool_give(&pool, fuller, POOL_RUN_MAX - 3);
    pool_give(&pool, emptier, 10);
    pool_give(&pool, run, 3);
}

static void free_pages_go_back_after_the_decay_time(void **state)
{
    struct slab *first = take(10);
    struct slab *second = take(10);
    unsigned char *start = slab_start(first);

    (void)state;
    memset(start, 7, 10 * CHUNK_PAGE_BYTES);
    pool_give(&pool, first, 10);
    assert_int_equal(atomic_load(&pool.due_ms), pool_now_ms() + DECAY_MS);

    assert_false(pool_purge(&pool, pool_now_ms() - DECAY_MS));
    assert_int_equal(start[5], 7);
    bad_pages_wait(DECAY_MS);
    assert_true(pool_purge(&pool, pool_now_ms() - DECAY_MS));

    assert_int_equal(start[5], 0);
    assert_int_equal(pool.discarded_bytes, 10 * CHUNK_PAGE_BYTES);
    assert_int_equal(atomic_load(&pool.due_ms), UINT64_MAX);
    pool_give(&pool, second, 10);
}

/* What came with a large page and was never touched goes back, too. */
static void a_large_heap_asks_for_large_pages_before_it_touches_them(void **state)
{
    struct slab *full[FULL_CHUNKS];
    struct slab *first;
    struct slab *second;

    (void)state;
    first = take(10);
    second = take(10);
    assert_false(heap_chunk_of(first)->is_enlarged);
    pool_give(&pool, first, 10);
    pool_give(&pool, second, 10);
    for (unsigned i = 0; i < FULL_CHUNKS; i++)
        full[i] = take(POOL_RUN_MAX);
    first = take(10);
    second = take(10);
    assert_true(heap_chunk_of(first)->is_enlarged);

    pool_give(&pool, first, 10);
    bad_pages_wait(DECAY_MS);
    assert_true(pool_purge(&pool, pool_now_ms() - DECAY_MS));
    assert_int_equal(pool.discarded_bytes, (POOL_RUN_MAX - 10) * CHUNK_PAGE_BYTES);
    assert_false(heap_chunk_of(second)->is_enlarged);
    pool_give(&pool, second, 10);
    for (unsigned i = 0; i < FULL_CHUNKS; i++)
        pool_give(&pool, full[i], POOL_RUN_MAX);
}

static void large_pages_that_take_long_are_not_asked_for_for_a_while(void **state)
{
    struct slab *full[FULL_CHUNKS];
    struct slab *slow;
    struct slab *next;
    struct slab *later;

    (void)state;
    for (unsigned i = 0; i < FULL_CHUNKS; i++)
        full[i] = take(POOL_RUN_MAX);
    supply_purge(UINT64_MAX);
    bad_pages_spend(5000000);
    slow = take(POOL_RUN_MAX - 1);
    next = take(POOL_RUN_MAX - 1);
    bad_pages_spend(0);
    bad_pages_wait(1000);
    later = take(POOL_RUN_MAX - 1);
    assert_true(heap_chunk_of(slow)->is_enlarged);
    assert_false(heap_chunk_of(next)->is_enlarged);
    assert_true(heap_chunk_of(later)->is_enlarged);
    pool_give(&pool, slow, POOL_RUN_MAX - 1);
    pool_give(&pool, next, POOL_RUN_MAX - 1);
    pool_give(&pool, later, POOL_RUN_MAX - 1);
    for (unsigned i = 0; i < FULL_CHUNKS; i++)
        pool_give(&pool, full[i], POOL_RUN_MAX);
}

static void a_limit_is_kept(void **state)
{
    struct slab *run;
    bool is_zero;

    (void)state;
    pool.limit_bytes = 10 * CHUNK_PAGE_BYTES;
    run = take(8);
    assert_null(pool_take(&pool, 3, 1, &is_zero));
    assert_null(pool_take_large(&pool, 1, 0, &is_zero));
    assert_false(pool_extend(&pool, run, 8, 3));
    assert_true(pool_extend(&pool, run, 8, 2));
    pool_give(&pool, run, 10);
}

static void a_run_grows_into_free_pages_only(void **state)
{
    struct slab *first = take(4);
    struct slab *second = take(4);

    (void)state;
    assert_ptr_equal(second, first + 4);
    assert_false(pool_extend(&pool, first, 4, 1));
    pool_give(&pool, second, 4);
    assert_true(pool_extend(&pool, first, 4, 4));
    assert_false(pool_extend(&pool, first, 8, CHUNK_PAGES));
    pool_give(&pool, first, 8);
}

static void large_spans_are_counted_and_resized(void **state)
{
    bool is_zero;
    struct heap_chunk *chunk = pool_take_large(&pool, 2, 0, &is_zero);

    (void)state;
    assert_non_null(chunk);
    chunk = pool_resize_large(&pool, chunk, 9);
    assert_non_null(chunk);
    assert_int_equal(pool.used_bytes, 9 * CHUNK_BYTES);
    assert_int_equal(pool.large_bytes, 9 * CHUNK_BYTES);
    chunk = pool_resize_large(&pool, chunk, 1);
    assert_int_equal(chunk->chunk_count, 1);
    assert_int_equal(pool.large_bytes, CHUNK_BYTES);
    pool_give_large(&pool, chunk);
    supply_purge(UINT64_MAX);
    assert_int_equal(pool.large_count, 0);
    assert_int_equal(pool.used_bytes, 0);
}

/* For who has no addresses left; such a span does not grow, and goes back as it is. */
static void a_span_can_lose_what_is_behind_its_block(void **state)
{
    bool is_zero;
    struct heap_chunk *chunk = pool_take_large(&pool, 2, 0, &is_zero);

    (void)state;
    assert_true(pool_fit_large(&pool, chunk, CHUNK_HEAD_BYTES, CHUNK_BYTES));
    pool_trim_large(&pool);
    assert_true(chunk->is_ragged);
    assert_false(pool_fit_large(&pool, chunk, CHUNK_HEAD_BYTES, CHUNK_BYTES + 4096));
    assert_true(pool_fit_large(&pool, chunk, CHUNK_HEAD_BYTES, CHUNK_BYTES));
    assert_null(pool_resize_large(&pool, chunk, 3));
    pool_give_large(&pool, chunk);
    assert_int_equal(supply_stat().kept_bytes, 0);
}

#define pool_unit_test(name) cmocka_unit_test_setup_teardown(name, open_pool, close_pool)

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_unit_test(random_runs_do_not_overlap),
        pool_unit_test(a_run_comes_from_the_fullest_chunk_that_has_it),
        pool_unit_test(free_pages_go_back_after_the_decay_time),
        pool_unit_test(a_large_heap_asks_for_large_pages_before_it_touches_them),
        pool_unit_test(large_pages_that_take_long_are_not_asked_for_for_a_while),
        pool_unit_test(a_limit_is_kept),
        pool_unit_test(a_run_grows_into_free_pages_only),
        pool_unit_test(large_spans_are_counted_and_resized),
        pool_unit_test(a_span_can_lose_what_is_behind_its_block),
    };

    supply_pages = bad_pages();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
