/*
 * kv_stat.c - the figures of a database.
 */
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "kv/db_internal.h"
#include "kv/kv_run.h"

/* The pages of all raw runs. */
static fh_status sum_runs(const struct tree *catalog, const struct tree_state *state,
                          struct fh_stat_info *stat)
{
    struct tree_cursor *cursor = memory_take(1, sizeof(*cursor));
    struct tree tree = *catalog;
    struct cursor_item item;
    struct kv_run run;
    fh_status status;

    if (cursor == NULL) return fail(FH_NO_MEMORY, "no memory for a cursor");
    tree.state = *state;
    tree_cursor_init(cursor, &tree);
    for (status = tree_cursor_first(cursor, &item); status == FH_OK;
         status = tree_cursor_next(cursor, &item)) {
        status = kv_run_decode(item.key, item.value, &run);
        if (status != FH_OK) break;
        stat->raw_held_pages += run.run.count;
    }
    memory_give(cursor);
    return status == FH_NOT_FOUND ? FH_OK : status;
}

/* What the records of all trees add up to. */
static fh_status sum_trees(const struct tree *catalog, struct fh_stat_info *stat)
{
    struct tree_cursor *cursor = memory_take(1, sizeof(*cursor));
    struct tree copy = *catalog;
    struct cursor_item item;
    fh_status status;

    if (cursor == NULL) return fail(FH_NO_MEMORY, "no memory for a cursor");
    tree_cursor_init(cursor, &copy);
    for (status = tree_cursor_first(cursor, &item); status == FH_OK;
         status = tree_cursor_next(cursor, &item)) {
        struct tree_state state;
        struct span name;

        bool is_runs = span_equals(item.key, catalog_runs_key());

        if (!is_runs && !catalog_name(item.key, &name)) continue;
        status = catalog_decode(item.value, &state);
        if (status == FH_OK && is_runs) status = sum_runs(catalog, &state, stat);
        if (status != FH_OK) break;
        if (is_runs) continue;
        stat->tree_count += name.size > 0 || state.items > 0;
        stat->item_count += state.items;
        stat->payload_bytes += state.payload_bytes;
    }
    memory_give(cursor);
    return status == FH_NOT_FOUND ? FH_OK : status;
}

static void fill(struct fh_stat_info *stat, const struct pager_stat *pager)
{
    stat->page_bytes = pager->page_bytes;
    stat->chunk_pages = pager->chunk_pages;
    stat->file_bytes = pager->file.bytes;
    stat->allocated_bytes = pager->file.allocated_bytes;
    stat->file_pages = pager->alloc.page_count;
    stat->live_pages = pager->alloc.used_pages;
    stat->free_pages = pager->alloc.free_pages;
    stat->pending_pages = pager->pending_pages;
    stat->pinned_pages = pager->pinned_pages;
    stat->checkpoint_pages = pager->pending_pages - pager->pinned_pages;
    stat->chunk_count = pager->alloc.chunk_count;
    stat->free_run_count = pager->alloc.free_run_count;
    stat->largest_free_run_pages = pager->alloc.largest_free_run_pages;
    stat->checkpoint_txn_id = pager->checkpoint_txn_id;
    stat->reader_count = pager->reader_count;
    stat->oldest_reader_txn_id = pager->oldest_reader_txn_id;
    stat->policy = pager->alloc.policy;
}

fh_status fh_stat(fh_db *db, fh_stat_info *ret_stat)
{
    struct fh_stat_info stat = {.size = sizeof(stat)};
    struct pager_stat pager;
    struct reader reader;
    struct tree catalog;
    fh_status status;
    size_t size;

    if (db == NULL || ret_stat == NULL || ret_stat->size < sizeof(size_t))
        return fail(FH_INVALID, "fh_stat: a NULL argument, or the size member is not set");
    size = size_min(ret_stat->size, sizeof(stat));
    TRY(pager_stat(db->pager, &pager));
    fill(&stat, &pager);
    TRY(pager_read_begin(db->pager, &reader));
    db_catalog(db, &reader.state, NULL, &catalog);
    stat.txn_id = reader.state.txn_id;
    stat.quota_bytes = db->quota_bytes;
    status = sum_trees(&catalog, &stat);
    pager_read_end(db->pager, &reader);
    TRY(status);
    stat.size = ret_stat->size;
    memcpy(ret_stat, &stat, size);
    return FH_OK;
}
