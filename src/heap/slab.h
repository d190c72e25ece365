/*
 * slab.h - blocks of one size in a run of pages.
 *
 * A block is in one of four places: *made not yet* (the slab is carved as it is needed, so that
 * pages nobody uses are never touched), *out* (its user's, or in the cache's hand), on `local`
 * (given back by the owner's thread), on `remote` (given back by another thread). `wait + bias`
 * counts those that are out or on `remote`. Links are hidden by the process's secret, so that a
 * stray write into a free block does not make a pointer of the writer's choice.
 *
 * Who owns a slab is a cache. A slab where nothing is free waits in the cache's list of full
 * ones; before the cache takes fresh pages it forgets those: it leaves the mark SLAB_WATCHED in
 * `remote`, and the thread whose block replaces the mark puts the slab on `returned`.
 */
#ifndef FREEHOLD_HEAP_SLAB_H
#define FREEHOLD_HEAP_SLAB_H

#include "heap/heap_chunk.h"
#include "heap/size_class.h"

enum { SLAB_WATCHED = 1 };

/* Constant once the first heap is made. */
extern HIDDEN uintptr_t slab_secret;

static ALWAYS_INLINE void *slab_link(const void *block)
{
    return (void *)(*(const uintptr_t *)block ^ slab_secret);
}

static ALWAYS_INLINE void slab_set_link(void *block, void *next)
{
    *(uintptr_t *)block = (uintptr_t)next ^ slab_secret;
}

static inline unsigned slab_used(const struct slab *slab)
{
    return slab->wait + slab->bias;
}

/* The slot of the slab that the page is in. */
static ALWAYS_INLINE struct slab *slab_first(struct slab *slab)
{
    return slab->kind == SLAB_INNER ? slab - slab->back : slab;
}

/* Makes the run at `slab` an empty slab of the class, owned by the cache. */
void slab_init(struct slab *slab, unsigned class_no, struct heap_cache *owner);
/* Makes the slots blank again. */
void slab_fini(struct slab *slab);
void slab_set_owner(struct slab *slab, struct heap_cache *owner);

/*
 * All that is free in the slab, as a list for the hand; more is carved when nothing is. *ret_count
 * is how many those are, or more when they came from other threads. NULL: nothing is free:
 * is_full, until an eighth of it is back.
 */
void *slab_take(struct slab *slab, unsigned *ret_count) MUST_CHECK;

/* So many blocks in a list come back from the owner's thread. True: the slab's wait is over. */
bool slab_give(struct slab *slab, void *first, void *last, unsigned count) MUST_CHECK;

/*
 * Blocks in a list, from a thread that does not own the slab. True: the caller puts it on the
 * owner's `returned`.
 */
bool slab_give_remote(struct slab *slab, void *first, void *last) MUST_CHECK;

/* Another thread's next block puts the slab on `returned`. False: there are such blocks already. */
bool slab_watch(struct slab *slab) MUST_CHECK;
/* The watch ends, if nobody has been quicker: then the slab comes through `returned`. */
bool slab_unwatch(struct slab *slab) MUST_CHECK;

/* What others gave back is the slab's own again. */
void slab_collect(struct slab *slab);

/* Where the block that `address` is in begins; NULL: in no block. */
void *slab_block(const struct slab *slab, const void *address);

#endif
