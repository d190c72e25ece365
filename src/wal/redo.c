/*
 * redo.c - operations to bytes, and back.
 */
#include "wal/redo.h"

#include "base/memory.h"
#include "base/note.h"
#include "base/varint.h"

enum { CAPACITY_LEAST = 512 };

void redo_begin(struct redo *redo, size_t limit)
{
    *redo = (struct redo){.bytes = redo->bytes, .capacity = redo->capacity, .limit = limit};
}

void redo_fini(struct redo *redo)
{
    memory_give(redo->bytes);
    *redo = (struct redo){.bytes = NULL};
}

void redo_lose(struct redo *redo)
{
    redo->is_lost = true;
    redo->is_long = false;
}

void redo_leave_out(struct redo *redo, size_t bytes)
{
    if (!redo->is_lost) redo->is_lost = redo->is_long = true;
    redo->left_out += bytes;
}

static APART bool grow(struct redo *redo, size_t wanted)
{
    size_t capacity = redo->capacity < CAPACITY_LEAST ? CAPACITY_LEAST : redo->capacity;
    uint8_t *bytes;

    while (capacity < wanted)
        capacity *= 2;
    bytes = memory_resize(redo->bytes, redo->capacity, capacity, 1);
    if (bytes == NULL) return false;
    redo->bytes = bytes;
    redo->capacity = capacity;
    return true;
}

/* Room for so many more bytes; else the redo is lost. */
static inline bool has_room(struct redo *redo, size_t more)
{
    if (LIKELY(!redo->is_lost && more <= redo->limit && redo->size <= redo->limit - more &&
               (redo->size + more <= redo->capacity || grow(redo, redo->size + more))))
        return true;
    redo_leave_out(redo, more);
    return false;
}

static void add_byte(struct redo *redo, uint8_t byte)
{
    redo->bytes[redo->size++] = byte;
}

static void add_varint(struct redo *redo, uint64_t value)
{
    redo->size += varint_store(redo->bytes + redo->size, value);
}

static void add_bytes(struct redo *redo, struct span bytes)
{
    if (bytes.size > 0) memcpy(redo->bytes + redo->size, bytes.data, bytes.size);
    redo->size += bytes.size;
}

static void add_span(struct redo *redo, struct span bytes)
{
    add_varint(redo, bytes.size);
    add_bytes(redo, bytes);
}

static inline bool begin_op(struct redo *redo, enum redo_kind kind, size_t bytes)
{
    if (!has_room(redo, 1 + 3 * (size_t)VARINT_BYTES_MAX + bytes)) return false;
    add_byte(redo, (uint8_t)kind);
    redo->op_count++;
    return true;
}

void redo_tree(struct redo *redo, uint32_t tree_id, struct span name)
{
    if (redo->tree_id == tree_id || !begin_op(redo, REDO_TREE, name.size)) return;
    add_varint(redo, tree_id);
    add_span(redo, name);
    redo->tree_id = tree_id;
}

void redo_put(struct redo *redo, struct span key, struct span value)
{
    if (!begin_op(redo, REDO_PUT, key.size + value.size)) return;
    add_varint(redo, key.size);
    add_varint(redo, value.size);
    add_bytes(redo, key);
    add_bytes(redo, value);
}

void redo_put_runs(struct redo *redo, struct span key, uint64_t value_bytes,
                   const struct redo_extent *extents, uint32_t extent_count)
{
    if (!begin_op(redo, REDO_PUT_RUNS, key.size + (size_t)extent_count * REDO_EXTENT_BYTES)) return;
    add_span(redo, key);
    add_varint(redo, value_bytes);
    add_byte(redo, (uint8_t)extent_count);
    for (uint32_t i = 0; i < extent_count; i++) {
        uint8_t bytes[REDO_EXTENT_BYTES];

        store32(bytes, extents[i].page);
        store32(bytes + 4, extents[i].page_count);
        store32(bytes + 8, extents[i].crc);
        add_bytes(redo, span_of(bytes, sizeof(bytes)));
    }
    redo->names_runs = true;
}

