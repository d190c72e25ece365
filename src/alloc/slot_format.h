/*
 * slot_format.h - the 32-byte slot: what a chunk's header page says about one page.
 *
 * Slot i of a chunk's header page describes page i of the chunk; slot 0 describes the
 * header page itself. Each slot proves itself with a checksum seeded with the database
 * and the page it speaks of, so a header page half old, half new is valid slot by slot.
 * The bytes are in docs/format.md.
 */
#ifndef FREEHOLD_ALLOC_SLOT_FORMAT_H
#define FREEHOLD_ALLOC_SLOT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t page_no;

enum { SLOT_BYTES = 32, CHUNK_PAGES_MAX = 256, UUID_BYTES = 16 };

/* What a page is; the numbers are on the medium. */
enum page_tag {
    PAGE_UNUSED = 0,
    PAGE_HEADER = 1,
    PAGE_META = 2,
    PAGE_MAP = 3,
    PAGE_DIRECTORY = 4,
    PAGE_BRANCH = 5,
    PAGE_LEAF = 6,
    PAGE_RUN_HEAD = 7,
    PAGE_RUN_BODY = 8,
    PAGE_RAW = 9,
    PAGE_TAG_COUNT = 10
};

struct slot {
    uint8_t tag;
    uint8_t level;
    uint16_t flags;
    uint32_t tree_id;
    uint64_t epoch;     /* birth */
    uint32_t run_pages; /* head: length; body: distance back to the head */
    uint32_t body_crc;  /* seeded with the page number; of a run: at its head, of the whole */
};

/* Slot 0. */
struct header_slot {
    uint8_t page_shift;
    uint8_t chunk_shift;
    uint32_t chunk_no;
    uint64_t checkpoint_no; /* that wrote the header page last */
    uint64_t uuid_low;
};

/* What the checksums of one database's slots begin with. */
uint32_t slot_uuid_seed(const uint8_t uuid[UUID_BYTES]);

void slot_encode(uint8_t *bytes, const struct slot *slot, page_no page, uint32_t uuid_seed);

/* False when the slot does not prove itself or holds what no slot may; *ret_slot is set anyway. */
bool slot_decode(const uint8_t *bytes, page_no page, uint32_t uuid_seed, struct slot *ret_slot);

void slot_encode_header(uint8_t *bytes, const struct header_slot *slot, page_no page,
                        uint32_t uuid_seed);
bool slot_decode_header(const uint8_t *bytes, page_no page, uint32_t uuid_seed,
                        struct header_slot *ret_slot);

/* The sizes that slot 0 of page 0 claims, before anything can be proven; false: no such claim. */
bool slot_peek_sizes(const uint8_t *bytes, uint8_t *ret_page_shift, uint8_t *ret_chunk_shift);

/* The checksum of a body that begins at `page`. */
uint32_t slot_body_crc(page_no page, const void *body, size_t bytes);

#endif
