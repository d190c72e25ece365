/*
 * backing.h - the port behind which pages have a place: a file, or memory.
 *
 * The allocator decides which pages exist and which are free; the backing makes room
 * for them. Pages are numbered from 0 without gaps.
 */
#ifndef FREEHOLD_ALLOC_BACKING_H
#define FREEHOLD_ALLOC_BACKING_H

#include <stdint.h>

#include "alloc/slot_format.h"
#include "base/compiler.h"
#include "freehold/status.h"
#include "os/os.h"

struct backing;

struct backing_ops {
    const char *name;

    /* Room for pages 0 .. page_count - 1, of which old_count had room. FH_NO_SPACE, FH_IO. */
    fh_status (*grow)(struct backing *backing, uint32_t old_count, uint32_t page_count);

    /* Pages from page_count on are not wanted any more; their room is kept until shrink. */
    void (*cut)(struct backing *backing, uint32_t page_count);

    /* Gives back the room of pages that are not wanted, from page_count on. Any thread. */
    fh_status (*shrink)(struct backing *backing, uint32_t page_count);

    /* Gives back the room of these pages, which stay; and gets it again. Any thread. */
    fh_status (*punch)(struct backing *backing, uint32_t page, uint32_t page_count);
    fh_status (*refill)(struct backing *backing, uint32_t page, uint32_t page_count);

    void (*close)(struct backing *backing);
};

struct backing {
    const struct backing_ops *ops;
};

/* Pages of a file, which stays the caller's. */
fh_status backing_file_open(struct os_file *file, unsigned page_shift,
                            struct backing **ret_backing) MUST_CHECK;

/*
 * Pages of memory, at most page_max of them, at an address that is a multiple of 2 MiB:
 * the chunk of an address is found by masking it.
 */
fh_status backing_memory_open(const struct os *os, unsigned page_shift, uint32_t page_max,
                              struct backing **ret_backing) MUST_CHECK;

/* Pages without a place: any number of them, and no bytes. There is one, for everybody. */
struct backing *backing_none(void);

/* The address of page 0 of a memory backing. */
void *backing_memory_base(const struct backing *backing);

#endif
