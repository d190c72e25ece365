/*
 * kv.c - storage engines on the same work: ratios of time and size, row by row.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "argument.h"
#include "contest.h"
#include "drivers.h"
#include "kv_page.h"
#include "machine.h"
#include "page.h"
#include "report.h"
#include "stop.h"

static const char usage[] =
    "usage: kv [--items N | --payload MB] [--rounds N] [--batch N] [--value BYTES]\n"
    "          [--keys binary|url|both] [--engine NAME]... [--workload NAME]... [--sync]\n"
    "          [--seconds N] [--large-mb N] [--warm-mb N] [--dir FOLDER]\n"
    "          [--json FILE] [--html FILE] [--list]\n"
    "The first engine is the base of the ratios; naming one twice shows the noise.\n";

enum { BINARY_KEY_BYTES = 16 };

struct wishes {
    struct contest *contest;
    bool keys[KEY_KIND_COUNT];
    uint64_t payload_megabytes; /* 0: items are counted */
    const char *json_path;
    const char *page_path;
};

static void wish_keys(struct wishes *wishes, const char *word)
{
    bool is_known = strcmp(word, "both") == 0;

    for (int kind = 0; kind < KEY_KIND_COUNT; kind++) {
        wishes->keys[kind] =
            strcmp(word, "both") == 0 || strcmp(word, items_kind_name((enum key_kind)kind)) == 0;
        is_known = is_known || wishes->keys[kind];
    }
    if (!is_known) argument_refuse(usage, "no such kind of keys", word);
}

static void wish_engine(struct contest *contest, const char *word)
{
    const struct driver *driver = drivers_named(word);

    if (driver == NULL) argument_refuse(usage, "no such engine in this build", word);
    contest_add(contest, driver);
}

static void list_all(void)
{
    for (size_t i = 0; drivers_table[i] != NULL; i++)
        printf("engine    %-15s %s\n", drivers_table[i]->name, drivers_table[i]->version());
    for (size_t i = 0; drivers_absent[i] != NULL; i++)
        printf("left out  %-15s its library was not there\n", drivers_absent[i]);
    for (const struct workload *row = workload_table; row->name != NULL; row++)
        printf("workload  %-15s %s\n", row->name, row->words);
}

/* An option without a value; false: it is none of these. */
static bool take_flag(struct wishes *wishes, const char *option)
{
    if (strcmp(option, "--sync") == 0) {
        wishes->contest->always_syncs = true;
    } else if (strcmp(option, "--list") == 0) {
        list_all();
        exit(EXIT_SUCCESS);
    } else if (strcmp(option, "--help") == 0) {
        (void)fputs(usage, stdout);
        exit(EXIT_SUCCESS);
    } else {
        return false;
    }
    return true;
}

/* False: it is none of these. */
static bool take_number(struct wishes *wishes, const char *option, const char *word)
{
    struct contest *contest = wishes->contest;

    if (strcmp(option, "--items") == 0)
        contest->item_count = (size_t)argument_number(usage, option, word, UINT32_MAX);
    else if (strcmp(option, "--payload") == 0)
        wishes->payload_megabytes = argument_number(usage, option, word, 1 << 20);
    else if (strcmp(option, "--rounds") == 0)
        contest->round_count = (unsigned)argument_number(usage, option, word, ROUNDS_MAX);
    else if (strcmp(option, "--batch") == 0)
        contest->batch_count = argument_number(usage, option, word, UINT32_MAX);
    else if (strcmp(option, "--value") == 0)
        contest->value_size = (uint32_t)argument_number(usage, option, word, ITEMS_VALUE_MAX);
    else if (strcmp(option, "--seconds") == 0)
        contest->seconds_max = (unsigned)argument_number(usage, option, word, 1 << 20);
    else if (strcmp(option, "--large-mb") == 0)
        contest->large_bytes = argument_number(usage, option, word, 1 << 20) << 20;
    else if (strcmp(option, "--warm-mb") == 0)
        contest->warm_megabytes = (unsigned)argument_number(usage, option, word, 1 << 16);
    else
        return false;
    return true;
}

