/*
 * run.h - a run of consecutive units.
 */
#ifndef FREEHOLD_SPACE_RUN_H
#define FREEHOLD_SPACE_RUN_H

#include <stdbool.h>
#include <stdint.h>

/* Units first .. first + count - 1. */
struct run {
    uint64_t first;
    uint64_t count;
};

/* The unit behind the last one. */
static inline uint64_t run_end(struct run run)
{
    return run.first + run.count;
}

static inline bool run_holds(struct run outer, struct run inner)
{
    return inner.first >= outer.first && inner.count <= outer.count &&
           inner.first - outer.first <= outer.count - inner.count;
}

static inline bool run_overlaps(struct run a, struct run b)
{
    return a.first < run_end(b) && b.first < run_end(a);
}

static inline bool run_equals(struct run a, struct run b)
{
    return a.first == b.first && a.count == b.count;
}

#endif
