/*
 * arena.h - the classic heap in a region: blocks of any size out of memory that the caller owns.
 *
 * An *arena* is the classic heap inside one region: static memory, a shared mapping, a mapped
 * file. A header {size, magic} stands before each block, the free list is threaded through the
 * free blocks, a block is split when it is too large and joined with both neighbours when it
 * comes back. All that an arena knows lies in the region, as offsets from its beginning: copied
 * or mapped at another address it is the same arena, and several processes may share it.
 * Nothing is ever allocated outside the region. Blocks never move, unless fh_arena_realloc says
 * so. A pointer goes to another process as its distance from the region's beginning.
 *
 * Sizes are bytes. Every function that returns fh_status can also return FH_INVALID for a NULL
 * where none may be, FH_CORRUPT when it meets a broken header or link, and FH_TOO_LARGE when
 * another process has grown the arena beyond what this handle covers: map it all and open it
 * again. On failure the output arguments are untouched, and so is every byte of the region.
 * fh_note() tells the story.
 *
 * Threads: the caller locks. An arena, with all its handles in all processes, may be used by
 * only one thread at a time; two arenas share nothing.
 */
#ifndef FH_ARENA_H
#define FH_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "freehold/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What every pointer is a multiple of; the region's address must be one, too. */
#define FH_ARENA_ALIGNMENT 16

/* The smallest region, which holds one block of 32 bytes. */
#define FH_ARENA_BYTES_MIN 192

/* The largest request. */
#define FH_ARENA_ALLOC_MAX (UINT64_C(1) << 62)

/*
 * Enlarges the region in place, its address as it is, to `bytes` or more, and returns how many
 * there are now; a smaller number says no. Called by fh_arena_alloc and fh_arena_realloc when no
 * free block is large enough; it must not call the arena.
 */
typedef uint64_t (*fh_arena_grow)(void *context, uint64_t bytes);

/*
 * A handle: the place of an arena in this process. It lives where the caller puts it, may be
 * copied while the arena does not grow, and is simply forgotten at the end. Its members are not
 * for the caller.
 */
typedef struct fh_arena {
    void *region;
    uint64_t bytes;
    fh_arena_grow grow;
    void *context;
} fh_arena;

/* Zero means the default in every member but `size`. */
typedef struct fh_arena_options {
    size_t size; /* sizeof(fh_arena_options) */

    /*
     * Which free block a request gets, of those large enough: "best" (default) the smallest,
     * "worst" the largest, "first" the first of the list, "next" the first from where the last
     * search ended, once around. Among equals the first of the list.
     */
    const char *policy;

    /*
     * How the free list is ordered: "addr" (default) by address, "size+" smallest first, "size-"
     * largest first, "front" what was freed last comes first, "back" comes last. Among equal
     * sizes a newcomer is last. What is left of a split block keeps the block's place; by size,
     * it goes where it belongs.
     */
    const char *order;

    fh_arena_grow grow; /* of this handle; NULL: the arena does not grow by itself */
    void *context;      /* for grow */
} fh_arena_options;

/* ---- Lifecycle ------------------------------------------------------------------------- */

/*
 * Makes a new arena of the `bytes` at `region`, whatever lies there. The caller owns the region
 * and keeps it while the arena is used; there is nothing to close. `options` may be NULL.
 * A block of n bytes costs n + 16, rounded up to 16, at least 48; the arena itself 144.
 * Errors: FH_INVALID a region that is too small, not aligned, or wraps around the end of the
 * address space; no such policy or order. Idea: the heap of the textbooks (Knuth's boundary
 * tags; Kernighan and Ritchie's header), with offsets for pointers.
 */
FH_API fh_status fh_arena_new(void *region, uint64_t bytes, const fh_arena_options *options,
                              fh_arena *ret_arena) FH_MUST_CHECK;

/*
 * Attaches to the arena that lies at `region`, of which `bytes` can be seen: all of it, or more
 * (then fh_arena_extend can have the rest). It is audited first, all blocks of it. Policy and
 * order were chosen when it was made: in `options`, which may be NULL, they are NULL or the same.
 * Errors: FH_CORRUPT this is no arena, or a damaged one; FH_MISMATCH another policy or order;
 * FH_TOO_LARGE only a part can be seen; FH_INVALID as of fh_arena_new.
 */
FH_API fh_status fh_arena_open(void *region, uint64_t bytes, const fh_arena_options *options,
                               fh_arena *ret_arena) FH_MUST_CHECK;

/*
 * The region has been enlarged in place to `bytes`: the arena takes the new end, joined with a
 * free block before it. An end of less than 48 bytes behind a used block waits for the next
 * call. Errors: FH_INVALID fewer bytes than the arena has, or a wrap around the address space.
 */
