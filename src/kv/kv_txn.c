/*
 * kv_txn.c - begin, commit, abort, savepoints, tree handles.
 */
#include "kv/kv_txn.h"

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "kv/db_internal.h"
#include "kv/kv_kept.h"
#include "kv/kv_late.h"
#include "kv/kv_lease.h"

static fh_status open_handle(struct fh_txn *txn, struct span name, struct fh_tree **ret_tree);
static fh_status begin(struct fh_db *db, unsigned flags, struct seat_terms *terms,
                       struct fh_txn **ret_txn);
static fh_status open_unnamed(struct fh_txn *txn);
static void end(struct fh_txn *txn);

fh_status fh_begin(fh_db *db, unsigned flags, fh_txn **ret_txn)
{
    struct fh_txn *kept;

    if (LIKELY(db != NULL && ret_txn != NULL && flags == FH_READ) &&
        (kept = kv_kept_begin(db)) != NULL) {
        *ret_txn = kept;
        return FH_OK;
    }
    return begin(db, flags, NULL, ret_txn);
}

fh_status fh_begin_as(fh_db *db, const fh_begin_options *options, fh_txn **ret_txn)
{
    fh_begin_options given = {.size = sizeof(given)};
    struct seat_terms *terms;
    fh_status status;

    if (options != NULL) TRY(db_copy_struct(&given, sizeof(given), options, options->size));
    if (db == NULL) return fail(FH_INVALID, "no database");
    TRY(kv_lease_terms(db, &given, &terms));
    status = begin(db, given.flags, terms, ret_txn);
    if (status != FH_OK) {
        memory_give(terms);
        return status;
    }
    /* Its handles lend nothing, so the one that nobody opens must be there. */
    status = (*ret_txn)->is_leased ? open_unnamed(*ret_txn) : FH_OK;
    if (status != FH_OK) fh_abort(*ret_txn);
    return status;
}

/* The lease may be over before it began to be of use: then the first call says so. */
static fh_status open_unnamed(struct fh_txn *txn)
{
    struct fh_tree *tree;
    fh_status status;

    if (kv_lease_enter(txn) != FH_OK) return FH_OK;
    status = open_handle(txn, span_of(NULL, 0), &tree);
    kv_lease_leave(txn);
    return status;
}

static fh_status begin(struct fh_db *db, unsigned flags, struct seat_terms *terms,
                       struct fh_txn **ret_txn)
{
    struct descriptor state;
    struct fh_txn *txn;
    fh_status status;

    if (db == NULL || ret_txn == NULL ||
        (flags != FH_READ && flags != FH_WRITE && flags != FH_TRY_WRITE))
        return fail(FH_INVALID, "fh_begin: a NULL argument or unknown flags %#x", flags);
    txn = atomic_exchange(&db->spare, NULL);
    if (txn == NULL) txn = memory_take(1, sizeof(*txn));
    if (txn == NULL) return fail(FH_NO_MEMORY, "no memory for a transaction");
    *txn = (struct fh_txn){.db = db};
    list_init(&txn->trees);
    list_init(&txn->cursors);
    list_init(&txn->loaders);
    list_init(&txn->buffers);
    if (flags == FH_READ)
        status = pager_read_begin_as(db->pager, terms, &txn->reader);
    else
        status = txn_begin(db->pager, flags == FH_TRY_WRITE, &txn->txn);
    if (status != FH_OK) {
        memory_give(txn);
        return status;
    }
    txn->terms = terms;
    txn->is_leased = terms != NULL && terms->is_leased;
    state = txn->txn == NULL ? txn->reader.state : *txn_base(txn->txn);
    db_catalog(db, &state, txn->txn, &txn->catalog);
    atomic_fetch_add(&db->txn_count, 1);
    *ret_txn = txn;
    return FH_OK;
}

fh_status fh_commit(fh_txn *txn)
{
    return fh_commit_as(txn, FH_DURABILITY_DEFAULT, NULL);
}

