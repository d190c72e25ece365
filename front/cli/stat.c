/*
 * stat.c - freehold stat: where the space is, and who holds it.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "freehold/inspect.h"

#include "command.h"
#include "failure.h"
#include "json.h"
#include "session.h"

enum { HISTOGRAM_SIZE = 32, WATCH_SECONDS_MOST = 86400 };

/* Every number of fh_stat_info, in the order and under the name that --json prints. */
#define FIGURE(name)                        \
    {                                       \
#name, offsetof(fh_stat_info, name) \
    }
static const struct figure {
    const char *name;
    size_t offset;
} figures[] = {
    FIGURE(page_bytes),
    FIGURE(chunk_pages),
    FIGURE(file_bytes),
    FIGURE(allocated_bytes),
    FIGURE(file_pages),
    FIGURE(live_pages),
    FIGURE(free_pages),
    FIGURE(pending_pages),
    FIGURE(pinned_pages),
    FIGURE(checkpoint_pages),
    FIGURE(raw_held_pages),
    FIGURE(log_bytes),
    FIGURE(log_ring_bytes),
    FIGURE(chunk_count),
    FIGURE(free_run_count),
    FIGURE(largest_free_run_pages),
    FIGURE(txn_id),
    FIGURE(checkpoint_txn_id),
    FIGURE(reader_count),
    FIGURE(oldest_reader_txn_id),
    FIGURE(tree_count),
    FIGURE(item_count),
    FIGURE(payload_bytes),
    FIGURE(quota_bytes),
    FIGURE(growth_txn_id),
    FIGURE(growth_wanted_pages),
    FIGURE(growth_snapshot_txn_id),
    FIGURE(file_pages_peak),
    FIGURE(pending_pages_peak),
    FIGURE(pinned_pages_peak),
    FIGURE(relocated_pages),
    FIGURE(punched_chunks),
    FIGURE(cut_bytes),
};
#undef FIGURE

struct report {
    fh_stat_info stat;
    fh_snapshot_info *snapshots;
    size_t snapshot_count;
    uint64_t histogram[HISTOGRAM_SIZE];
    int has_runs; /* the histogram was asked for */
};

/* The snapshots that are held; the caller frees ->snapshots, also after a failure. */
static enum outcome read_snapshots(const struct session *session, struct report *report)
{
    size_t capacity = 0;
    fh_status status = fh_snapshot_walk(session->db, NULL, 0, &capacity);

    if (status == FH_OK && capacity > 0) {
        report->snapshots = calloc(capacity, sizeof(*report->snapshots));
        if (report->snapshots == NULL) return failure_memory("stat");
        status =
            fh_snapshot_walk(session->db, report->snapshots, capacity, &report->snapshot_count);
    }
    if (status != FH_OK) return failure_file(session->path, status);
    if (report->snapshot_count > capacity) report->snapshot_count = capacity;
    return OUTCOME_DONE;
}

static enum outcome read_report(const struct session *session, struct report *report)
{
    fh_status status = FH_OK;

    if (report->has_runs) status = fh_run_histogram(session->db, report->histogram);
    if (status == FH_OK) status = fh_stat(session->db, &report->stat);
    if (status != FH_OK) return failure_file(session->path, status);
    return read_snapshots(session, report);
}

static void print_json(struct output *output, const struct report *report)
{
    struct json json;

    json_init(&json, output);
    json_object_begin(&json, NULL);
    for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
        const unsigned char *stat = (const unsigned char *)&report->stat;

        json_number(&json, figures[i].name,
                    *(const uint64_t *)(const void *)(stat + figures[i].offset));
    }
    json_text(&json, "policy", report->stat.policy);
    json_text(&json, "growth_reason", fh_growth_reason_name(report->stat.growth_reason));
    json_array_begin(&json, "readers");
    for (size_t i = 0; i < report->snapshot_count; i++) {
        json_object_begin(&json, NULL);
        json_number(&json, "txn_id", report->snapshots[i].txn_id);
        json_number(&json, "reader_count", report->snapshots[i].reader_count);
        json_number(&json, "pinned_pages", report->snapshots[i].pinned_pages);
        json_number(&json, "age_ms", report->snapshots[i].age_ms);
        json_number(&json, "process_id", report->snapshots[i].process_id);
        json_number(&json, "thread_id", report->snapshots[i].thread_id);
        json_flag(&json, "is_leased", report->snapshots[i].is_leased);
        json_bytes(&json, "tag",
                   (fh_bytes){report->snapshots[i].tag, strlen(report->snapshots[i].tag)});
        json_object_end(&json);
    }
    json_array_end(&json);
    if (report->has_runs) json_array_begin(&json, "runs");
    for (unsigned i = 0; report->has_runs && i < HISTOGRAM_SIZE; i++) {
        if (report->histogram[i] == 0) continue;
        json_object_begin(&json, NULL);
        json_number(&json, "min_pages", UINT64_C(1) << i);
        json_number(&json, "max_pages", (UINT64_C(2) << i) - 1);
        json_number(&json, "run_count", report->histogram[i]);
        json_object_end(&json);
    }
    if (report->has_runs) json_array_end(&json);
    json_object_end(&json);
    json_line_end(&json);
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole > 0 ? 100.0 * (double)part / (double)whole : 0.0;
}

