/*
 * stopwatch.c - wall time and CPU time of what lies between two moments.
 */
#include "stopwatch.h"

#include <sys/resource.h>
#include <time.h>

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now = {0};

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static uint64_t timeval_ns(struct timeval time)
{
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_usec * 1000;
}

static uint64_t cpu_ns(enum watched watched)
{
    struct rusage usage;

    if (watched == WATCH_SELF) return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    getrusage(RUSAGE_CHILDREN, &usage);
    return timeval_ns(usage.ru_utime) + timeval_ns(usage.ru_stime);
}

uint64_t stopwatch_now(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

uint64_t stopwatch_cpu(void)
{
    return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

void stopwatch_start(struct stopwatch *watch, enum watched watched)
{
    watch->watched = watched;
    watch->cpu_ns = cpu_ns(watched);
    watch->wall_ns = clock_ns(CLOCK_MONOTONIC);
}

void stopwatch_stop(struct stopwatch *watch)
{
    watch->wall_ns = clock_ns(CLOCK_MONOTONIC) - watch->wall_ns;
    watch->cpu_ns = cpu_ns(watch->watched) - watch->cpu_ns;
}
