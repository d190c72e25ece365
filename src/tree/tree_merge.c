/*
 * tree_merge.c - joins nodes that have become too empty, and lowers the root.
 *
 * A node whose items take less than a quarter of its page is joined with neighbours under
 * the same parent if both fit into one. The joined node takes the place of the one on the
 * way; the neighbour goes. Each join is whole before the next is begun.
 */
#include "base/check.h"
#include "tree/tree_internal.h"

/* Two neighbours: the left one's place in the parent, and which of them is on the way. */
struct join {
    uint8_t *parent;
    unsigned left_at;
    bool owned_is_left;
    const uint8_t *left;
    const uint8_t *right;
    page_no other; /* the page that goes */
};

static size_t joined_prefix(const struct join *join)
{
    return node_prefix_between(node_lower(join->left), node_upper(join->right),
                               node_is_open(join->right));
}

/* The key between the two, behind a prefix that the parent's keys have. */
static struct span separator_between(const struct join *join)
{
    return node_lower(join->right);
}

/* How many bytes the joined node takes, with the longer keys of a shorter prefix. */
static uint64_t joined_bytes(const struct tree *tree, const struct join *join)
{
    size_t prefix = joined_prefix(join);
    const uint8_t *halves[2] = {join->left, join->right};
    uint64_t bytes = node_lower(join->left).size + node_upper(join->right).size;
    unsigned count = 0;

    for (int half = 0; half < 2; half++) {
        const uint8_t *node = halves[half];
        size_t longer = node_prefix_bytes(node) - prefix;

        count += node_count(node);
        bytes += tree->page_bytes - node_low(node) - node_free_bytes(node);
        /* One byte more for a length that may need two, or for a separator no longer short. */
        bytes += (uint64_t)node_count(node) *
                 (longer == 0 ? 0 : longer + 1 + (node_level(node) > 0 ? SEPARATOR_SHORT + 2 : 0));
        bytes -= node_lower(node).size + node_upper(node).size;
    }
    if (node_level(join->left) == 0) return bytes + leaf_arrays_end(count);
    return bytes + branch_arrays_end(count + 1) + separator_between(join).size + 2;
}

static void fill_joined(struct tree *tree, uint8_t *node, const struct join *join)
{
    unsigned level = node_level(join->left);
    struct node_frame frame = tree_node_frame(tree, level, node_lower(join->left),
                                              node_upper(join->right), node_is_open(join->right));
    struct span separator = separator_between(join);
    size_t prefix;

    node_init(node, &frame);
    prefix = node_prefix_bytes(node);
    if (level > 0) node_set_child(node, 0, node_child(join->left, 0));
    node_append(node, tree->page_bytes, join->left, 0, node_count(join->left));
    if (level > 0)
        node_insert_child(node, tree->page_bytes, node_count(node),
                          span_of(separator.data + prefix, separator.size - prefix),
                          node_child(join->right, 0));
    node_append(node, tree->page_bytes, join->right, 0, node_count(join->right));
}

/* The neighbour at `at` of the node on the way: readable, sound, and both fit one page. */
static fh_status find_join(struct tree *tree, const struct path *path, unsigned i, unsigned at,
                           struct join *join, bool *ret_fits)
{
    const struct path_step *parent = &path->steps[i - 1];
    const uint8_t *other;

    join->parent = parent->body;
    join->owned_is_left = at > parent->index;
    join->left_at = join->owned_is_left ? parent->index : at;
    join->other = node_child(parent->body, at);
    TRY(tree_node(tree, join->other, path->depth - 1 - i, &other));
    TRY(node_validate(other, tree->page_bytes));
    join->left = join->owned_is_left ? path->steps[i].body : other;
    join->right = join->owned_is_left ? other : path->steps[i].body;
    *ret_fits = joined_bytes(tree, join) <= tree->page_bytes;
    return FH_OK;
}

