/*
 * tree_cursor.c - moves of a cursor.
 */
#include "tree/tree_cursor.h"

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "tree/tree_internal.h"

enum { AHEAD_ITEMS = 4 };

void tree_cursor_init(struct tree_cursor *cursor, struct tree *tree)
{
    cursor->tree = tree;
    cursor->place = CURSOR_NOWHERE;
    cursor->depth = 0;
    cursor->key_size = 0;
    cursor->prefix_size = 0;
}

static struct cursor_step *leaf_of(struct tree_cursor *cursor)
{
    return &cursor->steps[cursor->depth - 1];
}

static void set_prefix(struct tree_cursor *cursor, const uint8_t *leaf)
{
    struct span prefix = node_prefix(leaf);

    cursor->prefix_size = size_min(prefix.size, TREE_KEY_MAX);
    if (cursor->prefix_size > 0) memcpy(cursor->key, prefix.data, cursor->prefix_size);
}

static fh_status end_of(struct tree_cursor *cursor, enum cursor_place place)
{
    cursor->place = place;
    cursor->depth = 0;
    return answer(FH_NOT_FOUND);
}

/* Cells lie anywhere in the leaf: the one that comes up in a few moves is asked for now. */
static void prefetch_ahead(const struct cursor_step *leaf)
{
    unsigned count = node_count(leaf->node);
    unsigned ahead = leaf->index + AHEAD_ITEMS;
    const uint8_t *cell;

    if (ahead >= count) return;
    cell = leaf->node + load16(leaf->node + leaf_offsets_at(count) + (size_t)ahead * OFFSET_BYTES);
    PREFETCH(cell);
    PREFETCH(cell + LINE_BYTES);
}

/* The leaf on the right, under the same parent. */
static void prefetch_next_leaf(const struct tree_cursor *cursor)
{
    const struct cursor_step *up;

    if (cursor->depth < 2) return;
    up = &cursor->steps[cursor->depth - 2];
    if (up->index < node_count(up->node))
        tree_prefetch(cursor->tree, node_child(up->node, up->index + 1));
}

/* The item at the leaf's index becomes what the cursor stands on. */
static fh_status arrive(struct tree_cursor *cursor, struct cursor_item *ret_item)
{
    const struct cursor_step *leaf = leaf_of(cursor);
    struct cell cell;

    prefetch_ahead(leaf);
    if (UNLIKELY(!node_cell(leaf->node, cursor->tree->page_bytes, leaf->index, &cell) ||
                 cursor->prefix_size + cell.rest.size > TREE_KEY_MAX))
        return tree_bad_cell(leaf->page, leaf->index);
    if (cell.rest.size > 0)
        memcpy(cursor->key + cursor->prefix_size, cell.rest.data, cell.rest.size);
    cursor->key_size = cursor->prefix_size + cell.rest.size;
    cursor->place = CURSOR_ON;
    ret_item->key = span_of(cursor->key, cursor->key_size);
    return overflow_value(cursor->tree, &cell, &ret_item->value);
}

/* The node at `page` becomes the step below the last one. */
static fh_status step_down(struct tree_cursor *cursor, page_no page, unsigned level)
{
    struct cursor_step *step = &cursor->steps[cursor->depth];

    TRY(tree_node(cursor->tree, page, level, &step->node));
    step->page = page;
    cursor->depth++;
    if (level == 0) set_prefix(cursor, step->node);
    return FH_OK;
}

static fh_status begin_way(struct tree_cursor *cursor)
{
    const struct tree_state *state = &cursor->tree->state;

    cursor->depth = 0;
    cursor->change_count = tree_stamp(cursor->tree);
    if (state->level >= TREE_LEVELS_MAX)
        return fail(FH_CORRUPT, "a tree of %u levels", state->level);
    return step_down(cursor, state->root, state->level);
}

/* From the last step down to a leaf, along the first or the last children. */
static fh_status run_down(struct tree_cursor *cursor, bool to_last)
{
    while (node_level(leaf_of(cursor)->node) > 0) {
        struct cursor_step *step = leaf_of(cursor);

        step->index = to_last ? node_count(step->node) : 0;
        TRY(step_down(cursor, node_child(step->node, step->index), node_level(step->node) - 1));
    }
    leaf_of(cursor)->index = to_last ? node_count(leaf_of(cursor)->node) : 0;
    return FH_OK;
}

