/*
 * process_heap.c - fh_malloc and its family: the heap of the process, and the fast path.
 *
 * A malloc is a look into the hand of its size; a free is a push onto the hand that the word of
 * the block's page leads to. Neither takes a lock, an atomic operation, or a call.
 */
#include <errno.h>
#include <string.h>

#include "base/bits.h"
#include "freehold/heap.h"
#include "heap/guard.h"
#include "heap/heap.h"
#include "heap/heap_thread.h"
#include "heap/large.h"
#include "heap/supply.h"

/*
 * Addresses that no bit of this is set in go the long way: NULL, and blocks aligned to 2 MiB,
 * whose slot is not where others' are. With 0 all do. Of 32 bits, so that one instruction tests.
 */
HIDDEN uint32_t process_heap_short_way = CHUNK_BYTES - 1;

static APART void *take_more(size_t bytes, const struct hand *hand);
static APART void *take_longer(size_t bytes);
static APART void *take_aligned(size_t alignment, size_t bytes);
static SLOW_PATH void *take_slowly(size_t bytes);
static SLOW_PATH void give_slowly(void *block);

static ALWAYS_INLINE void *take(size_t bytes)
{
    struct heap_cache *cache = heap_cache_mine;

    if (LIKELY(bytes <= SIZE_CLASS_SHORT_MAX)) {
        struct hand *hand = cache->hand_of[(bytes + SIZE_CLASS_STEP - 1) / SIZE_CLASS_STEP];
        void *block = heap_cache_take(hand);

        return LIKELY(block != NULL) ? block : take_more(bytes, hand);
    }
    return take_longer(bytes);
}

static ALWAYS_INLINE void give(void *block)
{
    uintptr_t word;

    if (UNLIKELY(((uint32_t)(uintptr_t)block & process_heap_short_way) == 0)) {
        give_slowly(block);
        return;
    }
    word = RELAXED_READ(*heap_chunk_word(block));
    if (UNLIKELY(!heap_cache_owns(heap_cache_mine, word))) {
        heap_give(block);
        return;
    }
    heap_cache_give((struct hand *)word, block);
}

/* At the beginning of a cache line each: up to a tenth of a pair's time depends on it. */
ALIGNED(64) void *fh_malloc(size_t bytes)
{
    return take(bytes);
}

ALIGNED(64) void fh_free(void *block)
{
    give(block);
}

static struct heap_cache *cache_here(void)
{
    struct heap_cache *cache = heap_cache_mine;

    return LIKELY(cache != &heap_cache_blank) ? cache : heap_thread_cache(&heap_process);
}

static void *or_no_memory(void *block)
{
    if (UNLIKELY(block == NULL)) errno = ENOMEM;
    return block;
}

void *fh_calloc(size_t count, size_t bytes_each)
{
    struct heap_cache *cache;
    size_t bytes;

    if (UNLIKELY(__builtin_mul_overflow(count, bytes_each, &bytes))) return or_no_memory(NULL);
    if (bytes <= SIZE_CLASS_MAX) {
        void *block = take(bytes);

        return UNLIKELY(block == NULL) ? NULL : memset(block, 0, bytes);
    }
    if (guard_is_on) return or_no_memory(guard_take_zeroed(bytes));
    cache = cache_here();
    return or_no_memory(cache == NULL ? NULL : heap_take_zeroed(cache, bytes));
}

void *fh_realloc(void *block, size_t bytes)
{
    struct heap_cache *cache;

    if (block == NULL) return take(bytes);
    if (UNLIKELY(guard_is_on)) return or_no_memory(guard_resize(block, bytes));
    cache = cache_here();
    return or_no_memory(cache == NULL ? NULL : heap_resize(cache, block, bytes));
}

void *fh_aligned_alloc(size_t alignment, size_t bytes)
{
    struct heap_cache *cache = heap_cache_mine;

    if (LIKELY(alignment - 1 < CHUNK_PAGE_BYTES && bytes <= SIZE_CLASS_MAX - CHUNK_PAGE_BYTES &&
               (alignment & (alignment - 1)) == 0)) {
        void *block = heap_cache_take(&cache->hands[size_class_aligned(alignment, bytes)]);

        if (LIKELY(block != NULL)) return block;
    }
    return take_aligned(alignment, bytes);
}

size_t fh_usable_size(const void *block)
{
    if (block == NULL) return 0;
    return guard_is_on ? guard_usable(block) : heap_usable(block);
}

void fh_malloc_configure(const fh_malloc_options *options)
{
    struct heap_cache *cache = cache_here();

    if (cache == NULL || options == NULL || options->size < sizeof(*options)) return;
    if (options->decay_ms != 0) {
        heap_process.pool.decay_ms = options->decay_ms;
        heap_guarded.pool.decay_ms = options->decay_ms;
    }
    if (options->guard == 0) return;
    guard_is_on = true;
    process_heap_short_way = 0;
    heap_thread_forget();
}

/* The hand is empty. */
static APART void *take_more(size_t bytes, const struct hand *hand)
{
    struct heap_cache *cache = heap_cache_mine;

    if (LIKELY(cache != &heap_cache_blank)) {
        void *block = heap_cache_refill(cache, (unsigned)(hand - cache->hands));

        if (LIKELY(block != NULL)) return block;
    }
    return take_slowly(bytes);
}

/* A size that the table of the short ones does not have. */
static APART void *take_longer(size_t bytes)
{
    struct heap_cache *cache = heap_cache_mine;

    if (LIKELY(bytes <= SIZE_CLASS_MAX && cache != &heap_cache_blank)) {
        unsigned class_no = size_class_of(bytes);
        void *block = heap_cache_take(&cache->hands[class_no]);

        if (block != NULL) return block;
        block = heap_cache_refill_any(cache, class_no);
        if (LIKELY(block != NULL)) return block;
    }
    return take_slowly(bytes);
}

static APART void *take_aligned(size_t alignment, size_t bytes)
{
    struct heap_cache *cache;

    if (!is_power_of_two(alignment)) {
        errno = EINVAL;
        return NULL;
    }
    if (UNLIKELY(guard_is_on)) return or_no_memory(guard_take(alignment, bytes));
    cache = cache_here();
    return or_no_memory(cache == NULL ? NULL : heap_take_aligned(cache, alignment, bytes));
}

static SLOW_PATH void *take_slowly(size_t bytes)
{
    struct heap_cache *cache;

    if (guard_is_on) return or_no_memory(guard_take(1, bytes));
    cache = cache_here();
    return or_no_memory(cache == NULL ? NULL : heap_take(cache, bytes));
}

static SLOW_PATH void give_slowly(void *block)
{
    if (guard_is_on)
        guard_give(block);
    else if (block != NULL)
        large_give(block);
}
