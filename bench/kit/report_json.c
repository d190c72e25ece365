/*
 * report_json.c - what came out, for programs.
 */
#include <inttypes.h>

#include "report.h"

static void print_numbers(FILE *file, const char *name, const struct sample *rounds, unsigned count,
                          double (*figure)(const struct sample *))
{
    (void)fprintf(file, ",\"%s\":[", name);
    for (unsigned i = 0; i < count; i++)
        (void)fprintf(file, i > 0 ? ",%.1f" : "%.1f", figure(&rounds[i]));
    (void)fputc(']', file);
}

static const char *truth(bool is_true)
{
    return is_true ? "true" : "false";
}

static void print_object(const struct contest *contest, unsigned row, unsigned who, FILE *file)
{
    const struct workload *workload = contest->rows[row];
    const struct contestant *contestant = &contest->contestants[who];
    const struct sample *rounds = contest->samples[row][who];
    const struct sample *base = contest->samples[row][0];
    unsigned count = contest->round_count;

    (void)fprintf(file,
                  "{\"bench\":\"kv\",\"workload\":\"%s\",\"keys\":\"%s\",\"engine\":\"%s\""
                  ",\"version\":\"%s\",\"item_count\":%zu,\"value_bytes\":%" PRIu32,
                  workload->name, items_kind_name(contest->kind), contestant->label,
                  contestant->driver->version(), contest->item_count, contest->value_size);
    (void)fprintf(file,
                  ",\"batch_count\":%" PRIu64 ",\"thread_count\":%u,\"durability\":\"%s\""
                  ",\"was_cut\":%s,\"op_count\":%" PRIu64,
                  workload->batch_count > 0 ? workload->batch_count : contest->batch_count,
                  workload->thread_count, driver_durability_name(rounds[0].durability),
                  truth(report_was_cut(contest, row, who)), rounds[0].op_count);
    print_numbers(file, "cpu_ns", rounds, count, figures_cpu);
    print_numbers(file, "wall_ns", rounds, count, figures_wall);
    if (workload->tells_bytes) print_numbers(file, "file_bytes", rounds, count, figures_bytes);
    if (workload->tells_memory) print_numbers(file, "memory_bytes", rounds, count, figures_memory);
    if (workload->tells_commits) print_numbers(file, "p50_ns", rounds, count, figures_p50);
    if (workload->tells_commits) print_numbers(file, "p99_ns", rounds, count, figures_p99);
    (void)fprintf(file, ",\"close_cpu_ns\":%" PRIu64 ",\"cpu_ratio\":%.3f,\"wall_ratio\":%.3f}\n",
                  rounds[0].close_cpu_ns, figures_ratio(rounds, base, count, figures_cpu).median,
                  figures_ratio(rounds, base, count, figures_wall).median);
}

void report_json(const struct contest *contest, FILE *file)
{
    for (unsigned row = 0; row < contest->row_count; row++)
        for (unsigned who = 0; who < contest->contestant_count; who++)
            print_object(contest, row, who, file);
}
