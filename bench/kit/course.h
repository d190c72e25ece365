/*
 * course.h - the items of one kind of keys and one size, in every order that a row needs.
 *
 * Version 0 of the values is what filling puts, version 1 what overwriting puts.
 */
#ifndef FREEHOLD_BENCH_COURSE_H
#define FREEHOLD_BENCH_COURSE_H

#include "items.h"

struct course {
    enum key_kind kind;
    size_t item_count;
    uint32_t value_size;
    struct items sorted;     /* version 0 */
    struct items rewritten;  /* the same, version 1 */
    struct items mixed;      /* for filling, version 0 */
    struct items reads;      /* mixed otherwise, version 0 */
    struct items overwrites; /* in the order of reads, version 1 */
    struct items zipf;       /* drawn by Zipf's law, with repetitions, version 1 */
    struct items missing;    /* keys that are in no database */
};

void course_init(struct course *course, enum key_kind kind, size_t item_count, uint32_t value_size);
void course_fini(struct course *course);

#endif
