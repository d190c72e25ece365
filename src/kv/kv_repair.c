/*
 * kv_repair.c - every tree that can be reached, into a new database.
 */
#include "kv/kv_repair.h"

#include "base/bits.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "kv/db_internal.h"
#include "kv/kv_draft.h"
#include "kv/kv_run.h"

/* ---- One tree ---------------------------------------------------------------------------- */

static fh_status save_item(void *context, struct span key, struct span value)
{
    struct kv_repair *repair = context;
    fh_status status;

    kv_repair_progress(repair);
    if (repair->loader == NULL) TRY(fh_loader_open(repair->to, repair->into, &repair->loader));
    status = fh_loader_add(repair->loader, (fh_bytes){key.data, key.size},
                           (fh_bytes){value.data, value.size});
    if (status == FH_OK) repair->items++;
    return status;
}

static fh_status lose_items(void *context, const struct tree_salvage_loss *loss)
{
    struct kv_repair *repair = context;

    repair->is_damaged = true;
    kv_repair_lost(repair, FH_FINDING_ITEMS, repair->name, loss);
    return FH_OK;
}

static fh_status add_tree(struct kv_repair *repair, uint32_t tree_id, bool is_damaged)
{
    if (repair->tree_count == repair->tree_capacity) {
        size_t capacity = repair->tree_capacity == 0 ? 16 : 2 * repair->tree_capacity;
        struct kv_repair_tree *trees =
            memory_resize(repair->trees, repair->tree_capacity, capacity, sizeof(*trees));

        if (trees == NULL) return fail(FH_NO_MEMORY, "no memory for %zu trees", capacity);
        repair->trees = trees;
        repair->tree_capacity = capacity;
    }
    repair->trees[repair->tree_count++] = (struct kv_repair_tree){tree_id, is_damaged};
    return FH_OK;
}

static const struct tree_salvage_loss everything = {.is_open = true};

static fh_status save_tree(struct kv_repair *repair, struct span name,
                           const struct tree_state *state)
{
    fh_status status, finished = FH_OK;

    repair->name = name;
    repair->loader = NULL;
    repair->items = 0;
    repair->is_damaged = false;
    TRY(fh_tree_open(repair->to, (fh_bytes){name.data, name.size}, FH_TREE_CREATE, &repair->into));
    repair->walk.item = save_item;
    repair->walk.loss = lose_items;
    status = tree_salvage_walk(&repair->walk, state);
    if (repair->loader != NULL) finished = fh_loader_finish(repair->loader);
    repair->loader = NULL;
    TRY(status);
    TRY(finished);
    if (!repair->is_damaged && repair->items < state->items) {
        (void)fail(FH_CORRUPT, "the catalog counts %llu items, %llu were there",
                   (unsigned long long)state->items, (unsigned long long)repair->items);
        TRY(lose_items(repair, &everything));
    }
    return add_tree(repair, state->tree_id, repair->is_damaged);
}

/* ---- Raw runs ---------------------------------------------------------------------------- */

static fh_status lose_run(void *context, struct span key, struct span value)
{
    struct kv_run run;

    if (kv_run_decode(key, value, &run) == FH_OK)
        kv_repair_say(
            context, FH_FINDING_RUN, run.run.first,
            "the raw run of %u pages at page %llu, tag %u, is not copied: its number would "
            "change",
            run.page_count, (unsigned long long)run.run.first, run.tag);
    else
        kv_repair_say(context, FH_FINDING_RUN, 0, "the raw runs: %s", note_text());
    return FH_OK;
}

static fh_status lose_runs(void *context, const struct tree_salvage_loss *loss)
{
    kv_repair_say(context, FH_FINDING_RUN, loss->page, "the raw runs: %s", note_text());
    return FH_OK;
}

static fh_status save_runs(struct kv_repair *repair, const struct tree_state *state)
{
    repair->walk.item = lose_run;
    repair->walk.loss = lose_runs;
    TRY(tree_salvage_walk(&repair->walk, state));
    return add_tree(repair, state->tree_id, false);
}

/* ---- The catalog ------------------------------------------------------------------------- */

static fh_status lose_trees(void *context, const struct tree_salvage_loss *loss)
{
    struct kv_repair *repair = context;

    repair->catalog_is_damaged = true;
    kv_repair_lost(repair, FH_FINDING_TREES, (struct span){0}, loss);
    return FH_OK;
}

/* One name, whose record is wrong. */
static fh_status lose_tree(struct kv_repair *repair, struct span key)
{
    uint8_t end[TREE_KEY_MAX + 1] = {0};

    memcpy(end, key.data, key.size);
    return lose_trees(repair, &(struct tree_salvage_loss){
                                  .from = key, .to = span_of(end, key.size + 1), .is_item = true});
}

static fh_status save_record(void *context, struct span key, struct span value)
{
    struct kv_repair *repair = context;
    struct tree_state state;
    struct span name = {0};
    fh_status status;

    if (span_equals(key, catalog_quota_key()) && value.size == sizeof(uint64_t))
        repair->quota_bytes = load64(value.data);
    if (!span_equals(key, catalog_runs_key()) && !catalog_name(key, &name)) return FH_OK;
    status = catalog_decode(value, &state);
    if (status == FH_CORRUPT || status == FH_VERSION) return lose_tree(repair, key);
    TRY(status);
    return span_equals(key, catalog_runs_key()) ? save_runs(repair, &state)
                                                : save_tree(repair, name, &state);
}

