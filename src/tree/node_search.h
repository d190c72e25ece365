/*
 * node_search.h - the place of a key in a node.
 *
 * A search looks at the heads alone, without branches, and at whole keys only where heads are
 * equal. Here is what the way of a get is made of; others call node_search and
 * node_search_child. The node is readable (node_is_readable).
 */
#ifndef FREEHOLD_TREE_NODE_SEARCH_H
#define FREEHOLD_TREE_NODE_SEARCH_H

#include <assert.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "pager/pager.h"
#include "tree/node.h"

enum { LANES_COUNT = 16, LANES_BYTES = LANES_COUNT * HEAD_BYTES };

/*
 * How many of the heads are less than `head`: by halves, without branches, down to as many as
 * are compared at once. Those are looked at whatever stands behind the heads: the count bounds
 * the answer, and the arrays, which take 6 bytes a head at least, end in the page.
 */
static_assert(NODE_HEADS_AT + (PAGE_BYTES_MIN - NODE_HEADS_AT) * 2 / 3 + LANES_BYTES <=
                  PAGE_BYTES_MIN,
              "a look that begins at the last head ends in the page");
static ALWAYS_INLINE unsigned node_search_heads(const uint8_t *node, unsigned count, uint32_t head)
{
    const uint8_t *heads = node + NODE_HEADS_AT, *at = heads;
    uint32_t behind;

    if (UNLIKELY(head == 0)) return 0;
    while (count > LANES_COUNT) {
        unsigned half = count / 2;
        size_t is_less = load32(at + (size_t)half * HEAD_BYTES - HEAD_BYTES) < head;

        at += (0 - is_less) & ((size_t)half * HEAD_BYTES); /* gcc makes a jump of a choice */
        count -= half;
    }
    behind = CPU_GREATER_16(at, head - 1);
    return (unsigned)((size_t)(at - heads) / HEAD_BYTES) +
           bit_lowest(behind | UINT32_C(1) << count);
}

/* What is left of a key behind what all keys of the node begin with. */
static inline struct span node_search_rest(const uint8_t *node, struct span key)
{
    size_t prefix = node_prefix_bytes(node);

    if (UNLIKELY(key.size < prefix)) prefix = key.size;
    return span_of(key.data + prefix, key.size - prefix);
}

/* Among the items from `low` on whose heads are that of `rest`. */
unsigned node_search_among(const uint8_t *node, uint32_t page_bytes, struct span rest, unsigned low,
                           bool *ret_found, struct cell *ret_cell);
unsigned node_search_child_among(const uint8_t *node, uint32_t page_bytes, struct span rest,
                                 unsigned low);

/* From the first item on that is not less by its head; *ret_cell: of an item that is found. */
static inline unsigned node_search_from(const uint8_t *node, uint32_t page_bytes, struct span rest,
                                        unsigned low, bool *ret_found, struct cell *ret_cell)
{
    uint32_t head = head_of(rest);

    *ret_found = false;
    if (low >= node_count(node) || node_head(node, low) != head) return low;
    if (UNLIKELY(node_head(node, low + 1) == head)) /* behind the last one it may seem so */
        return node_search_among(node, page_bytes, rest, low, ret_found, ret_cell);
    if (UNLIKELY(!node_cell_short(node, page_bytes, low, ret_cell))) return NODE_DAMAGED;
    *ret_found = span_same(ret_cell->rest, rest);
    if (LIKELY(*ret_found)) return low;
    return node_search_among(node, page_bytes, rest, low, ret_found, ret_cell);
}

/* As node_search; *ret_cell as above. */
static inline unsigned node_search_item(const uint8_t *node, uint32_t page_bytes, struct span key,
                                        bool *ret_found, struct cell *ret_cell)
{
    struct span rest = node_search_rest(node, key);
    unsigned low = node_search_heads(node, node_count(node), head_of(rest));

    return node_search_from(node, page_bytes, rest, low, ret_found, ret_cell);
}

/* As node_search_child. */
static inline unsigned node_search_way(const uint8_t *node, uint32_t page_bytes, struct span key)
{
    unsigned count = node_count(node);
    struct span rest = node_search_rest(node, key);
    uint32_t head = head_of(rest);
    unsigned low = node_search_heads(node, count, head);

    if (LIKELY(low >= count || node_head(node, low) != head)) return low;
    return node_search_child_among(node, page_bytes, rest, low);
}

#endif
