/*
 * tree_load.c - leaves and branches filled from left to right.
 *
 * A node's prefix is known only with its upper fence, so a level keeps the items of its
 * current node apart, with whole keys, and measures with the prefix that the node would
 * have if it were closed after the item: it can only shrink later. Should it shrink with
 * the fence in the end, the last items wait for the next node.
 */
#include "tree/tree_load.h"

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "tree/tree_internal.h"

/* How long keys may be on average before a node that shares their start closes early. */
enum { KEY_ROOM = 256 };

/* An item that waits; its bytes stand in the level's buffer. */
struct waiting {
    uint32_t key_at;
    uint32_t key_size;
    uint32_t payload_size; /* leaf: behind the key */
    page_no child;         /* branch: on the right of the separator */
    bool is_extents;
};

/* One level in the making. */
struct level {
    struct waiting *items;
    unsigned count;
    uint8_t *buffer;
    uint32_t used;
    uint64_t key_bytes; /* of all items */
    uint64_t payload_bytes;
    page_no first_child;
    uint8_t lower[TREE_KEY_MAX];
    size_t lower_size;
    bool is_begun;
};

struct tree_load {
    struct tree *tree;
    struct level levels[TREE_LEVELS_MAX];
    unsigned level_count;
    unsigned item_max;
    uint32_t buffer_bytes;
    bool has_last;
    size_t last_size;
    uint8_t last[TREE_KEY_MAX];
    uint8_t page[PAGE_BYTES_MAX];
};

fh_status tree_load_open(struct tree *tree, struct tree_load **ret_load)
{
    struct tree_load *load;

    REQUIRE(tree->state.root == 0);
    load = memory_take(1, sizeof(*load));
    if (load == NULL) return fail(FH_NO_MEMORY, "no memory for a load");
    load->tree = tree;
    load->item_max = tree->page_bytes / (HEAD_BYTES + OFFSET_BYTES) + 2;
    load->buffer_bytes = load->item_max * KEY_ROOM + 4 * TREE_KEY_MAX;
    *ret_load = load;
    return FH_OK;
}

void tree_load_close(struct tree_load *load)
{
    if (load == NULL) return;
    for (unsigned i = 0; i < load->level_count; i++) {
        memory_give(load->levels[i].items);
        memory_give(load->levels[i].buffer);
    }
    memory_give(load);
}

static fh_status begin_level(struct tree_load *load, unsigned level_no)
{
    struct level *level = &load->levels[level_no];

    if (level->is_begun) return FH_OK;
    if (level_no == TREE_LEVELS_MAX)
        return fail(FH_TOO_LARGE, "the tree has %d levels, the most there can be", TREE_LEVELS_MAX);
    level->items = memory_take(load->item_max, sizeof(*level->items));
    level->buffer = memory_take(1, load->buffer_bytes);
    load->level_count = level_no + 1;
    if (level->items == NULL || level->buffer == NULL)
        return fail(FH_NO_MEMORY, "no memory for a level of a load");
    level->is_begun = true;
    return FH_OK;
}

static struct span key_of(const struct level *level, unsigned i)
{
    return span_of(level->buffer + level->items[i].key_at, level->items[i].key_size);
}

/* What a node of so many items takes. */
static uint64_t node_bytes(unsigned level_no, unsigned count, uint64_t cell_bytes, uint64_t fences)
{
    return fences + cell_bytes +
           (level_no == 0 ? leaf_arrays_end(count) : branch_arrays_end(count));
}

static uint64_t item_cell_bytes(unsigned level_no, const struct waiting *item, size_t prefix)
{
    size_t rest = item->key_size - prefix;

    if (level_no == 0) return node_cell_bytes(rest, item->payload_size, item->is_extents);
    return rest <= SEPARATOR_SHORT ? 0 : rest + 2;
}

/* Exactly, for the first `count` items and an upper fence. */
static bool fits(const struct tree_load *load, unsigned level_no, unsigned count, struct span upper,
                 bool is_open)
{
    const struct level *level = &load->levels[level_no];
    struct span lower = span_of(level->lower, level->lower_size);
    size_t prefix = node_prefix_between(lower, upper, is_open);
    uint64_t cells = 0;

    for (unsigned i = 0; i < count; i++)
        cells += item_cell_bytes(level_no, &level->items[i], prefix);
    return node_bytes(level_no, count, cells, lower.size + (is_open ? 0 : upper.size)) <=
           load->tree->page_bytes;
}

/* A bound from above for one item more, from sums alone: cells with at most 10 bytes beside. */
static bool surely_fits(const struct tree_load *load, unsigned level_no, struct span key,
                        size_t payload)
{
    const struct level *level = &load->levels[level_no];
    uint64_t bytes = level->key_bytes + level->payload_bytes + key.size + payload +
                     (uint64_t)(level->count + 1) * 6;

    return node_bytes(level_no, level->count + 1, bytes, level->lower_size + key.size) <=
           load->tree->page_bytes;
}

