/*
 * space_report.c - the grid, for people and for programs.
 */
#include "space_report.h"

#include <inttypes.h>
#include <stdio.h>

#include "freehold/version.h"

enum { CELL_COLUMNS = 15 };

static double op_ns(const struct grid *grid, const struct cell *cell)
{
    return figures_median(cell->rounds, grid->round_count, figures_cpu);
}

/* "3: 1k": of the sizes the round ones in short. */
static void print_column_name(const struct grid *grid, enum work work, unsigned column)
{
    char name[32];

    if (work == WORK_TRACES)
        (void)snprintf(name, sizeof(name), "%s", recording_name(column));
    else
        (void)snprintf(name, sizeof(name), "%zu", grid->sizes[column]);
    printf(" %*s", CELL_COLUMNS, name);
}

static void print_head(const struct grid *grid, enum work work, const char *title)
{
    printf("%s\n%-12s", title, work == WORK_TRACES ? "recording" : "free runs");
    for (unsigned column = 0; column < grid_column_count(grid, work); column++)
        print_column_name(grid, work, column);
    putchar('\n');
}

static void print_cut(const struct grid *grid, const struct cell *cell)
{
    char reason[32];

    if (cell->cut == CUT_TIME)
        (void)snprintf(reason, sizeof(reason), "-, over %.0f s", grid->limit_seconds);
    else
        (void)snprintf(reason, sizeof(reason), "-, over %.0f MB", (double)grid->limit_bytes / 1e6);
    printf(" %*s", CELL_COLUMNS, reason);
}

static void print_times(const struct grid *grid, enum work work, unsigned rival_no)
{
    printf("%-12s", grid->rivals[rival_no].name);
    for (unsigned column = 0; column < grid_column_count(grid, work); column++) {
        const struct cell *cell = &grid->cells[column][rival_no];
        double ns = op_ns(grid, cell);

        if (cell->cut != CUT_NOT)
            print_cut(grid, cell);
        else
            printf(ns < 1e4 ? " %8.1f %6.2f" : " %8.0f %6.4f", ns, ns > 0 ? 1e3 / (2 * ns) : 0);
    }
    putchar('\n');
}

static double bytes_per_run(const struct grid *grid, unsigned column, const struct cell *cell)
{
    return (double)cell->held_bytes / (double)grid->sizes[column];
}

static void print_memory(const struct grid *grid, enum work work, unsigned rival_no)
{
    printf("%-12s", grid->rivals[rival_no].name);
    for (unsigned column = 0; column < grid_column_count(grid, work); column++) {
        const struct cell *cell = &grid->cells[column][rival_no];

        if (cell->cut != CUT_NOT)
            print_cut(grid, cell);
        else
            printf(" %*.1f", CELL_COLUMNS, bytes_per_run(grid, column, cell));
    }
    putchar('\n');
}

/* The part of the takes that were refused, warming up included. */
static double refused_part(const struct grid *grid, const struct cell *cell)
{
    double take_count = 1;

    for (unsigned round = 0; round < grid->round_count; round++)
        take_count += (double)cell->rounds[round].op_count / 2;
    return (double)cell->refused_count / take_count;
}

/* Who refused more than one take in a hundred did less work than the others. */
static void print_refusals(const struct grid *grid, enum work work)
{
    for (unsigned column = 0; column < grid_column_count(grid, work); column++)
        for (unsigned rival_no = 0; rival_no < grid->rival_count; rival_no++) {
            const struct cell *cell = &grid->cells[column][rival_no];
            double part = refused_part(grid, cell);

            if (cell->cut != CUT_NOT || part < 0.01) continue;
            if (work == WORK_TRACES)
                printf("%s refused %.0f %% of the takes of %s\n", grid->rivals[rival_no].name,
                       100 * part, recording_name(column));
            else
                printf("%s refused %.0f %% of the takes at %zu\n", grid->rivals[rival_no].name,
                       100 * part, grid->sizes[column]);
        }
}

void space_report_table(const struct grid *grid, enum work work)
{
    static const char *const titles[WORK_COUNT] = {
        "single units: CPU ns for a take or a give, million pairs a second",
        "runs of 1 to 255 units: CPU ns for a take or a give, million pairs a second",
        "recorded programs: CPU ns for a take or a give, million pairs a second",
    };
    static const char *const memory_titles[WORK_TRACES] = {
        "single units: bytes held for each free run",
        "runs of 1 to 255 units: bytes held for each free run",
    };

    print_head(grid, work, titles[work]);
    for (unsigned rival_no = 0; rival_no < grid->rival_count; rival_no++)
        print_times(grid, work, rival_no);
    print_refusals(grid, work);
    putchar('\n');
    if (work != WORK_TRACES) {
        print_head(grid, work, memory_titles[work]);
        for (unsigned rival_no = 0; rival_no < grid->rival_count; rival_no++)
            print_memory(grid, work, rival_no);
        putchar('\n');
    }
    (void)fflush(stdout);
}

static void print_result(const struct grid *grid, const struct cell *cell)
{
    double ns = op_ns(grid, cell);

    printf(",\"op_ns\":%.2f,\"pairs_per_second\":%.0f,\"round_op_ns\":[", ns,
           ns > 0 ? 1e9 / (2 * ns) : 0);
    for (unsigned round = 0; round < grid->round_count; round++)
        printf(round > 0 ? ",%.2f" : "%.2f", figures_cpu(&cell->rounds[round]));
    printf("],\"wall_op_ns\":%.2f,\"op_count\":%" PRIu64 ",\"refused_count\":%" PRIu64
           ",\"setup_seconds\":%.3f,\"held_bytes\":%" PRIu64 ",\"free_runs_at_end\":%" PRIu64,
           figures_median(cell->rounds, grid->round_count, figures_wall), cell->rounds[0].op_count,
           cell->refused_count, cell->setup_seconds, cell->held_bytes, cell->free_runs);
}

void space_report_json(const struct grid *grid, enum work work)
{
    for (unsigned column = 0; column < grid_column_count(grid, work); column++)
        for (unsigned rival_no = 0; rival_no < grid->rival_count; rival_no++) {
            const struct cell *cell = &grid->cells[column][rival_no];

            printf("{\"bench\":\"space\",\"version\":\"%s\",\"workload\":\"%s\",\"policy\":\"%s\"",
                   FH_VERSION_TEXT, work_name(work), grid->rivals[rival_no].name);
            if (work == WORK_TRACES)
                printf(",\"recording\":\"%s\"", recording_name(column));
            else
                printf(",\"free_runs\":%zu", grid->sizes[column]);
            if (cell->cut == CUT_TIME)
                printf(",\"cut\":\"time\",\"limit_seconds\":%.0f", grid->limit_seconds);
            else if (cell->cut == CUT_MEMORY)
                printf(",\"cut\":\"memory\",\"limit_bytes\":%" PRIu64, grid->limit_bytes);
            else
                print_result(grid, cell);
            puts("}");
        }
    (void)fflush(stdout);
}
