/*
 * opening.h - rows that open a database themselves: cold, and after a kill.
 */
#ifndef FREEHOLD_BENCH_OPENING_H
#define FREEHOLD_BENCH_OPENING_H

#include "workload.h"

/* Open and one get, when nothing of the files is in memory. */
struct sample opening_cold(const struct workload *workload, const struct driver *driver,
                           const char *path, const struct course *course);

/* Open and one get, after a program was killed that had the database open; nothing is lost. */
struct sample opening_killed(const struct workload *workload, const struct driver *driver,
                             const char *path, const struct course *course);

#endif