static fh_status save_trees(struct kv_repair *repair)
{
    repair->catalog_walk.context = repair;
    repair->catalog_walk.item = save_record;
    repair->catalog_walk.loss = lose_trees;
    repair->walk.context = repair;
    if (repair->has_catalog) return tree_salvage_walk(&repair->catalog_walk, &repair->root);
    (void)fail(FH_CORRUPT, "no catalog proves itself");
    return lose_trees(repair, &everything);
}

/* ---- The new file ------------------------------------------------------------------------ */

static fh_status count_trees(struct kv_repair *repair)
{
    fh_cursor *names;
    fh_status status;
    fh_bytes name;

    TRY(fh_tree_walk(repair->to, &names));
    while ((status = fh_cursor_next(names, &name, NULL)) == FH_OK) {
        fh_tree_stat stat = {0};
        fh_tree *tree;

        status = fh_tree_open(repair->to, name, 0, &tree);
        if (status == FH_OK) status = fh_tree_describe(repair->to, tree, &stat);
        if (status != FH_OK) break;
        repair->info.tree_count += name.size > 0 || stat.item_count > 0;
        repair->info.item_count += stat.item_count;
    }
    fh_cursor_close(names);
    return status == FH_NOT_FOUND ? FH_OK : status;
}

static fh_status save_all(struct kv_repair *repair)
{
    TRY(kv_repair_choose(repair));
    TRY(save_trees(repair));
    TRY(kv_repair_log(repair));
    TRY(count_trees(repair));
    TRY(kv_repair_orphans(repair));
    repair->info.unproven_pages = repair->source->unproven_pages;
    if (repair->quota_bytes == 0) return FH_OK;
    return catalog_set_quota(&repair->to->catalog, repair->quota_bytes);
}

static fh_status fill(void *context, fh_db *db)
{
    struct kv_repair *repair = context;
    fh_status status;

    TRY(fh_begin(db, FH_WRITE, &repair->to));
    status = save_all(repair);
    if (status != FH_OK) {
        fh_abort(repair->to);
        return status;
    }
    return fh_commit(repair->to);
}

static fh_status repair_into(struct kv_repair *repair, const struct os *os, const char *new_path)
{
    fh_options open = {.size = sizeof(open), .flags = FH_OPEN_NEW};
    fh_status status;

    /* Nobody makes pages of 2 KiB; their keys fit larger ones. */
    open.page_bytes = repair->source->page_bytes == 2048 ? 4096 : repair->source->page_bytes;
    TRY(tree_salvage_init(&repair->catalog_walk, repair->source));
    status = tree_salvage_init(&repair->walk, repair->source);
    if (status == FH_OK) status = kv_draft_make(os, new_path, &open, fill, repair);
    tree_salvage_fini(&repair->walk);
    tree_salvage_fini(&repair->catalog_walk);
    memory_give(repair->trees);
    return status;
}

/* The files that the new one is made with must not be the damaged one, in whatever state it is. */
static fh_status require_apart(const char *path, const char *new_path)
{
    size_t length = strlen(new_path);

    if (strncmp(path, new_path, length) == 0 && strncmp(path + length, "-copy", 5) == 0)
        return fail(FH_INVALID, "%s stands where %s is made: choose another name", path, new_path);
    return FH_OK;
}

fh_status kv_repair(const struct os *os, const char *path, const char *new_path,
                    const fh_repair_options *options, fh_repair_info *ret_info)
{
    struct kv_repair repair = {.options = {.size = sizeof(repair.options)}};
    fh_status status;

    if (path == NULL || new_path == NULL || ret_info == NULL || ret_info->size < sizeof(size_t))
        return fail(FH_INVALID, "fh_repair: a NULL argument, or the size member is not set");
    if (options != NULL)
        TRY(db_copy_struct(&repair.options, sizeof(repair.options), options, options->size));
    if ((repair.options.flags & ~(unsigned)FH_REPAIR_ORPHANS) != 0)
        return fail(FH_INVALID, "unknown repair flags %#x", repair.options.flags);
    TRY(require_apart(path, new_path));
    TRY(kv_draft_require_absent(os, new_path));
    repair.notes = (struct fault_list){.report = kv_repair_note, .context = &repair};
    status = salvage_open(os, path, &repair.notes, &repair.source);
    if (status != FH_OK) return note_context(status, "%s", path);
    status = repair_into(&repair, os, new_path);
    salvage_close(repair.source);
    TRY(status);
    repair.info.size = ret_info->size;
    memcpy(ret_info, &repair.info, size_min(ret_info->size, sizeof(repair.info)));
    return FH_OK;
}

fh_status fh_repair(const char *path, const char *new_path, const fh_repair_options *options,
                    fh_repair_info *ret_info)
{
    return kv_repair(os_posix(), path, new_path, options, ret_info);
}