FH_API fh_status fh_arena_extend(fh_arena *arena, uint64_t bytes) FH_MUST_CHECK;

/* ---- Blocks ---------------------------------------------------------------------------- */

/*
 * A block of `bytes` or a little more, its content undefined, at a multiple of 16. The caller
 * owns it until fh_arena_free. Errors: FH_INVALID zero bytes; FH_TOO_LARGE more than
 * FH_ARENA_ALLOC_MAX; FH_NO_SPACE no free block is large enough, and the arena does not grow.
 * Time: the length of the free list at most, and with an order by size twice that.
 */
FH_API fh_status fh_arena_alloc(fh_arena *arena, uint64_t bytes, void **ret_pointer) FH_MUST_CHECK;

/*
 * Gives a block back and joins it with free neighbours. `pointer` may be NULL. A wrong pointer
 * is found out, and its note begins with what it is: FH_INVALID "double free" the block is free
 * already, "inner pointer" into a block, "foreign pointer" outside of all blocks; FH_CORRUPT
 * "broken header" of the block or of one beside it, because something wrote past a block's end.
 * Time: O(1) with the orders "front" and "back", or when a neighbour is free and the order is
 * "addr"; else the length of the free list. Only a wrong pointer makes it look at all blocks.
 */
FH_API fh_status fh_arena_free(fh_arena *arena, void *pointer) FH_MUST_CHECK;

/*
 * Makes the block hold `bytes`: in place when it shrinks or the free block behind it is enough,
 * else as a new block with the old content, and the old one is given back. *ret_pointer is the
 * block from now on. NULL for `pointer` is an alloc. On failure the old block is as it was.
 * Errors: FH_INVALID as of fh_arena_free ("freed block" for one that is free), and for zero
 * bytes; FH_TOO_LARGE and FH_NO_SPACE as of fh_arena_alloc.
 */
FH_API fh_status fh_arena_realloc(fh_arena *arena, void *pointer, uint64_t bytes,
                                  void **ret_pointer) FH_MUST_CHECK;

/* How many bytes of the block are the owner's: what was asked for or a little more, all of them
 * to be used. O(1). Errors: FH_INVALID and FH_CORRUPT as of fh_arena_realloc. */
FH_API fh_status fh_arena_usable_size(const fh_arena *arena, const void *pointer,
                                      uint64_t *ret_bytes) FH_MUST_CHECK;

/*
 * One block that the arena remembers for whoever opens it, to find all others from: the root.
 * Setting NULL forgets it; so does giving the block back, and a realloc takes it along.
 * Errors: FH_INVALID and FH_CORRUPT as of fh_arena_realloc.
 */
FH_API fh_status fh_arena_set_root(fh_arena *arena, void *pointer) FH_MUST_CHECK;

/* NULL when there is none. */
FH_API void *fh_arena_root(const fh_arena *arena);

/* ---- Looking --------------------------------------------------------------------------- */

typedef struct fh_arena_block {
    void *pointer;  /* what fh_arena_alloc returned, or would */
    uint64_t bytes; /* usable ones */
    int is_free;
} fh_arena_block;

/*
 * The block behind the one that begins at `pointer`, free or not, by address; NULL: the first.
 * Errors: FH_NOT_FOUND it was the last; FH_INVALID no block begins there.
 */
FH_API fh_status fh_arena_next(const fh_arena *arena, const void *pointer,
                               fh_arena_block *ret_block) FH_MUST_CHECK;

/* bytes = 144 + used_bytes + free_bytes; blocks count with their headers. */
typedef struct fh_arena_info {
    const char *policy; /* static */
    const char *order;  /* static */
    uint64_t bytes;     /* what the arena has of its region */
    uint64_t used_bytes;
    uint64_t used_count; /* blocks */
    uint64_t used_bytes_peak;
    uint64_t free_bytes;
    uint64_t free_count;    /* blocks */
    uint64_t largest_bytes; /* the largest request that needs no growth; 0: none does */
    uint64_t alloc_calls;   /* that succeeded, since the arena was made; realloc counts as none */
    uint64_t free_calls;

    /* 1 - largest free block / free_bytes: what the largest request cannot get; 0 if all is one. */
    double fragmentation;
} fh_arena_info;

/* The figures. Looks at the free list for the largest block. */
FH_API fh_status fh_arena_stat(const fh_arena *arena, fh_arena_info *ret_info) FH_MUST_CHECK;

/*
 * Looks at everything: every block's header and size, both ends of every free block, that no two
 * free blocks touch, the free list's links and order, all figures. FH_CORRUPT: the first fault.
 */
FH_API fh_status fh_arena_audit(const fh_arena *arena) FH_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
