/*
 * heap_thread.c - a thread's caches, the list of heaps, and what a fork does to both.
 *
 * The list's latch is the first in the order of locks. A heap's memory is used again for heaps
 * and a cache's for caches only, so that a thread may look at a cache of its own to find out
 * that the heap is gone.
 */
#include "heap/heap_thread.h"

#include <string.h>

#include "heap/guard.h"
#include "heap/supply.h"
#include "os/thread.h"

struct fh_heap heap_process;
struct fh_heap heap_guarded;

static struct {
    struct latch latch;

    /* Guarded by the latch. */
    struct fh_heap *first;
    struct fh_heap *spare;
    struct heap_cache *spare_caches;
    uint64_t no;

    _Atomic bool has_begun;
} heaps;

/* Constant once the process has threads. */
static bool is_forgotten;

static EARLY_THREAD_LOCAL struct heap_cache *caches_of_thread;
EARLY_THREAD_LOCAL struct heap_cache *heap_thread_recent = &heap_cache_blank;

static void begin(void);
static void enter(struct fh_heap *heap);
static struct heap_cache *spare_take(void);
static void spare_give(struct heap_cache *cache);
static void leave_thread(void *nothing);
static void before_fork(void);
static void after_fork(void);
static void in_child(void);

uintptr_t heap_thread_id(void)
{
    return (uintptr_t)&caches_of_thread;
}

struct heap_cache *heap_thread_find(const struct fh_heap *heap)
{
    struct heap_cache **place = &caches_of_thread;
    struct heap_cache *cache;

    while (*place != NULL) {
        uint64_t heap_no = atomic_load_explicit(&(*place)->heap_no, memory_order_relaxed);

        cache = *place;
        if (heap_no == heap->no) return cache;
        if (heap_no == 0) {
            *place = cache->next_of_thread;
            heap_thread_recent = &heap_cache_blank;
            spare_give(cache);
        } else {
            place = &cache->next_of_thread;
        }
    }
    return NULL;
}

struct heap_cache *heap_thread_cache(struct fh_heap *heap)
{
    struct heap_cache *cache;
    struct heap_cache *spare;

    begin();
    cache = heap_thread_find(heap);
    if (cache != NULL) return cache;
    spare = spare_take();
    cache = heap_cache_open(heap, spare);
    if (spare != NULL && spare != cache) spare_give(spare);
    if (cache == NULL) return NULL;
    atomic_store_explicit(&cache->thread, heap_thread_id(), memory_order_relaxed);
    cache->next_of_thread = caches_of_thread;
    caches_of_thread = cache;
    if (heap == &heap_process && !is_forgotten) heap_cache_mine = cache;
    /* May allocate: this thread has its cache by now. */
    thread_ask_to_leave();
    return cache;
}

struct fh_heap *heap_thread_open(void)
{
    struct fh_heap *heap;

    begin();
    latch_lock(&heaps.latch);
    heap = heaps.spare;
    if (heap != NULL)
        heaps.spare = heap->next;
    else
        heap = supply_own(sizeof(*heap), _Alignof(struct fh_heap));
    if (heap != NULL) enter(heap);
    latch_unlock(&heaps.latch);
    return heap;
}

void heap_thread_close(struct fh_heap *heap)
{
    struct heap_cache *cache;

    latch_lock(&heaps.latch);
    for (struct fh_heap **place = &heaps.first; *place != NULL; place = &(*place)->next) {
        if (*place != heap) continue;
        *place = heap->next;
        break;
    }
    cache = heap->caches;
    while (cache != NULL) {
        struct heap_cache *next = cache->next;

        if (atomic_load_explicit(&cache->thread, memory_order_relaxed) == 0) {
            cache->next = heaps.spare_caches;
            heaps.spare_caches = cache;
        }
        /* Its thread finds out, and gives the cache up. */
        atomic_store_explicit(&cache->heap_no, 0, memory_order_release);
        cache = next;
    }
    pool_fini(&heap->pool);
    heap->next = heaps.spare;
    heaps.spare = heap;
    latch_unlock(&heaps.latch);
}

