/*
 * heap_block.h - what lies in a region: its head, its blocks, its end.
 *
 * The head is followed by blocks without gaps, the last of which ends at the end mark, a block
 * of size 0 that is never free. A place is an offset from the region's beginning, called `at`;
 * 0, where the head is, means none. A free block repeats its size in its last eight bytes, where
 * the block behind it, which is told by BEFORE_FREE, finds it (Knuth's boundary tag).
 *
 * The magic of a header is a function of its word and its place: a header that was overwritten
 * in any of its bytes, or copied elsewhere, is no header.
 */
#ifndef FREEHOLD_HEAP_HEAP_BLOCK_H
#define FREEHOLD_HEAP_HEAP_BLOCK_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "freehold/heap.h"

enum {
    HEAP_HEADER_BYTES = 16,
    HEAP_BLOCK_MIN = 48, /* header, two links, the size again, rounded */
    HEAP_HEAD_BYTES = 128,
    HEAP_FIRST_AT = HEAP_HEAD_BYTES,
    HEAP_FIXED_BYTES = HEAP_HEAD_BYTES + HEAP_HEADER_BYTES,
    HEAP_FREE = 1,       /* in a word: the block is free */
    HEAP_BEFORE_FREE = 2 /* the one before it is */
};

struct heap_region {
    uint64_t magic;
    uint64_t bytes; /* to the end mark's end; a multiple of 16 */
    uint32_t policy;
    uint32_t order;

    /* The free list. */
    uint64_t first_at;
    uint64_t last_at;
    uint64_t rover_at; /* where "next" begins to search; 0: at the first */
    uint64_t free_count;
    uint64_t free_bytes;

    uint64_t root_at; /* a used block, or 0 */
    uint64_t used_count;
    uint64_t used_peak;
    uint64_t alloc_calls;
    uint64_t free_calls;
    uint64_t zero[3];
};

static_assert(sizeof(struct heap_region) == HEAP_HEAD_BYTES, "the first block is aligned");
static_assert(FH_ARENA_BYTES_MIN == HEAP_FIXED_BYTES + HEAP_BLOCK_MIN, "room for one block");

struct heap_block {
    uint64_t word; /* its size, a multiple of 16, and flags */
    uint64_t magic;

    /* Of free blocks. */
    uint64_t next_at;
    uint64_t prev_at;
};

static inline struct heap_block *heap_block_at(const struct heap_region *region, uint64_t at)
{
    return (struct heap_block *)((uintptr_t)region + at);
}

/* The end mark's place. */
static inline uint64_t heap_block_end_at(const struct heap_region *region)
{
    return region->bytes - HEAP_HEADER_BYTES;
}

static inline uint64_t heap_block_size(const struct heap_region *region, uint64_t at)
{
    return heap_block_at(region, at)->word & ~(uint64_t)15;
}

static inline bool heap_block_is_free(const struct heap_region *region, uint64_t at)
{
    return (heap_block_at(region, at)->word & HEAP_FREE) != 0;
}

/* The size of a block for `bytes`; bytes <= FH_ARENA_ALLOC_MAX. */
uint64_t heap_block_size_for(uint64_t bytes);

/* Writes the header; of a free block also the size at its end. */
void heap_block_write(struct heap_region *region, uint64_t at, uint64_t word);

/* There is no header here any more. */
void heap_block_wipe(struct heap_region *region, uint64_t at);

/* The block before this one is free from now on, or is not. */
void heap_block_mark(struct heap_region *region, uint64_t at, bool before_free);

/* A block or the end mark begins here, its header unbroken, its size within the region. Any
 * `at` may be asked about. */
bool heap_block_is_whole(const struct heap_region *region, uint64_t at);

/* The block behind the one at `at`, which is whole. FH_CORRUPT: its header is broken. */
fh_status heap_block_behind(const struct heap_region *region, uint64_t at,
                            uint64_t *ret_at) MUST_CHECK;

/* The block before the one at `at`, which is free. FH_CORRUPT: it is not, or is broken. */
fh_status heap_block_before(const struct heap_region *region, uint64_t at,
                            uint64_t *ret_at) MUST_CHECK;

/*
 * The used block that `pointer` was given for. FH_INVALID and FH_CORRUPT as fh_arena_free says;
 * `freed` is what a pointer to a free block is called.
 */
fh_status heap_block_find(const struct heap_region *region, const void *pointer, const char *freed,
                          uint64_t *ret_at) MUST_CHECK;

#endif
