/*
 * pool.c - page runs out of a heap's chunks.
 *
 * `longest` is kept as an upper bound: a take leaves it alone, a search that fails in a chunk
 * counts it again and moves the chunk to its bin, a give raises it.
 */
#include "heap/pool.h"

#include <string.h>

#include "base/bits.h"
#include "heap/heap_probe.h"
#include "heap/supply.h"
#include "space/unit_block.h"

enum { EXACT_BINS = 16, NOT_SPLIT_BELOW_PAGES = 24 };

/*
 * A heap of so many chunks asks for large pages before it touches the next one: one page fault
 * for 512, and at most a sixteenth more memory. A smaller one asks when the chunk is full. Where
 * that fault takes longer than 512 others, because the system has to make room for it or a
 * virtual machine's host has the memory to find, there is a pause.
 */
enum { LARGE_PAGES_FROM_CHUNKS = 16, LARGE_PAGE_NS_MAX = 1000000, LARGE_PAGE_PAUSE_MS = 1000 };

static unsigned bin_of(unsigned longest);
static void bin_insert(struct pool *pool, struct heap_chunk *chunk);
static void bin_remove(struct pool *pool, struct heap_chunk *chunk);
static struct slab *take_from(struct pool *pool, unsigned page_count, unsigned align_pages,
                              bool *ret_is_zero);
static void count_longest(struct pool *pool, struct heap_chunk *chunk);
static unsigned find_aligned(const struct heap_chunk *chunk, unsigned count, unsigned align_pages);
static bool is_dirty(const struct heap_chunk *chunk, unsigned first, unsigned count);
static void take_pages(struct pool *pool, struct heap_chunk *chunk, unsigned first, unsigned count);
static void touch_large(struct pool *pool, struct heap_chunk *chunk);
static void divide(struct heap_chunk *chunk);
static struct heap_chunk *chunk_open(struct pool *pool);
static bool may_grow(struct pool *pool, uint64_t bytes);
static void count_used(struct pool *pool, uint64_t bytes);
static void due_at(struct pool *pool, uint64_t ms);
static bool discard_free(struct pool *pool, struct heap_chunk *chunk);
static void large_release(struct heap_chunk *chunk);
static void large_insert(struct pool *pool, struct heap_chunk *chunk);
static void large_remove(struct pool *pool, struct heap_chunk *chunk);

void pool_init(struct pool *pool, struct fh_heap *heap)
{
    memset(pool, 0, sizeof(*pool));
    pool->heap = heap;
    pool->limit_bytes = UINT64_MAX;
    atomic_store_explicit(&pool->due_ms, UINT64_MAX, memory_order_relaxed);
}

void pool_fini(struct pool *pool)
{
    latch_lock(&pool->latch);
    for (unsigned bin = 0; bin < POOL_BIN_COUNT; bin++) {
        while (pool->bins[bin] != NULL) {
            struct heap_chunk *chunk = pool->bins[bin];

            bin_remove(pool, chunk);
            supply_give(chunk, 1);
        }
    }
    while (pool->large != NULL) {
        struct heap_chunk *chunk = pool->large;

        large_remove(pool, chunk);
        large_release(chunk);
    }
    latch_unlock(&pool->latch);
}

struct slab *pool_take(struct pool *pool, unsigned page_count, unsigned align_pages,
                       bool *ret_is_zero)
{
    struct slab *slab = NULL;

    latch_lock(&pool->latch);
    if (may_grow(pool, page_count * CHUNK_PAGE_BYTES)) {
        slab = take_from(pool, page_count, align_pages, ret_is_zero);
        if (slab == NULL && chunk_open(pool) != NULL)
            slab = take_from(pool, page_count, align_pages, ret_is_zero);
    }
    if (slab != NULL) count_used(pool, page_count * CHUNK_PAGE_BYTES);
    latch_unlock(&pool->latch);
    return slab;
}

