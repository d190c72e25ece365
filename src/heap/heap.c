/*
 * heap.c - a heap: a pool of page runs, and the caches of the threads that use it.
 *
 * Here are the ways off the fast path, which is in process_heap.c: sizes that no table knows,
 * blocks of other threads and other heaps, runs and spans.
 */
#include "heap/heap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "heap/heap_probe.h"
#include "heap/heap_thread.h"
#include "heap/large.h"
#include "heap/supply.h"

enum { DISCARD_BYTES_MIN = 1 << 20 };

static void *take(struct heap_cache *cache, size_t bytes);
static void *take_zeroed(struct heap_cache *cache, size_t bytes);
static void *take_aligned(struct heap_cache *cache, size_t alignment, size_t bytes);
static bool gather(struct heap_cache *cache, size_t bytes);
static void *take_small(struct heap_cache *cache, size_t bytes);
static void *take_class(struct heap_cache *cache, unsigned class_no);
static void *take_run(struct heap_cache *cache, size_t alignment, size_t bytes, bool *ret_is_zero);
static bool give_away(void *block);
static void give_small(struct slab *slab, void *block);
static struct fh_heap *heap_of_live(const void *block);
static void *resize_run(void *block, size_t bytes);

static unsigned pages_for(size_t bytes)
{
    return (unsigned)divide_up(bytes, CHUNK_PAGE_BYTES);
}

void *heap_take(struct heap_cache *cache, size_t bytes)
{
    void *block = take(cache, bytes);

    return LIKELY(block != NULL) || !gather(cache, bytes) ? block : take(cache, bytes);
}

void *heap_take_zeroed(struct heap_cache *cache, size_t bytes)
{
    void *block = take_zeroed(cache, bytes);

    return LIKELY(block != NULL) || !gather(cache, bytes) ? block : take_zeroed(cache, bytes);
}

void *heap_take_aligned(struct heap_cache *cache, size_t alignment, size_t bytes)
{
    void *block = take_aligned(cache, alignment, bytes);

    return LIKELY(block != NULL) || !gather(cache, bytes) ? block
                                                          : take_aligned(cache, alignment, bytes);
}

void heap_give(void *block)
{
    struct slab *slab = slab_of(block);
    struct heap_cache *cache;

    if (((uintptr_t)block & (CHUNK_BYTES - 1)) == 0) {
        large_give(block);
        return;
    }
    if (give_away(block)) return;
    if (slab->kind == SLAB_INNER) slab -= slab->back;
    switch ((enum slab_kind)slab->kind) {
    case SLAB_SMALL:
        give_small(slab, block);
        return;
    case SLAB_RUN:
        cache = heap_cache_mine;
        if (cache->heap != heap_chunk_of(slab)->heap)
            cache = heap_thread_find(heap_chunk_of(slab)->heap);
        if (cache != NULL)
            heap_cache_give_run(cache, slab, slab->wait);
        else
            pool_give(&heap_chunk_of(slab)->heap->pool, slab, slab->wait);
        return;
    case SLAB_LARGE:
        large_give(block);
        return;
    case SLAB_NONE:
    case SLAB_INNER:
    default:
        heap_misuse("free of what is no block", block);
    }
}

void *heap_resize(struct heap_cache *cache, void *block, size_t bytes)
{
    size_t usable = heap_usable(block);
    size_t kept = bytes < usable ? bytes : usable;
    struct fh_heap *heap = heap_of_live(block);
    void *moved;

    if (usable <= SIZE_CLASS_MAX) {
        if (bytes <= usable && bytes >= usable / 2) return block;
    } else if (bytes > SIZE_CLASS_MAX && bytes <= HEAP_BYTES_MAX) {
        moved = resize_run(block, bytes);
        if (moved != NULL) return moved;
    }
    if (cache->heap != heap) cache = heap_thread_cache(heap);
    moved = cache == NULL ? NULL : heap_take(cache, bytes);
    if (moved == NULL) return bytes <= usable ? block : NULL;
    memcpy(moved, block, kept); /* NOLINT(clang-analyzer-core.NonNullParamChecker): is no NULL */
    heap_give(block);
    return moved;
}

size_t heap_usable(const void *block)
{
    const struct slab *slab;

    if (((uintptr_t)block & (CHUNK_BYTES - 1)) == 0) return large_usable(block);
    slab = slab_of(block);
    if (slab->kind == SLAB_INNER) slab -= slab->back;
    if (slab->kind == SLAB_SMALL) return size_class_table[slab->class_no].bytes;
    if (slab->kind == SLAB_RUN) return slab->wait * CHUNK_PAGE_BYTES;
    return large_usable(block);
}

struct fh_heap *heap_of(const void *block)
{
    const void *chunk = heap_chunk_of(block);

    if (((uintptr_t)block & (CHUNK_BYTES - 1)) == 0)
        chunk = (const void *)((uintptr_t)block - CHUNK_BYTES);
    return supply_has(chunk) ? ((const struct heap_chunk *)chunk)->heap : NULL;
}

_Noreturn void heap_misuse(const char *what, const void *block)
{
    (void)fprintf(stderr, "freehold: %s: %p\n", what, block);
    abort();
}

static void *take(struct heap_cache *cache, size_t bytes)
{
    bool is_zero;

    if (bytes <= SIZE_CLASS_MAX) return take_small(cache, bytes);
    if (bytes <= HEAP_RUN_BYTES_MAX) return take_run(cache, 1, bytes, &is_zero);
    if (bytes > HEAP_BYTES_MAX) return NULL;
    return large_take(cache->heap, 1, bytes, &is_zero);
}

