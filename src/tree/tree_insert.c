/*
 * tree_insert.c - put: own the way, take the pages a split may need, then change.
 *
 * A split keeps the left half where it is and puts the right half into a new page. An
 * item at the end of the last leaf gets a page of its own instead, so that keys in order
 * fill their leaves; so does one at the start of the first.
 */
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "tree/tree_internal.h"

/* Pages taken before anything changes: as many splits as the way could want. */
struct spares {
    unsigned count;
    page_no pages[TREE_LEVELS_MAX + 2];
    uint8_t *bodies[TREE_LEVELS_MAX + 2];
};

static fh_status insert_first(struct tree *tree, const struct leaf_item *item);
static fh_status insert_below(struct tree *tree, struct path *path, const struct leaf_item *item,
                              bool has_room);
static fh_status replace(struct tree *tree, struct path *path, const struct leaf_item *item,
                         bool has_room);
static void drop_spares(struct tree *tree, struct spares *spares, unsigned from);
static fh_status own(struct tree *tree, struct path *path);
static struct leaf_item behind_prefix(const struct leaf_item *item, const uint8_t *node);

bool tree_keeps_apart(const struct tree *tree, size_t key_bytes, size_t value_bytes)
{
    return overflow_wanted(tree, key_bytes, value_bytes);
}

/* With room for the payload of a large value, which is written here. */
static fh_status prepare_item(struct tree *tree, struct span key, struct span value,
                              struct overflow_payload *payload, struct leaf_item *ret_item)
{
    *ret_item = (struct leaf_item){.rest = key, .payload = value};
    if (!overflow_wanted(tree, key.size, value.size)) return FH_OK;
    TRY(overflow_write(tree, value, payload));
    ret_item->payload = payload->span;
    ret_item->is_extents = true;
    return FH_OK;
}

/* The leaf is owned; the item fits it: in place of the one that is there, or beside the others. */
static fh_status find_room(struct tree *tree, struct path *path, bool found,
                           const struct leaf_item *item, bool *ret_has_room)
{
    const struct path_step *leaf = path_leaf(path);
    struct leaf_item cut;
    struct cell cell;
    uint32_t bytes;

    TRY(own(tree, path));
    cut = behind_prefix(item, leaf->body);
    bytes = node_cell_bytes(cut.rest.size, cut.payload.size, cut.is_extents);
    if (!found) {
        *ret_has_room = node_has_room(leaf->body, bytes);
        return FH_OK;
    }
    if (!node_cell(leaf->body, tree->page_bytes, leaf->index, &cell))
        return tree_bad_cell(leaf->page, leaf->index);
    *ret_has_room = node_has_room_instead(leaf->body, bytes, cell.bytes);
    return FH_OK;
}

/* A neighbour takes items of a leaf that is full, if it can; the path may be another one then. */
static fh_status make_room(struct tree *tree, struct path *path, bool *found,
                           const struct leaf_item *item, bool *ret_has_room)
{
    bool has_shifted = false;

    TRY(find_room(tree, path, *found, item, ret_has_room));
    if (*ret_has_room) return FH_OK;
    TRY(tree_shift(tree, path, &has_shifted));
    if (!has_shifted) return FH_OK;
    TRY(tree_descend(tree, item->rest, path, found));
    return find_room(tree, path, *found, item, ret_has_room);
}

/* The item goes where the path leads: in place of the one that is there, or new. */
static fh_status put_item(struct tree *tree, struct path *path, bool found,
                          const struct leaf_item *item, uint64_t value_bytes)
{
    bool has_room = false;

    if (path->depth > 0) TRY(make_room(tree, path, &found, item, &has_room));
    if (path->depth == 0)
        TRY(insert_first(tree, item));
    else if (found)
        TRY(replace(tree, path, item, has_room));
    else
        TRY(insert_below(tree, path, item, has_room));
    tree->state.payload_bytes += item->rest.size + value_bytes;
    tree->state.items++;
    return FH_OK;
}

/* Nothing was changed, spilled or saved since: the bodies are where they were, and owned. */
static uint64_t near_stamp(const struct tree *tree)
{
    return tree_stamp(tree) + txn_epoch(tree->txn);
}

/* The leaf of the last put may be the one: as a rule it is when keys come in order. */
static bool is_near(const struct tree *tree, struct span key)
{
    const struct path *near = &tree->near;
    const uint8_t *leaf;

    if (near->depth == 0 || tree->near_stamp != near_stamp(tree)) return false;
    leaf = near->steps[near->depth - 1].body;
    return span_order(key, node_lower(leaf)) >= 0 &&
           (node_is_open(leaf) || span_order(key, node_upper(leaf)) < 0);
}

