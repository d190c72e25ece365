/*
 * lab_trace.c - freehold lab --trace: policies compared on a recorded trace.
 *
 * All figures are there before anything is printed or drawn. The picture needs another replay,
 * because its addresses end where the largest of the heaps does.
 */
#include "lab_trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "freehold/space.h"

#include "failure.h"
#include "json.h"
#include "lab_page.h"
#include "progress.h"
#include "trace_file.h"

enum {
    COLUMNS = 300,
    ROWS = 96,
    ALIGN_DEFAULT = 16,
};

static const char *const simulated[] = {"best", "worst", "first", "next", "buddy"};

enum { SIMULATED_COUNT = sizeof(simulated) / sizeof(simulated[0]) };

static enum outcome read_bytes(const struct arguments *arguments, enum option option,
                               uint64_t *ret_bytes)
{
    const char *text = arguments->option[option];

    return text != NULL ? arguments_number(text, 1, ret_bytes) : OUTCOME_DONE;
}

static enum outcome read_options(const struct arguments *arguments, fh_replay_options *options)
{
    const char *align = arguments->option[OPTION_ALIGN];

    if (arguments->option[OPTION_OPS] != NULL || arguments->option[OPTION_SIZE] != NULL ||
        arguments->option[OPTION_BASE] != NULL || arguments->option[OPTION_MIN_BLOCK] != NULL)
        return failure_wrong("lab", "--ops, --size, --base and --min-block do not go with --trace");
    options->simulates = arguments->option[OPTION_SIMULATE] != NULL;
    options->order = arguments->option[OPTION_ORDER];
    options->coalesces = arguments->option[OPTION_COALESCE] != NULL;
    if (!options->simulates && (options->order != NULL || options->coalesces))
        return failure_wrong("lab", "--order and --coalesce go with --simulate");
    PASS(read_bytes(arguments, OPTION_HEADER, &options->header_bytes));
    PASS(read_bytes(arguments, OPTION_GROW, &options->grow_bytes));
    if (arguments->option[OPTION_GROW] != NULL && options->grow_bytes == 0)
        return failure_wrong("--grow", "must be more than 0");
    options->align_bytes = ALIGN_DEFAULT;
    if (align != NULL && strcmp(align, "-1") == 0)
        options->align_bytes = 1;
    else
        PASS(read_bytes(arguments, OPTION_ALIGN, &options->align_bytes));
    if (options->align_bytes == 0)
        return failure_wrong("--align", "must be -1 (off) or more than 0");
    return OUTCOME_DONE;
}

/* The n-th policy that there is; NULL behind the last. */
static const char *policy_name(const struct lab_trace *lab, unsigned n)
{
    if (!lab->options.simulates) return fh_space_policy(n);
    return n < SIMULATED_COUNT ? simulated[n] : NULL;
}

static enum outcome add_policy(struct lab_trace *lab, const char *name, size_t size)
{
    for (unsigned n = 0; policy_name(lab, n) != NULL; n++) {
        const char *policy = policy_name(lab, n);

        if (strlen(policy) != size || memcmp(policy, name, size) != 0) continue;
        if (lab->replay_count == LAB_TRACE_POLICIES_MAX)
            return failure_wrong("--policy", "more than %d policies", LAB_TRACE_POLICIES_MAX);
        lab->replays[lab->replay_count++].policy = policy;
        return OUTCOME_DONE;
    }
    return failure_wrong("--policy", "\"%.*s\" is no policy %s (see: man freehold)", (int)size,
                         name, lab->options.simulates ? "of the textbook" : "of freehold");
}

/* Buddies keep no list that another order could be given to. */
static int is_left_out(const struct lab_trace *lab, const char *policy)
{
    return lab->options.order != NULL && strcmp(lab->options.order, "addr") != 0 &&
           strcmp(policy, "buddy") == 0;
}

static enum outcome read_policies(struct lab_trace *lab, const char *list)
{
    if (list == NULL || strcmp(list, "all") == 0) {
        for (unsigned n = 0; policy_name(lab, n) != NULL; n++)
            if (!is_left_out(lab, policy_name(lab, n)))
                PASS(add_policy(lab, policy_name(lab, n), strlen(policy_name(lab, n))));
        return OUTCOME_DONE;
    }
    for (;;) {
        size_t size = strcspn(list, ",");

        PASS(add_policy(lab, list, size));
        if (list[size] == '\0') return OUTCOME_DONE;
        list += size + 1;
    }
}

static enum outcome replay(struct lab_trace *lab, struct lab_replay *one,
                           fh_replay_picture *picture)
{
    fh_replay_options options = lab->options;
    struct progress progress;
    char what[64];
    fh_status status;

    (void)snprintf(what, sizeof(what), "%s%s", one->policy, picture != NULL ? ", drawing" : "");
    progress_init(&progress, what);
    options.policy = one->policy;
    options.progress = progress_step;
    options.progress_context = &progress;
    one->info.size = sizeof(one->info);
    status = fh_trace_replay(lab->trace, &options, picture, picture == NULL ? &one->info : NULL);
    progress_fini(&progress);
    if (status == FH_INVALID) return failure_wrong(one->policy, "%s", fh_note());
    return status == FH_OK ? OUTCOME_DONE : failure_status(one->policy, status);
}