static void *take_zeroed(struct heap_cache *cache, size_t bytes)
{
    bool is_zero = false;
    void *block;

    if (bytes <= SIZE_CLASS_MAX)
        block = take_small(cache, bytes);
    else if (bytes <= HEAP_RUN_BYTES_MAX)
        block = take_run(cache, 1, bytes, &is_zero);
    else if (bytes <= HEAP_BYTES_MAX)
        block = large_take(cache->heap, 1, bytes, &is_zero);
    else
        return NULL;
    if (block == NULL || is_zero) return block;
    if (bytes < DISCARD_BYTES_MIN || !supply_pages->discard(block, bytes)) memset(block, 0, bytes);
    return block;
}

static void *take_aligned(struct heap_cache *cache, size_t alignment, size_t bytes)
{
    size_t larger = bytes > alignment ? bytes : alignment;
    bool is_zero;

    if (alignment <= SIZE_CLASS_STEP) return take(cache, bytes);
    if (larger <= SIZE_CLASS_MAX && alignment <= CHUNK_PAGE_BYTES)
        return take_class(cache, size_class_aligned(alignment, bytes));
    if (bytes == 0) bytes = 1;
    if (larger <= HEAP_RUN_BYTES_MAX) return take_run(cache, alignment, bytes, &is_zero);
    if (larger > HEAP_BYTES_MAX) return NULL;
    return large_take(cache->heap, alignment, bytes, &is_zero);
}

/* True: it is worth while to try again. */
static bool gather(struct heap_cache *cache, size_t bytes)
{
    if (bytes > HEAP_GATHER_BYTES_MAX) return false;
    HEAP_PROBE(gather, cache->heap, bytes);
    heap_cache_gather(cache);
    return true;
}

static void *take_small(struct heap_cache *cache, size_t bytes)
{
    unsigned class_no = size_class_of(bytes);
    void *block = heap_cache_take(&cache->hands[class_no]);

    return LIKELY(block != NULL) ? block : heap_cache_refill_any(cache, class_no);
}

/* A block of that class and no other. */
static void *take_class(struct heap_cache *cache, unsigned class_no)
{
    void *block = heap_cache_take(&cache->hands[class_no]);

    return LIKELY(block != NULL) ? block : heap_cache_refill(cache, class_no);
}

/* A run's length is in its slot's `wait`. */
static void *take_run(struct heap_cache *cache, size_t alignment, size_t bytes, bool *ret_is_zero)
{
    unsigned page_count = pages_for(bytes);
    struct slab *slab;

    if (alignment <= CHUNK_PAGE_BYTES)
        slab = heap_cache_take_run(cache, page_count, ret_is_zero);
    else
        slab = pool_take(&cache->heap->pool, page_count, pages_for(alignment), ret_is_zero);
    if (slab == NULL) return NULL;
    slab->kind = SLAB_RUN;
    slab->wait = page_count;
    return slab_start(slab);
}

/* A block of another thread, without a look at its slot. False: it is something else. */
static bool give_away(void *block)
{
    struct heap_cache *cache = heap_cache_mine;
    uintptr_t word = RELAXED_READ(*heap_chunk_word(block));
    uintptr_t class_no = word % CHUNK_OWNER_ALIGN / CHUNK_HAND_BYTES;
    const struct heap_cache *owner;

    if (cache == &heap_cache_blank || word == 0 || class_no >= SIZE_CLASS_SHORT_COUNT) return false;
    /* What is no block may have any word. */
    if (!supply_has(heap_chunk_of(block))) return false;
    owner = (const struct heap_cache *)(word & -(uintptr_t)CHUNK_OWNER_ALIGN);
    if (owner == cache || owner->heap != cache->heap) return false;
    heap_cache_give_away(cache, (unsigned)class_no, block);
    return true;
}

static void give_small(struct slab *slab, void *block)
{
    struct heap_cache *owner = slab_owner(slab);

    if (atomic_load_explicit(&owner->thread, memory_order_relaxed) != heap_thread_id()) {
        heap_cache_give_remote(slab, block);
        return;
    }
    heap_cache_give(&owner->hands[slab->class_no], block);
}

static struct fh_heap *heap_of_live(const void *block)
{
    if (((uintptr_t)block & (CHUNK_BYTES - 1)) == 0) return large_chunk(block)->heap;
    return heap_chunk_of(block)->heap;
}

/* Runs and spans, as long as the new size is one of the same kind; NULL: it must be copied. */
static void *resize_run(void *block, size_t bytes)
{
    struct slab *slab = slab_of(block);
    struct pool *pool;
    unsigned page_count;

    if (((uintptr_t)block & (CHUNK_BYTES - 1)) == 0 || slab->kind == SLAB_LARGE)
        return bytes > HEAP_RUN_BYTES_MAX ? large_resize(block, bytes) : NULL;
    if (slab->kind != SLAB_RUN || bytes > HEAP_RUN_BYTES_MAX) return NULL;
    pool = &heap_chunk_of(slab)->heap->pool;
    page_count = pages_for(bytes);
    if (page_count > slab->wait) {
        if (!pool_extend(pool, slab, slab->wait, page_count - slab->wait)) return NULL;
    } else if (page_count < slab->wait) {
        pool_give(pool, slab + page_count, slab->wait - page_count);
    }
    slab->wait = page_count;
    return block;
}
