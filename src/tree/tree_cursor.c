/*
 * tree_cursor.c - moves of a cursor.
 */
#include "tree/tree_cursor.h"

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "tree/node_search.h"
#include "tree/tree_cursor_step.h"
#include "tree/tree_internal.h"

void tree_cursor_init(struct tree_cursor *cursor, struct tree *tree)
{
    cursor->tree = tree;
    cursor->leaf.node = NULL;
    cursor->offset = cursor->offsets_end = cursor->key;
    cursor->place = CURSOR_NOWHERE;
    cursor->key_size = 0;
    cursor->prefix_size = 0;
    cursor->gathered = NULL;
}

void tree_cursor_fini(struct tree_cursor *cursor)
{
    tree_buffer_give(cursor->gathered);
}

/* Its way is not known any more: it is found anew by the key. */
static void lose_way(struct tree_cursor *cursor)
{
    cursor->leaf.node = NULL;
    cursor->offsets_end = cursor->offset;
}

static fh_status end_of(struct tree_cursor *cursor, enum cursor_place place)
{
    cursor->place = place;
    lose_way(cursor);
    return answer(FH_NOT_FOUND);
}

/* The leaf on the right, under the same parent. */
static void prefetch_next_leaf(const struct tree_cursor *cursor)
{
    const struct cursor_step *up;

    if (cursor->depth == 0) return;
    up = &cursor->steps[cursor->depth - 1];
    if (up->index < node_count(up->node))
        (void)tree_prefetch(cursor->tree, node_child(up->node, up->index + 1));
}

/* Only where nothing changes, and for keys that a copy of any rest cannot make too long. */
static void ready_to_step(struct tree_cursor *cursor)
{
    unsigned count = node_count(cursor->leaf.node);
    const uint8_t *offsets = cursor->leaf.node + leaf_offsets_at(count);

    cursor->offset = offsets + (size_t)cursor->leaf.index * OFFSET_BYTES;
    cursor->offsets_end = cursor->offset;
    if (cursor->tree->txn != NULL || cursor->prefix_size > TREE_KEY_MAX - CURSOR_COPY_BYTES) return;
    cursor->offsets_end = offsets + (size_t)count * OFFSET_BYTES;
    cursor->step_limit = cursor->leaf.node + cursor->tree->page_bytes - CURSOR_LOOK_BYTES;
}

/* Where tree_cursor_step has gone to. */
static unsigned index_of(const struct tree_cursor *cursor)
{
    const uint8_t *node = cursor->leaf.node;

    return (unsigned)(cursor->offset - node - leaf_offsets_at(node_count(node))) / OFFSET_BYTES;
}

enum { LINES_AHEAD = 4 };

/*
 * The next item's value, if it stands in pages of its own, will be looked at soon: where runs lie
 * in no order nothing else can foresee it. To prefetch an address that is none is harmless.
 */
static void want_next_value(const struct tree_cursor *cursor)
{
    const struct cursor_step *leaf = &cursor->leaf;
    const uint8_t *value;
    struct cell next;

    if (leaf->index + 1 >= node_count(leaf->node) ||
        !node_cell(leaf->node, cursor->tree->page_bytes, leaf->index + 1, &next) ||
        !next.is_extents)
        return;
    value = overlay_mapped(cursor->tree->overlay, load32(next.payload.data + EXTENT_LENGTH_BYTES));
    for (unsigned i = 0; i < LINES_AHEAD; i++)
        PREFETCH(value + (size_t)i * LINE_BYTES);
}

/* The item at the leaf's index becomes what the cursor stands on. */
static fh_status arrive(struct tree_cursor *cursor, struct cursor_item *ret_item)
{
    const struct cursor_step *leaf = &cursor->leaf;
    struct cell cell;

    if (UNLIKELY(!node_cell_short(leaf->node, cursor->tree->page_bytes, leaf->index, &cell) ||
                 cursor->prefix_size + cell.rest.size > TREE_KEY_MAX))
        return tree_bad_cell(leaf->page, leaf->index);
    if (cell.rest.size > 0)
        memcpy(cursor->key + cursor->prefix_size, cell.rest.data, cell.rest.size);
    cursor->key_size = cursor->prefix_size + cell.rest.size;
    cursor->place = CURSOR_ON;
    ready_to_step(cursor);
    ret_item->key = span_of(cursor->key, cursor->key_size);
    ret_item->value = cell.payload;
    if (LIKELY(!cell.is_extents)) return FH_OK;
    want_next_value(cursor);
    return overflow_value(cursor->tree, &cell, &cursor->gathered, &ret_item->value);
}

/* The branch at `page` becomes the last step; its index is the caller's to set. */
static fh_status step_down(struct tree_cursor *cursor, page_no page, unsigned level,
                           struct cursor_step **ret_step)
{
    struct cursor_step *step = &cursor->steps[cursor->depth];

    TRY(tree_node(cursor->tree, page, level, &step->node));
    step->page = page;
    cursor->depth++;
    *ret_step = step;
    return FH_OK;
}

/* The leaf at `page` ends the way. */
static fh_status enter_leaf(struct tree_cursor *cursor, page_no page)
{
    const uint8_t *node;
    struct span prefix;

    TRY(tree_node(cursor->tree, page, 0, &node));
    prefix = node_prefix(node);
    cursor->leaf = (struct cursor_step){.node = node, .page = page};
    cursor->prefix_size = size_min(prefix.size, TREE_KEY_MAX);
    if (cursor->prefix_size > 0) memcpy(cursor->key, prefix.data, cursor->prefix_size);
    return FH_OK;
}

