/*
 * simulator.h - the textbook's heap: an interval of addresses, a free list, a policy.
 *
 * Nothing is stored in the heap, headers are only counted. It follows the textbook's simulator
 * to the letter, faults of the method included: that is what it is there to show. README.md
 * has the rules.
 */
#ifndef FREEHOLD_LAB_SIMULATOR_H
#define FREEHOLD_LAB_SIMULATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "freehold/lab.h"

/* No size and no address of a setup is larger, so that sums of three fit 64 bits. */
#define SIMULATOR_BYTES_MAX (UINT64_C(1) << 62)

enum simulator_policy {
    SIMULATOR_BEST,
    SIMULATOR_WORST,
    SIMULATOR_FIRST,
    SIMULATOR_NEXT,
    SIMULATOR_BUDDY
};

/* Where a run that is given enters the free list. The buddies' lists have no order to choose. */
enum simulator_order {
    SIMULATOR_BY_ADDRESS,
    SIMULATOR_SMALLEST_FIRST,
    SIMULATOR_LARGEST_FIRST,
    SIMULATOR_AT_FRONT,
    SIMULATOR_AT_BACK
};

struct simulator_setup {
    enum simulator_policy policy;
    enum simulator_order order;
    bool coalesces;           /* buddies always do */
    uint64_t heap_bytes;      /* buddy: a power of two; 0: the heap is to grow */
    uint64_t base;            /* the first address */
    uint64_t header_bytes;    /* added to each request */
    uint64_t align_bytes;     /* sizes become a multiple of it; 0: as asked */
    uint64_t min_block_bytes; /* buddy: the smallest block, a power of two; else 0 */
};

struct simulator_stat {
    uint64_t free_bytes;
    uint64_t free_count;
    uint64_t largest_free_bytes;
    uint64_t live_bytes; /* headers and rounding included */
    uint64_t live_count;
    uint64_t asked_bytes; /* of live_bytes, what was asked for */
};

struct simulator;

/* The heap is one free run, or nothing. FH_INVALID: a setup that cannot be; FH_NO_MEMORY. */
fh_status simulator_open(const struct simulator_setup *setup,
                         struct simulator **ret_simulator) MUST_CHECK;

/* `simulator` may be NULL. */
void simulator_close(struct simulator *simulator);

/*
 * Takes a block for `asked_bytes` > 0; *ret_start is where it begins, its header first.
 * FH_NO_SPACE: no free run is large enough, and nothing changed. In both cases *ret_searched
 * tells how many runs (buddy: sizes) were looked at. FH_NO_MEMORY.
 */
fh_status simulator_take(struct simulator *simulator, uint64_t asked_bytes, uint64_t *ret_start,
                         uint64_t *ret_searched) MUST_CHECK;

/* Gives the block that begins there. FH_NOT_FOUND: none does, and nothing changed. */
fh_status simulator_give(struct simulator *simulator, uint64_t start) MUST_CHECK;

/* How many bytes are free at the heap's end, in one run. O(free runs). Not for buddies. */
uint64_t simulator_top_bytes(const struct simulator *simulator);

/*
 * The heap becomes larger at its end. A free run that ends there becomes longer at its place in
 * the list, whatever the order is, as one that is split becomes shorter; without one the new
 * bytes enter the list as a block that is given does. The textbook's heap does not grow: this
 * is ours. Not for buddies. FH_TOO_LARGE: more than 2^62 bytes; FH_NO_MEMORY.
 */
fh_status simulator_grow(struct simulator *simulator, uint64_t bytes) MUST_CHECK;

/* The free runs in the list's order into `runs`, as many as fit; returns how many there are. */
size_t simulator_walk(const struct simulator *simulator, fh_lab_run *runs, size_t capacity);

/* O(free runs), for the largest one. */
struct simulator_stat simulator_stat(const struct simulator *simulator);

/* Are all bytes accounted for, every run inside the heap, no pair of buddies left? */
fh_status simulator_audit(const struct simulator *simulator) MUST_CHECK;

#endif
