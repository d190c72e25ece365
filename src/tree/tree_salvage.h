/*
 * tree_salvage.h - the items of a tree in a damaged file, in order, and what is lost of them.
 *
 * A node counts when all of this holds: it can be read, its slot proves it (where the slot
 * can), it is sound and in order, its fences are its parent's separators, it is not younger
 * than its parent, and nobody led there before. What does not count is lost with all below
 * it, and named by the range of keys that the parent has for it.
 */
#ifndef FREEHOLD_TREE_TREE_SALVAGE_H
#define FREEHOLD_TREE_TREE_SALVAGE_H

#include "base/bytes.h"
#include "pager/salvage.h"
#include "tree/tree.h"

/* Keys from <= key < to are lost, to the end if is_open; why is in the thread's note. */
struct tree_salvage_loss {
    page_no page;
    struct span from;
    struct span to;
    bool is_open;
    bool is_item; /* one item only: its value */
};

/* A node's part of the keys. */
struct tree_salvage_fences {
    struct span lower;
    struct span upper;
    bool is_open;
};

struct tree_salvage_step {
    page_no page;
    unsigned next; /* the child to visit */
};

struct tree_salvage {
    struct salvage *pages;

    /* Called by the walk; spans are borrowed until they return. What they refuse ends it. */
    fh_status (*item)(void *context, struct span key, struct span value);
    fh_status (*loss)(void *context, const struct tree_salvage_loss *loss);
    void *context;

    /* The walk's own. */
    uint32_t tree_id;
    struct tree_salvage_step steps[TREE_LEVELS_MAX];
    unsigned depth;
    uint8_t *bodies; /* one a step */
    uint8_t *fences; /* room for the two of a child */
    uint8_t *key;    /* room for a key, and a zero behind it */
    uint8_t *value;  /* grows to the largest run */
    size_t value_capacity;
};

/* FH_NO_MEMORY. `salvage` is zeroed but for what the caller sets. */
fh_status tree_salvage_init(struct tree_salvage *salvage, struct salvage *pages) MUST_CHECK;
void tree_salvage_fini(struct tree_salvage *salvage);

/* Every item of the tree with this root, in order. */
fh_status tree_salvage_walk(struct tree_salvage *salvage, const struct tree_state *tree) MUST_CHECK;

/* FH_CORRUPT: the root does not count. */
fh_status tree_salvage_root(struct tree_salvage *salvage, const struct tree_state *tree) MUST_CHECK;

/* A node that was found, not reached: `body` is its own, its slot has proven it. */

/* It could be the root of the tree. */
bool tree_salvage_is_root(const struct tree_salvage *salvage, const uint8_t *body,
                          const struct slot *slot);

/* It is a leaf in order; its fences then point into it. */
bool tree_salvage_is_leaf(const struct tree_salvage *salvage, const uint8_t *body,
                          const struct slot *slot, struct tree_salvage_fences *ret_fences);

/* Its items; values in runs only where the run proves itself. */
fh_status tree_salvage_leaf(struct tree_salvage *salvage, const uint8_t *body, page_no page,
                            uint32_t tree_id) MUST_CHECK;

#endif
