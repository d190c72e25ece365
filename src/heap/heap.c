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
#include "heap/large.h"
#include "heap/supply.h"
#include "os/thread.h"

enum { DISCARD_BYTES_MIN = 1 << 20 };

struct fh_heap heap_process;

static struct latch begin_latch;
static _Atomic bool has_begun;
static EARLY_THREAD_LOCAL struct heap_cache *thread_caches;

static void *take_small(struct heap_cache *cache, unsigned class_no);
static void *take_run(struct heap_cache *cache, size_t alignment, size_t bytes, bool *ret_is_zero);
static void give_small(struct slab *slab, void *block);
static void *resize_run(struct heap_cache *cache, void *block, size_t bytes);
static void leave_thread(void *nothing);
static void lock_all(void);
static void unlock_all(void);
static void reset_all(void);

static unsigned pages_for(size_t bytes)
{
    return (unsigned)divide_up(bytes, CHUNK_PAGE_BYTES);
}

void heap_begin(void)
{
    if (atomic_load_explicit(&has_begun, memory_order_acquire)) return;
    latch_lock(&begin_latch);
    if (!atomic_load_explicit(&has_begun, memory_order_relaxed)) {
        if (supply_pages == NULL) supply_pages = pages_posix();
        supply_pages->entropy(&slab_secret, sizeof(slab_secret));
        heap_init(&heap_process);
        atomic_store_explicit(&has_begun, true, memory_order_release);
        (void)thread_on_leave(leave_thread);
        thread_on_fork(lock_all, unlock_all, reset_all);
    }
    latch_unlock(&begin_latch);
}

void heap_init(struct fh_heap *heap)
{
    pool_init(&heap->pool, heap);
    heap->pool.decay_ms = HEAP_DECAY_MS;
}

struct heap_cache *heap_cache_of(struct fh_heap *heap)
{
    struct heap_cache *cache = thread_caches;

    while (cache != NULL && cache->heap != heap)
        cache = cache->next_of_thread;
    if (cache != NULL) return cache;
    heap_begin();
    cache = heap_cache_open(heap);
    if (cache == NULL) return NULL;
    atomic_store_explicit(&cache->thread, (uintptr_t)&thread_caches, memory_order_relaxed);
    cache->next_of_thread = thread_caches;
    thread_caches = cache;
    if (heap == &heap_process) heap_cache_mine = cache;
    /* May allocate: this thread has its cache by now. */
    thread_ask_to_leave();
    return cache;
}

void *heap_take(struct heap_cache *cache, size_t bytes)
{
    bool is_zero;

    if (bytes <= SIZE_CLASS_MAX) return take_small(cache, size_class_of(bytes));
    if (bytes <= HEAP_RUN_BYTES_MAX) return take_run(cache, 1, bytes, &is_zero);
    if (bytes > HEAP_BYTES_MAX) return NULL;
    return large_take(cache->heap, 1, bytes, &is_zero);
}

