/*
 * match.c - allocators on the same work: ratios of time and memory, row by row.
 *
 * Every run is a process of its own with the allocator in LD_PRELOAD. They take turns inside a
 * round, and another one begins in the next, so that what else the machine does meets all.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "malloc/contenders.h"
#include "malloc/programs.h"
#include "malloc/runner.h"
#include "malloc/tables.h"
#include "stop.h"

static const char usage[] =
    "usage: match --work FILE --programs FOLDER --scratch FOLDER [--freehold FILE.so]\n"
    "             [--rounds N] [--row NAME]... [--allocator NAME]... [--json] [--list]\n"
    "glibc is the base of the ratios; without --row all rows run.\n";

/* Rows that are told in tables of their own, and one that only instructions are counted of. */
static const char give_back_row[] = "give-back";
static const char trivial_row[] = "trivial";
static const char loop_row[] = "pair-loop";

enum { WISHES_MAX = 64, INSTRUCTION_EFFORT = 100000 };

struct wishes {
    const char *work;
    const char *programs;
    const char *scratch;
    const char *freehold;
    const char *rows[WISHES_MAX];
    unsigned row_count;
    const char *allocators[WISHES_MAX];
    unsigned allocator_count;
    unsigned round_count;
    bool is_json;
    bool is_list;
};

static _Noreturn void refuse(const char *what, const char *word)
{
    (void)fprintf(stderr, "bench: %s: %s\n%s", word, what, usage);
    exit(EXIT_USAGE);
}

static void wish(const char **words, unsigned *count, const char *word)
{
    if (*count == WISHES_MAX) refuse("too many", word);
    words[(*count)++] = word;
}

static unsigned read_rounds(const char *word)
{
    char *end = NULL;
    unsigned long number = strtoul(word, &end, 10);

    if (*word < '0' || *word > '9' || *end != '\0' || number == 0 || number > ROUNDS_MAX)
        refuse("wants a number from 1 to 99", word);
    return (unsigned)number;
}

static void take_value(struct wishes *wishes, const char *option, const char *word)
{
    if (strcmp(option, "--work") == 0)
        wishes->work = word;
    else if (strcmp(option, "--programs") == 0)
        wishes->programs = word;
    else if (strcmp(option, "--scratch") == 0)
        wishes->scratch = word;
    else if (strcmp(option, "--freehold") == 0)
        wishes->freehold = word;
    else if (strcmp(option, "--rounds") == 0)
        wishes->round_count = read_rounds(word);
    else if (strcmp(option, "--row") == 0)
        wish(wishes->rows, &wishes->row_count, word);
    else if (strcmp(option, "--allocator") == 0)
        wish(wishes->allocators, &wishes->allocator_count, word);
    else
        refuse("no such option", option);
}

static void read_arguments(struct wishes *wishes, int argument_count, char **arguments)
{
    for (int i = 1; i < argument_count; i++) {
        if (strcmp(arguments[i], "--json") == 0) {
            wishes->is_json = true;
        } else if (strcmp(arguments[i], "--list") == 0) {
            wishes->is_list = true;
        } else if (strcmp(arguments[i], "--help") == 0) {
            (void)fputs(usage, stdout);
            exit(EXIT_SUCCESS);
        } else {
            if (i + 1 == argument_count) refuse("wants a value, or is no option", arguments[i]);
            take_value(wishes, arguments[i], arguments[i + 1]);
            i++;
        }
    }
    if (wishes->work == NULL || wishes->programs == NULL || wishes->scratch == NULL)
        refuse("--work, --programs and --scratch are wanted", "match");
}

static bool is_wished(const struct wishes *wishes, const char *name)
{
    for (unsigned i = 0; i < wishes->row_count; i++)
        if (strcmp(wishes->rows[i], name) == 0) return true;
    return wishes->row_count == 0;
}

