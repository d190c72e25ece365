/*
 * grid.c - every allocator on every work.
 */
#include "grid.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "steady.h"
#include "stop.h"
#include "stopwatch.h"

#define NS_PER_SECOND 1e9

enum { PAIRS_MIN = 2 * STEADY_BURST, PAIRS_ENOUGH = 200000, BATCH_NS = 200000 };

/* An allocator in its column, while its group runs. */
struct turn {
    const struct rival *rival;
    struct cell *cell;
    struct steady *steady;
    size_t batch_pairs; /* as many as take long enough to be timed */
};

const char *work_name(enum work work)
{
    static const char *const names[WORK_COUNT] = {"single", "runs", "traces"};

    return names[work];
}

unsigned grid_column_count(const struct grid *grid, enum work work)
{
    return work == WORK_TRACES ? (unsigned)RECORDING_COUNT : grid->size_count;
}

static void say(const struct grid *grid, enum work work, unsigned column, const char *rival)
{
    if (!grid->is_talkative) return;
    if (work == WORK_TRACES)
        (void)fprintf(stderr, "\rspace: %s, %-60s", recording_name(column), rival);
    else
        (void)fprintf(stderr, "\rspace: %s, %zu free runs, %-40s", work_name(work),
                      grid->sizes[column], rival);
}

/* What the heap of this process has given away. */
static uint64_t held_now(void)
{
    struct mallinfo2 info = mallinfo2();

    return (uint64_t)info.uordblks + (uint64_t)info.hblkhd;
}

/* The middle round of a cell. */
static double op_ns(const struct grid *grid, const struct cell *cell)
{
    return figures_median(cell->rounds, grid->round_count, figures_cpu);
}

/* How much larger a column is than the one before, and a little more, for what the caches lose. */
static double scale_of(const struct grid *grid, unsigned column)
{
    return 1.2 * (double)grid->sizes[column] / (double)grid->sizes[column - 1];
}

static double foreseen_bytes(const struct grid *grid, unsigned column, unsigned rival_no)
{
    return (double)grid->cells[column - 1][rival_no].held_bytes * scale_of(grid, column);
}

/* Foresees time and memory from the columns before. */
static enum cut foresee(const struct grid *grid, unsigned column, unsigned rival_no)
{
    const struct cell *before;
    double growth = 1;
    double seconds;

    if (column == 0) return CUT_NOT;
    before = &grid->cells[column - 1][rival_no];
    if (before->cut != CUT_NOT) return before->cut;
    if (foreseen_bytes(grid, column, rival_no) > (double)grid->limit_bytes) return CUT_MEMORY;
    if (column > 1) {
        growth = op_ns(grid, before) / op_ns(grid, &grid->cells[column - 2][rival_no]);
        if (growth > scale_of(grid, column - 1) / 3) growth = scale_of(grid, column); /* linear */
    }
    seconds = before->setup_seconds * scale_of(grid, column);
    seconds +=
        2 * op_ns(grid, before) * growth * PAIRS_MIN * (grid->round_count + 2) / NS_PER_SECOND;
    return seconds > grid->limit_seconds ? CUT_TIME : CUT_NOT;
}

static void begin(struct turn *turn, const struct layout *layout, enum run_kind kind)
{
    struct stopwatch watch;
    uint64_t held;

    turn->steady = stop_or_memory(sizeof(*turn->steady));
    held = held_now() + layout->live_count * sizeof(struct piece);
    stopwatch_start(&watch, WATCH_SELF);
    steady_init(turn->steady, turn->rival, layout, kind);
    stopwatch_stop(&watch);
    turn->cell->setup_seconds = (double)watch.cpu_ns / NS_PER_SECOND;
    turn->cell->held_bytes = held_now() - held;
    turn->batch_pairs = STEADY_BURST;
}

/* Batches until it was long enough, or often enough. */
static struct sample run_round(const struct grid *grid, struct turn *turn)
{
    struct sample sample = {0};
    size_t pairs_max = steady_pairs_max(turn->steady);
    uint64_t pair_count = 0;

    while (pair_count < PAIRS_MIN ||
           (pair_count < PAIRS_ENOUGH && sample.cpu_ns < UINT64_C(1000000) * grid->milliseconds)) {
        struct stopwatch watch;

        steady_choose(turn->steady, turn->batch_pairs);
        stopwatch_start(&watch, WATCH_SELF);
        steady_run(turn->steady, turn->batch_pairs);
        stopwatch_stop(&watch);
        sample.cpu_ns += watch.cpu_ns;
        sample.wall_ns += watch.wall_ns;
        pair_count += turn->batch_pairs;
        if (watch.cpu_ns < BATCH_NS && turn->batch_pairs * 2 <= pairs_max) turn->batch_pairs *= 2;
    }
    sample.op_count = 2 * pair_count;
    return sample;
}

