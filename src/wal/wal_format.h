/*
 * wal_format.h - the log as bytes: its first page, and the head of a record.
 *
 * A log is a ring. A byte's place in the life of the database is its *lsn*, which only
 * grows; in the file it stands at WAL_HEADER_BYTES + lsn mod ring bytes. docs/format.md has
 * the bytes.
 */
#ifndef FREEHOLD_WAL_WAL_FORMAT_H
#define FREEHOLD_WAL_WAL_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WAL_HEADER_BYTES = 4096,
    WAL_UUID_BYTES = 16,
    WAL_BLOCK_BYTES = 512, /* no block that holds acknowledged bytes is written again */
    WAL_RECORD_BYTES = 40, /* the head of a record */
    WAL_ALIGN = 8
};

/* What the first page says. */
struct wal_header {
    uint64_t wal_id; /* the meta that wants this log names it */
    uint8_t uuid[WAL_UUID_BYTES];
    uint64_t ring_bytes;
};

enum wal_kind { WAL_TXN = 1, WAL_PAD = 2 };

struct wal_record {
    uint32_t bytes; /* head and operations; what follows up to the next multiple of 8 is zero */
    uint64_t lsn;
    uint64_t txn_id;
    uint64_t durable_lsn; /* all before this was on the medium when the record was made */
    uint32_t op_count;
    uint16_t kind;
    uint16_t flags;
};

enum { WAL_NAMES_RUNS = 1 /* flag: operations refer to pages of the data file */ };

void wal_header_encode(uint8_t *page, const struct wal_header *header);
bool wal_header_decode(const uint8_t *page, struct wal_header *ret_header);

/* The head into the first bytes of `at`, where the rest of the record stands already. */
void wal_record_encode(uint8_t *at, const struct wal_record *record, uint64_t salt);

/* The head alone, as far as it can be right without its checksum: of `lsn`, not beyond most. */
bool wal_record_decode(const uint8_t *at, uint64_t lsn, size_t most, struct wal_record *ret_record);

/* The checksum of a whole record: it proves lsn and salt too. */
bool wal_record_proves(const uint8_t *at, const struct wal_record *record, uint64_t salt);

/* Where the next record after `lsn` begins: a head never crosses the end of a block. */
static inline uint64_t wal_next_start(uint64_t lsn)
{
    uint64_t left;

    lsn = (lsn + WAL_ALIGN - 1) & ~(uint64_t)(WAL_ALIGN - 1);
    left = WAL_BLOCK_BYTES - lsn % WAL_BLOCK_BYTES;
    return left < WAL_RECORD_BYTES ? lsn + left : lsn;
}

#endif
