/*
 * scan.c - freehold scan: items in the order of their keys.
 *
 * A range is [lower, upper): --from and --to, narrowed by --prefix. An empty bound is none.
 */
#include <stdlib.h>

#include "bytes_text.h"
#include "command.h"
#include "failure.h"
#include "item_text.h"
#include "session.h"

struct range {
    fh_bytes lower;
    fh_bytes upper;
    unsigned char *room; /* the prefix's end */
    uint64_t limit;
    int is_reverse;
};

/* Reads the bounds; the caller frees ->room, also after a failure. */
static enum outcome read_range(const struct arguments *arguments, struct range *range)
{
    char *const *option = arguments->option;
    fh_bytes prefix, prefix_end;

    *range = (struct range){.limit = UINT64_MAX, .is_reverse = option[OPTION_REVERSE] != NULL};
    if (option[OPTION_FROM] != NULL)
        PASS(arguments_bytes(arguments, option[OPTION_FROM], &range->lower));
    if (option[OPTION_TO] != NULL)
        PASS(arguments_bytes(arguments, option[OPTION_TO], &range->upper));
    if (option[OPTION_LIMIT] != NULL)
        PASS(arguments_number(option[OPTION_LIMIT], 0, &range->limit));
    if (option[OPTION_PREFIX] == NULL) return OUTCOME_DONE;
    PASS(arguments_bytes(arguments, option[OPTION_PREFIX], &prefix));
    range->room = malloc(prefix.size + 1);
    if (range->room == NULL) return failure_memory("scan");
    prefix_end = item_text_prefix_end(prefix, range->room);
    if (bytes_text_compare(prefix, range->lower) > 0) range->lower = prefix;
    if (prefix_end.size > 0 &&
        (range->upper.size == 0 || bytes_text_compare(prefix_end, range->upper) < 0))
        range->upper = prefix_end;
    return OUTCOME_DONE;
}

/* To the first item of the range in the direction of the scan. */
static fh_status to_start(const struct range *range, fh_cursor *cursor, fh_bytes *ret_key,
                          fh_bytes *ret_value)
{
    fh_status status;

    if (!range->is_reverse && range->lower.size == 0)
        return fh_cursor_first(cursor, ret_key, ret_value);
    if (!range->is_reverse) return fh_cursor_seek(cursor, range->lower, ret_key, ret_value);
    if (range->upper.size == 0) return fh_cursor_last(cursor, ret_key, ret_value);
    status = fh_cursor_seek(cursor, range->upper, NULL, NULL);
    if (status != FH_OK && status != FH_NOT_FOUND) return status;
    return fh_cursor_prev(cursor, ret_key, ret_value);
}

static int is_inside(const struct range *range, fh_bytes key)
{
    if (range->is_reverse) return bytes_text_compare(key, range->lower) >= 0;
    return range->upper.size == 0 || bytes_text_compare(key, range->upper) < 0;
}

static enum outcome print_range(const struct arguments *arguments, const struct range *range,
                                fh_cursor *cursor, struct output *output)
{
    enum item_form form = arguments->option[OPTION_JSON] != NULL  ? ITEM_JSON
                          : arguments->option[OPTION_HEX] != NULL ? ITEM_HEX
                                                                  : ITEM_ESCAPED;
    int is_keys = arguments->option[OPTION_KEYS] != NULL;
    fh_bytes key = {0}, value = {0};
    fh_bytes *ret_value = is_keys ? NULL : &value;
    fh_status status = FH_NOT_FOUND;

    if (range->limit > 0) status = to_start(range, cursor, &key, ret_value);
    for (uint64_t count = 1; status == FH_OK && is_inside(range, key); count++) {
        item_text_print(output, form, key, ret_value);
        if (count == range->limit) return OUTCOME_DONE;
        status = range->is_reverse ? fh_cursor_prev(cursor, &key, ret_value)
                                   : fh_cursor_next(cursor, &key, ret_value);
    }
    return status == FH_OK || status == FH_NOT_FOUND ? OUTCOME_DONE
                                                     : failure_status("scan", status);
}

static enum outcome scan_tree(const struct arguments *arguments, const struct range *range)
{
    struct session session;
    struct output output;
    fh_cursor *cursor = NULL;
    enum outcome outcome, end;
    fh_status status;

    PASS(session_read(arguments, &session));
    output_init(&output);
    status = fh_cursor_open(session.txn, session.tree, &cursor);
    outcome = status == FH_OK ? print_range(arguments, range, cursor, &output)
                              : failure_status("scan", status);
    fh_cursor_close(cursor);
    end = output_fini(&output);
    return session_close(&session, outcome == OUTCOME_DONE ? end : outcome);
}

static enum outcome run(const struct arguments *arguments)
{
    struct range range;
    enum outcome outcome = read_range(arguments, &range);

    if (outcome == OUTCOME_DONE) outcome = scan_tree(arguments, &range);
    free(range.room);
    return outcome;
}

const struct command scan_command = {
    .name = "scan",
    .operands = "DB",
    .summary = "print items in order: key TAB value",
    .details =
        "Bytes that are no text are printed as \\t \\n \\r \\\\ or \\xNN. With --json each line\n"
        "is an object: \"key\" and \"value\", or \"key_hex\" and \"value_hex\" for bytes\n"
        "that are not UTF-8.\n",
    .options = ARGUMENTS_TAKE(OPTION_FROM) | ARGUMENTS_TAKE(OPTION_TO) |
               ARGUMENTS_TAKE(OPTION_PREFIX) | ARGUMENTS_TAKE(OPTION_REVERSE) |
               ARGUMENTS_TAKE(OPTION_LIMIT) | ARGUMENTS_TAKE(OPTION_KEYS) |
               ARGUMENTS_TAKE(OPTION_TREE) | ARGUMENTS_TAKE(OPTION_HEX) |
               ARGUMENTS_TAKE(OPTION_JSON) | ARGUMENTS_TAKE(OPTION_WITHOUT_LOG),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
