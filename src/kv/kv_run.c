/*
 * kv_run.c - raw runs: a system tree knows them, so that the census does.
 *
 * Its keys are first pages, big endian; its values say how many pages were asked for, how
 * many are reserved, and the user's tag.
 */
#include "kv/kv_run.h"

#include "base/check.h"
#include "base/note.h"
#include "kv/db_internal.h"
#include "kv/kv_late.h"
#include "kv/kv_lease.h"

enum {
    RUN_KEY_BYTES = 4,
    RUN_RECORD_BYTES = 12,
    DROPS_OF_AN_ERASE = 4 * TREE_LEVELS_MAX,
    CHUNK_PAGES_LEAST = 16
};

static void encode_key(uint8_t key[RUN_KEY_BYTES], uint32_t page)
{
    for (int i = 0; i < RUN_KEY_BYTES; i++)
        key[i] = (uint8_t)(page >> (24 - 8 * i));
}

fh_status kv_run_decode(struct span key, struct span record, struct kv_run *ret_run)
{
    if (key.size != RUN_KEY_BYTES || record.size != RUN_RECORD_BYTES)
        return fail(FH_CORRUPT, "a raw run's record of %zu and %zu bytes", key.size, record.size);
    *ret_run = (struct kv_run){
        .run = {head_of(key), load32(record.data + 4)},
        .page_count = load32(record.data),
        .tag = load32(record.data + 8),
    };
    if (ret_run->page_count == 0 || ret_run->page_count > ret_run->run.count)
        return fail(FH_CORRUPT, "a raw run of %u pages in %llu", ret_run->page_count,
                    (unsigned long long)ret_run->run.count);
    return FH_OK;
}

static fh_status find(struct fh_tree *tree, uint32_t page, struct kv_run *ret_run)
{
    uint8_t key[RUN_KEY_BYTES];
    struct span record;

    encode_key(key, page);
    TRY(tree_get(&tree->tree, span_of(key, sizeof(key)), &record));
    return kv_run_decode(span_of(key, sizeof(key)), record, ret_run);
}

static fh_status put(struct fh_tree *tree, const struct kv_run *run)
{
    uint8_t key[RUN_KEY_BYTES], record[RUN_RECORD_BYTES];

    encode_key(key, (uint32_t)run->run.first);
    store32(record, run->page_count);
    store32(record + 4, (uint32_t)run->run.count);
    store32(record + 8, run->tag);
    return tree_put(&tree->tree, span_of(key, sizeof(key)), span_of(record, sizeof(record)),
                    TREE_PUT_NEW);
}

/* For a change: the tree is made when it is wanted first. */
static fh_status open_runs(struct fh_txn *txn, struct fh_tree **ret_tree)
{
    if (txn == NULL) return fail(FH_INVALID, "no transaction");
    if (txn->txn == NULL) return fail(FH_READ_ONLY, "the transaction is for reading");
    TRY(kv_late_settle(txn));
    redo_lose(txn_redo(txn->txn)); /* runs are not logged: such a commit is a checkpoint */
    return kv_txn_open_tree(txn, catalog_runs_key(), true, ret_tree);
}

static fh_status take(struct fh_tree *tree, const struct kv_run *wanted, struct span body,
                      uint32_t *ret_page)
{
    struct txn *txn = tree->txn->txn;
    struct slot slot = {.tag = PAGE_RAW, .tree_id = tree->tree.state.tree_id};
    struct kv_run run = *wanted;
    fh_status status;

    txn_use_reserve(txn, false);
    TRY(txn_step(txn));
    TRY(txn_run_take(txn, &slot, run.page_count, body, &run.run));
    status = put(tree, &run);
    if (status != FH_OK) {
        txn_run_undo(txn, run.run);
        return status;
    }
    *ret_page = (uint32_t)run.run.first;
    tree->txn->sums.raw_pages += run.run.count;
    return FH_OK;
}

