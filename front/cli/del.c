/*
 * del.c - freehold del: deletes one item, or all whose keys begin alike.
 */
#include <stdlib.h>

#include "command.h"
#include "failure.h"
#include "item_text.h"
#include "session.h"

static enum outcome erase_prefix(struct session *session, fh_bytes prefix, uint64_t *ret_count)
{
    unsigned char *room = malloc(prefix.size + 1);
    fh_status status;

    if (room == NULL) return failure_memory("del");
    status = fh_erase_range(session->txn, session->tree, prefix, item_text_prefix_end(prefix, room),
                            ret_count);
    free(room);
    return status == FH_OK ? OUTCOME_DONE : failure_status("del", status);
}

static enum outcome erase_key(struct session *session, fh_bytes key, uint64_t *ret_count)
{
    fh_status status = fh_erase(session->txn, session->tree, key);

    *ret_count = status == FH_OK;
    if (status == FH_NOT_FOUND) return item_text_absent(key);
    return status == FH_OK ? OUTCOME_DONE : failure_status("del", status);
}

static enum outcome print_count(uint64_t count)
{
    struct output output;
    struct json json;

    output_init(&output);
    json_init(&json, &output);
    json_object_begin(&json, NULL);
    json_number(&json, "erased_count", count);
    json_object_end(&json);
    json_line_end(&json);
    return output_fini(&output);
}

static enum outcome run(const struct arguments *arguments)
{
    int is_prefix = arguments->option[OPTION_BY_PREFIX] != NULL;
    struct session session;
    enum outcome outcome;
    uint64_t count = 0;
    fh_bytes key;

    PASS(arguments_bytes(arguments, arguments->operand[1], &key));
    PASS(session_write(arguments, 0, &session));
    outcome = is_prefix ? erase_prefix(&session, key, &count) : erase_key(&session, key, &count);
    if (outcome == OUTCOME_DONE && count == 0)
        outcome = failure_no("del", "no key begins so");
    else if (outcome == OUTCOME_DONE)
        outcome = session_commit(&session);
    outcome = session_close(&session, outcome);
    if (outcome == OUTCOME_DONE && arguments->option[OPTION_JSON] != NULL)
        outcome = print_count(count);
    return outcome;
}

const struct command del_command = {
    .name = "del",
    .operands = "DB KEY",
    .summary = "delete an item; exit 1 if there is none",
    .details =
        "KEY is text in which \\\\ \\t \\n \\r \\xNN mean bytes. With --prefix an empty KEY\n"
        "means every item of the tree.\n",
    .options = ARGUMENTS_TAKE(OPTION_BY_PREFIX) | ARGUMENTS_TAKE(OPTION_TREE) |
               ARGUMENTS_TAKE(OPTION_HEX) | ARGUMENTS_TAKE(OPTION_POLICY) |
               ARGUMENTS_TAKE(OPTION_JSON) | ARGUMENTS_TAKE(OPTION_WITHOUT_LOG),
    .operands_min = 2,
    .operands_max = 2,
    .run = run,
};
