/*
 * workload.h - what is measured: a table, a row each.
 */
#ifndef FREEHOLD_BENCH_WORKLOAD_H
#define FREEHOLD_BENCH_WORKLOAD_H

#include <stdint.h>

#include "course.h"
#include "driver.h"
#include "figures.h"

/* Which course a row runs over: small values, values of 64 KiB, of 1 MiB. */
enum scale { SCALE_SMALL, SCALE_64K, SCALE_1M, SCALES };

/* What the database holds before a row, and after it. */
enum ground {
    GROUND_EMPTY,
    GROUND_FILLED,    /* all items, put in random order, version 0 */
    GROUND_REWRITTEN, /* the same, version 1 */
    GROUND_OTHER      /* nothing that another row may stand on */
};

/* One thread's part of a row. */
struct runner {
    const struct workload *workload;
    const struct driver *driver;
    void *session;
    const struct course *course;
    uint64_t batch_count; /* items in a write transaction */
    unsigned share_no;    /* which part of the work, 0 .. share_count - 1 */
    unsigned share_count;
    uint64_t deadline_ns; /* when writing in many transactions stops; a row that is cut says so */
    uint32_t *commit_ns;  /* NULL: nobody asks how long each transaction takes */
    size_t commit_count;
    bool was_cut;

    /* What was read, and what must have been; looked at when the time is taken. */
    struct tally read;
    struct items asked;
    uint64_t pass_count;
    void (*check)(const struct runner *runner);
};

struct workload {
    const char *name;
    const char *words; /* one line for people */
    enum scale scale;
    enum ground before;
    enum ground after;
    enum durability durability; /* what the row asks for */
    uint64_t batch_count;       /* items in a write transaction; 0: as many as the caller says */
    unsigned thread_count;
    bool only_reads;    /* durability does not matter then */
    bool tells_bytes;   /* the size of the files is a result too */
    bool tells_memory;  /* so is private memory */
    bool tells_commits; /* and how long each transaction takes */

    /* The row itself; how many operations it was. */
    uint64_t (*run)(struct runner *runner);

    /* Instead of run: a row that opens the database itself. */
    struct sample (*run_apart)(const struct workload *workload, const struct driver *driver,
                               const char *path, const struct course *course);
};

/* All rows in the order in which they run, ended by one without a name. */
extern const struct workload workload_table[];

/* NULL: none of that name. */
const struct workload *workload_named(const char *name);

/*
 * Runs a row over an open database that stands as the row wants it. The deadline is what its
 * many-transaction writes may take.
 */
struct sample workload_measure(const struct workload *workload, const struct driver *driver,
                               void *database, const struct course *course, uint64_t batch_count,
                               unsigned seconds_max);

/* Puts all items of a ground into an open, empty database; not measured. */
void workload_fill(const struct driver *driver, void *database, const struct course *course,
                   enum ground ground);

/* Reads everything in order and compares it, byte for byte, with what the ground holds. */
void workload_verify(const struct driver *driver, void *database, const struct course *course,
                     enum ground ground);

#endif
