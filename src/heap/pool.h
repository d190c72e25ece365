/*
 * pool.h - page runs out of a heap's chunks.
 *
 * Chunks stand in bins by their longest free run, so that a run comes from a chunk that is as
 * full as can be and sparse chunks drain. A chunk that is all free goes back to the supply;
 * free pages of the others go back to the system once they have been free for the decay time.
 * All under the pool's latch; after it only the supply's is taken.
 */
#ifndef FREEHOLD_HEAP_POOL_H
#define FREEHOLD_HEAP_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "heap/heap_chunk.h"
#include "os/latch.h"

enum { POOL_BIN_COUNT = 32, POOL_RUN_MAX = CHUNK_PAGES - CHUNK_HEAD_PAGES };

struct pool {
    /* Constant after init. */
    struct fh_heap *heap;
    uint64_t limit_bytes; /* of used_bytes; UINT64_MAX: none */
    uint64_t decay_ms;    /* UINT64_MAX: memory never goes back by itself */
    int (*grow)(void *context, uint64_t bytes, uint64_t more);
    void *grow_context;

    /* Guarded by the latch. */
    struct latch latch;
    uint32_t bins_taken;                     /* a bit for each that is not empty */
    struct heap_chunk *bins[POOL_BIN_COUNT]; /* bin 0: nothing is free */
    struct heap_chunk *large;                /* spans of large blocks */
    uint64_t chunk_count;
    uint64_t large_bytes; /* spans */
    uint64_t large_count;
    uint64_t run_pages; /* taken, slabs and others */
    uint64_t dirty_pages;
    uint64_t used_bytes; /* of runs and large blocks */
    uint64_t used_bytes_peak;
    uint64_t discarded_bytes; /* ever */
    uint64_t discard_calls;
    uint64_t small_until_ms; /* large pages are not asked for */

    /* Atomic: when a look for what has decayed is worth while; UINT64_MAX: nothing can have. */
    _Atomic uint64_t due_ms;
};

void pool_init(struct pool *pool, struct fh_heap *heap);
/* All chunks and large blocks go back to the supply. */
void pool_fini(struct pool *pool);

/*
 * The slot of the first of page_count pages, the others' slots blank; it starts at a multiple of
 * align_pages, a power of two. *ret_is_zero: nobody has written there. NULL: there is no memory.
 */
struct slab *pool_take(struct pool *pool, unsigned page_count, unsigned align_pages,
                       bool *ret_is_zero) MUST_CHECK;
/* The run that begins at this slot; the slots of its other pages are blank. */
void pool_give(struct pool *pool, struct slab *slab, unsigned page_count);
/* Takes the more pages behind a run, if they are free. */
bool pool_extend(struct pool *pool, struct slab *slab, unsigned page_count, unsigned more);

/* A span for a large block, its head made; all of it is the block's until pool_fit_large. */
struct heap_chunk *pool_take_large(struct pool *pool, size_t chunk_count, size_t align_chunks,
                                   bool *ret_is_zero) MUST_CHECK;
void pool_give_large(struct pool *pool, struct heap_chunk *chunk);
/* The block of the span has its place and length; false: so long it cannot be any more. */
bool pool_fit_large(struct pool *pool, struct heap_chunk *chunk, size_t block_at, size_t bytes);
/* There are no addresses left: what is behind the blocks of spans goes back. */
void pool_trim_large(struct pool *pool);
/* Another length, perhaps another place; NULL: as it was. */
struct heap_chunk *pool_resize_large(struct pool *pool, struct heap_chunk *chunk,
                                     size_t chunk_count) MUST_CHECK;

/* The first slot that is wanted, of all pages of all chunks; NULL: none is. */
struct slab *pool_find(struct pool *pool, bool (*is_wanted)(const struct slab *slab, void *context),
                       void *context);

uint64_t pool_now_ms(void);
/* Discards what has been free since before until_ms. True when there was something. */
bool pool_purge(struct pool *pool, uint64_t until_ms);

#endif