/* The way to `key`: the leaf's index is the first item not less than it. */
static fh_status find(struct tree_cursor *cursor, struct span key, bool *ret_found)
{
    TRY(begin_way(cursor));
    while (node_level(leaf_of(cursor)->node) > 0) {
        struct cursor_step *step = leaf_of(cursor);

        step->index = node_search_child(step->node, cursor->tree->page_bytes, key);
        if (UNLIKELY(step->index == NODE_DAMAGED)) return tree_bad_cell(step->page, step->index);
        TRY(step_down(cursor, node_child(step->node, step->index), node_level(step->node) - 1));
    }
    leaf_of(cursor)->index =
        node_search(leaf_of(cursor)->node, cursor->tree->page_bytes, key, ret_found);
    if (UNLIKELY(leaf_of(cursor)->index == NODE_DAMAGED))
        return tree_bad_cell(leaf_of(cursor)->page, NODE_DAMAGED);
    return FH_OK;
}

/* To the neighbouring leaf that has items; FH_NOT_FOUND at the end of the tree. */
static fh_status next_leaf(struct tree_cursor *cursor)
{
    do {
        unsigned up = cursor->depth - 1;

        while (up > 0 && cursor->steps[up - 1].index == node_count(cursor->steps[up - 1].node))
            up--;
        if (up == 0) return end_of(cursor, CURSOR_BEHIND);
        cursor->depth = up;
        cursor->steps[up - 1].index++;
        TRY(step_down(cursor, node_child(cursor->steps[up - 1].node, cursor->steps[up - 1].index),
                      node_level(cursor->steps[up - 1].node) - 1));
        TRY(run_down(cursor, false));
    } while (node_count(leaf_of(cursor)->node) == 0);
    prefetch_next_leaf(cursor);
    return FH_OK;
}

static fh_status prev_leaf(struct tree_cursor *cursor)
{
    do {
        unsigned up = cursor->depth - 1;

        while (up > 0 && cursor->steps[up - 1].index == 0)
            up--;
        if (up == 0) return end_of(cursor, CURSOR_BEFORE);
        cursor->depth = up;
        cursor->steps[up - 1].index--;
        TRY(step_down(cursor, node_child(cursor->steps[up - 1].node, cursor->steps[up - 1].index),
                      node_level(cursor->steps[up - 1].node) - 1));
        TRY(run_down(cursor, true));
    } while (node_count(leaf_of(cursor)->node) == 0);
    return FH_OK;
}

/* The item at the index, or the first behind it. */
static fh_status forward(struct tree_cursor *cursor, struct cursor_item *ret_item)
{
    if (leaf_of(cursor)->index >= node_count(leaf_of(cursor)->node)) TRY(next_leaf(cursor));
    return arrive(cursor, ret_item);
}

/* The item before the index. */
static fh_status backward(struct tree_cursor *cursor, struct cursor_item *ret_item)
{
    if (leaf_of(cursor)->index == 0) TRY(prev_leaf(cursor));
    leaf_of(cursor)->index--;
    return arrive(cursor, ret_item);
}

/* After a failure the steps may lead nowhere: they are found anew by the key. */
static fh_status end_move(struct tree_cursor *cursor, fh_status status)
{
    if (UNLIKELY(status != FH_OK)) cursor->depth = 0;
    return status;
}

static fh_status seek(struct tree_cursor *cursor, struct span key, struct cursor_item *ret_item)
{
    bool found;

    if (cursor->tree->state.root == 0) return end_of(cursor, CURSOR_BEHIND);
    TRY(find(cursor, key, &found));
    prefetch_next_leaf(cursor);
    return forward(cursor, ret_item);
}

static fh_status to_first(struct tree_cursor *cursor, struct cursor_item *ret_item)
{
    if (cursor->tree->state.root == 0) return end_of(cursor, CURSOR_BEHIND);
    TRY(begin_way(cursor));
    TRY(run_down(cursor, false));
    return forward(cursor, ret_item);
}

