/*
 * heap_cache.c - what one thread has of one heap: slabs, and a hand of free blocks a size.
 *
 * Slabs where something is free stand in the queue of their class, first come first taken: the
 * longer one waits, the more of its blocks are back when its turn comes, and the fewer visits
 * a block costs.
 */
#include "heap/heap_cache.h"

#include <string.h>

#include "heap/heap.h"
#include "heap/heap_probe.h"
#include "heap/supply.h"

/* A look at the clock every so many visits. */
enum { TICK_VISITS = 8, CACHED_RUN_PAGES_MAX = 64, EMPTY_PAGES_MAX = 16 };

/* Blocks of another thread's page that go back in one piece. */
enum { BATCH_MAX = 16 };

/* How far one hand may grow, and all of a thread's together above their first limits. */
enum { HAND_BYTES_MAX = 512 << 10, EXTRA_BYTES_MAX = 2 << 20 };

/* The blank cache's first hand, which is empty, for all sizes. */
#define BLANK_HAND &heap_cache_blank.hands[0]
#define BLANK_HANDS8 \
    BLANK_HAND, BLANK_HAND, BLANK_HAND, BLANK_HAND, BLANK_HAND, BLANK_HAND, BLANK_HAND, BLANK_HAND

struct heap_cache heap_cache_blank = {.hand_of = {BLANK_HANDS8, BLANK_HANDS8, BLANK_HANDS8,
                                                  BLANK_HANDS8, BLANK_HANDS8, BLANK_HANDS8,
                                                  BLANK_HANDS8, BLANK_HANDS8, BLANK_HAND}};
static_assert(SIZE_CLASS_SHORT_STEPS == 8 * 8 + 1, "every size has a blank hand");
EARLY_THREAD_LOCAL struct heap_cache *heap_cache_mine = &heap_cache_blank;

static bool is_hidden(const struct slab *slab, void *cache);
static bool has_free(const struct heap_cache *cache, unsigned class_no);
static struct slab *next_slab(struct heap_cache *cache, unsigned class_no);
static struct slab *fresh_slab(struct heap_cache *cache, unsigned class_no);
static struct slab *orphaned_slab(struct heap_cache *cache, unsigned class_no);
static void list_append(struct slab_queue *list, struct slab *slab);
static void list_remove(struct slab_queue *list, struct slab *slab);
static void watch_full(struct heap_cache *cache);
static void make_usable(struct heap_cache *cache, struct slab *slab);
static void queue_append(struct heap_cache *cache, struct slab *slab);
static void queue_remove(struct heap_cache *cache, struct slab *slab);
static void accept_returned(struct heap_cache *cache);
static void put_returned(struct slab *slab);
static void send(struct batch *batch);
static void retire(struct heap_cache *cache, struct slab *slab);
static void release(struct heap_cache *cache, struct slab *slab);
static void due(struct heap_cache *cache, struct slab *slab);
static void grant(struct heap_cache *cache, unsigned class_no, unsigned length);
static void raise_limit(struct heap_cache *cache, unsigned class_no);
static void drop(struct heap_cache *cache, unsigned class_no, unsigned count);
static bool is_of(const struct slab *slab, const void *other, void *block);
static void drop_hands(struct heap_cache *cache);
static void sweep_present(struct heap_cache *cache, unsigned class_no);
static void sweep_queue(struct heap_cache *cache, unsigned class_no);

struct heap_cache *heap_cache_open(struct fh_heap *heap, struct heap_cache *spare)
{
    struct heap_cache *cache;

    latch_lock(&heap->caches_latch);
    cache = atomic_load_explicit(&heap->orphans, memory_order_relaxed);
    if (cache != NULL) {
        atomic_store_explicit(&heap->orphans, cache->next_orphan, memory_order_relaxed);
        cache->is_orphan = false;
    } else {
        cache = spare != NULL ? memset(spare, 0, sizeof(*spare))
                              : supply_own(sizeof(*cache), CHUNK_OWNER_ALIGN);
        if (cache != NULL) {
            for (unsigned i = 0; i < SIZE_CLASS_SHORT_STEPS; i++)
                cache->hand_of[i] = &cache->hands[size_class_steps[i]];
            cache->heap = heap;
            atomic_store_explicit(&cache->heap_no, heap->no, memory_order_relaxed);
            cache->visits = TICK_VISITS;
            drop_hands(cache);
            cache->next = heap->caches;
            heap->caches = cache;
        }
    }
    latch_unlock(&heap->caches_latch);
    return cache;
}

