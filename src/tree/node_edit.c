/*
 * node_edit.c - changing a node in its frame.
 */
#include "tree/node_edit.h"

#include "base/check.h"

enum { NODE_BYTES_MAX = 8192 };

static uint16_t add_bytes(uint8_t *node, struct span bytes)
{
    unsigned low = node_low(node) - (unsigned)bytes.size;

    if (bytes.size > 0) memcpy(node + low, bytes.data, bytes.size);
    store16(node + NODE_LOW_AT, (uint16_t)low);
    return (uint16_t)low;
}

static void add_fence(uint8_t *node, unsigned at, struct span fence)
{
    store16(node + at, add_bytes(node, fence));
    store16(node + at + 2, (uint16_t)fence.size);
}

size_t node_prefix_between(struct span lower, struct span upper, bool is_open)
{
    return is_open ? 0 : span_common(lower, upper);
}

void node_init(uint8_t *node, const struct node_frame *frame)
{
    REQUIRE(frame->page_bytes <= NODE_BYTES_MAX);
    memset(node, 0, frame->page_bytes);
    node[NODE_KIND_AT] = frame->level == 0 ? NODE_LEAF : NODE_BRANCH;
    node[NODE_LEVEL_AT] = (uint8_t)frame->level;
    store32(node + NODE_TREE_AT, frame->tree_id);
    store16(node + NODE_LOW_AT, (uint16_t)frame->page_bytes);
    store16(node + NODE_FLAGS_AT, frame->is_open ? NODE_UPPER_OPEN : 0);
    store64(node + NODE_EPOCH_AT, frame->epoch);
    add_fence(node, NODE_LOWER_AT, frame->lower);
    add_fence(node, NODE_UPPER_AT, frame->is_open ? span_of(NULL, 0) : frame->upper);
    store16(node + NODE_PREFIX_AT,
            (uint16_t)node_prefix_between(frame->lower, frame->upper, frame->is_open));
}

static void pad_heads(uint8_t *node, unsigned count)
{
    size_t used = (size_t)count * HEAD_BYTES;

    memset(node + NODE_HEADS_AT + used, 0xff, node_heads_bytes(count) - used);
}

static uint32_t head_of_parts(struct span first, struct span rest)
{
    uint8_t bytes[HEAD_BYTES];
    size_t here;

    if (first.size == 0) return head_of(rest);
    if (first.size >= HEAD_BYTES) return head_of(first);
    memcpy(bytes, first.data, first.size);
    here = size_min(rest.size, HEAD_BYTES - first.size);
    if (here > 0) memcpy(bytes + first.size, rest.data, here);
    return head_of(span_of(bytes, first.size + here));
}

/* Writes all cells anew, so that the holes are one gap before them. */
static void compact(uint8_t *node, uint32_t page_bytes)
{
    uint8_t old[NODE_BYTES_MAX];
    unsigned count = node_count(node);

    memcpy(old, node, page_bytes);
    store16(node + NODE_LOW_AT, (uint16_t)page_bytes);
    store16(node + NODE_FREE_AT, 0);
    add_fence(node, NODE_LOWER_AT, node_lower(old));
    add_fence(node, NODE_UPPER_AT, node_upper(old));
    for (unsigned i = 0; i < count; i++) {
        bool is_leaf = node_level(old) == 0;
        uint8_t *offset = node + (is_leaf ? leaf_offsets_at(count) : branch_offsets_at(count)) +
                          (size_t)i * OFFSET_BYTES;
        unsigned at = load16(offset);
        struct cell cell = {.bytes = 0};

        if (!is_leaf && at <= SEPARATOR_SHORT) continue;
        if (is_leaf)
            REQUIRE(node_cell_short(old, page_bytes, i, &cell));
        else
            cell.bytes = load16(old + at) + 2U;
        store16(offset, add_bytes(node, span_of(old + at, cell.bytes)));
    }
    memset(node + node_arrays_end(node), 0, node_low(node) - node_arrays_end(node));
}

static bool has_gap(const uint8_t *node, uint32_t arrays_end, uint32_t cell_bytes)
{
    return arrays_end + cell_bytes <= node_low(node);
}

bool node_has_room(const uint8_t *node, uint32_t cell_bytes)
{
    return leaf_arrays_end(node_count(node) + 1) + cell_bytes <=
           node_low(node) + node_free_bytes(node);
}

bool node_has_room_instead(const uint8_t *node, uint32_t cell_bytes, uint32_t old_bytes)
{
    return leaf_arrays_end(node_count(node)) + cell_bytes <=
           node_low(node) + node_free_bytes(node) + old_bytes;
}

/* One of a node's arrays: where it begins before and after its count changes. */
struct array {
    size_t from;
    size_t to;
    size_t element_bytes;
    unsigned count; /* before */
};