static void take_word(struct wishes *wishes, const char *option, const char *word)
{
    if (strcmp(option, "--keys") == 0)
        wish_keys(wishes, word);
    else if (strcmp(option, "--engine") == 0)
        wish_engine(wishes->contest, word);
    else if (strcmp(option, "--workload") == 0) {
        if (!contest_add_row(wishes->contest, word))
            argument_refuse(usage, "no such workload, or too many", word);
    } else if (strcmp(option, "--dir") == 0)
        wishes->contest->folder = word;
    else if (strcmp(option, "--json") == 0)
        wishes->json_path = word;
    else if (strcmp(option, "--html") == 0)
        wishes->page_path = word;
    else
        argument_refuse(usage, "no such option", option);
}

static void read_arguments(struct wishes *wishes, int argument_count, char **arguments)
{
    struct contest *contest = wishes->contest;

    for (int i = 1; i < argument_count; i++) {
        if (take_flag(wishes, arguments[i])) continue;
        if (i + 1 == argument_count)
            argument_refuse(usage, "wants a value, or is no option", arguments[i]);
        if (!take_number(wishes, arguments[i], arguments[i + 1]))
            take_word(wishes, arguments[i], arguments[i + 1]);
        i++;
    }
    if (contest->contestant_count == 0)
        for (size_t i = 0; drivers_table[i] != NULL; i++)
            contest_add(contest, drivers_table[i]);
    if (contest->row_count == 0) contest_add_all_rows(contest);
    if (wishes->payload_megabytes > 0)
        contest->item_count =
            (size_t)((wishes->payload_megabytes << 20) / (contest->value_size + BINARY_KEY_BYTES));
}

/* "engines: lmdb LMDB 0.9.24, ...": borrowed until the next call. */
static const char *engines_line(const struct contest *contest)
{
    static char line[1024];
    size_t at = (size_t)snprintf(line, sizeof(line), "engines:");

    for (unsigned i = 0; i < contest->contestant_count && at < sizeof(line); i++)
        at += (size_t)snprintf(line + at, sizeof(line) - at, "%s %s (%s)", i > 0 ? "," : "",
                               contest->contestants[i].label,
                               contest->contestants[i].driver->version());
    for (size_t i = 0; drivers_absent[i] != NULL && at < sizeof(line); i++)
        at += (size_t)snprintf(
            line + at, sizeof(line) - at, "%s %s",
            i > 0 ? "," : "; left out, their libraries were not there:", drivers_absent[i]);
    return line;
}

static bool run_kinds(const struct wishes *wishes, FILE *json, FILE *page)
{
    for (int kind = 0; kind < KEY_KIND_COUNT; kind++) {
        if (!wishes->keys[kind]) continue;
        if (!contest_run(wishes->contest, (enum key_kind)kind)) return false;
        report_table(wishes->contest);
        if (json != NULL) report_json(wishes->contest, json);
        if (json != NULL) (void)fflush(json);
        if (page != NULL) kv_page_add(page, wishes->contest);
    }
    return true;
}

int main(int argument_count, char **arguments)
{
    struct contest *contest = stop_or_memory(sizeof(*contest));
    struct wishes wishes = {.contest = contest, .keys = {true, true}};
    struct machine machine;
    FILE *json = NULL;
    FILE *page = NULL;
    bool is_good = false;

    contest_init(contest);
    contest->is_talkative = isatty(STDERR_FILENO) == 1;
    read_arguments(&wishes, argument_count, arguments);
    if (wishes.json_path != NULL) json = stop_or_open(wishes.json_path, "w");
    if (wishes.page_path != NULL)
        page = page_open(wishes.page_path, "bench/kv: storage engines on the same work");
    machine_measure(&machine, contest->folder);
    printf("%s\n", engines_line(contest));
    machine_print(&machine, stdout);
    putchar('\n');
    if (json != NULL) machine_print_json(&machine, json);
    if (page != NULL) kv_page_head(page, &machine, engines_line(contest));
    is_good = run_kinds(&wishes, json, page);
    if (page != NULL) page_close(page);
    if (json != NULL && fclose(json) != 0) stop("%s could not be written", wishes.json_path);
    free(contest);
    return is_good ? EXIT_SUCCESS : EXIT_STOPPED;
}