static fh_status join_with(struct tree *tree, struct path *path, unsigned i,
                           const struct join *join)
{
    uint8_t halves[2][PAGE_BYTES_MAX];
    struct join copies = *join;

    memcpy(halves[0], join->left, tree->page_bytes);
    memcpy(halves[1], join->right, tree->page_bytes);
    TRY(txn_drop(tree->txn, join->other));
    copies.left = halves[0];
    copies.right = halves[1];
    fill_joined(tree, path->steps[i].body, &copies);
    /* The owned page keeps its place at the left; its old entry goes if it was on the right. */
    node_set_child(join->parent, join->left_at, path->steps[i].page);
    node_remove_child(join->parent, join->left_at);
    path->steps[i - 1].index = join->left_at;
    if (i == path->depth - 1)
        tree->state.leaf_pages--;
    else
        tree->state.branch_pages--;
    tree->change_count++;
    return FH_OK;
}

fh_status tree_join_next(struct tree *tree, struct path *path, uint64_t most, bool *ret_joined)
{
    unsigned i = path->depth - 1;
    struct join join;

    *ret_joined = false;
    if (i == 0 || path->steps[i - 1].index >= node_count(path->steps[i - 1].body)) return FH_OK;
    TRY(find_join(tree, path, i, path->steps[i - 1].index + 1, &join, ret_joined));
    *ret_joined = *ret_joined && joined_bytes(tree, &join) <= most;
    return *ret_joined ? join_with(tree, path, i, &join) : FH_OK;
}

/* Joins the node at step i with a neighbour, the right one first. */
static fh_status join_step(struct tree *tree, struct path *path, unsigned i, bool *ret_joined)
{
    unsigned at = path->steps[i - 1].index;
    unsigned last = node_count(path->steps[i - 1].body);
    struct join join;

    *ret_joined = false;
    if (at < last) {
        TRY(find_join(tree, path, i, at + 1, &join, ret_joined));
        if (*ret_joined) return join_with(tree, path, i, &join);
    }
    if (at > 0) {
        TRY(find_join(tree, path, i, at - 1, &join, ret_joined));
        if (*ret_joined) return join_with(tree, path, i, &join);
    }
    return FH_OK;
}

/* A root with one child is none; a root leaf without items is an empty tree. */
static fh_status lower_root(struct tree *tree, const uint8_t *root)
{
    page_no page = tree->state.root;

    while (tree->state.level > 0 && node_count(root) == 0) {
        page_no child = node_child(root, 0);

        TRY(txn_drop(tree->txn, page));
        tree->state.root = child;
        tree->state.level--;
        tree->state.branch_pages--;
        tree->change_count++;
        page = child;
        TRY(tree_node(tree, page, tree->state.level, &root));
    }
    if (tree->state.level == 0 && node_count(root) == 0) {
        TRY(txn_drop(tree->txn, page));
        tree->state.root = 0;
        tree->state.leaf_pages--;
        tree->change_count++;
    }
    return FH_OK;
}

/* Fences do not count: a node of nothing but long fences is empty all the same. */
static bool holds_little(const struct tree *tree, const uint8_t *node)
{
    return node_used_bytes(node, tree->page_bytes) - node_lower(node).size - node_upper(node).size <
           tree->page_bytes / 4;
}

/* An only child has no neighbour until its parent is joined. */
fh_status tree_join(struct tree *tree, struct path *path)
{
    for (unsigned i = path->depth - 1; i > 0; i--) {
        bool joined = true, has_joined = false;

        while (joined && holds_little(tree, path->steps[i].body)) {
            TRY(join_step(tree, path, i, &joined));
            has_joined |= joined;
        }
        if (!has_joined && node_count(path->steps[i - 1].body) > 0) return FH_OK;
    }
    return lower_root(tree, path->steps[0].body);
}

fh_status tree_shrink(struct tree *tree, struct path *path)
{
    fh_status status = tree_join(tree, path);

    return status == FH_NO_MEMORY || status == FH_NO_SPACE ? FH_OK : status;
}