void heap_cache_leave(struct heap_cache *cache)
{
    struct fh_heap *heap = cache->heap;

    drop_hands(cache);
    for (unsigned i = 0; i < SIZE_CLASS_COUNT; i++) {
        struct slab *slab = cache->present[i];

        if (slab == NULL) continue;
        cache->present[i] = NULL;
        queue_append(cache, slab);
    }
    heap_cache_sweep(cache);
    latch_lock(&heap->caches_latch);
    cache->is_orphan = true;
    atomic_store_explicit(&cache->thread, 0, memory_order_relaxed);
    cache->next_orphan = atomic_load_explicit(&heap->orphans, memory_order_relaxed);
    atomic_store_explicit(&heap->orphans, cache, memory_order_relaxed);
    latch_unlock(&heap->caches_latch);
}

void *heap_cache_refill(struct heap_cache *cache, unsigned class_no)
{
    struct slab *slab;
    unsigned count = 0;
    void *list;

    heap_cache_tick(cache);
    slab = cache->present[class_no];
    list = slab == NULL ? NULL : slab_take(slab, &count);
    while (list == NULL) {
        if (slab != NULL) list_append(&cache->full, slab);
        slab = next_slab(cache, class_no);
        cache->present[class_no] = slab;
        if (slab == NULL) return NULL;
        list = slab_take(slab, &count);
    }
    cache->hands[class_no].first = slab_link(list);
    PREFETCH(cache->hands[class_no].first);
    if (cache->count[class_no].was_full) raise_limit(cache, class_no);
    grant(cache, class_no, count - 1);
    HEAP_PROBE(refill, size_class_table[class_no].bytes, count);
    return list;
}

/*
 * How many blocks of each class live goes up and down, and a class has slabs for the most that it
 * ever had: neighbours that lend each other what is free need fewer in sum.
 */
void *heap_cache_refill_any(struct heap_cache *cache, unsigned class_no)
{
    unsigned larger = class_no + 1;

    if (class_no >= SIZE_CLASS_SHORT_COUNT && larger < SIZE_CLASS_COUNT) {
        if (atomic_load_explicit(&cache->returned, memory_order_relaxed) != NULL)
            accept_returned(cache);
        if (!has_free(cache, class_no)) {
            void *block = heap_cache_take(&cache->hands[larger]);

            if (block != NULL) return block;
            if (has_free(cache, larger)) class_no = larger;
        }
    }
    return heap_cache_refill(cache, class_no);
}

void heap_cache_look(struct hand *hand)
{
    uintptr_t address = (uintptr_t)hand;
    struct heap_cache *cache = (struct heap_cache *)(address & -(uintptr_t)CHUNK_OWNER_ALIGN);
    unsigned class_no = (unsigned)(hand - cache->hands);
    struct hand_count *count = &cache->count[class_no];
    unsigned length = count->length + count->grant - hand->taken;
    unsigned limit = count->limit;

    if (length >= limit) {
        HEAP_PROBE(return, size_class_table[class_no].bytes, length - limit / 2);
        drop(cache, class_no, length - limit / 2);
        count->was_full = true;
        length = limit / 2;
    }
    grant(cache, class_no, length);
    heap_cache_tick(cache);
}

/* A slab's wait is over. */
static void due(struct heap_cache *cache, struct slab *slab)
{
    slab->wait = slab->bias;
    slab->bias = 0;
    if (slab->is_full) {
        slab->is_full = false;
        if (!slab->is_watched)
            list_remove(&cache->full, slab);
        else
            slab->is_away = !slab_unwatch(slab);
        if (slab->is_away) return;
        queue_append(cache, slab);
    }
    if (slab->wait > 0 || slab->is_away || slab == cache->present[slab->class_no]) return;
    retire(cache, slab);
}

void heap_cache_give_remote(struct slab *slab, void *block)
{
    if (slab_give_remote(slab, block, block)) put_returned(slab);
}

