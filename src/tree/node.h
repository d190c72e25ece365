/*
 * node.h - reading a node: search, cells, separators, validity.
 *
 * Bytes may come from a damaged file: node_is_sound() is asked once a visit, cells are
 * decoded within bounds, and what does not fit is "false", which callers make FH_CORRUPT.
 */
#ifndef FREEHOLD_TREE_NODE_H
#define FREEHOLD_TREE_NODE_H

#include <assert.h>
#include <stdbool.h>

#include "base/compiler.h"
#include "base/varint.h"
#include "freehold/status.h"
#include "tree/node_format.h"

/* A leaf's cell, decoded. */
struct cell {
    struct span rest;    /* the key behind the node's prefix */
    struct span payload; /* the value, or its length and extents */
    bool is_extents;
    uint32_t bytes; /* of the whole cell */
};

enum node_kind { NODE_BRANCH = 5, NODE_LEAF = 6 }; /* as the slots' tags */

/* The arrays and fences of the node lie within the page, and it is of that level and tree. */
bool node_is_sound(const uint8_t *node, uint32_t page_bytes, unsigned level, uint32_t tree_id);

/* Everything in it can be decoded and is in order: asked before a node is changed. */
fh_status node_validate(const uint8_t *node, uint32_t page_bytes) MUST_CHECK;

/*
 * As much of node_is_sound as a search for one key needs: the arrays lie within the page, and
 * it is of that level and tree.
 */
static inline bool node_is_readable(const uint8_t *node, uint32_t page_bytes, unsigned level,
                                    uint32_t tree_id)
{
    uint64_t kind = level == 0 ? NODE_LEAF : NODE_BRANCH;
    uint64_t is = load64(node), wanted = kind | level << 8 | (uint64_t)tree_id << 32;
    unsigned count = (unsigned)(is >> 16) & UINT16_MAX;

    static_assert(NODE_KIND_AT == 0 && NODE_LEVEL_AT == 1 && NODE_COUNT_AT == 2 &&
                      NODE_TREE_AT == 4,
                  "they are looked at as one number");
    if (((is ^ wanted) & ~((uint64_t)UINT16_MAX << 16)) != 0) return false;
    return (level == 0 ? leaf_arrays_end(count) : branch_arrays_end(count)) <= node_low(node) &&
           node_low(node) <= page_bytes;
}

bool node_cell(const uint8_t *node, uint32_t page_bytes, unsigned i, struct cell *ret_cell);

enum { NODE_SHORT_LOOK = 4 }; /* bytes of a cell that are looked at at once */

/*
 * The cell at `at`, which has NODE_SHORT_LOOK bytes in the page: key of less than 128 bytes,
 * value of less than 8 KiB. False: it is no such cell, or none at all.
 */
static ALWAYS_INLINE bool node_cell_simple(const uint8_t *node, uint32_t page_bytes, uint32_t at,
                                           struct cell *ret_cell)
{
    uint32_t word = load32(node + at);
    uint32_t is_long = word >> 15 & 1, rest = word & 0x7f;
    uint32_t second = (word >> 8 & 0x7f) | (word >> 9 & (0 - is_long) & 0x3f80);

    ret_cell->rest = span_of(node + at + 2 + is_long, rest);
    ret_cell->payload = span_of(ret_cell->rest.data + rest, second >> 1);
    ret_cell->is_extents = false;
    ret_cell->bytes = 2 + is_long + rest + (second >> 1);
    return LIKELY((word & (0x180 | is_long << 23)) == 0 && at + ret_cell->bytes <= page_bytes);
}

/* As node_cell, for most cells without a call. */
static inline bool node_cell_short(const uint8_t *node, uint32_t page_bytes, unsigned i,
                                   struct cell *ret_cell)
{
    uint32_t at = load16(node + leaf_offsets_at(node_count(node)) + (size_t)i * OFFSET_BYTES);

    return LIKELY(at + NODE_SHORT_LOOK <= page_bytes &&
                  node_cell_simple(node, page_bytes, at, ret_cell)) ||
           node_cell(node, page_bytes, i, ret_cell);
}

/* What the searches return when they meet what cannot be decoded. */
#define NODE_DAMAGED UINT32_MAX

/*
 * The first item whose key is not less than `key`; *ret_found: it is equal. Returns the
 * item's place, node_count() when all are less. `key` lies between the fences.
 */
unsigned node_search(const uint8_t *node, uint32_t page_bytes, struct span key, bool *ret_found);

/* The place of the child that holds `key`: how many separators are not greater. */
unsigned node_search_child(const uint8_t *node, uint32_t page_bytes, struct span key);

/*
 * A separator behind the prefix; `room` is a place for a short one's bytes. False: damaged.
 */
bool node_separator(const uint8_t *node, uint32_t page_bytes, unsigned i,
                    uint8_t room[SEPARATOR_SHORT], struct span *ret_rest);

/* Bytes that cells, fences and arrays take, holes left out. */
uint32_t node_used_bytes(const uint8_t *node, uint32_t page_bytes);

/* A cell of `rest_bytes` of key and `payload_bytes` of payload. */
static inline uint32_t node_cell_bytes(size_t rest_bytes, size_t payload_bytes, bool is_extents)
{
    uint64_t second =
        is_extents ? (payload_bytes - EXTENT_LENGTH_BYTES) / EXTENT_BYTES : payload_bytes;

    return varint_bytes(rest_bytes) + varint_bytes(second << 1) + (uint32_t)rest_bytes +
           (uint32_t)payload_bytes;
}

#endif