static void print_pages(struct output *output, const char *name, uint64_t pages,
                        const fh_stat_info *stat)
{
    output_format(output, "%-16s %12" PRIu64 " pages  %5.1f %%\n", name, pages,
                  percent(pages, stat->file_pages));
}

static void print_sizes(struct output *output, const fh_stat_info *stat)
{
    uint64_t scattered = stat->free_pages - stat->largest_free_run_pages;

    output_format(output, "%-16s %12" PRIu64 " bytes\n", "file", stat->file_bytes);
    output_format(output, "%-16s %12" PRIu64 " bytes  on the medium\n", "allocated",
                  stat->allocated_bytes);
    output_format(output, "%-16s %12" PRIu64 " bytes  in %" PRIu64 " items of %" PRIu64 " trees\n",
                  "payload", stat->payload_bytes, stat->item_count, stat->tree_count);
    if (stat->quota_bytes > 0)
        output_format(output, "%-16s %12" PRIu64 " bytes\n", "quota", stat->quota_bytes);
    output_format(output,
                  "%-16s %12" PRIu64 " pages  of %" PRIu64 " bytes, in %" PRIu64
                  " chunks of %" PRIu64 "\n",
                  "all", stat->file_pages, stat->page_bytes, stat->chunk_count, stat->chunk_pages);
    print_pages(output, "  live", stat->live_pages, stat);
    print_pages(output, "  free", stat->free_pages, stat);
    print_pages(output, "  pending", stat->pending_pages, stat);
    output_format(output, "%-16s %12" PRIu64 " pages  held by readers\n", "    pinned",
                  stat->pinned_pages);
    output_format(output, "%-16s %12" PRIu64 " pages  held by the checkpoint alone\n",
                  "    checkpoint", stat->checkpoint_pages);
    if (stat->raw_held_pages > 0)
        output_format(output, "%-16s %12" PRIu64 " pages\n", "raw held", stat->raw_held_pages);
    output_format(
        output, "%-16s %12" PRIu64 " runs   the largest %" PRIu64 " pages; fragmentation %.1f %%\n",
        "free runs", stat->free_run_count, stat->largest_free_run_pages,
        percent(scattered, stat->free_pages));
}

/* Why the file grew last, in one sentence. */
static void print_growth(struct output *output, const fh_stat_info *stat)
{
    output_format(output, "%-16s ", "growth");
    if (stat->growth_reason == FH_GROWTH_NONE) {
        output_text(output, "none since the database was opened\n");
        return;
    }
    output_format(output, "transaction %" PRIu64 " wanted %" PRIu64 " pages in a run: ",
                  stat->growth_txn_id, stat->growth_wanted_pages);
    switch (stat->growth_reason) {
    case FH_GROWTH_NO_RUN_LONG_ENOUGH:
        output_text(output, "enough were free, but in shorter runs\n");
        return;
    case FH_GROWTH_HELD_BY_SNAPSHOT:
        output_format(output,
                      "enough would have been free without readers, of snapshot %" PRIu64
                      " above all\n",
                      stat->growth_snapshot_txn_id);
        return;
    case FH_GROWTH_HELD_BY_CHECKPOINT:
        output_text(output, "enough were freed, but waited for the checkpoint\n");
        return;
    case FH_GROWTH_NONE:
    case FH_GROWTH_NO_FREE_PAGES:
    default:
        output_text(output, "too few were free, and too few pending\n");
    }
}

static void print_peaks(struct output *output, const fh_stat_info *stat)
{
    output_format(output,
                  "%-16s %12" PRIu64 " pages  since it was opened; pending %" PRIu64
                  ", pinned %" PRIu64 "\n",
                  "peak", stat->file_pages_peak, stat->pending_pages_peak, stat->pinned_pages_peak);
    output_format(output,
                  "%-16s %12" PRIu64 " pages  since it was opened; %" PRIu64
                  " chunks punched, %" PRIu64 " bytes cut\n",
                  "moved", stat->relocated_pages, stat->punched_chunks, stat->cut_bytes);
}

static void print_snapshot(struct output *output, const fh_snapshot_info *snapshot)
{
    output_format(output,
                  "  snapshot %" PRIu64 ": %" PRIu64 " readers pin %" PRIu64
                  " pages; the oldest for %" PRIu64 " ms, process %" PRIu32 ", thread %" PRIu32
                  "%s%s",
                  snapshot->txn_id, snapshot->reader_count, snapshot->pinned_pages,
                  snapshot->age_ms, snapshot->process_id, snapshot->thread_id,
                  snapshot->is_leased ? ", leased" : "", snapshot->tag[0] != 0 ? ", " : "");
    output_escaped(output, (fh_bytes){snapshot->tag, strlen(snapshot->tag)});
    output_char(output, '\n');
}

