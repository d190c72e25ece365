/*
 * meta_format.c - the meta as bytes.
 */
#include "pager/meta_format.h"

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/note.h"

enum { CRC_AT = 8, CRC_FROM = 12, SETTINGS_END = 168, TRAILER_AT = 504 };

#define META_MAGIC UINT64_C(0x444c4f4845455246) /* "FREEHOLD" */

/* What counts up by one never gets there; so adding to it never wraps around. */
#define META_NUMBER_LIMIT (UINT64_C(1) << 62)

void meta_encode(uint8_t bytes[META_BYTES], const struct meta *meta)
{
    memset(bytes, 0, META_BYTES);
    store64(bytes, META_MAGIC);
    store16(bytes + 12, meta->major);
    store16(bytes + 14, meta->minor);
    bytes[16] = meta->page_shift;
    bytes[17] = meta->chunk_shift;
    bytes[18] = meta->slot;
    bytes[19] = meta->flags;
    store32(bytes + 20, meta->incompat);
    store32(bytes + 24, meta->ro_compat);
    store32(bytes + 28, meta->compat);
    memcpy(bytes + 32, meta->uuid, UUID_BYTES);
    store64(bytes + 48, meta->checkpoint_no);
    store64(bytes + 56, meta->epoch);
    store64(bytes + 64, meta->lsn);
    store64(bytes + 72, meta->salt);
    store64(bytes + 80, meta->wal_id);
    store64(bytes + 88, meta->wal_bytes);
    store32(bytes + 96, meta->page_count);
    store32(bytes + 100, meta->directory_page);
    store32(bytes + 104, meta->directory_entries);
    store32(bytes + 108, meta->directory_crc);
    store64(bytes + 112, meta->used_pages);
    store32(bytes + 120, meta->root_page);
    bytes[124] = meta->root_level;
    store64(bytes + 128, meta->catalog_items);
    store64(bytes + 136, meta->incarnation);
    store64(bytes + 144, meta->time_ns);
    store64(bytes + 152, meta->txn_id);
    store64(bytes + 160, meta->settings);
    store64(bytes + TRAILER_AT, meta->checkpoint_no);
    store32(bytes + CRC_AT, crc32c(0, bytes + CRC_FROM, META_BYTES - CRC_FROM));
}

static void decode_fields(const uint8_t *bytes, struct meta *meta)
{
    *meta = (struct meta){
        .major = load16(bytes + 12),
        .minor = load16(bytes + 14),
        .page_shift = bytes[16],
        .chunk_shift = bytes[17],
        .slot = bytes[18],
        .flags = bytes[19],
        .incompat = load32(bytes + 20),
        .ro_compat = load32(bytes + 24),
        .compat = load32(bytes + 28),
        .checkpoint_no = load64(bytes + 48),
        .epoch = load64(bytes + 56),
        .lsn = load64(bytes + 64),
        .salt = load64(bytes + 72),
        .wal_id = load64(bytes + 80),
        .wal_bytes = load64(bytes + 88),
        .page_count = load32(bytes + 96),
        .directory_page = load32(bytes + 100),
        .directory_entries = load32(bytes + 104),
        .directory_crc = load32(bytes + 108),
        .used_pages = load64(bytes + 112),
        .root_page = load32(bytes + 120),
        .root_level = bytes[124],
        .catalog_items = load64(bytes + 128),
        .incarnation = load64(bytes + 136),
        .time_ns = load64(bytes + 144),
        .txn_id = load64(bytes + 152),
        .settings = load64(bytes + 160),
    };
    memcpy(meta->uuid, bytes + 32, UUID_BYTES);
}

fh_status meta_decode(const uint8_t bytes[META_BYTES], uint8_t page_shift, page_no page,
                      struct meta *ret_meta)
{
    struct meta meta;

    if (load64(bytes) != META_MAGIC ||
        load32(bytes + CRC_AT) != crc32c(0, bytes + CRC_FROM, META_BYTES - CRC_FROM))
        return fail(FH_CORRUPT, "the meta in page %u does not prove itself", page);
    decode_fields(bytes, &meta);
    if (meta.major != META_MAJOR || meta.incompat != 0)
        return fail(FH_VERSION, "format %u.%u (features %#x): a newer Freehold made this file",
                    meta.major, meta.minor, meta.incompat);
    if (meta.page_shift != page_shift || meta.checkpoint_no != load64(bytes + TRAILER_AT) ||
        meta.slot != meta_slot_of(meta.checkpoint_no) ||
        page != META_FIRST_PAGE + meta.slot + (page > 2 ? 2U : 0U))
        return fail(FH_CORRUPT, "the meta in page %u belongs elsewhere", page);
    if (meta.checkpoint_no >= META_NUMBER_LIMIT || meta.epoch >= META_NUMBER_LIMIT ||
        meta.txn_id >= META_NUMBER_LIMIT)
        return fail(FH_CORRUPT, "the meta in page %u holds a number that no meta gets to", page);
    if (meta.chunk_shift < 4 || meta.chunk_shift > 8 || meta.page_count < 16 ||
        (meta.flags & ~META_NO_LOG) != 0 || !bytes_are_zero(bytes + 125, 3) ||
        !bytes_are_zero(bytes + SETTINGS_END, TRAILER_AT - SETTINGS_END))
        return fail(FH_CORRUPT, "the meta in page %u holds what no meta may", page);
    *ret_meta = meta;
    return FH_OK;
}
