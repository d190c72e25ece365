/*
 * tables.h - what a match came to, for people and for programs.
 */
#ifndef FREEHOLD_BENCH_MALLOC_TABLES_H
#define FREEHOLD_BENCH_MALLOC_TABLES_H

#include <stdbool.h>

#include "figures.h"
#include "malloc/contenders.h"
#include "malloc/runner.h"

enum { MATCH_ROWS_MAX = 48, MATCH_NAME_BYTES = 32 };

struct match_row {
    char name[MATCH_NAME_BYTES];
    bool is_program;
    struct trial trials[CONTENDERS_MAX][ROUNDS_MAX];
};

struct match {
    struct contender contenders[CONTENDERS_MAX]; /* the base of the ratios first */
    unsigned contender_count;
    struct match_row *rows;
    unsigned row_count;
    unsigned round_count;
};

/* Time and peak memory, row by row, with the geometric mean. */
void tables_print_time(const struct match *match);
void tables_print_memory(const struct match *match);

/* What is resident after a spike, and in a program that asks for little. */
void tables_print_give_back(const struct match *match, const struct match_row *row);
void tables_print_trivial(const struct match *match, const struct match_row *row);

/* Every trial of a row, a line of JSON for each allocator. */
void tables_print_json(const struct match *match, const struct match_row *row);

#endif
