/*
 * kv_repair_orphan.c - leaves that nothing refers to.
 *
 * Beside the leaves that damage cut off they are old copies of leaves that were changed, and
 * both prove themselves alike. So all leaves of a damaged tree are laid over one another,
 * oldest first: each takes away what lies between its fences, then an orphan puts its items,
 * and a leaf that was saved puts nothing. What is left is what the tree may have lost.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/bits.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "kv/db_internal.h"
#include "kv/kv_repair.h"

enum { NAME_BYTES = 48, NAMES_TRIED = 1000 };

struct claim {
    uint64_t epoch;
    uint32_t tree_id;
    page_no page;
    bool is_reached;
};

struct orphans {
    struct kv_repair *repair;
    uint64_t epoch_most; /* what is younger was never committed */
    struct claim *claims;
    size_t count;
    size_t capacity;
    uint8_t *body;
    fh_tree *into;
    char name[NAME_BYTES];
};

static int compare_claims(const void *left, const void *right)
{
    const struct claim *a = left, *b = right;

    if (a->tree_id != b->tree_id) return a->tree_id < b->tree_id ? -1 : 1;
    if (a->epoch != b->epoch) return a->epoch < b->epoch ? -1 : 1;
    return a->page < b->page ? -1 : a->page > b->page;
}

static int compare_trees(const void *left, const void *right)
{
    const struct kv_repair_tree *a = left, *b = right;

    return a->tree_id < b->tree_id ? -1 : a->tree_id > b->tree_id;
}

/* The tree may have lost something: with a whole catalog, one that it does not name was dropped. */
static bool is_wanted(const struct kv_repair *repair, uint32_t tree_id)
{
    struct kv_repair_tree key = {.tree_id = tree_id};
    const struct kv_repair_tree *tree;

    if (repair->is_older) return true;
    if (tree_id == CATALOG_TREE_ID) return repair->catalog_is_damaged;
    tree = repair->tree_count == 0
               ? NULL
               : bsearch(&key, repair->trees, repair->tree_count, sizeof(key), compare_trees);
    return tree == NULL ? repair->catalog_is_damaged : tree->is_damaged;
}

static fh_status add_claim(struct orphans *orphans, const struct claim *claim)
{
    if (orphans->count == orphans->capacity) {
        size_t capacity = orphans->capacity == 0 ? 64 : 2 * orphans->capacity;
        struct claim *claims =
            memory_resize(orphans->claims, orphans->capacity, capacity, sizeof(*claims));

        if (claims == NULL) return fail(FH_NO_MEMORY, "no memory for %zu leaves", capacity);
        orphans->claims = claims;
        orphans->capacity = capacity;
    }
    orphans->claims[orphans->count++] = *claim;
    return FH_OK;
}

static fh_status collect(struct orphans *orphans)
{
    struct kv_repair *repair = orphans->repair;
    struct tree_salvage_fences fences;
    struct slot slot;
    page_no page = 0;
    fh_status status;

    while ((status = salvage_next_node(repair->source, &page, orphans->body, &slot)) == FH_OK) {
        kv_repair_progress(repair);
        if (slot.epoch <= orphans->epoch_most && is_wanted(repair, slot.tree_id) &&
            tree_salvage_is_leaf(&repair->walk, orphans->body, &slot, &fences))
            TRY(add_claim(orphans,
                          &(struct claim){.epoch = slot.epoch,
                                          .tree_id = slot.tree_id,
                                          .page = page,
                                          .is_reached = bits_test(repair->source->reached, page)}));
        page++;
    }
    return status == FH_NOT_FOUND ? FH_OK : status;
}

static fh_status put_item(void *context, struct span key, struct span value)
{
    struct orphans *orphans = context;

    return fh_put(orphans->repair->to, orphans->into, (fh_bytes){key.data, key.size},
                  (fh_bytes){value.data, value.size}, 0);
}

/* Values of old copies are gone as a rule: their pages were used again. */
static fh_status lose_item(void *context, const struct tree_salvage_loss *loss)
{
    (void)context;
    (void)loss;
    return FH_OK;
}

static fh_status lay_over(struct orphans *orphans, const struct claim *claim)
{
    struct kv_repair *repair = orphans->repair;
    struct tree_salvage_fences fences;
    struct slot slot = {.tag = PAGE_LEAF, .tree_id = claim->tree_id, .epoch = claim->epoch};
    fh_status status = salvage_read(repair->source, (struct run){claim->page, 1}, orphans->body);

    if (status != FH_OK && status != FH_CORRUPT) return status;
    /* It could be read a moment ago. */
    if (status != FH_OK || !tree_salvage_is_leaf(&repair->walk, orphans->body, &slot, &fences))
        return FH_OK;
    TRY(fh_erase_range(repair->to, orphans->into, (fh_bytes){fences.lower.data, fences.lower.size},
                       fences.is_open ? (fh_bytes){NULL, 0}
                                      : (fh_bytes){fences.upper.data, fences.upper.size},
                       NULL));
    if (claim->is_reached) return FH_OK;
    return tree_salvage_leaf(&repair->walk, orphans->body, claim->page, claim->tree_id);
}

