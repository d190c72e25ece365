/*
 * salvage_log.c - what a damaged log still says.
 *
 * A record proves itself by the salt and its lsn, so neither the log's first page nor its
 * name is relied on; nor is its length: what cannot be read is a record that is not there.
 */
#include "base/bits.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "pager/salvage.h"
#include "wal/wal_ring.h"

enum { SEARCH_BYTES = 1 << 16, SEARCH_BYTES_MAX = 64 << 20, LSN_AT = 8 };

/* FH_NOT_FOUND: these bytes cannot be read. */
static fh_status read_ring(const struct salvage_log *log, uint64_t lsn, void *bytes, size_t wanted)
{
    uint64_t at = WAL_HEADER_BYTES + (lsn & (log->ring_bytes - 1));
    size_t size;
    fh_status status = log->file->os->read(log->file, at, bytes, wanted, &size);

    if (status == FH_IO) return answer(FH_NOT_FOUND);
    TRY(status);
    return size == wanted ? FH_OK : answer(FH_NOT_FOUND);
}

static fh_status make_room(struct salvage_log *log, size_t bytes)
{
    if (bytes <= log->record_capacity) return FH_OK;
    memory_give(log->record);
    log->record_capacity = 0;
    log->record = memory_take(bytes, 1);
    if (log->record == NULL) return fail(FH_NO_MEMORY, "no memory for %zu bytes of a log", bytes);
    log->record_capacity = bytes;
    return FH_OK;
}

/* The record at `lsn`, if there is one that proves itself. FH_NOT_FOUND. */
static fh_status look(struct salvage_log *log, uint64_t lsn, struct wal_record *ret_record)
{
    uint64_t to_end = log->ring_bytes - (lsn & (log->ring_bytes - 1));
    uint64_t to_lap = log->first_lsn + log->ring_bytes - lsn;
    uint8_t head[WAL_RECORD_BYTES];

    if (lsn + WAL_RECORD_BYTES > log->first_lsn + log->ring_bytes || to_end < WAL_RECORD_BYTES)
        return answer(FH_NOT_FOUND);
    TRY(read_ring(log, lsn, head, sizeof(head)));
    if (!wal_record_decode(head, lsn, (size_t)(to_end < to_lap ? to_end : to_lap), ret_record))
        return answer(FH_NOT_FOUND);
    TRY(make_room(log, ret_record->bytes));
    TRY(read_ring(log, lsn, log->record, ret_record->bytes));
    return wal_record_proves(log->record, ret_record, log->salt) ? FH_OK : answer(FH_NOT_FOUND);
}

/* The state's log under this name: its first page says so, or its first record. */
static fh_status try_name(struct salvage_log *log, const struct meta *state, unsigned name)
{
    const struct os *os = log->salvage->os;
    uint8_t page[WAL_HEADER_BYTES];
    struct wal_header header;
    struct wal_record record;
    fh_status status;
    size_t size = 0;
    char *path;

    TRY(wal_ring_path(log->salvage->path, name, &path));
    status = os->open(os, path, OS_OPEN_READ, &log->file);
    memory_give(path);
    if (status != FH_OK) {
        log->file = NULL;
        return status == FH_NO_MEMORY ? status : answer(FH_NOT_FOUND);
    }
    status = os->read(log->file, 0, page, sizeof(page), &size);
    if (status == FH_OK && size == sizeof(page) && wal_header_decode(page, &header) &&
        header.wal_id == state->wal_id && header.ring_bytes == log->ring_bytes &&
        memcmp(header.uuid, state->uuid, UUID_BYTES) == 0)
        return FH_OK;
    status = look(log, wal_next_start(log->first_lsn), &record);
    if (status != FH_OK) {
        os->close(log->file);
        log->file = NULL;
    }
    return status;
}

fh_status salvage_log_open(struct salvage_log *log, struct salvage *salvage,
                           const struct meta *state)
{
    *log = (struct salvage_log){
        .salvage = salvage,
        .ring_bytes = state->wal_bytes,
        .salt = state->salt,
        .first_lsn = state->lsn,
        .lsn = state->lsn,
    };
    if (is_power_of_two(log->ring_bytes) && log->ring_bytes >= WAL_HEADER_BYTES &&
        add_fits(log->first_lsn, 2 * log->ring_bytes, &(uint64_t){0})) {
        for (unsigned name = 0; name < WAL_NAMES; name++) {
            fh_status status = try_name(log, state, name);

            if (status != FH_NOT_FOUND) return status;
        }
    }
    return fail(FH_LOG_MISSING, "the log of this state is not there");
}

void salvage_log_close(struct salvage_log *log)
{
    if (log->file != NULL) log->file->os->close(log->file);
    memory_give(log->record);
    *log = (struct salvage_log){.file = NULL};
}

fh_status salvage_log_next(struct salvage_log *log, struct wal_record *ret_record,
                           struct span *ret_ops)
{
    do {
        log->lsn = wal_next_start(log->lsn);
        TRY(look(log, log->lsn, ret_record));
        log->lsn += ret_record->bytes;
    } while (ret_record->kind == WAL_PAD);
    *ret_ops = span_of(log->record + WAL_RECORD_BYTES, ret_record->bytes - WAL_RECORD_BYTES);
    return FH_OK;
}

/* What is found behind the place where a log does not go on. */
struct behind {
    uint64_t stop;
    uint64_t txn_id;
    bool is_rot;
};

/* Every place of a stretch that was read where a record may begin. */
static fh_status search(struct salvage_log *log, struct span bytes, uint64_t from,
                        struct behind *behind)
{
    for (size_t at = 0; at + WAL_RECORD_BYTES <= bytes.size; at += WAL_ALIGN) {
        struct wal_record record;
        fh_status status;

        if (load64(bytes.data + at + LSN_AT) != from + at) continue;
        status = look(log, from + at, &record);
        if (status == FH_NOT_FOUND) continue;
        TRY(status);
        if (record.kind == WAL_TXN && record.txn_id > behind->txn_id)
            behind->txn_id = record.txn_id;
        if (record.durable_lsn > behind->stop) behind->is_rot = true;
    }
    return FH_OK;
}

fh_status salvage_log_behind(struct salvage_log *log, uint64_t lsn, uint64_t *ret_txn_id,
                             bool *ret_is_rot)
{
    uint64_t lap = log->first_lsn + log->ring_bytes;
    uint64_t last = lsn + SEARCH_BYTES_MAX < lap ? lsn + SEARCH_BYTES_MAX : lap;
    uint64_t from = round_up(lsn + 1, WAL_ALIGN);
    struct behind behind = {.stop = lsn};
    uint8_t *bytes = memory_take(SEARCH_BYTES, 1);
    fh_status status = FH_OK;

    if (bytes == NULL) return fail(FH_NO_MEMORY, "no memory to search a log");
    /* Stretches end where blocks end, which no record's head crosses. */
    while (from < last && status == FH_OK) {
        uint64_t to = round_down(from, SEARCH_BYTES) + SEARCH_BYTES;
        uint64_t to_end = from - (from & (log->ring_bytes - 1)) + log->ring_bytes;
        size_t here;

        if (to > to_end) to = to_end;
        if (to > last) to = last;
        here = (size_t)(to - from);
        status = read_ring(log, from, bytes, here);
        if (status == FH_OK) status = search(log, span_of(bytes, here), from, &behind);
        if (status == FH_NOT_FOUND) status = FH_OK;
        from = to;
    }
    memory_give(bytes);
    TRY(status);
    *ret_txn_id = behind.txn_id;
    *ret_is_rot = behind.is_rot;
    return FH_OK;
}
