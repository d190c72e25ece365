/*
 * node_edit.h - changing a node in its frame.
 *
 * Nothing here can fail: callers have asked for the room first.
 */
#ifndef FREEHOLD_TREE_NODE_EDIT_H
#define FREEHOLD_TREE_NODE_EDIT_H

#include "tree/node.h"

/* What a new node starts with. */
struct node_frame {
    uint32_t page_bytes;
    uint32_t tree_id;
    unsigned level;
    uint64_t epoch;
    struct span lower;
    struct span upper;
    bool is_open; /* no upper fence */
};

/* An item for a leaf. */
struct leaf_item {
    struct span rest; /* of the key, behind the node's prefix */
    struct span payload;
    bool is_extents;
};

/* An empty node; the fences are copied, `frame` may point into another page. A branch's first
 * child must be set with node_set_child. */
void node_init(uint8_t *node, const struct node_frame *frame);

/* The prefix that a node between these fences would have. */
size_t node_prefix_between(struct span lower, struct span upper, bool is_open);

/* There is room for one more item whose cell has so many bytes, holes put together if need be. */
bool node_has_room(const uint8_t *node, uint32_t cell_bytes);

/* The same for a cell that takes the place of one of `old_bytes`. */
bool node_has_room_instead(const uint8_t *node, uint32_t cell_bytes, uint32_t old_bytes);

/* Puts an item at place i; compacts when it must. There is room. */
void node_insert(uint8_t *node, uint32_t page_bytes, unsigned i, const struct leaf_item *item);
void node_remove(uint8_t *node, uint32_t page_bytes, unsigned i);

/* Overwrites a payload of the same length in place; false: it has another length. */
bool node_replace(uint8_t *node, uint32_t page_bytes, unsigned i, const struct leaf_item *item);

/* There is room for one more separator of so many bytes behind the prefix. */
bool node_has_branch_room(const uint8_t *node, size_t rest_bytes);

/* Separator i, given behind the prefix, with `child` on its right. There is room. */
void node_insert_child(uint8_t *node, uint32_t page_bytes, unsigned i, struct span rest,
                       uint32_t child);

/* Takes away separator i and the child on its right. */
void node_remove_child(uint8_t *node, unsigned i);
void node_set_child(uint8_t *node, unsigned i, uint32_t child);

/*
 * `count` items of another leaf, from its `first` on, go behind what a leaf has; or separators
 * of another branch, each with the child on its right. There is room, and there are no holes. The
 * other's prefix may be another one.
 */
void node_append(uint8_t *node, uint32_t page_bytes, const uint8_t *from, unsigned first,
                 unsigned count);

#endif
