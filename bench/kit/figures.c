/*
 * figures.c - what the rounds of one row came to.
 */
#include "figures.h"

#include <stdlib.h>

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;

    return (a > b) - (a < b);
}

/* The number that `part` of the sorted numbers lie below, between neighbours in proportion. */
static double quantile(const double *sorted, unsigned count, double part)
{
    double place = part * (double)(count - 1);
    unsigned below = (unsigned)place;
    unsigned above = below + 1 < count ? below + 1 : below;

    return sorted[below] + (place - (double)below) * (sorted[above] - sorted[below]);
}

struct spread figures_spread(double *numbers, unsigned count)
{
    qsort(numbers, count, sizeof(*numbers), by_size);
    return (struct spread){.low = quantile(numbers, count, 0.25),
                           .median = quantile(numbers, count, 0.5),
                           .high = quantile(numbers, count, 0.75)};
}

static int by_length(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

struct delay figures_delay(uint32_t *times_ns, size_t count)
{
    qsort(times_ns, count, sizeof(*times_ns), by_length);
    return (struct delay){.p50_ns = times_ns[count / 2],
                          .p99_ns = times_ns[count - 1 - count / 100],
                          .max_ns = times_ns[count - 1]};
}

double figures_wall(const struct sample *sample)
{
    return sample->op_count > 0 ? (double)sample->wall_ns / (double)sample->op_count : 0;
}

double figures_cpu(const struct sample *sample)
{
    return sample->op_count > 0 ? (double)sample->cpu_ns / (double)sample->op_count : 0;
}

double figures_bytes(const struct sample *sample)
{
    return (double)sample->file_bytes;
}

double figures_memory(const struct sample *sample)
{
    return (double)sample->memory_bytes;
}

double figures_p50(const struct sample *sample)
{
    return (double)sample->commits.p50_ns;
}

double figures_p99(const struct sample *sample)
{
    return (double)sample->commits.p99_ns;
}

double figures_median(const struct sample *rounds, unsigned count,
                      double (*figure)(const struct sample *))
{
    double numbers[ROUNDS_MAX] = {0};

    for (unsigned i = 0; i < count; i++)
        numbers[i] = figure(&rounds[i]);
    return figures_spread(numbers, count).median;
}

struct spread figures_ratio(const struct sample *rounds, const struct sample *base, unsigned count,
                            double (*figure)(const struct sample *))
{
    double numbers[ROUNDS_MAX] = {0};

    for (unsigned i = 0; i < count; i++) {
        double of_base = figure(&base[i]);

        numbers[i] = of_base > 0 ? figure(&rounds[i]) / of_base : 0;
    }
    return figures_spread(numbers, count);
}
