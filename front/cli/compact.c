/*
 * compact.c - freehold compact: makes a database's file small now.
 *
 * The sizes are those of the closed file: the last pages go when it is closed.
 */
#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "command.h"
#include "failure.h"
#include "json.h"
#include "progress.h"
#include "session.h"

enum { PERCENT_LEAST = 100, PERCENT_MOST = 1000000 };

struct sizes {
    uint64_t bytes_before;
    uint64_t bytes_after;
    fh_compact_info info;
};

static enum outcome size_of(const char *path, uint64_t *ret_bytes)
{
    struct stat stat_of_file;

    if (stat(path, &stat_of_file) != 0) return failure_system(path, errno);
    *ret_bytes = (uint64_t)stat_of_file.st_size;
    return OUTCOME_DONE;
}

/* 0: as small as it gets. */
static enum outcome read_target(const struct arguments *arguments, unsigned *ret_percent)
{
    const char *text = arguments->option[OPTION_TARGET];
    uint64_t percent = 0;

    *ret_percent = 0;
    if (text == NULL) return OUTCOME_DONE;
    PASS(arguments_number(text, 0, &percent));
    if (percent < PERCENT_LEAST || percent > PERCENT_MOST)
        return failure_wrong(text,
                             "no target (%d to %d: the file's pages in percent of its live "
                             "ones)",
                             PERCENT_LEAST, PERCENT_MOST);
    *ret_percent = (unsigned)percent;
    return OUTCOME_DONE;
}

static enum outcome compact(const struct session *session, unsigned percent, struct sizes *sizes)
{
    struct progress progress;
    fh_compact_options options = {.size = sizeof(options),
                                  .target_percent = percent,
                                  .progress = progress_step,
                                  .context = &progress};
    fh_status status;

    progress_init(&progress, "compact");
    status = fh_compact(session->db, &options, &sizes->info);
    progress_fini(&progress);
    return status == FH_OK ? OUTCOME_DONE : failure_file(session->path, status);
}

static enum outcome print_sizes(const struct sizes *sizes, int is_json)
{
    struct output output;
    struct json json;

    output_init(&output);
    if (is_json) {
        json_init(&json, &output);
        json_object_begin(&json, NULL);
        json_number(&json, "moved_pages", sizes->info.moved_pages);
        json_number(&json, "file_pages_before", sizes->info.file_pages_before);
        json_number(&json, "file_pages_after", sizes->info.file_pages_after);
        json_number(&json, "file_bytes_before", sizes->bytes_before);
        json_number(&json, "file_bytes_after", sizes->bytes_after);
        json_object_end(&json);
        json_line_end(&json);
    } else {
        output_format(&output,
                      "%" PRIu64 " pages moved; the file: %" PRIu64 " bytes, before %" PRIu64 "\n",
                      sizes->info.moved_pages, sizes->bytes_after, sizes->bytes_before);
    }
    return output_fini(&output);
}

static enum outcome run(const struct arguments *arguments)
{
    const char *path = arguments->operand[0];
    struct sizes sizes = {0};
    struct session session;
    enum outcome outcome;
    unsigned percent;

    PASS(read_target(arguments, &percent));
    PASS(session_tend(arguments, &session));
    outcome = size_of(path, &sizes.bytes_before);
    if (outcome == OUTCOME_DONE) outcome = compact(&session, percent, &sizes);
    PASS(session_close(&session, outcome));
    PASS(size_of(path, &sizes.bytes_after));
    return print_sizes(&sizes, arguments->option[OPTION_JSON] != NULL);
}

const struct command compact_command = {
    .name = "compact",
    .operands = "DB",
    .summary = "make the file small now",
    .details = "A database does it by itself, a few pages with each commit: this does the rest at\n"
               "once. Raw runs stay where they are. Stopped at any time it leaves the database\n"
               "whole, and what is done is done.\n",
    .options = ARGUMENTS_TAKE(OPTION_TARGET) | ARGUMENTS_TAKE(OPTION_JSON),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
