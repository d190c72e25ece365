/*
 * report.c - what came out, for people and for programs.
 */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NS_PER_US 1000.0

/* How wide an engine is in the table. */
enum { RIVAL_COLUMNS = 46 };

static const char *promise(enum durability durability)
{
    return durability == DURABILITY_SYNC ? "synced commits" : "commits not synced";
}

static void print_head(const struct contest *contest, enum key_kind kind)
{
    printf("%s, values of %" PRIu32 ", %zu items, batches of %" PRIu64 ", %s, %u rounds\n",
           items_kind_words(kind), contest->value_size, contest->item_count, contest->batch_count,
           promise(contest->durability), contest->round_count);
    printf("%-15s %24s", "", contest->contestants[0].label);
    for (unsigned who = 1; who < contest->contestant_count; who++)
        printf("  | %s%*s", contest->contestants[who].label,
               who + 1 < contest->contestant_count
                   ? RIVAL_COLUMNS - (int)strlen(contest->contestants[who].label)
                   : 0,
               "");
    printf("\n%-15s %8s %8s %6s", "row", "cpu us", "wall us", "MB");
    for (unsigned who = 1; who < contest->contestant_count; who++)
        printf("  | %8s %6s %-13s %7s %7s", "cpu us", "cpu x", " (quartiles)", "wall x", "file x");
    putchar('\n');
}

static void print_rival(const struct sample *rounds, const struct sample *base, unsigned count,
                        bool tells_bytes)
{
    struct spread cpu = figures_ratio(rounds, base, count, figures_cpu);
    struct spread wall = figures_ratio(rounds, base, count, figures_wall);

    printf("  | %8.3f %6.2f  (%.2f - %.2f) %7.2f",
           figures_median(rounds, count, figures_cpu) / NS_PER_US, cpu.median, cpu.low, cpu.high,
           wall.median);
    if (tells_bytes)
        printf(" %7.2f", figures_ratio(rounds, base, count, figures_bytes).median);
    else
        printf(" %7s", "-");
}

static void print_row(const struct contest *contest, unsigned row)
{
    const struct workload *workload = contest->rows[row];
    const struct sample *base = contest->samples[row][0];
    unsigned count = contest->round_count;

    printf("%-15s %8.3f %8.3f", workload->name,
           figures_median(base, count, figures_cpu) / NS_PER_US,
           figures_median(base, count, figures_wall) / NS_PER_US);
    if (workload->tells_bytes)
        printf(" %6.1f", figures_median(base, count, figures_bytes) / 1e6);
    else
        printf(" %6s", "-");
    for (unsigned who = 1; who < contest->contestant_count; who++)
        print_rival(contest->samples[row][who], base, count, workload->tells_bytes);
    putchar('\n');
}

void report_table(const struct contest *contest, enum key_kind kind)
{
    print_head(contest, kind);
    for (unsigned row = 0; row < contest->row_count; row++)
        print_row(contest, row);
    putchar('\n');
    (void)fflush(stdout);
}

static void print_numbers(const char *name, const struct sample *rounds, unsigned count,
                          double (*figure)(const struct sample *))
{
    printf(",\"%s\":[", name);
    for (unsigned i = 0; i < count; i++)
        printf(i > 0 ? ",%.1f" : "%.1f", figure(&rounds[i]));
    putchar(']');
}

static void print_object(const struct contest *contest, enum key_kind kind, unsigned row,
                         unsigned who)
{
    const struct contestant *contestant = &contest->contestants[who];
    const struct sample *rounds = contest->samples[row][who];
    const struct sample *base = contest->samples[row][0];
    unsigned count = contest->round_count;

    printf("{\"bench\":\"kv\",\"workload\":\"%s\",\"keys\":\"%s\",\"engine\":\"%s\",\"version\":\"%"
           "s\"",
           contest->rows[row]->name, items_kind_name(kind), contestant->label,
           contestant->driver->version());
    printf(",\"item_count\":%zu,\"value_bytes\":%" PRIu32 ",\"batch_count\":%" PRIu64
           ",\"thread_count\":%u,\"is_synced\":%s,\"op_count\":%" PRIu64,
           contest->item_count, contest->value_size, contest->batch_count,
           contest->rows[row]->thread_count,
           contest->durability == DURABILITY_SYNC ? "true" : "false", rounds[0].op_count);
    print_numbers("cpu_ns", rounds, count, figures_cpu);
    print_numbers("wall_ns", rounds, count, figures_wall);
    if (contest->rows[row]->tells_bytes) print_numbers("file_bytes", rounds, count, figures_bytes);
    printf(",\"cpu_ratio\":%.3f,\"wall_ratio\":%.3f",
           figures_ratio(rounds, base, count, figures_cpu).median,
           figures_ratio(rounds, base, count, figures_wall).median);
    puts("}");
}

void report_json(const struct contest *contest, enum key_kind kind)
{
    for (unsigned row = 0; row < contest->row_count; row++)
        for (unsigned who = 0; who < contest->contestant_count; who++)
            print_object(contest, kind, row, who);
    (void)fflush(stdout);
}
