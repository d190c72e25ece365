/*
 * overflow.c - values too large for a leaf: a run of pages each, the value at its byte 0.
 */
#include "base/bits.h"
#include "base/check.h"
#include "base/note.h"
#include "tree/tree_internal.h"

/* Two items and both fences always fit a page, so that every split has two halves. */
bool overflow_wanted(const struct tree *tree, size_t key_bytes, size_t value_bytes)
{
    return key_bytes + value_bytes > tree->page_bytes / 4;
}

fh_status overflow_write(struct tree *tree, struct span value,
                         uint8_t payload[OVERFLOW_PAYLOAD_BYTES])
{
    struct run run;

    TRY(txn_run_new(tree->txn, tree->state.tree_id, value, &run));
    store64(payload, value.size);
    store32(payload + EXTENT_LENGTH_BYTES, (uint32_t)run.first);
    store32(payload + EXTENT_LENGTH_BYTES + 4, (uint32_t)run.count);
    tree->state.run_pages += run.count;
    tree->written = run;
    return FH_OK;
}

void overflow_undo(struct tree *tree, struct span payload)
{
    struct run run = {load32(payload.data + EXTENT_LENGTH_BYTES),
                      load32(payload.data + EXTENT_LENGTH_BYTES + 4)};

    txn_run_undo(tree->txn, run);
    tree->state.run_pages -= run.count;
}

fh_status overflow_decode(const struct tree *tree, struct span payload, uint64_t *ret_bytes,
                          struct run *ret_run)
{
    uint32_t limit = atomic_load_explicit(&tree->overlay->page_limit, memory_order_acquire);
    struct run run;
    uint64_t bytes;

    if (payload.size != OVERFLOW_PAYLOAD_BYTES)
        return fail(FH_VERSION, "a value in %zu pieces: this version knows one",
                    (payload.size - EXTENT_LENGTH_BYTES) / EXTENT_BYTES);
    bytes = load64(payload.data);
    run.first = load32(payload.data + EXTENT_LENGTH_BYTES);
    run.count = load32(payload.data + EXTENT_LENGTH_BYTES + 4);
    if (run.first == 0 || run.count == 0 || run_end(run) > limit ||
        bytes > run.count * tree->page_bytes || bytes > UINT32_MAX)
        return fail(FH_CORRUPT, "a value of %llu bytes in pages %llu to %llu",
                    (unsigned long long)bytes, (unsigned long long)run.first,
                    (unsigned long long)run_end(run) - 1);
    *ret_bytes = bytes;
    *ret_run = run;
    return FH_OK;
}

fh_status overflow_drop(struct tree *tree, struct span payload)
{
    uint64_t bytes;
    struct run run;

    TRY(overflow_decode(tree, payload, &bytes, &run));
    TRY(txn_run_drop(tree->txn, run));
    tree->state.run_pages -= run.count;
    return FH_OK;
}

fh_status overflow_value(const struct tree *tree, const struct cell *cell, struct span *ret_value)
{
    uint64_t bytes;
    struct run run;

    if (LIKELY(!cell->is_extents)) {
        *ret_value = cell->payload;
        return FH_OK;
    }
    TRY(overflow_decode(tree, cell->payload, &bytes, &run));
    *ret_value = span_of(overlay_mapped(tree->overlay, (page_no)run.first), (size_t)bytes);
    return FH_OK;
}

fh_status overflow_value_bytes(const struct tree *tree, const struct cell *cell,
                               uint64_t *ret_bytes)
{
    struct run run;

    if (cell->is_extents) return overflow_decode(tree, cell->payload, ret_bytes, &run);
    *ret_bytes = cell->payload.size;
    return FH_OK;
}
