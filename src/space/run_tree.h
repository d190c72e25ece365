/*
 * run_tree.h - the free runs of a set, ordered by place and, when asked, by length.
 *
 * Two AVL trees over the same nodes, so every call is O(log n) in the free runs however
 * they came about. By place a node also knows the longest run below it, which finds the
 * lowest run of any length in one descent. Nodes live beside the units, in one pool that
 * only reserve lets grow; or, with memory behind the units, each in the first unit of its run.
 *
 * A node in a unit is sealed by a sum over all of it. A link to a node whose seal is broken is
 * not followed: the search ends there, and from then on run_tree_check refuses the tree.
 * One thread at a time.
 */
#ifndef FREEHOLD_SPACE_RUN_TREE_H
#define FREEHOLD_SPACE_RUN_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bits.h"
#include "space/policy.h"

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
    uint32_t seal; /* inside: of all the above and the node's number */
};

struct run_tree {
    /* Constant after init. */
    bool has_lengths; /* false: RUN_BY_LENGTH is not kept */
    uint8_t *inside;  /* unit 0; the node of a run that begins at unit n has number n + 1 */
    size_t unit_bytes;

    /* The first is nobody's: of no height, of no length. Inside there is one more, which stands
     * in for what is broken, and has a seal from the first time on. */
    struct run_node *nodes;
    uint32_t node_count;
    uint32_t fresh; /* nodes from here on were never used */
    uint32_t spare; /* given back, linked through child[RUN_BY_PLACE][0]; 0: none */
    uint32_t roots[RUN_ORDERS];
    uint64_t unit_count;
    uint64_t free_units;
    uint64_t run_count;
    uint64_t looked_count; /* nodes that lowest, shortest and length_below have looked at */
};

/* The tree is the caller's storage, the memory (NULL: none) stays its owner's; no unit is free.
 * FH_NO_MEMORY; inside FH_TOO_LARGE from 2^32 - 1 units on. */
fh_status run_tree_init(struct run_tree *tree, uint64_t unit_count, bool has_lengths,
                        const struct policy_memory *memory) MUST_CHECK;
void run_tree_fini(struct run_tree *tree);

/* New units are not free. FH_TOO_LARGE as above. */
fh_status run_tree_grow(struct run_tree *tree, uint64_t unit_count) MUST_CHECK;
/* No unit at or beyond unit_count is free. */
void run_tree_shrink(struct run_tree *tree, uint64_t unit_count);

/* FH_CORRUPT: a broken node was met; the tree is not to be changed any more. */
fh_status run_tree_check(const struct run_tree *tree) MUST_CHECK;

/* Nodes for so many more free runs than there are; inside there always are. A call of take_at
 * or give makes one at most. FH_NO_MEMORY, FH_TOO_LARGE from 2^32 - 1 runs on. */
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

/* A node that may be inside: the first, or the stand-in, when the number or the seal is wrong. */
struct run_node *run_tree_inside(const struct run_tree *tree, uint32_t id);

static inline struct run_node *run_tree_node(const struct run_tree *tree, uint32_t id)
{
    return LIKELY(tree->inside == NULL) ? &tree->nodes[id] : run_tree_inside(tree, id);
}

/* Length of the longest free run, O(1). */
static inline uint64_t run_tree_largest(const struct run_tree *tree)
{
    return run_tree_node(tree, tree->roots[RUN_BY_PLACE])->longest;
}

/* As policy_ops.next_run. */
bool run_tree_next_run(const struct run_tree *tree, uint64_t from, struct run *ret_run);

/* The free run, whole, that holds `unit`. False: the unit is not free. */
bool run_tree_around(const struct run_tree *tree, uint64_t unit, struct run *ret_run);

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