fh_status fh_run_take(fh_txn *txn, uint32_t page_count, uint32_t tag, uint32_t *ret_page)
{
    struct kv_run wanted = {.page_count = page_count, .tag = tag};
    struct fh_tree *tree;

    if (ret_page == NULL || page_count == 0)
        return fail(FH_INVALID, "fh_run_take: a NULL argument, or no pages");
    TRY(open_runs(txn, &tree));
    return take(tree, &wanted, span_of(NULL, 0), ret_page);
}

fh_status fh_run_get(fh_txn *txn, uint32_t page, fh_run_info *ret_info)
{
    struct fh_tree *tree;
    struct kv_run run;
    uint32_t page_bytes;

    if (txn == NULL || ret_info == NULL) return fail(FH_INVALID, "fh_run_get: a NULL argument");
    if (txn->is_leased) return kv_lease_refuse();
    TRY(kv_txn_open_tree(txn, catalog_runs_key(), false, &tree));
    TRY(find(tree, page, &run));
    page_bytes = pager_page_bytes(txn->db->pager);
    if (overlay_page(tree->tree.overlay, (page_no)(run_end(run.run) - 1)) == NULL)
        return fail(FH_CORRUPT, "a raw run at page %u reaches over the end", page);
    TRY(overlay_touch(tree->tree.overlay, page));
    *ret_info = (fh_run_info){
        .page = page,
        .page_count = run.page_count,
        .tag = run.tag,
        .body = {overlay_mapped(tree->tree.overlay, page), (size_t)run.page_count * page_bytes},
    };
    return FH_OK;
}

/* Everything about the run that could fail is settled before its record goes. */
static fh_status drop(struct fh_tree *tree, const struct kv_run *run)
{
    struct txn *txn = tree->txn->txn;
    uint8_t key[RUN_KEY_BYTES];

    encode_key(key, (uint32_t)run->run.first);
    TRY(txn_run_check(txn, run->run));
    TRY(txn_reserve_drops(txn, (uint32_t)run->run.count / CHUNK_PAGES_LEAST + DROPS_OF_AN_ERASE));
    TRY(tree_erase(&tree->tree, span_of(key, sizeof(key))));
    REQUIRE(txn_run_drop(txn, run->run) == FH_OK);
    tree->txn->sums.raw_pages -= run->run.count;
    return FH_OK;
}

fh_status fh_run_give(fh_txn *txn, uint32_t page)
{
    struct fh_tree *tree;
    struct kv_run run;

    TRY(open_runs(txn, &tree));
    TRY(find(tree, page, &run));
    txn_use_reserve(txn->txn, true);
    return drop(tree, &run);
}

fh_status fh_run_write(fh_txn *txn, uint32_t page, fh_bytes body, uint32_t *ret_page)
{
    struct fh_tree *tree;
    struct kv_run run;
    uint32_t new_page;
    fh_status status;

    if (ret_page == NULL || (body.size > 0 && body.data == NULL))
        return fail(FH_INVALID, "fh_run_write: a NULL argument");
    TRY(open_runs(txn, &tree));
    TRY(find(tree, page, &run));
    if (body.size > (uint64_t)run.page_count * pager_page_bytes(txn->db->pager))
        return fail(FH_TOO_LARGE, "%zu bytes for a run of %u pages", body.size, run.page_count);
    status = txn_run_rewrite(txn->txn, run.run, kv_span(body));
    if (status != FH_BUSY) {
        TRY(status);
        *ret_page = page;
        return FH_OK;
    }
    TRY(take(tree, &run, kv_span(body), &new_page));
    txn_use_reserve(txn->txn, true);
    status = drop(tree, &run);
    if (status != FH_OK) {
        struct kv_run taken;

        TRY(find(tree, new_page, &taken));
        TRY(drop(tree, &taken));
        return status;
    }
    *ret_page = new_page;
    return FH_OK;
}
