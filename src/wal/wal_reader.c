/*
 * wal_reader.c - walks records, through a window of the ring.
 */
#include "wal/wal_reader.h"

#include "base/bits.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"

enum { WINDOW_BYTES = 1 << 20, JUDGE_BYTES_MAX = 64 << 20 };

void wal_reader_init(struct wal_reader *reader, struct wal_ring *ring, uint64_t salt,
                     uint64_t first_lsn)
{
    *reader =
        (struct wal_reader){.ring = ring, .salt = salt, .first_lsn = first_lsn, .lsn = first_lsn};
}

void wal_reader_fini(struct wal_reader *reader)
{
    memory_give(reader->window);
    reader->window = NULL;
}

/* `size` bytes from `lsn` on in one piece, and what else comes along. */
static fh_status fetch(struct wal_reader *reader, uint64_t lsn, size_t size,
                       const uint8_t **ret_bytes)
{
    uint64_t ring_bytes = reader->ring->ring_bytes;
    size_t wanted = size > WINDOW_BYTES ? size : WINDOW_BYTES;

    if (lsn >= reader->window_lsn && lsn + size <= reader->window_lsn + reader->window_bytes) {
        *ret_bytes = reader->window + (lsn - reader->window_lsn);
        return FH_OK;
    }
    if (wanted > ring_bytes) wanted = (size_t)ring_bytes;
    REQUIRE(size <= wanted);
    if (wanted > reader->window_capacity) {
        memory_give(reader->window);
        reader->window_bytes = 0;
        reader->window_capacity = 0;
        reader->window = memory_take(wanted, 1);
        if (reader->window == NULL)
            return fail(FH_NO_MEMORY, "no memory for %zu bytes of the log", wanted);
        reader->window_capacity = wanted;
    }
    reader->window_bytes = 0;
    TRY(wal_ring_read(reader->ring, lsn, reader->window, wanted));
    reader->window_lsn = lsn;
    reader->window_bytes = wanted;
    *ret_bytes = reader->window;
    return FH_OK;
}

/* A record that proves itself at `lsn`, or FH_NOT_FOUND. */
static fh_status look(struct wal_reader *reader, uint64_t lsn, struct wal_record *ret_record,
                      const uint8_t **ret_at)
{
    uint64_t ring_bytes = reader->ring->ring_bytes;
    uint64_t to_end = ring_bytes - (lsn & (ring_bytes - 1));
    uint64_t to_lap = reader->first_lsn + ring_bytes - lsn;

    if (lsn + WAL_RECORD_BYTES > reader->first_lsn + ring_bytes) return answer(FH_NOT_FOUND);
    TRY(fetch(reader, lsn, WAL_RECORD_BYTES, ret_at));
    if (!wal_record_decode(*ret_at, lsn, (size_t)(to_end < to_lap ? to_end : to_lap), ret_record))
        return answer(FH_NOT_FOUND);
    TRY(fetch(reader, lsn, ret_record->bytes, ret_at));
    return wal_record_proves(*ret_at, ret_record, reader->salt) ? FH_OK : answer(FH_NOT_FOUND);
}

fh_status wal_reader_next(struct wal_reader *reader, struct wal_record *ret_record,
                          struct span *ret_ops)
{
    const uint8_t *at = NULL;

    do {
        reader->lsn = wal_next_start(reader->lsn);
        TRY(look(reader, reader->lsn, ret_record, &at));
        if ((ret_record->flags & ~WAL_NAMES_RUNS) != 0)
            return fail(FH_CORRUPT, "the log's record at %llu has flags %#x, which none has",
                        (unsigned long long)reader->lsn, ret_record->flags);
        reader->lsn += ret_record->bytes;
    } while (ret_record->kind == WAL_PAD);
    *ret_ops = span_of(at + WAL_RECORD_BYTES, ret_record->bytes - WAL_RECORD_BYTES);
    return FH_OK;
}

fh_status wal_reader_judge_end(struct wal_reader *reader, uint64_t stop)
{
    uint64_t lap = reader->first_lsn + reader->ring->ring_bytes;
    uint64_t last = stop + JUDGE_BYTES_MAX < lap ? stop + JUDGE_BYTES_MAX : lap;

    for (uint64_t lsn = round_up(stop + 1, WAL_ALIGN); lsn + WAL_RECORD_BYTES <= last;
         lsn += WAL_ALIGN) {
        struct wal_record record;
        const uint8_t *at;
        fh_status status = look(reader, lsn, &record, &at);

        if (status == FH_NOT_FOUND) continue;
        TRY(status);
        if (record.durable_lsn > stop)
            return fail(FH_CORRUPT,
                        "the log is damaged at %llu, before its end: take a copy, then open "
                        "without the log",
                        (unsigned long long)stop);
    }
    return FH_OK;
}
