/*
 * init.c - freehold init: makes a database.
 */
#include "command.h"
#include "failure.h"
#include "json.h"
#include "session.h"

static enum outcome run(const struct arguments *arguments)
{
    fh_options options = {.size = sizeof(options), .flags = FH_OPEN_NEW};
    const char *path = arguments->operand[0];
    struct output output;
    struct json json;
    fh_stat_info stat = {.size = sizeof(stat)};
    fh_status status;
    fh_db *db;

    if (arguments->option[OPTION_QUOTA] != NULL)
        PASS(arguments_number(arguments->option[OPTION_QUOTA], 1, &options.quota_bytes));
    options.policy = arguments->option[OPTION_POLICY];
    PASS(session_probe_new(path));
    status = fh_open(path, &options, &db);
    if (status == FH_NOT_FOUND)
        return failure_wrong(path, "no such directory (make the directory first)");
    if (status != FH_OK) return failure_file(path, status);
    status = fh_stat(db, &stat);
    if (status != FH_OK) {
        (void)fh_close(db);
        return failure_file(path, status);
    }
    status = fh_close(db);
    if (status != FH_OK) return failure_file(path, status);
    if (arguments->option[OPTION_JSON] == NULL) return OUTCOME_DONE;

    output_init(&output);
    json_init(&json, &output);
    json_object_begin(&json, NULL);
    json_text(&json, "path", path);
    json_number(&json, "page_bytes", stat.page_bytes);
    json_number(&json, "quota_bytes", stat.quota_bytes);
    json_object_end(&json);
    json_line_end(&json);
    return output_fini(&output);
}

const struct command init_command = {
    .name = "init",
    .operands = "DB",
    .summary = "make a database; never overwrites a file",
    .options =
        ARGUMENTS_TAKE(OPTION_QUOTA) | ARGUMENTS_TAKE(OPTION_POLICY) | ARGUMENTS_TAKE(OPTION_JSON),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
