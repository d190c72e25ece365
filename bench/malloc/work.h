/*
 * work.h - what a row of the malloc bench does: the same calls under every allocator.
 *
 * Rows use malloc's own names; what they need for themselves is mapped, not allocated, so
 * that nothing else stands in the heap.
 */
#ifndef FREEHOLD_BENCH_MALLOC_WORK_H
#define FREEHOLD_BENCH_MALLOC_WORK_H

#include <stddef.h>
#include <stdint.h>

#include "dice.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)

/* What a row tells beside time; a row that has nothing to tell leaves the zeros. */
struct told {
    size_t base_bytes;  /* resident before the row's first call */
    size_t live_bytes;  /* asked for, and still there at the end */
    size_t once_bytes;  /* resident at once after the frees */
    size_t later_bytes; /* and after the ordinary calls */
};

struct row {
    const char *name;
    const char *words;
    void (*run)(uint64_t effort, struct told *told);
    uint64_t effort; /* how often the row does its thing, when nobody says otherwise */
};

/* The tables of small.c, large.c and threads.c, each ended by a name of NULL. */
extern const struct row small_rows[];
extern const struct row large_rows[];
extern const struct row threads_rows[];

/* Zeroed memory that no allocator knows of, for the life of the process. */
void *work_room(size_t size);

/* Bytes of this process that are resident now, counted page by page. */
size_t work_resident_bytes(void);

/* Never NULL, and written at both ends: as little as a program does with a block. */
void *work_touched(void *block, size_t size);

/* One byte in each `step` is written. */
void work_touch_each(unsigned char *block, size_t size, size_t step);

/* From `low` to below `high`: as likely in each doubling, or as likely everywhere. */
size_t work_size_log(struct dice *dice, size_t low, size_t high);
size_t work_size(struct dice *dice, size_t low, size_t high);

#endif