static void end(struct turn *turn, const struct layout *layout)
{
    turn->cell->free_runs = turn->rival->count(turn->steady->allocator).free_runs;
    turn->cell->refused_count = turn->steady->refused_count;
    steady_fini(turn->steady, layout);
    free(turn->steady);
}

/* Those that stand side by side; the first round of each is for warming up. */
static void run_group(const struct grid *grid, enum work work, unsigned column, struct turn *turns,
                      unsigned turn_count)
{
    for (unsigned round = 0; round <= grid->round_count; round++)
        for (unsigned i = 0; i < turn_count; i++) {
            struct turn *turn = &turns[(round + i) % turn_count];
            struct sample sample;
            uint64_t held;

            say(grid, work, column, turn->rival->name);
            held = held_now();
            sample = run_round(grid, turn);
            turn->cell->held_bytes += held_now() - held;
            if (round > 0) turn->cell->rounds[round - 1] = sample;
        }
}

static void run_size(struct grid *grid, enum work work, unsigned column)
{
    enum run_kind kind = work == WORK_SINGLE ? RUN_SINGLE : RUN_1_TO_255;
    struct turn turns[RIVALS_MAX];
    struct layout layout;
    unsigned next = 0;

    layout_init(&layout, kind, grid->sizes[column]);
    while (next < grid->rival_count) {
        unsigned turn_count = 0;
        uint64_t held_bytes = 0;

        for (; next < grid->rival_count; next++) {
            struct cell *cell = &grid->cells[column][next];

            cell->cut = foresee(grid, column, next);
            if (cell->cut != CUT_NOT) continue;
            if (column > 0) held_bytes += (uint64_t)foreseen_bytes(grid, column, next);
            held_bytes += layout.live_count * sizeof(struct piece);
            if (turn_count > 0 && held_bytes > grid->limit_bytes) break;
            say(grid, work, column, grid->rivals[next].name);
            turns[turn_count] = (struct turn){.rival = &grid->rivals[next], .cell = cell};
            begin(&turns[turn_count++], &layout, kind);
        }
        run_group(grid, work, column, turns, turn_count);
        for (unsigned i = 0; i < turn_count; i++)
            end(&turns[i], &layout);
    }
    layout_fini(&layout);
}

/* One play from an empty allocator to the end of the recording. */
static struct sample play(const struct recording *recording, const struct rival *rival,
                          struct cell *cell)
{
    /* Room for policies that use it badly: a quarter of it is live at most. */
    const struct stretch all = {0, 4 * recording->peak_units};
    const struct layout layout = {.unit_count = all.count, .free = &all, .free_count = 1};
    struct piece *pieces = stop_or_memory(recording->block_count * sizeof(*pieces));
    uint64_t held = held_now();
    void *allocator = rival->open(rival, &layout, NULL);
    struct sample sample = {0};
    struct stopwatch watch;

    memset(pieces, 0, recording->block_count * sizeof(*pieces));
    cell->refused_count = 0;
    stopwatch_start(&watch, WATCH_SELF);
    sample.op_count = recording_play(recording, rival, allocator, pieces, &cell->refused_count);
    stopwatch_stop(&watch);
    sample.cpu_ns = watch.cpu_ns;
    sample.wall_ns = watch.wall_ns;
    cell->free_runs = rival->count(allocator).free_runs;
    cell->held_bytes = held_now() - held;
    rival->close(allocator);
    free(pieces);
    return sample;
}

static void run_recording(struct grid *grid, unsigned column)
{
    struct recording recording;

    recording_read(&recording, grid->traces, column);
    for (unsigned round = 0; round <= grid->round_count; round++)
        for (unsigned i = 0; i < grid->rival_count; i++) {
            unsigned who = (round + i) % grid->rival_count;
            struct cell *cell = &grid->cells[column][who];
            struct sample sample;

            say(grid, WORK_TRACES, column, grid->rivals[who].name);
            sample = play(&recording, &grid->rivals[who], cell);
            if (round > 0) cell->rounds[round - 1] = sample;
        }
    recording_fini(&recording);
}

void grid_run(struct grid *grid, enum work work)
{
    memset(grid->cells, 0, sizeof(grid->cells));
    for (unsigned column = 0; column < grid_column_count(grid, work); column++)
        if (work == WORK_TRACES)
            run_recording(grid, column);
        else
            run_size(grid, work, column);
    if (grid->is_talkative) (void)fprintf(stderr, "\r%78s\r", "");
}