static void print_report(struct output *output, const struct report *report)
{
    const fh_stat_info *stat = &report->stat;

    print_sizes(output, stat);
    output_format(output, "%-16s %12" PRIu64 " bytes  of a ring of %" PRIu64 "\n", "log",
                  stat->log_bytes, stat->log_ring_bytes);
    output_format(output, "%-16s %12" PRIu64 "        the checkpoint is of %" PRIu64 "\n",
                  "transaction", stat->txn_id, stat->checkpoint_txn_id);
    output_format(output, "%-16s %12s\n", "policy", stat->policy);
    output_format(output, "%-16s %12" PRIu64 "\n", "readers", stat->reader_count);
    for (size_t i = 0; i < report->snapshot_count; i++)
        print_snapshot(output, &report->snapshots[i]);
    print_growth(output, stat);
    print_peaks(output, stat);
    if (!report->has_runs) return;
    output_text(output, "free runs by length\n");
    for (unsigned i = 0; i < HISTOGRAM_SIZE; i++) {
        if (report->histogram[i] == 0) continue;
        output_format(output, "%10" PRIu64 " .. %-10" PRIu64 " pages  %10" PRIu64 "\n",
                      UINT64_C(1) << i, (UINT64_C(2) << i) - 1, report->histogram[i]);
    }
}

/* One look at a database that is opened for it: nobody else is kept out in between. */
static enum outcome look(const struct arguments *arguments, struct output *output,
                         void (*print)(struct output *output, const struct report *report))
{
    struct report report = {.stat.size = sizeof(report.stat)};
    struct session session;
    enum outcome outcome;

    PASS(session_inspect(arguments, &session));
    report.has_runs = arguments->option[OPTION_RUNS] != NULL;
    outcome = read_report(&session, &report);
    if (outcome == OUTCOME_DONE) print(output, &report);
    free(report.snapshots);
    return session_close(&session, outcome);
}

/* For a pipe: what changes, in a line. */
static void print_line(struct output *output, const struct report *report)
{
    const fh_stat_info *stat = &report->stat;

    output_format(output,
                  "transaction %" PRIu64 ": %" PRIu64 " items, %" PRIu64 " pages: %" PRIu64
                  " live, %" PRIu64 " free, %" PRIu64 " pending; file %" PRIu64
                  " bytes, allocated %" PRIu64 "\n",
                  stat->txn_id, stat->item_count, stat->file_pages, stat->live_pages,
                  stat->free_pages, stat->pending_pages, stat->file_bytes, stat->allocated_bytes);
}

/* For a terminal: the report, in the place of the one before. */
static void print_anew(struct output *output, const struct report *report)
{
    output_text(output, "\033[H\033[2J");
    print_report(output, report);
}

static enum outcome watch(const struct arguments *arguments, uint64_t seconds)
{
    int is_json = arguments->option[OPTION_JSON] != NULL;
    struct output output;
    enum outcome outcome = OUTCOME_DONE;

    output_init(&output);
    while (outcome == OUTCOME_DONE && output.error == 0) {
        outcome = look(arguments, &output,
                       is_json                 ? print_json
                       : isatty(STDOUT_FILENO) ? print_anew
                                               : print_line);
        output_flush(&output);
        if (outcome == OUTCOME_DONE) (void)sleep((unsigned)seconds);
    }
    PASS(output_fini(&output));
    return outcome;
}

static enum outcome run(const struct arguments *arguments)
{
    const char *every = arguments->option[OPTION_WATCH];
    uint64_t seconds = 1;
    struct output output;

    if (every != NULL && every[0] != '\0') PASS(arguments_number(every, 0, &seconds));
    if (seconds == 0 || seconds > WATCH_SECONDS_MOST)
        return failure_wrong("--watch", "%s: a number of seconds from 1 to %d", every,
                             WATCH_SECONDS_MOST);
    if (every != NULL) return watch(arguments, seconds);
    output_init(&output);
    PASS(look(arguments, &output,
              arguments->option[OPTION_JSON] != NULL ? print_json : print_report));
    return output_fini(&output);
}

const struct command stat_command = {
    .name = "stat",
    .operands = "DB",
    .summary = "where the space is, and who holds it",
    .details =
        "Fragmentation: the share of free pages outside the largest free run.\n"
        "all = live + free + pending. Pending pages are freed, but a reader or the durable\n"
        "checkpoint may still see them. With --json every number has its name, in bytes\n"
        "unless the name ends in _pages or _count. Readers, growth and peaks are those of\n"
        "one process, since it opened the database: a program asks fh_stat for its own, and\n"
        "here there are those of this look. --watch goes on until it is interrupted.\n",
    .options = ARGUMENTS_TAKE(OPTION_RUNS) | ARGUMENTS_TAKE(OPTION_WATCH) |
               ARGUMENTS_TAKE(OPTION_JSON) | ARGUMENTS_TAKE(OPTION_WITHOUT_LOG),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
