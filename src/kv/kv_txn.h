/*
 * kv_txn.h - a transaction as the user sees it: its trees, cursors, loaders, savepoints.
 *
 * A tree's handle keeps the tree's state; what changed is written to the catalog at a
 * savepoint and at the commit. So a rollback needs the catalog's state alone: handles
 * read theirs anew from it.
 */
#ifndef FREEHOLD_KV_KV_TXN_H
#define FREEHOLD_KV_KV_TXN_H

#include "base/list.h"
#include "freehold/kv.h"
#include "kv/catalog.h"
#include "kv/kv_sums.h"
#include "tree/tree_cursor.h"
#include "tree/tree_here.h"
#include "tree/tree_load.h"

enum { KV_SAVEPOINTS_MAX = 64 };

struct fh_tree {
    struct list link; /* of the transaction's trees */
    struct fh_txn *txn;
    struct tree tree;
    struct tree_state recorded; /* as the catalog has it */
    bool is_recorded;           /* the catalog has it */
    bool is_gone;               /* dropped, or undone by a rollback */
    uint32_t cursor_count;
    uint32_t loader_count; /* shut while it is not 0; in a transaction with a lease it never is */
    struct span name;      /* behind the handle; empty for the unnamed tree */
};

struct fh_cursor {
    struct list link; /* of the transaction's cursors */
    struct fh_txn *txn;
    struct fh_tree *tree; /* NULL: what follows counts */
    bool is_over_names;
    uint8_t *kept; /* the item, in a transaction with a lease */
    size_t kept_capacity;
    struct tree_cursor cursor;
};

struct fh_loader {
    struct list link;
    struct fh_tree *tree;
    struct tree_load *load; /* NULL: the tree had items, so they are put one by one */
    fh_status failure;      /* of an add: the rest is refused with it */
    size_t last_size;
    uint8_t last[TREE_KEY_MAX];
};

struct kv_savepoint {
    uint64_t number;
    struct txn_mark mark;
    struct redo_mark redo;
    struct tree_state catalog;
    struct kv_sums sums;
};

/* A put that waits for the commit (kv_late.h). */
struct kv_late {
    struct fh_tree *tree; /* NULL: none does */
    struct tree_here here;
    size_t at; /* in the redo */
    fh_status failure;
};

struct fh_txn {
    struct fh_db *db;
    struct txn *txn;          /* NULL: reads */
    struct reader reader;     /* of a read transaction */
    struct seat_terms *terms; /* of it; NULL: nothing was said */
    bool is_leased;
    bool is_kept; /* of its database, which looks for it among its own when it closes */
    struct tree catalog;
    struct list trees;
    struct list cursors;
    struct list loaders;
    struct list buffers;    /* values in pieces, gathered for the user */
    struct fh_tree unnamed; /* without a transaction: not asked for yet */
    struct kv_savepoint *savepoints;
    unsigned savepoint_count;
    uint64_t savepoint_last;
    struct kv_sums sums; /* that it has changed, as far as the catalog was told */
    struct kv_late late;
};

/* The tree of a call: NULL is the unnamed one. FH_INVALID: another transaction's, or gone. */
fh_status kv_txn_tree(struct fh_txn *txn, struct fh_tree *tree,
                      struct fh_tree **ret_tree) MUST_CHECK;

/*
 * The same where nothing has to be looked into: *ret_tree was opened before in this transaction,
 * nobody shut it, and the key is one. Else NULL, and kv_txn_tree and kv_check_key say why.
 */
static inline struct fh_tree *kv_txn_tree_at_once(struct fh_txn *txn, struct fh_tree *tree,
                                                  fh_bytes key)
{
    if (UNLIKELY(txn == NULL)) return NULL;
    if (LIKELY(tree == NULL)) tree = &txn->unnamed;
    return LIKELY(tree->txn == txn && !tree->is_gone && tree->loader_count == 0 &&
                  key.size - 1 < tree_key_max(&tree->tree) && key.data != NULL)
               ? tree
               : NULL;
}

/* Nothing stands in the way of a change: it writes, and no put waits or has failed late. */
static inline bool kv_txn_is_ready(const struct fh_txn *txn)
{
    return txn->txn != NULL && txn->late.tree == NULL && txn->late.failure == FH_OK;
}

/* As kv_txn_tree for a call that changes it: FH_READ_ONLY; FH_BUSY while a loader is open on it. */
fh_status kv_txn_writable(struct fh_txn *txn, struct fh_tree *tree,
                          struct fh_tree **ret_tree) MUST_CHECK;

/* A tree by any name, the system's too. FH_NOT_FOUND, unless it is to be made. */
fh_status kv_txn_open_tree(struct fh_txn *txn, struct span name, bool create,
                           struct fh_tree **ret_tree) MUST_CHECK;

/* Its loaders, cursors, handles and buffers go. */
void kv_txn_clear(struct fh_txn *txn);

/* The catalog is told of what has changed since it was told last. */
fh_status kv_txn_record(struct fh_txn *txn) MUST_CHECK;

/* The unnamed tree gets its id before its first item; the others have theirs. */
fh_status kv_txn_identify(struct fh_tree *tree) MUST_CHECK;

/* For a change of its items: the redo of its transaction, with the tree named. */
static inline struct redo *kv_txn_redo(struct fh_tree *tree)
{
    struct redo *redo = txn_redo(tree->txn->txn);

    if (!redo->is_lost) redo_tree(redo, tree->tree.state.tree_id, tree->name);
    return redo;
}

/* Its memory goes; it is on no list any more. */
void kv_cursor_give(struct fh_cursor *cursor);

/* As fh_put, for checked arguments: a value borrowed from the database may be given. */
fh_status kv_put(struct fh_txn *txn, struct fh_tree *tree, fh_bytes key, fh_bytes value,
                 unsigned flags) MUST_CHECK;

static inline struct span kv_span(fh_bytes bytes)
{
    return span_of(bytes.data, bytes.size);
}

static inline fh_bytes kv_bytes(struct span span)
{
    return (fh_bytes){span.data, span.size};
}

/* FH_INVALID: no bytes where there must be; FH_TOO_LARGE: longer than the limit. */
fh_status kv_check_key(const struct fh_txn *txn, fh_bytes key) MUST_CHECK;

#endif
