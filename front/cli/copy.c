/*
 * copy.c - freehold copy: one snapshot of a database as a new, compact one.
 */
#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "command.h"
#include "failure.h"
#include "json.h"
#include "progress.h"
#include "session.h"

static enum outcome copy_session(const struct session *session, const char *path)
{
    struct progress progress;
    fh_copy_options options = {
        .size = sizeof(options), .progress = progress_step, .context = &progress};
    fh_status status;

    progress_init(&progress, "copy");
    status = fh_copy(session->txn, path, &options);
    progress_fini(&progress);
    if (status == FH_NOT_FOUND)
        return failure_wrong(path, "no such directory (make the directory first)");
    return status == FH_OK ? OUTCOME_DONE : failure_file(path, status);
}

static enum outcome print_sizes(const char *from, const char *to)
{
    struct stat from_stat, to_stat;
    struct output output;
    struct json json;

    if (stat(from, &from_stat) != 0) return failure_system(from, errno);
    if (stat(to, &to_stat) != 0) return failure_system(to, errno);
    output_init(&output);
    json_init(&json, &output);
    json_object_begin(&json, NULL);
    json_number(&json, "from_bytes", (uint64_t)from_stat.st_size);
    json_number(&json, "to_bytes", (uint64_t)to_stat.st_size);
    json_object_end(&json);
    json_line_end(&json);
    return output_fini(&output);
}

static enum outcome run(const struct arguments *arguments)
{
    const char *path = arguments->operand[1];
    struct session session;
    enum outcome outcome;

    PASS(session_probe_new(path));
    PASS(session_read(arguments, &session));
    outcome = session_close(&session, copy_session(&session, path));
    if (outcome == OUTCOME_DONE && arguments->option[OPTION_JSON] != NULL)
        outcome = print_sizes(arguments->operand[0], path);
    return outcome;
}

const struct command copy_command = {
    .name = "copy",
    .operands = "DB NEW",
    .summary = "copy one snapshot into a new, compact database",
    .details = "NEW must not be there. Nothing is left of it when the copy fails.\n",
    .options = ARGUMENTS_TAKE(OPTION_JSON) | ARGUMENTS_TAKE(OPTION_WITHOUT_LOG),
    .operands_min = 2,
    .operands_max = 2,
    .run = run,
};
