/*
 * kv.c - storage engines on the same work: ratios of time and size, row by row.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contest.h"
#include "report.h"
#include "stop.h"

static const char usage[] =
    "usage: kv [--items N] [--rounds N] [--batch N] [--value BYTES] [--keys binary|url|both]\n"
    "          [--engine NAME]... [--workload NAME]... [--no-sync] [--warm-mb N] [--dir FOLDER]\n"
    "          [--json] [--list]\n"
    "The first engine is the base of the ratios; naming one twice shows the noise.\n";

struct wishes {
    struct contest *contest;
    const struct driver *drivers[CONTESTANTS_MAX];
    unsigned driver_count;
    bool keys[KEY_KIND_COUNT];
    bool is_json;
    const char *folder;
};

static _Noreturn void refuse(const char *what, const char *word)
{
    (void)fprintf(stderr, "bench: %s: %s\n%s", word, what, usage);
    exit(EXIT_USAGE);
}

static uint64_t read_number(const char *option, const char *word, uint64_t largest)
{
    char *end = NULL;
    unsigned long long number = strtoull(word, &end, 10);

    if (*word < '0' || *word > '9' || *end != '\0' || number == 0 || number > largest)
        refuse("wants a number, from 1 on and not too large", option);
    return number;
}

static void wish_keys(struct wishes *wishes, const char *word)
{
    bool is_known = strcmp(word, "both") == 0;

    for (int kind = 0; kind < KEY_KIND_COUNT; kind++) {
        wishes->keys[kind] =
            strcmp(word, "both") == 0 || strcmp(word, items_kind_name((enum key_kind)kind)) == 0;
        is_known = is_known || wishes->keys[kind];
    }
    if (!is_known) refuse("no such kind of keys", word);
}

static void wish_engine(struct wishes *wishes, const char *word)
{
    const struct driver *driver = driver_named(word);

    if (driver == NULL) refuse("no such engine in this build", word);
    if (wishes->driver_count == CONTESTANTS_MAX) refuse("too many engines", word);
    wishes->drivers[wishes->driver_count++] = driver;
}

static void wish_workload(struct contest *contest, const char *word)
{
    const struct workload *workload = workload_named(word);

    if (workload == NULL) refuse("no such workload", word);
    if (contest->row_count == ROWS_MAX) refuse("too many workloads", word);
    contest->rows[contest->row_count++] = workload;
}

static void list_all(void)
{
    for (size_t i = 0; driver_table[i] != NULL; i++)
        printf("engine    %-15s %s\n", driver_table[i]->name, driver_table[i]->version());
    for (const struct workload *row = workload_table; row->name != NULL; row++)
        printf("workload  %-15s %s\n", row->name, row->words);
}

/* An option without a value; false: it is none of these. */
static bool take_flag(struct wishes *wishes, const char *option)
{
    if (strcmp(option, "--json") == 0) {
        wishes->is_json = true;
    } else if (strcmp(option, "--no-sync") == 0) {
        wishes->contest->durability = DURABILITY_NO_SYNC;
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

static void take_value(struct wishes *wishes, const char *option, const char *word)
{
    struct contest *contest = wishes->contest;

    if (strcmp(option, "--items") == 0)
        contest->item_count = (size_t)read_number(option, word, UINT32_MAX);
    else if (strcmp(option, "--rounds") == 0)
        contest->round_count = (unsigned)read_number(option, word, ROUNDS_MAX);
    else if (strcmp(option, "--batch") == 0)
        contest->batch_count = read_number(option, word, UINT32_MAX);
    else if (strcmp(option, "--value") == 0)
        contest->value_size = (uint32_t)read_number(option, word, 1 << 19);
    else if (strcmp(option, "--warm-mb") == 0)
        contest->warm_megabytes = (unsigned)read_number(option, word, 1 << 16);
    else if (strcmp(option, "--keys") == 0)
        wish_keys(wishes, word);
    else if (strcmp(option, "--engine") == 0)
        wish_engine(wishes, word);
    else if (strcmp(option, "--workload") == 0)
        wish_workload(contest, word);
    else if (strcmp(option, "--dir") == 0)
        wishes->folder = word;
    else
        refuse("no such option", option);
}

static void read_arguments(struct wishes *wishes, int argument_count, char **arguments)
{
    for (int i = 1; i < argument_count; i++) {
        if (take_flag(wishes, arguments[i])) continue;
        if (i + 1 == argument_count) refuse("wants a value, or is no option", arguments[i]);
        take_value(wishes, arguments[i], arguments[i + 1]);
        i++;
    }
    if (wishes->driver_count == 0)
        for (size_t i = 0; driver_table[i] != NULL; i++)
            wish_engine(wishes, driver_table[i]->name);
    if (wishes->contest->row_count == 0)
        for (const struct workload *row = workload_table; row->name != NULL; row++)
            wish_workload(wishes->contest, row->name);
    for (unsigned i = 0; i < wishes->driver_count; i++)
        if ((wishes->drivers[i]->durabilities & (unsigned)wishes->contest->durability) == 0)
            refuse("this engine cannot leave out the sync", wishes->drivers[i]->name);
}

static void print_versions(const struct wishes *wishes)
{
    (void)fputs("engines:", stdout);
    for (unsigned i = 0; i < wishes->driver_count; i++)
        printf("%s %s (%s)", i > 0 ? "," : "", wishes->drivers[i]->name,
               wishes->drivers[i]->version());
    puts("\nx = multiple of the first engine's, below 1 is less; median of the rounds' ratios\n");
}

static void run_keys(const struct wishes *wishes, enum key_kind kind)
{
    struct course course;

    course_init(&course, kind, wishes->contest->item_count, wishes->contest->value_size);
    contest_run(wishes->contest, &course);
    if (wishes->is_json)
        report_json(wishes->contest, kind);
    else
        report_table(wishes->contest, kind);
    course_fini(&course);
}

int main(int argument_count, char **arguments)
{
    struct contest *contest = stop_or_memory(sizeof(*contest));
    struct wishes wishes = {.contest = contest, .keys = {true, true}, .folder = "."};

    memset(contest, 0, sizeof(*contest));
    contest->item_count = 300000;
    contest->round_count = 5;
    contest->batch_count = 10000;
    contest->value_size = 100;
    contest->warm_megabytes = 256;
    contest->durability = DURABILITY_SYNC;
    contest->is_talkative = isatty(STDERR_FILENO) == 1;
    read_arguments(&wishes, argument_count, arguments);
    for (unsigned i = 0; i < wishes.driver_count; i++)
        contest_add(contest, wishes.drivers[i], wishes.folder);
    if (!wishes.is_json) print_versions(&wishes);
    for (int kind = 0; kind < KEY_KIND_COUNT; kind++)
        if (wishes.keys[kind]) run_keys(&wishes, (enum key_kind)kind);
    free(contest);
    return EXIT_SUCCESS;
}
