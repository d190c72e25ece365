/*
 * steady.h - one allocator kept busy: random live runs are given, others taken for them.
 *
 * The work goes by bursts: BURST gives, then as many takes, so that a policy that takes the
 * lowest or the newest run does not just get back what it was given a moment ago.
 */
#ifndef FREEHOLD_BENCH_STEADY_H
#define FREEHOLD_BENCH_STEADY_H

#include "layout.h"

enum { STEADY_BURST = 32, STEADY_PAIRS_MAX = 4096 };

struct steady {
    const struct rival *rival;
    void *allocator;
    struct piece *live;
    size_t live_count;
    enum run_kind kind;
    struct dice dice;
    uint64_t refused_count; /* takes that found no run; the next give of it gives nothing */
    uint32_t lengths[STEADY_PAIRS_MAX];
};

void steady_init(struct steady *steady, const struct rival *rival, const struct layout *layout,
                 enum run_kind kind);

/* Stops the bench when the free units are not those that the live runs leave. */
void steady_fini(struct steady *steady, const struct layout *layout);

/* How many pairs a batch may have: a multiple of STEADY_BURST. */
size_t steady_pairs_max(const struct steady *steady);

/* Chooses what the next batch gives and how long the runs are that it takes. */
void steady_choose(struct steady *steady, size_t pair_count);

/* The batch itself, and nothing else: what is measured. */
void steady_run(struct steady *steady, size_t pair_count);

#endif
