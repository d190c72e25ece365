/*
 * kv_check.c - everything looked at, and the census of all pages.
 */
#include <stdio.h>

#include "base/bits.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "kv/db_internal.h"
#include "kv/kv_run.h"
#include "kv/kv_text.h"

struct check {
    struct fh_db *db;
    struct fault_list faults;
    uint64_t *reached;
    uint32_t page_count;
    uint32_t runs_tree_id;
    struct fh_check_info info;
};

static fh_status check_tree(struct check *check, const struct tree *tree, const char *name)
{
    struct tree_audit audit = {
        .faults = &check->faults,
        .name = name,
        .reached = check->reached,
        .page_count = check->page_count,
        .pager = check->db->pager,
        .only_items = tree->state.tree_id == CATALOG_TREE_ID,
    };

    TRY(tree_audit(tree, &audit));
    check->info.used_pages += audit.used_pages;
    return FH_OK;
}

/* The pages that an item of the system's tree of raw runs names. */
static fh_status check_run(void *context, const struct cursor_item *item)
{
    struct check *check = context;
    struct kv_run run;
    struct slot slot;
    bool is_proven;

    if (kv_run_decode(item->key, item->value, &run) != FH_OK) {
        fault_add_note(&check->faults, "the raw runs");
        return FH_OK;
    }
    if (run_end(run.run) > check->page_count ||
        bits_count(check->reached, run.run.first, run.run.count) != 0) {
        fault_add(&check->faults, "I5: raw run at page %llu: its pages belong to somebody else",
                  (unsigned long long)run.run.first);
        return FH_OK;
    }
    bits_fill(check->reached, run.run.first, run.run.count, true);
    check->info.used_pages += run.run.count;
    if (pager_slot(check->db->pager, (page_no)run.run.first, &slot, &is_proven) == FH_OK &&
        is_proven &&
        (slot.tag != PAGE_RAW || slot.run_pages != run.run.count ||
         slot.tree_id != check->runs_tree_id))
        fault_add(&check->faults, "I15: raw run at page %llu: its slot tells of another run",
                  (unsigned long long)run.run.first);
    return FH_OK;
}

static fh_status check_runs(struct check *check, const struct tree_state *state)
{
    struct tree tree;
    fh_status status;

    tree_init(&tree, state, check->db->pager, NULL);
    check->runs_tree_id = state->tree_id;
    status = check_tree(check, &tree, "the raw runs");
    if (status == FH_OK) status = tree_cursor_walk(&tree, check_run, check);
    if (status == FH_CORRUPT) fault_add_note(&check->faults, "the raw runs");
    return status == FH_CORRUPT ? FH_OK : status;
}

static fh_status check_record(void *context, const struct cursor_item *item)
{
    struct check *check = context;
    char name[KV_TEXT_BYTES + 16] = "tree ";
    struct tree_state state;
    struct tree tree;
    struct span shown;

    if (span_equals(item->key, catalog_runs_key()) && catalog_decode(item->value, &state) == FH_OK)
        return check_runs(check, &state);
    if (!catalog_name(item->key, &shown)) return FH_OK;
    (void)kv_text_show(name + 5, sizeof(name) - 5, shown);
    if (shown.size == 0) (void)snprintf(name, sizeof(name), "the unnamed tree");
    if (catalog_decode(item->value, &state) != FH_OK) {
        fault_add_note(&check->faults, "%s", name);
        return FH_OK;
    }
    tree_init(&tree, &state, check->db->pager, NULL);
    check->info.tree_count += shown.size > 0 || state.items > 0;
    check->info.item_count += state.items;
    return check_tree(check, &tree, name);
}

static fh_status check_catalog(struct check *check, const struct descriptor *state)
{
    struct tree catalog;
    fh_status status;

    db_catalog(check->db, state, NULL, &catalog);
    status = check_tree(check, &catalog, "the catalog");
    if (status == FH_OK) status = tree_cursor_walk(&catalog, check_record, check);
    if (status == FH_CORRUPT) fault_add_note(&check->faults, "the catalog");
    return status == FH_CORRUPT ? FH_OK : status;
}

static void take_census(struct check *check)
{
    struct pager *pager = check->db->pager;

    for (page_no page = 0; page < check->page_count; page++) {
        enum page_state state = pager_page_state(pager, page);
        bool is_used = state == PAGE_STATE_USED || state == PAGE_STATE_COVERED;
        bool is_reached = bits_test(check->reached, page);

        if (!is_used && !is_reached) {
            check->info.free_pages += state == PAGE_STATE_FREE;
            check->info.pending_pages += state == PAGE_STATE_PENDING;
        } else if (is_used && !is_reached) {
            fault_add(&check->faults, "I5: page %u is used, but nothing refers to it", page);
        } else if (!is_used && is_reached) {
            fault_add(&check->faults, "I5: page %u is referred to, but the map says free", page);
        }
    }
}

static fh_status check_all(struct check *check, const struct fh_check_options *options)
{
    struct pager_check pager = {
        .faults = &check->faults,
        .reached = check->reached,
        .progress = options->progress,
        .context = options->context,
    };
    struct descriptor state;

    pager_newest(check->db->pager, &state);
    TRY(pager_check(check->db->pager, &pager));
    check->info.metadata_pages = pager.metadata_pages;
    TRY(check_catalog(check, &state));
    take_census(check);
    if (options->progress != NULL)
        options->progress(options->context, check->page_count, check->page_count);
    return FH_OK;
}

fh_status fh_check(fh_db *db, const fh_check_options *options, fh_check_info *ret_info)
{
    fh_check_options given = {.size = sizeof(given)};
    struct check check = {.db = db};
    fh_status status;

    if (db == NULL || ret_info == NULL) return fail(FH_INVALID, "fh_check: a NULL argument");
    if (options != NULL) TRY(db_copy_struct(&given, sizeof(given), options, options->size));
    check.faults = (struct fault_list){.report = given.report, .context = given.context};
    status = pager_hold_still(db->pager);
    if (status == FH_CORRUPT) {
        fault_add_note(&check.faults, "free space");
        check.info.fault_count = check.faults.count;
        *ret_info = check.info;
        return FH_OK;
    }
    TRY(status);
    check.page_count = pager_page_count(db->pager);
    check.info.page_count = check.page_count;
    check.reached = memory_take(divide_up(check.page_count, 64), sizeof(*check.reached));
    status = check.reached == NULL ? fail(FH_NO_MEMORY, "no memory for a census")
                                   : check_all(&check, &given);
    pager_release_writer(db->pager);
    memory_give(check.reached);
    TRY(status);
    check.info.fault_count = check.faults.count;
    *ret_info = check.info;
    return FH_OK;
}
