/*
 * alloc_stat.c - questions about pages, and the audit.
 */
#include "alloc/alloc.h"

#include "alloc/alloc_internal.h"
#include "base/check.h"
#include "base/note.h"

bool alloc_knows_policy(const char *name)
{
    return policy_find(name) != NULL;
}

bool alloc_is_used(const struct alloc *alloc, page_no page)
{
    return page < alloc->page_count && bits_test(alloc->used, page);
}

bool alloc_is_free(const struct alloc *alloc, page_no page)
{
    return page < alloc->page_count && space_is_free(alloc->avail, (struct run){page, 1});
}

bool alloc_is_covered(const struct alloc *alloc, uint32_t chunk_no)
{
    return chunk_no < alloc_chunk_count(alloc) && alloc->chunks.chunks[chunk_no].is_covered;
}

const uint64_t *alloc_used_map(const struct alloc *alloc)
{
    return alloc->used;
}

uint32_t alloc_chunk_used(const struct alloc *alloc, uint32_t chunk_no)
{
    return chunk_no < alloc_chunk_count(alloc) ? alloc->chunks.chunks[chunk_no].used_pages : 0;
}

uint32_t alloc_chunk_free(const struct alloc *alloc, uint32_t chunk_no)
{
    return chunk_no < alloc_chunk_count(alloc) ? alloc->chunks.chunks[chunk_no].free_pages : 0;
}

uint32_t alloc_page_count(const struct alloc *alloc)
{
    return alloc->page_count;
}

uint32_t alloc_used_pages(const struct alloc *alloc)
{
    return alloc->used_pages;
}

uint32_t alloc_free_pages(const struct alloc *alloc)
{
    return (uint32_t)space_free_units(alloc->avail);
}

uint32_t alloc_least_pages(const struct alloc *alloc)
{
    return alloc->options.page_min;
}

const struct alloc_growth *alloc_last_growth(const struct alloc *alloc)
{
    return &alloc->growth;
}

bool alloc_group_is_dirty(const struct alloc *alloc, uint32_t group_no)
{
    return group_no < alloc->group_capacity && alloc->group_dirty[group_no] != 0;
}

bool alloc_goes_low(const struct alloc *alloc)
{
    static const char *const low[] = {"bitmap", "first", "array"};

    for (size_t i = 0; i < sizeof(low) / sizeof(low[0]); i++)
        if (strcmp(alloc->options.policy, low[i]) == 0) return true;
    return false;
}

uint64_t alloc_largest_free(const struct alloc *alloc)
{
    struct space_stat stat;

    space_stat(alloc->avail, &stat);
    return stat.largest_run_units;
}

void alloc_soil(struct alloc *alloc, uint32_t group_no)
{
    alloc->group_dirty[group_no] = 1;
}

void alloc_clean(struct alloc *alloc)
{
    memset(alloc->group_dirty, 0, alloc->group_capacity);
}

bool alloc_next_free(const struct alloc *alloc, uint64_t from, struct run *ret_run)
{
    return space_next_run(alloc->avail, from, ret_run);
}

void alloc_stat(const struct alloc *alloc, struct alloc_stat *ret_stat)
{
    struct space_stat space;

    space_stat(alloc->avail, &space);
    *ret_stat = (struct alloc_stat){
        .policy = space.policy,
        .page_count = alloc->page_count,
        .chunk_count = alloc_chunk_count(alloc),
        .used_pages = alloc->used_pages,
        .free_pages = (uint32_t)space.free_units,
        .free_run_count = space.free_runs,
        .largest_free_run_pages = space.largest_run_units,
    };
}

static fh_status audit_chunk(const struct alloc *alloc, uint32_t chunk_no, uint64_t *free_pages,
                             uint64_t *used_pages)
{
    const struct chunk *chunk = &alloc->chunks.chunks[chunk_no];
    uint64_t first = (uint64_t)chunk_no * alloc->options.chunk_pages;
    uint64_t end = first + alloc->options.chunk_pages;
    uint64_t used_here = 0, free_here = 0;
    struct run whole = {chunk_no, 1};

    if (end > alloc->page_count) end = alloc->page_count;
    if (!bits_test(alloc->used, first))
        return fail(FH_CORRUPT, "I5: header page %llu is not used", (unsigned long long)first);
    for (uint64_t page = first; page < end; page++) {
        bool is_used = bits_test(alloc->used, page);
        bool is_free = space_is_free(alloc->avail, (struct run){page, 1});

        if (is_used && is_free)
            return fail(FH_CORRUPT, "I5: page %llu is used and free", (unsigned long long)page);
        used_here += is_used;
        free_here += is_free;
    }
    if (used_here != chunk->used_pages + 1 || free_here != chunk->free_pages)
        return fail(FH_CORRUPT, "I13: chunk %u counts %u used and %u free, holds %llu and %llu",
                    chunk_no, chunk->used_pages, chunk->free_pages,
                    (unsigned long long)used_here - 1, (unsigned long long)free_here);
    if (space_is_free(alloc->whole, whole) != (free_here == alloc->options.chunk_pages - 1))
        return fail(FH_CORRUPT, "I13: chunk %u is wrongly listed as wholly free or not", chunk_no);
    *free_pages += free_here;
    *used_pages += used_here;
    return FH_OK;
}

fh_status alloc_audit(const struct alloc *alloc)
{
    uint64_t free_pages = 0, used_pages = 0;

    TRY(space_audit(alloc->avail));
    TRY(space_audit(alloc->whole));
    for (uint32_t chunk_no = 0; chunk_no < alloc_chunk_count(alloc); chunk_no++)
        TRY(audit_chunk(alloc, chunk_no, &free_pages, &used_pages));
    if (free_pages != space_free_units(alloc->avail) || used_pages != alloc->used_pages)
        return fail(FH_CORRUPT, "I13: %llu free and %llu used pages counted, %llu and %u known",
                    (unsigned long long)free_pages, (unsigned long long)used_pages,
                    (unsigned long long)space_free_units(alloc->avail), alloc->used_pages);
    return FH_OK;
}
