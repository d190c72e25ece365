/*
 * heap.h - memory for programs: the process's heap, and heaps apart.
 *
 * fh_malloc and its family serve all threads of the process, each from a cache of its own, and
 * give memory that is free back to the system by themselves. A heap apart (fh_heap_new) has
 * a limit, figures of its own, and goes all at once. libfreehold-malloc.so is the same under the
 * C library's names, for programs that know nothing of it: see freehold-malloc(7). The heap
 * inside a region that one owns is in arena.h, which comes along.
 *
 * Functions that return a block return NULL when they cannot, with errno, as malloc does: a
 * note (fh_note) would have to be written where there is no memory. Any function may be called
 * by several threads at once, if nothing else is said; none may be called in a signal handler.
 * After a fork the child may use all of it, blocks of the parent included; what the parent's
 * other threads had at hand is lost to the child.
 */
#ifndef FH_HEAP_H
#define FH_HEAP_H

#include <stddef.h>
#include <stdint.h>

#include "freehold/arena.h"
#include "freehold/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- The process's heap ---------------------------------------------------------------- */

/*
 * As malloc, calloc, realloc, aligned_alloc, free and malloc_usable_size of the C library, from
 * a heap that all threads of the process share. A block may be freed and resized by any thread,
 * and by these functions and fh_heap_... alone. What differs: fh_aligned_alloc takes every power
 * of two and every size; fh_realloc to zero bytes is a block like any other; fh_free also takes
 * blocks of other heaps, and fh_realloc keeps a block in its heap. All leave errno alone, but
 * for a NULL: ENOMEM there is no memory, the heap's limit is reached, or the size is above
 * PTRDIFF_MAX; EINVAL an alignment that is no power of two. Then nothing has changed.
 *
 * Ideas: a cache for each thread and slabs of one size, found by masking the address, with a
 * list of remote frees in each (mimalloc); the whole list into the thread's hand (rpmalloc), to
 * which the thread's frees go back (tcmalloc); slots in the chunk's first pages
 * (this library's file format).
 */
FH_API void *fh_malloc(size_t bytes);
FH_API void *fh_calloc(size_t count, size_t bytes_each);
FH_API void *fh_realloc(void *block, size_t bytes);
FH_API void *fh_aligned_alloc(size_t alignment, size_t bytes);
FH_API void fh_free(void *block);

/* How many bytes of the block are its user's, what was asked for or more. NULL: 0. */
FH_API size_t fh_usable_size(const void *block);

/* ---- Heaps of one's own ---------------------------------------------------------------- */

/*
 * A heap apart: its blocks share no chunk with other heaps', and go all at once. Where one of
 * the functions below takes a heap, NULL is the process's. Any thread may use any heap.
 */
typedef struct fh_heap fh_heap;

/*
 * Called before the heap uses more memory than ever before: it has `bytes`, and wants `more`,
 * in pages of 8 KiB or chunks of 2 MiB. Returns 0 to refuse; then the request fails. It must not
 * use this heap, and is called by any thread, by one at a time.
 */
typedef int (*fh_heap_grow)(void *context, uint64_t bytes, uint64_t more);

/* Zero means the default in every member but `size`. */
typedef struct fh_heap_options {
    size_t size; /* sizeof(fh_heap_options) */

    /* What the heap may use, in bytes of whole pages and spans; default: no limit. */
    uint64_t limit_bytes;

    /*
     * How long memory that is free is kept for the next request before the system gets it back;
     * looked after by the calls that need a new slab or a long block, no thread of its own.
     * Default 500; UINT64_MAX keeps it until fh_heap_trim.
     */
    uint64_t decay_ms;

    fh_heap_grow grow; /* NULL: nobody is asked */
    void *context;     /* for grow */
} fh_heap_options;

/* Errors: FH_INVALID a NULL, or options of another size; FH_NO_MEMORY. */
FH_API fh_status fh_heap_new(const fh_heap_options *options, fh_heap **ret_heap) FH_MUST_CHECK;

/*
 * All its blocks are gone, whoever has them. No other thread may be in a call about this heap or
 * a block of it, then or later. NULL does nothing.
 */
