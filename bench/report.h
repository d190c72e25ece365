/*
 * report.h - what came out, for people and for programs.
 */
#ifndef FREEHOLD_BENCH_REPORT_H
#define FREEHOLD_BENCH_REPORT_H

#include "contest.h"

/* A table: times of the base, then of each engine its times as multiples of the base's. */
void report_table(const struct contest *contest, enum key_kind kind);

/* A JSON object on a line for each row and engine, every round in it. */
void report_json(const struct contest *contest, enum key_kind kind);

#endif
