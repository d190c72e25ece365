/*
 * tree.h - a B+tree in pages: get, put, erase, ranges.
 *
 * Keys are bytes in byte order; a small item lives in its leaf, a large value in a run of
 * its own. Nodes carry their fences, the separators of their parents, and cut what the
 * fences share from every key. A tree has no links between leaves: a changed leaf moves,
 * and only its parent may know.
 *
 * A tree is a view of a state: with a transaction it can change, without it reads what a
 * reader's snapshot pinned. One thread at a time.
 */
#ifndef FREEHOLD_TREE_TREE_H
#define FREEHOLD_TREE_TREE_H

#include "base/fault.h"
#include "base/list.h"
#include "pager/pager.h"
#include "pager/txn.h"
#include "tree/tree_buffer.h"
#include "wal/redo.h"

enum { TREE_LEVELS_MAX = 24, TREE_KEY_MAX = PAGE_BYTES_MAX / 8 };

/* What the catalog keeps of a tree. */
struct tree_state {
    page_no root; /* 0: empty */
    uint8_t level;
    uint32_t tree_id;
    uint64_t items;
    uint64_t branch_pages;
    uint64_t leaf_pages;
    uint64_t run_pages;
    uint64_t payload_bytes;
};

/* One node on the way from the root, and where the way goes on from it. */
struct path_step {
    page_no page;
    unsigned index; /* branch: the child's place; leaf: the item's */
    uint8_t *body;  /* once owned: its frame */
};

/* steps[0] is the root, steps[depth - 1] the leaf; depth 0: the tree is empty. */
struct path {
    unsigned depth;
    struct path_step steps[TREE_LEVELS_MAX];
};

struct tree {
    struct tree_state state;
    const struct overlay *overlay;
    struct txn *txn; /* NULL: for reading */
    uint32_t page_bytes;
    uint64_t change_count; /* grows with each change, so that cursors know */
    struct list *buffers;  /* of values in pieces, for the owner to give back */
    struct path near;      /* where the last put went: the next one may go there, too */
    uint64_t near_stamp;   /* when it was right */
};

static inline uint32_t tree_key_max(const struct tree *tree)
{
    return tree->page_bytes / 8;
}

void tree_init(struct tree *tree, const struct tree_state *state, struct pager *pager,
               struct txn *txn);

/* FH_NOT_FOUND. The value is borrowed until the snapshot ends or the tree changes. */
fh_status tree_get(const struct tree *tree, struct span key, struct span *ret_value) MUST_CHECK;

/*
 * The same for `count` keys side by side; {NULL, 0} where there is none. *ret_found says how
 * many there are. On a failure some of the values are set.
 */
enum { TREE_GROUP_MAX = 32 };
fh_status tree_get_group(const struct tree *tree, const struct span *keys, unsigned count,
                         struct span *values, unsigned *ret_found) MUST_CHECK;

enum tree_put_flags { TREE_PUT_ANY, TREE_PUT_NEW /* FH_EXISTS when the key is there */ };

/* `key` is 1 to tree_key_max() bytes, `value` at most 4 GiB - 1. All or nothing. */
fh_status tree_put(struct tree *tree, struct span key, struct span value,
                   enum tree_put_flags flags) MUST_CHECK;

/* Such a value gets pages of its own: after a put of it txn_run_written says which. */
bool tree_keeps_apart(const struct tree *tree, size_t key_bytes, size_t value_bytes);

/* Recovery: the same for a large value that is in these runs already, as the log names them. */
fh_status tree_put_runs(struct tree *tree, struct span key, uint64_t value_bytes,
                        const struct redo_extent *extents, uint32_t extent_count) MUST_CHECK;

/* FH_NOT_FOUND, and nothing changed. */
fh_status tree_erase(struct tree *tree, struct span key) MUST_CHECK;

/* from <= key < to; an empty `to` is the end. On a failure some may be gone. */
fh_status tree_erase_range(struct tree *tree, struct span from, struct span to,
                           uint64_t *ret_count) MUST_CHECK;

/* All items and pages; the tree is empty then. On a failure some may be gone. */
fh_status tree_clear(struct tree *tree) MUST_CHECK;

/*
 * Looks at every node: order, fences, heads, levels, counts, epochs; sets the bit of every
 * page in `reached`. Faults are put behind `name`.
 */
struct tree_audit {
    struct fault_list *faults;
    const char *name;
    uint64_t *reached;
    uint32_t page_count;
    uint64_t used_pages; /* counted up */
    struct pager *pager; /* whose slots are compared with the nodes (I15) */
    bool only_items;     /* of the tree's figures only the items are known */
};
fh_status tree_audit(const struct tree *tree, struct tree_audit *audit) MUST_CHECK;

#endif
