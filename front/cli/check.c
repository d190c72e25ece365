/*
 * check.c - freehold check: is every byte of a database as it must be?
 *
 * Faults go to standard output as they are found, one a line; a file so damaged that it
 * cannot be opened is a fault too.
 */
#include <inttypes.h>

#include "command.h"
#include "failure.h"
#include "json.h"
#include "progress.h"
#include "repair.h"
#include "session.h"

struct check {
    struct output output;
    struct progress progress;
    int is_json;
};

static void print_fault(struct check *check, const char *fault)
{
    struct json json;

    progress_fini(&check->progress);
    if (check->is_json) {
        json_init(&json, &check->output);
        json_object_begin(&json, NULL);
        json_text(&json, "fault", fault);
        json_object_end(&json);
        json_line_end(&json);
    } else {
        output_text(&check->output, fault);
        output_char(&check->output, '\n');
    }
}

static void report_fault(void *context, const char *fault)
{
    print_fault(context, fault);
}

static void report_progress(void *context, uint64_t done, uint64_t total)
{
    struct check *check = context;

    progress_step(&check->progress, done, total);
}

static void print_info(struct check *check, const fh_check_info *info)
{
    struct json json;

    if (!check->is_json) {
        output_format(&check->output,
                      "%" PRIu64 " faults; %" PRIu64 " pages: %" PRIu64 " used, %" PRIu64
                      " metadata, %" PRIu64 " pending, %" PRIu64 " free; %" PRIu64
                      " trees, %" PRIu64 " items\n",
                      info->fault_count, info->page_count, info->used_pages, info->metadata_pages,
                      info->pending_pages, info->free_pages, info->tree_count, info->item_count);
        return;
    }
    json_init(&json, &check->output);
    json_object_begin(&json, NULL);
    json_number(&json, "fault_count", info->fault_count);
    json_number(&json, "page_count", info->page_count);
    json_number(&json, "used_pages", info->used_pages);
    json_number(&json, "metadata_pages", info->metadata_pages);
    json_number(&json, "pending_pages", info->pending_pages);
    json_number(&json, "free_pages", info->free_pages);
    json_number(&json, "tree_count", info->tree_count);
    json_number(&json, "item_count", info->item_count);
    json_object_end(&json);
    json_line_end(&json);
}

static enum outcome check_database(struct check *check, const char *path, fh_db *db)
{
    fh_check_options options = {.size = sizeof(options),
                                .report = report_fault,
                                .progress = report_progress,
                                .context = check};
    fh_check_info info = {0};
    fh_status status = fh_check(db, &options, &info);

    progress_fini(&check->progress);
    if (status == FH_CORRUPT) {
        print_fault(check, fh_note());
        return OUTCOME_NO;
    }
    if (status != FH_OK) return failure_file(path, status);
    print_info(check, &info);
    return info.fault_count > 0 ? OUTCOME_NO : OUTCOME_DONE;
}

static enum outcome run(const struct arguments *arguments)
{
    fh_options options = {.size = sizeof(options), .flags = FH_OPEN_READ_ONLY};
    const char *path = arguments->operand[0];
    struct check check = {.is_json = arguments->option[OPTION_JSON] != NULL};
    enum outcome outcome;
    fh_db *db = NULL;
    fh_status status;

    if (arguments->option[OPTION_REPAIR] != NULL) return repair_database(arguments);
    if (arguments->option[OPTION_ORPHANS] != NULL)
        return failure_wrong("--orphans", "belongs to --repair NEW");
    if (arguments->option[OPTION_WITHOUT_LOG] != NULL) options.flags |= FH_OPEN_WITHOUT_LOG;
    PASS(session_probe(path));
    output_init(&check.output);
    progress_init(&check.progress, "check");
    status = fh_open(path, &options, &db);
    if (status == FH_OK) {
        outcome = check_database(&check, path, db);
        status = fh_close(db);
        if (outcome == OUTCOME_DONE && status != FH_OK) outcome = failure_file(path, status);
    } else if (status == FH_CORRUPT) {
        print_fault(&check, fh_note());
        outcome = OUTCOME_NO;
    } else {
        outcome = failure_file(path, status);
    }
    PASS(output_fini(&check.output));
    return outcome;
}

const struct command check_command = {
    .name = "check",
    .operands = "DB",
    .summary = "verify everything, or save it; exit 1 if there are faults",
    .details =
        "Each fault is a line on standard output; a line of figures is the last. Every page\n"
        "is exactly one of used, metadata, pending and free.\n"
        "With --repair nothing is written to DB: what can be read of it goes into NEW, which\n"
        "must not be there. Lines say what is damaged (note), what is lost (lost) and what\n"
        "could be had with --orphans (orphans); exit 1 if anything is lost.\n",
    .options = ARGUMENTS_TAKE(OPTION_REPAIR) | ARGUMENTS_TAKE(OPTION_ORPHANS) |
               ARGUMENTS_TAKE(OPTION_JSON) | ARGUMENTS_TAKE(OPTION_WITHOUT_LOG),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