static fh_status to_last(struct tree_cursor *cursor, struct cursor_item *ret_item)
{
    if (cursor->tree->state.root == 0) return end_of(cursor, CURSOR_BEFORE);
    TRY(begin_way(cursor));
    TRY(run_down(cursor, true));
    return backward(cursor, ret_item);
}

static bool is_current(const struct tree_cursor *cursor)
{
    return cursor->depth > 0 && cursor->change_count == tree_stamp(cursor->tree);
}

/* The way to the cursor's key again: *ret_found says whether its item is still there. */
static fh_status find_again(struct tree_cursor *cursor, bool *ret_found)
{
    uint8_t key[TREE_KEY_MAX];
    size_t size = cursor->key_size;

    memcpy(key, cursor->key, size);
    TRY(find(cursor, span_of(key, size), ret_found));
    memcpy(cursor->key, key, size);
    return FH_OK;
}

static fh_status to_next(struct tree_cursor *cursor, struct cursor_item *ret_item)
{
    bool found = false;

    if (LIKELY(cursor->place == CURSOR_ON && is_current(cursor))) {
        leaf_of(cursor)->index++;
        return forward(cursor, ret_item);
    }
    if (cursor->place == CURSOR_NOWHERE || cursor->place == CURSOR_BEFORE)
        return to_first(cursor, ret_item);
    if (cursor->place == CURSOR_BEHIND || cursor->tree->state.root == 0)
        return end_of(cursor, CURSOR_BEHIND);
    TRY(find_again(cursor, &found));
    leaf_of(cursor)->index += found;
    return forward(cursor, ret_item);
}

static fh_status to_prev(struct tree_cursor *cursor, struct cursor_item *ret_item)
{
    bool found = false;

    if (LIKELY(cursor->place == CURSOR_ON && is_current(cursor))) return backward(cursor, ret_item);
    if (cursor->place == CURSOR_NOWHERE || cursor->place == CURSOR_BEHIND)
        return to_last(cursor, ret_item);
    if (cursor->place == CURSOR_BEFORE || cursor->tree->state.root == 0)
        return end_of(cursor, CURSOR_BEFORE);
    TRY(find_again(cursor, &found));
    return backward(cursor, ret_item);
}

fh_status tree_cursor_seek(struct tree_cursor *cursor, struct span key,
                           struct cursor_item *ret_item)
{
    return end_move(cursor, seek(cursor, key, ret_item));
}

fh_status tree_cursor_first(struct tree_cursor *cursor, struct cursor_item *ret_item)
{
    return end_move(cursor, to_first(cursor, ret_item));
}

fh_status tree_cursor_last(struct tree_cursor *cursor, struct cursor_item *ret_item)
{
    return end_move(cursor, to_last(cursor, ret_item));
}

fh_status tree_cursor_next(struct tree_cursor *cursor, struct cursor_item *ret_item)
{
    return end_move(cursor, to_next(cursor, ret_item));
}

fh_status tree_cursor_prev(struct tree_cursor *cursor, struct cursor_item *ret_item)
{
    return end_move(cursor, to_prev(cursor, ret_item));
}

fh_status tree_cursor_erase(struct tree_cursor *cursor)
{
    fh_status status;

    if (cursor->place != CURSOR_ON) return answer(FH_NOT_FOUND);
    status = tree_erase(cursor->tree, span_of(cursor->key, cursor->key_size));
    cursor->depth = 0;
    if (status == FH_OK || status == FH_NOT_FOUND) cursor->place = CURSOR_GAP;
    return status;
}

fh_status tree_cursor_walk(struct tree *tree, tree_cursor_visit visit, void *context)
{
    struct tree_cursor *cursor = memory_take(1, sizeof(*cursor));
    struct cursor_item item;
    fh_status status;

    if (cursor == NULL) return fail(FH_NO_MEMORY, "no memory for a cursor");
    tree_cursor_init(cursor, tree);
    status = tree_cursor_first(cursor, &item);
    while (status == FH_OK) {
        status = visit(context, &item);
        if (status == FH_OK) status = tree_cursor_next(cursor, &item);
    }
    memory_give(cursor);
    return status == FH_NOT_FOUND ? FH_OK : status;
}