void *heap_take_zeroed(struct heap_cache *cache, size_t bytes)
{
    bool is_zero = false;
    void *block;

    if (bytes <= SIZE_CLASS_MAX)
        block = take_small(cache, size_class_of(bytes));
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

void *heap_take_aligned(struct heap_cache *cache, size_t alignment, size_t bytes)
{
    size_t larger = bytes > alignment ? bytes : alignment;
    bool is_zero;

    if (alignment <= SIZE_CLASS_STEP) return heap_take(cache, bytes);
    if (larger <= SIZE_CLASS_MAX && alignment <= CHUNK_PAGE_BYTES) {
        unsigned class_no = size_class_of(larger);

        while (size_classes[class_no].bytes % alignment != 0)
            class_no++;
        return take_small(cache, class_no);
    }
    if (larger <= HEAP_RUN_BYTES_MAX) return take_run(cache, alignment, bytes, &is_zero);
    if (larger > HEAP_BYTES_MAX) return NULL;
    return large_take(cache->heap, alignment, bytes, &is_zero);
}

void heap_give(void *block)
{
    struct slab *slab = slab_of(block);
    struct heap_cache *cache;

    if (((uintptr_t)block & (CHUNK_BYTES - 1)) == 0) {
        large_give(block);
        return;
    }
    if (slab->kind == SLAB_INNER) slab -= slab->back;
    switch ((enum slab_kind)slab->kind) {
    case SLAB_SMALL:
        give_small(slab, block);
        return;
    case SLAB_RUN:
        cache = heap_cache_of(heap_chunk_of(slab)->heap);
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
    void *moved;

    if (usable <= SIZE_CLASS_MAX) {
        if (bytes <= usable && bytes >= usable / 2) return block;
    } else if (bytes > SIZE_CLASS_MAX && bytes <= HEAP_BYTES_MAX) {
        moved = resize_run(cache, block, bytes);
        if (moved != NULL) return moved;
    }
    moved = heap_take(cache, bytes);
    if (moved == NULL) return bytes <= usable ? block : NULL;
    memcpy(moved, block, kept);
    heap_give(block);
    return moved;
}

size_t heap_usable(const void *block)
{
    const struct slab *slab;

    if (((uintptr_t)block & (CHUNK_BYTES - 1)) == 0) return large_usable(block);
    slab = slab_of(block);
    if (slab->kind == SLAB_INNER) slab -= slab->back;
    if (slab->kind == SLAB_SMALL) return size_classes[slab->class_no].bytes;
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

static void *take_small(struct heap_cache *cache, unsigned class_no)
{
    void *block = cache->hand[class_no];

    if (UNLIKELY(block == NULL)) return heap_cache_refill(cache, class_no);
    cache->hand[class_no] = slab_link(block);
    return block;
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

static void give_small(struct slab *slab, void *block)
{
    struct heap_cache *owner = atomic_load_explicit(&slab->owner, memory_order_relaxed);

    if (atomic_load_explicit(&owner->thread, memory_order_relaxed) != (uintptr_t)&thread_caches) {
        heap_cache_give_remote(slab, block);
        return;
    }
    slab_set_link(block, slab->local);
    slab->local = block;
    if (--slab->wait == 0) heap_cache_due(owner, slab);
}

/* Runs and spans, as long as the new size is one of the same kind; NULL: it must be copied. */
static void *resize_run(struct heap_cache *cache, void *block, size_t bytes)
{
    struct slab *slab = slab_of(block);
    struct pool *pool = &cache->heap->pool;
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

/* At a thread's end. What it allocates later makes it a thread with caches again. */
static void leave_thread(void *nothing)
{
    struct heap_cache *cache = thread_caches;

    (void)nothing;
    thread_caches = NULL;
    heap_cache_mine = &heap_cache_blank;
    while (cache != NULL) {
        struct heap_cache *next = cache->next_of_thread;

        heap_cache_leave(cache);
        cache = next;
    }
}

static void lock_all(void)
{
    latch_lock(&heap_process.caches_latch);
    latch_lock(&heap_process.pool.latch);
    supply_lock();
}

static void unlock_all(void)
{
    supply_unlock();
    latch_unlock(&heap_process.pool.latch);
    latch_unlock(&heap_process.caches_latch);
}

/*
 * The child has this thread alone. Caches of the others stay as they are, for ever: a thread
 * may have been in the middle of anything but what the latches guard.
 */
static void reset_all(void)
{
    for (struct heap_cache *cache = heap_process.caches; cache != NULL; cache = cache->next)
        if (atomic_load_explicit(&cache->thread, memory_order_relaxed) != (uintptr_t)&thread_caches)
            atomic_store_explicit(&cache->thread, 0, memory_order_relaxed);
    supply_reset();
    latch_reset(&heap_process.pool.latch);
    latch_reset(&heap_process.caches_latch);
}