void pool_give(struct pool *pool, struct slab *slab, unsigned page_count)
{
    struct heap_chunk *chunk = heap_chunk_of(slab);
    unsigned first = slab_page_no(slab);
    unsigned longest;

    slab->kind = SLAB_NONE;
    latch_lock(&pool->latch);
    bits_fill(chunk->free, first, page_count, true);
    bits_fill(chunk->dirty, first, page_count, true);
    chunk->free_count = (uint16_t)(chunk->free_count + page_count);
    pool->run_pages -= page_count;
    pool->used_bytes -= page_count * CHUNK_PAGE_BYTES;
    if (chunk->free_count == POOL_RUN_MAX) {
        bin_remove(pool, chunk);
        pool->chunk_count--;
        supply_give(chunk, 1);
        due_at(pool, pool_now_ms());
    } else {
        longest = block_before(chunk->free, first) + block_behind(chunk->free, first);
        if (longest > chunk->longest) {
            if (bin_of(longest) != chunk->bin) {
                bin_remove(pool, chunk);
                chunk->longest = (uint16_t)longest;
                bin_insert(pool, chunk);
            }
            chunk->longest = (uint16_t)longest;
        }
        if (chunk->dirty_since_ms == 0) {
            chunk->dirty_since_ms = pool_now_ms();
            due_at(pool, chunk->dirty_since_ms);
        }
    }
    latch_unlock(&pool->latch);
}

bool pool_extend(struct pool *pool, struct slab *slab, unsigned page_count, unsigned more)
{
    struct heap_chunk *chunk = heap_chunk_of(slab);
    unsigned end = slab_page_no(slab) + page_count;
    bool is_done = false;

    if (end + more > CHUNK_PAGES) return false;
    latch_lock(&pool->latch);
    if (block_behind(chunk->free, end) >= more && may_grow(pool, more * CHUNK_PAGE_BYTES)) {
        take_pages(pool, chunk, end, more);
        count_used(pool, more * CHUNK_PAGE_BYTES);
        is_done = true;
    }
    latch_unlock(&pool->latch);
    return is_done;
}

struct heap_chunk *pool_take_large(struct pool *pool, size_t chunk_count, size_t align_chunks,
                                   bool *ret_is_zero)
{
    struct heap_chunk *chunk = NULL;

    latch_lock(&pool->latch);
    if (may_grow(pool, chunk_count * CHUNK_BYTES)) {
        *ret_is_zero = true;
        chunk = align_chunks > 0 ? supply_take_aligned(chunk_count, align_chunks)
                                 : supply_take(chunk_count, ret_is_zero);
    }
    if (chunk != NULL) {
        if (!*ret_is_zero) memset(chunk, 0, CHUNK_HEAD_BYTES);
        chunk->heap = pool->heap;
        chunk->chunk_count = (uint32_t)chunk_count;
        chunk->bytes = chunk_count * CHUNK_BYTES;
        chunk->is_large = true;
        large_insert(pool, chunk);
        count_used(pool, chunk_count * CHUNK_BYTES);
    }
    latch_unlock(&pool->latch);
    return chunk;
}

void pool_give_large(struct pool *pool, struct heap_chunk *chunk)
{
    latch_lock(&pool->latch);
    large_remove(pool, chunk);
    pool->used_bytes -= chunk->chunk_count * CHUNK_BYTES;
    large_release(chunk);
    due_at(pool, pool_now_ms());
    latch_unlock(&pool->latch);
}

bool pool_fit_large(struct pool *pool, struct heap_chunk *chunk, size_t block_at, size_t bytes)
{
    bool fits;

    latch_lock(&pool->latch);
    fits = !chunk->is_ragged || bytes <= chunk->bytes;
    if (!chunk->is_ragged) {
        chunk->block_at = (uint32_t)block_at;
        chunk->bytes = bytes;
    }
    latch_unlock(&pool->latch);
    return fits;
}

void pool_trim_large(struct pool *pool)
{
    latch_lock(&pool->latch);
    for (struct heap_chunk *chunk = pool->large; chunk != NULL; chunk = chunk->next) {
        uint64_t end_at = chunk->block_at + chunk->bytes;
        uint64_t span_bytes = chunk->chunk_count * CHUNK_BYTES;

        if (chunk->is_ragged || end_at >= span_bytes) continue;
        chunk->is_ragged = supply_pages->unmap((uint8_t *)chunk + end_at, span_bytes - end_at);
    }
    latch_unlock(&pool->latch);
}