/* It goes up, or stays, and opens for `more` elements before the i-th. */
static ALWAYS_INLINE void array_open(uint8_t *node, struct array array, unsigned i, unsigned more)
{
    size_t bytes = array.element_bytes;

    if (i < array.count)
        memmove(node + array.to + (i + more) * bytes, node + array.from + i * bytes,
                (array.count - i) * bytes);
    if (array.to != array.from) memmove(node + array.to, node + array.from, i * bytes);
}

/* It goes down, or stays, and loses the i-th element. */
static ALWAYS_INLINE void array_close(uint8_t *node, struct array array, unsigned i)
{
    size_t bytes = array.element_bytes;

    if (array.to != array.from) memmove(node + array.to, node + array.from, i * bytes);
    memmove(node + array.to + i * bytes, node + array.from + (i + 1) * bytes,
            (array.count - i - 1) * bytes);
}

static struct array heads_of(unsigned count)
{
    return (struct array){NODE_HEADS_AT, NODE_HEADS_AT, HEAD_BYTES, count};
}

static struct array offsets_of(unsigned count, unsigned now)
{
    return (struct array){leaf_offsets_at(count), leaf_offsets_at(now), OFFSET_BYTES, count};
}

static struct array children_of(unsigned count, unsigned now)
{
    return (struct array){branch_children_at(count), branch_children_at(now), CHILD_BYTES,
                          count + 1};
}

static struct array separators_of(unsigned count, unsigned now)
{
    return (struct array){branch_offsets_at(count), branch_offsets_at(now), OFFSET_BYTES, count};
}

/* Padding is lost to heads as they move into it; new room for them has none yet. */
static void add_count(uint8_t *node, unsigned more)
{
    unsigned count = node_count(node);

    if (node_heads_bytes(count + more) != node_heads_bytes(count)) pad_heads(node, count + more);
    store16(node + NODE_COUNT_AT, (uint16_t)(count + more));
}

static void take_count(uint8_t *node)
{
    unsigned count = node_count(node) - 1;

    pad_heads(node, count);
    store16(node + NODE_COUNT_AT, (uint16_t)count);
}

/* What stands higher in the page moves up first, and down last. */
static void leaf_open(uint8_t *node, unsigned i, unsigned more)
{
    unsigned count = node_count(node);

    array_open(node, offsets_of(count, count + more), i, more);
    array_open(node, heads_of(count), i, more);
    add_count(node, more);
}

static void branch_open(uint8_t *node, unsigned i, unsigned more)
{
    unsigned count = node_count(node);

    array_open(node, separators_of(count, count + more), i, more);
    array_open(node, children_of(count, count + more), i + 1, more);
    array_open(node, heads_of(count), i, more);
    add_count(node, more);
}

static uint8_t *lay(uint8_t *to, struct span bytes)
{
    if (bytes.size > 0) memcpy(to, bytes.data, bytes.size);
    return to + bytes.size;
}

/*
 * Place i of the arrays is open, and there is a gap. The key is first + rest, so that bytes
 * that a shorter prefix gives back need no copy of their own.
 */
static void set_item(uint8_t *node, unsigned i, struct span first, const struct leaf_item *item)
{
    size_t key_bytes = first.size + item->rest.size;
    uint64_t second = item->is_extents ? (item->payload.size - EXTENT_LENGTH_BYTES) / EXTENT_BYTES
                                       : item->payload.size;
    uint32_t bytes = node_cell_bytes(key_bytes, item->payload.size, item->is_extents);
    unsigned low = node_low(node) - bytes;
    uint8_t *to = node + low;

    REQUIRE(has_gap(node, leaf_arrays_end(node_count(node)), bytes));
    to += varint_store(to, key_bytes);
    to += varint_store(to, second << 1 | item->is_extents);
    (void)lay(lay(lay(to, first), item->rest), item->payload);
    store16(node + NODE_LOW_AT, (uint16_t)low);
    store32(node + NODE_HEADS_AT + (size_t)i * HEAD_BYTES, head_of_parts(first, item->rest));
    store16(node + leaf_offsets_at(node_count(node)) + (size_t)i * OFFSET_BYTES, (uint16_t)low);
}

void node_insert(uint8_t *node, uint32_t page_bytes, unsigned i, const struct leaf_item *item)
{
    uint32_t bytes = node_cell_bytes(item->rest.size, item->payload.size, item->is_extents);

    if (!has_gap(node, leaf_arrays_end(node_count(node) + 1), bytes)) compact(node, page_bytes);
    leaf_open(node, i, 1);
    set_item(node, i, span_of(NULL, 0), item);
}

void node_remove(uint8_t *node, uint32_t page_bytes, unsigned i)
{
    unsigned count = node_count(node);
    struct cell cell;

    REQUIRE(i < count && node_cell(node, page_bytes, i, &cell));
    array_close(node, heads_of(count), i);
    array_close(node, offsets_of(count, count - 1), i);
    take_count(node);
    store16(node + NODE_FREE_AT, (uint16_t)(node_free_bytes(node) + cell.bytes));
}

