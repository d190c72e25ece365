/*
 * figures.h - what the rounds of one row came to: medians, and how far the rounds lie apart.
 *
 * A ratio is taken inside a round, between neighbours in time; the median of the ratios is
 * the result, not the ratio of the medians.
 */
#ifndef FREEHOLD_BENCH_FIGURES_H
#define FREEHOLD_BENCH_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ROUNDS_MAX = 99 };

/* How long single transactions took. */
struct delay {
    uint64_t p50_ns;
    uint64_t p99_ns;
    uint64_t max_ns;
};

struct sample {
    uint64_t wall_ns;
    uint64_t cpu_ns;
    uint64_t op_count;
    uint64_t file_bytes;   /* what the database takes on the medium; 0 when nobody asked */
    uint64_t memory_bytes; /* private memory of the process, beyond the page cache */
    uint64_t close_cpu_ns; /* what closing then took: work that was put off */
    struct delay commits;  /* 0 when nobody asked */
    bool was_cut;          /* the time was over before the work was done */
    unsigned durability;   /* what commits promised: of driver.h */
};

struct spread {
    double low; /* the lower quartile */
    double median;
    double high; /* the upper quartile */
};

/* Of `count` numbers, which get another order; count > 0. */
struct spread figures_spread(double *numbers, unsigned count);

/* Of `count` times, which get another order; count > 0. */
struct delay figures_delay(uint32_t *times_ns, size_t count);

/* One figure of a sample: time in nanoseconds per operation, or bytes. */
double figures_wall(const struct sample *sample);
double figures_cpu(const struct sample *sample);
double figures_bytes(const struct sample *sample);
double figures_memory(const struct sample *sample);
double figures_p50(const struct sample *sample);
double figures_p99(const struct sample *sample);

/* The median of one figure over the rounds. */
double figures_median(const struct sample *rounds, unsigned count,
                      double (*figure)(const struct sample *));

/* The figure as a multiple of the base's in the same round. */
struct spread figures_ratio(const struct sample *rounds, const struct sample *base, unsigned count,
                            double (*figure)(const struct sample *));

#endif
