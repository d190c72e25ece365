/*
 * contest.h - engines against each other: the same rows, turn by turn, round after round.
 *
 * The engines take turns row by row, and another one begins each round, so that a neighbour
 * on the machine, a warm cache and a slow minute meet all of them.
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
    char folder[SCRATCH_PATH_BYTES];
    char path[SCRATCH_PATH_BYTES];
    void *database; /* NULL: closed */
    enum ground ground;
};

struct contest {
    /* Chosen by the caller. */
    struct contestant contestants[CONTESTANTS_MAX]; /* the first is the base of all ratios */
    const struct workload *rows[ROWS_MAX];
    unsigned contestant_count;
    unsigned row_count;
    unsigned round_count;
    unsigned warm_megabytes;
    size_t item_count;
    uint32_t value_size;
    uint64_t batch_count;
    enum durability durability;
    bool is_talkative; /* says on standard error which round it is */

    /* The results, of contest_run. */
    struct sample samples[ROWS_MAX][CONTESTANTS_MAX][ROUNDS_MAX];
};

/* An engine more; its files go to a folder of its own in `folder`, which must exist. */
void contest_add(struct contest *contest, const struct driver *driver, const char *folder);

/* All rounds over one kind of keys; the files are gone afterwards. */
void contest_run(struct contest *contest, const struct course *course);

#endif