static fh_status commit(struct fh_txn *txn, enum txn_durability durability, uint64_t *ret_ticket)
{
    struct descriptor root = *txn_base(txn->txn);
    uint64_t lsn;

    root.root = txn->catalog.state.root;
    root.root_level = txn->catalog.state.level;
    root.catalog_items = txn->catalog.state.items;
    if (txn_has_changes(txn->txn))
        kv_totals_commit(&txn->db->totals, root.txn_id, txn_number(txn->txn), &txn->sums);
    TRY(txn_commit_as(txn->txn, &root, durability, &lsn));
    if (ret_ticket != NULL) *ret_ticket = lsn;
    return FH_OK;
}

static fh_status prepare(struct fh_txn *txn)
{
    if (!list_is_empty(&txn->loaders))
        return fail(FH_BUSY, "a loader is open: finish it before the commit");
    TRY(kv_late_settle(txn));
    if (txn_has_changes(txn->txn)) kv_relocate(txn);
    return kv_txn_record(txn);
}

fh_status fh_commit_as(fh_txn *txn, fh_durability durability, uint64_t *ret_ticket)
{
    static const enum txn_durability durabilities[] = {
        [FH_DURABLE] = TXN_DURABLE,
        [FH_GROUP] = TXN_GROUP,
        [FH_LAZY] = TXN_LAZY,
        [FH_NONE] = TXN_NONE,
    };
    uint64_t ticket = 0;
    fh_status status;

    if (txn == NULL) return fail(FH_INVALID, "no transaction");
    if ((unsigned)durability > FH_NONE)
        status = fail(FH_INVALID, "there is no durability %u", (unsigned)durability);
    else
        status = FH_OK;
    if (txn->txn == NULL || status != FH_OK) {
        fh_abort(txn);
        if (status == FH_OK && ret_ticket != NULL) *ret_ticket = 0;
        return status;
    }
    if (durability == FH_DURABILITY_DEFAULT) durability = txn->db->durability;
    txn->db->puts_late = durability >= FH_LAZY;
    if (txn->late.tree != NULL && kv_late_commit(txn, durabilities[durability], &ticket, &status)) {
        if (status == FH_OK && ret_ticket != NULL) *ret_ticket = ticket;
        end(txn);
        return status;
    }
    status = prepare(txn);
    if (status != FH_OK) {
        fh_abort(txn);
        return status;
    }
    status = commit(txn, durabilities[durability], ret_ticket);
    end(txn);
    return status;
}

void fh_abort(fh_txn *txn)
{
    if (txn == NULL) return;
    if (txn->txn == NULL && kv_kept_end(txn)) return;
    if (txn->txn != NULL)
        txn_abort(txn->txn);
    else
        pager_read_end(txn->db->pager, &txn->reader);
    end(txn);
}

void kv_txn_clear(struct fh_txn *txn)
{
    struct list *node;

    while ((node = list_take_first(&txn->loaders)) != NULL) {
        struct fh_loader *loader = list_item(node, struct fh_loader, link);

        tree_load_close(loader->load);
        memory_give(loader);
    }
    while ((node = list_take_first(&txn->cursors)) != NULL)
        kv_cursor_give(list_item(node, struct fh_cursor, link));
    while ((node = list_take_first(&txn->trees)) != NULL)
        if (node != &txn->unnamed.link) memory_give(list_item(node, struct fh_tree, link));
    tree_buffer_give_all(&txn->buffers);
}

/* The memory waits for the next transaction: a database keeps one. */
static void end(struct fh_txn *txn)
{
    struct fh_db *db = txn->db;
    struct fh_txn *spare;

    kv_txn_clear(txn);
    memory_give(txn->savepoints);
    memory_give(txn->terms);
    spare = atomic_exchange(&db->spare, txn);
    memory_give(spare);
    atomic_fetch_sub(&db->txn_count, 1);
}

uint64_t fh_txn_id(const fh_txn *txn)
{
    if (txn == NULL) return 0;
    return txn->txn == NULL ? txn->reader.state.txn_id : txn_number(txn->txn);
}

/* ---- Trees ---- */

