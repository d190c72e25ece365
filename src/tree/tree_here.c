/*
 * tree_here.c - room in one leaf.
 */
#include "tree/tree_here.h"

#include "base/check.h"
#include "tree/tree_internal.h"

/* In place of the item that is there, if that keeps nothing apart; or beside the others. */
static bool has_room(const struct tree *tree, const struct tree_here *here, uint32_t cell_bytes)
{
    const uint8_t *leaf = here->body;
    struct cell cell;

    if (!here->is_found) return node_has_room(leaf, cell_bytes);
    if (!node_cell(leaf, tree->page_bytes, here->index, &cell) || cell.is_extents) return false;
    return node_has_room_instead(leaf, cell_bytes, cell.bytes);
}

bool tree_here_find(const struct tree *tree, struct span key, size_t value_bytes,
                    struct tree_here *ret_here)
{
    struct path path;
    struct path_step *leaf;
    size_t rest_bytes;

    if (tree_keeps_apart(tree, key.size, value_bytes) ||
        tree_descend(tree, key, &path, &ret_here->is_found) != FH_OK || path.depth == 0)
        return false;
    leaf = path_leaf(&path);
    ret_here->body = txn_frame(tree->txn, leaf->page, &ret_here->epoch);
    if (ret_here->body == NULL) return false;
    ret_here->index = leaf->index;
    rest_bytes = key.size - node_prefix_bytes(ret_here->body);
    return has_room(tree, ret_here, node_cell_bytes(rest_bytes, value_bytes, false));
}

void tree_here_put(struct tree *tree, const struct tree_here *here, struct span key,
                   struct span value)
{
    size_t prefix = node_prefix_bytes(here->body);
    struct leaf_item item = {.rest = span_of(key.data + prefix, key.size - prefix),
                             .payload = value};
    struct cell cell;

    tree->change_count++;
    if (here->is_found) {
        REQUIRE(node_cell(here->body, tree->page_bytes, here->index, &cell)); /* has_room looked */
        tree->state.payload_bytes += value.size - cell.payload.size;
        if (node_replace(here->body, tree->page_bytes, here->index, &item)) return;
        node_remove(here->body, tree->page_bytes, here->index);
    } else {
        tree->state.payload_bytes += key.size + value.size;
        tree->state.items++;
    }
    node_insert(here->body, tree->page_bytes, here->index, &item);
}
