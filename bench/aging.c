/*
 * aging.c - what rounds of use do to a file and to its speed, engine by engine.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aging_report.h"
#include "apart.h"
#include "argument.h"
#include "drivers.h"
#include "machine.h"
#include "page.h"
#include "stop.h"

static const char usage[] =
    "usage: aging [--payload MB] [--rounds N] [--seconds N] [--engine NAME]... [--workload "
    "NAME]...\n"
    "             [--sync] [--dir FOLDER] [--json FILE] [--html FILE] [--list]\n"
    "--seconds: the most for one workload on one engine; a round that is not done then is left "
    "out.\n";

enum { WORKLOADS_MAX = 32, LINE_BYTES = 1024 };

struct wishes {
    const struct driver *driver[AGING_ENGINES_MAX];
    const struct ageing_workload *workload[WORKLOADS_MAX];
    unsigned engine_count;
    unsigned workload_count;
    unsigned round_count;
    unsigned seconds_max;
    uint64_t payload_bytes;
    bool always_syncs;
    const char *folder;
    const char *json_path;
    const char *page_path;
};

/* What the process of one engine needs. */
struct turn {
    const struct wishes *wishes;
    const struct ageing_workload *workload;
    const struct driver *driver;
    const char *folder;
};

static void wish_engine(struct wishes *wishes, const char *word)
{
    const struct driver *driver = argument_engine(usage, word);

    if (wishes->engine_count == AGING_ENGINES_MAX) argument_refuse(usage, "too many engines", word);
    wishes->driver[wishes->engine_count++] = driver;
}

static void wish_workload(struct wishes *wishes, const char *word)
{
    const struct ageing_workload *workload = ageing_named(word);

    if (workload == NULL) argument_refuse(usage, "no such workload", word);
    if (wishes->workload_count == WORKLOADS_MAX) argument_refuse(usage, "too many workloads", word);
    wishes->workload[wishes->workload_count++] = workload;
}

static void list_all(void)
{
    argument_list_engines(12);
    for (const struct ageing_workload *row = ageing_table; row->name != NULL; row++)
        printf("workload  %-12s %s\n", row->name, row->words);
}

