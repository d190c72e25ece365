/*
 * tree_shift.c - a full leaf gives items to a neighbour before it is split, a thin one takes some.
 *
 * Leaves that are split in the middle and never helped by their neighbours end two thirds full
 * when keys come at random, and half full when values change their sizes. Here a neighbour with a
 * quarter of its page free takes its share: both are equally full then. Idea: Knuth's B*-tree,
 * without its split of two into three.
 */
#include "base/check.h"
#include "tree/tree_internal.h"

enum { ITEM_BYTES_LEAST = HEAD_BYTES + OFFSET_BYTES + 2, EVENLY = 0 };

/* Two neighbours as they were, and where they are parted now. */
struct shift {
    const uint8_t *halves[2];
    unsigned counts[2];
    uint16_t bytes[2 * PAGE_BYTES_MAX / ITEM_BYTES_LEAST]; /* of cells with whole keys */
    unsigned cut;                                          /* so many of all items go to the left */
    uint8_t separator[TREE_KEY_MAX];
    size_t separator_size;
};

/* Item i of both, counted through, and the half that has it. */
static const uint8_t *item_at(const struct shift *shift, uint32_t page_bytes, unsigned i,
                              struct cell *ret_cell)
{
    const uint8_t *half = shift->halves[i >= shift->counts[0]];
    unsigned at = i >= shift->counts[0] ? i - shift->counts[0] : i;

    REQUIRE(node_cell_short(half, page_bytes, at, ret_cell)); /* owned, or validated */
    return half;
}

/* The middle, by bytes; or what the left one can have of `most`. */
static void find_cut(struct shift *shift, uint32_t page_bytes, uint64_t most)
{
    unsigned count = shift->counts[0] + shift->counts[1];
    uint64_t total = 0, sum = 0;

    for (unsigned i = 0; i < count; i++) {
        struct cell cell;
        const uint8_t *half = item_at(shift, page_bytes, i, &cell);
        uint32_t bytes = node_cell_bytes(node_prefix_bytes(half) + cell.rest.size,
                                         cell.payload.size, cell.is_extents);

        shift->bytes[i] = (uint16_t)bytes;
        total += bytes;
    }
    if (most == EVENLY) {
        for (shift->cut = 0; shift->cut < count - 1 && 2 * sum < total; shift->cut++)
            sum += shift->bytes[shift->cut];
        return;
    }
    sum = leaf_arrays_end(0) + shift->bytes[0];
    for (shift->cut = 1; shift->cut < count - 1 && sum + shift->bytes[shift->cut] <= most;
         shift->cut++)
        sum += shift->bytes[shift->cut];
}

static struct span key_at(const struct shift *shift, uint32_t page_bytes, unsigned i,
                          uint8_t key[TREE_KEY_MAX])
{
    struct cell cell;
    const uint8_t *half = item_at(shift, page_bytes, i, &cell);
    struct span prefix = node_prefix(half);

    if (prefix.size > 0) memcpy(key, prefix.data, prefix.size);
    memcpy(key + prefix.size, cell.rest.data, cell.rest.size);
    return span_of(key, prefix.size + cell.rest.size);
}

/* The shortest that parts the two items at the cut. */
static void find_separator(struct shift *shift, uint32_t page_bytes)
{
    uint8_t low_key[TREE_KEY_MAX], high_key[TREE_KEY_MAX];
    struct span low = key_at(shift, page_bytes, shift->cut - 1, low_key);
    struct span high = key_at(shift, page_bytes, shift->cut, high_key);

    shift->separator_size = separator_length(low, high);
    memcpy(shift->separator, high.data, shift->separator_size);
}

/* A shorter key may need a byte less for its length, which is not counted on. */
static bool fits(const struct shift *shift, const struct node_frame *frame, unsigned from,
                 unsigned to)
{
    size_t prefix = node_prefix_between(frame->lower, frame->upper, frame->is_open);
    uint64_t bytes = leaf_arrays_end(to - from) + frame->lower.size + frame->upper.size;

    for (unsigned i = from; i < to; i++)
        bytes += shift->bytes[i] - prefix;
    return bytes <= frame->page_bytes;
}

/* Items from..to of both, counted through. */
static void fill(uint8_t *node, const struct shift *shift, const struct node_frame *frame,
                 unsigned from, unsigned to)
{
    unsigned middle = shift->counts[0];
    unsigned left_end = to < middle ? to : middle, right_start = from < middle ? middle : from;

    node_init(node, frame);
    if (from < left_end)
        node_append(node, frame->page_bytes, shift->halves[0], from, left_end - from);
    if (right_start < to)
        node_append(node, frame->page_bytes, shift->halves[1], right_start - middle,
                    to - right_start);
}