struct heap_chunk *pool_resize_large(struct pool *pool, struct heap_chunk *chunk,
                                     size_t chunk_count)
{
    size_t old_count = chunk->chunk_count;
    struct heap_chunk *moved = NULL;

    latch_lock(&pool->latch);
    if (chunk->is_ragged) {
        latch_unlock(&pool->latch);
        return NULL;
    }
    if (chunk_count < old_count) {
        supply_give((uint8_t *)chunk + chunk_count * CHUNK_BYTES, old_count - chunk_count);
        due_at(pool, pool_now_ms());
        moved = chunk;
    } else if (may_grow(pool, (chunk_count - old_count) * CHUNK_BYTES)) {
        large_remove(pool, chunk);
        moved = supply_lengthen(chunk, old_count, chunk_count);
        large_insert(pool, moved == NULL ? chunk : moved);
    }
    if (moved != NULL) {
        pool->large_bytes += (chunk_count - old_count) * CHUNK_BYTES;
        moved->chunk_count = (uint32_t)chunk_count;
        if (chunk_count < old_count)
            pool->used_bytes -= (old_count - chunk_count) * CHUNK_BYTES;
        else
            count_used(pool, (chunk_count - old_count) * CHUNK_BYTES);
    }
    latch_unlock(&pool->latch);
    return moved;
}

struct slab *pool_find(struct pool *pool, bool (*is_wanted)(const struct slab *slab, void *context),
                       void *context)
{
    struct slab *found = NULL;

    latch_lock(&pool->latch);
    for (unsigned bin = 0; bin < POOL_BIN_COUNT; bin++)
        for (struct heap_chunk *chunk = pool->bins[bin]; chunk != NULL && found == NULL;
             chunk = chunk->next)
            for (unsigned i = CHUNK_HEAD_PAGES; i < CHUNK_PAGES && found == NULL; i++)
                if (is_wanted(heap_chunk_slot(chunk, i), context))
                    found = heap_chunk_slot(chunk, i);
    latch_unlock(&pool->latch);
    return found;
}

uint64_t pool_now_ms(void)
{
    return supply_pages->now_ms();
}

bool pool_purge(struct pool *pool, uint64_t until_ms)
{
    uint64_t since_ms = UINT64_MAX;
    uint64_t kept_since_ms;
    bool found = false;

    latch_lock(&pool->latch);
    for (unsigned bin = 1; bin < POOL_BIN_COUNT; bin++) {
        for (struct heap_chunk *chunk = pool->bins[bin]; chunk != NULL; chunk = chunk->next) {
            if (chunk->dirty_since_ms == 0) continue;
            if (chunk->dirty_since_ms <= until_ms) found = discard_free(pool, chunk) || found;
            if (chunk->dirty_since_ms != 0 && chunk->dirty_since_ms < since_ms)
                since_ms = chunk->dirty_since_ms;
        }
    }
    supply_purge(until_ms);
    kept_since_ms = supply_kept_since_ms();
    if (kept_since_ms < since_ms) since_ms = kept_since_ms;
    atomic_store_explicit(&pool->due_ms, UINT64_MAX, memory_order_relaxed);
    if (since_ms != UINT64_MAX) due_at(pool, since_ms);
    latch_unlock(&pool->latch);
    return found;
}

static unsigned bin_of(unsigned longest)
{
    return longest <= EXACT_BINS ? longest : EXACT_BINS + 1 + (longest - EXACT_BINS - 1) / 16;
}

static void bin_insert(struct pool *pool, struct heap_chunk *chunk)
{
    unsigned bin = bin_of(chunk->longest);
    struct heap_chunk *next = pool->bins[bin];

    chunk->bin = (uint8_t)bin;
    chunk->previous = NULL;
    chunk->next = next;
    if (next != NULL) next->previous = chunk;
    pool->bins[bin] = chunk;
    pool->bins_taken |= UINT32_C(1) << bin;
}

