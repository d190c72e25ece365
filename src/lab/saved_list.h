/*
 * saved_list.h - a free list as bytes, as bbolt saves it: a header and a number for each page.
 *
 * The header is 16 bytes: the page's own number (8, left 0), its type (2), a count (2), more
 * pages (4, left 0). A count of 65535 is an escape: then the first number is the count. All
 * little endian. The store does not save its free pages so (docs/format.md): this is here so
 * that scripts can save and load, and see what a loader must refuse.
 */
#ifndef FREEHOLD_LAB_SAVED_LIST_H
#define FREEHOLD_LAB_SAVED_LIST_H

#include "lab/numbers.h"

enum { SAVED_LIST_TYPE = 16, SAVED_LIST_COUNT_MAX = UINT16_MAX };

/* Zeroed has no bytes, and is no list. */
struct saved_list {
    uint8_t *bytes;
    size_t size;
};

void saved_list_fini(struct saved_list *saved);

/* How many bytes a list of so many pages takes. */
uint64_t saved_list_bytes(uint64_t page_count);

/* The pages, as they stand there. FH_NO_MEMORY, and nothing changed. */
fh_status saved_list_encode(struct saved_list *saved, const struct numbers *pages) MUST_CHECK;

/* A page of some type without numbers, whose header says `count`. FH_NO_MEMORY. */
fh_status saved_list_fake(struct saved_list *saved, uint16_t type, uint16_t count) MUST_CHECK;

/*
 * Adds the pages to `ret_pages`, as they stand there. FH_CORRUPT: nothing was saved, it is a
 * page of another type, or shorter than its count. FH_NO_MEMORY.
 */
fh_status saved_list_decode(const struct saved_list *saved, struct numbers *ret_pages) MUST_CHECK;

/* The header's count. FH_CORRUPT: there is no header. */
fh_status saved_list_header_count(const struct saved_list *saved, uint16_t *ret_count) MUST_CHECK;

#endif
