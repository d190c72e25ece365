/*
 * wal_reader.h - the records of a log from one lsn on, and where they end.
 *
 * The log ends where the next record does not prove itself: a group that was being written
 * when the power went. If a record further on says that this place was on the medium
 * already, it is not the end but rot in the middle: FH_CORRUPT.
 */
#ifndef FREEHOLD_WAL_WAL_READER_H
#define FREEHOLD_WAL_WAL_READER_H

#include "base/bytes.h"
#include "wal/wal_ring.h"

struct wal_reader {
    struct wal_ring *ring;
    uint64_t salt;
    uint64_t first_lsn;
    uint64_t lsn; /* where the next record begins, or the log ends */
    uint8_t *window;
    size_t window_capacity;
    uint64_t window_lsn;
    size_t window_bytes;
};

void wal_reader_init(struct wal_reader *reader, struct wal_ring *ring, uint64_t salt,
                     uint64_t first_lsn);
void wal_reader_fini(struct wal_reader *reader);

/*
 * The next transaction's record; `ret_ops` is borrowed until the next call. FH_NOT_FOUND:
 * the log ends here. FH_IO, FH_NO_MEMORY.
 */
fh_status wal_reader_next(struct wal_reader *reader, struct wal_record *ret_record,
                          struct span *ret_ops) MUST_CHECK;

/* The log ends at `stop`: FH_CORRUPT when something later knows better. */
fh_status wal_reader_judge_end(struct wal_reader *reader, uint64_t stop) MUST_CHECK;

#endif
