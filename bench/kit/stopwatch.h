/*
 * stopwatch.h - wall time and CPU time of what lies between two moments.
 *
 * CPU time is that of all threads of this process, or of all children that were waited for.
 */
#ifndef FREEHOLD_BENCH_STOPWATCH_H
#define FREEHOLD_BENCH_STOPWATCH_H

#include <stdint.h>

enum watched { WATCH_SELF, WATCH_CHILDREN };

struct stopwatch {
    enum watched watched;
    uint64_t wall_ns;
    uint64_t cpu_ns;
};

/* Monotonic time in nanoseconds. */
uint64_t stopwatch_now(void);

/* CPU time of this process so far. */
uint64_t stopwatch_cpu(void);

void stopwatch_start(struct stopwatch *watch, enum watched watched);

/* From then on the members hold what has passed. */
void stopwatch_stop(struct stopwatch *watch);

#endif