/* Writes the first `count` items as a node; the fences are as said. */
static fh_status emit(struct tree_load *load, unsigned level_no, unsigned count, struct span upper,
                      bool is_open, page_no *ret_page)
{
    struct tree *tree = load->tree;
    struct level *level = &load->levels[level_no];
    struct node_frame frame =
        tree_node_frame(tree, level_no, span_of(level->lower, level->lower_size), upper, is_open);
    struct slot slot = tree_slot(tree, level_no);
    size_t prefix;

    node_init(load->page, &frame);
    prefix = node_prefix_bytes(load->page);
    if (level_no > 0) node_set_child(load->page, 0, level->first_child);
    for (unsigned i = 0; i < count; i++) {
        const struct waiting *waiting = &level->items[i];
        struct span key = key_of(level, i);
        struct leaf_item item = {
            .rest = span_of(key.data + prefix, key.size - prefix),
            .payload = span_of(key.data + key.size, waiting->payload_size),
            .is_extents = waiting->is_extents,
        };

        if (level_no == 0)
            node_insert(load->page, tree->page_bytes, i, &item);
        else
            node_insert_child(load->page, tree->page_bytes, i, item.rest, waiting->child);
    }
    TRY(txn_emit(tree->txn, &slot, load->page, ret_page));
    if (level_no == 0)
        tree->state.leaf_pages++;
    else
        tree->state.branch_pages++;
    return FH_OK;
}

/* Takes the first `count` items away; the rest moves to the front, its fence being `lower`. */
static void advance(struct level *level, unsigned count, struct span lower)
{
    uint32_t from = count < level->count ? level->items[count].key_at : level->used;

    memcpy(level->lower, lower.data, lower.size);
    level->lower_size = lower.size;
    for (unsigned i = 0; i < count; i++) {
        level->key_bytes -= level->items[i].key_size;
        level->payload_bytes -= level->items[i].payload_size;
    }
    memmove(level->buffer, level->buffer + from, level->used - from);
    level->used -= from;
    level->count -= count;
    memmove(level->items, level->items + count, level->count * sizeof(*level->items));
    for (unsigned i = 0; i < level->count; i++)
        level->items[i].key_at -= from;
}

/* A node that is complete, and the separator on its right, on their way up. */
struct closed {
    page_no page;
    size_t size;
    uint8_t key[TREE_KEY_MAX];
};

/*
 * Closes the leaf behind its first `count` items, or fewer, if the fence leaves no room for
 * them. `next` is the item that follows all that wait.
 */
static fh_status close_leaf(struct tree_load *load, unsigned count, struct span next,
                            struct closed *ret_closed)
{
    struct level *level = &load->levels[0];
    struct span upper;

    for (;; count--) {
        struct span high = count < level->count ? key_of(level, count) : next;

        REQUIRE(count > 0);
        upper = span_of(high.data, separator_length(key_of(level, count - 1), high));
        if (fits(load, 0, count, upper, false)) break;
    }
    REQUIRE(upper.data != NULL);
    memcpy(ret_closed->key, upper.data, upper.size);
    ret_closed->size = upper.size;
    upper.data = ret_closed->key;
    TRY(emit(load, 0, count, upper, false, &ret_closed->page));
    advance(level, count, upper);
    return FH_OK;
}

/* The separator behind the node becomes its fence and moves up; its child begins the next. */
static fh_status close_branch(struct tree_load *load, unsigned level_no, struct closed *ret_closed)
{
    struct level *level = &load->levels[level_no];
    unsigned count = level->count - 1;
    struct span upper;
    page_no child;

    for (;; count--) {
        REQUIRE(count > 0);
        upper = key_of(level, count);
        if (fits(load, level_no, count, upper, false)) break;
    }
    memcpy(ret_closed->key, upper.data, upper.size);
    ret_closed->size = upper.size;
    upper.data = ret_closed->key;
    child = level->items[count].child;
    TRY(emit(load, level_no, count, upper, false, &ret_closed->page));
    advance(level, count + 1, upper);
    level->first_child = child;
    return FH_OK;
}

static void keep(struct level *level, struct span key, struct span payload, page_no child,
                 bool is_extents)
{
    struct waiting *item = &level->items[level->count++];

    *item = (struct waiting){
        .key_at = level->used,
        .key_size = (uint32_t)key.size,
        .payload_size = (uint32_t)payload.size,
        .child = child,
        .is_extents = is_extents,
    };
    memcpy(level->buffer + level->used, key.data, key.size);
    if (payload.size > 0)
        memcpy(level->buffer + level->used + key.size, payload.data, payload.size);
    level->used += (uint32_t)(key.size + payload.size);
    level->key_bytes += key.size;
    level->payload_bytes += payload.size;
}

