/*
 * run_tree_internal.h - what the files of a run tree share.
 */
#ifndef FREEHOLD_SPACE_RUN_TREE_INTERNAL_H
#define FREEHOLD_SPACE_RUN_TREE_INTERNAL_H

#include "space/run_tree.h"

enum { PATH_MAX_COUNT = 48 }; /* an AVL tree of 2^32 nodes has 46 levels */

/* `first` tells runs apart in both orders. */
static inline bool is_before(struct run a, struct run b, enum run_order order)
{
    if (order == RUN_BY_LENGTH && a.count != b.count) return a.count < b.count;
    return a.first < b.first;
}

static inline uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static inline bool is_damaged(const struct run_tree *tree)
{
    return tree->inside != NULL && tree->nodes[1].seal != 0;
}

#endif
