/*
 * kv_cursor.c - cursors over items, and over the names of trees.
 */
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "kv/db_internal.h"
#include "kv/kv_lease.h"
#include "tree/tree_cursor_step.h"

enum move { MOVE_FIRST, MOVE_LAST, MOVE_NEXT, MOVE_PREV, MOVE_SEEK };

static fh_status move_slowly(struct fh_cursor *cursor, enum move move, fh_bytes key,
                             fh_bytes *ret_key, fh_bytes *ret_value);

static fh_status new_cursor(struct fh_txn *txn, struct fh_tree *tree, struct tree *on,
                            struct fh_cursor **ret_cursor)
{
    struct fh_cursor *cursor = memory_take(1, sizeof(*cursor));

    if (cursor == NULL) return fail(FH_NO_MEMORY, "no memory for a cursor");
    cursor->txn = txn;
    cursor->tree = tree;
    cursor->is_over_names = on == &txn->catalog;
    tree_cursor_init(&cursor->cursor, on);
    list_append(&txn->cursors, &cursor->link);
    if (tree != NULL) tree->cursor_count++;
    *ret_cursor = cursor;
    return FH_OK;
}

fh_status fh_cursor_open(fh_txn *txn, fh_tree *tree, fh_cursor **ret_cursor)
{
    fh_status status;

    if (txn == NULL || ret_cursor == NULL)
        return fail(FH_INVALID, "no transaction, or no place for the cursor");
    if (!txn->is_leased) {
        TRY(kv_txn_tree(txn, tree, &tree));
        return new_cursor(txn, tree, &tree->tree, ret_cursor);
    }
    TRY(kv_lease_enter(txn));
    status = kv_lease_tree(txn, tree, &tree);
    kv_lease_leave(txn);
    TRY(status);
    return new_cursor(txn, NULL, &tree->tree, ret_cursor);
}

fh_status fh_tree_walk(fh_txn *txn, fh_cursor **ret_cursor)
{
    if (txn == NULL || ret_cursor == NULL) return fail(FH_INVALID, "fh_tree_walk: a NULL argument");
    if (txn->txn != NULL) TRY(kv_txn_record(txn));
    return new_cursor(txn, NULL, &txn->catalog, ret_cursor);
}

void kv_cursor_give(struct fh_cursor *cursor)
{
    tree_cursor_fini(&cursor->cursor);
    memory_give(cursor->kept);
    memory_give(cursor);
}

void fh_cursor_close(fh_cursor *cursor)
{
    if (cursor == NULL) return;
    if (cursor->tree != NULL) cursor->tree->cursor_count--;
    list_remove(&cursor->link);
    kv_cursor_give(cursor);
}

static inline fh_status give(fh_status status, const struct cursor_item *item, fh_bytes *ret_key,
                             fh_bytes *ret_value)
{
    if (status != FH_OK) return status;
    if (ret_key != NULL) *ret_key = kv_bytes(item->key);
    if (ret_value != NULL) *ret_value = kv_bytes(item->value);
    return FH_OK;
}

fh_status fh_cursor_seek(fh_cursor *cursor, fh_bytes key, fh_bytes *ret_key, fh_bytes *ret_value)
{
    struct cursor_item item;

    if (UNLIKELY(cursor == NULL || cursor->tree == NULL))
        return move_slowly(cursor, MOVE_SEEK, key, ret_key, ret_value);
    if (key.size > 0) TRY(kv_check_key(cursor->txn, key));
    return give(tree_cursor_seek(&cursor->cursor, kv_span(key), &item), &item, ret_key, ret_value);
}

/* The unnamed tree has a record from its first change on, and is listed if it has items. */
static bool is_listed(struct cursor_item *item)
{
    struct tree_state state;
    struct span name;

    if (!catalog_name(item->key, &name)) return false;
    if (name.size == 0 && (catalog_decode(item->value, &state) != FH_OK || state.items == 0))
        return false;
    item->key = name;
    item->value = span_of(NULL, 0);
    return true;
}

static fh_status walk(struct fh_cursor *cursor, enum move move, struct cursor_item *item)
{
    fh_status status;

    if (move != MOVE_FIRST && move != MOVE_NEXT)
        return fail(FH_INVALID, "a cursor over tree names knows first and next only");
    status = move == MOVE_FIRST ? tree_cursor_first(&cursor->cursor, item)
                                : tree_cursor_next(&cursor->cursor, item);
    while (status == FH_OK && !is_listed(item))
        status = tree_cursor_next(&cursor->cursor, item);
    return status;
}