/* Would a node of all items and this one fit, were it closed right behind it? */
static bool has_room(const struct tree_load *load, unsigned level_no, struct span key,
                     size_t payload, bool is_extents)
{
    const struct level *level = &load->levels[level_no];
    struct span lower = span_of(level->lower, level->lower_size);
    size_t prefix = node_prefix_between(lower, key, false);
    struct waiting item = {.key_size = (uint32_t)key.size,
                           .payload_size = (uint32_t)payload,
                           .is_extents = is_extents};
    uint64_t cells = item_cell_bytes(level_no, &item, prefix);
    size_t fence = key.size;

    if (level->count + 2 >= load->item_max || level->used + key.size + payload > load->buffer_bytes)
        return false;
    if (surely_fits(load, level_no, key, payload)) return true;
    for (unsigned i = 0; i < level->count; i++)
        cells += item_cell_bytes(level_no, &level->items[i], prefix);
    /* Fences are as short as separators are: of the next one no more is known than of this. */
    if (level_no == 0 && level->count > 0)
        fence = separator_length(key_of(level, level->count - 1), key);
    return node_bytes(level_no, level->count + 1, cells, lower.size + fence) <=
           load->tree->page_bytes;
}

/*
 * A node and the separator on its right go to the level above, where the node on the right
 * follows with the next separator. A full branch is closed and goes up in the same way.
 */
static fh_status add_child(struct tree_load *load, unsigned level_no, const struct closed *closed)
{
    struct closed below = *closed;

    for (;; level_no++) {
        struct span separator = span_of(below.key, below.size);
        struct closed above;
        struct level *level;
        bool is_full;

        TRY(begin_level(load, level_no));
        level = &load->levels[level_no];
        if (level->count == 0 && level->first_child == 0)
            level->first_child = below.page;
        else
            level->items[level->count - 1].child = below.page;
        is_full = level->count > 1 && !has_room(load, level_no, separator, 0, false);
        if (is_full) TRY(close_branch(load, level_no, &above));
        keep(level, separator, span_of(NULL, 0), 0, false);
        if (!is_full) return FH_OK;
        below = above;
    }
}

fh_status tree_load_add(struct tree_load *load, struct span key, struct span value)
{
    struct tree *tree = load->tree;
    struct overflow_payload overflow;
    struct span payload = value;
    struct closed closed;
    bool is_extents = overflow_wanted(tree, key.size, value.size);

    if (load->has_last && span_compare(key, span_of(load->last, load->last_size)) <= 0)
        return fail(FH_ORDER, "a key that does not come after the one before it");
    TRY(begin_level(load, 0));
    if (is_extents) {
        TRY(overflow_write(tree, value, &overflow));
        payload = overflow.span;
    }
    while (load->levels[0].count > 0 && !has_room(load, 0, key, payload.size, is_extents)) {
        TRY(close_leaf(load, load->levels[0].count, key, &closed));
        TRY(add_child(load, 1, &closed));
    }
    keep(&load->levels[0], key, payload, 0, is_extents);
    memcpy(load->last, key.data, key.size);
    load->last_size = key.size;
    load->has_last = true;
    tree->state.items++;
    tree->state.payload_bytes += key.size + value.size;
    return FH_OK;
}

/* The last node of a level has no upper fence, so no prefix: it may have to become two. */
static fh_status close_last(struct tree_load *load, unsigned level_no, page_no *ret_page)
{
    struct level *level = &load->levels[level_no];
    struct span none = {0};

    while (!fits(load, level_no, level->count, none, true)) {
        struct closed closed;

        TRY(level_no == 0 ? close_leaf(load, level->count - 1, none, &closed)
                          : close_branch(load, level_no, &closed));
        TRY(add_child(load, level_no + 1, &closed));
    }
    return emit(load, level_no, level->count, none, true, ret_page);
}

fh_status tree_load_finish(struct tree_load *load)
{
    struct tree *tree = load->tree;
    page_no page = 0;
    unsigned level_no = 0;

    if (!load->has_last) return FH_OK;
    for (;; level_no++) {
        TRY(close_last(load, level_no, &page));
        if (level_no + 1 == load->level_count) break;
        load->levels[level_no + 1].items[load->levels[level_no + 1].count - 1].child = page;
    }
    TRY(txn_flush(tree->txn));
    tree->state.root = page;
    tree->state.level = (uint8_t)level_no;
    tree->change_count++;
    return FH_OK;
}
