/*
 * lab.c - freehold lab: the policy laboratory.
 *
 * Requests are numbered, failed ones too, and freed by number: a number is only another
 * name of the address that the request got, so a number that is freed twice frees whatever
 * lies there by then. That is the textbook's rule. Recorded traces: lab_trace.c.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "freehold/lab.h"

#include "command.h"
#include "failure.h"
#include "json.h"
#include "lab_freelist.h"
#include "lab_trace.h"

struct op {
    const char *text; /* "+10", as it was given */
    uint64_t number;
    uint64_t searched;
    fh_status status;
};

struct lab_session {
    fh_lab *lab;
    struct op *ops;
    size_t op_count;
    uint64_t *address; /* of each request; NO_ADDRESS of one that failed */
    size_t request_count;
    fh_lab_run *runs;
    size_t run_capacity;
    size_t run_count;
};

#define NO_ADDRESS UINT64_MAX

static enum outcome read_number(const struct arguments *arguments, enum option option,
                                const char *name, uint64_t *ret_number)
{
    const char *text = arguments->option[option];

    if (text == NULL) return failure_wrong("lab", "%s is missing (see: freehold lab --help)", name);
    return arguments_number(text, option == OPTION_SIZE, ret_number);
}

static enum outcome read_options(const struct arguments *arguments, fh_lab_options *options)
{
    const char *align = arguments->option[OPTION_ALIGN];

    options->policy = arguments->option[OPTION_LAB_POLICY];
    options->order = arguments->option[OPTION_ORDER];
    options->coalesces = arguments->option[OPTION_COALESCE] != NULL;
    if (options->policy == NULL)
        return failure_wrong("lab", "--policy is missing (see: freehold lab --help)");
    PASS(read_number(arguments, OPTION_SIZE, "--size", &options->heap_bytes));
    PASS(read_number(arguments, OPTION_BASE, "--base", &options->base_address));
    PASS(read_number(arguments, OPTION_HEADER, "--header", &options->header_bytes));
    if (align == NULL || strcmp(align, "-1") != 0) {
        PASS(read_number(arguments, OPTION_ALIGN, "--align", &options->align_bytes));
        if (options->align_bytes == 0)
            return failure_wrong("--align", "must be -1 (off) or more than 0");
    }
    if (arguments->option[OPTION_MIN_BLOCK] == NULL) return OUTCOME_DONE;
    PASS(read_number(arguments, OPTION_MIN_BLOCK, "--min-block", &options->min_block_bytes));
    if (options->min_block_bytes == 0)
        return failure_wrong("--min-block", "must be a power of two");
    return OUTCOME_DONE;
}

static enum outcome read_op(const char *text, struct op *op)
{
    size_t digit_count = text[0] == '\0' ? 0 : strspn(text + 1, "0123456789");

    if ((text[0] != '+' && text[0] != '-') || digit_count == 0 || text[1 + digit_count] != '\0')
        return failure_wrong(
            "--ops", "\"%s\" is no operation (+N allocates, -K frees, commas between)", text);
    op->text = text;
    PASS(arguments_number(text + 1, 0, &op->number));
    if (text[0] == '+' && op->number == 0)
        return failure_wrong("--ops", "%s: a request for no bytes", text);
    return OUTCOME_DONE;
}

/* Cuts `list` at its commas, in place. */
static enum outcome read_ops(char *list, struct lab_session *session)
{
    size_t op_count = 1;

    for (const char *at = list; *at != '\0'; at++)
        op_count += *at == ',';
    session->ops = calloc(op_count, sizeof(*session->ops));
    session->address = calloc(op_count, sizeof(*session->address));
    if (session->ops == NULL || session->address == NULL) return failure_memory("lab");
    while (session->op_count < op_count) {
        char *comma = strchr(list, ',');

        if (comma != NULL) *comma = '\0';
        PASS(read_op(list, &session->ops[session->op_count]));
        session->op_count++;
        if (comma != NULL) list = comma + 1;
    }
    return OUTCOME_DONE;
}