bool node_replace(uint8_t *node, uint32_t page_bytes, unsigned i, const struct leaf_item *item)
{
    struct cell cell;

    REQUIRE(node_cell(node, page_bytes, i, &cell));
    if (cell.is_extents != item->is_extents || cell.payload.size != item->payload.size)
        return false;
    if (item->payload.size > 0)
        memcpy(node + (cell.payload.data - node), item->payload.data, item->payload.size);
    return true;
}

static uint32_t separator_bytes(size_t rest_bytes)
{
    return rest_bytes <= SEPARATOR_SHORT ? 0 : (uint32_t)rest_bytes + 2;
}

bool node_has_branch_room(const uint8_t *node, size_t rest_bytes)
{
    return branch_arrays_end(node_count(node) + 1) + separator_bytes(rest_bytes) <=
           node_low(node) + node_free_bytes(node);
}

void node_set_child(uint8_t *node, unsigned i, uint32_t child)
{
    store32(node + branch_children_at(node_count(node)) + (size_t)i * CHILD_BYTES, child);
}

/* Place i of the arrays is open, and there is a gap. */
static void set_separator(uint8_t *node, unsigned i, struct span first, struct span rest,
                          uint32_t child)
{
    unsigned count = node_count(node);
    size_t length = first.size + rest.size;
    uint16_t offset = (uint16_t)length;
    uint8_t number[2];

    REQUIRE(has_gap(node, branch_arrays_end(count), separator_bytes(length)));
    if (length > SEPARATOR_SHORT) {
        store16(number, (uint16_t)length);
        add_bytes(node, rest);
        add_bytes(node, first);
        offset = add_bytes(node, span_of(number, sizeof(number)));
    }
    store32(node + NODE_HEADS_AT + (size_t)i * HEAD_BYTES, head_of_parts(first, rest));
    store16(node + branch_offsets_at(count) + (size_t)i * OFFSET_BYTES, offset);
    node_set_child(node, i + 1, child);
}

void node_insert_child(uint8_t *node, uint32_t page_bytes, unsigned i, struct span rest,
                       uint32_t child)
{
    if (!has_gap(node, branch_arrays_end(node_count(node) + 1), separator_bytes(rest.size)))
        compact(node, page_bytes);
    branch_open(node, i, 1);
    set_separator(node, i, span_of(NULL, 0), rest, child);
}

void node_remove_child(uint8_t *node, unsigned i)
{
    unsigned count = node_count(node);
    unsigned at = load16(node + branch_offsets_at(count) + (size_t)i * OFFSET_BYTES);
    uint32_t bytes = at <= SEPARATOR_SHORT ? 0 : load16(node + at) + 2U;

    REQUIRE(i < count);
    array_close(node, heads_of(count), i);
    array_close(node, children_of(count, count - 1), i + 1);
    array_close(node, separators_of(count, count - 1), i);
    take_count(node);
    store16(node + NODE_FREE_AT, (uint16_t)(node_free_bytes(node) + bytes));
}

/* A key behind the prefix of `from` becomes one behind that of `node`, in two parts. */
static struct span rebase(const uint8_t *node, const uint8_t *from, struct span *rest)
{
    size_t prefix = node_prefix_bytes(node), old = node_prefix_bytes(from);

    if (old > prefix) return span_of(node_prefix(from).data + prefix, old - prefix);
    *rest = span_of(rest->data + (prefix - old), rest->size - (prefix - old));
    return span_of(NULL, 0);
}

static void append_items(uint8_t *node, uint32_t page_bytes, const uint8_t *from, unsigned first,
                         unsigned count)
{
    unsigned behind = node_count(node);

    leaf_open(node, behind, count);
    for (unsigned i = 0; i < count; i++) {
        struct leaf_item item;
        struct span before;
        struct cell cell;

        REQUIRE(node_cell_short(from, page_bytes, first + i, &cell));
        before = rebase(node, from, &cell.rest);
        item = (struct leaf_item){cell.rest, cell.payload, cell.is_extents};
        set_item(node, behind + i, before, &item);
    }
}

static void append_children(uint8_t *node, uint32_t page_bytes, const uint8_t *from, unsigned first,
                            unsigned count)
{
    unsigned behind = node_count(node);

    branch_open(node, behind, count);
    for (unsigned i = 0; i < count; i++) {
        uint8_t room[SEPARATOR_SHORT];
        struct span rest, before;

        REQUIRE(node_separator(from, page_bytes, first + i, room, &rest));
        before = rebase(node, from, &rest);
        set_separator(node, behind + i, before, rest, node_child(from, first + i + 1));
    }
}

void node_append(uint8_t *node, uint32_t page_bytes, const uint8_t *from, unsigned first,
                 unsigned count)
{
    if (node_level(node) == 0)
        append_items(node, page_bytes, from, first, count);
    else
        append_children(node, page_bytes, from, first, count);
}
