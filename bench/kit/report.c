/*
 * report.c - what came out, for people.
 */
#include "report.h"

#include <inttypes.h>
#include <string.h>

#define NS_PER_US 1000.0

char report_promise(const struct contest *contest, unsigned row, unsigned who)
{
    const struct workload *workload = contest->rows[row];
    unsigned durability = contest->samples[row][who][0].durability;

    if (workload->only_reads || contest->always_syncs) return ' ';
    if (workload->durability != DURABILITY_NO_SYNC) return ' ';
    if (durability == DURABILITY_LATE) return '-';
    return durability == DURABILITY_SYNC ? '*' : ' ';
}

bool report_was_cut(const struct contest *contest, unsigned row, unsigned who)
{
    for (unsigned round = 0; round < contest->round_count; round++)
        if (contest->samples[row][who][round].was_cut) return true;
    return false;
}

void report_head(const struct contest *contest, FILE *file)
{
    (void)fprintf(file,
                  "%s, values of %" PRIu32 ", %zu items, batches of %" PRIu64
                  ", %u rounds, medians%s\n",
                  items_kind_words(contest->kind), contest->value_size, contest->item_count,
                  contest->batch_count, contest->round_count,
                  contest->always_syncs ? ", every commit synced" : "");
}

static void print_names(const struct contest *contest, const char *what, const char *unit)
{
    printf("\n%-18s %10s %s", what, contest->contestants[0].label, unit);
    for (unsigned who = 1; who < contest->contestant_count; who++)
        printf(" %10s  ", contest->contestants[who].label);
    puts(contest->contestant_count == 2 && strcmp(unit, "us") == 0 ? " (quartiles)" : "");
}

/* A row of multiples of the base's figure; of a single rival with quartiles. */
static void print_multiples(const struct contest *contest, unsigned row,
                            double (*figure)(const struct sample *), double scale)
{
    const struct sample *base = contest->samples[row][0];
    unsigned count = contest->round_count;

    printf("%-18s %10.3f %c%c", contest->rows[row]->name,
           figures_median(base, count, figure) / scale, report_promise(contest, row, 0),
           report_was_cut(contest, row, 0) ? 'c' : ' ');
    for (unsigned who = 1; who < contest->contestant_count; who++) {
        const struct sample *rounds = contest->samples[row][who];
        struct spread ratio = figures_ratio(rounds, base, count, figure);

        printf(" %10.2f%c%c", ratio.median, report_promise(contest, row, who),
               report_was_cut(contest, row, who) ? 'c' : ' ');
        if (contest->contestant_count == 2) printf(" (%.2f - %.2f)", ratio.low, ratio.high);
    }
    putchar('\n');
}

/* A row of everybody's own figures; of a row that was cut there is nothing to say. */
static void print_amounts(const struct contest *contest, unsigned row,
                          double (*figure)(const struct sample *), double scale)
{
    printf("%-18s", contest->rows[row]->name);
    for (unsigned who = 0; who < contest->contestant_count; who++) {
        double median =
            figures_median(contest->samples[row][who], contest->round_count, figure) / scale;

        if (report_was_cut(contest, row, who))
            printf(" %10s  ", "-");
        else
            printf(" %10.2f%s", median, who == 0 ? "   " : "  ");
    }
    putchar('\n');
}

static void print_times(const struct contest *contest, const char *what,
                        double (*figure)(const struct sample *))
{
    print_names(contest, what, "us");
    for (unsigned row = 0; row < contest->row_count; row++)
        print_multiples(contest, row, figure, NS_PER_US);
}

/* Single transactions, where a row tells them. */
static void print_commits(const struct contest *contest, const char *what,
                          double (*figure)(const struct sample *))
{
    for (unsigned row = 0; row < contest->row_count; row++) {
        if (!contest->rows[row]->tells_commits) continue;
        print_names(contest, what, "us");
        print_multiples(contest, row, figure, NS_PER_US);
    }
}

/* What the files or the memory of the rows come to, where a row tells it. */
static void print_sizes(const struct contest *contest, const char *what,
                        double (*figure)(const struct sample *))
{
    bool is_headed = false;

    for (unsigned row = 0; row < contest->row_count; row++) {
        const struct workload *workload = contest->rows[row];

        if (figure == figures_bytes ? !workload->tells_bytes : !workload->tells_memory) continue;
        if (!is_headed) print_names(contest, what, "MB");
        is_headed = true;
        print_amounts(contest, row, figure, 1e6);
    }
}

static void print_marks(const struct contest *contest)
{
    bool is_synced = false;
    bool is_late = false;
    bool was_cut = false;

    for (unsigned row = 0; row < contest->row_count; row++)
        for (unsigned who = 0; who < contest->contestant_count; who++) {
            is_synced = is_synced || report_promise(contest, row, who) == '*';
            is_late = is_late || report_promise(contest, row, who) == '-';
            was_cut = was_cut || report_was_cut(contest, row, who);
        }
    if (is_synced || is_late || was_cut) putchar('\n');
    if (is_synced) puts("*  more than was asked: the engine syncs each commit, it has no other");
    if (is_late)
        puts("-  less than was asked: the last commits can be lost when the program dies, not only "
             "the machine");
    if (was_cut)
        printf("c  cut after %u s: fewer operations, on a smaller database\n",
               contest->seconds_max);
}

void report_table(const struct contest *contest)
{
    bool is_alone = contest->contestant_count == 1;

    report_head(contest, stdout);
    if (!is_alone)
        printf("first column: %s; the others as multiples of it, below 1 is less\n",
               contest->contestants[0].label);
    print_times(contest, "CPU time", figures_cpu);
    print_times(contest, "wall time", figures_wall);
    print_commits(contest, "a transaction, p50", figures_p50);
    print_commits(contest, "a transaction, p99", figures_p99);
    print_sizes(contest, "files, all in MB", figures_bytes);
    print_sizes(contest, "memory, all in MB", figures_memory);
    print_marks(contest);
    putchar('\n');
    (void)fflush(stdout);
}
