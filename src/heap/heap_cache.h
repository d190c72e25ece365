/*
 * heap_cache.h - what one thread has of one heap: slabs, and a hand of free blocks a size.
 *
 * No lock and no atomic operation on the way of a block that its own thread allocates and
 * frees. A hand is a list of free blocks of a class, the one that died last first: what the
 * thread frees goes there, and when nothing is left the present slab of the class gives all that
 * it has. Frees are counted down to the next look at a hand, and blocks out of it are counted:
 * so its length is known at each look without being kept. What is too much goes back to slabs,
 * and once a decay time all of it.
 * A cache outlives its thread: it becomes an orphan, with all it has, and the next thread that
 * comes adopts it; others take slabs from orphans before they make new ones. Caches are never
 * unmapped while their heap lives, so that a late remote free finds its queue.
 */
#ifndef FREEHOLD_HEAP_HEAP_CACHE_H
#define FREEHOLD_HEAP_HEAP_CACHE_H

#include "heap/heap_chunk.h"
#include "heap/size_class.h"
#include "heap/slab.h"

enum { CACHE_RUN_COUNT = 8 };

struct slab_queue {
    struct slab *first;
    struct slab *last;
    uint32_t empty_count; /* at most: some may be in use again */
};

/* A run kept for the next request of the same length. */
struct cached_run {
    struct slab *slab;
    uint32_t page_count;
};

/* Free blocks of a class, and all that a malloc or a free of one looks at. */
struct hand {
    void *first;
    uint32_t wait;  /* frees until the hand is looked at */
    uint32_t taken; /* out of the hand since the last look */
};

static_assert(sizeof(struct hand) == CHUNK_HAND_BYTES, "a page's word leads to a hand");

/* What a look at a hand needs to know. */
struct hand_count {
    uint32_t length; /* at the last look; blocks from other threads may count twice */
    uint32_t grant;  /* frees from one look to the next */
    uint32_t limit;
    bool was_full; /* and gave blocks back since it was empty */
};

/* Blocks of one page that is another thread's, on their way back to it. */
struct batch {
    void *first;
    void *last;
    uint32_t count;
};

struct ALIGNED(CHUNK_OWNER_ALIGN) heap_cache {
    /* The thread's own. */
    struct hand hands[SIZE_CLASS_COUNT];
    struct hand *hand_of[SIZE_CLASS_SHORT_STEPS]; /* by steps of the size */
    struct hand_count count[SIZE_CLASS_COUNT];
    size_t extra_bytes;                     /* that hands may hold above their first limits */
    struct slab *present[SIZE_CLASS_COUNT]; /* where the hand comes from; in no queue */
    struct slab_queue queue[SIZE_CLASS_COUNT];
    struct slab_queue full; /* those that nobody watches yet */
    struct batch batches[SIZE_CLASS_SHORT_COUNT];
    struct cached_run runs[CACHE_RUN_COUNT];
    uint32_t run_turn;
    uint32_t visits; /* to the slow path, until the clock is looked at */
    uint64_t swept_ms;

    /* Constant while the cache is in use. */
    struct fh_heap *heap;

    /* Atomic: the heap's number; 0: the heap is gone, or this is the blank cache. */
    _Atomic uint64_t heap_no;

    /* Atomic: slabs that were full until another thread gave a block back. */
    _Atomic(struct slab *) returned;

    /* Guarded by the heap's cache latch. */
    struct heap_cache *next; /* all of the heap */
    struct heap_cache *next_orphan;
    bool is_orphan;

    /* The thread's: its caches, of all heaps. */
    _Atomic uintptr_t thread; /* 0: nobody's */
    struct heap_cache *next_of_thread;
};

static_assert(offsetof(struct heap_cache, hands) == 0 &&
                  (int)SIZE_CLASS_COUNT * (int)CHUNK_HAND_BYTES <= (int)CHUNK_OWNER_ALIGN,
              "the bits of a hand's address above CHUNK_OWNER_ALIGN are its cache's");

/* Has nothing, owns nothing: what a thread begins and ends with. */
extern HIDDEN struct heap_cache heap_cache_blank;

/* This thread's cache of the process's heap, the blank one when it has none. */
extern HIDDEN EARLY_THREAD_LOCAL struct heap_cache *heap_cache_mine;

/*
 * An orphan of the heap, or a new cache, in `spare` if that is not NULL: a cache of a heap that
 * is gone. From now on the caller's thread's, to leave. NULL: there is no memory.
 */
struct heap_cache *heap_cache_open(struct fh_heap *heap, struct heap_cache *spare) MUST_CHECK;
/* The thread goes: empty slabs go back, the rest waits for whoever comes. */
void heap_cache_leave(struct heap_cache *cache);

/* A block of the class, whose hand is empty. NULL: there is no memory. */
void *heap_cache_refill(struct heap_cache *cache, unsigned class_no) MUST_CHECK;
/*
 * The same, or, above SIZE_CLASS_SHORT_MAX, one of the next class, if that has free blocks and
 * this one would need fresh pages. Not for who wants an alignment: the next class may have less.
 */
void *heap_cache_refill_any(struct heap_cache *cache, unsigned class_no) MUST_CHECK;

/* There have been enough frees of its class since the last look at the hand. */
void heap_cache_look(struct hand *hand);

/* Out of the hand; NULL when there is none. */
static ALWAYS_INLINE void *heap_cache_take(struct hand *hand)
{
    void *block = hand->first;

    if (LIKELY(block != NULL)) {
        hand->first = slab_link(block);
        hand->taken++;
    }
    return block;
}

/* The word of a page is of a slab of the cache's own, and leads to its hand. */
static ALWAYS_INLINE bool heap_cache_owns(const struct heap_cache *cache, uintptr_t word)
{
    return (word ^ (uintptr_t)cache) < CHUNK_OWNER_ALIGN;
}

/* A block of a slab of the cache's own, whose word leads to that hand. */
static ALWAYS_INLINE void heap_cache_give(struct hand *hand, void *block)
{
    slab_set_link(block, hand->first);
    hand->first = block;
    if (UNLIKELY(--hand->wait == 0)) heap_cache_look(hand);
}

/* A block of a slab that this thread does not own. */
void heap_cache_give_remote(struct slab *slab, void *block);
/*
 * The same for a block of the cache's heap, up to SIZE_CLASS_SHORT_MAX: it waits until there are
 * some of its page, or one of another page comes, or the cache is swept.
 */
void heap_cache_give_away(struct heap_cache *cache, unsigned class_no, void *block);

/* Runs of pages, with a few kept at hand. */
struct slab *heap_cache_take_run(struct heap_cache *cache, unsigned page_count,
                                 bool *ret_is_zero) MUST_CHECK;
void heap_cache_give_run(struct heap_cache *cache, struct slab *slab, unsigned page_count);

/* Whatever is free and can go back to the pool does. */
void heap_cache_sweep(struct heap_cache *cache);

/* The same for threads that have ended: nobody else does it for them. */
void heap_cache_sweep_orphans(struct fh_heap *heap);

/*
 * There is no memory: everything that can be had without more of it is made ready, free blocks
 * of slabs that count as full, too. Looks at all of the heap.
 */
void heap_cache_gather(struct heap_cache *cache);

/* Sweeps and discards what has been free for the decay time, if it is time to look. */
void heap_cache_tick(struct heap_cache *cache);

#endif