static bool is_same_state(const struct tree_state *a, const struct tree_state *b)
{
    return a->root == b->root && a->level == b->level && a->items == b->items &&
           a->payload_bytes == b->payload_bytes && a->leaf_pages == b->leaf_pages &&
           a->branch_pages == b->branch_pages && a->run_pages == b->run_pages;
}

/* It may use the reserve: so may deletes, which end here too. */
fh_status kv_txn_record(struct fh_txn *txn)
{
    TRY(kv_late_settle(txn));
    txn_use_reserve(txn->txn, true);
    for (struct list *node = txn->trees.next; node != &txn->trees; node = node->next) {
        struct fh_tree *tree = list_item(node, struct fh_tree, link);

        if (tree->is_gone || is_same_state(&tree->tree.state, &tree->recorded)) continue;
        TRY(catalog_put(&txn->catalog, tree->name, &tree->tree.state));
        kv_sums_record(&txn->sums, tree->name, &tree->recorded, &tree->tree.state);
        tree->recorded = tree->tree.state;
        tree->is_recorded = true;
    }
    return FH_OK;
}

static fh_status find_handle(struct fh_txn *txn, struct span name, struct fh_tree **ret_tree)
{
    for (struct list *node = txn->trees.next; node != &txn->trees; node = node->next) {
        struct fh_tree *tree = list_item(node, struct fh_tree, link);

        if (!tree->is_gone && span_equals(tree->name, name)) {
            *ret_tree = tree;
            return FH_OK;
        }
    }
    return answer(FH_NOT_FOUND);
}

/* The handle of a tree that the catalog has, or of the unnamed one in any case. */
static fh_status open_handle(struct fh_txn *txn, struct span name, struct fh_tree **ret_tree)
{
    struct tree_state state = {0};
    fh_status status = find_handle(txn, name, ret_tree);
    struct fh_tree *tree;

    if (status == FH_OK) return FH_OK;
    status = catalog_get(&txn->catalog, name, &state);
    if (status != FH_OK && !(status == FH_NOT_FOUND && name.size == 0)) return status;
    tree = &txn->unnamed;
    if (name.size > 0) {
        tree = memory_take(1, sizeof(*tree) + name.size);
        if (tree == NULL) return fail(FH_NO_MEMORY, "no memory for a tree's handle");
        memcpy(tree + 1, name.data, name.size);
        tree->name = span_of(tree + 1, name.size);
    }
    tree->txn = txn;
    tree->recorded = state;
    tree->is_recorded = status == FH_OK;
    tree->loader_count = txn->is_leased;
    tree_init(&tree->tree, &state, txn->db->pager, txn->txn);
    tree->tree.buffers = &txn->buffers;
    list_append(&txn->trees, &tree->link);
    *ret_tree = tree;
    return FH_OK;
}

fh_status kv_txn_tree(struct fh_txn *txn, struct fh_tree *tree, struct fh_tree **ret_tree)
{
    if (UNLIKELY(txn == NULL)) return fail(FH_INVALID, "no transaction");
    if (tree == NULL) {
        tree = &txn->unnamed;
        if (UNLIKELY(tree->txn == NULL)) {
            if (txn->is_leased) return kv_lease_refuse();
            TRY(open_handle(txn, span_of(NULL, 0), &tree));
        }
    }
    if (UNLIKELY(tree->txn != txn || tree->is_gone))
        return fail(FH_INVALID, "the tree belongs to another transaction, or was dropped");
    if (tree == txn->late.tree) TRY(kv_late_settle(txn));
    if (UNLIKELY(tree->loader_count > 0))
        return txn->is_leased ? kv_lease_refuse() : fail(FH_BUSY, "a loader is open on the tree");
    *ret_tree = tree;
    return FH_OK;
}

fh_status kv_txn_writable(struct fh_txn *txn, struct fh_tree *tree, struct fh_tree **ret_tree)
{
    TRY(kv_txn_tree(txn, tree, &tree));
    if (txn->txn == NULL) return fail(FH_READ_ONLY, "the transaction is for reading");
    TRY(kv_late_settle(txn));
    *ret_tree = tree;
    return FH_OK;
}