void redo_erase(struct redo *redo, struct span key)
{
    if (begin_op(redo, REDO_ERASE, key.size)) add_span(redo, key);
}

void redo_erase_range(struct redo *redo, struct span from, struct span to)
{
    if (!begin_op(redo, REDO_ERASE_RANGE, from.size + to.size)) return;
    add_span(redo, from);
    add_span(redo, to);
}

void redo_tree_drop(struct redo *redo)
{
    if (begin_op(redo, REDO_TREE_DROP, 0)) redo->tree_id = 0;
}

struct redo_mark redo_mark(const struct redo *redo)
{
    return (struct redo_mark){redo->size, redo->op_count, redo->tree_id};
}

void redo_rewind(struct redo *redo, struct redo_mark mark)
{
    redo->size = mark.size;
    redo->op_count = mark.op_count;
    redo->tree_id = mark.tree_id;
}

static bool take_varint(struct span *rest, uint64_t *ret_value)
{
    unsigned bytes = varint_load(rest->data, rest->data + rest->size, ret_value);

    *rest = span_of(rest->data + bytes, rest->size - bytes);
    return bytes > 0;
}

static bool take_bytes(struct span *rest, uint64_t size, struct span *ret_bytes)
{
    if (size > rest->size) return false;
    *ret_bytes = span_of(rest->data, (size_t)size);
    *rest = span_of(rest->data + size, rest->size - (size_t)size);
    return true;
}

static bool take_span(struct span *rest, struct span *ret_bytes)
{
    uint64_t size;

    return take_varint(rest, &size) && take_bytes(rest, size, ret_bytes);
}

static bool take_tree(struct span *rest, struct redo_op *op)
{
    uint64_t tree_id;

    if (!take_varint(rest, &tree_id) || tree_id == 0 || tree_id > UINT32_MAX) return false;
    op->tree_id = (uint32_t)tree_id;
    return take_span(rest, &op->name);
}

static bool take_put(struct span *rest, struct redo_op *op)
{
    uint64_t key_bytes;

    return take_varint(rest, &key_bytes) && take_varint(rest, &op->value_bytes) &&
           take_bytes(rest, key_bytes, &op->key) && take_bytes(rest, op->value_bytes, &op->value);
}

static bool take_extents(struct span *rest, struct redo_op *op)
{
    struct span count, extents;

    if (!take_span(rest, &op->key) || !take_varint(rest, &op->value_bytes) ||
        !take_bytes(rest, 1, &count) || count.data[0] == 0 || count.data[0] > REDO_EXTENTS_MAX ||
        !take_bytes(rest, (uint64_t)count.data[0] * REDO_EXTENT_BYTES, &extents))
        return false;
    op->extent_count = count.data[0];
    op->extents = extents.data;
    return true;
}

static bool take_op(struct span *rest, struct redo_op *op)
{
    switch (op->kind) {
    case REDO_PUT:
        return take_put(rest, op);
    case REDO_ERASE:
        return take_span(rest, &op->key);
    case REDO_ERASE_RANGE:
        return take_span(rest, &op->key) && take_span(rest, &op->to);
    case REDO_PUT_RUNS:
        return take_extents(rest, op);
    case REDO_TREE:
        return take_tree(rest, op);
    case REDO_TREE_DROP:
        return true;
    }
    return false;
}

fh_status redo_next(struct span *rest, struct redo_op *ret_op)
{
    struct redo_op op = {.kind = REDO_PUT};
    struct span kind;

    if (!take_bytes(rest, 1, &kind)) return fail(FH_CORRUPT, "a log record ends too early");
    op.kind = (enum redo_kind)kind.data[0];
    if (!take_op(rest, &op))
        return fail(FH_CORRUPT, "operation %u of a log record makes no sense", kind.data[0]);
    *ret_op = op;
    return FH_OK;
}

struct redo_extent redo_extent(const struct redo_op *op, uint32_t i)
{
    const uint8_t *at = op->extents + (size_t)i * REDO_EXTENT_BYTES;

    return (struct redo_extent){load32(at), load32(at + 4), load32(at + 8)};
}
