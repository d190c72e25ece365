/*
 * bench.c - freehold bench: the benches' own rows, on Freehold alone.
 *
 * What the rows are, how they are run and how they are printed is bench/kit's.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contest.h"
#include "machine.h"
#include "report.h"

#include "command.h"
#include "failure.h"

/* So that nobody waits for minutes who only wants to see it. */
enum { ITEMS_DEFAULT = 100000, ROUNDS_DEFAULT = 3, SECONDS_DEFAULT = 2 };

static const uint64_t large_bytes = UINT64_C(32) << 20;

static enum outcome read_number(const struct arguments *arguments, enum option option,
                                uint64_t largest, uint64_t *number)
{
    const char *text = arguments->option[option];

    if (text == NULL) return OUTCOME_DONE;
    PASS(arguments_number(text, 1, number));
    if (*number == 0 || *number > largest)
        return failure_wrong(text, "must be from 1 to %llu", (unsigned long long)largest);
    return OUTCOME_DONE;
}

/* Cuts `list` at its commas, in place; NULL: all rows. */
static enum outcome read_rows(char *list, struct contest *contest)
{
    if (list == NULL) contest_add_all_rows(contest);
    while (list != NULL) {
        char *comma = strchr(list, ',');

        if (comma != NULL) *comma = '\0';
        if (!contest_add_row(contest, list))
            return failure_wrong("--rows",
                                 "%s: no such row, or too many (see: freehold bench --help)", list);
        list = comma != NULL ? comma + 1 : NULL;
    }
    return OUTCOME_DONE;
}

static enum outcome read_wishes(const struct arguments *arguments, struct contest *contest)
{
    uint64_t item_count = ITEMS_DEFAULT;
    uint64_t round_count = ROUNDS_DEFAULT;

    PASS(read_number(arguments, OPTION_ITEMS, UINT32_MAX, &item_count));
    PASS(read_number(arguments, OPTION_ROUNDS, ROUNDS_MAX, &round_count));
    contest_init(contest);
    contest->item_count = (size_t)item_count;
    contest->round_count = (unsigned)round_count;
    contest->seconds_max = SECONDS_DEFAULT;
    contest->large_bytes = large_bytes;
    contest->is_talkative = isatty(STDERR_FILENO) == 1;
    if (arguments->operand_count > 0) contest->folder = arguments->operand[0];
    if (access(contest->folder, W_OK | X_OK) != 0)
        return failure_wrong(contest->folder, "no folder that may be written to");
    contest_add(contest, &driver_freehold);
    return read_rows(arguments->option[OPTION_ROWS], contest);
}

static enum outcome measure(const struct arguments *arguments, struct contest *contest)
{
    bool is_json = arguments->option[OPTION_JSON] != NULL;
    struct machine machine;

    machine_measure(&machine, contest->folder);
    if (is_json) {
        machine_print_json(&machine, stdout);
    } else {
        machine_print(&machine, stdout);
        putchar('\n');
    }
    /* Whoever failed there has said so. */
    if (!contest_run(contest, KEY_BINARY)) return OUTCOME_FAILED;
    if (is_json)
        report_json(contest, stdout);
    else
        report_table(contest);
    return fflush(stdout) == 0 ? OUTCOME_DONE : failure_wrong("standard output", "write failed");
}

static enum outcome run(const struct arguments *arguments)
{
    struct contest *contest = malloc(sizeof(*contest));
    enum outcome outcome = OUTCOME_DONE;

    if (contest == NULL) return failure_memory("bench");
    outcome = read_wishes(arguments, contest);
    if (outcome == OUTCOME_DONE) outcome = measure(arguments, contest);
    free(contest);
    return outcome;
}

const struct command bench_command = {
    .name = "bench",
    .operands = "[FOLDER]",
    .summary = "measure reads, writes and commits on this machine",
    .details =
        "Makes databases in a new folder in FOLDER (default: here) and removes them. Numbers: CPU\n"
        "and wall time for an operation, medians of the rounds; every row checks its answers. "
        "What\n"
        "the machine can do at best stands above. 16-byte keys, 100-byte values, transactions of\n"
        "1000 items but where the name says 1. Rows: load fill-seq fill-seq-sync fill-seq-1\n"
        "fill-rand-sync fill-rand-1 fill-rand read-rand read-rand-2t read-many read-txn\n"
        "read-txn-2t read-missing read-missing-2t scan range-100 open-cold open-killed overwrite\n"
        "mix-95-5 mix-50-50 put-sync delete-rand overwrite-64k get-64k overwrite-1m get-1m.\n",
    .options = ARGUMENTS_TAKE(OPTION_ITEMS) | ARGUMENTS_TAKE(OPTION_ROUNDS) |
               ARGUMENTS_TAKE(OPTION_ROWS) | ARGUMENTS_TAKE(OPTION_JSON),
    .operands_min = 0,
    .operands_max = 1,
    .run = run,
};