void heap_cache_give_away(struct heap_cache *cache, unsigned class_no, void *block)
{
    struct batch *batch = &cache->batches[class_no];

    if (((uintptr_t)block ^ (uintptr_t)batch->first) < CHUNK_PAGE_BYTES) {
        slab_set_link(block, batch->first);
        batch->first = block;
        if (LIKELY(++batch->count < BATCH_MAX)) return;
        send(batch);
        heap_cache_tick(cache);
        return;
    }
    if (batch->count > 0) send(batch);
    *batch = (struct batch){.first = block, .last = block, .count = 1};
}

struct slab *heap_cache_take_run(struct heap_cache *cache, unsigned page_count, bool *ret_is_zero)
{
    for (unsigned i = 0; i < CACHE_RUN_COUNT; i++) {
        struct slab *slab = cache->runs[i].slab;

        if (slab == NULL || cache->runs[i].page_count != page_count) continue;
        cache->runs[i].slab = NULL;
        *ret_is_zero = false;
        return slab;
    }
    heap_cache_tick(cache);
    return pool_take(&cache->heap->pool, page_count, 1, ret_is_zero);
}

void heap_cache_give_run(struct heap_cache *cache, struct slab *slab, unsigned page_count)
{
    struct cached_run *place = &cache->runs[cache->run_turn % CACHE_RUN_COUNT];

    slab->kind = SLAB_NONE;
    if (page_count > CACHED_RUN_PAGES_MAX) {
        pool_give(&cache->heap->pool, slab, page_count);
    } else {
        if (place->slab != NULL) pool_give(&cache->heap->pool, place->slab, place->page_count);
        *place = (struct cached_run){.slab = slab, .page_count = page_count};
        cache->run_turn++;
    }
    heap_cache_tick(cache);
}

void heap_cache_sweep(struct heap_cache *cache)
{
    for (unsigned i = 0; i < SIZE_CLASS_SHORT_COUNT; i++)
        if (cache->batches[i].count > 0) send(&cache->batches[i]);
    drop_hands(cache);
    accept_returned(cache);
    watch_full(cache);
    for (unsigned i = 0; i < SIZE_CLASS_COUNT; i++) {
        sweep_queue(cache, i);
        if (cache->present[i] != NULL) sweep_present(cache, i);
    }
    for (unsigned i = 0; i < CACHE_RUN_COUNT; i++) {
        if (cache->runs[i].slab == NULL) continue;
        pool_give(&cache->heap->pool, cache->runs[i].slab, cache->runs[i].page_count);
        cache->runs[i].slab = NULL;
    }
}

void heap_cache_gather(struct heap_cache *cache)
{
    struct pool *pool = &cache->heap->pool;
    struct slab *hidden;

    drop_hands(cache);
    watch_full(cache);
    for (hidden = pool_find(pool, is_hidden, cache); hidden != NULL;
         hidden = pool_find(pool, is_hidden, cache)) {
        hidden->bias = (uint16_t)slab_used(hidden);
        hidden->wait = 0;
        due(cache, hidden);
    }
    heap_cache_sweep(cache);
    heap_cache_sweep_orphans(cache->heap);
    (void)pool_purge(pool, UINT64_MAX);
    if (cache->heap != &heap_guarded) pool_trim_large(pool);
}

void heap_cache_tick(struct heap_cache *cache)
{
    struct fh_heap *heap = cache->heap;
    uint64_t decay_ms = heap->pool.decay_ms;
    uint64_t now_ms;

    if (LIKELY(--cache->visits > 0)) return;
    cache->visits = TICK_VISITS;
    now_ms = pool_now_ms();
    if (now_ms - cache->swept_ms >= decay_ms) {
        cache->swept_ms = now_ms;
        heap_cache_sweep(cache);
        if (atomic_load_explicit(&heap->orphans, memory_order_relaxed) != NULL)
            heap_cache_sweep_orphans(heap);
    }
    if (now_ms >= atomic_load_explicit(&heap->pool.due_ms, memory_order_relaxed))
        (void)pool_purge(&heap->pool, now_ms - decay_ms);
}

/* Has free blocks, but fewer than would have been worth a visit. */
static RACY_READ bool is_hidden(const struct slab *slab, void *cache)
{
    return slab->kind == SLAB_SMALL && slab_owner(slab) == cache && slab->is_full &&
           slab->local != NULL;
}

/* A refill finds something without fresh pages. */
static bool has_free(const struct heap_cache *cache, unsigned class_no)
{
    const struct slab *slab = cache->present[class_no];

    return cache->queue[class_no].first != NULL ||
           (slab != NULL &&
            (slab->local != NULL || slab->carved < size_class_table[class_no].capacity ||
             atomic_load_explicit(&slab->remote, memory_order_relaxed) != 0));
}

