/*
 * aging_report.h - what the rounds of ageing came to: a table, JSON lines, curves.
 */
#ifndef FREEHOLD_BENCH_AGING_REPORT_H
#define FREEHOLD_BENCH_AGING_REPORT_H

#include <stdio.h>

#include "ageing_table.h"

enum { AGING_ENGINES_MAX = 12 };

/* One workload on all engines. */
struct aging_set {
    const struct ageing_workload *workload;
    const struct driver *driver[AGING_ENGINES_MAX];
    struct ageing_course course[AGING_ENGINES_MAX];
    unsigned engine_count;
};

void aging_report_table(const struct aging_set *set);

/* A line for each round of each engine. */
void aging_report_json(const struct aging_set *set, FILE *file);

/* A section of a page, with charts (page.h). */
void aging_report_page(const struct aging_set *set, FILE *page);

#endif