/* Behind the last item, if that is where the last put went and this key is greater still. */
static bool is_behind(const struct tree *tree, const uint8_t *leaf, unsigned last, struct span key)
{
    size_t prefix = node_prefix_bytes(leaf);
    struct cell cell;

    return last + 1 == node_count(leaf) && node_cell_short(leaf, tree->page_bytes, last, &cell) &&
           span_order(cell.rest, span_of(key.data + prefix, key.size - prefix)) < 0;
}

/* The way to the key becomes the near one. It is good for this call, until that has succeeded. */
static fh_status find(struct tree *tree, struct span key, bool *ret_found)
{
    bool is_good = is_near(tree, key);
    struct path_step *step;

    tree->near_stamp = 0;
    if (!is_good) return tree_descend(tree, key, &tree->near, ret_found);
    step = path_leaf(&tree->near);
    *ret_found = false;
    if (is_behind(tree, step->body, step->index, key))
        step->index++;
    else
        step->index = node_search(step->body, tree->page_bytes, key, ret_found);
    return step->index != NODE_DAMAGED ? FH_OK : tree_bad_cell(step->page, step->index);
}

fh_status tree_put(struct tree *tree, struct span key, struct span value, enum tree_put_flags flags)
{
    struct overflow_payload payload;
    struct leaf_item item;
    fh_status status;
    bool found;

    TRY(txn_step(tree->txn));
    TRY(find(tree, key, &found));
    if (found && flags == TREE_PUT_NEW) return answer(FH_EXISTS);
    TRY(prepare_item(tree, key, value, &payload, &item));
    status = put_item(tree, &tree->near, found, &item, value.size);
    if (status != FH_OK && item.is_extents) overflow_undo(tree, item.payload);
    if (status == FH_OK) tree->near_stamp = near_stamp(tree);
    return status;
}

fh_status tree_put_runs(struct tree *tree, struct span key, uint64_t value_bytes,
                        const struct redo_extent *extents, uint32_t extent_count)
{
    struct overflow_payload payload;
    struct leaf_item item = {.rest = key, .is_extents = true};
    struct txn_extents runs = {.count = extent_count};
    struct path path;
    bool found;

    TRY(txn_step(tree->txn));
    TRY(tree_descend(tree, key, &path, &found));
    for (uint32_t i = 0; i < extent_count; i++) {
        runs.runs[i] = (struct run){extents[i].page, extents[i].page_count};
        TRY(txn_run_adopt(tree->txn, tree->state.tree_id, runs.runs[i], extents[i].crc));
    }
    overflow_encode(&payload, value_bytes, &runs);
    item.payload = payload.span;
    tree->state.run_pages += overflow_pages(&runs);
    return put_item(tree, &path, found, &item, value_bytes);
}

static fh_status insert_first(struct tree *tree, const struct leaf_item *item)
{
    struct span none = {0};
    struct node_frame frame = tree_node_frame(tree, 0, none, none, true);
    struct slot slot = tree_slot(tree, 0);
    page_no page;
    uint8_t *body;

    TRY(txn_new(tree->txn, &slot, 0, &page, &body));
    node_init(body, &frame);
    node_insert(body, tree->page_bytes, 0, item);
    tree->state.root = page;
    tree->state.level = 0;
    tree->state.leaf_pages = 1;
    tree->change_count++;
    return FH_OK;
}

/* What a leaf's item looks like to the node it goes into. */
static struct leaf_item behind_prefix(const struct leaf_item *item, const uint8_t *node)
{
    struct leaf_item cut = *item;
    size_t prefix = node_prefix_bytes(node);

    cut.rest = span_of(item->rest.data + prefix, item->rest.size - prefix);
    return cut;
}

/* The leaf, and each ancestor that may not have room for one more separator. */
static fh_status take_spares(struct tree *tree, const struct path *path, struct spares *spares)
{
    unsigned wanted = 1;
    fh_status status = FH_OK;

    for (unsigned i = path->depth - 1; i-- > 0 && wanted == path->depth - 1 - i;)
        if (!node_has_branch_room(path->steps[i].body, tree_key_max(tree))) wanted++;
    if (wanted == path->depth) wanted++; /* a new root */
    if (wanted > path->depth && path->depth == TREE_LEVELS_MAX)
        return fail(FH_TOO_LARGE, "the tree has %d levels, the most there can be", TREE_LEVELS_MAX);
    for (spares->count = 0; spares->count < wanted && status == FH_OK;) {
        struct slot slot = tree_slot(tree, spares->count);

        status = txn_new(tree->txn, &slot, path->steps[path->depth - 1].page,
                         &spares->pages[spares->count], &spares->bodies[spares->count]);
        if (status == FH_OK) spares->count++;
    }
    if (status != FH_OK) drop_spares(tree, spares, 0);
    return status;
}