/* The free list as it is now. */
static enum outcome read_runs(struct lab_session *session)
{
    fh_status status =
        fh_lab_walk(session->lab, session->runs, session->run_capacity, &session->run_count);

    if (status == FH_OK && session->run_count > session->run_capacity) {
        size_t capacity = 2 * session->run_count;
        fh_lab_run *runs = realloc(session->runs, capacity * sizeof(*runs));

        if (runs == NULL) return failure_memory("lab");
        session->runs = runs;
        session->run_capacity = capacity;
        status = fh_lab_walk(session->lab, runs, capacity, &session->run_count);
    }
    return status == FH_OK ? OUTCOME_DONE : failure_status("lab", status);
}

static void print_json(struct output *output, const struct lab_session *session,
                       const struct op *op, uint64_t address)
{
    struct json json;

    json_init(&json, output);
    json_object_begin(&json, NULL);
    json_text(&json, "op", op->text);
    if (op->text[0] == '+') {
        json_signed(&json, "addr", op->status == FH_OK ? (int64_t)address : -1);
        json_number(&json, "searched", op->searched);
    } else {
        json_signed(&json, "rc", op->status == FH_OK ? 0 : -1);
    }
    json_array_begin(&json, "free");
    for (size_t i = 0; i < session->run_count; i++) {
        json_array_begin(&json, NULL);
        json_number(&json, NULL, session->runs[i].address);
        json_number(&json, NULL, session->runs[i].bytes);
        json_array_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
    json_line_end(&json);
}

static void print_text(struct output *output, const struct lab_session *session,
                       const struct op *op, uint64_t address)
{
    uint64_t free_bytes = 0;
    uint64_t largest_bytes = 0;

    for (size_t i = 0; i < session->run_count; i++) {
        free_bytes += session->runs[i].bytes;
        if (session->runs[i].bytes > largest_bytes) largest_bytes = session->runs[i].bytes;
    }
    if (op->text[0] == '-')
        output_format(output, "%s -> %s", op->text, op->status == FH_OK ? "freed" : "refused");
    else if (op->status == FH_OK)
        output_format(output, "%s -> %" PRIu64, op->text, address);
    else
        output_format(output, "%s -> none", op->text);
    if (op->text[0] == '+') output_format(output, "; searched %" PRIu64, op->searched);
    output_format(output, "; free %" PRIu64 ", largest %" PRIu64 ":", free_bytes, largest_bytes);
    for (size_t i = 0; i < session->run_count; i++)
        output_format(output, " %" PRIu64 "+%" PRIu64, session->runs[i].address,
                      session->runs[i].bytes);
    output_char(output, '\n');
}

/* Carries out one operation; that the simulated heap refuses it is a result like any other. */
static enum outcome run_op(struct lab_session *session, struct op *op, uint64_t *ret_address)
{
    uint64_t address = NO_ADDRESS;

    if (op->text[0] == '+') {
        op->status = fh_lab_alloc(session->lab, op->number, &address, &op->searched);
        session->address[session->request_count++] = address;
    } else {
        if (op->number < session->request_count) address = session->address[op->number];
        op->status = address == NO_ADDRESS ? FH_NOT_FOUND : fh_lab_free(session->lab, address);
    }
    if (op->status != FH_OK && op->status != FH_NO_SPACE && op->status != FH_NOT_FOUND)
        return failure_status("lab", op->status);
    *ret_address = address;
    return read_runs(session);
}

static enum outcome run_ops(const struct arguments *arguments, struct lab_session *session,
                            struct output *output)
{
    for (size_t i = 0; i < session->op_count; i++) {
        struct op *op = &session->ops[i];
        uint64_t address = NO_ADDRESS;

        PASS(run_op(session, op, &address));
        if (arguments->option[OPTION_JSON] != NULL)
            print_json(output, session, op, address);
        else
            print_text(output, session, op, address);
    }
    return OUTCOME_DONE;
}

static enum outcome simulate(const struct arguments *arguments, const fh_lab_options *options,
                             struct lab_session *session)
{
    fh_status status;
    struct output output;
    enum outcome outcome;
    enum outcome written;

    PASS(read_ops(arguments->option[OPTION_OPS], session));
    status = fh_lab_new(options, &session->lab);
    if (status == FH_INVALID) return failure_wrong("lab", "%s", fh_note());
    if (status != FH_OK) return failure_status("lab", status);
    output_init(&output);
    outcome = run_ops(arguments, session, &output);
    written = output_fini(&output);
    return outcome != OUTCOME_DONE ? outcome : written;
}

static enum outcome run(const struct arguments *arguments)
{
    fh_lab_options options = {.size = sizeof(options)};
    struct lab_session session = {.lab = NULL};
    enum outcome outcome;

    if (arguments->option[OPTION_FREELIST] != NULL) return lab_freelist_run(arguments);
    if (arguments->option[OPTION_TRACE] != NULL) return lab_trace_run(arguments);
    if (arguments->option[OPTION_GROW] != NULL || arguments->option[OPTION_SIMULATE] != NULL ||
        arguments->option[OPTION_HTML] != NULL)
        return failure_wrong("lab", "--grow, --simulate and --html go with --trace FILE");
    PASS(read_options(arguments, &options));
    if (arguments->option[OPTION_OPS] == NULL)
        return failure_wrong("lab", "--ops is missing (see: freehold lab --help)");
    outcome = simulate(arguments, &options, &session);
    fh_lab_delete(session.lab);
    free(session.runs);
    free(session.address);
    free(session.ops);
    return outcome;
}

const struct command lab_command = {
    .name = "lab",
    .operands = "--ops L | --trace F | --freelist F",
    .summary = "policies on a simulated heap, on recorded traces",
    .details = "With --ops: all but --order, --coalesce, --min-block and --json must be given.\n"
               "The heap follows the textbook's simulator: a freed run joins only neighbours in\n"
               "the free list, and --order size+, size-, front and back keep neighbours apart.\n"
               "A line an operation: the address behind the header (-1 or none: nothing fits),\n"
               "how many free runs were looked at, and the free list, in its order.\n"
               "Exit 0 also when a request fails in the simulation.\n\n"
               "With --trace: each policy of freehold itself serves the same requests, in a heap\n"
               "that grows when nothing fits; with --simulate each policy of the textbook, by\n"
               "--order and --coalesce. A line a policy. --header is 0, --align 16, if not given.\n"
               "  external waste   peak heap / peak live - 1; live is what was asked for, rounded\n"
               "                   to --align, and --header\n"
               "  internal waste   what blocks held at their peak / what was asked for - 1\n"
               "  searched         nodes looked at for a take, on average and at most: free runs\n"
               "                   with --simulate, else nodes of the policy's own structure\n"
               "--html F draws the heap over time into the file F.\n\n"
               "--freelist (with --policy and --json only) runs scripts of free lists over the\n"
               "store's own policies, a line a case. Exit 1: a case failed; 2: it is no script.\n",
    .options = ARGUMENTS_TAKE(OPTION_LAB_POLICY) | ARGUMENTS_TAKE(OPTION_ORDER) |
               ARGUMENTS_TAKE(OPTION_COALESCE) | ARGUMENTS_TAKE(OPTION_SIZE) |
               ARGUMENTS_TAKE(OPTION_BASE) | ARGUMENTS_TAKE(OPTION_HEADER) |
               ARGUMENTS_TAKE(OPTION_ALIGN) | ARGUMENTS_TAKE(OPTION_MIN_BLOCK) |
               ARGUMENTS_TAKE(OPTION_OPS) | ARGUMENTS_TAKE(OPTION_TRACE) |
               ARGUMENTS_TAKE(OPTION_GROW) | ARGUMENTS_TAKE(OPTION_SIMULATE) |
               ARGUMENTS_TAKE(OPTION_HTML) | ARGUMENTS_TAKE(OPTION_FREELIST) |
               ARGUMENTS_TAKE(OPTION_JSON),
    .operands_min = 0,
    .operands_max = 0,
    .run = run,
};
