/*
 * tree_load.h - builds a tree from items in order, bottom up.
 *
 * Items gather until a leaf is full; it is then complete, both fences known, and goes to
 * the file at once; its separator goes to the level above, which works the same way.
 * Every byte is written once and every page is filled. For an empty tree.
 */
#ifndef FREEHOLD_TREE_TREE_LOAD_H
#define FREEHOLD_TREE_TREE_LOAD_H

#include "tree/tree.h"

struct tree_load;

fh_status tree_load_open(struct tree *tree, struct tree_load **ret_load) MUST_CHECK;

/* FH_ORDER: the key does not come after the last one; nothing changed. */
fh_status tree_load_add(struct tree_load *load, struct span key, struct span value) MUST_CHECK;

/* Completes the tree. The load stays to be closed. */
fh_status tree_load_finish(struct tree_load *load) MUST_CHECK;
void tree_load_close(struct tree_load *load);

#endif
