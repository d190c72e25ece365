/*
 * space_map.h - map pages and directory as bytes.
 *
 * A map page holds one bit for each page of a group of 256 chunks: 1 = used in this
 * checkpoint. The directory has an entry of 48 bytes for each group. Both are written
 * anew, to new pages, by each checkpoint that changed them.
 */
#ifndef FREEHOLD_PAGER_SPACE_MAP_H
#define FREEHOLD_PAGER_SPACE_MAP_H

#include "alloc/slot_format.h"

enum { DIRECTORY_ENTRY_BYTES = 48, DIRECTORY_COVERED_BYTES = 32, SPACE_GROUP_CHUNKS = 256 };

struct directory_entry {
    page_no map_page;
    uint32_t map_crc;
    uint32_t free_pages;
    uint16_t longest_run; /* free, as far as it fits */
    uint16_t flags;
    uint8_t covered[DIRECTORY_COVERED_BYTES]; /* bit i: chunk i lies inside a long run */
};

void space_map_encode_entry(uint8_t bytes[DIRECTORY_ENTRY_BYTES],
                            const struct directory_entry *entry);
void space_map_decode_entry(const uint8_t bytes[DIRECTORY_ENTRY_BYTES],
                            struct directory_entry *ret_entry);

/* How many pages the directory of `page_count` pages takes, and its entries. */
uint32_t space_map_groups(uint32_t page_count, uint32_t chunk_pages);
uint32_t space_map_directory_pages(uint32_t groups, uint32_t page_bytes);

/* One group's bits, words in memory and bytes on the medium; `words` holds group_pages bits. */
void space_map_encode(uint8_t *body, const uint64_t *words, uint32_t group_pages);
void space_map_decode(uint64_t *words, const uint8_t *body, uint32_t group_pages);

#endif
