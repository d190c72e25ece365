/*
 * put.c - freehold put: stores one item.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "failure.h"
#include "json.h"
#include "session.h"

enum { BLOCK_BYTES = 1 << 16 };

/* All of standard input; the caller frees *ret_data, also after a failure. */
static enum outcome read_value(char **ret_data, size_t *ret_size)
{
    size_t capacity = BLOCK_BYTES;
    size_t size = 0;

    *ret_data = malloc(capacity);
    if (*ret_data == NULL) return failure_memory("put");
    for (;;) {
        ssize_t count = read(STDIN_FILENO, *ret_data + size, capacity - size);

        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failure_system("standard input", errno);
        if (count == 0) break;
        size += (size_t)count;
        if (size > FH_VALUE_MAX) return failure_wrong("put", "the value is larger than 4 GiB - 1");
        if (size == capacity) {
            char *larger = realloc(*ret_data, 2 * capacity);

            if (larger == NULL) return failure_memory("put");
            *ret_data = larger;
            capacity *= 2;
        }
    }
    *ret_size = size;
    return OUTCOME_DONE;
}

static enum outcome store(const struct arguments *arguments, fh_bytes key, fh_bytes value)
{
    struct session session;
    enum outcome outcome;
    uint64_t txn_id;
    fh_status status;

    PASS(session_write(arguments, 1, &session));
    txn_id = fh_txn_id(session.txn);
    status = fh_put(session.txn, session.tree, key, value, 0);
    outcome = status == FH_OK ? session_commit(&session) : failure_status("put", status);
    outcome = session_close(&session, outcome);
    if (outcome == OUTCOME_DONE && arguments->option[OPTION_JSON] != NULL) {
        struct output output;
        struct json json;

        output_init(&output);
        json_init(&json, &output);
        json_object_begin(&json, NULL);
        json_bytes(&json, "key", key);
        json_number(&json, "value_bytes", value.size);
        json_number(&json, "txn_id", txn_id);
        json_object_end(&json);
        json_line_end(&json);
        outcome = output_fini(&output);
    }
    return outcome;
}

static enum outcome run(const struct arguments *arguments)
{
    char *text = arguments->operand_count == 3 ? arguments->operand[2] : NULL;
    char *data = NULL;
    fh_bytes key, value = {0};
    enum outcome outcome;

    PASS(arguments_bytes(arguments, arguments->operand[1], &key));
    if (text != NULL && strcmp(text, "-") != 0) {
        PASS(arguments_bytes(arguments, text, &value));
        return store(arguments, key, value);
    }
    outcome = read_value(&data, &value.size);
    value.data = data;
    if (outcome == OUTCOME_DONE) outcome = store(arguments, key, value);
    free(data);
    return outcome;
}

const struct command put_command = {
    .name = "put",
    .operands = "DB KEY [VALUE|-]",
    .summary = "store one item",
    .details = "Without VALUE, or with -, the value is read from standard input as it is.\n"
               "KEY and VALUE are text in which \\\\ \\t \\n \\r \\xNN mean bytes.\n",
    .options = ARGUMENTS_TAKE(OPTION_TREE) | ARGUMENTS_TAKE(OPTION_HEX) |
               ARGUMENTS_TAKE(OPTION_POLICY) | ARGUMENTS_TAKE(OPTION_JSON) |
               ARGUMENTS_TAKE(OPTION_WITHOUT_LOG),
    .operands_min = 2,
    .operands_max = 3,
    .run = run,
};
