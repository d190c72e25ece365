/*
 * repair.c - freehold check --repair: findings as they come, then figures.
 */
#include "repair.h"

#include <inttypes.h>

#include "failure.h"
#include "json.h"
#include "progress.h"
#include "session.h"

struct repair {
    struct output output;
    struct progress progress;
    const char *new_path;
    int is_json;
};

/* What a line begins with, and what JSON calls it. */
static const struct words {
    const char *head;
    const char *name;
} words[] = {
    [FH_FINDING_NOTE] = {"note", "note"},   [FH_FINDING_ITEMS] = {"lost", "items"},
    [FH_FINDING_TREES] = {"lost", "trees"}, [FH_FINDING_COMMITS] = {"lost", "commits"},
    [FH_FINDING_RUN] = {"lost", "run"},     [FH_FINDING_OFFER] = {"orphans", "orphans"},
};

static void report_finding(void *context, const fh_finding *finding)
{
    struct repair *repair = context;
    const struct words *word = &words[finding->kind];
    int has_range = finding->kind == FH_FINDING_ITEMS || finding->kind == FH_FINDING_TREES;
    struct json json;

    progress_fini(&repair->progress);
    if (!repair->is_json) {
        output_format(&repair->output, "%s: %s\n", word->head, finding->text);
        return;
    }
    json_init(&json, &repair->output);
    json_object_begin(&json, NULL);
    json_text(&json, "finding", word->name);
    json_text(&json, "text", finding->text);
    if (finding->page != 0) json_number(&json, "page", finding->page);
    if (finding->kind == FH_FINDING_ITEMS) json_bytes(&json, "tree", finding->tree);
    if (has_range) json_bytes(&json, "from", finding->from);
    if (has_range && finding->to.size > 0) json_bytes(&json, "to", finding->to);
    json_object_end(&json);
    json_line_end(&json);
}

static void report_progress(void *context, uint64_t done, uint64_t total)
{
    struct repair *repair = context;

    progress_step(&repair->progress, done, total);
}

static void print_info(struct repair *repair, const fh_repair_info *info)
{
    struct json json;

    if (!repair->is_json) {
        output_format(&repair->output,
                      "%" PRIu64 " losses; %s: %" PRIu64 " trees, %" PRIu64 " items, %" PRIu64
                      " commits of the log, %" PRIu64 " pages without a checksum; %" PRIu64
                      " orphaned leaves, %" PRIu64 " items of them saved\n",
                      info->loss_count, repair->new_path, info->tree_count, info->item_count,
                      info->commit_count, info->unproven_pages, info->orphan_leaf_count,
                      info->orphan_item_count);
        return;
    }
    json_init(&json, &repair->output);
    json_object_begin(&json, NULL);
    json_number(&json, "loss_count", info->loss_count);
    json_number(&json, "note_count", info->note_count);
    json_number(&json, "tree_count", info->tree_count);
    json_number(&json, "item_count", info->item_count);
    json_number(&json, "commit_count", info->commit_count);
    json_number(&json, "unproven_pages", info->unproven_pages);
    json_number(&json, "orphan_leaf_count", info->orphan_leaf_count);
    json_number(&json, "orphan_item_count", info->orphan_item_count);
    json_object_end(&json);
    json_line_end(&json);
}

enum outcome repair_database(const struct arguments *arguments)
{
    const char *path = arguments->operand[0];
    struct repair repair = {.new_path = arguments->option[OPTION_REPAIR],
                            .is_json = arguments->option[OPTION_JSON] != NULL};
    fh_repair_options options = {.size = sizeof(options),
                                 .report = report_finding,
                                 .progress = report_progress,
                                 .context = &repair};
    fh_repair_info info = {.size = sizeof(info)};
    fh_status status;

    if (arguments->option[OPTION_WITHOUT_LOG] != NULL)
        return failure_wrong("--without-log", "not with --repair, which takes what a log proves");
    PASS(session_probe(path));
    PASS(session_probe_new(repair.new_path));
    if (arguments->option[OPTION_ORPHANS] != NULL) options.flags = FH_REPAIR_ORPHANS;
    output_init(&repair.output);
    progress_init(&repair.progress, "repair");
    status = fh_repair(path, repair.new_path, &options, &info);
    progress_fini(&repair.progress);
    if (status == FH_OK) print_info(&repair, &info);
    PASS(output_fini(&repair.output));
    if (status == FH_NOT_FOUND)
        return failure_wrong(repair.new_path, "no such directory (make the directory first)");
    if (status != FH_OK) return failure_file(path, status);
    return info.loss_count > 0 ? OUTCOME_NO : OUTCOME_DONE;
}
