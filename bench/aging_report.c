/*
 * aging_report.c - what the rounds of ageing came to.
 */
#include "aging_report.h"

#include <inttypes.h>

#include "page.h"

enum { LINE_BYTES = 256 };

static double megabytes(uint64_t bytes)
{
    return (double)bytes / 1e6;
}

static double ratio(uint64_t bytes, uint64_t payload_bytes)
{
    return payload_bytes > 0 ? (double)bytes / (double)payload_bytes : -1;
}

static double ops_a_second(const struct ageing_round *round)
{
    return round->busy_ns > 0 ? (double)round->op_count * 1e9 / (double)round->busy_ns : -1;
}

static double cpu_us(const struct ageing_round *round)
{
    return round->op_count > 0 ? (double)round->cpu_ns / 1e3 / (double)round->op_count : -1;
}

static double scan_share(const struct ageing_course *course, unsigned round)
{
    if (!(course->fresh_scan_megabytes > 0)) return -1;
    return course->round[round].scan_megabytes / course->fresh_scan_megabytes;
}

/* ---- For people ---- */

static void print_engine(const struct aging_set *set, unsigned who)
{
    const struct ageing_course *course = &set->course[who];
    const struct ageing_round *first = &course->round[course->round_count > 1 ? 1 : 0];
    const struct ageing_round *last = &course->round[course->round_count - 1];
    uint64_t peak_bytes = 0;

    for (unsigned i = 0; i < course->round_count; i++)
        if (course->round[i].peak_bytes > peak_bytes) peak_bytes = course->round[i].peak_bytes;
    printf("%-12s %2u %s  %9.0f %9.0f %7.2f %7.2f %8.0f %8.0f", set->driver[who]->name,
           course->round_count, course->was_cut ? "c" : " ", ops_a_second(first),
           ops_a_second(last), cpu_us(first), cpu_us(last), (double)last->txns.p50_ns / 1e3,
           (double)last->txns.p99_ns / 1e3);
    printf(" %9.1f %9.1f %7.2f %8.1f %8.1f %8.1f %6.2f", megabytes(last->payload_bytes),
           megabytes(last->allocated_bytes), ratio(last->allocated_bytes, last->payload_bytes),
           megabytes(peak_bytes), megabytes(course->settled_bytes), megabytes(course->closed_bytes),
           scan_share(course, course->round_count - 1));
    if (last->condition.layout >= 0)
        printf(" %6.2f", last->condition.layout);
    else
        printf(" %6s", "-");
    putchar('\n');
}

void aging_report_table(const struct aging_set *set)
{
    printf("%s: %s\n", set->workload->name, set->workload->words);
    printf("%-18s %9s %9s %7s %7s %8s %8s %9s %9s %7s %8s %8s %8s %6s\n", "", "ops/s", "ops/s",
           "cpu us", "cpu us", "p50", "p99", "payload", "files", "", "peak", "settled", "closed",
           "scan");
    printf("%-12s rounds %8s %9s %7s %7s %8s %8s %9s %9s %7s %8s %8s %8s %6s %6s\n", "engine",
           "round 2", "last", "round 2", "last", "us", "us", "MB", "MB", "x", "MB", "MB", "MB",
           "share", "layout");
    for (unsigned who = 0; who < set->engine_count; who++) {
        if (set->course[who].round_count > 0)
            print_engine(set, who);
        else
            printf("%-12s no round was done in time\n", set->driver[who]->name);
    }
    putchar('\n');
    (void)fflush(stdout);
}

/* ---- For programs ---- */

