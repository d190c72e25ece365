/*
 * kv_page.c - what came out of a contest, as charts.
 */
#include "kv_page.h"

#include <stdlib.h>

#include "page.h"
#include "report.h"

#define NS_PER_US 1000.0

/* A chart of every row that tells one figure. */
struct chart {
    const char *title;
    const char *unit;
    double scale;
    double (*figure)(const struct sample *);
};

static const struct chart charts[] = {
    {"CPU time, all threads, kernel included", "us", NS_PER_US, figures_cpu},
    {"wall time", "us", NS_PER_US, figures_wall},
    {"a transaction with one put, synced: median", "us", NS_PER_US, figures_p50},
    {"what the database takes on the medium afterwards", "MB", 1e6, figures_bytes},
};

static bool tells(const struct workload *workload, double (*figure)(const struct sample *))
{
    if (figure == figures_p50) return workload->tells_commits;
    if (figure == figures_bytes) return workload->tells_bytes;
    return true;
}

/* Printed into memory first: report_head and machine_print write to files. */
static void add_lines(FILE *page, const struct contest *contest, const struct machine *machine)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);

    if (memory == NULL) return;
    if (contest != NULL) report_head(contest, memory);
    if (machine != NULL) machine_print(machine, memory);
    (void)fclose(memory);
    page_text(page, contest != NULL ? "h2" : "pre", text);
    free(text);
}

void kv_page_head(FILE *page, const struct machine *machine, const char *engines)
{
    page_text(page, "p", engines);
    page_text(page, "p",
              "Every dot is a multiple of the first engine's figure in the same round; the median "
              "of the rounds. Left of 1 is less, and better. At the right: the first engine's own "
              "figure. A row name with - : some engine's last commits there can be lost with the "
              "program, not only with the machine; * : some engine synced each commit, though "
              "nobody asked for it; c : cut short in time, for some engine.");
    add_lines(page, NULL, machine);
}

static void add_chart(FILE *page, const struct contest *contest, const struct page_series *series,
                      const struct chart *chart)
{
    unsigned row_count = 0;

    for (unsigned row = 0; row < contest->row_count; row++)
        row_count += tells(contest->rows[row], chart->figure);
    if (row_count == 0) return;
    page_dots_begin(page, chart->title, row_count);
    for (unsigned row = 0; row < contest->row_count; row++) {
        const struct sample *base = contest->samples[row][0];
        double numbers[PAGE_SERIES_MAX] = {0};
        char promise = ' ';
        bool was_cut = false;
        double own = 0;
        char name[64];
        char note[64];

        if (!tells(contest->rows[row], chart->figure)) continue;
        for (unsigned who = 0; who < contest->contestant_count; who++) {
            bool is_cut = report_was_cut(contest, row, who);

            numbers[who] =
                figures_ratio(contest->samples[row][who], base, contest->round_count, chart->figure)
                    .median;
            if (promise == ' ') promise = report_promise(contest, row, who);
            was_cut = was_cut || is_cut;
            if (is_cut && chart->figure == figures_bytes) numbers[who] = 0;
        }
        (void)snprintf(name, sizeof(name), "%s %c%s", contest->rows[row]->name, promise,
                       was_cut ? "c" : "");
        own = figures_median(base, contest->round_count, chart->figure) / chart->scale;
        (void)snprintf(note, sizeof(note), own < 100 ? "%.3g %s" : "%.0f %s", own, chart->unit);
        page_dots_row(page, series, name, note, numbers);
    }
    page_dots_end(page);
}

/* In megabytes: a multiple of nearly nothing would say nothing. */
static void add_memory(FILE *page, const struct contest *contest)
{
    for (unsigned row = 0; row < contest->row_count; row++) {
        char line[512];
        size_t at = 0;

        if (!contest->rows[row]->tells_memory) continue;
        at = (size_t)snprintf(
            line, sizeof(line),
            "Private memory beyond the page cache after %s, MB:", contest->rows[row]->name);
        for (unsigned who = 0; who < contest->contestant_count && at < sizeof(line); who++)
            at += (size_t)snprintf(
                line + at, sizeof(line) - at, "%s %s %.1f", who > 0 ? "," : "",
                contest->contestants[who].label,
                figures_median(contest->samples[row][who], contest->round_count, figures_memory) /
                    1e6);
        page_text(page, "p", line);
    }
}

void kv_page_add(FILE *page, const struct contest *contest)
{
    struct page_series series = {.count = contest->contestant_count};

    for (unsigned who = 0; who < contest->contestant_count; who++)
        series.name[who] = contest->contestants[who].label;
    add_lines(page, contest, NULL);
    page_legend(page, &series);
    for (size_t i = 0; i < sizeof(charts) / sizeof(charts[0]); i++)
        add_chart(page, contest, &series, &charts[i]);
    add_memory(page, contest);
}
