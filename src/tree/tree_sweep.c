/*
 * tree_sweep.c - a walk over the parents of leaves, rewriting what stands too high.
 */
#include "tree/tree_sweep.h"

#include "base/check.h"
#include "base/note.h"
#include "tree/tree_internal.h"

enum { FULL_OF_16 = 15, THIN_OF_16 = 12 };

static void spend(struct tree_sweep *sweep, uint64_t pages)
{
    sweep->moves -= pages < sweep->moves ? (uint32_t)pages : sweep->moves;
    sweep->moved += pages;
}

static void go_on_at(struct tree_sweep *sweep, struct span key)
{
    sweep->key_size = size_min(key.size, sizeof(sweep->key));
    if (sweep->key_size > 0) memcpy(sweep->key, key.data, sweep->key_size);
}

/* The way may be changed afterwards; what stands high on it is counted. */
static fh_status own_way(struct tree *tree, struct tree_sweep *sweep, struct path *path)
{
    uint64_t high = 0;

    for (unsigned i = 0; i < path->depth; i++)
        high += path->steps[i].page >= sweep->limit;
    TRY(tree_own(tree, path));
    spend(sweep, high);
    return FH_OK;
}

static page_no end_of(const struct txn_extents *extents)
{
    uint64_t end = 0;

    for (uint32_t i = 0; i < extents->count; i++)
        end = run_end(extents->runs[i]) > end ? run_end(extents->runs[i]) : end;
    return (page_no)end;
}

/* A value above the limit gets new pages, the cell names them. */
static fh_status move_value(struct tree *tree, struct tree_sweep *sweep, uint8_t *leaf, unsigned i,
                            const struct cell *cell)
{
    struct overflow_payload payload;
    struct leaf_item item = {.is_extents = true};
    uint8_t rest[TREE_KEY_MAX];
    struct tree_buffer *gathered = NULL;
    struct txn_extents old;
    struct span value;
    uint64_t bytes;
    fh_status status;

    TRY(overflow_decode(tree, cell->payload, &bytes, &old));
    status = overflow_value(tree, cell, &gathered, &value);
    if (status == FH_OK) status = overflow_write(tree, value, &payload);
    tree_buffer_give(gathered);
    TRY(status);
    if (end_of(txn_run_written(tree->txn)) >= end_of(&old) ||
        payload.span.size != cell->payload.size) {
        overflow_undo(tree, payload.span); /* nothing gained, or another number of pieces */
        return FH_OK;
    }
    memcpy(rest, cell->rest.data, cell->rest.size);
    item.rest = span_of(rest, cell->rest.size);
    item.payload = payload.span;
    TRY(overflow_drop(tree, cell->payload));
    REQUIRE(node_replace(leaf, tree->page_bytes, i, &item));
    spend(sweep, overflow_pages(&old));
    return FH_OK;
}

static bool stands_above(const struct tree *tree, const struct tree_sweep *sweep,
                         const struct cell *cell)
{
    struct txn_extents extents;
    uint64_t bytes;

    return cell->is_extents && overflow_decode(tree, cell->payload, &bytes, &extents) == FH_OK &&
           end_of(&extents) > sweep->limit;
}

/* A leaf with a value's run above the limit. */
static bool has_high_run(const struct tree *tree, const struct tree_sweep *sweep,
                         const uint8_t *leaf)
{
    struct cell cell;

    for (unsigned i = 0; tree->state.run_pages > 0 && i < node_count(leaf); i++)
        if (node_cell(leaf, tree->page_bytes, i, &cell) && stands_above(tree, sweep, &cell))
            return true;
    return false;
}

static fh_status move_runs(struct tree *tree, struct tree_sweep *sweep, uint8_t *leaf)
{
    for (unsigned i = 0; tree->state.run_pages > 0 && i < node_count(leaf); i++) {
        struct cell cell;

        if (!node_cell(leaf, tree->page_bytes, i, &cell)) return tree_bad_cell(0, i);
        if (stands_above(tree, sweep, &cell)) TRY(move_value(tree, sweep, leaf, i, &cell));
    }
    return FH_OK;
}

/* So much of a page is full: a little is left for what comes. */
static uint64_t full_bytes(const struct tree *tree)
{
    return (uint64_t)tree->page_bytes / 16 * FULL_OF_16;
}

