/*
 * saved_list.c - a free list as bytes, as bbolt saves it.
 */
#include "lab/saved_list.h"

#include <inttypes.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"

enum { HEADER_BYTES = 16, NUMBER_BYTES = 8, AT_TYPE = 8, AT_COUNT = 10 };

void saved_list_fini(struct saved_list *saved)
{
    memory_give(saved->bytes);
    *saved = (struct saved_list){0};
}

/* The numbers that stand behind the header: the count is one of them when it escapes. */
static uint64_t number_count(uint64_t page_count)
{
    return page_count < SAVED_LIST_COUNT_MAX ? page_count : page_count + 1;
}

uint64_t saved_list_bytes(uint64_t page_count)
{
    return HEADER_BYTES + NUMBER_BYTES * number_count(page_count);
}

/* Puts zeroed bytes with a header in the place of what was saved. */
static fh_status renew(struct saved_list *saved, uint64_t size, uint16_t type, uint16_t count)
{
    uint8_t *bytes = memory_take((size_t)size, 1);

    if (bytes == NULL) return fail(FH_NO_MEMORY, "no memory for a list of %" PRIu64 " bytes", size);
    store16(bytes + AT_TYPE, type);
    store16(bytes + AT_COUNT, count);
    saved_list_fini(saved);
    *saved = (struct saved_list){.bytes = bytes, .size = (size_t)size};
    return FH_OK;
}

fh_status saved_list_encode(struct saved_list *saved, const struct numbers *pages)
{
    bool escapes = pages->count >= SAVED_LIST_COUNT_MAX;
    uint8_t *at;

    TRY(renew(saved, saved_list_bytes(pages->count), SAVED_LIST_TYPE,
              escapes ? SAVED_LIST_COUNT_MAX : (uint16_t)pages->count));
    at = saved->bytes + HEADER_BYTES;
    if (escapes) {
        store64(at, pages->count);
        at += NUMBER_BYTES;
    }
    for (size_t i = 0; i < pages->count; i++)
        store64(at + NUMBER_BYTES * i, pages->items[i]);
    return FH_OK;
}

fh_status saved_list_fake(struct saved_list *saved, uint16_t type, uint16_t count)
{
    return renew(saved, HEADER_BYTES, type, count);
}

fh_status saved_list_header_count(const struct saved_list *saved, uint16_t *ret_count)
{
    if (saved->size < HEADER_BYTES) return fail(FH_CORRUPT, "nothing was saved there");
    *ret_count = load16(saved->bytes + AT_COUNT);
    return FH_OK;
}

fh_status saved_list_decode(const struct saved_list *saved, struct numbers *ret_pages)
{
    const uint8_t *at;
    uint64_t room;
    uint64_t page_count;
    uint16_t count;

    TRY(saved_list_header_count(saved, &count));
    if (load16(saved->bytes + AT_TYPE) != SAVED_LIST_TYPE)
        return fail(FH_CORRUPT, "a page of type %u is no free list",
                    load16(saved->bytes + AT_TYPE));
    at = saved->bytes + HEADER_BYTES;
    room = (saved->size - HEADER_BYTES) / NUMBER_BYTES;
    page_count = count;
    if (count == SAVED_LIST_COUNT_MAX && room > 0) {
        page_count = load64(at);
        at += NUMBER_BYTES;
        room--;
    }
    if (page_count > room)
        return fail(FH_CORRUPT, "%" PRIu64 " pages are in a list with room for %" PRIu64,
                    page_count, room);
    for (uint64_t i = 0; i < page_count; i++)
        TRY(numbers_add(ret_pages, load64(at + NUMBER_BYTES * i)));
    return FH_OK;
}
