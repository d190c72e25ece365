/*
 * heap_chunk.h - a chunk of memory: 2 MiB, its slots in its first pages, found by masking.
 *
 * 256 pages of 8 KiB. The first two hold a slot of 56 bytes for every page, then a word for every
 * page: whose it is. All that a free needs is in that word; words change when slabs do and stand
 * close together, so that those of a heap of 100 MiB fit into a processor's second-level cache.
 * The slots of the first two pages themselves are the head: the 256-bit maps and the chunk's
 * figures. The address of a block leads to its chunk, its slot and its word without a load. A
 * span is chunks in a row; only the first has a head, slots and words.
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
enum { CHUNK_PAGES = 256, CHUNK_HEAD_PAGES = 2, CHUNK_PAGE_SHIFT = 13 };
#define CHUNK_HEAD_BYTES (CHUNK_HEAD_PAGES * CHUNK_PAGE_BYTES)

struct fh_heap;
struct heap_cache;

enum slab_kind {
    SLAB_NONE,  /* free, or inside a run whose start is all that is ever asked for */
    SLAB_SMALL, /* the first page of a slab */
    SLAB_INNER, /* another page of one, `back` pages behind the first */
    SLAB_RUN,   /* the first page of a block that is a run of pages */
    SLAB_LARGE  /* the page where the block of a span begins */
};

/* What a page's slot says. The name is of its main use. */
struct slab {
    /* The owner's own. */
    void *local;   /* blocks given back, newest first */
    uint32_t wait; /* frees until something must be done; used - bias */
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

/*
 * Behind the slots: of a slab's pages, all of them, the address of the owner's hand of its class,
 * which is where the owner begins and CHUNK_HAND_BYTES a class further; of other pages 0.
 */
#define CHUNK_WORDS_AT (CHUNK_PAGES * sizeof(struct slab))
enum { CHUNK_OWNER_ALIGN = 1024, CHUNK_HAND_BYTES = 16 };

static_assert(CHUNK_WORDS_AT + CHUNK_PAGES * sizeof(uintptr_t) == CHUNK_HEAD_BYTES,
              "slots and words fill the first pages");

/* Slots 0 and 1. Guarded by the heap's latch, `is_zero` aside constant after the chunk is made. */
struct heap_chunk {
    union {
        struct {
            uint64_t free[4];  /* pages to be taken */
            uint64_t dirty[4]; /* pages that may hold memory or bytes */
        };
        struct {
            uint64_t bytes; /* of a large block, which begins at block_at */
            uint32_t block_at;
        };
    };
    struct fh_heap *heap;
    struct heap_chunk *next; /* in its bin, or among the heap's large blocks */
    struct heap_chunk *previous;
    uint64_t dirty_since_ms; /* when the first of its free pages got dirty; 0: none is */
    uint32_t chunk_count;
    uint16_t free_count;
    uint16_t longest; /* no free run is longer; one may be shorter */
    uint8_t bin;
    bool is_enlarged; /* large pages have been asked for: what nobody touched may be there too */
    bool is_large;    /* a large block's span */
    bool is_freed;    /* a guarded large block that waits until its pages may be used again */
    bool is_ragged;   /* a large block's span that has lost what is behind the block */
};

static_assert(sizeof(struct heap_chunk) <= CHUNK_HEAD_PAGES * sizeof(struct slab), "slots 0 and 1");

static inline struct heap_chunk *heap_chunk_of(const void *address)
{
    return (struct heap_chunk *)((uintptr_t)address & ~(uintptr_t)(CHUNK_BYTES - 1));
}

static ALWAYS_INLINE size_t heap_chunk_page_no(const void *address)
{
    return ((uintptr_t)address >> CHUNK_PAGE_SHIFT) & (CHUNK_PAGES - 1);
}

/* The slot of the page that `address` is in. */
static ALWAYS_INLINE struct slab *slab_of(const void *address)
{
    return (struct slab *)(void *)heap_chunk_of(address) + heap_chunk_page_no(address);
}

/* The word of the page that `address` is in. */
static ALWAYS_INLINE uintptr_t *heap_chunk_word(const void *address)
{
    uint8_t *chunk = (uint8_t *)heap_chunk_of(address);

    return (uintptr_t *)(void *)(chunk + CHUNK_WORDS_AT) + heap_chunk_page_no(address);
}

static inline unsigned slab_page_no(const struct slab *slab)
{
    return (unsigned)(((uintptr_t)slab & (CHUNK_BYTES - 1)) / sizeof(struct slab));
}

static inline uintptr_t *slab_word(const struct slab *slab)
{
    uint8_t *chunk = (uint8_t *)heap_chunk_of(slab);

    return (uintptr_t *)(void *)(chunk + CHUNK_WORDS_AT) + slab_page_no(slab);
}

/* Whoever it is now: read by all threads, written by the owner or under the latch of caches. */
static inline struct heap_cache *slab_owner(const struct slab *slab)
{
    return (struct heap_cache *)(RELAXED_READ(*slab_word(slab)) & -(uintptr_t)CHUNK_OWNER_ALIGN);
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
