/*
 * heap_chunk.h - a chunk of memory: 2 MiB, its slots in its first pages, found by masking.
 *
 * 256 pages of 8 KiB. The first two hold a slot of 64 bytes for every page, one cache line, so
 * that threads which own neighbouring slabs do not write to the same line; the slots of those
 * two pages themselves are the head: the 256-bit maps and the chunk's figures. The address of
 * a block leads to its chunk and its slot without a load. A span is chunks in a row; only the
 * first has a head and slots.
 */
#ifndef FREEHOLD_HEAP_HEAP_CHUNK_H
#define FREEHOLD_HEAP_HEAP_CHUNK_H

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

#define CHUNK_BYTES      ((size_t)2 << 20)
#define CHUNK_PAGE_BYTES ((size_t)8192)
enum { CHUNK_PAGES = 256, CHUNK_HEAD_PAGES = 2, CHUNK_SLOT_SHIFT = 6 };
#define CHUNK_HEAD_BYTES (CHUNK_HEAD_PAGES * CHUNK_PAGE_BYTES)

struct fh_heap;
struct heap_cache;

enum slab_kind {
    SLAB_NONE,  /* free, or inside a run whose start is all that is ever asked for */
    SLAB_SMALL, /* the first page of a slab */
    SLAB_INNER, /* another page of one, `back` pages behind the first; has its class and owner */
    SLAB_RUN,   /* the first page of a block that is a run of pages */
    SLAB_LARGE  /* the page where the block of a span begins */
};

/* What a page's slot says. The name is of its main use. */
struct slab {
    /* The owner's own. */
    void *local;              /* blocks given back, newest first */
    struct heap_cache *owner; /* of a slab's pages, all of them; else NULL. By slab_owner alone. */
    uint32_t wait;            /* frees until something must be done; used - bias */
    uint16_t bias;
    uint16_t carved; /* blocks that have been made, of the class's capacity */

    /* Constant while the page is taken. */
    uint8_t kind;
    uint8_t class_no;
    uint8_t back;

    /* The owner's own. */
    bool is_full;    /* nothing was free when it was last asked */
    bool is_watched; /* and in no list: `remote` has the mark, or had it a moment ago */
    bool is_away;    /* in no list: coming back through the owner's `returned` */
    uint8_t padding[2];
    struct slab *next;
    struct slab *previous;

    /* Atomic: blocks given back by others, newest first, or SLAB_WATCHED, or 0. */
    _Atomic uintptr_t remote;
    struct slab *returned_next;
};

static_assert(sizeof(struct slab) == 1 << CHUNK_SLOT_SHIFT, "a slot is a cache line");

/* Slots 0 and 1. Guarded by the heap's latch, `is_zero` aside constant after the chunk is made. */
struct heap_chunk {
    uint64_t free[4];  /* pages to be taken */
    uint64_t dirty[4]; /* pages that may hold memory or bytes */
    struct fh_heap *heap;
    struct heap_chunk *next; /* in its bin, or among the heap's large blocks */
    struct heap_chunk *previous;
    uint64_t dirty_since_ms; /* when the first of its free pages got dirty; 0: none is */
    uint64_t bytes;          /* large: of the block, which begins at block_at */
    uint32_t chunk_count;
    uint16_t free_count;
    uint16_t longest; /* no free run is longer; one may be shorter */
    uint8_t bin;
    bool is_enlarged; /* large pages have been asked for */
    bool is_large;    /* a large block's span */
    bool is_freed;    /* a guarded large block that waits until its pages may be used again */
    bool is_ragged;   /* a large block's span that has lost what is behind the block */
    uint32_t block_at;
};

static_assert(sizeof(struct heap_chunk) <= CHUNK_HEAD_PAGES << CHUNK_SLOT_SHIFT, "slots 0 and 1");

static inline struct heap_chunk *heap_chunk_of(const void *address)
{
    return (struct heap_chunk *)((uintptr_t)address & ~(uintptr_t)(CHUNK_BYTES - 1));
}

/* The slot of the page that `address` is in. */
static ALWAYS_INLINE struct slab *slab_of(const void *address)
{
    uintptr_t chunk = (uintptr_t)address & ~(uintptr_t)(CHUNK_BYTES - 1);
    uintptr_t slot =
        ((uintptr_t)address >> (13 - CHUNK_SLOT_SHIFT)) & ((CHUNK_PAGES - 1) << CHUNK_SLOT_SHIFT);

    return (struct slab *)(chunk + slot);
}

/* Whoever it is now: read by all threads, written by the owner or under the latch of caches. */
static ALWAYS_INLINE struct heap_cache *slab_owner(const struct slab *slab)
{
    return RELAXED_READ(slab->owner);
}

static inline unsigned slab_page_no(const struct slab *slab)
{
    return (unsigned)((uintptr_t)slab >> CHUNK_SLOT_SHIFT) & (CHUNK_PAGES - 1);
}

static inline void *slab_start(const struct slab *slab)
{
    return (uint8_t *)heap_chunk_of(slab) + slab_page_no(slab) * CHUNK_PAGE_BYTES;
}

static inline struct slab *heap_chunk_slot(struct heap_chunk *chunk, unsigned page_no)
{
    return (struct slab *)(void *)chunk + page_no;
}

#endif
