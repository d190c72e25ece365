/*
 * scan.c - named trees and cursors: a small dictionary, read in order both ways.
 *
 * usage: scan [DATABASE]; the database is made when there is none.
 */
#include <freehold/kv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const metals[][2] = {
    {"Ag", "silver"}, {"Al", "aluminium"}, {"Au", "gold"}, {"Cu", "copper"},
    {"Fe", "iron"},   {"Pb", "lead"},      {"Sn", "tin"},  {"Zn", "zinc"},
};

static void must(fh_status status)
{
    if (status == FH_OK) return;
    fprintf(stderr, "scan: %s\n", fh_note());
    exit(EXIT_FAILURE);
}

static fh_bytes text(const char *string)
{
    return (fh_bytes){string, strlen(string)};
}

static void print_item(fh_bytes key, fh_bytes value)
{
    printf("  %.*s %.*s\n", (int)key.size, (const char *)key.data, (int)value.size,
           (const char *)value.data);
}

static void store_metals(fh_db *db)
{
    fh_txn *txn;
    fh_tree *tree;

    must(fh_begin(db, FH_WRITE, &txn));
    must(fh_tree_open(txn, text("metals"), FH_TREE_CREATE, &tree));
    for (size_t i = 0; i < sizeof(metals) / sizeof(metals[0]); i++)
        must(fh_put(txn, tree, text(metals[i][0]), text(metals[i][1]), 0));
    must(fh_commit(txn));
}

/* The end of a scan is FH_NOT_FOUND: an answer, not an error. */
static void print_metals(fh_txn *txn, fh_tree *tree)
{
    fh_cursor *cursor;
    fh_bytes key, value;
    fh_status status;

    must(fh_cursor_open(txn, tree, &cursor));
    printf("from C on:\n");
    status = fh_cursor_seek(cursor, text("C"), &key, &value);
    for (; status == FH_OK; status = fh_cursor_next(cursor, &key, &value))
        print_item(key, value);
    if (status != FH_NOT_FOUND) must(status);

    printf("the last three, backwards:\n");
    status = fh_cursor_last(cursor, &key, &value);
    for (int i = 0; i < 3 && status == FH_OK; i++) {
        print_item(key, value);
        status = fh_cursor_prev(cursor, &key, &value);
    }
    if (status != FH_NOT_FOUND) must(status);
    fh_cursor_close(cursor);
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "scan.fh";
    fh_options options = {.size = sizeof(options), .flags = FH_OPEN_CREATE};
    fh_db *db;
    fh_txn *txn;
    fh_tree *tree;

    must(fh_open(path, &options, &db));
    store_metals(db);
    must(fh_begin(db, FH_READ, &txn));
    must(fh_tree_open(txn, text("metals"), 0, &tree));
    print_metals(txn, tree);
    fh_abort(txn);
    must(fh_close(db));
    return EXIT_SUCCESS;
}
