/*
 * load.c - freehold load: many items from a file, all of them or none.
 */
#include <inttypes.h>
#include <string.h>

#include "command.h"
#include "dump_text.h"
#include "failure.h"
#include "feed.h"
#include "input.h"
#include "json.h"
#include "jsonl_text.h"
#include "session.h"
#include "tsv_text.h"

struct format {
    const char *name;
    const char *ending; /* of file names that mean it */
    enum outcome (*read)(struct input *input, struct feed *feed);
};

static const struct format formats[] = {
    {"tsv", ".tsv", tsv_text_read},  {"jsonl", ".jsonl", jsonl_text_read},
    {"mdb", ".mdb", dump_text_read}, {"mdb", ".dump", dump_text_read},
    {"db", ".db", dump_text_read},
};

enum { FORMAT_COUNT = sizeof(formats) / sizeof(formats[0]) };

static int has_ending(const char *name, const char *ending)
{
    size_t size = strlen(name);
    size_t ending_size = strlen(ending);

    return size > ending_size && strcmp(name + size - ending_size, ending) == 0;
}

static const struct format *format_named(const char *name)
{
    for (size_t i = 0; i < FORMAT_COUNT; i++)
        if (strcmp(formats[i].name, name) == 0) return &formats[i];
    return NULL;
}

/* By --format, else by the file's name, else by its first line. */
static enum outcome choose_format(const struct arguments *arguments, struct input *input,
                                  const struct format **ret_format)
{
    const char *name = arguments->option[OPTION_LOAD_FORMAT];
    struct line line;

    if (name != NULL) {
        *ret_format = format_named(name);
        if (strcmp(name, "bolt") == 0 || strcmp(name, "fh") == 0)
            return failure_wrong(name, "this format comes with a later version");
        if (*ret_format == NULL)
            return failure_wrong(name, "no such format (it is one of tsv, jsonl, mdb)");
        return OUTCOME_DONE;
    }
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        *ret_format = &formats[i];
        if (has_ending(input->name, formats[i].ending)) return OUTCOME_DONE;
    }
    PASS(input_peek(input, &line));
    *ret_format = format_named("tsv");
    if (line.size >= 8 && memcmp(line.text, "VERSION=", 8) == 0) *ret_format = format_named("mdb");
    if (line.size > 0 && line.text[0] == '{') *ret_format = format_named("jsonl");
    return OUTCOME_DONE;
}

static enum outcome print_count(const struct arguments *arguments, uint64_t item_count,
                                uint64_t read_bytes)
{
    struct output output;
    struct json json;

    output_init(&output);
    json_init(&json, &output);
    if (arguments->option[OPTION_JSON] != NULL) {
        json_object_begin(&json, NULL);
        json_number(&json, "item_count", item_count);
        json_number(&json, "read_bytes", read_bytes);
        json_object_end(&json);
        json_line_end(&json);
    } else {
        output_format(&output, "%" PRIu64 " items loaded\n", item_count);
    }
    return output_fini(&output);
}

static enum outcome load_input(const struct arguments *arguments, struct input *input,
                               struct session *session, uint64_t *ret_count)
{
    const struct format *format;
    struct feed *feed;
    enum outcome outcome;

    PASS(choose_format(arguments, input, &format));
    PASS(feed_open(session, &feed));
    outcome = format->read(input, feed);
    if (outcome == OUTCOME_DONE) outcome = feed_finish(feed);
    *ret_count = feed_item_count(feed);
    feed_close(feed);
    return outcome == OUTCOME_DONE ? session_commit(session) : outcome;
}

static enum outcome run(const struct arguments *arguments)
{
    const char *path = arguments->operand_count > 1 ? arguments->operand[1] : "-";
    struct session session;
    struct input input;
    enum outcome outcome;
    uint64_t item_count = 0;

    PASS(session_probe(arguments->operand[0]));
    PASS(input_open(path, &input));
    outcome = session_write(arguments, 1, &session);
    if (outcome == OUTCOME_DONE) {
        outcome = load_input(arguments, &input, &session, &item_count);
        outcome = session_close(&session, outcome);
    }
    input_close(&input);
    if (outcome == OUTCOME_DONE) outcome = print_count(arguments, item_count, input.read_bytes);
    return outcome;
}

const struct command load_command = {
    .name = "load",
    .operands = "DB [FILE|-]",
    .summary = "load many items, all or none",
    .details =
        "tsv    key TAB value; \\\\ \\t \\n \\r \\xNN mean bytes; no empty lines\n"
        "jsonl  {\"key\":\"...\",\"value\":\"...\"}; key_hex, value_hex for bytes; tree for a "
        "tree\n"
        "mdb    what mdb_dump and db_dump print, with -p too; database= names a tree\n"
        "Without --format the file's name decides (.tsv .jsonl .mdb .dump .db), then the first\n"
        "line. Of equal keys the last one wins. A bad line ends it, and nothing is loaded.\n",
    .options = ARGUMENTS_TAKE(OPTION_LOAD_FORMAT) | ARGUMENTS_TAKE(OPTION_TREE) |
               ARGUMENTS_TAKE(OPTION_POLICY) | ARGUMENTS_TAKE(OPTION_JSON) |
               ARGUMENTS_TAKE(OPTION_WITHOUT_LOG),
    .operands_min = 1,
    .operands_max = 2,
    .run = run,
};
