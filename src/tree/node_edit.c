/*
 * node_edit.c - changing a node in its frame.
 */
#include "tree/node_edit.h"

#include "base/check.h"

enum { NODE_BYTES_MAX = 8192, BRANCH_COUNT_MAX = NODE_BYTES_MAX / 8 };

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
            REQUIRE(node_cell(old, page_bytes, i, &cell));
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

static uint16_t add_cell(uint8_t *node, const struct leaf_item *item)
{
    size_t rest = item->first.size + item->rest.size;
    uint64_t second = item->is_extents ? (item->payload.size - EXTENT_LENGTH_BYTES) / EXTENT_BYTES
                                       : item->payload.size;
    unsigned low = node_low(node) - node_cell_bytes(rest, item->payload.size, item->is_extents);
    uint8_t *to = node + low;

    to += node_varint_store(to, rest);
    to += node_varint_store(to, second << 1 | item->is_extents);
    if (item->first.size > 0) memcpy(to, item->first.data, item->first.size);
    to += item->first.size;
    if (item->rest.size > 0) memcpy(to, item->rest.data, item->rest.size);
    to += item->rest.size;
    if (item->payload.size > 0) memcpy(to, item->payload.data, item->payload.size);
    store16(node + NODE_LOW_AT, (uint16_t)low);
    return (uint16_t)low;
}

void node_insert(uint8_t *node, uint32_t page_bytes, unsigned i, const struct leaf_item *item)
{
    unsigned count = node_count(node);
    size_t tail = count - i;
    uint8_t *from, *to;
    uint32_t bytes =
        node_cell_bytes(item->first.size + item->rest.size, item->payload.size, item->is_extents);

    if (!has_gap(node, leaf_arrays_end(count + 1), bytes)) compact(node, page_bytes);
    REQUIRE(has_gap(node, leaf_arrays_end(count + 1), bytes));
    from = node + leaf_offsets_at(count);
    to = node + leaf_offsets_at(count + 1);
    memmove(to + (size_t)(i + 1) * OFFSET_BYTES, from + (size_t)i * OFFSET_BYTES,
            tail * OFFSET_BYTES);
    if (to != from) memmove(to, from, (size_t)i * OFFSET_BYTES);
    from = node + NODE_HEADS_AT + (size_t)i * HEAD_BYTES;
    memmove(from + HEAD_BYTES, from, tail * HEAD_BYTES);
    store32(from, head_of_parts(item->first, item->rest));
    pad_heads(node, count + 1);
    store16(node + NODE_COUNT_AT, (uint16_t)(count + 1));
    store16(to + (size_t)i * OFFSET_BYTES, add_cell(node, item));
}

