/*
 * replay_heap.h - the port behind which a replay finds a heap that grows.
 *
 * Two implementations: a policy of the layer space (replay_space.c), and the textbook's heap
 * (replay_simulator.c). Both begin with no bytes. When nothing fits, the heap becomes larger at
 * its end: a free run that ends there is made long enough, and only the rest is new.
 */
#ifndef FREEHOLD_LAB_REPLAY_HEAP_H
#define FREEHOLD_LAB_REPLAY_HEAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "freehold/status.h"
#include "lab/simulator.h"

struct replay_heap;

struct replay_setup {
    const char *policy;    /* space: its name */
    bool simulates;        /* which of the two */
    uint64_t header_bytes; /* added to each request */
    uint64_t align_bytes;  /* sizes become a multiple of it; at least 1 */
    uint64_t grow_bytes;   /* the heap grows by multiples of it; at least 1 */

    /* The textbook's heap. */
    enum simulator_policy simulator_policy;
    enum simulator_order order;
    bool coalesces;
};

struct replay_block {
    uint64_t start;
    uint64_t held_bytes; /* what it keeps from others: charged, or more (buddies) */
};

struct replay_heap_ops {
    fh_status (*open)(const struct replay_setup *setup, struct replay_heap **ret_heap);
    void (*close)(struct replay_heap *heap);

    /*
     * `charged_bytes` has rounding and header in it. *ret_searched: what the search looked at
     * up to its answer, the one that makes the heap grow included. FH_TOO_LARGE, FH_NO_MEMORY.
     */
    fh_status (*take)(struct replay_heap *heap, uint64_t charged_bytes, uint64_t align,
                      struct replay_block *ret_block, uint64_t *ret_searched);
    fh_status (*give)(struct replay_heap *heap, struct replay_block block);

    uint64_t (*heap_bytes)(const struct replay_heap *heap);

    /* How many free runs there are, and each of them to `visit`, in any order. */
    uint64_t (*free_count)(const struct replay_heap *heap);
    fh_status (*walk)(struct replay_heap *heap,
                      void (*visit)(void *context, uint64_t start, uint64_t bytes), void *context);
};

extern const struct replay_heap_ops replay_space_ops;
extern const struct replay_heap_ops replay_simulator_ops;

/* `bytes` as a multiple of `step`, which is any number but 0. */
static inline uint64_t replay_round_up(uint64_t bytes, uint64_t step)
{
    return bytes + (step - bytes % step) % step;
}

#endif