/* A tree that is not there yet. */
static fh_status make_tree(struct orphans *orphans, uint32_t tree_id)
{
    fh_txn *to = orphans->repair->to;

    for (unsigned i = 1; i <= NAMES_TRIED; i++) {
        fh_bytes name = {orphans->name, 0};
        fh_status status;

        if (i == 1)
            (void)snprintf(orphans->name, NAME_BYTES, "lost+found/%u", tree_id);
        else
            (void)snprintf(orphans->name, NAME_BYTES, "lost+found/%u.%u", tree_id, i);
        name.size = strlen(orphans->name);
        status = fh_tree_open(to, name, 0, &orphans->into);
        if (status == FH_NOT_FOUND) return fh_tree_open(to, name, FH_TREE_CREATE, &orphans->into);
        TRY(status);
    }
    return fail(FH_EXISTS, "there are %u trees called lost+found/%u already", NAMES_TRIED, tree_id);
}

static fh_status save_tree(struct orphans *orphans, const struct claim *claims, size_t count)
{
    struct kv_repair *repair = orphans->repair;
    fh_tree_stat stat = {0};

    TRY(make_tree(orphans, claims->tree_id));
    for (size_t i = 0; i < count; i++)
        TRY(lay_over(orphans, &claims[i]));
    TRY(fh_tree_describe(repair->to, orphans->into, &stat));
    if (stat.item_count == 0) return fh_tree_drop(repair->to, orphans->into);
    repair->info.orphan_item_count += stat.item_count;
    kv_repair_say(repair, FH_FINDING_OFFER, 0, "%s: %llu items that tree %u may have lost",
                  orphans->name, (unsigned long long)stat.item_count, claims->tree_id);
    return FH_OK;
}

static fh_status visit_tree(struct orphans *orphans, const struct claim *claims, size_t count)
{
    struct kv_repair *repair = orphans->repair;
    uint64_t orphan_count = 0;

    for (size_t i = 0; i < count; i++)
        orphan_count += !claims[i].is_reached;
    repair->info.orphan_leaf_count += orphan_count;
    if (orphan_count == 0) return FH_OK;
    if ((repair->options.flags & FH_REPAIR_ORPHANS) != 0) return save_tree(orphans, claims, count);
    kv_repair_say(repair, FH_FINDING_OFFER, 0,
                  "tree %u: nothing refers to %llu leaves of it that are whole: they may hold what "
                  "is lost, or be old",
                  claims->tree_id, (unsigned long long)orphan_count);
    return FH_OK;
}

static fh_status visit_trees(struct orphans *orphans)
{
    struct kv_repair *repair = orphans->repair;
    size_t end;

    if (repair->tree_count > 0)
        qsort(repair->trees, repair->tree_count, sizeof(*repair->trees), compare_trees);
    TRY(collect(orphans));
    if (orphans->count > 0)
        qsort(orphans->claims, orphans->count, sizeof(*orphans->claims), compare_claims);
    repair->walk.context = orphans;
    repair->walk.item = put_item;
    repair->walk.loss = lose_item;
    for (size_t first = 0; first < orphans->count; first = end) {
        for (end = first + 1;
             end < orphans->count && orphans->claims[end].tree_id == orphans->claims[first].tree_id;
             end++)
            ;
        TRY(visit_tree(orphans, orphans->claims + first, end - first));
    }
    return FH_OK;
}

fh_status kv_repair_orphans(struct kv_repair *repair)
{
    const struct salvage *source = repair->source;
    struct orphans orphans = {.repair = repair, .epoch_most = UINT64_MAX};
    bool is_damaged = repair->is_older || repair->catalog_is_damaged;
    fh_status status;

    for (size_t i = 0; i < repair->tree_count; i++)
        is_damaged |= repair->trees[i].is_damaged;
    if (!is_damaged) return FH_OK;
    if (source->state_count > 0 && !source->hides_newer)
        orphans.epoch_most = source->states[0].epoch;
    orphans.body = memory_take(1, source->page_bytes);
    if (orphans.body == NULL) return fail(FH_NO_MEMORY, "no memory for a page");
    status = visit_trees(&orphans);
    memory_give(orphans.body);
    memory_give(orphans.claims);
    return status;
}
