/*
 * wal_format.c - the log's first page and record heads, to bytes and back.
 */
#include "wal/wal_format.h"

#include "base/bits.h"
#include "base/bytes.h"
#include "base/crc32c.h"

enum { HEADER_SEALED_BYTES = 64, CRC_BYTES = 4 };

#define WAL_MAGIC UINT64_C(0x4c4157444c4f4846) /* "FHOLDWAL" */

void wal_header_encode(uint8_t *page, const struct wal_header *header)
{
    memset(page, 0, WAL_HEADER_BYTES);
    store64(page, WAL_MAGIC);
    store64(page + 16, header->wal_id);
    memcpy(page + 24, header->uuid, WAL_UUID_BYTES);
    store64(page + 40, header->ring_bytes);
    store32(page + 8, crc32c(0, page + 12, HEADER_SEALED_BYTES - 12));
}

bool wal_header_decode(const uint8_t *page, struct wal_header *ret_header)
{
    if (load64(page) != WAL_MAGIC ||
        load32(page + 8) != crc32c(0, page + 12, HEADER_SEALED_BYTES - 12) ||
        load32(page + 12) != 0)
        return false;
    ret_header->wal_id = load64(page + 16);
    memcpy(ret_header->uuid, page + 24, WAL_UUID_BYTES);
    ret_header->ring_bytes = load64(page + 40);
    return is_power_of_two(ret_header->ring_bytes) && ret_header->ring_bytes >= WAL_HEADER_BYTES;
}

static uint32_t checksum(const uint8_t *at, uint32_t bytes, uint64_t lsn, uint64_t salt)
{
    uint8_t seed[16];

    store64(seed, salt);
    store64(seed + 8, lsn);
    return crc32c(crc32c(0, seed, sizeof(seed)), at + CRC_BYTES, bytes - CRC_BYTES);
}

void wal_record_encode(uint8_t *at, const struct wal_record *record, uint64_t salt)
{
    store32(at + 4, record->bytes);
    store64(at + 8, record->lsn);
    store64(at + 16, record->txn_id);
    store64(at + 24, record->durable_lsn);
    store32(at + 32, record->op_count);
    store16(at + 36, record->kind);
    store16(at + 38, record->flags);
    store32(at, checksum(at, record->bytes, record->lsn, salt));
}

bool wal_record_decode(const uint8_t *at, uint64_t lsn, size_t most, struct wal_record *ret_record)
{
    struct wal_record record = {.lsn = load64(at + 8)};

    if (record.lsn != lsn) return false;
    record.bytes = load32(at + 4);
    record.txn_id = load64(at + 16);
    record.durable_lsn = load64(at + 24);
    record.op_count = load32(at + 32);
    record.kind = load16(at + 36);
    record.flags = load16(at + 38);
    if (record.bytes < WAL_RECORD_BYTES || record.bytes > most ||
        (record.kind != WAL_TXN && record.kind != WAL_PAD))
        return false;
    *ret_record = record;
    return true;
}

bool wal_record_proves(const uint8_t *at, const struct wal_record *record, uint64_t salt)
{
    return load32(at) == checksum(at, record->bytes, record->lsn, salt);
}