static fh_status step(struct fh_cursor *cursor, enum move move, fh_bytes key,
                      struct cursor_item *item)
{
    if (cursor->is_over_names) return walk(cursor, move, item);
    switch (move) {
    case MOVE_FIRST:
        return tree_cursor_first(&cursor->cursor, item);
    case MOVE_LAST:
        return tree_cursor_last(&cursor->cursor, item);
    case MOVE_NEXT:
        return tree_cursor_next(&cursor->cursor, item);
    case MOVE_PREV:
        return tree_cursor_prev(&cursor->cursor, item);
    case MOVE_SEEK:
        break;
    }
    if (key.size > 0) TRY(kv_check_key(cursor->txn, key));
    return tree_cursor_seek(&cursor->cursor, kv_span(key), item);
}

/* Over names, or in a transaction with a lease, or no cursor at all. */
static fh_status move_slowly(struct fh_cursor *cursor, enum move move, fh_bytes key,
                             fh_bytes *ret_key, fh_bytes *ret_value)
{
    struct cursor_item item;
    fh_status status;

    if (cursor == NULL) return fail(FH_INVALID, "no cursor");
    TRY(kv_lease_enter(cursor->txn));
    status = step(cursor, move, key, &item);
    if (status == FH_OK && cursor->txn->is_leased) status = kv_lease_keep(cursor, &item);
    cursor->cursor.offsets_end = cursor->cursor.offset; /* no steps: each move comes here */
    kv_lease_leave(cursor->txn);
    return give(status, &item, ret_key, ret_value);
}

fh_status fh_cursor_first(fh_cursor *cursor, fh_bytes *ret_key, fh_bytes *ret_value)
{
    struct cursor_item item;

    if (UNLIKELY(cursor == NULL || cursor->tree == NULL))
        return move_slowly(cursor, MOVE_FIRST, (fh_bytes){NULL, 0}, ret_key, ret_value);
    return give(tree_cursor_first(&cursor->cursor, &item), &item, ret_key, ret_value);
}

fh_status fh_cursor_last(fh_cursor *cursor, fh_bytes *ret_key, fh_bytes *ret_value)
{
    struct cursor_item item;

    if (UNLIKELY(cursor == NULL || cursor->tree == NULL))
        return move_slowly(cursor, MOVE_LAST, (fh_bytes){NULL, 0}, ret_key, ret_value);
    return give(tree_cursor_last(&cursor->cursor, &item), &item, ret_key, ret_value);
}

static APART fh_status next(struct fh_cursor *cursor, fh_bytes *ret_key, fh_bytes *ret_value)
{
    struct cursor_item item;

    if (cursor == NULL || cursor->tree == NULL)
        return move_slowly(cursor, MOVE_NEXT, (fh_bytes){NULL, 0}, ret_key, ret_value);
    return give(tree_cursor_next(&cursor->cursor, &item), &item, ret_key, ret_value);
}

fh_status fh_cursor_next(fh_cursor *cursor, fh_bytes *ret_key, fh_bytes *ret_value)
{
    struct cursor_item item;

    if (UNLIKELY(cursor == NULL || !tree_cursor_step(&cursor->cursor, &item)))
        return next(cursor, ret_key, ret_value);
    return give(FH_OK, &item, ret_key, ret_value);
}

fh_status fh_cursor_prev(fh_cursor *cursor, fh_bytes *ret_key, fh_bytes *ret_value)
{
    struct cursor_item item;

    if (UNLIKELY(cursor == NULL || cursor->tree == NULL))
        return move_slowly(cursor, MOVE_PREV, (fh_bytes){NULL, 0}, ret_key, ret_value);
    return give(tree_cursor_prev(&cursor->cursor, &item), &item, ret_key, ret_value);
}

fh_status fh_cursor_erase(fh_cursor *cursor)
{
    struct fh_tree *tree;

    if (cursor == NULL) return fail(FH_INVALID, "no cursor");
    if (cursor->tree == NULL)
        return fail(FH_INVALID, "a cursor over tree names, or in a transaction with a lease, "
                                "erases nothing");
    TRY(kv_txn_writable(cursor->txn, cursor->tree, &tree));
    txn_use_reserve(cursor->txn->txn, true);
    TRY(tree_cursor_erase(&cursor->cursor));
    redo_erase(kv_txn_redo(tree), span_of(cursor->cursor.key, cursor->cursor.key_size));
    return FH_OK;
}