/* Worth filling up from the next one: an item of up to three sixteenths of a page fits. */
static bool is_thin(const struct tree *tree, const uint8_t *leaf)
{
    return node_used_bytes(leaf, tree->page_bytes) < tree->page_bytes / 16 * THIN_OF_16;
}

/* The leaf at the end of the way is owned, moved and filled up. */
static fh_status rewrite_leaf(struct tree *tree, struct tree_sweep *sweep, struct path *path)
{
    struct path_step *leaf = path_leaf(path);
    bool joined = sweep->packs;

    TRY(own_way(tree, sweep, path));
    TRY(move_runs(tree, sweep, leaf->body));
    while (joined && sweep->moves > 0) {
        TRY(tree_join_next(tree, path, full_bytes(tree), &joined));
        if (joined) spend(sweep, 1);
    }
    if (!sweep->packs || sweep->moves == 0 || !is_thin(tree, leaf->body)) return FH_OK;
    TRY(tree_fill_up(tree, path, full_bytes(tree), &joined));
    if (joined) spend(sweep, 1);
    return FH_OK;
}

/* Child `i` of a parent of leaves has to be written again: it stands high, or is thin. */
static fh_status judge_leaf(struct tree *tree, const struct tree_sweep *sweep,
                            const uint8_t *parent, unsigned i, bool *ret_is_wanted)
{
    page_no page = node_child(parent, i);
    const uint8_t *leaf;

    *ret_is_wanted = page >= sweep->limit;
    if (*ret_is_wanted || (!sweep->packs && tree->state.run_pages == 0)) return FH_OK;
    TRY(tree_node(tree, page, 0, &leaf));
    *ret_is_wanted = has_high_run(tree, sweep, leaf);
    if (!*ret_is_wanted && sweep->packs && i < node_count(parent))
        *ret_is_wanted = is_thin(tree, leaf);
    return FH_OK;
}

/* Over the children of one parent of leaves, from the one on the way. */
static fh_status sweep_children(struct tree *tree, struct tree_sweep *sweep, struct path *path)
{
    struct path_step *parent = &path->steps[path->depth - 2];
    const uint8_t *node = overlay_page(tree->overlay, parent->page), *leaf;

    for (unsigned i = parent->index; i <= node_count(node); i++) {
        page_no page = node_child(node, i);
        bool is_wanted;

        if (!txn_has_room_below(tree->txn, sweep->limit)) sweep->moves = 0;
        if (sweep->moves == 0) {
            TRY(tree_node(tree, page, 0, &leaf));
            go_on_at(sweep, node_lower(leaf));
            return FH_OK;
        }
        TRY(judge_leaf(tree, sweep, node, i, &is_wanted));
        if (!is_wanted) continue;
        parent->index = i;
        *path_leaf(path) = (struct path_step){.page = page};
        TRY(rewrite_leaf(tree, sweep, path));
        node = parent->body;
    }
    go_on_at(sweep, node_upper(node));
    sweep->is_done = node_is_open(node);
    return FH_OK;
}

static bool stands_high(const struct path *path, const struct tree_sweep *sweep)
{
    bool is_high = false;

    for (unsigned i = 0; i < path->depth; i++)
        is_high |= path->steps[i].page >= sweep->limit;
    return is_high;
}

fh_status tree_sweep(struct tree *tree, struct tree_sweep *sweep)
{
    while (!sweep->is_done && sweep->moves > 0 && sweep->visits > 0) {
        struct path path;
        bool found;

        sweep->visits--;
        if (!txn_has_room_below(tree->txn, sweep->limit)) sweep->moves = 0;
        if (sweep->moves == 0) break;
        TRY(txn_step(tree->txn));
        TRY(tree_descend(tree, span_of(sweep->key, sweep->key_size), &path, &found));
        if (path.depth > 1) {
            if (stands_high(&path, sweep)) TRY(own_way(tree, sweep, &path));
            TRY(sweep_children(tree, sweep, &path));
            continue;
        }
        sweep->is_done = true;
        if (path.depth == 0) break;
        if (stands_high(&path, sweep) ||
            has_high_run(tree, sweep, overlay_page(tree->overlay, path.steps[0].page)))
            TRY(rewrite_leaf(tree, sweep, &path));
    }
    return FH_OK;
}
