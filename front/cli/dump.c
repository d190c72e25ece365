/*
 * dump.c - freehold dump: all items as text, the inverse of load.
 */
#include <inttypes.h>
#include <string.h>

#include "command.h"
#include "dump_text.h"
#include "failure.h"
#include "item_text.h"
#include "jsonl_text.h"
#include "session.h"

enum format { FORMAT_TSV, FORMAT_JSONL, FORMAT_MDB, FORMAT_DB, FORMAT_COUNT };

static const char *const format_names[FORMAT_COUNT] = {"tsv", "jsonl", "mdb", "db"};

/* LMDB's page, and what an item costs in one beside its bytes. */
enum { MAP_UNIT_BYTES = 4096, MAP_ITEM_BYTES = 16, MAP_BASE_BYTES = 1 << 20 };

struct dump {
    const struct session *session;
    struct output *output;
    enum format format;
    uint64_t map_bytes; /* for mdb */
};

static enum outcome choose_format(const struct arguments *arguments, enum format *ret_format)
{
    const char *name = arguments->option[OPTION_DUMP_FORMAT];

    *ret_format = arguments->option[OPTION_JSON] != NULL ? FORMAT_JSONL : FORMAT_TSV;
    if (name == NULL) return OUTCOME_DONE;
    for (unsigned i = 0; i < FORMAT_COUNT; i++) {
        *ret_format = (enum format)i;
        if (strcmp(format_names[i], name) == 0) return OUTCOME_DONE;
    }
    return failure_wrong(name, "no such format (it is one of tsv, jsonl, mdb, db)");
}

static void print_item(const struct dump *dump, fh_bytes name, fh_bytes key, fh_bytes value)
{
    switch (dump->format) {
    case FORMAT_JSONL:
        jsonl_text_print(dump->output, name, key, value);
        break;
    case FORMAT_MDB:
    case FORMAT_DB:
        dump_text_print(dump->output, key, value);
        break;
    case FORMAT_TSV:
    case FORMAT_COUNT:
        item_text_print(dump->output, ITEM_ESCAPED, key, &value);
        break;
    }
}

static enum outcome dump_tree(const struct dump *dump, fh_bytes name, fh_tree *tree)
{
    int has_sections = dump->format == FORMAT_MDB || dump->format == FORMAT_DB;
    fh_cursor *cursor;
    fh_bytes key, value;
    fh_status status = fh_cursor_open(dump->session->txn, tree, &cursor);

    if (status != FH_OK) return failure_status("dump", status);
    if (has_sections)
        dump_text_begin(dump->output, name, dump->format == FORMAT_MDB ? dump->map_bytes : 0);
    status = fh_cursor_first(cursor, &key, &value);
    while (status == FH_OK && dump->output->error == 0) {
        print_item(dump, name, key, value);
        status = fh_cursor_next(cursor, &key, &value);
    }
    fh_cursor_close(cursor);
    if (status != FH_OK && status != FH_NOT_FOUND) return failure_status("dump", status);
    if (has_sections) dump_text_end(dump->output);
    return OUTCOME_DONE;
}

/*
 * The map that LMDB needs: its pages may be half full, and a value beside them takes whole
 * pages. The map is address space, not file, so a generous bound costs nothing.
 */
static uint64_t map_bytes_for(uint64_t item_count, uint64_t payload_bytes)
{
    uint64_t bytes = 2 * (payload_bytes + item_count * MAP_ITEM_BYTES) + MAP_BASE_BYTES;

    return (bytes / 2 * 3 + MAP_UNIT_BYTES - 1) / MAP_UNIT_BYTES * MAP_UNIT_BYTES;
}

static fh_status open_named(const struct session *session, fh_bytes name, fh_tree **ret_tree)
{
    *ret_tree = NULL;
    return name.size > 0 ? fh_tree_open(session->txn, name, 0, ret_tree) : FH_OK;
}

