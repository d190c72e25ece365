/*
 * tree_sweep.h - moves a tree's pages towards the beginning of the file, a few at a time.
 *
 * Pages at or above a limit are written again; the allocator puts them lower. The sweep goes
 * by keys over the nodes above the leaves, whose child numbers name the pages to move, so
 * it needs neither links back nor a list of pages, and goes on where it was whatever
 * happened to the tree meanwhile. Thin leaves on its way are joined, or take items of the next.
 */
#ifndef FREEHOLD_TREE_TREE_SWEEP_H
#define FREEHOLD_TREE_TREE_SWEEP_H

#include "tree/tree.h"

struct tree_sweep {
    page_no limit;
    uint32_t moves;  /* pages that may still be written; a large value may pass it once */
    uint32_t visits; /* nodes that may still be looked at */
    bool packs;      /* leaves are joined while two fit into one, and filled up */
    bool is_done;    /* it has been over the whole tree */
    uint64_t moved;  /* so far */
    size_t key_size; /* where it goes on; 0: at the first */
    uint8_t key[TREE_KEY_MAX];
};

/* Goes on until moves or visits are used up. The tree is whole, with the same items, always. */
fh_status tree_sweep(struct tree *tree, struct tree_sweep *sweep) MUST_CHECK;

#endif