static void print_round(const struct aging_set *set, unsigned who, unsigned no, FILE *file)
{
    const struct ageing_course *course = &set->course[who];
    const struct ageing_round *round = &course->round[no];

    (void)fprintf(file,
                  "{\"bench\":\"aging\",\"workload\":\"%s\",\"engine\":\"%s\",\"version\":\"%s\""
                  ",\"durability\":\"%s\",\"was_cut\":%s,\"round\":%u",
                  set->workload->name, set->driver[who]->name, set->driver[who]->version(),
                  driver_durability_name(course->durability), course->was_cut ? "true" : "false",
                  no + 1);
    (void)fprintf(file,
                  ",\"op_count\":%" PRIu64 ",\"ops_per_second\":%.1f,\"cpu_ns\":%" PRIu64
                  ",\"p50_ns\":%" PRIu64 ",\"p99_ns\":%" PRIu64 ",\"max_ns\":%" PRIu64
                  ",\"max_cpu_ns\":%" PRIu64,
                  round->op_count, ops_a_second(round), round->cpu_ns, round->txns.p50_ns,
                  round->txns.p99_ns, round->txns.max_ns, round->txn_cpu_max_ns);
    (void)fprintf(file,
                  ",\"file_bytes\":%" PRIu64 ",\"allocated_bytes\":%" PRIu64
                  ",\"peak_bytes\":%" PRIu64 ",\"payload_bytes\":%" PRIu64 ",\"ratio\":%.3f",
                  round->file_bytes, round->allocated_bytes, round->peak_bytes,
                  round->payload_bytes, ratio(round->allocated_bytes, round->payload_bytes));
    if (round->condition.live_bytes > 0)
        (void)fprintf(file,
                      ",\"live_bytes\":%" PRIu64 ",\"checkpoint_bytes\":%" PRIu64
                      ",\"log_bytes\":%" PRIu64 ",\"moved_bytes\":%" PRIu64,
                      round->condition.live_bytes, round->condition.checkpoint_bytes,
                      round->condition.log_bytes, round->condition.moved_bytes);
    if (round->condition.layout >= 0)
        (void)fprintf(file, ",\"layout\":%.3f", round->condition.layout);
    if (round->condition.fill >= 0) (void)fprintf(file, ",\"fill\":%.3f", round->condition.fill);
    (void)fprintf(file,
                  ",\"scan_megabytes\":%.1f,\"scan_share\":%.3f,\"settled_bytes\":%" PRIu64
                  ",\"closed_bytes\":%" PRIu64 ",\"written_bytes\":%" PRIu64 "}\n",
                  round->scan_megabytes, scan_share(course, no), course->settled_bytes,
                  course->closed_bytes, course->written_bytes);
}

void aging_report_json(const struct aging_set *set, FILE *file)
{
    for (unsigned who = 0; who < set->engine_count; who++)
        for (unsigned no = 0; no < set->course[who].round_count; no++)
            print_round(set, who, no, file);
    (void)fflush(file);
}

/* ---- Curves ---- */

static double files_of(const struct ageing_course *course, unsigned round)
{
    return megabytes(course->round[round].allocated_bytes);
}

static double speed_of(const struct ageing_course *course, unsigned round)
{
    return ops_a_second(&course->round[round]) / 1e3;
}

static double tail_of(const struct ageing_course *course, unsigned round)
{
    return (double)course->round[round].txns.p99_ns / 1e6;
}

static const struct {
    const char *title;
    const char *unit;
    double (*number)(const struct ageing_course *course, unsigned round);
} charts[] = {
    {"allocated at the end of a round", "MB", files_of},
    {"operations a second", "thousands", speed_of},
    {"a transaction, p99", "ms", tail_of},
    {"a scan, share of a fresh load's speed", "x", scan_share},
};

/* The payload is one more curve in the chart of sizes; all engines have the same. */
static void add_chart(const struct aging_set *set, size_t chart, FILE *page)
{
    static double numbers[PAGE_SERIES_MAX][AGEING_ROUNDS_MAX];
    struct page_series series = {.count = set->engine_count};
    struct page_curves curves = {.title = charts[chart].title, .unit = charts[chart].unit};
    unsigned longest = 0;

    for (unsigned who = 0; who < set->engine_count; who++) {
        const struct ageing_course *course = &set->course[who];

        for (unsigned round = 0; round < course->round_count; round++)
            numbers[who][round] = charts[chart].number(course, round);
        series.name[who] = set->driver[who]->name;
        curves.number[who] = numbers[who];
        curves.count[who] = course->round_count;
        if (course->round_count > set->course[longest].round_count) longest = who;
    }
    if (charts[chart].number == files_of && set->engine_count < PAGE_SERIES_MAX) {
        const struct ageing_course *course = &set->course[longest];
        unsigned last = set->engine_count;

        for (unsigned round = 0; round < course->round_count; round++)
            numbers[last][round] = megabytes(course->round[round].payload_bytes);
        series.name[last] = "payload";
        curves.number[last] = numbers[last];
        curves.count[last] = course->round_count;
        series.count++;
    }
    page_draw_curves(page, &series, &curves);
}

void aging_report_page(const struct aging_set *set, FILE *page)
{
    char text[LINE_BYTES];

    (void)snprintf(text, sizeof(text), "%s: %s", set->workload->name, set->workload->words);
    page_text(page, "h2", text);
    for (size_t chart = 0; chart < sizeof(charts) / sizeof(charts[0]); chart++)
        add_chart(set, chart, page);
}
