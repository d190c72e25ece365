/*
 * db_replay.c - the transactions that the log holds, made again (V4).
 *
 * Each record becomes one transaction with the same number; operations go straight to the
 * trees. Page numbers may come out differently, which nobody can tell; large values stay
 * where they were written.
 */
#include "base/check.h"
#include "base/note.h"
#include "kv/db_internal.h"

/* The tree that an operation names, made with the id it had. */
static fh_status open_tree(struct fh_txn *txn, const struct redo_op *op, struct fh_tree **ret_tree)
{
    struct tree_state state = {.tree_id = op->tree_id};
    fh_status status = kv_txn_open_tree(txn, op->name, false, ret_tree);

    if (status == FH_NOT_FOUND) {
        TRY(catalog_use_id(&txn->catalog, op->tree_id));
        TRY(catalog_put(&txn->catalog, op->name, &state));
        return kv_txn_open_tree(txn, op->name, false, ret_tree);
    }
    TRY(status);
    if (op->name.size == 0 && (*ret_tree)->tree.state.tree_id == 0) {
        TRY(catalog_use_id(&txn->catalog, op->tree_id));
        (*ret_tree)->tree.state.tree_id = op->tree_id;
    }
    if ((*ret_tree)->tree.state.tree_id != op->tree_id)
        return fail(FH_CORRUPT, "the log says tree %u, the catalog %u", op->tree_id,
                    (*ret_tree)->tree.state.tree_id);
    return FH_OK;
}

static fh_status put_runs(struct fh_tree *tree, const struct redo_op *op)
{
    struct redo_extent extents[REDO_EXTENTS_MAX];

    for (uint32_t i = 0; i < op->extent_count; i++)
        extents[i] = redo_extent(op, i);
    return tree_put_runs(&tree->tree, op->key, op->value_bytes, extents, op->extent_count);
}

static fh_status replay_op(struct fh_txn *txn, const struct redo_op *op, struct fh_tree **tree)
{
    uint64_t count;
    fh_status status;

    if (op->kind == REDO_TREE) return open_tree(txn, op, tree);
    if (*tree == NULL) return fail(FH_CORRUPT, "an operation of the log names no tree");
    switch (op->kind) {
    case REDO_PUT:
        status = tree_put(&(*tree)->tree, op->key, op->value, TREE_PUT_ANY);
        break;
    case REDO_PUT_RUNS:
        status = put_runs(*tree, op);
        break;
    case REDO_ERASE:
        status = tree_erase(&(*tree)->tree, op->key);
        break;
    case REDO_ERASE_RANGE:
        status = tree_erase_range(&(*tree)->tree, op->key, op->to, &count);
        break;
    case REDO_TREE_DROP:
        status = fh_tree_drop(txn, *tree);
        *tree = NULL;
        break;
    case REDO_TREE:
    default:
        status = FH_OK;
        break;
    }
    /* What was done once can be done again, or the log does not belong to this state. */
    return status == FH_NOT_FOUND ? fail(FH_CORRUPT, "the log erases what is not there") : status;
}

static fh_status replay_record(struct fh_db *db, const struct pager_replay *record)
{
    struct span rest = record->ops;
    struct fh_tree *tree = NULL;
    struct fh_txn *txn;
    fh_status status = FH_OK;

    TRY(fh_begin(db, FH_WRITE, &txn));
    txn_use_reserve(txn->txn, true);
    for (uint32_t i = 0; i < record->op_count && status == FH_OK; i++) {
        struct redo_op op;

        status = redo_next(&rest, &op);
        if (status == FH_OK && op.key.size == 0 &&
            (op.kind == REDO_PUT || op.kind == REDO_PUT_RUNS || op.kind == REDO_ERASE))
            status = fail(FH_CORRUPT, "an operation of the log has no key");
        if (status == FH_OK) status = replay_op(txn, &op, &tree);
    }
    if (status != FH_OK) {
        fh_abort(txn);
        return status;
    }
    return fh_commit_as(txn, FH_NONE, NULL);
}

fh_status db_replay(struct fh_db *db)
{
    struct pager_replay record;
    fh_status status;

    TRY(pager_replay_begin(db->pager));
    while ((status = pager_replay_next(db->pager, &record)) == FH_OK)
        TRY(replay_record(db, &record));
    if (status != FH_NOT_FOUND) return status;
    return pager_replay_end(db->pager);
}
