/*
 * heap.h - a heap: a pool of page runs, and the caches of the threads that use it.
 *
 * Sizes up to 32 KiB are blocks of slabs, to nearly 1 MiB runs of pages, above that spans of
 * chunks.
 * The order of locks: the list of heaps, a heap's caches, its pool, the supply.
 */
#ifndef FREEHOLD_HEAP_HEAP_H
#define FREEHOLD_HEAP_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "freehold/heap.h"
#include "heap/heap_cache.h"
#include "heap/pool.h"

/* Two in a chunk: a little below 1 MiB. */
#define HEAP_RUN_BYTES_MAX (126 * CHUNK_PAGE_BYTES)
#define HEAP_BYTES_MAX     ((size_t)PTRDIFF_MAX)
/* No gathering makes room for more than that. */
#define HEAP_GATHER_BYTES_MAX ((size_t)1 << 42)
enum { HEAP_DECAY_MS = 500 };

struct fh_heap {
    struct pool pool;
    uint64_t no; /* never the same twice */

    /* Guarded by caches_latch. */
    struct latch caches_latch;
    struct heap_cache *caches;

    /* Atomic: written under caches_latch. */
    _Atomic(struct heap_cache *) orphans;

    /* Guarded by the latch of the list of heaps; memory of heaps is used again for heaps only. */
    struct fh_heap *next;
};

/* The heap behind malloc, and the one that has its place in guarded programs. */
extern HIDDEN struct fh_heap heap_process;
extern HIDDEN struct fh_heap heap_guarded;

/* A block that no hand has: any size, any alignment up to 8 KiB that its class has. NULL: none. */
void *heap_take(struct heap_cache *cache, size_t bytes) MUST_CHECK;
void *heap_take_zeroed(struct heap_cache *cache, size_t bytes) MUST_CHECK;
void *heap_take_aligned(struct heap_cache *cache, size_t alignment, size_t bytes) MUST_CHECK;

/* A block that is not a small one of this thread's first cache; not NULL. */
void heap_give(void *block);
void *heap_resize(struct heap_cache *cache, void *block, size_t bytes) MUST_CHECK;
size_t heap_usable(const void *block);

/* Where the block comes from; NULL when the address is in no block of ours. */
struct fh_heap *heap_of(const void *block);

/* Wrong use of the heap: one line on stderr, then abort. */
_Noreturn void heap_misuse(const char *what, const void *block);

#endif
