/*
 * workload.h - what is measured: a table, a row each.
 */
#ifndef FREEHOLD_BENCH_WORKLOAD_H
#define FREEHOLD_BENCH_WORKLOAD_H

#include <stdint.h>

#include "driver.h"
#include "figures.h"
#include "items.h"

/* The items of one kind of keys, in every order that a row needs. */
struct course {
    enum key_kind kind;
    struct items sorted;
    struct items mixed;   /* for filling */
    struct items reads;   /* mixed otherwise */
    struct items erases;  /* and again */
    struct items missing; /* keys that are in no database */
};

void course_init(struct course *course, enum key_kind kind, size_t item_count, uint32_t value_size);
void course_fini(struct course *course);

/* What the database holds before a row, and after it. */
enum ground {
    GROUND_EMPTY,
    GROUND_FILLED, /* all items, put in random order */
    GROUND_OTHER   /* nothing that another row may stand on */
};

/* One thread's part of a row. */
struct runner {
    const struct driver *driver;
    void *session;
    const struct course *course;
    uint64_t batch_count; /* items in a write transaction */
    unsigned share_no;    /* which part of the work, 0 .. share_count - 1 */
    unsigned share_count;
};

struct workload {
    const char *name;
    const char *words; /* one line for people */
    enum ground before;
    enum ground after;
    unsigned thread_count;
    bool tells_bytes; /* the size of the file is a result too */

    /* The row itself; how many operations it was. */
    uint64_t (*run)(struct runner *runner);
};

/* All rows in the order in which they run, ended by one without a name. */
extern const struct workload workload_table[];

/* NULL: none of that name. */
const struct workload *workload_named(const char *name);

/* Runs a row over an open database that stands as the row wants it. */
struct sample workload_measure(const struct workload *workload, const struct driver *driver,
                               void *database, const struct course *course, uint64_t batch_count);

#endif