fh_status kv_txn_identify(struct fh_tree *tree)
{
    struct fh_txn *txn = tree->txn;

    if (LIKELY(tree->tree.state.tree_id != 0)) return FH_OK;
    txn_use_reserve(txn->txn, true);
    return catalog_new_id(&txn->catalog, &tree->tree.state.tree_id);
}

fh_status kv_check_key(const struct fh_txn *txn, fh_bytes key)
{
    if (UNLIKELY(key.size == 0 || key.data == NULL))
        return fail(FH_INVALID, "a key has at least one byte");
    if (UNLIKELY(key.size > fh_key_max(txn->db)))
        return fail(FH_TOO_LARGE, "a key of %zu bytes: %u are the most", key.size,
                    fh_key_max(txn->db));
    return FH_OK;
}

fh_status fh_tree_open(fh_txn *txn, fh_bytes name, unsigned flags, fh_tree **ret_tree)
{
    fh_status status;

    if (txn == NULL || ret_tree == NULL || (flags & ~(unsigned)FH_TREE_CREATE) != 0 ||
        (name.size > 0 && (name.data == NULL || *(const uint8_t *)name.data == 0)))
        return fail(FH_INVALID, "fh_tree_open: a NULL argument, unknown flags, or a name that "
                                "begins with byte 0");
    if (name.size > fh_key_max(txn->db))
        return fail(FH_TOO_LARGE, "a tree name of %zu bytes: %u are the most", name.size,
                    fh_key_max(txn->db));
    TRY(kv_lease_enter(txn));
    status = kv_txn_open_tree(txn, kv_span(name), flags != 0 && txn->txn != NULL, ret_tree);
    kv_lease_leave(txn);
    if (status != FH_NOT_FOUND) return status;
    return flags == 0 ? fail(FH_NOT_FOUND, "there is no tree of that name")
                      : fail(FH_READ_ONLY, "the transaction is for reading");
}

fh_status kv_txn_open_tree(struct fh_txn *txn, struct span name, bool create,
                           struct fh_tree **ret_tree)
{
    struct tree_state state = {0};
    fh_status status = open_handle(txn, name, ret_tree);

    if (status != FH_NOT_FOUND || !create) return status;
    TRY(kv_late_settle(txn));
    txn_use_reserve(txn->txn, false);
    TRY(catalog_new_id(&txn->catalog, &state.tree_id));
    TRY(catalog_put(&txn->catalog, name, &state));
    txn->sums.trees += name.data[0] != 0;
    redo_tree(txn_redo(txn->txn), state.tree_id, name);
    return open_handle(txn, name, ret_tree);
}

fh_status fh_tree_drop(fh_txn *txn, fh_tree *tree)
{
    fh_status status;

    TRY(kv_txn_writable(txn, tree, &tree));
    if (tree->cursor_count > 0)
        return fail(FH_BUSY, "%u cursors are open on the tree", tree->cursor_count);
    txn_use_reserve(txn->txn, true);
    status = tree_clear(&tree->tree);
    if (status == FH_OK && tree->name.size > 0) status = catalog_erase(&txn->catalog, tree->name);
    if (status != FH_OK) {
        redo_lose(txn_redo(txn->txn)); /* some may be gone, and the log could not say which */
        return status;
    }
    if (tree->tree.state.tree_id != 0) {
        redo_tree(txn_redo(txn->txn), tree->tree.state.tree_id, tree->name);
        redo_tree_drop(txn_redo(txn->txn));
    }
    tree->is_gone = tree->name.size > 0;
    if (tree->is_gone) {
        kv_sums_record(&txn->sums, tree->name, &tree->recorded, &(struct tree_state){0});
        txn->sums.trees--;
    }
    return FH_OK;
}

