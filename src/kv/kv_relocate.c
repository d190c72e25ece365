/*
 * kv_relocate.c - which tree the sweep is in, and when it is worth while.
 */
#include "kv/kv_relocate.h"

#include "base/check.h"
#include "base/note.h"
#include "kv/db_internal.h"

#define NOWHERE UINT32_MAX /* the limit when no page stands too high */

enum { VISITS_PER_COMMIT = 8, VISITS_NOW = 4096, THIN_PERCENT = 70, IDLE_CHECKPOINTS = 4 };

/* A tree whose leaves are on average as thin as that is packed on the way. */
static bool is_thin(const struct tree *tree)
{
    uint64_t bytes = (tree->state.leaf_pages + tree->state.run_pages) * tree->page_bytes;

    return tree->state.leaf_pages > 4 && tree->state.payload_bytes < bytes / 100 * THIN_PERCENT;
}

static bool is_tree(struct span key)
{
    struct span name;

    return span_equals(key, catalog_runs_key()) || catalog_name(key, &name);
}

/* The next tree behind the one it was in; FH_NOT_FOUND: there is none. */
static fh_status next_tree(struct fh_txn *txn, struct kv_relocation *relocation)
{
    struct tree_cursor cursor;
    struct cursor_item item;
    fh_status status;

    tree_cursor_init(&cursor, &txn->catalog);
    status =
        relocation->has_name
            ? tree_cursor_seek(&cursor, span_of(relocation->name, relocation->name_size), &item)
            : tree_cursor_first(&cursor, &item);
    while (status == FH_OK &&
           (!is_tree(item.key) ||
            (relocation->has_name && relocation->sweep.is_done &&
             span_equals(item.key, span_of(relocation->name, relocation->name_size)))))
        status = tree_cursor_next(&cursor, &item);
    TRY(status);
    if (!relocation->has_name ||
        !span_equals(item.key, span_of(relocation->name, relocation->name_size))) {
        relocation->name_size = item.key.size;
        memcpy(relocation->name, item.key.data, item.key.size);
        relocation->has_name = true;
        relocation->sweep.key_size = 0;
        relocation->sweep.is_done = false;
    }
    return FH_OK;
}

/* Behind the last tree the catalog itself is swept, and the round is over. */
static fh_status end_round(struct fh_txn *txn, struct kv_relocation *relocation, page_no limit)
{
    struct tree_sweep sweep = relocation->sweep;

    sweep.is_done = false;
    sweep.key_size = 0;
    sweep.limit = limit;
    sweep.packs = false;
    TRY(tree_sweep(&txn->catalog, &sweep));
    relocation->moved_in_round += sweep.moved;
    relocation->sweep.moves = sweep.moves;
    if (relocation->moved_in_round == 0) {
        relocation->idle_until = txn_checkpoint_no(txn->txn) + IDLE_CHECKPOINTS;
        relocation->idle_limit = limit;
    }
    relocation->moved_in_round = 0;
    relocation->has_name = false;
    relocation->sweep.is_done = false;
    relocation->sweep.key_size = 0;
    return FH_OK;
}

/* One tree's part; *ret_is_over: the round is. */
static fh_status sweep_tree(struct fh_txn *txn, struct kv_relocation *relocation, page_no limit,
                            bool *ret_is_over)
{
    struct span name = span_of(relocation->name, 0);
    struct fh_tree *tree;
    fh_status status = next_tree(txn, relocation);

    *ret_is_over = status == FH_NOT_FOUND;
    if (status == FH_NOT_FOUND) return end_round(txn, relocation, limit);
    TRY(status);
    name.size = relocation->name_size;
    if (!span_equals(name, catalog_runs_key())) REQUIRE(catalog_name(name, &name));
    TRY(kv_txn_open_tree(txn, name, false, &tree));
    relocation->sweep.limit = limit;
    relocation->sweep.moved = 0;
    if (relocation->sweep.key_size == 0) relocation->sweep.packs = is_thin(&tree->tree);
    if (limit == NOWHERE && !relocation->sweep.packs) relocation->sweep.is_done = true;
    TRY(tree_sweep(&tree->tree, &relocation->sweep));
    relocation->moved_in_round += relocation->sweep.moved;
    relocation->moved += relocation->sweep.moved;
    return FH_OK;
}

static fh_status sweep(struct fh_txn *txn, uint32_t moves, uint32_t visits, page_no limit)
{
    struct kv_relocation *relocation = &txn->db->relocation;
    bool is_over = false;

    txn_use_reserve(txn->txn, true);
    relocation->sweep.moves = moves;
    relocation->sweep.visits = visits;
    while (!is_over && relocation->sweep.moves > 0 && relocation->sweep.visits > 0)
        TRY(sweep_tree(txn, relocation, limit, &is_over));
    return FH_OK;
}

/* A round that was begun goes on when the file is small: thin trees are packed to their end. */
static page_no limit_of(const struct kv_relocation *relocation, page_no limit)
{
    return limit == 0 && relocation->has_name ? NOWHERE : limit;
}

void kv_relocate(struct fh_txn *txn)
{
    const struct kv_relocation *relocation = &txn->db->relocation;
    page_no limit;

    if (LIKELY(!txn_wants_relocation(txn->txn, &limit) && !relocation->has_name)) return;
    limit = limit_of(relocation, limit);
    if (relocation->is_off) return;
    if (txn_checkpoint_no(txn->txn) < relocation->idle_until && limit >= relocation->idle_limit)
        return;
    if (sweep(txn, RELOCATE_PER_PAGE * txn_taken_count(txn->txn), VISITS_PER_COMMIT, limit) !=
        FH_OK)
        return; /* the trees are whole; the next commit goes on */
}

fh_status kv_relocate_now(struct fh_txn *txn, uint32_t moves, uint64_t *ret_moved)
{
    uint64_t before = txn->db->relocation.moved;
    page_no limit;

    *ret_moved = 0;
    limit = limit_of(&txn->db->relocation, txn_relocation_limit(txn->txn));
    if (limit == 0) return FH_OK;
    TRY(sweep(txn, moves, VISITS_NOW, limit));
    *ret_moved = txn->db->relocation.moved - before;
    return FH_OK;
}
