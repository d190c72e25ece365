/*
 * heap_stat.c - a heap's figures, its picture, and all that is free given back.
 *
 * Slabs are read while their owners use them: a figure may be a block old. What belongs to the
 * pool is exact.
 */
#include <string.h>

#include "base/bits.h"
#include "freehold/heap.h"
#include "heap/guard.h"
#include "heap/heap.h"
#include "heap/heap_thread.h"
#include "heap/large.h"
#include "heap/supply.h"
#include "space/unit_block.h"

struct visitor {
    int (*visit)(void *context, const fh_heap_area *area);
    void *context;
};

static int walk_chunk(struct heap_chunk *chunk, struct visitor visitor);
static int count_area(void *context, const fh_heap_area *area);

static struct fh_heap *real(const fh_heap *heap)
{
    if (heap != NULL) return (struct fh_heap *)(uintptr_t)heap;
    return guard_is_on ? &heap_guarded : &heap_process;
}

uint64_t fh_heap_trim(fh_heap *heap)
{
    struct fh_heap *trimmed = real(heap);
    struct heap_cache *cache = heap_thread_cache(trimmed);
    struct pool *pool = &trimmed->pool;
    uint64_t before_bytes;
    struct supply_stat before = supply_stat(), after;

    if (cache == NULL) return 0;
    latch_lock(&pool->latch);
    before_bytes = pool->discarded_bytes;
    latch_unlock(&pool->latch);
    heap_cache_sweep(cache);
    heap_cache_sweep_orphans(trimmed);
    (void)pool_purge(pool, UINT64_MAX);
    after = supply_stat();
    latch_lock(&pool->latch);
    before_bytes = pool->discarded_bytes - before_bytes;
    latch_unlock(&pool->latch);
    before_bytes += before.used_bytes + before.kept_bytes;
    return before_bytes > after.used_bytes + after.kept_bytes
               ? before_bytes - after.used_bytes - after.kept_bytes
               : 0;
}

void fh_heap_stat(const fh_heap *heap, fh_heap_info *ret_info)
{
    struct fh_heap *asked = real(heap);
    struct supply_stat supply = supply_stat();

    memset(ret_info, 0, sizeof(*ret_info));
    fh_heap_walk(heap, count_area, ret_info);
    latch_lock(&asked->caches_latch);
    for (const struct heap_cache *cache = asked->caches; cache != NULL; cache = cache->next)
        ret_info->cache_count++;
    latch_unlock(&asked->caches_latch);
    latch_lock(&asked->pool.latch);
    ret_info->page_bytes = asked->pool.used_bytes;
    ret_info->page_bytes_peak = asked->pool.used_bytes_peak;
    ret_info->returned_bytes = asked->pool.discarded_bytes;
    latch_unlock(&asked->pool.latch);
    ret_info->kept_bytes = supply.kept_bytes;
    ret_info->mapped_bytes_peak = supply.mapped_bytes_peak;
}

void fh_heap_walk(const fh_heap *heap, int (*visit)(void *context, const fh_heap_area *area),
                  void *context)
{
    struct pool *pool = &real(heap)->pool;
    struct visitor visitor = {visit, context};
    int is_over = 0;

    latch_lock(&pool->latch);
    for (unsigned bin = 0; bin < POOL_BIN_COUNT && is_over == 0; bin++)
        for (struct heap_chunk *chunk = pool->bins[bin]; chunk != NULL && is_over == 0;
             chunk = chunk->next)
            is_over = walk_chunk(chunk, visitor);
    for (struct heap_chunk *chunk = pool->large; chunk != NULL && is_over == 0;
         chunk = chunk->next) {
        fh_heap_area area = {
            .kind = FH_HEAP_LARGE,
            .start = chunk,
            .bytes = chunk->chunk_count * CHUNK_BYTES,
            .block_bytes = chunk->bytes,
            .used_count = 1,
        };

        is_over = visit(context, &area);
    }
    latch_unlock(&pool->latch);
}

static RACY_READ fh_heap_area slab_area(const struct slab *slab)
{
    const struct size_class *class = &size_class_table[slab->class_no];

    return (fh_heap_area){
        .kind = FH_HEAP_SLAB,
        .start = slab_start(slab),
        .bytes = class->pages * CHUNK_PAGE_BYTES,
        .block_bytes = class->bytes,
        .used_count = slab->wait + (uint64_t)slab->bias,
    };
}

/* `*ret_pages` is how many the area has. */
static RACY_READ fh_heap_area area_at(struct heap_chunk *chunk, unsigned page_no,
                                      unsigned *ret_pages)
{
    const struct slab *slab = heap_chunk_slot(chunk, page_no);
    bool is_free = bits_test(chunk->free, page_no);
    bool is_dirty = bits_test(chunk->dirty, page_no);
    fh_heap_area area = {.kind = FH_HEAP_RUN, .start = slab_start(slab), .used_count = 1};

    *ret_pages = 1;
    if (!is_free && slab->kind == SLAB_SMALL) {
        area = slab_area(slab);
        *ret_pages = (unsigned)(area.bytes / CHUNK_PAGE_BYTES);
        return area;
    }
    if (!is_free && slab->kind == SLAB_RUN && slab->wait > 0 && slab->wait <= CHUNK_PAGES - page_no)
        *ret_pages = slab->wait;
    if (is_free) {
        area.kind = is_dirty ? FH_HEAP_DIRTY : FH_HEAP_CLEAN;
        area.used_count = 0;
        while (page_no + *ret_pages < CHUNK_PAGES && bits_test(chunk->free, page_no + *ret_pages) &&
               bits_test(chunk->dirty, page_no + *ret_pages) == is_dirty)
            ++*ret_pages;
    }
    area.bytes = *ret_pages * CHUNK_PAGE_BYTES;
    area.block_bytes = is_free ? 0 : area.bytes;
    return area;
}

/* A run in a thread's hand, or one that is just being made, is shown as a run of a page. */
static int walk_chunk(struct heap_chunk *chunk, struct visitor visitor)
{
    fh_heap_area area = {.kind = FH_HEAP_CHUNK, .start = chunk, .bytes = CHUNK_BYTES};
    int is_over = visitor.visit(visitor.context, &area);
    unsigned page_count;

    for (unsigned page_no = CHUNK_HEAD_PAGES; page_no < CHUNK_PAGES && is_over == 0;
         page_no += page_count) {
        area = area_at(chunk, page_no, &page_count);
        is_over = visitor.visit(visitor.context, &area);
    }
    return is_over;
}

static int count_area(void *context, const fh_heap_area *area)
{
    fh_heap_info *info = context;

    switch (area->kind) {
    case FH_HEAP_CHUNK:
        info->chunk_bytes += area->bytes;
        return 0;
    case FH_HEAP_SLAB:
        info->slab_count++;
        break;
    case FH_HEAP_RUN:
        info->run_count++;
        break;
    case FH_HEAP_LARGE:
        info->chunk_bytes += area->bytes;
        info->large_count++;
        info->large_bytes += area->bytes;
        break;
    case FH_HEAP_DIRTY:
        info->dirty_bytes += area->bytes;
        return 0;
    case FH_HEAP_CLEAN:
    default:
        return 0;
    }
    info->block_count += area->used_count;
    info->block_bytes += area->used_count * area->block_bytes;
    return 0;
}
