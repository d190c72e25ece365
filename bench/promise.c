/*
 * promise.c - what is promised of the file, measured line by line, peers beside it.
 *
 * Ends with 0 when every promise was kept, with 1 when one was not.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "argument.h"
#include "drivers.h"
#include "machine.h"
#include "page.h"
#include "promise_lines.h"
#include "stop.h"

static const char usage[] =
    "usage: promise [--payload MB] [--rounds N] [--free-pages N] [--seconds N] [--run NAME]...\n"
    "               [--engine NAME]... [--no-peers] [--dir FOLDER] [--json FILE] [--html FILE]\n"
    "               [--list]\n"
    "--seconds: the most for one run of one engine. --engine: a peer; all there are, if none is\n"
    "named.\n";

struct wishes {
    struct promise_options options;
    bool has_named_runs;
    bool has_named_peers;
    const char *json_path;
    const char *page_path;
};

static void wish_peer(struct wishes *wishes, const char *word)
{
    const struct driver *driver = argument_engine(usage, word);

    wishes->has_named_peers = true;
    if (driver == &driver_freehold) return; /* it is always there */
    if (wishes->options.engine_count == AGING_ENGINES_MAX)
        argument_refuse(usage, "too many engines", word);
    wishes->options.driver[wishes->options.engine_count++] = driver;
}

/* What is compared with another run brings that with it. */
static void wish_run(struct wishes *wishes, const char *word)
{
    bool *wants = wishes->options.wants;
    unsigned no = 0;

    while (no < RUN_COUNT && strcmp(promise_run_name(no), word) != 0)
        no++;
    if (no == RUN_COUNT) argument_refuse(usage, "no such run", word);
    wishes->has_named_runs = true;
    wants[no] = true;
    if (no == RUN_CHURN_STILL) wants[RUN_CHURN] = true;
    if (no == RUN_WORKED_ON || no == RUN_WORKED_ON_STILL)
        wants[RUN_WORKED_ON] = wants[RUN_WORKED_ON_STILL] = true;
}

static void list_all(void)
{
    argument_list_engines(16);
    for (unsigned no = 0; no < RUN_COUNT; no++)
        printf("run       %-16s %s\n", promise_run_name(no), promise_run_words(no));
}

static void take_value(struct wishes *wishes, const char *option, const char *word)
{
    struct promise_options *options = &wishes->options;

    if (strcmp(option, "--payload") == 0)
        options->payload_bytes = argument_number(usage, option, word, 1 << 20) << 20;
    else if (strcmp(option, "--rounds") == 0)
        options->round_count =
            (unsigned)argument_number(usage, option, word, AGEING_ROUNDS_MAX - 2);
    else if (strcmp(option, "--free-pages") == 0)
        options->free_pages = argument_number(usage, option, word, 1 << 30);
    else if (strcmp(option, "--seconds") == 0)
        options->seconds_max = (unsigned)argument_number(usage, option, word, 1 << 20);
    else if (strcmp(option, "--run") == 0)
        wish_run(wishes, word);
    else if (strcmp(option, "--engine") == 0)
        wish_peer(wishes, word);
    else if (strcmp(option, "--dir") == 0)
        options->folder = word;
    else if (strcmp(option, "--json") == 0)
        wishes->json_path = word;
    else if (strcmp(option, "--html") == 0)
        wishes->page_path = word;
    else
        argument_refuse(usage, "no such option", option);
}

static void read_arguments(struct wishes *wishes, int argument_count, char **arguments)
{
    for (int i = 1; i < argument_count; i++) {
        if (strcmp(arguments[i], "--no-peers") == 0) {
            wishes->has_named_peers = true;
        } else if (strcmp(arguments[i], "--list") == 0) {
            list_all();
            exit(EXIT_SUCCESS);
        } else if (strcmp(arguments[i], "--help") == 0) {
            (void)fputs(usage, stdout);
            exit(EXIT_SUCCESS);
        } else if (i + 1 == argument_count) {
            argument_refuse(usage, "wants a value, or is no option", arguments[i]);
        } else {
            take_value(wishes, arguments[i], arguments[i + 1]);
            i++;
        }
    }
    for (size_t i = 0; !wishes->has_named_peers && drivers_table[i] != NULL; i++)
        if (drivers_table[i]->is_transactional && drivers_table[i] != &driver_freehold)
            wishes->options.driver[wishes->options.engine_count++] = drivers_table[i];
    for (unsigned no = 0; !wishes->has_named_runs && no < RUN_COUNT; no++)
        wishes->options.wants[no] = true;
}

/* ---- Files ---- */

static void write_json(const struct wishes *wishes, const struct machine *machine,
                       const struct promise_results *results)
{
    FILE *json = stop_or_open(wishes->json_path, "w");

    machine_print_json(machine, json);
    promise_lines_json(&wishes->options, results, json);
    for (unsigned no = 0; no < RUN_COUNT; no++)
        aging_report_json(&results->set[no], json);
    if (fclose(json) != 0) stop("%s could not be written", wishes->json_path);
}

static void write_page(const struct wishes *wishes, const struct promise_results *results)
{
    static const enum promise_run_no drawn[] = {RUN_CHURN, RUN_READER, RUN_EMPTIED, RUN_PRUNED};
    const struct promise_options *options = &wishes->options;
    FILE *page = page_open(wishes->page_path, "bench/promise: what is promised of the file");
    struct page_series series = {.count = options->engine_count};

    for (unsigned i = 0; i < options->engine_count; i++)
        series.name[i] = options->driver[i]->name;
    if (series.count < PAGE_SERIES_MAX) series.name[series.count++] = "payload";
    page_legend(page, &series);
    for (size_t i = 0; i < sizeof(drawn) / sizeof(drawn[0]); i++)
        if (options->wants[drawn[i]]) aging_report_page(&results->set[drawn[i]], page);
    page_close(page);
}

int main(int argument_count, char **arguments)
{
    struct wishes wishes = {.options = {.driver = {&driver_freehold},
                                        .engine_count = 1,
                                        .payload_bytes = UINT64_C(64) << 20,
                                        .free_pages = 100000,
                                        .round_count = 20,
                                        .seconds_max = 60,
                                        .is_talkative = isatty(STDERR_FILENO) == 1,
                                        .folder = "."}};
    struct promise_results *results = stop_or_memory(sizeof(*results));
    struct promise_verdict verdict;
    struct machine machine;

    read_arguments(&wishes, argument_count, arguments);
    machine_measure(&machine, wishes.options.folder);
    machine_print(&machine, stdout);
    printf("payload of %llu MiB, %llu free pages; c: cut after %u s, its last round is an earlier "
           "one\n",
           (unsigned long long)(wishes.options.payload_bytes >> 20),
           (unsigned long long)wishes.options.free_pages, wishes.options.seconds_max);
    (void)fflush(stdout);
    if (!promise_run_all(&wishes.options, results)) return EXIT_STOPPED;
    verdict = promise_lines_print(&wishes.options, results, true, stdout);
    if (wishes.json_path != NULL) write_json(&wishes, &machine, results);
    if (wishes.page_path != NULL) write_page(&wishes, results);
    free(results);
    return verdict.broken_count > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