fh_status fh_tree_describe(fh_txn *txn, fh_tree *tree, fh_tree_stat *ret_stat)
{
    const struct tree_state *state;
    fh_status status;

    if (txn == NULL || ret_stat == NULL)
        return fail(FH_INVALID, "no transaction, or no place for the figures");
    TRY(kv_lease_enter(txn));
    status = kv_lease_tree(txn, tree, &tree);
    kv_lease_leave(txn);
    TRY(status);
    state = &tree->tree.state;
    *ret_stat = (fh_tree_stat){
        .item_count = state->items,
        .payload_bytes = state->payload_bytes,
        .branch_pages = state->branch_pages,
        .leaf_pages = state->leaf_pages,
        .run_pages = state->run_pages,
        .depth = state->root == 0 ? 0 : state->level + 1U,
        .tree_id = state->tree_id,
    };
    return FH_OK;
}

/* ---- Savepoints ---- */

fh_status fh_savepoint(fh_txn *txn, uint64_t *ret_savepoint)
{
    struct kv_savepoint *savepoint;

    if (txn == NULL || ret_savepoint == NULL)
        return fail(FH_INVALID, "fh_savepoint: a NULL argument");
    if (txn->txn == NULL) return fail(FH_READ_ONLY, "the transaction is for reading");
    if (!list_is_empty(&txn->loaders))
        return fail(FH_BUSY, "a loader is open: finish it before the savepoint");
    if (txn->savepoint_count == KV_SAVEPOINTS_MAX)
        return fail(FH_TOO_LARGE, "%d savepoints at a time are the most", KV_SAVEPOINTS_MAX);
    if (txn->savepoints == NULL)
        txn->savepoints = memory_take(KV_SAVEPOINTS_MAX, sizeof(*txn->savepoints));
    if (txn->savepoints == NULL) return fail(FH_NO_MEMORY, "no memory for savepoints");
    TRY(kv_txn_record(txn));
    savepoint = &txn->savepoints[txn->savepoint_count++];
    savepoint->number = ++txn->savepoint_last;
    savepoint->redo = redo_mark(txn_redo(txn->txn));
    savepoint->catalog = txn->catalog.state;
    savepoint->sums = txn->sums;
    txn_savepoint(txn->txn, &savepoint->mark);
    *ret_savepoint = savepoint->number;
    return FH_OK;
}

static fh_status find_savepoint(const struct fh_txn *txn, uint64_t number, unsigned *ret_at)
{
    if (txn == NULL) return fail(FH_INVALID, "no transaction");
    for (unsigned i = 0; i < txn->savepoint_count; i++) {
        if (txn->savepoints[i].number == number) {
            *ret_at = i;
            return FH_OK;
        }
    }
    return fail(FH_ENDED, "there is no savepoint %llu", (unsigned long long)number);
}

/* What a handle was is what the catalog says again; without a record it is gone. */
static fh_status reread(struct fh_txn *txn, struct fh_tree *tree)
{
    struct tree_state state = {0};
    fh_status status = catalog_get(&txn->catalog, tree->name, &state);

    tree->is_recorded = status == FH_OK;
    tree->is_gone = status == FH_NOT_FOUND && tree->name.size > 0;
    if (status != FH_OK && status != FH_NOT_FOUND) return status;
    tree->tree.state = state;
    tree->recorded = state;
    tree->tree.change_count++;
    return FH_OK;
}

fh_status fh_rollback(fh_txn *txn, uint64_t savepoint)
{
    unsigned at;

    TRY(find_savepoint(txn, savepoint, &at));
    if (!list_is_empty(&txn->cursors) || !list_is_empty(&txn->loaders))
        return fail(FH_BUSY, "cursors or loaders are open: close them before the rollback");
    txn_rollback(txn->txn, &txn->savepoints[at].mark);
    redo_rewind(txn_redo(txn->txn), txn->savepoints[at].redo);
    txn->savepoint_count = at + 1;
    txn->catalog.state = txn->savepoints[at].catalog;
    txn->sums = txn->savepoints[at].sums;
    txn->catalog.change_count++;
    for (struct list *node = txn->trees.next; node != &txn->trees; node = node->next)
        TRY(reread(txn, list_item(node, struct fh_tree, link)));
    return FH_OK;
}

fh_status fh_release(fh_txn *txn, uint64_t savepoint)
{
    unsigned at;

    TRY(find_savepoint(txn, savepoint, &at));
    txn->savepoint_count = at;
    return FH_OK;
}
