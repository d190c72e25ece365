/*
 * simulator_internal.h - a simulator's inside, for the two methods of looking for a run.
 */
#ifndef FREEHOLD_LAB_SIMULATOR_INTERNAL_H
#define FREEHOLD_LAB_SIMULATOR_INTERNAL_H

#include "base/bits.h"
#include "lab/block.h"
#include "lab/live.h"
#include "lab/simulator.h"

enum { SIMULATOR_LIST_COUNT = 63 };

struct simulator {
    struct simulator_setup setup; /* constant after open, but for heap_bytes */

    struct live live;
    uint64_t live_bytes;
    uint64_t asked_bytes;

    /* Free runs. Buddy: lists[k] has those of 2^k bytes, by address; else all are in lists[0]. */
    struct list lists[SIMULATOR_LIST_COUNT];
    uint64_t free_count;
    struct block *rover; /* next fit: where a search begins; NULL: at the head as it then is */

    /* Records without a block: what a change needs is here before it begins. */
    struct list spares;
    size_t spare_count;
};

/* A record out of the spares, which are not empty. */
struct block *simulator_spare(struct simulator *simulator, uint64_t start, uint64_t bytes);

/* Makes a record a spare. */
void simulator_retire(struct simulator *simulator, struct block *block);

/*
 * The two methods. take: a block of exactly `charged_bytes` that is no longer free; NULL when no
 * run is large enough. give: the block becomes free, and may end in another.
 */
struct block *simulator_list_take(struct simulator *simulator, uint64_t charged_bytes,
                                  uint64_t *ret_searched);
void simulator_list_give(struct simulator *simulator, struct block *block);
struct block *simulator_buddy_take(struct simulator *simulator, uint64_t charged_bytes,
                                   uint64_t *ret_searched);
void simulator_buddy_give(struct simulator *simulator, struct block *block);

#endif
