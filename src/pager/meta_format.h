/*
 * meta_format.h - the meta: 512 bytes that name one checkpoint.
 *
 * Checkpoint n is named by the meta in slot n mod 2, page 1 + slot, and by its mirror two
 * pages further on. The bytes are in docs/format.md.
 */
#ifndef FREEHOLD_PAGER_META_FORMAT_H
#define FREEHOLD_PAGER_META_FORMAT_H

#include <stdbool.h>

#include "alloc/slot_format.h"
#include "freehold/status.h"

enum {
    META_BYTES = 512,
    META_FIRST_PAGE = 1,
    META_COPY_COUNT = 4, /* A, B, mirror of A, mirror of B */
    META_MAJOR = 1,
    META_MINOR = 0,
    META_NO_LOG = 1 /* flag: the log holds nothing for this checkpoint */
};

struct meta {
    uint16_t major;
    uint16_t minor;
    uint8_t page_shift;
    uint8_t chunk_shift;
    uint8_t slot;
    uint8_t flags;
    uint32_t incompat;
    uint32_t ro_compat;
    uint32_t compat;
    uint8_t uuid[UUID_BYTES];
    uint64_t checkpoint_no;
    uint64_t epoch;
    uint64_t lsn;
    uint64_t salt;
    uint64_t wal_id;
    uint64_t wal_bytes;
    uint32_t page_count;
    page_no directory_page;
    uint32_t directory_entries;
    uint32_t directory_crc;
    uint64_t used_pages;
    page_no root_page; /* of the catalog; 0: empty */
    uint8_t root_level;
    uint64_t catalog_items;
    uint64_t incarnation;
    uint64_t time_ns;
    uint64_t txn_id;
    uint64_t settings;
};

/* The slot of a checkpoint, and the page of a copy (0..3). */
static inline uint8_t meta_slot_of(uint64_t checkpoint_no)
{
    return (uint8_t)(checkpoint_no % 2);
}

/* 256 pages a chunk, or as many as have a slot in one page. */
static inline uint8_t meta_chunk_shift(uint8_t page_shift)
{
    return page_shift >= 13 ? 8 : (uint8_t)(page_shift - 5);
}

void meta_encode(uint8_t bytes[META_BYTES], const struct meta *meta);

/*
 * Decodes the copy that stands in page `page` of a file of 2^page_shift byte pages. FH_CORRUPT:
 * it does not prove itself or stands in a wrong place. FH_VERSION: whole, but of a format
 * that this version does not know.
 */
fh_status meta_decode(const uint8_t bytes[META_BYTES], uint8_t page_shift, page_no page,
                      struct meta *ret_meta);

#endif