struct leaf_split {
    const uint8_t *old;
    unsigned at; /* the new item's place among all */
    struct leaf_item item;
};

/* The i-th of all items, its key relative to the old prefix. */
static struct leaf_item item_at(const struct leaf_split *split, uint32_t page_bytes, unsigned i)
{
    struct cell cell;

    if (i == split->at) return split->item;
    REQUIRE(node_cell_short(split->old, page_bytes, i - (i > split->at), &cell));
    return (struct leaf_item){
        .rest = cell.rest, .payload = cell.payload, .is_extents = cell.is_extents};
}

static uint32_t item_bytes(const struct leaf_split *split, uint32_t page_bytes, unsigned i)
{
    struct leaf_item item = item_at(split, page_bytes, i);

    return node_cell_bytes(item.rest.size, item.payload.size, item.is_extents) + HEAD_BYTES +
           OFFSET_BYTES;
}

/*
 * At either end of the tree the new item gets a leaf of its own, if the old items have room
 * for the fence they get then; at the high end the last of them can always make room. Else
 * 0: the middle.
 */
static unsigned end_cut(const struct leaf_split *split, uint32_t page_bytes)
{
    unsigned count = node_count(split->old) + 1;
    uint32_t used = node_used_bytes(split->old, page_bytes);
    struct leaf_item low, high;
    size_t fence;

    if (split->at == count - 1 && node_is_open(split->old)) {
        low = item_at(split, page_bytes, count - 2);
        fence = separator_length(low.rest, split->item.rest);
        return used + fence <= page_bytes || count < 3 ? count - 1 : count - 2;
    }
    if (split->at == 0 && node_lower(split->old).size == 0) {
        high = item_at(split, page_bytes, 1);
        fence = separator_length(split->item.rest, high.rest);
        return used + fence <= page_bytes ? 1 : 0;
    }
    return 0;
}

/* How many of the items, the new one counted, the left half gets. */
static unsigned leaf_cut(const struct leaf_split *split, uint32_t page_bytes)
{
    unsigned count = node_count(split->old) + 1;
    unsigned cut = end_cut(split, page_bytes);
    uint32_t total = 0, sum = 0;

    if (cut != 0) return cut;
    for (unsigned i = 0; i < count; i++)
        total += item_bytes(split, page_bytes, i);
    for (unsigned i = 0; i < count - 1; i++) {
        uint32_t here = item_bytes(split, page_bytes, i);

        sum += here;
        if (2 * sum >= total) return i == 0 ? 1 : (2 * sum - total > here ? i : i + 1);
    }
    return count - 1;
}

/* Items from..to of all, the new one counted. */
static void fill_leaf(uint8_t *node, const struct node_frame *frame, const struct leaf_split *split,
                      unsigned from, unsigned to)
{
    bool is_here = from <= split->at && split->at < to;
    struct leaf_item item = split->item;
    unsigned first = from - (from > split->at);
    size_t skip;

    node_init(node, frame);
    node_append(node, frame->page_bytes, split->old, first, to - from - is_here);
    if (!is_here) return;
    skip = node_prefix_bytes(node) - node_prefix_bytes(split->old);
    item.rest = span_of(item.rest.data + skip, item.rest.size - skip);
    node_insert(node, frame->page_bytes, split->at - from, &item);
}

/* Both halves of a leaf; the separator between them goes to `separator`. */
static size_t split_leaf(struct tree *tree, const struct leaf_split *split, uint8_t *left,
                         uint8_t *right, uint8_t *separator)
{
    const uint8_t *old = split->old;
    unsigned cut = leaf_cut(split, tree->page_bytes);
    struct leaf_item low = item_at(split, tree->page_bytes, cut - 1);
    struct leaf_item high = item_at(split, tree->page_bytes, cut);
    struct span prefix = node_prefix(old);
    size_t length = separator_length(low.rest, high.rest);
    struct node_frame frame;
    struct span fence;

    if (prefix.size > 0) memcpy(separator, prefix.data, prefix.size);
    memcpy(separator + prefix.size, high.rest.data, length);
    fence = span_of(separator, prefix.size + length);
    frame = tree_node_frame(tree, 0, node_lower(old), fence, false);
    fill_leaf(left, &frame, split, 0, cut);
    frame = tree_node_frame(tree, 0, fence, node_upper(old), node_is_open(old));
    fill_leaf(right, &frame, split, cut, node_count(old) + 1);
    return fence.size;
}

