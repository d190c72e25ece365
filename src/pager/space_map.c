/*
 * space_map.c - map pages and directory as bytes.
 */
#include "pager/space_map.h"

#include "base/bits.h"
#include "base/bytes.h"

void space_map_encode_entry(uint8_t bytes[DIRECTORY_ENTRY_BYTES],
                            const struct directory_entry *entry)
{
    store32(bytes, entry->map_page);
    store32(bytes + 4, entry->map_crc);
    store32(bytes + 8, entry->free_pages);
    store16(bytes + 12, entry->longest_run);
    store16(bytes + 14, entry->flags);
    memcpy(bytes + 16, entry->covered, DIRECTORY_COVERED_BYTES);
}

void space_map_decode_entry(const uint8_t bytes[DIRECTORY_ENTRY_BYTES],
                            struct directory_entry *ret_entry)
{
    *ret_entry = (struct directory_entry){
        .map_page = load32(bytes),
        .map_crc = load32(bytes + 4),
        .free_pages = load32(bytes + 8),
        .longest_run = load16(bytes + 12),
        .flags = load16(bytes + 14),
    };
    memcpy(ret_entry->covered, bytes + 16, DIRECTORY_COVERED_BYTES);
}

uint32_t space_map_groups(uint32_t page_count, uint32_t chunk_pages)
{
    return (uint32_t)divide_up(page_count, (uint64_t)SPACE_GROUP_CHUNKS * chunk_pages);
}

uint32_t space_map_directory_pages(uint32_t groups, uint32_t page_bytes)
{
    return (uint32_t)divide_up((uint64_t)groups * DIRECTORY_ENTRY_BYTES, page_bytes);
}

void space_map_encode(uint8_t *body, const uint64_t *words, uint32_t group_pages)
{
    for (uint32_t i = 0; i < group_pages / 64; i++)
        store64(body + 8 * (size_t)i, words[i]);
}

void space_map_decode(uint64_t *words, const uint8_t *body, uint32_t group_pages)
{
    for (uint32_t i = 0; i < group_pages / 64; i++)
        words[i] = load64(body + 8 * (size_t)i);
}