static void bin_remove(struct pool *pool, struct heap_chunk *chunk)
{
    if (chunk->next != NULL) chunk->next->previous = chunk->previous;
    if (chunk->previous != NULL)
        chunk->previous->next = chunk->next;
    else
        pool->bins[chunk->bin] = chunk->next;
    if (pool->bins[chunk->bin] == NULL) pool->bins_taken &= ~(UINT32_C(1) << chunk->bin);
}

/* From the fullest chunk that has such a run. */
static struct slab *take_from(struct pool *pool, unsigned page_count, unsigned align_pages,
                              bool *ret_is_zero)
{
    uint32_t bins = pool->bins_taken & ~((UINT32_C(1) << bin_of(page_count)) - 1);

    while (bins != 0) {
        unsigned bin = bit_lowest(bins);
        struct heap_chunk *chunk = pool->bins[bin];
        struct heap_chunk *next;

        bins &= bins - 1;
        for (; chunk != NULL; chunk = next) {
            unsigned first;

            next = chunk->next;
            if (chunk->longest < page_count) continue;
            first = align_pages > 1 ? find_aligned(chunk, page_count, align_pages)
                                    : block_find(chunk->free, 0, page_count);
            if (first < CHUNK_PAGES) {
                *ret_is_zero = !is_dirty(chunk, first, page_count);
                take_pages(pool, chunk, first, page_count);
                return heap_chunk_slot(chunk, first);
            }
            count_longest(pool, chunk);
        }
    }
    return NULL;
}

static void count_longest(struct pool *pool, struct heap_chunk *chunk)
{
    unsigned longest = block_longest(chunk->free, 0, BLOCK_UNITS);

    if (bin_of(longest) != chunk->bin) {
        bin_remove(pool, chunk);
        chunk->longest = (uint16_t)longest;
        bin_insert(pool, chunk);
    }
    chunk->longest = (uint16_t)longest;
}

static unsigned find_aligned(const struct heap_chunk *chunk, unsigned count, unsigned align_pages)
{
    for (unsigned first = align_pages; first + count <= CHUNK_PAGES; first += align_pages)
        if (block_behind(chunk->free, first) >= count) return first;
    return CHUNK_PAGES;
}

static bool is_dirty(const struct heap_chunk *chunk, unsigned first, unsigned count)
{
    return bits_count(chunk->dirty, first, count) != 0;
}

static void take_pages(struct pool *pool, struct heap_chunk *chunk, unsigned first, unsigned count)
{
    bits_fill(chunk->free, first, count, false);
    chunk->free_count = (uint16_t)(chunk->free_count - count);
    pool->run_pages += count;
    if (chunk->free_count > 0) return;
    bin_remove(pool, chunk);
    chunk->longest = 0;
    bin_insert(pool, chunk);
    if (!chunk->is_enlarged) {
        chunk->is_enlarged = true;
        supply_pages->enlarge(chunk, CHUNK_BYTES);
    }
}

static struct heap_chunk *chunk_open(struct pool *pool)
{
    bool is_zero;
    struct heap_chunk *chunk = supply_take(1, &is_zero);

    if (chunk == NULL) return NULL;
    if (is_zero && pool->chunk_count >= LARGE_PAGES_FROM_CHUNKS &&
        pool_now_ms() >= pool->small_until_ms)
        touch_large(pool, chunk);
    if (!is_zero) {
        memset(chunk, 0, CHUNK_HEAD_BYTES);
        bits_fill(chunk->dirty, CHUNK_HEAD_PAGES, POOL_RUN_MAX, true);
        chunk->dirty_since_ms = pool_now_ms();
        due_at(pool, chunk->dirty_since_ms);
    }
    bits_fill(chunk->free, CHUNK_HEAD_PAGES, POOL_RUN_MAX, true);
    chunk->heap = pool->heap;
    chunk->chunk_count = 1;
    chunk->free_count = POOL_RUN_MAX;
    chunk->longest = POOL_RUN_MAX;
    pool->chunk_count++;
    bin_insert(pool, chunk);
    return chunk;
}

