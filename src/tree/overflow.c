/*
 * overflow.c - values too large for a leaf: pages of their own, in one run or in a few pieces.
 *
 * A payload is the value's length and its extents. In one piece a value is read where it
 * stands; in several it is put together in a buffer that lives as long as the tree's owner says.
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

void overflow_encode(struct overflow_payload *payload, uint64_t value_bytes,
                     const struct txn_extents *extents)
{
    store64(payload->bytes, value_bytes);
    for (uint32_t i = 0; i < extents->count; i++) {
        uint8_t *at = payload->bytes + EXTENT_LENGTH_BYTES + (size_t)i * EXTENT_BYTES;

        store32(at, (uint32_t)extents->runs[i].first);
        store32(at + 4, (uint32_t)extents->runs[i].count);
    }
    payload->span =
        span_of(payload->bytes, EXTENT_LENGTH_BYTES + (size_t)extents->count * EXTENT_BYTES);
}

uint64_t overflow_pages(const struct txn_extents *extents)
{
    uint64_t count = 0;

    for (uint32_t i = 0; i < extents->count; i++)
        count += extents->runs[i].count;
    return count;
}

fh_status overflow_write(struct tree *tree, struct span value, struct overflow_payload *payload)
{
    struct txn_extents extents;

    TRY(txn_run_spread(tree->txn, tree->state.tree_id, value, &extents));
    overflow_encode(payload, value.size, &extents);
    tree->state.run_pages += overflow_pages(&extents);
    return FH_OK;
}

static fh_status decode_runs(const struct tree *tree, struct span payload,
                             struct txn_extents *extents)
{
    uint32_t limit = atomic_load_explicit(&tree->overlay->page_limit, memory_order_acquire);
    size_t count = (payload.size - EXTENT_LENGTH_BYTES) / EXTENT_BYTES;

    if (payload.size < EXTENT_LENGTH_BYTES + EXTENT_BYTES || count > TXN_EXTENTS_MAX)
        return fail(FH_CORRUPT, "a value in %zu pieces", count);
    extents->count = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *at = payload.data + EXTENT_LENGTH_BYTES + i * EXTENT_BYTES;
        struct run run = {load32(at), load32(at + 4)};

        if (run.first == 0 || run.count == 0 || run_end(run) > limit)
            return fail(FH_CORRUPT, "a value in pages %llu to %llu", (unsigned long long)run.first,
                        (unsigned long long)run_end(run) - 1);
        extents->runs[i] = run;
    }
    return FH_OK;
}

fh_status overflow_decode(const struct tree *tree, struct span payload, uint64_t *ret_bytes,
                          struct txn_extents *ret_extents)
{
    uint64_t bytes, pages;

    TRY(decode_runs(tree, payload, ret_extents));
    bytes = load64(payload.data);
    pages = overflow_pages(ret_extents);
    if (bytes > pages * tree->page_bytes || bytes > UINT32_MAX)
        return fail(FH_CORRUPT, "a value of %llu bytes in %llu pages", (unsigned long long)bytes,
                    (unsigned long long)pages);
    *ret_bytes = bytes;
    return FH_OK;
}

fh_status overflow_drop(struct tree *tree, struct span payload)
{
    struct txn_extents extents;
    uint64_t bytes;

    TRY(overflow_decode(tree, payload, &bytes, &extents));
    for (uint32_t i = 0; i < extents.count; i++)
        TRY(txn_run_check(tree->txn, extents.runs[i]));
    /* Then nothing but memory can be short, and that is asked for first. */
    TRY(txn_reserve_drops(tree->txn, (uint32_t)overflow_pages(&extents) / 8 + extents.count));
    for (uint32_t i = 0; i < extents.count; i++)
        TRY(txn_run_drop(tree->txn, extents.runs[i]));
    tree->state.run_pages -= overflow_pages(&extents);
    return FH_OK;
}

void overflow_undo(struct tree *tree, struct span payload)
{
    struct txn_extents extents;

    REQUIRE(decode_runs(tree, payload, &extents) == FH_OK);
    for (uint32_t i = 0; i < extents.count; i++)
        txn_run_undo(tree->txn, extents.runs[i]);
    tree->state.run_pages -= overflow_pages(&extents);
}

static fh_status gather(const struct tree *tree, const struct txn_extents *extents, size_t bytes,
                        struct tree_buffer **reused, struct span *ret_value)
{
    struct tree_buffer *buffer;

    if (reused != NULL) {
        TRY(tree_buffer_refill(reused, tree->overlay, extents, bytes));
        *ret_value = span_of((*reused)->value, bytes);
        return FH_OK;
    }
    if (tree->buffers == NULL) return fail(FH_CORRUPT, "a value in pieces where none can be");
    TRY(tree_buffer_make(tree->overlay, extents, bytes, &buffer));
    list_append(tree->buffers, &buffer->link);
    *ret_value = span_of(buffer->value, bytes);
    return FH_OK;
}

fh_status overflow_value(const struct tree *tree, const struct cell *cell,
                         struct tree_buffer **reused, struct span *ret_value)
{
    struct txn_extents extents;
    uint64_t bytes;

    if (LIKELY(!cell->is_extents)) {
        *ret_value = cell->payload;
        return FH_OK;
    }
    TRY(overflow_decode(tree, cell->payload, &bytes, &extents));
    for (uint32_t i = 0; i < extents.count; i++)
        TRY(overlay_touch(tree->overlay, (page_no)extents.runs[i].first));
    if (extents.count > 1) return gather(tree, &extents, (size_t)bytes, reused, ret_value);
    *ret_value =
        span_of(overlay_mapped(tree->overlay, (page_no)extents.runs[0].first), (size_t)bytes);
    return FH_OK;
}

fh_status overflow_value_bytes(const struct tree *tree, const struct cell *cell,
                               uint64_t *ret_bytes)
{
    struct txn_extents extents;

    if (cell->is_extents) return overflow_decode(tree, cell->payload, ret_bytes, &extents);
    *ret_bytes = cell->payload.size;
    return FH_OK;
}
