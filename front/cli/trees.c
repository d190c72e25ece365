/*
 * trees.c - freehold trees: which trees there are, and what they hold.
 */
#include <inttypes.h>

#include "command.h"
#include "failure.h"
#include "json.h"
#include "session.h"

static uint64_t pages_of(const fh_tree_stat *stat)
{
    return stat->branch_pages + stat->leaf_pages + stat->run_pages;
}

static void print_text(struct output *output, fh_bytes name, const fh_tree_stat *stat)
{
    output_format(output, "%12" PRIu64 " %6" PRIu32 " %10" PRIu64 " %14" PRIu64 "  ",
                  stat->item_count, stat->depth, pages_of(stat), stat->payload_bytes);
    if (name.size > 0)
        output_escaped(output, name);
    else
        output_text(output, "(unnamed)");
    output_char(output, '\n');
}

static void print_json(struct output *output, fh_bytes name, const fh_tree_stat *stat)
{
    struct json json;

    json_init(&json, output);
    json_object_begin(&json, NULL);
    json_bytes(&json, "tree", name);
    json_number(&json, "tree_id", stat->tree_id);
    json_number(&json, "item_count", stat->item_count);
    json_number(&json, "payload_bytes", stat->payload_bytes);
    json_number(&json, "depth", stat->depth);
    json_number(&json, "branch_pages", stat->branch_pages);
    json_number(&json, "leaf_pages", stat->leaf_pages);
    json_number(&json, "run_pages", stat->run_pages);
    json_object_end(&json);
    json_line_end(&json);
}

static fh_status print_trees(const struct session *session, fh_cursor *names, int is_json,
                             struct output *output)
{
    fh_bytes name;
    fh_status status = fh_cursor_first(names, &name, NULL);

    if (!is_json) output_text(output, "       items  depth      pages  payload bytes  tree\n");
    while (status == FH_OK) {
        fh_tree *tree = NULL;
        fh_tree_stat stat;

        if (name.size > 0) status = fh_tree_open(session->txn, name, 0, &tree);
        if (status == FH_OK) status = fh_tree_describe(session->txn, tree, &stat);
        if (status != FH_OK) return status;
        if (is_json)
            print_json(output, name, &stat);
        else
            print_text(output, name, &stat);
        status = fh_cursor_next(names, &name, NULL);
    }
    return status == FH_NOT_FOUND ? FH_OK : status;
}

static enum outcome run(const struct arguments *arguments)
{
    struct session session;
    struct output output;
    fh_cursor *names = NULL;
    enum outcome outcome;
    fh_status status;

    PASS(session_read(arguments, &session));
    output_init(&output);
    status = fh_tree_walk(session.txn, &names);
    if (status == FH_OK)
        status = print_trees(&session, names, arguments->option[OPTION_JSON] != NULL, &output);
    fh_cursor_close(names);
    outcome = output_fini(&output);
    if (status != FH_OK) outcome = failure_file(session.path, status);
    return session_close(&session, outcome);
}

const struct command trees_command = {
    .name = "trees",
    .operands = "DB",
    .summary = "list the trees: items, depth, pages",
    .details = "The unnamed tree is listed when it has items.\n",
    .options = ARGUMENTS_TAKE(OPTION_JSON) | ARGUMENTS_TAKE(OPTION_WITHOUT_LOG),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
