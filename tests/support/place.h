/*
 * place.h - an allocator over either backing, on a simulated system.
 */
#ifndef FREEHOLD_TESTS_SUPPORT_PLACE_H
#define FREEHOLD_TESTS_SUPPORT_PLACE_H

#include "alloc/alloc.h"
#include "crash/sim_os.h"

enum place_kind { PLACE_MEMORY, PLACE_FILE, PLACE_KINDS };

struct place {
    struct sim *sim;
    struct os_file *file; /* NULL for memory */
    struct backing *backing;
    struct alloc *alloc;
};

/* 512-byte pages; fails the test on any error. */
void place_open(struct place *place, enum place_kind kind, const struct alloc_options *options);
void place_close(struct place *place);

/* Takes a run for tree 1; fails the test on any error. */
struct run place_take(struct place *place, uint32_t page_count);

/* Fails the test unless the audit passes and the three states add up to all pages. */
void place_audit(const struct place *place, uint64_t neither_count);

#endif
