/*
 * space_report.h - the grid, for people and for programs.
 */
#ifndef FREEHOLD_BENCH_SPACE_REPORT_H
#define FREEHOLD_BENCH_SPACE_REPORT_H

#include "grid.h"

/* A table: for each allocator and column, nanoseconds an operation and million pairs a second;
 * for the sizes also the memory for each free run. */
void space_report_table(const struct grid *grid, enum work work);

/* A JSON object on a line for each cell. */
void space_report_json(const struct grid *grid, enum work work);

#endif
