/*
 * slot_format.c - the 32-byte slot as bytes.
 *
 * 0 tag, level, flags | 4 tree_id | 8 epoch | 16 run_pages | 20 body_crc | 24 crc | 28 zero;
 * slot 0: 0 tag, version, page_shift, chunk_shift | 4 chunk_no | 8 checkpoint_no |
 * 16 uuid_low | 24 crc | 28 "FHDB".
 */
#include "alloc/slot_format.h"

#include "base/bytes.h"
#include "base/crc32c.h"

enum { SLOT_VERSION = 1, SLOT_CRC_AT = 24, SLOT_TAIL_AT = 28 };

static const uint8_t header_magic[4] = {'F', 'H', 'D', 'B'};

static uint32_t slot_crc(const uint8_t *bytes, page_no page, uint32_t uuid_seed)
{
    uint8_t number[4];

    store32(number, page);
    return crc32c(crc32c(uuid_seed, number, sizeof(number)), bytes, SLOT_CRC_AT);
}

uint32_t slot_uuid_seed(const uint8_t uuid[UUID_BYTES])
{
    return crc32c(0, uuid, UUID_BYTES);
}

void slot_encode(uint8_t *bytes, const struct slot *slot, page_no page, uint32_t uuid_seed)
{
    bytes[0] = slot->tag;
    bytes[1] = slot->level;
    store16(bytes + 2, slot->flags);
    store32(bytes + 4, slot->tree_id);
    store64(bytes + 8, slot->epoch);
    store32(bytes + 16, slot->run_pages);
    store32(bytes + 20, slot->body_crc);
    store32(bytes + SLOT_CRC_AT, slot_crc(bytes, page, uuid_seed));
    store32(bytes + SLOT_TAIL_AT, 0);
}

bool slot_decode(const uint8_t *bytes, page_no page, uint32_t uuid_seed, struct slot *ret_slot)
{
    *ret_slot = (struct slot){
        .tag = bytes[0],
        .level = bytes[1],
        .flags = load16(bytes + 2),
        .tree_id = load32(bytes + 4),
        .epoch = load64(bytes + 8),
        .run_pages = load32(bytes + 16),
        .body_crc = load32(bytes + 20),
    };
    return load32(bytes + SLOT_CRC_AT) == slot_crc(bytes, page, uuid_seed) &&
           load32(bytes + SLOT_TAIL_AT) == 0 && ret_slot->flags == 0 &&
           ret_slot->tag < PAGE_TAG_COUNT;
}

void slot_encode_header(uint8_t *bytes, const struct header_slot *slot, page_no page,
                        uint32_t uuid_seed)
{
    bytes[0] = PAGE_HEADER;
    bytes[1] = SLOT_VERSION;
    bytes[2] = slot->page_shift;
    bytes[3] = slot->chunk_shift;
    store32(bytes + 4, slot->chunk_no);
    store64(bytes + 8, slot->checkpoint_no);
    store64(bytes + 16, slot->uuid_low);
    store32(bytes + SLOT_CRC_AT, slot_crc(bytes, page, uuid_seed));
    memcpy(bytes + SLOT_TAIL_AT, header_magic, sizeof(header_magic));
}

bool slot_decode_header(const uint8_t *bytes, page_no page, uint32_t uuid_seed,
                        struct header_slot *ret_slot)
{
    *ret_slot = (struct header_slot){
        .page_shift = bytes[2],
        .chunk_shift = bytes[3],
        .chunk_no = load32(bytes + 4),
        .checkpoint_no = load64(bytes + 8),
        .uuid_low = load64(bytes + 16),
    };
    return bytes[0] == PAGE_HEADER && bytes[1] == SLOT_VERSION &&
           load32(bytes + SLOT_CRC_AT) == slot_crc(bytes, page, uuid_seed) &&
           memcmp(bytes + SLOT_TAIL_AT, header_magic, sizeof(header_magic)) == 0;
}

bool slot_peek_sizes(const uint8_t *bytes, uint8_t *ret_page_shift, uint8_t *ret_chunk_shift)
{
    if (bytes[0] != PAGE_HEADER ||
        memcmp(bytes + SLOT_TAIL_AT, header_magic, sizeof(header_magic)) != 0)
        return false;
    *ret_page_shift = bytes[2];
    *ret_chunk_shift = bytes[3];
    return true;
}

uint32_t slot_body_crc(page_no page, const void *body, size_t bytes)
{
    uint8_t number[4];

    store32(number, page);
    return crc32c(crc32c(0, number, sizeof(number)), body, bytes);
}
