/*
 * kv_copy.c - what a transaction sees, into a new database.
 */
#include "base/check.h"
#include "base/note.h"
#include "kv/db_internal.h"
#include "kv/kv_draft.h"

enum { PROGRESS_ITEMS = 4096 };

struct copy {
    fh_txn *from;
    fh_txn *to;
    fh_copy_options options;
    uint64_t done;
    uint64_t total;
};

static void progress(struct copy *copy)
{
    if (copy->options.progress != NULL &&
        (copy->done % PROGRESS_ITEMS == 0 || copy->done == copy->total))
        copy->options.progress(copy->options.context, copy->done, copy->total);
}

static fh_status copy_items(struct copy *copy, fh_cursor *cursor, fh_loader *loader)
{
    fh_bytes key, value;
    fh_status status;

    while ((status = fh_cursor_next(cursor, &key, &value)) == FH_OK) {
        status = fh_loader_add(loader, key, value);
        if (status != FH_OK) break;
        copy->done++;
        progress(copy);
    }
    return status == FH_NOT_FOUND ? FH_OK : status;
}

static fh_status copy_tree(struct copy *copy, fh_bytes name)
{
    fh_tree *from, *to;
    fh_cursor *cursor = NULL;
    fh_loader *loader = NULL;
    fh_status status, finished;

    TRY(fh_tree_open(copy->from, name, 0, &from));
    TRY(fh_tree_open(copy->to, name, FH_TREE_CREATE, &to));
    TRY(fh_cursor_open(copy->from, from, &cursor));
    status = fh_loader_open(copy->to, to, &loader);
    if (status == FH_OK) {
        status = copy_items(copy, cursor, loader);
        finished = fh_loader_finish(loader);
        status = status == FH_OK ? finished : status;
    }
    fh_cursor_close(cursor);
    return status;
}

/* Twice over the names: once to know how much there is. */
static fh_status walk_trees(struct copy *copy, bool only_count)
{
    fh_cursor *names;
    fh_bytes name;
    fh_status status;

    TRY(fh_tree_walk(copy->from, &names));
    while ((status = fh_cursor_next(names, &name, NULL)) == FH_OK) {
        fh_tree_stat stat;
        fh_tree *tree;

        status = only_count ? fh_tree_open(copy->from, name, 0, &tree) : copy_tree(copy, name);
        if (status == FH_OK && only_count) {
            status = fh_tree_describe(copy->from, tree, &stat);
            copy->total += stat.item_count;
        }
        if (status != FH_OK) break;
    }
    fh_cursor_close(names);
    return status == FH_NOT_FOUND ? FH_OK : status;
}

static fh_status fill(void *context, fh_db *db)
{
    struct copy *copy = context;
    fh_status status;

    TRY(fh_begin(db, FH_WRITE, &copy->to));
    status = walk_trees(copy, true);
    if (status == FH_OK) status = walk_trees(copy, false);
    if (status != FH_OK) {
        fh_abort(copy->to);
        return status;
    }
    return fh_commit(copy->to);
}

fh_status fh_copy(fh_txn *txn, const char *path, const fh_copy_options *options)
{
    struct copy copy = {.from = txn, .options = {.size = sizeof(copy.options)}};
    fh_options open = {.size = sizeof(open), .flags = FH_OPEN_NEW};
    struct tree_state runs;

    if (txn == NULL || path == NULL) return fail(FH_INVALID, "fh_copy: a NULL argument");
    if (options != NULL)
        TRY(db_copy_struct(&copy.options, sizeof(copy.options), options, options->size));
    if (catalog_get(&txn->catalog, catalog_runs_key(), &runs) == FH_OK && runs.items > 0)
        return fail(FH_INVALID, "%llu raw runs cannot be copied: their numbers would change",
                    (unsigned long long)runs.items);
    TRY(kv_draft_require_absent(txn->db->os, path));
    open.page_bytes = pager_page_bytes(txn->db->pager);
    open.quota_bytes = txn->db->quota_bytes;
    return kv_draft_make(txn->db->os, path, &open, fill, &copy);
}
