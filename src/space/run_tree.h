/*
 * run_tree.h - the free runs of a set, ordered by place and, when asked, by length.
 *
 * Two AVL trees over the same nodes, so every call is O(log n) in the free runs however
 * they came about. By place a node also knows the longest run below it, which finds the
 * lowest run of any length in one descent. Nodes live beside the units, in one pool that
 * only reserve lets grow. One thread at a time.
 */
#ifndef FREEHOLD_SPACE_RUN_TREE_H
#define FREEHOLD_SPACE_RUN_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "freehold/status.h"
#include "space/run.h"

enum run_order {
    RUN_BY_PLACE,  /* by first */
    RUN_BY_LENGTH, /* by count, then by first */
    RUN_ORDERS
};

struct run_node {
    struct run run;
    uint32_t child[RUN_ORDERS][2]; /* lower, higher; 0: none */
    uint64_t longest;              /* of this node and those below it, by place */
    uint8_t height[RUN_ORDERS];
};

struct run_tree {
    /* Constant after init. */
    bool has_lengths; /* false: RUN_BY_LENGTH is not kept */

    struct run_node *nodes; /* the first is nobody's: of no height, of no length */
    uint32_t node_count;
    uint32_t fresh; /* nodes from here on were never used */
    uint32_t spare; /* given back, linked through child[RUN_BY_PLACE][0]; 0: none */
    uint32_t roots[RUN_ORDERS];
    uint64_t unit_count;
    uint64_t free_units;
    uint64_t run_count;
    uint64_t looked_count; /* nodes that lowest, shortest and length_below have looked at */
};

/* The tree is the caller's storage; no unit is free. FH_NO_MEMORY. */
fh_status run_tree_init(struct run_tree *tree, uint64_t unit_count, bool has_lengths) MUST_CHECK;
void run_tree_fini(struct run_tree *tree);

/* New units are not free. No unit at or beyond a smaller unit_count is. */
void run_tree_resize(struct run_tree *tree, uint64_t unit_count);

/* Nodes for so many more free runs than there are. A call of take_at or give makes one at
 * most. FH_NO_MEMORY, FH_TOO_LARGE from 2^32 - 1 runs on. */
fh_status run_tree_reserve(struct run_tree *tree, uint64_t run_count) MUST_CHECK;

/* All units of `run` are free; a node is reserved. */
void run_tree_take_at(struct run_tree *tree, struct run run);
/* None of them is; a node is reserved. Joins with the free runs on both sides. */
void run_tree_give(struct run_tree *tree, struct run run);

/* The lowest free run of at least `count` units, whole, or the part of it from `from` on. */
bool run_tree_lowest(struct run_tree *tree, uint64_t count, uint64_t from, struct run *ret_run);

/* The first free run in order of length, then of place, that is not before `least`. Needs
 * the lengths. */
bool run_tree_shortest(struct run_tree *tree, struct run least, struct run *ret_run);

/* Length of the longest free run with fewer than `count` units; 0: none. Needs the lengths. */
uint64_t run_tree_length_below(struct run_tree *tree, uint64_t count);

/* Length of the longest free run, O(1). */
static inline uint64_t run_tree_largest(const struct run_tree *tree)
{
    return tree->nodes[tree->roots[RUN_BY_PLACE]].longest;
}

/* As policy_ops.next_run. */
bool run_tree_next_run(const struct run_tree *tree, uint64_t from, struct run *ret_run);

bool run_tree_is_free(const struct run_tree *tree, struct run run);
bool run_tree_is_taken(const struct run_tree *tree, struct run run);

/* Order, balance, lengths and figures of both trees, counted again. */
fh_status run_tree_audit(const struct run_tree *tree) MUST_CHECK;

/* The lowest `count` units of `run` that begin at a multiple of `align` (0 and 1: any). */
static inline bool run_tree_fit(struct run run, uint64_t count, uint64_t align, struct run *ret_run)
{
    uint64_t skip = align > 1 ? (align - (run.first & (align - 1))) & (align - 1) : 0;

    if (run.count < count || run.count - count < skip) return false;
    *ret_run = (struct run){run.first + skip, count};
    return true;
}

#endif
