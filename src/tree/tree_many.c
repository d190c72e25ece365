/*
 * tree_many.c - gets of several keys side by side.
 *
 * A get waits for memory at each level: its next address is in what it waits for. The keys of
 * a group go down together, a level at a time, so that each waits while the others search.
 */
#include "base/check.h"
#include "base/note.h"
#include "tree/node_search.h"
#include "tree/tree_internal.h"

/* A key on its way. */
struct seeker {
    const uint8_t *node;
    page_no page;
    unsigned low; /* in the leaf: the first item that is not less by its head */
};

static fh_status go_down(const struct tree *tree, unsigned level, struct span key,
                         struct seeker *seeker)
{
    unsigned i;

    TRY(tree_look_at(tree, seeker->page, level, seeker->node));
    i = node_search_way(seeker->node, tree->page_bytes, key);
    if (UNLIKELY(i == NODE_DAMAGED)) return tree_bad_cell(seeker->page, i);
    seeker->page = node_child(seeker->node, i);
    seeker->node = tree_prefetch(tree, seeker->page);
    return FH_OK;
}

/* The cell that it is, if its head is the key's, is asked for. */
static fh_status look_in_leaf(const struct tree *tree, struct span key, struct seeker *seeker)
{
    const uint8_t *node = seeker->node, *cell;
    unsigned count;

    TRY(tree_look_at(tree, seeker->page, 0, node));
    count = node_count(node);
    seeker->low = node_search_heads(node, count, head_of(node_search_rest(node, key)));
    if (seeker->low == count) return FH_OK;
    cell = node + load16(node + leaf_offsets_at(count) + (size_t)seeker->low * OFFSET_BYTES);
    PREFETCH(cell);
    PREFETCH(cell + LINE_BYTES);
    return FH_OK;
}

static fh_status take_value(const struct tree *tree, struct span key, const struct seeker *seeker,
                            struct span *ret_value, unsigned *found_count)
{
    struct cell cell;
    bool found;
    unsigned i = node_search_from(seeker->node, tree->page_bytes,
                                  node_search_rest(seeker->node, key), seeker->low, &found, &cell);

    *ret_value = span_of(NULL, 0);
    if (!found) return LIKELY(i != NODE_DAMAGED) ? FH_OK : tree_bad_cell(seeker->page, i);
    ++*found_count;
    return overflow_value(tree, &cell, NULL, ret_value);
}

fh_status tree_get_group(const struct tree *tree, const struct span *keys, unsigned count,
                         struct span *values, unsigned *ret_found)
{
    struct seeker seekers[TREE_GROUP_MAX];
    unsigned found_count = 0;

    REQUIRE(count <= TREE_GROUP_MAX);
    for (unsigned i = 0; i < count; i++) {
        values[i] = span_of(NULL, 0);
        seekers[i].page = tree->state.root;
        seekers[i].node = overlay_page(tree->overlay, tree->state.root);
    }
    *ret_found = 0;
    if (tree->state.root == 0) return FH_OK;
    for (unsigned level = tree->state.level; level > 0; level--)
        for (unsigned i = 0; i < count; i++)
            TRY(go_down(tree, level, keys[i], &seekers[i]));
    for (unsigned i = 0; i < count; i++)
        TRY(look_in_leaf(tree, keys[i], &seekers[i]));
    for (unsigned i = 0; i < count; i++)
        TRY(take_value(tree, keys[i], &seekers[i], &values[i], &found_count));
    *ret_found = found_count;
    return FH_OK;
}