FH_API void fh_heap_delete(fh_heap *heap);

/* As above, from this heap. Blocks are given back by fh_free as well. */
FH_API void *fh_heap_malloc(fh_heap *heap, size_t bytes);
FH_API void *fh_heap_calloc(fh_heap *heap, size_t count, size_t bytes_each);
FH_API void *fh_heap_aligned_alloc(fh_heap *heap, size_t alignment, size_t bytes);

/* A block that is NULL is made in this heap; another stays in its own. */
FH_API void *fh_heap_realloc(fh_heap *heap, void *block, size_t bytes);

/* The quick way for blocks of this heap; takes all others too. */
FH_API void fh_heap_free(fh_heap *heap, void *block);

/* The heap that the block at `address` is of; NULL: it lies in no heap. Any address. */
FH_API fh_heap *fh_heap_of(const void *address);

/*
 * Gives back to the system all that is free: what this thread and those that have ended keep at
 * hand, pages and chunks. Returns how many bytes that were. What other threads keep at hand
 * they look after themselves.
 */
FH_API uint64_t fh_heap_trim(fh_heap *heap);

/* Figures of one moment; what other threads do meanwhile may be in it or not. */
typedef struct fh_heap_info {
    uint64_t block_count; /* that somebody has, or a thread keeps at hand */
    uint64_t block_bytes; /* their sizes */
    uint64_t page_bytes;  /* pages of slabs and runs, and spans of long blocks */
    uint64_t page_bytes_peak;
    uint64_t dirty_bytes; /* free, not given back yet */
    uint64_t chunk_bytes; /* addresses that the heap has */
    uint64_t large_count; /* blocks above 1 MiB */
    uint64_t large_bytes;
    uint64_t slab_count;
    uint64_t run_count;         /* blocks of 32 KiB to 1 MiB */
    uint64_t returned_bytes;    /* given back page by page, in all its time */
    uint64_t cache_count;       /* of threads, with those that have ended */
    uint64_t kept_bytes;        /* chunks that no heap has, kept for the next: of all heaps */
    uint64_t mapped_bytes_peak; /* of all heaps */
} fh_heap_info;

FH_API void fh_heap_stat(const fh_heap *heap, fh_heap_info *ret_info);

typedef enum fh_heap_area_kind {
    FH_HEAP_CHUNK, /* 2 MiB: the areas that follow are its parts */
    FH_HEAP_SLAB,  /* blocks of block_bytes each */
    FH_HEAP_RUN,   /* one block of whole pages */
    FH_HEAP_LARGE, /* one block and its span */
    FH_HEAP_DIRTY, /* free, may hold memory */
    FH_HEAP_CLEAN  /* free, costs no memory */
} fh_heap_area_kind;

typedef struct fh_heap_area {
    fh_heap_area_kind kind;
    const void *start;
    uint64_t bytes;
    uint64_t block_bytes; /* of a slab */
    uint64_t used_count;  /* of a slab: blocks that are not free */
} fh_heap_area;

/*
 * Shows all areas of the heap, chunk by chunk, by address within a chunk, until `visit` returns
 * something but 0. It must not use this heap: the heap is locked.
 */
FH_API void fh_heap_walk(const fh_heap *heap, int (*visit)(void *context, const fh_heap_area *area),
                         void *context);

/* ---- How the process's heap works ------------------------------------------------------ */

/* Zero means: as it is. */
typedef struct fh_malloc_options {
    size_t size;       /* sizeof(fh_malloc_options) */
    uint64_t decay_ms; /* as fh_heap_options */

    /*
     * Every block of the process's heap from now on is guarded, for as long as the process runs:
     * a canary behind it, memory above 32 KiB between pages that nobody may touch, freed blocks
     * filled and kept for a while. A double free, a pointer that is no block's, a write behind a
     * block or into a freed one is told of in one line on stderr when the block is freed or
     * leaves the heap, and the process aborts. Costs a few hundred instructions a block. To be
     * asked for before other threads run.
     */
    int guard;
} fh_malloc_options;

FH_API void fh_malloc_configure(const fh_malloc_options *options);

#ifdef __cplusplus
}
#endif

#endif
