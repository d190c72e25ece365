/*
 * figures.h - what the rounds of one row came to: medians, and how far the rounds lie apart.
 *
 * A ratio is taken inside a round, between neighbours in time; the median of the ratios is
 * the result, not the ratio of the medians.
 */
#ifndef FREEHOLD_BENCH_FIGURES_H
#define FREEHOLD_BENCH_FIGURES_H

#include <stdint.h>

enum { ROUNDS_MAX = 99 };

struct sample {
    uint64_t wall_ns;
    uint64_t cpu_ns;
    uint64_t op_count;
    uint64_t file_bytes; /* what the database takes on the medium; 0 when nobody asked */
};

struct spread {
    double low; /* the lower quartile */
    double median;
    double high; /* the upper quartile */
};

/* Of `count` numbers, which get another order; count > 0. */
struct spread figures_spread(double *numbers, unsigned count);

/* One figure of a sample: time in nanoseconds per operation, or bytes. */
double figures_wall(const struct sample *sample);
double figures_cpu(const struct sample *sample);
double figures_bytes(const struct sample *sample);

/* The median of one figure over the rounds. */
double figures_median(const struct sample *rounds, unsigned count,
                      double (*figure)(const struct sample *));

/* The figure as a multiple of the base's in the same round. */
struct spread figures_ratio(const struct sample *rounds, const struct sample *base, unsigned count,
                            double (*figure)(const struct sample *));

#endif
