/*
 * clock_posix.c - what time it is.
 */
#define _GNU_SOURCE /* CLOCK_MONOTONIC_COARSE */
#include <time.h>

#include "base/check.h"
#include "os/posix_internal.h"

static uint64_t nanoseconds(clockid_t clock)
{
    struct timespec now;

    REQUIRE(clock_gettime(clock, &now) == 0);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

uint64_t clock_wall_ns(const struct os *os)
{
    (void)os;
    return nanoseconds(CLOCK_REALTIME);
}

uint64_t clock_monotonic_ns(const struct os *os)
{
    (void)os;
    return nanoseconds(CLOCK_MONOTONIC);
}

uint64_t clock_coarse_ns(const struct os *os)
{
    (void)os;
    return nanoseconds(CLOCK_MONOTONIC_COARSE);
}