static bool may_grow(struct pool *pool, uint64_t bytes)
{
    if (bytes > pool->limit_bytes || pool->used_bytes > pool->limit_bytes - bytes) return false;
    return pool->grow == NULL || pool->used_bytes + bytes <= pool->used_bytes_peak ||
           pool->grow(pool->grow_context, pool->used_bytes, bytes) != 0;
}

static void count_used(struct pool *pool, uint64_t bytes)
{
    pool->used_bytes += bytes;
    if (pool->used_bytes > pool->used_bytes_peak) pool->used_bytes_peak = pool->used_bytes;
}

/* Something is free since `ms`. */
static void due_at(struct pool *pool, uint64_t ms)
{
    uint64_t due_ms = pool->decay_ms > UINT64_MAX - ms ? UINT64_MAX : ms + pool->decay_ms;

    if (due_ms < atomic_load_explicit(&pool->due_ms, memory_order_relaxed))
        atomic_store_explicit(&pool->due_ms, due_ms, memory_order_relaxed);
}

static void touch_large(struct pool *pool, struct heap_chunk *chunk)
{
    uint64_t before_ns = supply_pages->spent_ns();

    supply_pages->enlarge(chunk, CHUNK_BYTES);
    chunk->is_enlarged = true;
    if (supply_pages->spent_ns() - before_ns > LARGE_PAGE_NS_MAX)
        pool->small_until_ms = pool_now_ms() + LARGE_PAGE_PAUSE_MS;
}

/* The pages that nobody touched are as good as dirty: they may have come with a large one. */
static void divide(struct heap_chunk *chunk)
{
    supply_pages->divide(chunk, CHUNK_BYTES);
    chunk->is_enlarged = false;
    for (unsigned i = 0; i < BLOCK_WORDS; i++)
        chunk->dirty[i] |= chunk->free[i];
}

/* A chunk that is nearly full keeps its pages: to discard a few would split a large page. */
static bool discard_free(struct pool *pool, struct heap_chunk *chunk)
{
    uint8_t *start = (uint8_t *)chunk;
    bool found = false;

    if (chunk->is_enlarged && chunk->free_count < NOT_SPLIT_BELOW_PAGES) {
        chunk->dirty_since_ms = pool_now_ms();
        return false;
    }
    if (chunk->is_enlarged) divide(chunk);
    for (unsigned first = CHUNK_HEAD_PAGES; first < CHUNK_PAGES;) {
        uint64_t both[BLOCK_WORDS];
        unsigned count;

        for (unsigned i = 0; i < BLOCK_WORDS; i++)
            both[i] = chunk->free[i] & chunk->dirty[i];
        first = block_find(both, first, 1);
        if (first == CHUNK_PAGES) break;
        count = block_behind(both, first);
        HEAP_PROBE(discard, start + first * CHUNK_PAGE_BYTES, count * CHUNK_PAGE_BYTES);
        if (supply_pages->discard(start + first * CHUNK_PAGE_BYTES, count * CHUNK_PAGE_BYTES)) {
            bits_fill(chunk->dirty, first, count, false);
            pool->discarded_bytes += count * CHUNK_PAGE_BYTES;
        }
        pool->discard_calls++;
        first += count;
        found = true;
    }
    chunk->dirty_since_ms = 0;
    return found;
}

static void large_release(struct heap_chunk *chunk)
{
    if (chunk->is_ragged)
        supply_give_ragged(chunk, chunk->chunk_count, chunk->block_at + chunk->bytes);
    else
        supply_give(chunk, chunk->chunk_count);
}

static void large_insert(struct pool *pool, struct heap_chunk *chunk)
{
    chunk->previous = NULL;
    chunk->next = pool->large;
    if (chunk->next != NULL) chunk->next->previous = chunk;
    pool->large = chunk;
    pool->large_count++;
    pool->large_bytes += chunk->chunk_count * CHUNK_BYTES;
}

static void large_remove(struct pool *pool, struct heap_chunk *chunk)
{
    if (chunk->next != NULL) chunk->next->previous = chunk->previous;
    if (chunk->previous != NULL)
        chunk->previous->next = chunk->next;
    else
        pool->large = chunk->next;
    pool->large_count--;
    pool->large_bytes -= chunk->chunk_count * CHUNK_BYTES;
}