void node_remove(uint8_t *node, uint32_t page_bytes, unsigned i)
{
    unsigned count = node_count(node);
    size_t tail = count - i - 1;
    uint8_t *from = node + leaf_offsets_at(count);
    uint8_t *to = node + leaf_offsets_at(count - 1);
    uint8_t *head = node + NODE_HEADS_AT + (size_t)i * HEAD_BYTES;
    struct cell cell;

    REQUIRE(i < count && node_cell(node, page_bytes, i, &cell));
    memmove(head, head + HEAD_BYTES, tail * HEAD_BYTES);
    if (to != from) memmove(to, from, (size_t)i * OFFSET_BYTES);
    memmove(to + (size_t)i * OFFSET_BYTES, from + (size_t)(i + 1) * OFFSET_BYTES,
            tail * OFFSET_BYTES);
    pad_heads(node, count - 1);
    store16(node + NODE_COUNT_AT, (uint16_t)(count - 1));
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

/* A branch's arrays, taken out to be laid anew. */
struct branch_arrays {
    unsigned count;
    uint32_t heads[BRANCH_COUNT_MAX];
    uint32_t children[BRANCH_COUNT_MAX + 1];
    uint16_t offsets[BRANCH_COUNT_MAX];
};

static void take_arrays(const uint8_t *node, struct branch_arrays *arrays)
{
    unsigned count = node_count(node);

    arrays->count = count;
    for (unsigned i = 0; i < count; i++) {
        arrays->heads[i] = node_head(node, i);
        arrays->offsets[i] = load16(node + branch_offsets_at(count) + (size_t)i * OFFSET_BYTES);
    }
    for (unsigned i = 0; i <= count; i++)
        arrays->children[i] = node_child(node, i);
}

static void lay_arrays(uint8_t *node, const struct branch_arrays *arrays)
{
    unsigned count = arrays->count;

    store16(node + NODE_COUNT_AT, (uint16_t)count);
    for (unsigned i = 0; i < count; i++)
        store32(node + NODE_HEADS_AT + (size_t)i * HEAD_BYTES, arrays->heads[i]);
    pad_heads(node, count);
    for (unsigned i = 0; i <= count; i++)
        store32(node + branch_children_at(count) + (size_t)i * CHILD_BYTES, arrays->children[i]);
    for (unsigned i = 0; i < count; i++)
        store16(node + branch_offsets_at(count) + (size_t)i * OFFSET_BYTES, arrays->offsets[i]);
}

void node_insert_child(uint8_t *node, uint32_t page_bytes, unsigned i, struct span first,
                       struct span rest, uint32_t child)
{
    struct branch_arrays arrays;
    size_t length = first.size + rest.size;
    uint16_t offset = (uint16_t)length;
    uint8_t number[2];

    if (!has_gap(node, branch_arrays_end(node_count(node) + 1), separator_bytes(length)))
        compact(node, page_bytes);
    take_arrays(node, &arrays);
    REQUIRE(arrays.count < BRANCH_COUNT_MAX &&
            has_gap(node, branch_arrays_end(arrays.count + 1), separator_bytes(length)));
    if (length > SEPARATOR_SHORT) {
        store16(number, (uint16_t)length);
        add_bytes(node, rest);
        add_bytes(node, first);
        offset = add_bytes(node, span_of(number, sizeof(number)));
    }
    memmove(&arrays.heads[i + 1], &arrays.heads[i], (arrays.count - i) * sizeof(arrays.heads[0]));
    memmove(&arrays.offsets[i + 1], &arrays.offsets[i],
            (arrays.count - i) * sizeof(arrays.offsets[0]));
    memmove(&arrays.children[i + 2], &arrays.children[i + 1],
            (arrays.count - i) * sizeof(arrays.children[0]));
    arrays.heads[i] = head_of_parts(first, rest);
    arrays.offsets[i] = offset;
    arrays.children[i + 1] = child;
    arrays.count++;
    lay_arrays(node, &arrays);
}

void node_remove_child(uint8_t *node, unsigned i)
{
    struct branch_arrays arrays;
    uint32_t bytes;

    take_arrays(node, &arrays);
    REQUIRE(i < arrays.count);
    bytes = arrays.offsets[i] <= SEPARATOR_SHORT ? 0 : load16(node + arrays.offsets[i]) + 2U;
    arrays.count--;
    memmove(&arrays.heads[i], &arrays.heads[i + 1], (arrays.count - i) * sizeof(arrays.heads[0]));
    memmove(&arrays.offsets[i], &arrays.offsets[i + 1],
            (arrays.count - i) * sizeof(arrays.offsets[0]));
    memmove(&arrays.children[i + 1], &arrays.children[i + 2],
            (arrays.count - i) * sizeof(arrays.children[0]));
    lay_arrays(node, &arrays);
    store16(node + NODE_FREE_AT, (uint16_t)(node_free_bytes(node) + bytes));
}

void node_set_child(uint8_t *node, unsigned i, uint32_t child)
{
    store32(node + branch_children_at(node_count(node)) + (size_t)i * CHILD_BYTES, child);
}
