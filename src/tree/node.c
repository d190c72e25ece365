/*
 * node.c - reading a node.
 */
#include "tree/node.h"

#include "base/check.h"
#include "base/note.h"
#include "tree/node_search.h"

static bool fence_is_sound(const uint8_t *node, unsigned at, uint32_t page_bytes)
{
    uint32_t offset = load16(node + at), length = load16(node + at + 2);

    return offset + length <= page_bytes && (length == 0 || offset >= node_low(node));
}

bool node_is_sound(const uint8_t *node, uint32_t page_bytes, unsigned level, uint32_t tree_id)
{
    unsigned low = node_low(node);

    return node[NODE_KIND_AT] == (level == 0 ? NODE_LEAF : NODE_BRANCH) &&
           node_level(node) == level && load32(node + NODE_TREE_AT) == tree_id &&
           load16(node + NODE_FLAGS_AT) <= NODE_UPPER_OPEN && low <= page_bytes &&
           node_arrays_end(node) <= low && fence_is_sound(node, NODE_LOWER_AT, page_bytes) &&
           fence_is_sound(node, NODE_UPPER_AT, page_bytes) &&
           node_prefix_bytes(node) <= load16(node + NODE_LOWER_AT + 2);
}

bool node_cell(const uint8_t *node, uint32_t page_bytes, unsigned i, struct cell *ret_cell)
{
    const uint8_t *end = node + page_bytes;
    unsigned at = load16(node + leaf_offsets_at(node_count(node)) + (size_t)i * OFFSET_BYTES);
    const uint8_t *from = node + at;
    uint64_t rest, second, payload;
    unsigned bytes;

    if (UNLIKELY(at + 2 > page_bytes)) return false;
    if (LIKELY((from[0] | from[1]) < 0x80)) {
        rest = from[0];
        second = from[1];
        from += 2;
    } else if (LIKELY(at + 3 <= page_bytes && (from[0] | from[2]) < 0x80)) {
        rest = from[0];
        second = (uint64_t)(from[1] & 0x7f) | (uint64_t)from[2] << 7;
        from += 3;
    } else {
        bytes = varint_load(from, end, &rest);
        from += bytes;
        if (bytes == 0 || (bytes = varint_load(from, end, &second)) == 0) return false;
        from += bytes;
    }
    ret_cell->is_extents = (second & 1) != 0;
    payload = second >> 1;
    if (UNLIKELY(ret_cell->is_extents)) {
        if (payload == 0 || payload > page_bytes / EXTENT_BYTES) return false;
        payload = EXTENT_LENGTH_BYTES + payload * EXTENT_BYTES;
    }
    if (UNLIKELY(rest > page_bytes || payload > page_bytes ||
                 rest + payload > (uint64_t)(end - from)))
        return false;
    ret_cell->rest = span_of(from, (size_t)rest);
    ret_cell->payload = span_of(from + rest, (size_t)payload);
    ret_cell->bytes = (uint32_t)(ret_cell->payload.data + payload - (node + at));
    return true;
}

bool node_separator(const uint8_t *node, uint32_t page_bytes, unsigned i,
                    uint8_t room[SEPARATOR_SHORT], struct span *ret_rest)
{
    unsigned at = load16(node + branch_offsets_at(node_count(node)) + (size_t)i * OFFSET_BYTES);
    unsigned length;

    if (at <= SEPARATOR_SHORT) {
        uint32_t head = node_head(node, i);

        for (unsigned byte = 0; byte < SEPARATOR_SHORT; byte++)
            room[byte] = (uint8_t)(head >> (24 - 8 * byte));
        *ret_rest = span_of(room, at);
        return true;
    }
    if (at + 2 > page_bytes) return false;
    length = load16(node + at);
    if (at + 2 + length > page_bytes) return false;
    *ret_rest = span_of(node + at + 2, length);
    return true;
}

