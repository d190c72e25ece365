/*
 * txn_run.c - runs in a transaction: taken, written once, dropped, adopted from the log.
 */
#include "base/check.h"
#include "base/note.h"
#include "pager/pager_internal.h"

enum { RUN_PARTS = 64 };

fh_status txn_run_check(const struct txn *txn, struct run run)
{
    const struct slot *draft = alloc_draft(txn->pager->alloc, (page_no)run.first);
    struct slot slot;
    bool is_proven = draft != NULL;

    TRY(txn_check_run(txn, run));
    if (draft != NULL)
        slot = *draft;
    else
        TRY(pager_slot(txn->pager, (page_no)run.first, &slot, &is_proven));
    /* A wrong length over pages that are in use would take a neighbour's along. */
    if (is_proven &&
        ((slot.tag != PAGE_RUN_HEAD && slot.tag != PAGE_RAW) || slot.run_pages != run.count))
        return fail(FH_CORRUPT, "a tree refers to %llu pages from %llu, which are no such run",
                    (unsigned long long)run.count, (unsigned long long)run.first);
    return FH_OK;
}

fh_status txn_run_drop(struct txn *txn, struct run run)
{
    TRY(txn_run_check(txn, run));
    return txn_drop_run(txn, run);
}

void txn_run_undo(struct txn *txn, struct run run)
{
    txn_untake(txn, run);
}

/* The bytes and zeros to the end of the run; the slot gets the checksum of it all. */
static fh_status write_run(struct txn *txn, struct run run, struct span bytes)
{
    static const uint8_t zeros[PAGE_BYTES_MAX];
    struct pager *pager = txn->pager;
    uint64_t at = run.first << pager->page_shift;
    uint64_t pad = (run.count << pager->page_shift) - bytes.size;
    uint32_t crc = slot_body_crc((page_no)run.first, bytes.data, bytes.size);
    struct span parts[RUN_PARTS] = {bytes};
    size_t part_count = 1, part_bytes = bytes.size;

    do {
        while (pad > 0 && part_count < RUN_PARTS) {
            struct span part = span_of(zeros, size_min(pad, sizeof(zeros)));

            parts[part_count++] = part;
            part_bytes += part.size;
            crc = crc32c(crc, part.data, part.size);
            pad -= part.size;
        }
        TRY(pager->os->write(pager->file, at, parts, part_count));
        at += part_bytes;
        part_count = 0;
        part_bytes = 0;
    } while (pad > 0);
    alloc_draft(pager->alloc, (page_no)run.first)->body_crc = crc;
    return FH_OK;
}

fh_status txn_run_take(struct txn *txn, const struct slot *what, uint32_t page_count,
                       struct span bytes, struct run *ret_run)
{
    struct alloc_request request = {
        .page_count = page_count, .from_reserve = txn->from_reserve, .slot = *what};
    struct run run;
    fh_status status;

    request.slot.epoch = txn->epoch;
    TRY(txn_take(txn, &request, &run));
    status = write_run(txn, run, bytes);
    if (status != FH_OK) {
        txn_untake(txn, run);
        return status;
    }
    *ret_run = run;
    return FH_OK;
}

/* As many pages as the free runs have in `most` pieces; FH_NO_SPACE: more pieces, or no room. */
static fh_status take_pieces(struct txn *txn, const struct slot *what, uint32_t page_count,
                             struct txn_extents *extents, uint32_t most)
{
    struct alloc *alloc = txn->pager->alloc;
    uint32_t left = page_count;

    while (left > 0) {
        uint64_t largest = alloc_largest_free(alloc);
        struct alloc_request request = {
            .page_count = left < largest ? left : (uint32_t)largest,
            .from_reserve = txn->from_reserve,
            .must_not_grow = true,
            .slot = *what,
        };
        fh_status status = extents->count == most || largest == 0
                               ? answer(FH_NO_SPACE)
                               : txn_take(txn, &request, &extents->runs[extents->count]);

        if (status != FH_OK) {
            while (extents->count > 0)
                txn_untake(txn, extents->runs[--extents->count]);
            return status;
        }
        left -= request.page_count;
        extents->count++;
    }
    return FH_OK;
}