static struct slab *next_slab(struct heap_cache *cache, unsigned class_no)
{
    struct slab *slab = cache->queue[class_no].first;

    if (slab == NULL) {
        if (atomic_load_explicit(&cache->returned, memory_order_relaxed) != NULL)
            accept_returned(cache);
        if (cache->full.first != NULL) watch_full(cache);
        slab = cache->queue[class_no].first;
    }
    if (slab != NULL) {
        queue_remove(cache, slab);
        if (slab_used(slab) == 0 && cache->queue[class_no].empty_count > 0)
            cache->queue[class_no].empty_count--;
        return slab;
    }
    if (atomic_load_explicit(&cache->heap->orphans, memory_order_relaxed) != NULL)
        slab = orphaned_slab(cache, class_no);
    return slab != NULL ? slab : fresh_slab(cache, class_no);
}

static struct slab *fresh_slab(struct heap_cache *cache, unsigned class_no)
{
    bool is_zero;
    struct slab *slab =
        pool_take(&cache->heap->pool, size_class_table[class_no].pages, 1, &is_zero);

    if (slab != NULL) slab_init(slab, class_no, cache);
    return slab;
}

static struct slab *orphaned_slab(struct heap_cache *cache, unsigned class_no)
{
    struct fh_heap *heap = cache->heap;
    struct slab *slab = NULL;

    latch_lock(&heap->caches_latch);
    for (struct heap_cache *orphan = atomic_load_explicit(&heap->orphans, memory_order_relaxed);
         orphan != NULL && slab == NULL; orphan = orphan->next_orphan) {
        accept_returned(orphan);
        slab = orphan->queue[class_no].first;
        if (slab == NULL) continue;
        queue_remove(orphan, slab);
        slab_set_owner(slab, cache);
    }
    latch_unlock(&heap->caches_latch);
    return slab;
}

static void list_append(struct slab_queue *list, struct slab *slab)
{
    slab->next = NULL;
    slab->previous = list->last;
    if (list->last != NULL)
        list->last->next = slab;
    else
        list->first = slab;
    list->last = slab;
}

static void list_remove(struct slab_queue *list, struct slab *slab)
{
    if (slab->next != NULL)
        slab->next->previous = slab->previous;
    else
        list->last = slab->previous;
    if (slab->previous != NULL)
        slab->previous->next = slab->next;
    else
        list->first = slab->next;
}

static void queue_append(struct heap_cache *cache, struct slab *slab)
{
    list_append(&cache->queue[slab->class_no], slab);
}

static void queue_remove(struct heap_cache *cache, struct slab *slab)
{
    list_remove(&cache->queue[slab->class_no], slab);
}

/* Full slabs are watched from now on; those that others gave blocks back to are full no more. */
static void watch_full(struct heap_cache *cache)
{
    struct slab *slab = cache->full.first;

    cache->full = (struct slab_queue){0};
    while (slab != NULL) {
        struct slab *next = slab->next;

        if (!slab_watch(slab)) make_usable(cache, slab);
        slab = next;
    }
}

static void make_usable(struct heap_cache *cache, struct slab *slab)
{
    slab->wait += slab->bias;
    slab->bias = 0;
    slab->is_full = false;
    slab->is_watched = false;
    slab->is_away = false;
    queue_append(cache, slab);
}

/* Slabs that another thread gave a block back to while they were full; some are another's now. */
static void accept_returned(struct heap_cache *cache)
{
    struct slab *slab = atomic_exchange_explicit(&cache->returned, NULL, memory_order_acquire);

    while (slab != NULL) {
        struct slab *next = slab->returned_next;

        if (slab_owner(slab) != cache) {
            put_returned(slab);
        } else {
            make_usable(cache, slab);
        }
        slab = next;
    }
}

static void put_returned(struct slab *slab)
{
    struct heap_cache *owner = slab_owner(slab);
    struct slab *first = atomic_load_explicit(&owner->returned, memory_order_relaxed);

    do
        slab->returned_next = first;
    while (!atomic_compare_exchange_weak_explicit(&owner->returned, &first, slab,
                                                  memory_order_release, memory_order_relaxed));
}

