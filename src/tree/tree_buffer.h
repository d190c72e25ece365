/*
 * tree_buffer.h - where a value in pieces stands in one: a view of the file that shows its pieces
 * side by side, or a copy.
 */
#ifndef FREEHOLD_TREE_TREE_BUFFER_H
#define FREEHOLD_TREE_TREE_BUFFER_H

#include "base/list.h"
#include "pager/overlay.h"
#include "pager/txn.h"

struct tree_buffer {
    struct list link; /* the owner's */
    const struct overlay *overlay;
    const uint8_t *value;
    uint64_t view_bytes; /* 0: the value is a copy in `room` */
    size_t room_bytes;
    uint8_t room[];
};

/* The first `bytes` bytes of these runs; the caller's, to be given back. FH_NO_MEMORY. */
fh_status tree_buffer_make(const struct overlay *overlay, const struct txn_extents *extents,
                           size_t bytes, struct tree_buffer **ret_buffer) MUST_CHECK;

/* The same in the room of *buffer, which may be NULL and grows when it must. FH_NO_MEMORY. */
fh_status tree_buffer_refill(struct tree_buffer **buffer, const struct overlay *overlay,
                             const struct txn_extents *extents, size_t bytes) MUST_CHECK;

void tree_buffer_give(struct tree_buffer *buffer);

/* All of a list. */
void tree_buffer_give_all(struct list *buffers);

#endif