/* A separator on its way up, and the node on its right. */
struct rising {
    uint8_t key[TREE_KEY_MAX];
    size_t size;
    page_no right;
};

struct branch_split {
    const uint8_t *old;
    unsigned at;
    struct span rest; /* of the new separator, behind the old prefix */
    page_no right;
};

static struct span separator_at(const struct branch_split *split, uint32_t page_bytes, unsigned i,
                                uint8_t room[SEPARATOR_SHORT])
{
    struct span rest = split->rest;

    if (i != split->at)
        REQUIRE(node_separator(split->old, page_bytes, i - (i > split->at), room, &rest));
    return rest;
}

static page_no child_at(const struct branch_split *split, unsigned i)
{
    if (i == split->at + 1) return split->right;
    return node_child(split->old, i - (i > split->at + 1));
}

static void fill_branch(uint8_t *node, const struct node_frame *frame,
                        const struct branch_split *split, unsigned from, unsigned to)
{
    bool is_here = from <= split->at && split->at < to;
    unsigned first = from - (from > split->at);
    size_t skip;

    node_init(node, frame);
    node_set_child(node, 0, child_at(split, from));
    node_append(node, frame->page_bytes, split->old, first, to - from - is_here);
    if (!is_here) return;
    skip = node_prefix_bytes(node) - node_prefix_bytes(split->old);
    node_insert_child(node, frame->page_bytes, split->at - from,
                      span_of(split->rest.data + skip, split->rest.size - skip), split->right);
}

/* Which separator goes up: the middle one by bytes; near the end for keys in order. */
static unsigned branch_cut(const struct branch_split *split, uint32_t page_bytes)
{
    unsigned count = node_count(split->old) + 1;
    uint32_t half = node_used_bytes(split->old, page_bytes) / 2;
    uint32_t sum = 0;
    uint8_t room[SEPARATOR_SHORT];

    if (split->at == count - 1 && node_is_open(split->old)) return count - 2;
    for (unsigned i = 0; i < count - 2; i++) {
        struct span rest = separator_at(split, page_bytes, i, room);

        sum += HEAD_BYTES + CHILD_BYTES + OFFSET_BYTES +
               (rest.size > SEPARATOR_SHORT ? (uint32_t)rest.size + 2 : 0);
        if (sum >= half) return i == 0 ? 1 : i;
    }
    return count - 2;
}

/* The rising separator goes into a full branch, whose middle one rises in its place. */
static void split_branch(struct tree *tree, uint8_t *left, uint8_t *right, page_no right_page,
                         unsigned at, struct rising *rising)
{
    uint8_t old[PAGE_BYTES_MAX];
    uint8_t room[SEPARATOR_SHORT];
    unsigned level = node_level(left);
    size_t prefix = node_prefix_bytes(left);
    uint8_t key[TREE_KEY_MAX];
    struct branch_split split = {.old = old, .at = at, .right = rising->right};
    struct node_frame frame;
    struct span middle, fence;
    unsigned cut;

    memcpy(old, left, tree->page_bytes);
    memcpy(key, rising->key, rising->size);
    split.rest = span_of(key + prefix, rising->size - prefix);
    cut = branch_cut(&split, tree->page_bytes);
    middle = separator_at(&split, tree->page_bytes, cut, room);
    if (prefix > 0) memcpy(rising->key, node_prefix(old).data, prefix);
    memcpy(rising->key + prefix, middle.data, middle.size);
    rising->size = prefix + middle.size;
    rising->right = right_page;
    fence = span_of(rising->key, rising->size);
    frame = tree_node_frame(tree, level, node_lower(old), fence, false);
    fill_branch(left, &frame, &split, 0, cut);
    frame = tree_node_frame(tree, level, fence, node_upper(old), node_is_open(old));
    fill_branch(right, &frame, &split, cut + 1, node_count(old) + 1);
    tree->state.branch_pages++;
}