/* The slab is not released meanwhile: blocks of a batch count as out. */
static void send(struct batch *batch)
{
    struct slab *slab = slab_first(slab_of(batch->first));

    if (slab_give_remote(slab, batch->first, batch->last)) put_returned(slab);
    *batch = (struct batch){.count = 0};
}

/* A few that are empty stay in the queue until the next sweep, for sizes that come and go. */
static void retire(struct heap_cache *cache, struct slab *slab)
{
    struct slab_queue *queue = &cache->queue[slab->class_no];

    if ((queue->empty_count + 1) * size_class_table[slab->class_no].pages <= EMPTY_PAGES_MAX) {
        queue->empty_count++;
        return;
    }
    queue_remove(cache, slab);
    release(cache, slab);
}

static void release(struct heap_cache *cache, struct slab *slab)
{
    unsigned pages = size_class_table[slab->class_no].pages;

    slab_fini(slab);
    pool_give(&cache->heap->pool, slab, pages);
}

/* The hand has that many; as many frees may come as it has room for, or a few. */
static void grant(struct heap_cache *cache, unsigned class_no, unsigned length)
{
    struct hand_count *count = &cache->count[class_no];
    unsigned room = length < count->limit ? count->limit - length : 0;
    unsigned least = count->limit / 4;

    count->length = length;
    count->grant = room > least ? room : least;
    cache->hands[class_no].wait = count->grant;
    cache->hands[class_no].taken = 0;
}

/* It was full, and is empty: the program takes and frees more at a time than it holds. */
static void raise_limit(struct heap_cache *cache, unsigned class_no)
{
    struct hand_count *count = &cache->count[class_no];
    size_t more_bytes = (size_t)count->limit * size_class_table[class_no].bytes;

    count->was_full = false;
    if (2 * more_bytes > HAND_BYTES_MAX || more_bytes > cache->extra_bytes) return;
    cache->extra_bytes -= more_bytes;
    count->limit *= 2;
}

/* So many blocks of the hand lie in their slabs again, as many at a time as are of one slab. */
static void drop(struct heap_cache *cache, unsigned class_no, unsigned count)
{
    void *first = cache->hands[class_no].first;

    while (first != NULL && count > 0) {
        struct slab *slab = slab_first(slab_of(first));
        void *last = first;
        void *next = slab_link(first);
        unsigned length = 1;

        while (length < count && is_of(slab, last, next)) {
            last = next;
            next = slab_link(next);
            length++;
        }
        count -= length;
        if (slab_give(slab, first, last, length)) due(cache, slab);
        first = next;
    }
    cache->hands[class_no].first = first;
}

/* The block, or NULL, is of the slab that `other` is a block of. */
static bool is_of(const struct slab *slab, const void *other, void *block)
{
    if (((uintptr_t)other ^ (uintptr_t)block) < CHUNK_PAGE_BYTES) return true;
    return block != NULL && slab_first(slab_of(block)) == slab;
}

static void drop_hands(struct heap_cache *cache)
{
    cache->extra_bytes = EXTRA_BYTES_MAX;
    for (unsigned i = 0; i < SIZE_CLASS_COUNT; i++) {
        drop(cache, i, UINT32_MAX);
        cache->count[i].limit = size_class_table[i].capacity;
        cache->count[i].was_full = false;
        grant(cache, i, 0);
    }
}

static void sweep_present(struct heap_cache *cache, unsigned class_no)
{
    struct slab *slab = cache->present[class_no];

    slab_collect(slab);
    if (slab_used(slab) > 0) return;
    cache->present[class_no] = NULL;
    release(cache, slab);
}

static void sweep_queue(struct heap_cache *cache, unsigned class_no)
{
    struct slab *slab = cache->queue[class_no].first;

    cache->queue[class_no].empty_count = 0;
    while (slab != NULL) {
        struct slab *next = slab->next;

        slab_collect(slab);
        if (slab_used(slab) == 0) {
            queue_remove(cache, slab);
            release(cache, slab);
        }
        slab = next;
    }
}

void heap_cache_sweep_orphans(struct fh_heap *heap)
{
    latch_lock(&heap->caches_latch);
    for (struct heap_cache *orphan = atomic_load_explicit(&heap->orphans, memory_order_relaxed);
         orphan != NULL; orphan = orphan->next_orphan)
        heap_cache_sweep(orphan);
    latch_unlock(&heap->caches_latch);
}