/* The heaps over time, all with the addresses of the largest. */
static enum outcome draw(struct lab_trace *lab)
{
    uint64_t top = 0;

    for (size_t i = 0; i < lab->replay_count; i++)
        if (lab->replays[i].info.peak_heap_bytes > top) top = lab->replays[i].info.peak_heap_bytes;
    top = (top + ROWS - 1) / ROWS * ROWS;
    for (size_t i = 0; i < lab->replay_count; i++) {
        fh_replay_picture *picture = &lab->replays[i].picture;

        picture->column_count = COLUMNS;
        picture->samples = calloc(COLUMNS, sizeof(*picture->samples));
        picture->row_count = ROWS;
        picture->cells = calloc((size_t)COLUMNS * ROWS, 1);
        picture->top_address = top;
        if (picture->samples == NULL || picture->cells == NULL) return failure_memory("lab");
        PASS(replay(lab, &lab->replays[i], picture));
    }
    return OUTCOME_DONE;
}

static void print_json(struct output *output, const struct lab_replay *one)
{
    struct json json;

    json_init(&json, output);
    json_object_begin(&json, NULL);
    json_text(&json, "policy", one->policy);
    json_number(&json, "peak_heap_bytes", one->info.peak_heap_bytes);
    json_number(&json, "peak_live_bytes", one->info.peak_live_bytes);
    json_decimal(&json, "external_waste_percent", one->info.external_waste_percent, 2);
    json_decimal(&json, "internal_waste_percent", one->info.internal_waste_percent, 2);
    json_decimal(&json, "searched_mean", one->info.searched_mean, 2);
    json_number(&json, "searched_max", one->info.searched_max);
    json_decimal(&json, "ns_per_op", one->info.ns_per_op, 1);
    json_object_end(&json);
    json_line_end(&json);
}

static void print_table(struct output *output, const struct lab_trace *lab)
{
    output_format(output,
                  "%s: %" PRIu64 " operations, at most %" PRIu64 " blocks and %" PRIu64
                  " bytes live\n\n",
                  lab->path, lab->trace_info.op_count, lab->trace_info.peak_live_count,
                  lab->trace_info.peak_asked_bytes);
    output_format(output, "%-11s %12s %12s %10s %10s %10s %8s %9s\n", "policy", "peak heap",
                  "peak live", "external %", "internal %", "searched", "worst", "ns/op");
    for (size_t i = 0; i < lab->replay_count; i++) {
        const fh_replay_info *info = &lab->replays[i].info;

        output_format(output,
                      "%-11s %12" PRIu64 " %12" PRIu64 " %10.1f %10.1f %10.1f %8" PRIu64 " %9.1f\n",
                      lab->replays[i].policy, info->peak_heap_bytes, info->peak_live_bytes,
                      info->external_waste_percent, info->internal_waste_percent,
                      info->searched_mean, info->searched_max, info->ns_per_op);
    }
}

static enum outcome print_figures(const struct arguments *arguments, const struct lab_trace *lab)
{
    struct output output;

    output_init(&output);
    if (arguments->option[OPTION_JSON] == NULL)
        print_table(&output, lab);
    else
        for (size_t i = 0; i < lab->replay_count; i++)
            print_json(&output, &lab->replays[i]);
    return output_fini(&output);
}

static enum outcome run_all(const struct arguments *arguments, struct lab_trace *lab)
{
    const char *html = arguments->option[OPTION_HTML];
    fh_status status;

    PASS(read_options(arguments, &lab->options));
    PASS(read_policies(lab, arguments->option[OPTION_LAB_POLICY]));
    PASS(trace_file_read(lab->path, &lab->trace));
    status = fh_trace_stat(lab->trace, &lab->trace_info);
    if (status != FH_OK) return failure_status("lab", status);
    for (size_t i = 0; i < lab->replay_count; i++)
        PASS(replay(lab, &lab->replays[i], NULL));
    if (html != NULL) {
        PASS(draw(lab));
        PASS(lab_page_write(html, lab));
        if (strcmp(html, "-") == 0) return OUTCOME_DONE;
    }
    return print_figures(arguments, lab);
}

enum outcome lab_trace_run(const struct arguments *arguments)
{
    struct lab_trace lab = {
        .path = arguments->option[OPTION_TRACE],
        .trace_info.size = sizeof(lab.trace_info),
        .options.size = sizeof(lab.options),
    };
    enum outcome outcome = run_all(arguments, &lab);

    for (size_t i = 0; i < lab.replay_count; i++) {
        free(lab.replays[i].picture.samples);
        free(lab.replays[i].picture.cells);
    }
    fh_trace_delete(lab.trace);
    return outcome;
}