static void grow_root(struct tree *tree, const struct rising *rising, page_no page, uint8_t *body)
{
    struct span none = {0};
    unsigned level = tree->state.level + 1U;
    struct node_frame frame = tree_node_frame(tree, level, none, none, true);

    node_init(body, &frame);
    node_set_child(body, 0, tree->state.root);
    node_insert_child(body, tree->page_bytes, 0, span_of(rising->key, rising->size), rising->right);
    tree->state.root = page;
    tree->state.level = (uint8_t)level;
    tree->state.branch_pages++;
}

/* From the leaf's parent up, until a branch has room. */
static void rise(struct tree *tree, struct path *path, struct rising *rising,
                 const struct spares *spares, unsigned *used)
{
    for (unsigned i = path->depth - 1; i-- > 0;) {
        uint8_t *branch = path->steps[i].body;
        size_t prefix = node_prefix_bytes(branch);

        if (node_has_branch_room(branch, rising->size - prefix)) {
            node_insert_child(branch, tree->page_bytes, path->steps[i].index,
                              span_of(rising->key + prefix, rising->size - prefix), rising->right);
            return;
        }
        split_branch(tree, branch, spares->bodies[*used], spares->pages[*used],
                     path->steps[i].index, rising);
        (*used)++;
    }
    grow_root(tree, rising, spares->pages[*used], spares->bodies[*used]);
    (*used)++;
}

static void drop_spares(struct tree *tree, struct spares *spares, unsigned from)
{
    while (spares->count > from)
        REQUIRE(txn_drop(tree->txn, spares->pages[--spares->count]) == FH_OK); /* F1 */
}

/* The leaf has no room. The spares are used from level 0 up, as their slots say. */
static void insert_split(struct tree *tree, struct path *path, const struct leaf_item *item,
                         struct spares *spares)
{
    uint8_t old[PAGE_BYTES_MAX];
    struct path_step *leaf = path_leaf(path);
    struct leaf_split split = {.old = old, .at = leaf->index};
    struct rising rising;
    unsigned used = 1;

    memcpy(old, leaf->body, tree->page_bytes);
    split.item = behind_prefix(item, old);
    rising.size = split_leaf(tree, &split, leaf->body, spares->bodies[0], rising.key);
    rising.right = spares->pages[0];
    tree->state.leaf_pages++;
    rise(tree, path, &rising, spares, &used);
    drop_spares(tree, spares, used);
    path->depth = 0; /* it leads nowhere now */
}

/* Unless it is that of the last put. */
static fh_status own(struct tree *tree, struct path *path)
{
    if (path_leaf(path)->body == NULL) return tree_own(tree, path);
    tree->change_count++;
    return FH_OK;
}

static fh_status insert_below(struct tree *tree, struct path *path, const struct leaf_item *item,
                              bool has_room)
{
    struct path_step *leaf = path_leaf(path);
    struct spares spares;
    struct leaf_item cut;

    if (!has_room) {
        TRY(take_spares(tree, path, &spares));
        insert_split(tree, path, item, &spares);
        return FH_OK;
    }
    cut = behind_prefix(item, leaf->body);
    node_insert(leaf->body, tree->page_bytes, leaf->index, &cut);
    return FH_OK;
}

/* The old value goes last of what can fail; then the item changes in place, or goes out and in. */
static fh_status replace(struct tree *tree, struct path *path, const struct leaf_item *item,
                         bool has_room)
{
    struct path_step *leaf = path_leaf(path);
    struct leaf_item cut;
    struct spares spares = {.count = 0};
    uint64_t old_bytes;
    struct cell cell;

    if (!node_cell(leaf->body, tree->page_bytes, leaf->index, &cell))
        return tree_bad_cell(leaf->page, leaf->index);
    TRY(overflow_value_bytes(tree, &cell, &old_bytes));
    cut = behind_prefix(item, leaf->body);
    if (!has_room) TRY(take_spares(tree, path, &spares));
    if (cell.is_extents) {
        fh_status status = overflow_drop(tree, cell.payload);

        if (status != FH_OK) {
            drop_spares(tree, &spares, 0);
            return status;
        }
    }
    tree->state.items--;
    tree->state.payload_bytes -= item->rest.size + old_bytes;
    if (node_replace(leaf->body, tree->page_bytes, leaf->index, &cut)) return FH_OK;
    node_remove(leaf->body, tree->page_bytes, leaf->index);
    if (has_room)
        node_insert(leaf->body, tree->page_bytes, leaf->index, &cut);
    else
        insert_split(tree, path, item, &spares);
    return FH_OK;
}
