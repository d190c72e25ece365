/*
 * tree_here.h - a put that changes one leaf where it is.
 *
 * For a transaction that puts one item and nothing else: where the leaf's frame is younger than
 * every state that anybody can come back to, and has room, the item can go in without a copy of
 * the leaf and of all above it, and without anything that may fail (txn_reopen says when).
 */
#ifndef FREEHOLD_TREE_TREE_HERE_H
#define FREEHOLD_TREE_TREE_HERE_H

#include "tree/tree.h"

/* A place in a leaf. Right while the transaction changes nothing else. */
struct tree_here {
    uint8_t *body;
    uint64_t epoch; /* when the leaf's frame was born */
    unsigned index;
    bool is_found; /* the key is there */
};

/* False: the item needs more than its leaf, or the leaf is too old; or it cannot be read. */
bool tree_here_find(const struct tree *tree, struct span key, size_t value_bytes,
                    struct tree_here *ret_here);

/* Puts the item there; a value of the size that was asked for. */
void tree_here_put(struct tree *tree, const struct tree_here *here, struct span key,
                   struct span value);

#endif
