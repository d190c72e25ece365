/*
 * tree_internal.h - what the files of this layer share: the way down, and owning it.
 */
#ifndef FREEHOLD_TREE_TREE_INTERNAL_H
#define FREEHOLD_TREE_TREE_INTERNAL_H

#include "tree/node.h"
#include "tree/node_edit.h"
#include "tree/tree.h"

static inline struct path_step *path_leaf(struct path *path)
{
    return &path->steps[path->depth - 1];
}

/* Another number after anything that may have moved a body: a change, a spill. */
static inline uint64_t tree_stamp(const struct tree *tree)
{
    return tree->change_count + (tree->txn == NULL ? 0 : txn_spill_count(tree->txn));
}

enum { LINE_BYTES = 64 };

static ALWAYS_INLINE void tree_prefetch_line(const uint8_t *node, size_t line)
{
    PREFETCH(node + line * LINE_BYTES);
}

/*
 * The front of a node is head, heads and offsets: all that a search in a leaf needs before it
 * knows its cell. Returns where the page is, as overlay_page.
 */
static inline const uint8_t *tree_prefetch(const struct tree *tree, page_no page)
{
    const uint8_t *node = overlay_page(tree->overlay, page);

    if (UNLIKELY(node == NULL)) return NULL;
    /* Seven lines; a loop costs as much again. */
    tree_prefetch_line(node, 0);
    tree_prefetch_line(node, 1);
    tree_prefetch_line(node, 2);
    tree_prefetch_line(node, 3);
    tree_prefetch_line(node, 4);
    tree_prefetch_line(node, 5);
    tree_prefetch_line(node, 6);
    return node;
}

/* A node that may be read: bounds checked. FH_CORRUPT. */
fh_status tree_node(const struct tree *tree, page_no page, unsigned level,
                    const uint8_t **ret_node) MUST_CHECK;

/* FH_CORRUPT, for a page that is no node of that level of the tree. */
fh_status tree_bad_node(const struct tree *tree, page_no page, unsigned level) MUST_CHECK;

/* The same for the way of a get, which is checked no further than its search looks. */
static ALWAYS_INLINE MUST_CHECK fh_status tree_look_at(const struct tree *tree, page_no page,
                                                       unsigned level, const uint8_t *node)
{
    if (UNLIKELY(node == NULL ||
                 !node_is_readable(node, tree->page_bytes, level, tree->state.tree_id)))
        return tree_bad_node(tree, page, level);
    return overlay_touch(tree->overlay, page);
}

/* The way to where `key` is or would be. */
fh_status tree_descend(const struct tree *tree, struct span key, struct path *ret_path,
                       bool *ret_found) MUST_CHECK;

/*
 * Every node on the way may be changed afterwards (its body is set); a failure leaves a
 * whole tree with the same items.
 */
fh_status tree_own(struct tree *tree, struct path *path) MUST_CHECK;

/* A page's body, to be changed; it may be another page then, which the parent does not name yet. */
fh_status tree_edit(struct tree *tree, page_no page, unsigned level, page_no *ret_page,
                    uint8_t **ret_body) MUST_CHECK;

/*
 * The leaf, which is owned with its way, has no room: if a neighbour has, some of its items go
 * there, and the way must be found anew. A failure leaves a whole tree with the same items.
 */
fh_status tree_shift(struct tree *tree, struct path *path, bool *ret_shifted) MUST_CHECK;

/* The leaf, likewise, takes items of the next one until it has `most` bytes; not all of them. */
fh_status tree_fill_up(struct tree *tree, struct path *path, uint64_t most,
                       bool *ret_shifted) MUST_CHECK;

struct slot tree_slot(const struct tree *tree, unsigned level);

/* The frame of a node between these fences. */
struct node_frame tree_node_frame(const struct tree *tree, unsigned level, struct span lower,
                                  struct span upper, bool is_open);

/*
 * After items left the leaf at the end of an owned path: joins nodes that have become too
 * empty with a neighbour, and takes off a root with one child. Each step is whole, so that
 * for want of memory or space the rest is left undone.
 */
fh_status tree_shrink(struct tree *tree, struct path *path) MUST_CHECK;

/* The same, but it says when the rest was left undone. */
fh_status tree_join(struct tree *tree, struct path *path) MUST_CHECK;

/* Joins the leaf at the end of an owned path with the next one, if that takes `most` at most. */
fh_status tree_join_next(struct tree *tree, struct path *path, uint64_t most,
                         bool *ret_joined) MUST_CHECK;

/* overflow.c: values in runs of their own. */
struct overflow_payload {
    struct span span; /* of the bytes */
    uint8_t bytes[EXTENT_LENGTH_BYTES + TXN_EXTENTS_MAX * EXTENT_BYTES];
};

bool overflow_wanted(const struct tree *tree, size_t key_bytes, size_t value_bytes);
fh_status overflow_write(struct tree *tree, struct span value,
                         struct overflow_payload *payload) MUST_CHECK;
void overflow_encode(struct overflow_payload *payload, uint64_t value_bytes,
                     const struct txn_extents *extents);
uint64_t overflow_pages(const struct txn_extents *extents);
/* The length and extents that a payload names; FH_CORRUPT. */
fh_status overflow_decode(const struct tree *tree, struct span payload, uint64_t *ret_bytes,
                          struct txn_extents *ret_extents) MUST_CHECK;
fh_status overflow_drop(struct tree *tree, struct span payload) MUST_CHECK;
/* What overflow_write did is undone; nothing refers to it. */
void overflow_undo(struct tree *tree, struct span payload);

/*
 * The value of a cell, wherever it is; one in pieces is gathered in *reused, which grows when it
 * must and is the caller's, or with NULL in a buffer of the tree's list. Its length alone.
 */
fh_status overflow_value(const struct tree *tree, const struct cell *cell,
                         struct tree_buffer **reused, struct span *ret_value) MUST_CHECK;
fh_status overflow_value_bytes(const struct tree *tree, const struct cell *cell,
                               uint64_t *ret_bytes) MUST_CHECK;

/* FH_CORRUPT, for a cell that cannot be decoded. */
fh_status tree_bad_cell(page_no page, unsigned i) MUST_CHECK;

/* The shortest key that is greater than `low` and not greater than `high`: how much of `high`. */
static inline size_t separator_length(struct span low, struct span high)
{
    return span_common(low, high) + 1;
}

#endif
