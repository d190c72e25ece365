/*
 * kv_late.c - the put is found again in the redo.
 */
#include "kv/kv_late.h"

#include "base/check.h"
#include "base/note.h"
#include "kv/db_internal.h"

/* Nothing came before it, and nothing is open that would have to see it. */
static bool is_alone(const struct fh_txn *txn, const struct redo *redo)
{
    return redo->op_count == 0 && txn->late.tree == NULL && !redo->is_lost &&
           !txn_has_changes(txn->txn) && txn->savepoint_count == 0 &&
           list_is_empty(&txn->cursors) && list_is_empty(&txn->loaders);
}

bool kv_late_put(struct fh_tree *tree, struct span key, struct span value, bool must_be_new)
{
    struct fh_txn *txn = tree->txn;
    struct redo *redo = txn_redo(txn->txn);
    struct tree_here here;

    if (!txn->db->puts_late || !tree->is_recorded || !is_alone(txn, redo) ||
        !tree_here_find(&tree->tree, key, value.size, &here) || (here.is_found && must_be_new))
        return false;
    redo = kv_txn_redo(tree);
    txn->late = (struct kv_late){.here = here, .at = redo->size};
    redo_put(redo, key, value);
    if (redo->is_lost) return false;
    txn->late.tree = tree;
    tree->loader_count++; /* its handle is shut for who does not settle */
    return true;
}

static struct redo_op op_of(const struct fh_txn *txn)
{
    const struct redo *redo = txn_redo(txn->txn);
    struct span rest = span_of(redo->bytes + txn->late.at, redo->size - txn->late.at);
    struct redo_op op;

    REQUIRE(redo_next(&rest, &op) == FH_OK && op.kind == REDO_PUT); /* kv_late_put wrote it */
    return op;
}

fh_status kv_late_settle(struct fh_txn *txn)
{
    struct fh_tree *tree = txn->late.tree;
    struct redo_op op;

    if (LIKELY(tree == NULL)) return txn->late.failure;
    op = op_of(txn);
    txn->late.tree = NULL;
    tree->loader_count--;
    txn_use_reserve(txn->txn, false);
    txn->late.failure = tree_put(&tree->tree, op.key, op.value, TREE_PUT_ANY);
    return txn->late.failure;
}

bool kv_late_commit(struct fh_txn *txn, enum txn_durability durability, uint64_t *ret_lsn,
                    fh_status *ret_status)
{
    const struct kv_late *late = &txn->late;
    struct fh_tree *tree = late->tree;
    struct descriptor root = *txn_base(txn->txn);
    uint8_t record[CATALOG_RECORD_BYTES];
    struct tree_here entry;
    struct redo_op op;

    if (!tree_here_find(&txn->catalog, catalog_key(tree->name), sizeof(record), &entry) ||
        !entry.is_found ||
        !txn_reopen(txn->txn, late->here.epoch < entry.epoch ? late->here.epoch : entry.epoch,
                    durability))
        return false;
    op = op_of(txn);
    tree_here_put(&tree->tree, &late->here, op.key, op.value);
    catalog_encode(record, tree->name, &tree->tree.state);
    tree_here_put(&txn->catalog, &entry, catalog_key(tree->name), span_of(record, sizeof(record)));
    kv_sums_record(&txn->sums, tree->name, &tree->recorded, &tree->tree.state);
    kv_totals_commit(&txn->db->totals, root.txn_id, txn_number(txn->txn), &txn->sums);
    *ret_status = txn_commit_here(txn->txn, &root, durability, ret_lsn);
    return true;
}
