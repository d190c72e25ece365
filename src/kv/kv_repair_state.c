/*
 * kv_repair_state.c - which committed state of a damaged file is saved.
 *
 * The newest whose catalog can be entered. Where a newer one may be hidden behind damaged
 * metas, or no meta's catalog can be entered, the pages themselves are asked: each commit
 * writes the catalog's root anew, so the youngest root that proves itself is the newest.
 */
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "kv/kv_repair.h"

struct found {
    page_no page; /* 0: none */
    uint8_t level;
    uint64_t epoch;
};

/* A root with one child looks like its child: the higher one leads to both. */
static fh_status find_root(struct kv_repair *repair, uint64_t least, uint64_t most,
                           struct found *ret_found)
{
    struct found found = {0};
    uint8_t *body = memory_take(1, repair->source->page_bytes);
    struct slot slot;
    page_no page = 0;
    fh_status status;

    if (body == NULL) return fail(FH_NO_MEMORY, "no memory for a page");
    while ((status = salvage_next_node(repair->source, &page, body, &slot)) == FH_OK) {
        if (slot.tree_id == CATALOG_TREE_ID && slot.epoch >= least && slot.epoch <= most &&
            (slot.epoch > found.epoch || (slot.epoch == found.epoch && slot.level > found.level)) &&
            tree_salvage_is_root(&repair->catalog_walk, body, &slot))
            found = (struct found){page, slot.level, slot.epoch};
        page++;
    }
    memory_give(body);
    if (status != FH_NOT_FOUND) return status;
    *ret_found = found;
    return FH_OK;
}

static void take_found(struct kv_repair *repair, const struct found *found, bool is_newest)
{
    repair->root =
        (struct tree_state){.root = found->page, .level = found->level, .tree_id = CATALOG_TREE_ID};
    repair->has_catalog = true;
    salvage_choose(repair->source, found->epoch, !is_newest);
    kv_repair_say(repair, FH_FINDING_COMMITS, found->page,
                  "the newest catalog that proves itself, page %u of epoch %llu, is taken: whether "
                  "there was a newer one is not known",
                  found->page, (unsigned long long)found->epoch);
}

/* The states of the metas, newest first. */
static fh_status try_states(struct kv_repair *repair)
{
    struct salvage *source = repair->source;

    for (unsigned i = 0; i < source->state_count; i++) {
        const struct meta *meta = &source->states[i];
        fh_status status;

        repair->root = (struct tree_state){.root = meta->root_page,
                                           .level = meta->root_level,
                                           .tree_id = CATALOG_TREE_ID,
                                           .items = meta->catalog_items};
        if (i > 0 && meta->root_page == 0) continue; /* nothing is no better than what is found */
        salvage_choose(source, meta->epoch, i > 0 || source->hides_newer);
        status = tree_salvage_root(&repair->catalog_walk, &repair->root);
        if (status == FH_OK) {
            repair->has_catalog = true;
            repair->is_older = i > 0;
            repair->logged = meta;
            if (i > 0)
                kv_repair_say(repair, FH_FINDING_COMMITS, source->states[0].root_page,
                              "the state of checkpoint %llu is taken: the catalog of the newest "
                              "cannot be entered",
                              (unsigned long long)meta->checkpoint_no);
            return FH_OK;
        }
        if (status != FH_CORRUPT) return status;
        kv_repair_say(repair, FH_FINDING_NOTE, meta->root_page,
                      "the catalog of checkpoint %llu: %s", (unsigned long long)meta->checkpoint_no,
                      note_text());
    }
    return FH_OK;
}

/* A newer state than the metas tell of: FH_OK also when there is none. */
static fh_status try_hidden(struct kv_repair *repair)
{
    struct salvage *source = repair->source;
    uint64_t known = source->state_count == 0 ? 0 : source->states[0].epoch;
    struct found found;

    TRY(find_root(repair, known + 1, UINT64_MAX, &found));
    if (found.page == 0) {
        if (source->state_count > 0)
            kv_repair_say(repair, FH_FINDING_COMMITS, 0,
                          "the state of checkpoint %llu is taken: both copies of the other meta "
                          "are damaged, and it may have been newer",
                          (unsigned long long)source->states[0].checkpoint_no);
        return FH_OK;
    }
    take_found(repair, &found, true);
    /* Its commits may be in the log too: done twice they are the same. */
    repair->logged = source->state_count == 0 ? NULL : &source->states[0];
    return FH_OK;
}

fh_status kv_repair_choose(struct kv_repair *repair)
{
    struct salvage *source = repair->source;
    struct found found;

    if (source->state_count == 0 || source->hides_newer) TRY(try_hidden(repair));
    if (!repair->has_catalog) TRY(try_states(repair));
    if (repair->has_catalog) return FH_OK;
    repair->is_older = true;
    repair->logged = source->state_count == 0 ? NULL : &source->states[0];
    TRY(find_root(repair, 1, UINT64_MAX, &found));
    if (found.page != 0)
        take_found(repair, &found, false);
    else
        salvage_choose(source, UINT64_MAX, true);
    return FH_OK;
}
