/*
 * report.h - what came out, for people and for programs.
 */
#ifndef FREEHOLD_BENCH_REPORT_H
#define FREEHOLD_BENCH_REPORT_H

#include <stdio.h>

#include "contest.h"

/* What was asked of the engines, in one line. */
void report_head(const struct contest *contest, FILE *file);

/*
 * Tables: CPU and wall time of the base, and of each other engine as a multiple of the base's;
 * of one other engine with quartiles. Then what is told by some rows alone.
 */
void report_table(const struct contest *contest);

/* A JSON object on a line for each row and engine, every round in it. */
void report_json(const struct contest *contest, FILE *file);

/* '*': the engine's commits promise more than the row asks for; '-': less; else a blank. */
char report_promise(const struct contest *contest, unsigned row, unsigned who);

/* In some round? */
bool report_was_cut(const struct contest *contest, unsigned row, unsigned who);

#endif