static void take_value(struct wishes *wishes, const char *option, const char *word)
{
    if (strcmp(option, "--payload") == 0)
        wishes->payload_bytes = argument_number(usage, option, word, 1 << 20) << 20;
    else if (strcmp(option, "--rounds") == 0)
        wishes->round_count = (unsigned)argument_number(usage, option, word, AGEING_ROUNDS_MAX - 2);
    else if (strcmp(option, "--seconds") == 0)
        wishes->seconds_max = (unsigned)argument_number(usage, option, word, 1 << 20);
    else if (strcmp(option, "--engine") == 0)
        wish_engine(wishes, word);
    else if (strcmp(option, "--workload") == 0)
        wish_workload(wishes, word);
    else if (strcmp(option, "--dir") == 0)
        wishes->folder = word;
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
        if (strcmp(arguments[i], "--sync") == 0) {
            wishes->always_syncs = true;
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
    if (wishes->engine_count == 0)
        for (size_t i = 0; drivers_table[i] != NULL; i++)
            if (drivers_table[i]->is_transactional) wish_engine(wishes, drivers_table[i]->name);
    if (wishes->workload_count == 0)
        for (const struct ageing_workload *row = ageing_table; row->name != NULL; row++)
            wish_workload(wishes, row->name);
}

/* ---- Running ---- */

static void grow_old(const void *task, void *answer)
{
    const struct turn *turn = task;
    const struct wishes *wishes = turn->wishes;
    struct ageing ageing = {
        .driver = turn->driver,
        .folder = turn->folder,
        .payload_bytes = wishes->payload_bytes,
        .seconds_max = wishes->seconds_max,
        .durability = driver_promise(turn->driver,
                                     wishes->always_syncs ? DURABILITY_SYNC : DURABILITY_NO_SYNC),
    };

    memset(answer, 0, sizeof(struct ageing_course));
    ageing_open(&ageing, answer);
    turn->workload->run(&ageing, wishes->round_count);
    ageing_close(&ageing);
}

/* False: it was interrupted, or an engine failed; it has said so. */
static bool run_workload(const struct wishes *wishes, const char *place, struct aging_set *set)
{
    char folder[SCRATCH_PATH_BYTES];
    bool is_good = true;

    scratch_join(folder, place, "aging");
    for (unsigned who = 0; is_good && who < set->engine_count; who++) {
        struct turn turn = {.wishes = wishes,
                            .workload = set->workload,
                            .driver = set->driver[who],
                            .folder = folder};

        if (isatty(STDERR_FILENO) == 1)
            (void)fprintf(stderr, "\r%s: %-12s ", set->workload->name, turn.driver->name);
        scratch_make(folder);
        is_good = apart_run(grow_old, &turn, &set->course[who], sizeof(set->course[who]));
        scratch_remove(folder);
    }
    if (isatty(STDERR_FILENO) == 1) (void)fprintf(stderr, "\r%40s\r", "");
    return is_good;
}

static bool run_all(const struct wishes *wishes, FILE *json, FILE *page)
{
    struct aging_set *set = stop_or_memory(sizeof(*set));
    char place[SCRATCH_PATH_BYTES];
    bool is_good = true;

    scratch_new(place, wishes->folder);
    apart_mind_interruption();
    for (unsigned i = 0; is_good && i < wishes->workload_count; i++) {
        memset(set, 0, sizeof(*set));
        set->workload = wishes->workload[i];
        set->engine_count = wishes->engine_count;
        memcpy(set->driver, wishes->driver, sizeof(set->driver));
        is_good = run_workload(wishes, place, set);
        if (!is_good) break;
        aging_report_table(set);
        if (json != NULL) aging_report_json(set, json);
        if (page != NULL) aging_report_page(set, page);
    }
    scratch_remove(place);
    free(set);
    return is_good;
}

/* ---- The page's head ---- */

static FILE *open_page(const struct wishes *wishes, const char *engines)
{
    FILE *page = page_open(wishes->page_path, "bench/aging: files that are used for long");
    struct page_series series = {.count = wishes->engine_count + 1};

    page_text(page, "p", engines);
    page_text(page, "p",
              "The same work on each engine, round after round; everything that is in the database "
              "is compared with what must be there at the end of each. Sizes are what the files "
              "take on the medium.");
    for (unsigned i = 0; i < wishes->engine_count; i++)
        series.name[i] = wishes->driver[i]->name;
    series.name[wishes->engine_count] = "payload";
    if (series.count > PAGE_SERIES_MAX) series.count = PAGE_SERIES_MAX;
    page_legend(page, &series);
    return page;
}

static void write_engines(const struct wishes *wishes, char *line)
{
    size_t at = (size_t)snprintf(line, LINE_BYTES, "payload of %llu MiB; engines:",
                                 (unsigned long long)(wishes->payload_bytes >> 20));

    for (unsigned i = 0; i < wishes->engine_count && at < LINE_BYTES; i++) {
        enum durability promise = driver_promise(
            wishes->driver[i], wishes->always_syncs ? DURABILITY_SYNC : DURABILITY_NO_SYNC);

        at += (size_t)snprintf(line + at, LINE_BYTES - at, "%s %s %s (%s)", i > 0 ? "," : "",
                               wishes->driver[i]->name, wishes->driver[i]->version(),
                               driver_durability_name(promise));
    }
}

int main(int argument_count, char **arguments)
{
    struct wishes wishes = {
        .round_count = 8, .seconds_max = 10, .payload_bytes = UINT64_C(16) << 20, .folder = "."};
    struct machine machine;
    char engines[LINE_BYTES];
    FILE *json = NULL;
    FILE *page = NULL;
    bool is_good = false;

    read_arguments(&wishes, argument_count, arguments);
    machine_measure(&machine, wishes.folder);
    machine_print(&machine, stdout);
    write_engines(&wishes, engines);
    printf(
        "%s\n"
        "scan: its speed in the last round, as a share of that over a fresh load; layout: share\n"
        "of the steps to the next leaf that lead forward by at most 128 KiB; x: files / payload;\n"
        "c: cut after %u s; late: the last commits can be lost with the program, too\n\n",
        engines, wishes.seconds_max);
    if (wishes.json_path != NULL) {
        json = stop_or_open(wishes.json_path, "w");
        machine_print_json(&machine, json);
    }
    if (wishes.page_path != NULL) page = open_page(&wishes, engines);
    is_good = run_all(&wishes, json, page);
    if (page != NULL) page_close(page);
    if (json != NULL && fclose(json) != 0) stop("%s could not be written", wishes.json_path);
    return is_good ? EXIT_SUCCESS : EXIT_STOPPED;
}
