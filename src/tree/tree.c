/*
 * tree.c - the way down, and owning it.
 */
#include "tree/tree.h"

#include "base/check.h"
#include "base/note.h"
#include "tree/node_search.h"
#include "tree/tree_internal.h"

void tree_init(struct tree *tree, const struct tree_state *state, struct pager *pager,
               struct txn *txn)
{
    /* Not as a whole: the near way is long, and each transaction has two trees. */
    tree->state = *state;
    tree->overlay = pager_overlay(pager);
    tree->txn = txn;
    tree->page_bytes = pager_page_bytes(pager);
    tree->change_count = 0;
    tree->buffers = NULL;
    tree->near.depth = 0;
    tree->near_stamp = 0;
}

fh_status tree_bad_node(const struct tree *tree, page_no page, unsigned level)
{
    return fail(FH_CORRUPT, "page %u is no node of level %u of tree %u", page, level,
                tree->state.tree_id);
}

fh_status tree_bad_cell(page_no page, unsigned i)
{
    if (i == NODE_DAMAGED) return fail(FH_CORRUPT, "page %u: an item cannot be decoded", page);
    return fail(FH_CORRUPT, "page %u: item %u cannot be decoded", page, i);
}

fh_status tree_node(const struct tree *tree, page_no page, unsigned level, const uint8_t **ret_node)
{
    const uint8_t *node = overlay_page(tree->overlay, page);

    if (UNLIKELY(page == 0 || node == NULL ||
                 !node_is_sound(node, tree->page_bytes, level, tree->state.tree_id)))
        return tree_bad_node(tree, page, level);
    *ret_node = node;
    return overlay_touch(tree->overlay, page);
}

fh_status tree_get(const struct tree *tree, struct span key, struct span *ret_value)
{
    page_no page = tree->state.root;
    const uint8_t *node;
    struct cell cell;
    unsigned i;
    bool found;

    if (UNLIKELY(page == 0)) return answer(FH_NOT_FOUND);
    node = overlay_page(tree->overlay, page);
    for (unsigned level = tree->state.level; level > 0; level--) {
        TRY(tree_look_at(tree, page, level, node));
        i = node_search_way(node, tree->page_bytes, key);
        if (UNLIKELY(i == NODE_DAMAGED)) return tree_bad_cell(page, i);
        page = node_child(node, i);
        node = tree_prefetch(tree, page);
    }
    TRY(tree_look_at(tree, page, 0, node));
    i = node_search_item(node, tree->page_bytes, key, &found, &cell);
    if (!found) return LIKELY(i != NODE_DAMAGED) ? answer(FH_NOT_FOUND) : tree_bad_cell(page, i);
    if (UNLIKELY(cell.is_extents)) return overflow_value(tree, &cell, NULL, ret_value);
    *ret_value = cell.payload;
    return FH_OK;
}

fh_status tree_descend(const struct tree *tree, struct span key, struct path *ret_path,
                       bool *ret_found)
{
    page_no page = tree->state.root;
    const uint8_t *node;

    ret_path->depth = 0;
    *ret_found = false;
    if (page == 0) return FH_OK;
    if (tree->state.level >= TREE_LEVELS_MAX) return tree_bad_node(tree, page, tree->state.level);
    for (unsigned level = tree->state.level;; level--) {
        struct path_step *step = &ret_path->steps[ret_path->depth++];

        TRY(tree_node(tree, page, level, &node));
        *step = (struct path_step){.page = page};
        step->index = level == 0 ? node_search(node, tree->page_bytes, key, ret_found)
                                 : node_search_child(node, tree->page_bytes, key);
        if (UNLIKELY(step->index == NODE_DAMAGED)) return tree_bad_cell(page, step->index);
        if (level == 0) return FH_OK;
        page = node_child(node, step->index);
        (void)tree_prefetch(tree, page);
    }
}

struct slot tree_slot(const struct tree *tree, unsigned level)
{
    return (struct slot){
        .tag = level == 0 ? PAGE_LEAF : PAGE_BRANCH,
        .level = (uint8_t)level,
        .tree_id = tree->state.tree_id,
    };
}

struct node_frame tree_node_frame(const struct tree *tree, unsigned level, struct span lower,
                                  struct span upper, bool is_open)
{
    return (struct node_frame){
        .page_bytes = tree->page_bytes,
        .tree_id = tree->state.tree_id,
        .level = level,
        .epoch = txn_epoch(tree->txn),
        .lower = lower,
        .upper = upper,
        .is_open = is_open,
    };
}

/* A node that comes from the file is looked at whole before it is changed the first time. Its
 * cells stand in no order: asked for at once, their lines do not wait for each other. */
static fh_status look_at_whole(const struct tree *tree, page_no page)
{
    const uint8_t *node = overlay_page(tree->overlay, page);

    for (unsigned at = 0; at < tree->page_bytes; at += LINE_BYTES)
        PREFETCH(node + at);
    if (node_validate(node, tree->page_bytes) == FH_OK) return FH_OK;
    return note_context(FH_CORRUPT, "page %u", page);
}

fh_status tree_edit(struct tree *tree, page_no page, unsigned level, page_no *ret_page,
                    uint8_t **ret_body)
{
    struct slot slot = tree_slot(tree, level);

    TRY(txn_edit(tree->txn, page, &slot, ret_page, ret_body));
    if (*ret_page != page) store64(*ret_body + NODE_EPOCH_AT, txn_epoch(tree->txn));
    return FH_OK;
}

static fh_status own_step(struct tree *tree, struct path *path, unsigned i)
{
    struct path_step *step = &path->steps[i];

    if (overlay_find(tree->overlay, step->page) == 0) TRY(look_at_whole(tree, step->page));
    TRY(tree_edit(tree, step->page, path->depth - 1 - i, &step->page, &step->body));
    if (i == 0)
        tree->state.root = step->page;
    else
        node_set_child(path->steps[i - 1].body, path->steps[i - 1].index, step->page);
    return FH_OK;
}

fh_status tree_own(struct tree *tree, struct path *path)
{
    tree->change_count++;
    for (unsigned i = 0; i < path->depth; i++)
        TRY(own_step(tree, path, i));
    return FH_OK;
}
