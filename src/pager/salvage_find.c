/*
 * salvage_find.c - what a file holds that nothing leads to: sizes without a meta, nodes.
 */
#include "base/bits.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "pager/salvage.h"

enum { SHIFT_LEAST = 9, SHIFT_MOST = 13, SLOT_CRC_AT = 24, CHUNKS_LOOKED_AT = 1 << 16 };

#define CRC32C_POLYNOMIAL UINT32_C(0x82f63b78)

/* What checksum `size` bytes turned into `crc`: a checksum can be run backwards. */
static uint32_t crc_before(uint32_t crc, const uint8_t *bytes, size_t size)
{
    crc = ~crc;
    while (size-- > 0) {
        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 0x80000000U) != 0 ? (crc ^ CRC32C_POLYNOMIAL) << 1 | 1 : crc << 1;
        crc ^= bytes[size];
    }
    return ~crc;
}

/* With the uuid gone with the metas, slot 0 itself tells what its checksum began with. */
static uint32_t seed_of(const uint8_t *slot, page_no page)
{
    uint8_t number[4];

    store32(number, page);
    return crc_before(crc_before(load32(slot + SLOT_CRC_AT), slot, SLOT_CRC_AT), number,
                      sizeof(number));
}

/* Slot 0 of a chunk as it would be if pages had this size; its checksum proves nothing yet. */
static bool look_at_slot(struct salvage *salvage, uint8_t page_shift, uint32_t chunk_no,
                         uint8_t bytes[SLOT_BYTES])
{
    uint8_t chunk_shift = meta_chunk_shift(page_shift), claimed, claimed_chunk;
    uint64_t at = (uint64_t)chunk_no << (chunk_shift + page_shift);
    size_t size;

    return salvage->os->read(salvage->file, at, bytes, SLOT_BYTES, &size) == FH_OK &&
           size == SLOT_BYTES && slot_peek_sizes(bytes, &claimed, &claimed_chunk) &&
           claimed == page_shift && claimed_chunk == chunk_shift && load32(bytes + 4) == chunk_no;
}

/* The seed that most header pages agree upon (the vote of Boyer and Moore); how many agree. */
static uint32_t vote(struct salvage *salvage, uint8_t page_shift, uint32_t chunks,
                     uint32_t *ret_seed)
{
    uint8_t bytes[SLOT_BYTES];
    uint32_t lead = 0, seed = 0, agreed = 0;

    for (uint32_t pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < chunks; i++) {
            uint32_t own;

            if (!look_at_slot(salvage, page_shift, i, bytes)) continue;
            own = seed_of(bytes, i << meta_chunk_shift(page_shift));
            if (pass == 1) {
                agreed += own == seed;
            } else if (lead == 0) {
                seed = own;
                lead = 1;
            } else {
                lead = own == seed ? lead + 1 : lead - 1;
            }
        }
    }
    *ret_seed = seed;
    return agreed;
}

fh_status salvage_find_sizes(struct salvage *salvage)
{
    struct os_file_size size;
    uint32_t most = 0;

    TRY(salvage->os->size(salvage->file, &size));
    for (unsigned at = SHIFT_LEAST; at <= SHIFT_MOST; at++) {
        uint8_t shift = (uint8_t)at;
        uint64_t chunks = divide_up(size.bytes, UINT64_C(1) << (shift + meta_chunk_shift(shift)));
        uint32_t seed,
            agreed = vote(salvage, shift,
                          (uint32_t)(chunks < CHUNKS_LOOKED_AT ? chunks : CHUNKS_LOOKED_AT), &seed);

        if (agreed <= most) continue;
        most = agreed;
        salvage->page_shift = shift;
        salvage->chunk_shift = meta_chunk_shift(shift);
        salvage->uuid_seed = seed;
        salvage->has_seed = true;
    }
    return most > 0 ? FH_OK : answer(FH_NOT_FOUND);
}

fh_status salvage_next_node(struct salvage *salvage, page_no *page, uint8_t *body,
                            struct slot *ret_slot)
{
    for (page_no at = *page; at < salvage->page_count; at++) {
        struct run run = {at, 1};
        struct slot slot;
        fh_status status;

        if (!salvage_can_hold(salvage, run) || !salvage_slot(salvage, at, &slot) ||
            (slot.tag != PAGE_LEAF && slot.tag != PAGE_BRANCH) || slot.run_pages != 1)
            continue;
        status = salvage_read(salvage, run, body);
        if (status != FH_OK && status != FH_CORRUPT) return status;
        if (status != FH_OK || slot_body_crc(at, body, salvage->page_bytes) != slot.body_crc)
            continue;
        *page = at;
        *ret_slot = slot;
        return FH_OK;
    }
    return answer(FH_NOT_FOUND);
}
