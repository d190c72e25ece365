/*
 * kv_stat.c - the figures of a database.
 */
#include <assert.h>

#include "base/check.h"
#include "base/note.h"
#include "kv/db_internal.h"
#include "kv/kv_run.h"

/* What a walk over the catalog adds up. */
struct count {
    const struct tree *catalog;
    struct kv_sums sums;
};

static_assert((int)GROWTH_HELD_BY_CHECKPOINT == (int)FH_GROWTH_HELD_BY_CHECKPOINT,
              "reasons have the public numbers");

const char *fh_growth_reason_name(fh_growth_reason reason)
{
    static const char *const names[] = {"none", "no_free_pages", "no_run_long_enough",
                                        "held_by_snapshot", "held_by_checkpoint"};

    return (unsigned)reason < sizeof(names) / sizeof(names[0]) ? names[reason] : "unknown";
}

static fh_status add_run(void *context, const struct cursor_item *item)
{
    struct count *count = context;
    struct kv_run run;

    TRY(kv_run_decode(item->key, item->value, &run));
    count->sums.raw_pages += run.run.count;
    return FH_OK;
}

static fh_status add_tree(void *context, const struct cursor_item *item)
{
    struct count *count = context;
    struct tree tree = *count->catalog;
    bool is_runs = span_equals(item->key, catalog_runs_key());
    struct span name = {0};

    if (!is_runs && !catalog_name(item->key, &name)) return FH_OK;
    TRY(catalog_decode(item->value, &tree.state));
    if (is_runs) return tree_cursor_walk(&tree, add_run, count);
    count->sums.trees += name.size > 0 || tree.state.items > 0;
    count->sums.items += tree.state.items;
    count->sums.payload_bytes += tree.state.payload_bytes;
    return FH_OK;
}

static fh_status count_trees(const struct fh_db *db, const struct descriptor *state,
                             struct kv_sums *ret_sums)
{
    struct tree catalog;
    struct count count = {.catalog = &catalog};

    db_catalog(db, state, NULL, &catalog);
    TRY(tree_cursor_walk(&catalog, add_tree, &count));
    *ret_sums = count.sums;
    return FH_OK;
}

/* What is known equals what a count finds. */
static fh_status audit(const struct fh_db *db, const struct descriptor *state,
                       const struct kv_sums *sums)
{
    struct kv_sums counted;

    TRY(count_trees(db, state, &counted));
    if (memcmp(&counted, sums, sizeof(counted)) != 0)
        return fail(FH_CORRUPT, "I13: the trees hold %llu items, %llu are known",
                    (unsigned long long)counted.items, (unsigned long long)sums->items);
    return FH_OK;
}

/* Counted when it is asked for first; from then on it is known. */
static fh_status find_sums(struct fh_db *db, const struct descriptor *state,
                           struct kv_sums *ret_sums)
{
    struct kv_sums change;
    bool is_near = kv_totals_change(&db->totals, state->txn_id, &change);

    if (is_near && kv_totals_get(&db->totals, &change, ret_sums)) {
        AUDIT(audit(db, state, ret_sums));
        return FH_OK;
    }
    TRY(count_trees(db, state, ret_sums));
    if (is_near) kv_totals_set(&db->totals, &change, ret_sums);
    return FH_OK;
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
    stat->checkpoint_pages = pager->checkpoint_pages;
    stat->log_bytes = pager->log_bytes;
    stat->log_ring_bytes = pager->log_ring_bytes;
    stat->chunk_count = pager->alloc.chunk_count;
    stat->free_run_count = pager->alloc.free_run_count;
    stat->largest_free_run_pages = pager->alloc.largest_free_run_pages;
    stat->checkpoint_txn_id = pager->checkpoint_txn_id;
    stat->reader_count = pager->reader_count;
    stat->oldest_reader_txn_id = pager->oldest_reader_txn_id;
    stat->policy = pager->alloc.policy;
    stat->growth_reason = (fh_growth_reason)pager->growth.reason;
    stat->growth_txn_id = pager->growth.txn_id;
    stat->growth_wanted_pages = pager->growth.wanted_pages;
    stat->growth_snapshot_txn_id = pager->growth.snapshot_txn_id;
    stat->file_pages_peak = pager->growth.file_pages_peak;
    stat->pending_pages_peak = pager->growth.pending_pages_peak;
    stat->pinned_pages_peak = pager->growth.pinned_pages_peak;
    stat->punched_chunks = pager->punched_chunks;
    stat->cut_bytes = pager->growth.cut_pages * pager->page_bytes;
}

fh_status fh_stat(fh_db *db, fh_stat_info *ret_stat)
{
    struct fh_stat_info stat = {.size = sizeof(stat)};
    struct pager_stat pager;
    struct reader reader;
    struct kv_sums sums;
    fh_status status;
    size_t size;

    if (db == NULL || ret_stat == NULL || ret_stat->size < sizeof(size_t))
        return fail(FH_INVALID, "fh_stat: a NULL argument, or the size member is not set");
    size = size_min(ret_stat->size, sizeof(stat));
    TRY(pager_stat(db->pager, &pager));
    fill(&stat, &pager);
    TRY(pager_read_begin(db->pager, &reader));
    stat.txn_id = reader.state.txn_id;
    stat.quota_bytes = db->quota_bytes;
    stat.relocated_pages = atomic_load_explicit(&db->relocation.moved, memory_order_relaxed);
    status = find_sums(db, &reader.state, &sums);
    pager_read_end(db->pager, &reader);
    TRY(status);
    stat.tree_count = sums.trees;
    stat.item_count = sums.items;
    stat.payload_bytes = sums.payload_bytes;
    stat.raw_held_pages = sums.raw_pages;
    stat.size = ret_stat->size;
    memcpy(ret_stat, &stat, size);
    return FH_OK;
}
