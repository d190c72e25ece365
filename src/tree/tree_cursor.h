/*
 * tree_cursor.h - a place in the order of a tree's keys.
 *
 * A cursor keeps the key it stands on, and beside it where that was found: the way down
 * is trusted as long as the tree has not changed, else it is found anew by the key. So a
 * cursor survives any change, its own erases too.
 */
#ifndef FREEHOLD_TREE_TREE_CURSOR_H
#define FREEHOLD_TREE_TREE_CURSOR_H

#include "tree/tree.h"

enum cursor_place {
    CURSOR_NOWHERE, /* never moved */
    CURSOR_BEFORE,  /* before the first */
    CURSOR_ON,      /* on the item of its key */
    CURSOR_GAP,     /* where the item of its key was */
    CURSOR_BEHIND   /* behind the last */
};

struct cursor_step {
    const uint8_t *node;
    unsigned index;
    page_no page;
};

/* tree_cursor_step looks at so many bytes of a cell, whatever they are, and copies the last. */
enum { CURSOR_LOOK_BYTES = 36, CURSOR_COPY_BYTES = 32 };

struct tree_cursor {
    struct tree *tree;
    struct cursor_step leaf;    /* node NULL: the way is not known; its index where it ended */
    const uint8_t *offset;      /* in the leaf, of the cell of the item it stands on */
    const uint8_t *offsets_end; /* of those that tree_cursor_step may go on to */
    const uint8_t *step_limit;  /* cells from here on are not for it either */
    enum cursor_place place;
    size_t prefix_size; /* of the key, as in the leaf */
    size_t key_size;
    uint64_t change_count; /* of the tree when the way was right */
    uint8_t key[TREE_KEY_MAX + CURSOR_COPY_BYTES];
    struct tree_buffer *gathered; /* the value it stands on, if that is in pieces */
    unsigned depth;               /* the branches above the leaf */
    struct cursor_step steps[TREE_LEVELS_MAX];
};

/* What a cursor stands on; borrowed until it moves or the tree changes. */
struct cursor_item {
    struct span key;
    struct span value;
};

void tree_cursor_init(struct tree_cursor *cursor, struct tree *tree);
void tree_cursor_fini(struct tree_cursor *cursor);

/* FH_NOT_FOUND: no such item; the cursor stands before the first or behind the last. */
fh_status tree_cursor_seek(struct tree_cursor *cursor, struct span key,
                           struct cursor_item *ret_item) MUST_CHECK;
fh_status tree_cursor_first(struct tree_cursor *cursor, struct cursor_item *ret_item) MUST_CHECK;
fh_status tree_cursor_last(struct tree_cursor *cursor, struct cursor_item *ret_item) MUST_CHECK;
fh_status tree_cursor_next(struct tree_cursor *cursor, struct cursor_item *ret_item) MUST_CHECK;
fh_status tree_cursor_prev(struct tree_cursor *cursor, struct cursor_item *ret_item) MUST_CHECK;

/* FH_NOT_FOUND: it stands on no item, or the item is gone. */
fh_status tree_cursor_erase(struct tree_cursor *cursor) MUST_CHECK;

/* Every item in order, until a visit fails; its status then. The tree must not change. */
typedef fh_status (*tree_cursor_visit)(void *context, const struct cursor_item *item);
fh_status tree_cursor_walk(struct tree *tree, tree_cursor_visit visit, void *context) MUST_CHECK;

#endif
