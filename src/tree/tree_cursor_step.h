/*
 * tree_cursor_step.h - from an item to the next one in its leaf, without a call.
 *
 * The leaf was found sound when the cursor entered it; a cell is looked at here as far as its
 * bytes go, and what is not as most cells are is left to tree_cursor_next.
 */
#ifndef FREEHOLD_TREE_TREE_CURSOR_STEP_H
#define FREEHOLD_TREE_TREE_CURSOR_STEP_H

#include "tree/node.h"
#include "tree/tree_cursor.h"

enum { CURSOR_AHEAD_BYTES = 4 * OFFSET_BYTES, CURSOR_LINE_BYTES = 64 };

/* Cells lie anywhere in the leaf: the one that comes up in a few steps is asked for now. */
static ALWAYS_INLINE void tree_cursor_look_ahead(const struct tree_cursor *cursor,
                                                 const uint8_t *offset)
{
    const uint8_t *cell;

    if (offset + CURSOR_AHEAD_BYTES >= cursor->offsets_end) return;
    cell = cursor->leaf.node + load16(offset + CURSOR_AHEAD_BYTES);
    PREFETCH(cell);
    PREFETCH(cell + CURSOR_LINE_BYTES);
}

/* What the first bytes of a cell say, as a number, when it is as tree_cursor_step has it. */
enum {
    CURSOR_REST = 0x1f,        /* its bytes, fewer than are copied */
    CURSOR_NOT_SHORT = 0x1e0,  /* more than that, or extents */
    CURSOR_VALUE_LONG = 0x8000 /* the value's bytes take two: 14 bits, the lowest one left out */
};

/*
 * As tree_cursor_next, for a key of less than 32 bytes behind the prefix and a value of less
 * than 8 KiB. False: nothing has happened, and tree_cursor_next is to be asked.
 */
static ALWAYS_INLINE bool tree_cursor_step(struct tree_cursor *cursor, struct cursor_item *ret_item)
{
    const uint8_t *offset = cursor->offset + OFFSET_BYTES, *limit = cursor->step_limit;
    const uint8_t *cell;
    uint32_t word, bytes;
    size_t rest;

    if (UNLIKELY(offset >= cursor->offsets_end)) return false;
    tree_cursor_look_ahead(cursor, offset);
    cell = cursor->leaf.node + load16(offset);
    if (UNLIKELY(cell >= limit)) return false;
    word = load32(cell);
    if (UNLIKELY((word & CURSOR_NOT_SHORT) != 0)) return false;
    rest = word & CURSOR_REST;
    bytes = word >> 9 & 0x3f;
    cell += 2;
    if ((word & CURSOR_VALUE_LONG) != 0) {
        if (UNLIKELY(word >> 23 & 1)) return false;
        bytes |= word >> 10 & 0x1fc0;
        cell++;
    }
    if (UNLIKELY(cell + rest + bytes > limit + CURSOR_LOOK_BYTES)) return false;
    cursor->offset = offset;
    memcpy(cursor->key + cursor->prefix_size, cell, CURSOR_COPY_BYTES);
    cursor->key_size = cursor->prefix_size + rest;
    ret_item->key = span_of(cursor->key, cursor->key_size);
    ret_item->value = span_of(cell + rest, bytes);
    return true;
}

#endif
