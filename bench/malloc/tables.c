/*
 * tables.c - what a match came to, for people and for programs.
 *
 * A ratio is taken inside a round, between neighbours in time; the median over the rounds is
 * shown. `*` marks the best of a row among those that are not ours.
 */
#include "malloc/tables.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NS_PER_MS     1e6
#define BYTES_PER_MIB 1048576.0
#define LARGE_PEAK    (8 * BYTES_PER_MIB)

typedef double figure_fn(const struct trial *trial);

static double cpu_of(const struct trial *trial)
{
    return trial->cpu_ns;
}

static double wall_of(const struct trial *trial)
{
    return trial->wall_ns;
}

static double peak_of(const struct trial *trial)
{
    return trial->peak_bytes;
}

static double once_of(const struct trial *trial)
{
    return trial->once_bytes;
}

static double later_of(const struct trial *trial)
{
    return trial->later_bytes;
}

static bool is_ours(const struct contender *contender)
{
    return strcmp(contender->name, "freehold") == 0;
}

static double median(const struct match *match, const struct match_row *row, unsigned who,
                     figure_fn *figure)
{
    double numbers[ROUNDS_MAX] = {0};

    for (unsigned i = 0; i < match->round_count; i++)
        numbers[i] = figure(&row->trials[who][i]);
    return figures_spread(numbers, match->round_count).median;
}

/* `who`'s figure as a multiple of `base`'s, round by round. */
static struct spread ratio(const struct match *match, const struct match_row *row, unsigned who,
                           unsigned base, figure_fn *figure)
{
    double numbers[ROUNDS_MAX] = {0};

    for (unsigned i = 0; i < match->round_count; i++) {
        double of_base = figure(&row->trials[base][i]);

        numbers[i] = of_base > 0 ? figure(&row->trials[who][i]) / of_base : 0;
    }
    return figures_spread(numbers, match->round_count);
}

static unsigned best_peer(const struct match *match, const struct match_row *row, figure_fn *figure)
{
    unsigned best = 0;

    for (unsigned who = 1; who < match->contender_count; who++)
        if (!is_ours(&match->contenders[who]) &&
            ratio(match, row, who, 0, figure).median < ratio(match, row, best, 0, figure).median)
            best = who;
    return best;
}

static void print_head(const struct match *match, const char *unit, bool has_ours)
{
    printf("%-10s %9s", "row", unit);
    for (unsigned who = 1; who < match->contender_count; who++)
        printf(" %9s", match->contenders[who].name);
    puts(has_ours ? "   ours / best peer's" : "");
}

/* The geometric mean of the rows in which the base's own figure is at least `floor`. */
static void print_mean(const struct match *match, figure_fn *figure, double floor,
                       const char *words)
{
    double log_sums[CONTENDERS_MAX] = {0};
    unsigned row_count = 0;

    for (unsigned i = 0; i < match->row_count; i++) {
        if (median(match, &match->rows[i], 0, figure) < floor) continue;
        row_count++;
        for (unsigned who = 1; who < match->contender_count; who++)
            log_sums[who] += log(ratio(match, &match->rows[i], who, 0, figure).median);
    }
    if (row_count == 0) return;
    printf("%-20s", "mean");
    for (unsigned who = 1; who < match->contender_count; who++)
        printf(" %8.3f ", exp(log_sums[who] / row_count));
    printf("  %s\n", words);
}

/* A table of ratios to the first allocator; `scale` makes the base's own figure readable. */
static void print_ratios(const struct match *match, figure_fn *figure, const char *unit,
                         double scale)
{
    unsigned ours = match->contender_count - 1;
    bool has_ours = ours > 0 && is_ours(&match->contenders[ours]);

    print_head(match, unit, has_ours);
    for (unsigned i = 0; i < match->row_count; i++) {
        const struct match_row *row = &match->rows[i];
        unsigned best = best_peer(match, row, figure);

        printf("%-10s %8.1f%c", row->name, median(match, row, 0, figure) / scale,
               best == 0 ? '*' : ' ');
        for (unsigned who = 1; who < match->contender_count; who++) {
            double of_base = ratio(match, row, who, 0, figure).median;

            printf(" %8.2f%c", of_base, who == best ? '*' : ' ');
        }
        if (has_ours) {
            struct spread spread = ratio(match, row, ours, best, figure);

            printf("   %5.2f  (%.2f - %.2f)%s", spread.median, spread.low, spread.high,
                   spread.low > 1.1 ? "  !" : "");
        }
        putchar('\n');
    }
    print_mean(match, figure, 0, "geometric, all rows");
}

void tables_print_time(const struct match *match)
{
    puts("CPU time (all threads, the kernel's too)");
    print_ratios(match, cpu_of, "ms", NS_PER_MS);
    puts("\nWall time");
    print_ratios(match, wall_of, "ms", NS_PER_MS);
    putchar('\n');
}

void tables_print_memory(const struct match *match)
{
    puts("Peak resident memory");
    print_ratios(match, peak_of, "MiB", BYTES_PER_MIB);
    print_mean(match, peak_of, LARGE_PEAK, "geometric, rows in which glibc's is 8 MiB or more");
    putchar('\n');
}

void tables_print_give_back(const struct match *match, const struct match_row *row)
{
    const struct trial *any = &row->trials[0][0];

    printf("Give-back, MiB resident; %.1f are the program's own, %.1f are asked for and live\n",
           any->base_bytes / BYTES_PER_MIB, any->live_bytes / BYTES_PER_MIB);
    printf("%-10s %9s %9s %9s\n", "", "peak", "at once", "after 2 s");
    for (unsigned who = 0; who < match->contender_count; who++)
        printf("%-10s %9.1f %9.1f %9.1f\n", match->contenders[who].name,
               median(match, row, who, peak_of) / BYTES_PER_MIB,
               median(match, row, who, once_of) / BYTES_PER_MIB,
               median(match, row, who, later_of) / BYTES_PER_MIB);
    putchar('\n');
}

void tables_print_trivial(const struct match *match, const struct match_row *row)
{
    puts("A program with 64 blocks, MiB resident");
    for (unsigned who = 0; who < match->contender_count; who++)
        printf("%-10s %9.2f\n", match->contenders[who].name,
               median(match, row, who, later_of) / BYTES_PER_MIB);
    putchar('\n');
}

static void print_numbers(const struct match *match, const struct trial *trials, const char *name,
                          figure_fn *figure)
{
    printf(",\"%s\":[", name);
    for (unsigned i = 0; i < match->round_count; i++)
        printf(i > 0 ? ",%.0f" : "%.0f", figure(&trials[i]));
    putchar(']');
}

void tables_print_json(const struct match *match, const struct match_row *row)
{
    for (unsigned who = 0; who < match->contender_count; who++) {
        const struct trial *trials = row->trials[who];

        printf("{\"bench\":\"malloc\",\"row\":\"%s\",\"allocator\":\"%s\"", row->name,
               match->contenders[who].name);
        print_numbers(match, trials, "cpu_ns", cpu_of);
        print_numbers(match, trials, "wall_ns", wall_of);
        print_numbers(match, trials, "peak_bytes", peak_of);
        if (trials[0].base_bytes > 0) {
            printf(",\"base_bytes\":%.0f,\"live_bytes\":%.0f", trials[0].base_bytes,
                   trials[0].live_bytes);
            print_numbers(match, trials, "once_bytes", once_of);
            print_numbers(match, trials, "later_bytes", later_of);
        }
        puts("}");
    }
}
