/*
 * lab_freelist.c - freehold lab --freelist: scripts of free lists.
 */
#include "lab_freelist.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "freehold/lab.h"

#include "failure.h"
#include "input.h"
#include "json.h"

enum { SHOWN_BYTES = 200 }; /* of an answer, where a person reads it */

struct script_text {
    char *bytes;
    size_t size;
    size_t capacity;
};

struct tally {
    size_t case_count;
    uint64_t passed_count;
    uint64_t failed_count;
};

static enum outcome add_line(struct script_text *text, const struct input *input, struct line line)
{
    size_t wanted = text->size + line.size + 1;

    if (text->bytes == NULL || wanted > text->capacity) {
        size_t capacity = 2 * wanted;
        char *bytes = realloc(text->bytes, capacity);

        if (bytes == NULL) return failure_memory(input->name);
        text->bytes = bytes;
        text->capacity = capacity;
    }
    memcpy(text->bytes + text->size, line.text, line.size);
    text->size = wanted;
    text->bytes[wanted - 1] = '\n';
    return OUTCOME_DONE;
}

static enum outcome read_lines(struct input *input, struct script_text *text)
{
    struct line line;

    for (;;) {
        PASS(input_line(input, &line));
        if (line.text == NULL) return OUTCOME_DONE;
        PASS(add_line(text, input, line));
    }
}

/* *ret_cases is the caller's, whatever the outcome; NULL unless it is a script. */
static enum outcome read_script(struct input *input, fh_lab_cases **ret_cases)
{
    struct script_text text = {NULL, 0, 0};
    enum outcome outcome = read_lines(input, &text);

    if (outcome == OUTCOME_DONE) {
        fh_status status =
            fh_lab_cases_open(text.bytes != NULL ? text.bytes : "", text.size, ret_cases);

        if (status != FH_OK) outcome = failure_status(input->name, status);
    }
    free(text.bytes);
    return outcome;
}

static void print_json(struct output *output, const fh_lab_verdict *verdict)
{
    struct json json;

    json_init(&json, output);
    json_object_begin(&json, NULL);
    json_text(&json, "case", verdict->name);
    json_text(&json, "policy", verdict->policy);
    json_flag(&json, "passed", verdict->is_passed);
    if (!verdict->is_passed) {
        json_number(&json, "line", verdict->line);
        json_number(&json, "column", verdict->column);
        json_text(&json, "step", verdict->step);
        json_text(&json, "expected", verdict->expected);
        json_text(&json, "got", verdict->got);
    }
    json_object_end(&json);
    json_line_end(&json);
}

static void print_answer(struct output *output, const char *name, const char *answer)
{
    output_format(output, "  %-8s  %.*s%s\n", name, (int)SHOWN_BYTES, answer,
                  strlen(answer) > SHOWN_BYTES ? "..." : "");
}

static void print_text(struct output *output, const fh_lab_verdict *verdict)
{
    output_format(output, "%s %s ", verdict->name, verdict->policy);
    if (verdict->is_passed) {
        output_text(output, "ok\n");
        return;
    }
    output_format(output, "FAILED in line %" PRIu64 ", column %" PRIu64 "\n", verdict->line,
                  verdict->column);
    print_answer(output, "step", verdict->step);
    print_answer(output, "expected", verdict->expected);
    print_answer(output, "got", verdict->got);
}

/* Runs every case that is for the policy. */
static enum outcome run_cases(const struct arguments *arguments, fh_lab_cases *cases,
                              struct output *output, struct tally *tally)
{
    const char *wanted = arguments->option[OPTION_LAB_POLICY];
    int is_json = arguments->option[OPTION_JSON] != NULL;

    tally->case_count = fh_lab_cases_count(cases);
    for (size_t i = 0; i < tally->case_count; i++) {
        const char *policy;

        for (unsigned n = 0; (policy = fh_lab_cases_policy(n)) != NULL; n++) {
            fh_lab_verdict verdict = {.size = sizeof(verdict)};
            fh_status status;

            if (wanted != NULL && strcmp(wanted, "all") != 0 && strcmp(wanted, policy) != 0)
                continue;
            status = fh_lab_cases_run(cases, i, policy, &verdict);
            if (status == FH_NOT_FOUND) continue;
            if (status != FH_OK) return failure_status("lab", status);
            if (is_json)
                print_json(output, &verdict);
            else
                print_text(output, &verdict);
            if (verdict.is_passed)
                tally->passed_count++;
            else
                tally->failed_count++;
        }
    }
    return OUTCOME_DONE;
}

static void print_tally(struct output *output, int is_json, const struct tally *tally)
{
    struct json json;

    if (!is_json) {
        output_format(output, "%zu cases: %" PRIu64 " passed, %" PRIu64 " failed\n",
                      tally->case_count, tally->passed_count, tally->failed_count);
        return;
    }
    json_init(&json, output);
    json_object_begin(&json, NULL);
    json_number(&json, "case_count", tally->case_count);
    json_number(&json, "passed_count", tally->passed_count);
    json_number(&json, "failed_count", tally->failed_count);
    json_object_end(&json);
    json_line_end(&json);
}

/* All that --freelist goes with. */
static enum outcome check_options(const struct arguments *arguments)
{
    static const enum option others[] = {
        OPTION_ORDER, OPTION_COALESCE,  OPTION_SIZE, OPTION_BASE,  OPTION_HEADER,
        OPTION_ALIGN, OPTION_MIN_BLOCK, OPTION_OPS,  OPTION_TRACE,
    };
    const char *policy = arguments->option[OPTION_LAB_POLICY];

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (arguments->option[others[i]] != NULL)
            return failure_wrong("--freelist", "goes with --policy and --json only");
    if (policy == NULL || strcmp(policy, "all") == 0) return OUTCOME_DONE;
    for (unsigned n = 0; fh_lab_cases_policy(n) != NULL; n++)
        if (strcmp(fh_lab_cases_policy(n), policy) == 0) return OUTCOME_DONE;
    return failure_wrong("--policy", "there is no \"%s\" for free lists (array, by-size, all)",
                         policy);
}

static enum outcome run_script(const struct arguments *arguments, struct input *input)
{
    struct tally tally = {0, 0, 0};
    fh_lab_cases *cases = NULL;
    enum outcome outcome = read_script(input, &cases);
    struct output output;
    enum outcome written;

    if (outcome != OUTCOME_DONE) return outcome;
    output_init(&output);
    outcome = run_cases(arguments, cases, &output, &tally);
    if (outcome == OUTCOME_DONE)
        print_tally(&output, arguments->option[OPTION_JSON] != NULL, &tally);
    written = output_fini(&output);
    fh_lab_cases_close(cases);
    PASS(outcome);
    PASS(written);
    if (tally.failed_count == 0) return OUTCOME_DONE;
    return failure_no(input->name, "%" PRIu64 " of %" PRIu64 " runs failed", tally.failed_count,
                      tally.passed_count + tally.failed_count);
}

enum outcome lab_freelist_run(const struct arguments *arguments)
{
    struct input input;
    enum outcome outcome;

    PASS(check_options(arguments));
    PASS(input_open(arguments->option[OPTION_FREELIST], &input));
    outcome = run_script(arguments, &input);
    input_close(&input);
    return outcome;
}