static fh_status begin_way(struct tree_cursor *cursor)
{
    const struct tree_state *state = &cursor->tree->state;

    cursor->depth = 0;
    cursor->change_count = tree_stamp(cursor->tree);
    if (state->level >= TREE_LEVELS_MAX)
        return fail(FH_CORRUPT, "a tree of %u levels", state->level);
    return FH_OK;
}

/* From the node at `page` down to a leaf, along the first or the last children. */
static fh_status run_down(struct tree_cursor *cursor, page_no page, unsigned level, bool to_last)
{
    struct cursor_step *step;

    for (; level > 0; level--) {
        TRY(step_down(cursor, page, level, &step));
        step->index = to_last ? node_count(step->node) : 0;
        page = node_child(step->node, step->index);
    }
    TRY(enter_leaf(cursor, page));
    if (to_last) cursor->leaf.index = node_count(cursor->leaf.node);
    return FH_OK;
}

/* The way to `key`: the leaf's index is the first item not less than it. */
static fh_status find(struct tree_cursor *cursor, struct span key, bool *ret_found)
{
    page_no page = cursor->tree->state.root;
    uint32_t page_bytes = cursor->tree->page_bytes;
    struct cursor_step *step;

    TRY(begin_way(cursor));
    for (unsigned level = cursor->tree->state.level; level > 0; level--) {
        TRY(step_down(cursor, page, level, &step));
        step->index = node_search_child(step->node, page_bytes, key);
        if (UNLIKELY(step->index == NODE_DAMAGED)) return tree_bad_cell(page, NODE_DAMAGED);
        page = node_child(step->node, step->index);
        (void)tree_prefetch(cursor->tree, page);
    }
    TRY(enter_leaf(cursor, page));
    cursor->leaf.index = node_search(cursor->leaf.node, page_bytes, key, ret_found);
    return LIKELY(cursor->leaf.index != NODE_DAMAGED) ? FH_OK : tree_bad_cell(page, NODE_DAMAGED);
}

/* To the neighbouring leaf that has items; FH_NOT_FOUND at the end of the tree. */
static fh_status next_leaf(struct tree_cursor *cursor)
{
    do {
        struct cursor_step *up = &cursor->steps[cursor->depth];

        do {
            if (up == cursor->steps) return end_of(cursor, CURSOR_BEHIND);
            up--;
        } while (up->index == node_count(up->node));
        cursor->depth = (unsigned)(up - cursor->steps) + 1;
        up->index++;
        TRY(run_down(cursor, node_child(up->node, up->index), node_level(up->node) - 1, false));
    } while (node_count(cursor->leaf.node) == 0);
    prefetch_next_leaf(cursor);
    return FH_OK;
}

static fh_status prev_leaf(struct tree_cursor *cursor)
{
    do {
        struct cursor_step *up = &cursor->steps[cursor->depth];

        do {
            if (up == cursor->steps) return end_of(cursor, CURSOR_BEFORE);
            up--;
        } while (up->index == 0);
        cursor->depth = (unsigned)(up - cursor->steps) + 1;
        up->index--;
        TRY(run_down(cursor, node_child(up->node, up->index), node_level(up->node) - 1, true));
    } while (node_count(cursor->leaf.node) == 0);
    return FH_OK;
}

/* The item at the index, or the first behind it. */
static fh_status forward(struct tree_cursor *cursor, struct cursor_item *ret_item)
{
    if (cursor->leaf.index >= node_count(cursor->leaf.node)) TRY(next_leaf(cursor));
    return arrive(cursor, ret_item);
}

/* The item before the index. */
static fh_status backward(struct tree_cursor *cursor, struct cursor_item *ret_item)
{
    if (cursor->leaf.index == 0) TRY(prev_leaf(cursor));
    cursor->leaf.index--;
    return arrive(cursor, ret_item);
}

/* After a failure the way may lead nowhere. */
static fh_status end_move(struct tree_cursor *cursor, fh_status status)
{
    if (UNLIKELY(status != FH_OK)) lose_way(cursor);
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
    TRY(run_down(cursor, cursor->tree->state.root, cursor->tree->state.level, false));
    return forward(cursor, ret_item);
}

static fh_status to_last(struct tree_cursor *cursor, struct cursor_item *ret_item)
{
    if (cursor->tree->state.root == 0) return end_of(cursor, CURSOR_BEFORE);
    TRY(begin_way(cursor));
    TRY(run_down(cursor, cursor->tree->state.root, cursor->tree->state.level, true));
    return backward(cursor, ret_item);
}

static bool is_current(const struct tree_cursor *cursor)
{
    return cursor->leaf.node != NULL && cursor->change_count == tree_stamp(cursor->tree);
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
        cursor->leaf.index = index_of(cursor) + 1;
        return forward(cursor, ret_item);
    }
    if (cursor->place == CURSOR_NOWHERE || cursor->place == CURSOR_BEFORE)
        return to_first(cursor, ret_item);
    if (cursor->place == CURSOR_BEHIND || cursor->tree->state.root == 0)
        return end_of(cursor, CURSOR_BEHIND);
    TRY(find_again(cursor, &found));
    cursor->leaf.index += found;
    return forward(cursor, ret_item);
}

static fh_status to_prev(struct tree_cursor *cursor, struct cursor_item *ret_item)
{
    bool found = false;

    if (LIKELY(cursor->place == CURSOR_ON && is_current(cursor))) {
        cursor->leaf.index = index_of(cursor);
        return backward(cursor, ret_item);
    }
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
    lose_way(cursor);
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
    tree_cursor_fini(cursor);
    memory_give(cursor);
    return status == FH_NOT_FOUND ? FH_OK : status;
}
