/*
 * node_format.h - where things stand in the body of a branch or leaf.
 *
 * 32 bytes of head; the *heads*, the first four bytes of each key behind the node's
 * prefix, as numbers, padded with ones to a multiple of eight; then a leaf's offsets of
 * its cells, or a branch's children and the offsets of its separators; cells and fences
 * from the end of the page down. The bytes are in docs/format.md.
 */
#ifndef FREEHOLD_TREE_NODE_FORMAT_H
#define FREEHOLD_TREE_NODE_FORMAT_H

#include "base/bytes.h"

enum {
    NODE_KIND_AT = 0,
    NODE_LEVEL_AT = 1,
    NODE_COUNT_AT = 2,
    NODE_TREE_AT = 4,
    NODE_PREFIX_AT = 8,
    NODE_LOW_AT = 10,  /* where the cells begin */
    NODE_FREE_AT = 12, /* bytes of holes among the cells */
    NODE_FLAGS_AT = 14,
    NODE_LOWER_AT = 16, /* offset, length */
    NODE_UPPER_AT = 20,
    NODE_EPOCH_AT = 24,
    NODE_HEADS_AT = 32,

    NODE_UPPER_OPEN = 1, /* flag: no upper fence, the last node of its level */

    HEAD_BYTES = 4,
    HEAD_ROUND = 8,
    CHILD_BYTES = 4,
    OFFSET_BYTES = 2,
    SEPARATOR_SHORT = 4, /* an offset up to this is the length of a separator in its head */

    EXTENT_BYTES = 8,       /* first page u32, pages u32 */
    EXTENT_LENGTH_BYTES = 8 /* the value's length, before its extents */
};

static inline unsigned node_level(const uint8_t *node)
{
    return node[NODE_LEVEL_AT];
}

static inline unsigned node_count(const uint8_t *node)
{
    return load16(node + NODE_COUNT_AT);
}

static inline unsigned node_prefix_bytes(const uint8_t *node)
{
    return load16(node + NODE_PREFIX_AT);
}

static inline unsigned node_low(const uint8_t *node)
{
    return load16(node + NODE_LOW_AT);
}

static inline unsigned node_free_bytes(const uint8_t *node)
{
    return load16(node + NODE_FREE_AT);
}

static inline uint64_t node_epoch(const uint8_t *node)
{
    return load64(node + NODE_EPOCH_AT);
}

static inline struct span node_lower(const uint8_t *node)
{
    return span_of(node + load16(node + NODE_LOWER_AT), load16(node + NODE_LOWER_AT + 2));
}

static inline struct span node_upper(const uint8_t *node)
{
    return span_of(node + load16(node + NODE_UPPER_AT), load16(node + NODE_UPPER_AT + 2));
}

static inline int node_is_open(const uint8_t *node)
{
    return (load16(node + NODE_FLAGS_AT) & NODE_UPPER_OPEN) != 0;
}

/* What all keys of the node begin with, and their cells leave out. */
static inline struct span node_prefix(const uint8_t *node)
{
    return span_of(node + load16(node + NODE_LOWER_AT), node_prefix_bytes(node));
}

static inline unsigned node_heads_bytes(unsigned count)
{
    return (count + HEAD_ROUND - 1) / HEAD_ROUND * HEAD_ROUND * HEAD_BYTES;
}

static inline uint32_t node_head(const uint8_t *node, unsigned i)
{
    return load32(node + NODE_HEADS_AT + (size_t)i * HEAD_BYTES);
}

/* Leaf: the offsets. */
static inline unsigned leaf_offsets_at(unsigned count)
{
    return NODE_HEADS_AT + node_heads_bytes(count);
}

static inline unsigned leaf_arrays_end(unsigned count)
{
    return leaf_offsets_at(count) + count * OFFSET_BYTES;
}

/* Branch: the children, the offsets. */
static inline unsigned branch_children_at(unsigned count)
{
    return NODE_HEADS_AT + node_heads_bytes(count);
}

static inline unsigned branch_offsets_at(unsigned count)
{
    return branch_children_at(count) + (count + 1) * CHILD_BYTES;
}

static inline unsigned branch_arrays_end(unsigned count)
{
    return branch_offsets_at(count) + count * OFFSET_BYTES;
}

static inline unsigned node_arrays_end(const uint8_t *node)
{
    return node_level(node) == 0 ? leaf_arrays_end(node_count(node))
                                 : branch_arrays_end(node_count(node));
}

static inline uint32_t node_child(const uint8_t *node, unsigned i)
{
    return load32(node + branch_children_at(node_count(node)) + (size_t)i * CHILD_BYTES);
}

#endif
