/*
 * get.c - freehold get: prints the value of a key, byte by byte.
 */
#include <string.h>

#include "command.h"
#include "failure.h"
#include "item_text.h"
#include "session.h"

static void print_json(struct output *output, fh_bytes key, const fh_bytes *value)
{
    struct json json;

    json_init(&json, output);
    json_object_begin(&json, NULL);
    json_bytes(&json, "key", key);
    if (value != NULL)
        json_bytes(&json, "value", *value);
    else
        json_null(&json, "value");
    json_object_end(&json);
    json_line_end(&json);
}

static enum outcome print_value(const struct arguments *arguments, fh_bytes key,
                                const fh_bytes *value)
{
    enum outcome outcome = value != NULL ? OUTCOME_DONE : OUTCOME_NO;
    struct output output;

    output_init(&output);
    if (arguments->option[OPTION_JSON] != NULL) {
        print_json(&output, key, value);
    } else if (value == NULL) {
        outcome = item_text_absent(key);
    } else if (arguments->option[OPTION_HEX] != NULL) {
        output_hex(&output, *value);
        output_char(&output, '\n');
    } else {
        output_bytes(&output, value->data, value->size);
    }
    PASS(output_fini(&output));
    return outcome;
}

static enum outcome run(const struct arguments *arguments)
{
    struct session session;
    fh_bytes key, value;
    enum outcome outcome;
    fh_status status;

    PASS(arguments_bytes(arguments, arguments->operand[1], &key));
    PASS(session_read(arguments, &session));
    status = fh_get(session.txn, session.tree, key, &value);
    if (status == FH_OK || status == FH_NOT_FOUND)
        outcome = print_value(arguments, key, status == FH_OK ? &value : NULL);
    else
        outcome = failure_status("get", status);
    return session_close(&session, outcome);
}

const struct command get_command = {
    .name = "get",
    .operands = "DB KEY",
    .summary = "print a key's value as it is; exit 1 if absent",
    .details = "KEY is text in which \\\\ \\t \\n \\r \\xNN mean bytes.\n"
               "With --hex the value is printed as hexadecimal, with a newline.\n",
    .options = ARGUMENTS_TAKE(OPTION_TREE) | ARGUMENTS_TAKE(OPTION_HEX) |
               ARGUMENTS_TAKE(OPTION_JSON) | ARGUMENTS_TAKE(OPTION_WITHOUT_LOG),
    .operands_min = 2,
    .operands_max = 2,
    .run = run,
};
