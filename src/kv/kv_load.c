/*
 * kv_load.c - bulk load: bottom up into an empty tree, else put by put behind the last key.
 */
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "kv/db_internal.h"

/* The last key of a tree with items: new ones must come after it. */
static fh_status read_last(struct fh_tree *tree, struct fh_loader *loader)
{
    struct tree_cursor *cursor = memory_take(1, sizeof(*cursor));
    struct cursor_item item;
    fh_status status;

    if (cursor == NULL) return fail(FH_NO_MEMORY, "no memory for a cursor");
    tree_cursor_init(cursor, &tree->tree);
    status = tree_cursor_last(cursor, &item);
    if (status == FH_OK) {
        loader->last_size = item.key.size;
        memcpy(loader->last, item.key.data, item.key.size);
    }
    tree_cursor_fini(cursor);
    memory_give(cursor);
    return status;
}

fh_status fh_loader_open(fh_txn *txn, fh_tree *tree, fh_loader **ret_loader)
{
    struct fh_loader *loader;
    fh_status status;

    if (ret_loader == NULL) return fail(FH_INVALID, "no place for the loader");
    TRY(kv_txn_writable(txn, tree, &tree));
    if (tree->cursor_count > 0)
        return fail(FH_BUSY, "%u cursors are open on the tree", tree->cursor_count);
    TRY(kv_txn_identify(tree));
    loader = memory_take(1, sizeof(*loader));
    if (loader == NULL) return fail(FH_NO_MEMORY, "no memory for a loader");
    loader->tree = tree;
    status = tree->tree.state.root == 0 ? tree_load_open(&tree->tree, &loader->load)
                                        : read_last(tree, loader);
    if (status != FH_OK) {
        memory_give(loader);
        return status;
    }
    if (loader->load != NULL) redo_lose(txn_redo(txn->txn)); /* it writes to the file itself */
    list_append(&txn->loaders, &loader->link);
    tree->loader_count++;
    *ret_loader = loader;
    return FH_OK;
}

static fh_status add(struct fh_loader *loader, fh_bytes key, fh_bytes value)
{
    struct span last = span_of(loader->last, loader->last_size);

    if (loader->load != NULL) return tree_load_add(loader->load, kv_span(key), kv_span(value));
    if (span_compare(kv_span(key), last) <= 0)
        return fail(FH_ORDER, "a key that does not come after the last one of the tree");
    TRY(kv_put(loader->tree->txn, loader->tree, key, value, 0));
    memcpy(loader->last, key.data, key.size);
    loader->last_size = key.size;
    return FH_OK;
}

fh_status fh_loader_add(fh_loader *loader, fh_bytes key, fh_bytes value)
{
    fh_status status;

    if (loader == NULL) return fail(FH_INVALID, "no loader");
    if (loader->failure != FH_OK)
        return fail(loader->failure, "an add has failed before: finish, then abort or roll back");
    TRY(kv_check_key(loader->tree->txn, key));
    if (value.size > 0 && value.data == NULL)
        return fail(FH_INVALID, "a value of %zu bytes without bytes", value.size);
    if (value.size > FH_VALUE_MAX)
        return fail(FH_TOO_LARGE, "a value of %zu bytes: %u are the most", value.size,
                    FH_VALUE_MAX);
    txn_use_reserve(loader->tree->txn->txn, false);
    status = add(loader, key, value);
    if (status != FH_ORDER) loader->failure = status;
    return status;
}

fh_status fh_loader_finish(fh_loader *loader)
{
    fh_status status = FH_OK;

    if (loader == NULL) return fail(FH_INVALID, "no loader");
    if (loader->failure != FH_OK)
        status = fail(loader->failure, "an add has failed before: abort or roll back");
    else if (loader->load != NULL)
        status = tree_load_finish(loader->load);
    tree_load_close(loader->load);
    loader->tree->loader_count--;
    list_remove(&loader->link);
    memory_give(loader);
    return status;
}
