/*
 * grid.h - every allocator on every work: what came out, cell by cell.
 *
 * The allocators of a column stand side by side and take turns, round after round, another
 * one first in each, so that a neighbour on the machine and a slow minute meet all of them.
 * Together they hold no more memory than the limit: where they would, they go in groups.
 */
#ifndef FREEHOLD_BENCH_GRID_H
#define FREEHOLD_BENCH_GRID_H

#include "figures.h"
#include "layout.h"
#include "recording.h"

enum { SIZES_MAX = 5, GRID_ROUNDS_MAX = 15 };

enum work { WORK_SINGLE, WORK_RUNS, WORK_TRACES, WORK_COUNT };

const char *work_name(enum work work);

enum cut { CUT_NOT, CUT_TIME, CUT_MEMORY };

struct cell {
    enum cut cut; /* it was not run, because it would have taken more than the limit */
    struct sample rounds[GRID_ROUNDS_MAX]; /* an operation is a take or a give */
    double setup_seconds;
    uint64_t free_runs; /* at the end */
    uint64_t held_bytes;
    uint64_t refused_count;
};

struct grid {
    /* Chosen by the caller. */
    struct rival rivals[RIVALS_MAX];
    unsigned rival_count;
    size_t sizes[SIZES_MAX]; /* free runs, ascending */
    unsigned size_count;
    unsigned round_count;
    double limit_seconds;  /* of CPU, for a cell */
    uint64_t limit_bytes;  /* for the allocators that stand side by side */
    unsigned milliseconds; /* of a round, at least */
    const char *traces;    /* the folder */
    bool is_talkative;     /* says on standard error where it is */

    /* The results of grid_run. */
    struct cell cells[SIZES_MAX][RIVALS_MAX];
};

/* How many columns a work has: sizes, or recordings. */
unsigned grid_column_count(const struct grid *grid, enum work work);

/* All columns of one work. */
void grid_run(struct grid *grid, enum work work);

#endif
