/*
 * space.c - policies of free space and two baselines on the same takes and gives.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "freehold/version.h"
#include "grid.h"
#include "space_report.h"
#include "stop.h"

static const char usage[] =
    "usage: space [--policy NAME]... [--size FREE_RUNS]... [--workload single|runs|traces]...\n"
    "             [--rounds N] [--limit SECONDS] [--memory MB] [--ms N] [--traces FOLDER]\n"
    "             [--json] [--list]\n"
    "A cell that would take more than --limit seconds (5) or --memory (2000) is left out, and\n"
    "the table says so. --ms is how long a round goes on at most (30), in CPU time.\n";

struct wishes {
    struct grid *grid;
    struct rival rivals[RIVALS_MAX]; /* all there are */
    unsigned rival_count;
    bool works[WORK_COUNT];
    bool has_works;
    bool is_json;
};

static _Noreturn void refuse(const char *what, const char *word)
{
    (void)fprintf(stderr, "bench: %s: %s\n%s", word, what, usage);
    exit(EXIT_USAGE);
}

static unsigned read_number(const char *option, const char *word, unsigned largest)
{
    char *end = NULL;
    unsigned long number = strtoul(word, &end, 10);

    if (*word < '0' || *word > '9' || *end != '\0' || number == 0 || number > largest)
        refuse("wants a number, from 1 on and not too large", option);
    return (unsigned)number;
}

static void wish_policy(struct wishes *wishes, const char *word)
{
    struct grid *grid = wishes->grid;

    if (grid->rival_count == RIVALS_MAX) refuse("too many policies", word);
    for (unsigned i = 0; i < wishes->rival_count; i++)
        if (strcmp(wishes->rivals[i].name, word) == 0) {
            grid->rivals[grid->rival_count++] = wishes->rivals[i];
            return;
        }
    refuse("no such policy or baseline (--list shows them)", word);
}

static void wish_size(struct grid *grid, const char *word)
{
    enum { SIZE_MIN = 100, SIZE_MAX_RUNS = 20000000 };
    size_t size = read_number("--size", word, SIZE_MAX_RUNS);

    if (size < SIZE_MIN) refuse("a size of 100 free runs or more", word);
    if (grid->size_count == SIZES_MAX) refuse("too many sizes", word);
    if (grid->size_count > 0 && grid->sizes[grid->size_count - 1] >= size)
        refuse("sizes must ascend", word);
    grid->sizes[grid->size_count++] = size;
}

static void wish_work(struct wishes *wishes, const char *word)
{
    for (unsigned work = 0; work < WORK_COUNT; work++)
        if (strcmp(work_name((enum work)work), word) == 0) {
            wishes->works[work] = true;
            wishes->has_works = true;
            return;
        }
    refuse("no such workload", word);
}

static void list_all(const struct wishes *wishes)
{
    for (unsigned i = 0; i < wishes->rival_count; i++)
        printf("%-12s %s\n", wishes->rivals[i].name, wishes->rivals[i].words);
}

/* An option without a value; false: it is none of these. */
static bool take_flag(struct wishes *wishes, const char *option)
{
    if (strcmp(option, "--json") == 0) {
        wishes->is_json = true;
    } else if (strcmp(option, "--list") == 0) {
        list_all(wishes);
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
    struct grid *grid = wishes->grid;

    if (strcmp(option, "--policy") == 0)
        wish_policy(wishes, word);
    else if (strcmp(option, "--size") == 0)
        wish_size(grid, word);
    else if (strcmp(option, "--workload") == 0)
        wish_work(wishes, word);
    else if (strcmp(option, "--rounds") == 0)
        grid->round_count = read_number(option, word, GRID_ROUNDS_MAX);
    else if (strcmp(option, "--limit") == 0)
        grid->limit_seconds = read_number(option, word, 100000);
    else if (strcmp(option, "--memory") == 0)
        grid->limit_bytes = read_number(option, word, 1 << 20) * UINT64_C(1000000);
    else if (strcmp(option, "--ms") == 0)
        grid->milliseconds = read_number(option, word, 100000);
    else if (strcmp(option, "--traces") == 0)
        grid->traces = word;
    else
        refuse("no such option", option);
}

static void read_arguments(struct wishes *wishes, int argument_count, char **arguments)
{
    struct grid *grid = wishes->grid;

    for (int i = 1; i < argument_count; i++) {
        if (take_flag(wishes, arguments[i])) continue;
        if (i + 1 == argument_count) refuse("wants a value, or is no option", arguments[i]);
        take_value(wishes, arguments[i], arguments[i + 1]);
        i++;
    }
    if (grid->rival_count == 0)
        for (unsigned i = 0; i < wishes->rival_count; i++)
            wish_policy(wishes, wishes->rivals[i].name);
    if (grid->size_count == 0)
        for (size_t size = 1000; grid->size_count < SIZES_MAX; size *= 10)
            grid->sizes[grid->size_count++] = size;
}

int main(int argument_count, char **arguments)
{
    struct grid *grid = stop_or_memory(sizeof(*grid));
    struct wishes wishes = {.grid = grid};

    memset(grid, 0, sizeof(*grid));
    grid->round_count = 5;
    grid->limit_seconds = 5;
    grid->limit_bytes = UINT64_C(2000000000);
    grid->milliseconds = 30;
    grid->traces = "tests/traces";
    grid->is_talkative = isatty(STDERR_FILENO) == 1;
    wishes.rival_count = rival_all(wishes.rivals);
    read_arguments(&wishes, argument_count, arguments);

    if (!wishes.is_json)
        printf("freehold %s, medians of %u rounds\n\n", FH_VERSION_TEXT, grid->round_count);
    for (unsigned work = 0; work < WORK_COUNT; work++) {
        if (wishes.has_works && !wishes.works[work]) continue;
        grid_run(grid, (enum work)work);
        if (wishes.is_json)
            space_report_json(grid, (enum work)work);
        else
            space_report_table(grid, (enum work)work);
    }
    free(grid);
    return EXIT_SUCCESS;
}
