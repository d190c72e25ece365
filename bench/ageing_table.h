/*
 * ageing_table.h - the workloads of the aging bench.
 */
#ifndef FREEHOLD_BENCH_AGEING_TABLE_H
#define FREEHOLD_BENCH_AGEING_TABLE_H

#include "ageing.h"

struct ageing_workload {
    const char *name;
    const char *words; /* for people */

    /* All rounds, on an open, empty database; `round_count` is a wish. */
    void (*run)(struct ageing *ageing, unsigned round_count);
};

/* Ended by one without a name. */
extern const struct ageing_workload ageing_table[];

/* NULL: none of that name. */
const struct ageing_workload *ageing_named(const char *name);

#endif