/* The parent's separator behind child `at` becomes another one. There is room for both. */
static void part(const struct tree *tree, uint8_t *parent, unsigned at, struct span rest)
{
    page_no right = node_child(parent, at + 1);

    node_remove_child(parent, at);
    node_insert_child(parent, tree->page_bytes, at, rest, right);
}

/* The leaf on the way, and its neighbour at `other_at`, which is sound. */
static fh_status shift_between(struct tree *tree, struct path *path, unsigned other_at,
                               const uint8_t *other, uint64_t most, bool *ret_shifted)
{
    struct path_step *parent = &path->steps[path->depth - 2], *leaf = path_leaf(path);
    unsigned left_at = other_at < parent->index ? other_at : parent->index;
    unsigned own_half = left_at == other_at;
    size_t prefix = node_prefix_bytes(parent->body);
    uint8_t halves[2][PAGE_BYTES_MAX];
    struct node_frame left, right;
    struct shift shift;
    struct span separator;
    uint8_t *bodies[2];
    unsigned count;
    page_no page;

    memcpy(halves[own_half], leaf->body, tree->page_bytes);
    memcpy(halves[!own_half], other, tree->page_bytes);
    for (int half = 0; half < 2; half++) {
        shift.halves[half] = halves[half];
        shift.counts[half] = node_count(halves[half]);
    }
    count = shift.counts[0] + shift.counts[1];
    if (count < 2) return FH_OK;
    find_cut(&shift, tree->page_bytes, most);
    if (most != EVENLY && shift.cut <= shift.counts[0]) return FH_OK;
    find_separator(&shift, tree->page_bytes);
    separator = span_of(shift.separator, shift.separator_size);
    left = tree_node_frame(tree, 0, node_lower(halves[0]), separator, false);
    right = tree_node_frame(tree, 0, separator, node_upper(halves[1]), node_is_open(halves[1]));
    if (!node_has_branch_room(parent->body, separator.size - prefix) ||
        !fits(&shift, &left, 0, shift.cut) || !fits(&shift, &right, shift.cut, count))
        return FH_OK;
    bodies[own_half] = leaf->body;
    TRY(tree_edit(tree, node_child(parent->body, other_at), 0, &page, &bodies[!own_half]));
    node_set_child(parent->body, other_at, page);
    fill(bodies[0], &shift, &left, 0, shift.cut);
    fill(bodies[1], &shift, &right, shift.cut, count);
    part(tree, parent->body, left_at, span_of(separator.data + prefix, separator.size - prefix));
    tree->change_count++;
    *ret_shifted = true;
    return FH_OK;
}

/* A neighbour with a quarter of its page free takes items. */
static fh_status shift_to(struct tree *tree, struct path *path, unsigned other_at,
                          bool *ret_shifted)
{
    page_no page = node_child(path->steps[path->depth - 2].body, other_at);
    const uint8_t *other;

    TRY(tree_node(tree, page, 0, &other));
    if (node_used_bytes(other, tree->page_bytes) > tree->page_bytes / 4 * 3) return FH_OK;
    TRY(node_validate(other, tree->page_bytes));
    return shift_between(tree, path, other_at, other, EVENLY, ret_shifted);
}

fh_status tree_shift(struct tree *tree, struct path *path, bool *ret_shifted)
{
    const struct path_step *leaf = path_leaf(path);
    const struct path_step *parent;

    *ret_shifted = false;
    if (path->depth < 2) return FH_OK;
    /* Keys in order get leaves of their own at either end. */
    if (leaf->index == node_count(leaf->body) && node_is_open(leaf->body)) return FH_OK;
    if (leaf->index == 0 && node_lower(leaf->body).size == 0) return FH_OK;
    parent = &path->steps[path->depth - 2];
    if (parent->index < node_count(parent->body))
        TRY(shift_to(tree, path, parent->index + 1, ret_shifted));
    if (!*ret_shifted && parent->index > 0)
        TRY(shift_to(tree, path, parent->index - 1, ret_shifted));
    return FH_OK;
}

fh_status tree_fill_up(struct tree *tree, struct path *path, uint64_t most, bool *ret_shifted)
{
    const struct path_step *parent;
    const uint8_t *next;

    *ret_shifted = false;
    if (path->depth < 2) return FH_OK;
    parent = &path->steps[path->depth - 2];
    if (parent->index >= node_count(parent->body)) return FH_OK;
    TRY(tree_node(tree, node_child(parent->body, parent->index + 1), 0, &next));
    TRY(node_validate(next, tree->page_bytes));
    return shift_between(tree, path, parent->index + 1, next, most, ret_shifted);
}