/* What all trees hold, how many there are, and how many have a name. */
static enum outcome survey(const struct session *session, fh_tree_stat *ret_sum,
                           uint64_t *ret_tree_count, uint64_t *ret_named_count)
{
    fh_tree_stat sum = {0};
    uint64_t tree_count = 0;
    uint64_t named_count = 0;
    fh_cursor *names = NULL;
    fh_bytes name;
    fh_status status = fh_tree_walk(session->txn, &names);

    if (status == FH_OK) status = fh_cursor_first(names, &name, NULL);
    while (status == FH_OK) {
        fh_tree_stat stat;
        fh_tree *tree;

        status = open_named(session, name, &tree);
        if (status == FH_OK) status = fh_tree_describe(session->txn, tree, &stat);
        if (status != FH_OK) break;
        sum.item_count += stat.item_count;
        sum.payload_bytes += stat.payload_bytes;
        tree_count++;
        named_count += name.size > 0;
        status = fh_cursor_next(names, &name, NULL);
    }
    fh_cursor_close(names);
    if (status != FH_NOT_FOUND) return failure_status("dump", status);
    *ret_sum = sum;
    *ret_tree_count = tree_count;
    *ret_named_count = named_count;
    return OUTCOME_DONE;
}

static enum outcome dump_all(const struct dump *dump)
{
    fh_cursor *names = NULL;
    enum outcome outcome = OUTCOME_DONE;
    uint64_t count = 0;
    fh_bytes name = {0};
    fh_status status = fh_tree_walk(dump->session->txn, &names);

    if (status == FH_OK) status = fh_cursor_first(names, &name, NULL);
    while (status == FH_OK && outcome == OUTCOME_DONE) {
        fh_tree *tree;

        count++;
        status = open_named(dump->session, name, &tree);
        if (status != FH_OK) break;
        outcome = dump_tree(dump, name, tree);
        if (outcome == OUTCOME_DONE) status = fh_cursor_next(names, &name, NULL);
    }
    fh_cursor_close(names);
    if (outcome != OUTCOME_DONE) return outcome;
    if (status != FH_NOT_FOUND) return failure_status("dump", status);
    return count > 0 ? OUTCOME_DONE : dump_tree(dump, (fh_bytes){0}, NULL);
}

static enum outcome dump_session(struct dump *dump)
{
    uint64_t tree_count = 0;
    uint64_t named_count = 0;
    fh_tree_stat sum = {0};
    int has_unnamed;

    PASS(survey(dump->session, &sum, &tree_count, &named_count));
    has_unnamed = tree_count > named_count;
    dump->map_bytes = map_bytes_for(sum.item_count, sum.payload_bytes);
    if (dump->session->tree_text != NULL)
        return dump_tree(dump, dump->session->tree_name, dump->session->tree);
    if (dump->format == FORMAT_TSV && named_count > 0)
        return failure_wrong(dump->session->path,
                             "tsv holds one tree, and %" PRIu64 " here have names (use --tree "
                             "NAME, --tree '' for the unnamed one, or another --format)",
                             named_count);
    if (dump->format == FORMAT_DB && named_count > 0 && has_unnamed)
        return failure_wrong(dump->session->path,
                             "Berkeley DB keeps either one unnamed tree or named ones, here are "
                             "both (use --tree NAME, or --format mdb)");
    return dump_all(dump);
}

static enum outcome run(const struct arguments *arguments)
{
    struct session session;
    struct output output;
    struct dump dump = {.session = &session, .output = &output};
    enum outcome outcome, end;

    PASS(choose_format(arguments, &dump.format));
    PASS(session_read(arguments, &session));
    output_init(&output);
    outcome = dump_session(&dump);
    end = output_fini(&output);
    return session_close(&session, outcome == OUTCOME_DONE ? end : outcome);
}

const struct command dump_command = {
    .name = "dump",
    .operands = "DB",
    .summary = "print all items, for load",
    .details = "tsv    key TAB value, of one tree\n"
               "jsonl  one object a line, all trees (--json means the same)\n"
               "mdb    for mdb_load: all trees, with a mapsize line\n"
               "db     for db_load: all trees, without it\n",
    .options = ARGUMENTS_TAKE(OPTION_DUMP_FORMAT) | ARGUMENTS_TAKE(OPTION_TREE) |
               ARGUMENTS_TAKE(OPTION_JSON) | ARGUMENTS_TAKE(OPTION_WITHOUT_LOG),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
