/*
 * alloc_internal.h - what the files of this layer share.
 */
#ifndef FREEHOLD_ALLOC_ALLOC_INTERNAL_H
#define FREEHOLD_ALLOC_ALLOC_INTERNAL_H

#include "alloc/alloc.h"
#include "alloc/chunk.h"
#include "base/bits.h"
#include "space/space.h"

enum { GROUP_CHUNKS = 256 };

struct alloc {
    /* Constant after open. */
    struct backing *backing;
    struct alloc_options options;

    /* Guarded by the owner. */
    struct space *avail; /* free pages */
    struct space *whole; /* chunks whose every page but the header is free */
    uint64_t *used;      /* bit p for page p; ones beyond the end */
    uint8_t *group_dirty;
    struct chunk_table chunks;
    uint32_t page_count;
    uint32_t group_capacity;
    uint32_t used_pages;
    uint64_t quota_pages;
    uint64_t now; /* as alloc_note_time said */
    struct alloc_growth growth;

    /* Parts of runs that may come back without another chance to get memory. */
    uint64_t taken_parts;
    uint64_t retired_parts;
};

static inline uint32_t alloc_chunk_of(const struct alloc *alloc, uint64_t page)
{
    return (uint32_t)(page / alloc->options.chunk_pages);
}

static inline uint32_t alloc_chunk_count(const struct alloc *alloc)
{
    return (uint32_t)divide_up(alloc->page_count, alloc->options.chunk_pages);
}

/* Cuts the next part off `rest`: inside one chunk, header page left out; false at its end. */
static inline bool alloc_next_part(const struct alloc *alloc, struct run *rest,
                                   struct run *ret_part)
{
    uint64_t to_end;

    if (rest->count > 0 && rest->first % alloc->options.chunk_pages == 0) {
        rest->first++;
        rest->count--;
    }
    if (rest->count == 0) return false;
    to_end = alloc->options.chunk_pages - rest->first % alloc->options.chunk_pages;
    ret_part->first = rest->first;
    ret_part->count = rest->count < to_end ? rest->count : to_end;
    rest->first += ret_part->count;
    rest->count -= ret_part->count;
    return true;
}

static inline uint64_t alloc_part_count(const struct alloc *alloc, struct run run)
{
    return 1 + run.count / alloc->options.chunk_pages;
}

/* Free pages become not free, and back; neither can fail. */
void alloc_occupy(struct alloc *alloc, struct run part);
void alloc_free_part(struct alloc *alloc, struct run part);

#endif
