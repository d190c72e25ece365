/*
 * replay.c - recovery's second half: the log's records over the durable checkpoint (V4, V5).
 *
 * First all records are looked at once: pages that they name are taken out of the free ones,
 * after their bytes have proven themselves, and the end of the log is found. Then the layer
 * above replays them as transactions. What was replayed is made durable by a checkpoint
 * before anybody sees it, and the log is not gone on with: its end may be known to the
 * system's cache alone.
 */
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "pager/pager_internal.h"

enum { PROOF_BYTES = 1 << 20 };

/* The bytes of a run that a record names are the ones it means. */
static fh_status prove_run(struct pager *pager, const struct redo_extent *extent, uint8_t *buffer)
{
    uint64_t at = (uint64_t)extent->page << pager->page_shift;
    uint64_t left = (uint64_t)extent->page_count << pager->page_shift;
    uint32_t crc = slot_body_crc(extent->page, NULL, 0);

    while (left > 0) {
        size_t here = size_min(PROOF_BYTES, (size_t)left), read;

        TRY(pager->os->read(pager->file, at, buffer, here, &read));
        if (read < here) return answer(FH_NOT_FOUND);
        crc = crc32c(crc, buffer, here);
        at += here;
        left -= here;
    }
    return crc == extent->crc ? FH_OK : answer(FH_NOT_FOUND);
}

/* Out of the free pages, but not in use until the record is replayed. */
static fh_status hold_run(struct pager *pager, const struct redo_extent *extent)
{
    struct run run = {extent->page, extent->page_count};
    struct slot slot = {.tag = PAGE_RUN_HEAD, .body_crc = extent->crc};
    uint32_t page_count = alloc_page_count(pager->alloc);

    TRY(alloc_take_exact(pager->alloc, run, &slot));
    alloc_settle(pager->alloc);
    if (alloc_page_count(pager->alloc) != page_count) atomic_store(&pager->must_sync_all, true);
    TRY(overlay_extend(&pager->overlay, alloc_page_count(pager->alloc)));
    return alloc_retire(pager->alloc, run);
}

/* All runs that the operations of one record name; FH_NOT_FOUND: one is not there. */
static fh_status visit_runs(struct pager *pager, uint32_t op_count, struct span ops,
                            uint8_t *buffer, bool is_held)
{
    for (uint32_t i = 0; i < op_count; i++) {
        struct redo_op op;

        TRY(redo_next(&ops, &op));
        for (uint32_t at = 0; op.kind == REDO_PUT_RUNS && at < op.extent_count; at++) {
            struct redo_extent extent = redo_extent(&op, at);

            TRY(is_held ? hold_run(pager, &extent) : prove_run(pager, &extent, buffer));
        }
    }
    return ops.size == 0 ? FH_OK : fail(FH_CORRUPT, "a log record is longer than what it says");
}

static fh_status look_ahead(struct pager *pager, uint8_t *buffer)
{
    struct wal_reader *reader = &pager->replay;
    fh_status status;

    pager->replay_end = reader->first_lsn;
    for (;;) {
        struct wal_record record;
        struct span ops;
        uint64_t stop;

        status = wal_reader_next(reader, &record, &ops);
        stop = reader->lsn;
        if (status == FH_OK && (record.flags & WAL_NAMES_RUNS) != 0) {
            status = visit_runs(pager, record.op_count, ops, buffer, false);
            stop = record.lsn;
        }
        if (status == FH_NOT_FOUND) return wal_reader_judge_end(reader, stop);
        TRY(status);
        if ((record.flags & WAL_NAMES_RUNS) != 0)
            TRY(visit_runs(pager, record.op_count, ops, buffer, true));
        pager->replay_end = reader->lsn;
    }
}

fh_status pager_replay_begin(struct pager *pager)
{
    uint8_t *buffer = memory_take(PROOF_BYTES, 1);
    fh_status status;

    if (buffer == NULL) return fail(FH_NO_MEMORY, "no memory to read the log");
    wal_reader_init(&pager->replay, &pager->replay_ring, pager->meta.salt, pager->meta.lsn);
    mutex_lock(&pager->space_lock);
    status = recover_space(pager);
    if (status == FH_OK) status = look_ahead(pager, buffer);
    mutex_unlock(&pager->space_lock);
    memory_give(buffer);
    pager->replay.lsn = pager->replay.first_lsn;
    pager->is_replaying = status == FH_OK;
    return status;
}

fh_status pager_replay_next(struct pager *pager, struct pager_replay *ret_record)
{
    struct wal_record record;

    if (pager->replay.lsn >= pager->replay_end) return answer(FH_NOT_FOUND);
    TRY(wal_reader_next(&pager->replay, &record, &ret_record->ops));
    if (record.txn_id != pager->last.txn_id + 1)
        return fail(FH_CORRUPT, "the log goes from transaction %llu to %llu",
                    (unsigned long long)pager->last.txn_id, (unsigned long long)record.txn_id);
    ret_record->op_count = record.op_count;
    pager->replay_lsn = pager->replay.lsn;
    return FH_OK;
}

fh_status pager_replay_end(struct pager *pager)
{
    struct checkpoint_log log = {.flags = META_NO_LOG,
                                 .lsn = round_up(pager->replay_end, WAL_BLOCK_BYTES)};
    fh_status status;

    pager->is_replaying = false;
    wal_reader_fini(&pager->replay);
    if (!pager->read_only) {
        TRY(pager_hold_writer(pager));
        status = checkpoint_run(pager, &pager->last, &log); /* V5 */
        pager_release_writer(pager);
        TRY(status);
    }
    wal_ring_close(&pager->replay_ring);
    if (!pager->read_only) log_clear(pager);
    pager->must_replay = false;
    atomic_store(&pager->publication.epoch, 0);
    commit_publish(pager, &pager->last);
    return FH_OK;
}
