/*
 * contest.h - engines against each other: the same rows, turn by turn, round after round.
 *
 * The engines take turns row by row, and another one begins each round, so that a neighbour
 * on the machine, a warm cache and a slow minute meet all of them. Each turn is a process of
 * its own: it opens the database, reads it through and compares it (which warms the caches),
 * does the row, and closes.
 */
#ifndef FREEHOLD_BENCH_CONTEST_H
#define FREEHOLD_BENCH_CONTEST_H

#include <stdbool.h>

#include "driver.h"
#include "figures.h"
#include "scratch.h"
#include "workload.h"

enum { CONTESTANTS_MAX = 12, ROWS_MAX = 64, LABEL_BYTES = 32 };

struct contestant {
    const struct driver *driver;
    char label[LABEL_BYTES]; /* the name; with a number when an engine meets itself */
    char folder[SCALES][SCRATCH_PATH_BYTES];
    char path[SCALES][SCRATCH_PATH_BYTES];
    enum ground ground[SCALES];
};

struct contest {
    /* Chosen by the caller. */
    struct contestant contestants[CONTESTANTS_MAX]; /* the first is the base of all ratios */
    const struct workload *rows[ROWS_MAX];
    unsigned contestant_count;
    unsigned row_count;
    unsigned round_count;
    unsigned warm_megabytes;
    unsigned seconds_max; /* for the writes of one row: a row that would take longer is cut */
    size_t item_count;
    uint32_t value_size;
    uint64_t batch_count;
    uint64_t large_bytes; /* of the values of 64 KiB in all, and of those of 1 MiB */
    bool always_syncs;    /* also where a row would not ask for it */
    bool is_talkative;    /* says on standard error which round it is */
    const char *folder;   /* where a folder for the files is made */

    /* The results, of contest_run. */
    enum key_kind kind;
    struct sample samples[ROWS_MAX][CONTESTANTS_MAX][ROUNDS_MAX];
};

/* All that is chosen, as it is when nobody chooses; no rows and no engines. */
void contest_init(struct contest *contest);

/* An engine more. */
void contest_add(struct contest *contest, const struct driver *driver);

/* A row more; false: there is none of that name, or there are too many. */
bool contest_add_row(struct contest *contest, const char *name);

/* All rows there are. */
void contest_add_all_rows(struct contest *contest);

/*
 * All rounds over one kind of keys; the files are gone afterwards. False: it was interrupted,
 * or an engine failed and said so; there are no results then.
 */
bool contest_run(struct contest *contest, enum key_kind kind);

#endif