void heap_thread_forget(void)
{
    is_forgotten = true;
    heap_cache_mine = &heap_cache_blank;
}

/* Once a process, before all else. */
static void begin(void)
{
    if (LIKELY(atomic_load_explicit(&heaps.has_begun, memory_order_acquire))) return;
    latch_lock(&heaps.latch);
    if (!atomic_load_explicit(&heaps.has_begun, memory_order_relaxed)) {
        if (supply_pages == NULL) supply_pages = pages_posix();
        supply_pages->entropy(&slab_secret, sizeof(slab_secret));
        enter(&heap_process);
        enter(&heap_guarded);
        (void)thread_on_leave(leave_thread);
        atomic_store_explicit(&heaps.has_begun, true, memory_order_release);
        latch_unlock(&heaps.latch);
        /* May allocate. */
        thread_on_fork(before_fork, after_fork, in_child);
        return;
    }
    latch_unlock(&heaps.latch);
}

static void enter(struct fh_heap *heap)
{
    memset(heap, 0, sizeof(*heap));
    pool_init(&heap->pool, heap);
    heap->pool.decay_ms = HEAP_DECAY_MS;
    heap->no = ++heaps.no;
    heap->next = heaps.first;
    heaps.first = heap;
}

static struct heap_cache *spare_take(void)
{
    struct heap_cache *cache;

    latch_lock(&heaps.latch);
    cache = heaps.spare_caches;
    if (cache != NULL) heaps.spare_caches = cache->next;
    latch_unlock(&heaps.latch);
    return cache;
}

static void spare_give(struct heap_cache *cache)
{
    latch_lock(&heaps.latch);
    cache->next = heaps.spare_caches;
    heaps.spare_caches = cache;
    latch_unlock(&heaps.latch);
}

/* At a thread's end. What it allocates later makes it a thread with caches again. */
static void leave_thread(void *nothing)
{
    struct heap_cache *cache = caches_of_thread;

    (void)nothing;
    caches_of_thread = NULL;
    heap_cache_mine = &heap_cache_blank;
    heap_thread_recent = &heap_cache_blank;
    while (cache != NULL) {
        struct heap_cache *next = cache->next_of_thread;

        if (atomic_load_explicit(&cache->heap_no, memory_order_acquire) == 0)
            spare_give(cache);
        else
            heap_cache_leave(cache);
        cache = next;
    }
}

static void before_fork(void)
{
    latch_lock(&heaps.latch);
    for (struct fh_heap *heap = heaps.first; heap != NULL; heap = heap->next)
        latch_lock(&heap->caches_latch);
    for (struct fh_heap *heap = heaps.first; heap != NULL; heap = heap->next)
        latch_lock(&heap->pool.latch);
    guard_lock();
    supply_lock();
}

static void after_fork(void)
{
    supply_unlock();
    guard_unlock();
    for (struct fh_heap *heap = heaps.first; heap != NULL; heap = heap->next)
        latch_unlock(&heap->pool.latch);
    for (struct fh_heap *heap = heaps.first; heap != NULL; heap = heap->next)
        latch_unlock(&heap->caches_latch);
    latch_unlock(&heaps.latch);
}

/*
 * The child has this thread alone. Caches of the others stay as they are, for ever: their
 * threads may have been in the middle of anything but what the latches guard. Nobody's they
 * must be, though: the child's next thread may get the address of one of those.
 */
static void in_child(void)
{
    supply_reset();
    guard_reset();
    for (struct fh_heap *heap = heaps.first; heap != NULL; heap = heap->next) {
        for (struct heap_cache *cache = heap->caches; cache != NULL; cache = cache->next) {
            uintptr_t thread = atomic_load_explicit(&cache->thread, memory_order_relaxed);

            if (thread != heap_thread_id())
                atomic_store_explicit(&cache->thread, 0, memory_order_relaxed);
        }
        latch_reset(&heap->pool.latch);
        latch_reset(&heap->caches_latch);
    }
    latch_reset(&heaps.latch);
}