static void add_row(struct match *match, const struct wishes *wishes, const char *name,
                    bool is_program)
{
    struct match_row *row = &match->rows[match->row_count];

    if (!is_wished(wishes, name)) return;
    if (match->row_count == MATCH_ROWS_MAX || strlen(name) >= MATCH_NAME_BYTES)
        stop("%s: too many rows, or too long a name", name);
    (void)snprintf(row->name, sizeof(row->name), "%s", name);
    row->is_program = is_program;
    match->row_count++;
}

/* The rows that `work` knows of, then the programs that are here. */
static void add_rows(struct match *match, const struct wishes *wishes)
{
    const char *const words[] = {wishes->work, "--list", NULL};
    char list[RUNNER_ANSWER_BYTES] = "";

    runner_ask(words, match->contenders[0].preload, list);
    for (char *line = strtok(list, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (wishes->is_list) (void)puts(line);
        line[strcspn(line, " ")] = '\0';
        if (strcmp(line, loop_row) != 0) add_row(match, wishes, line, false);
    }
    for (const struct program *program = programs_table; program->name != NULL; program++) {
        if (wishes->is_list) printf("%-16s %s\n", program->name, program->words);
        if (is_wished(wishes, program->name) && programs_is_here(program))
            add_row(match, wishes, program->name, true);
    }
    for (unsigned i = 0; i < wishes->row_count; i++) {
        bool is_there = programs_named(wishes->rows[i]) != NULL;

        for (unsigned row = 0; row < match->row_count; row++)
            is_there = is_there || strcmp(match->rows[row].name, wishes->rows[i]) == 0;
        if (!is_there) refuse("no such row (see --list)", wishes->rows[i]);
    }
}

static struct trial try_once(const struct wishes *wishes, const struct match_row *row,
                             const struct contender *contender)
{
    const struct program *program = programs_named(row->name);

    if (!row->is_program) return runner_work(wishes->work, row->name, contender->preload);
    return runner_program(program->line, program->beside, contender->preload);
}

static void run_row(struct match *match, const struct wishes *wishes, struct match_row *row)
{
    const struct program *program = row->is_program ? programs_named(row->name) : NULL;

    if (program != NULL && program->prepare != NULL &&
        system(program->prepare) != 0) /* NOLINT(cert-env33-c): a fixed line of our own */
        stop("%s: its preparation fails: %s", row->name, program->prepare);
    for (unsigned round = 0; round < match->round_count; round++)
        for (unsigned turn = 0; turn < match->contender_count; turn++) {
            unsigned who = (turn + round) % match->contender_count;

            if (isatty(STDERR_FILENO) == 1)
                (void)fprintf(stderr, "\r%-12s round %u, %-12s", row->name, round + 1,
                              match->contenders[who].name);
            row->trials[who][round] = try_once(wishes, row, &match->contenders[who]);
        }
    if (isatty(STDERR_FILENO) == 1)
        (void)fputs("\r                                        \r", stderr);
}

/* Instructions of `row` at `effort`, as callgrind counts them. */
static double count_instructions(const char *work, const char *row, unsigned effort,
                                 const char *preload)
{
    char number[MATCH_NAME_BYTES];
    char answer[RUNNER_ANSWER_BYTES] = "";
    const char *const words[] = {
        "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", work, row, number, NULL};
    const char *found = NULL;

    (void)snprintf(number, sizeof(number), "%u", effort);
    runner_ask_errors(words, preload, answer);
    found = strstr(answer, "Collected :");
    if (found == NULL) stop("callgrind does not tell what it collected: %s", answer);
    return strtod(found + strlen("Collected :"), NULL);
}

/* What one turn of the loop costs: the difference of two runs. */
static double instructions_each(const char *work, const char *row, const char *preload)
{
    return (count_instructions(work, row, 2 * INSTRUCTION_EFFORT, preload) -
            count_instructions(work, row, INSTRUCTION_EFFORT, preload)) /
           INSTRUCTION_EFFORT;
}

static void print_instructions(const struct match *match, const struct wishes *wishes)
{
    static const char *const rows[] = {"pair-one", "pair"};
    double loop = instructions_each(wishes->work, loop_row, match->contenders[0].preload);

    printf("Instructions of malloc(64) and free together, with their loop; the loop of `pair` and\n"
           "calls that return at once take %.0f of them\n%-10s %9s %9s\n",
           loop, "", rows[0], rows[1]);
    for (unsigned who = 0; who < match->contender_count; who++)
        printf("%-10s %9.1f %9.1f\n", match->contenders[who].name,
               instructions_each(wishes->work, rows[0], match->contenders[who].preload),
               instructions_each(wishes->work, rows[1], match->contenders[who].preload));
    putchar('\n');
}

/* The row of that name leaves the match for a table of its own; NULL if it is not in it. */
static struct match_row *take_out(struct match *match, const char *name)
{
    for (unsigned i = 0; i < match->row_count; i++)
        if (strcmp(match->rows[i].name, name) == 0) {
            struct match_row *last = &match->rows[--match->row_count];
            struct match_row *taken = stop_or_memory(sizeof(*taken));

            *taken = match->rows[i];
            memmove(&match->rows[i], &match->rows[i + 1],
                    (size_t)(last - &match->rows[i]) * sizeof(*last));
            return taken;
        }
    return NULL;
}

static void print_contenders(const struct match *match)
{
    for (unsigned who = 0; who < match->contender_count; who++)
        printf("%-10s %s\n", match->contenders[who].name, match->contenders[who].file);
    printf(
        "\nMultiples of glibc's, below 1 is less; medians of %u rounds; * the best peer's; ! more "
        "than\n1.1 times the best peer's beyond the quartiles of the rounds\n\n",
        match->round_count);
}

static void print_all(struct match *match, const struct wishes *wishes)
{
    struct match_row *give_back = NULL;
    struct match_row *trivial = NULL;

    if (wishes->is_json) {
        for (unsigned i = 0; i < match->row_count; i++)
            tables_print_json(match, &match->rows[i]);
        return;
    }
    give_back = take_out(match, give_back_row);
    trivial = take_out(match, trivial_row);
    if (match->row_count > 0) {
        tables_print_time(match);
        tables_print_memory(match);
    }
    if (give_back != NULL) tables_print_give_back(match, give_back);
    if (trivial != NULL) tables_print_trivial(match, trivial);
    free(give_back);
    free(trivial);
    if (!is_wished(wishes, "pair")) return;
    if (system("command -v valgrind >/dev/null 2>&1") == 0) /* NOLINT(cert-env33-c): fixed */
        print_instructions(match, wishes);
    else
        (void)fputs("bench: no valgrind here: instructions are not counted\n", stderr);
}

int main(int argument_count, char **arguments)
{
    struct wishes wishes = {.round_count = 5};
    struct match match = {.rows = NULL};

    read_arguments(&wishes, argument_count, arguments);
    match.round_count = wishes.round_count;
    match.rows = stop_or_memory(MATCH_ROWS_MAX * sizeof(*match.rows));
    if (setenv("PROGRAMS", wishes.programs, 1) != 0 || setenv("SCRATCH", wishes.scratch, 1) != 0)
        stop("no memory for the environment");
    match.contender_count = contenders_find(wishes.work, wishes.freehold, match.contenders);
    match.contender_count = contenders_choose(match.contenders, match.contender_count,
                                              wishes.allocators, wishes.allocator_count);
    add_rows(&match, &wishes);
    if (wishes.is_list) return EXIT_SUCCESS;
    if (!wishes.is_json) print_contenders(&match);
    for (unsigned i = 0; i < match.row_count; i++)
        run_row(&match, &wishes, &match.rows[i]);
    print_all(&match, &wishes);
    free(match.rows);
    return EXIT_SUCCESS;
}