/* The end of the heads from `from` on that are equal to `head`: there are few as a rule. */
static unsigned end_of_equal(const uint8_t *node, unsigned from, uint32_t head)
{
    unsigned count = node_count(node), end = from;

    while (end < count && end < from + 4 && node_head(node, end) == head)
        end++;
    if (end < from + 4) return end;
    return head == UINT32_MAX ? count : node_search_heads(node, count, head + 1);
}

/* One of these two is looked at after the middle between them: they come while that does. */
static void prefetch_both(const uint8_t *node, unsigned low, unsigned middle, unsigned high)
{
    const uint8_t *offsets = node + leaf_offsets_at(node_count(node));
    unsigned left = low + (middle - low) / 2, right = middle + 1 + (high - middle - 1) / 2;

    PREFETCH(node + load16(offsets + (size_t)left * OFFSET_BYTES));
    if (right < high) PREFETCH(node + load16(offsets + (size_t)right * OFFSET_BYTES));
}

unsigned node_search_among(const uint8_t *node, uint32_t page_bytes, struct span rest, unsigned low,
                           bool *ret_found, struct cell *ret_cell)
{
    unsigned high = end_of_equal(node, low, head_of(rest));

    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        int order;

        prefetch_both(node, low, middle, high);
        if (!node_cell_short(node, page_bytes, middle, ret_cell)) return NODE_DAMAGED;
        order = span_order(ret_cell->rest, rest);
        if (order == 0) {
            *ret_found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

unsigned node_search(const uint8_t *node, uint32_t page_bytes, struct span key, bool *ret_found)
{
    struct cell cell;

    return node_search_item(node, page_bytes, key, ret_found, &cell);
}

unsigned node_search_child_among(const uint8_t *node, uint32_t page_bytes, struct span rest,
                                 unsigned low)
{
    unsigned high = end_of_equal(node, low, head_of(rest));

    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        uint8_t room[SEPARATOR_SHORT];
        struct span separator;

        if (!node_separator(node, page_bytes, middle, room, &separator)) return NODE_DAMAGED;
        if (span_order(separator, rest) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

unsigned node_search_child(const uint8_t *node, uint32_t page_bytes, struct span key)
{
    return node_search_way(node, page_bytes, key);
}

uint32_t node_used_bytes(const uint8_t *node, uint32_t page_bytes)
{
    return node_arrays_end(node) + page_bytes - node_low(node) - node_free_bytes(node);
}

static fh_status validate_order(const uint8_t *node, unsigned i, struct span before,
                                struct span rest)
{
    if (node_head(node, i) != head_of(rest))
        return fail(FH_CORRUPT, "item %u: its head is not the key's", i);
    if (i > 0 && span_compare(before, rest) >= 0)
        return fail(FH_CORRUPT, "item %u: keys are out of order", i);
    return FH_OK;
}

fh_status node_validate(const uint8_t *node, uint32_t page_bytes)
{
    unsigned count = node_count(node);
    uint32_t cells = load16(node + NODE_LOWER_AT + 2) + load16(node + NODE_UPPER_AT + 2);
    uint8_t rooms[2][SEPARATOR_SHORT];
    struct span before = {0};

    for (unsigned i = 0; i < count; i++) {
        struct span rest;
        struct cell cell;

        if (node_level(node) == 0) {
            if (!node_cell_short(node, page_bytes, i, &cell))
                return fail(FH_CORRUPT, "item %u: the cell is damaged", i);
            rest = cell.rest;
            cells += cell.bytes;
        } else {
            if (!node_separator(node, page_bytes, i, rooms[i % 2], &rest))
                return fail(FH_CORRUPT, "separator %u is damaged", i);
            cells += rest.size > SEPARATOR_SHORT ? (uint32_t)rest.size + 2 : 0;
        }
        TRY(validate_order(node, i, before, rest));
        before = rest;
    }
    if (cells + node_free_bytes(node) != page_bytes - node_low(node))
        return fail(FH_CORRUPT, "cells take %u bytes and holes %u, of %u", cells,
                    node_free_bytes(node), page_bytes - node_low(node));
    return FH_OK;
}