/* In one piece where there is one; else in pieces; else the file grows. */
static fh_status place(struct txn *txn, const struct slot *what, uint32_t page_count,
                       struct txn_extents *extents, uint32_t most)
{
    struct alloc_request request = {
        .page_count = page_count,
        .from_reserve = txn->from_reserve,
        .must_not_grow = true,
        .slot = *what,
    };
    fh_status status = txn_take(txn, &request, &extents->runs[0]);

    extents->count = status == FH_OK;
    if (status == FH_NO_SPACE && page_count <= alloc_free_pages(txn->pager->alloc))
        status = take_pieces(txn, what, page_count, extents, most);
    if (status != FH_NO_SPACE) return status;
    request.must_not_grow = false;
    TRY(txn_take(txn, &request, &extents->runs[0]));
    extents->count = 1;
    return FH_OK;
}

fh_status txn_run_spread(struct txn *txn, uint32_t tree_id, struct span bytes,
                         struct txn_extents *ret_extents)
{
    struct slot slot = {.tag = PAGE_RUN_HEAD, .tree_id = tree_id, .epoch = txn->epoch};
    struct pager *pager = txn->pager;
    uint32_t most = pager->page_bytes / TXN_EXTENT_SHARE;
    uint64_t page_count = divide_up(bytes.size, pager->page_bytes);
    struct txn_extents extents = {.count = 0};

    TRY(place(txn, &slot, (uint32_t)page_count, &extents, most));
    for (uint32_t i = 0; i < extents.count; i++) {
        uint64_t room = extents.runs[i].count << pager->page_shift;
        size_t here = size_min(bytes.size, (size_t)room);
        fh_status status = write_run(txn, extents.runs[i], span_of(bytes.data, here));

        if (status != FH_OK) {
            while (extents.count > 0)
                txn_untake(txn, extents.runs[--extents.count]);
            return status;
        }
        bytes = span_of(bytes.data + here, bytes.size - here);
    }
    txn->written = extents;
    *ret_extents = extents;
    return FH_OK;
}

const struct txn_extents *txn_run_written(const struct txn *txn)
{
    return &txn->written;
}

fh_status txn_run_rewrite(struct txn *txn, struct run run, struct span bytes)
{
    const struct slot *draft;

    TRY(txn_check_run(txn, run));
    draft = alloc_draft(txn->pager->alloc, (page_no)run.first);
    if (draft == NULL || draft->epoch != txn->epoch || draft->run_pages != run.count)
        return answer(FH_BUSY);
    return write_run(txn, run, bytes);
}

uint32_t txn_run_crc(const struct txn *txn, struct run run)
{
    const struct slot *draft = alloc_draft(txn->pager->alloc, (page_no)run.first);

    return draft == NULL ? 0 : draft->body_crc;
}

fh_status txn_run_adopt(struct txn *txn, uint32_t tree_id, struct run run, uint32_t crc)
{
    struct pager *pager = txn->pager;
    struct slot *draft = alloc_draft(pager->alloc, (page_no)run.first);

    if (draft == NULL || draft->tag != PAGE_RUN_HEAD || draft->epoch != 0 ||
        draft->run_pages != run.count || draft->body_crc != crc ||
        alloc_is_used(pager->alloc, (page_no)run.first))
        return fail(FH_CORRUPT, "the log names pages %llu to %llu twice",
                    (unsigned long long)run.first, (unsigned long long)run_end(run) - 1);
    mutex_lock(&pager->space_lock);
    draft->epoch = txn->epoch;
    draft->tree_id = tree_id;
    alloc_restore(pager->alloc, run);
    mutex_unlock(&pager->space_lock);
    return FH_OK;
}
