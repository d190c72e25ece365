/*
 * tree_erase.c - erase: one item, a range, everything.
 */
#include "base/check.h"
#include "base/note.h"
#include "tree/tree_internal.h"

/* Takes item i out of an owned leaf; its run goes first, being all that can fail. */
static fh_status erase_at(struct tree *tree, struct path_step *leaf, unsigned i)
{
    struct cell cell;
    uint64_t bytes;

    if (!node_cell(leaf->body, tree->page_bytes, i, &cell)) return tree_bad_cell(leaf->page, i);
    TRY(overflow_value_bytes(tree, &cell, &bytes));
    if (cell.is_extents) TRY(overflow_drop(tree, cell.payload));
    tree->state.items--;
    tree->state.payload_bytes -= node_prefix_bytes(leaf->body) + cell.rest.size + bytes;
    node_remove(leaf->body, tree->page_bytes, i);
    tree->change_count++;
    return FH_OK;
}

fh_status tree_erase(struct tree *tree, struct span key)
{
    struct path path;
    bool found;

    TRY(txn_step(tree->txn));
    TRY(tree_descend(tree, key, &path, &found));
    if (!found) return answer(FH_NOT_FOUND);
    TRY(tree_own(tree, &path));
    TRY(erase_at(tree, path_leaf(&path), path_leaf(&path)->index));
    return tree_shrink(tree, &path);
}

/* What of the range lies in one leaf: items low .. high - 1. */
static fh_status range_in_leaf(struct tree *tree, struct span to, const struct path *path,
                               unsigned *ret_high, bool *ret_is_last)
{
    const struct path_step *leaf = &path->steps[path->depth - 1];
    const uint8_t *node;
    bool found;

    TRY(tree_node(tree, leaf->page, 0, &node));
    *ret_is_last = node_is_open(node) || (to.size > 0 && span_compare(node_upper(node), to) >= 0);
    *ret_high = node_count(node);
    if (to.size > 0 && *ret_is_last &&
        (node_is_open(node) || span_compare(to, node_upper(node)) < 0))
        *ret_high = node_search(node, tree->page_bytes, to, &found);
    return *ret_high == NODE_DAMAGED ? tree_bad_cell(leaf->page, *ret_high) : FH_OK;
}

fh_status tree_erase_range(struct tree *tree, struct span from, struct span to, uint64_t *ret_count)
{
    uint8_t next[TREE_KEY_MAX];
    struct span at = from;
    bool is_last = false;

    *ret_count = 0;
    if (to.size > 0 && span_compare(from, to) >= 0) return FH_OK;
    while (!is_last && tree->state.root != 0) {
        struct path path;
        struct path_step *leaf;
        const uint8_t *node;
        unsigned high;
        bool found;

        TRY(txn_step(tree->txn));
        TRY(tree_descend(tree, at, &path, &found));
        leaf = path_leaf(&path);
        TRY(range_in_leaf(tree, to, &path, &high, &is_last));
        TRY(tree_node(tree, leaf->page, 0, &node));
        if (!is_last) {
            at = node_upper(node);
            memcpy(next, at.data, at.size);
            at.data = next;
        }
        if (leaf->index >= high) continue;
        TRY(tree_own(tree, &path));
        for (; high > leaf->index; ++*ret_count)
            TRY(erase_at(tree, leaf, --high));
        TRY(tree_shrink(tree, &path));
    }
    return FH_OK;
}

/* Joins that were left undone for want of memory come first: an empty tree has no node. */
fh_status tree_clear(struct tree *tree)
{
    static const uint8_t least[1] = {0};
    uint64_t count;

    TRY(tree_erase_range(tree, span_of(least, 0), span_of(NULL, 0), &count));
    while (tree->state.root != 0) {
        uint64_t pages = tree->state.leaf_pages + tree->state.branch_pages;
        struct path path;
        bool found;

        TRY(txn_step(tree->txn));
        TRY(tree_descend(tree, span_of(least, 0), &path, &found));
        TRY(tree_own(tree, &path));
        TRY(tree_join(tree, &path));
        if (tree->state.root != 0 && tree->state.leaf_pages + tree->state.branch_pages >= pages)
            return fail(FH_CORRUPT, "page %u: empty nodes that cannot be joined", tree->state.root);
    }
    return FH_OK;
}
