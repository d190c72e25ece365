/*
 * hello.c - the smallest program: one item in, one item out.
 *
 * usage: hello [DATABASE]; the database is made when there is none.
 */
#include <freehold/kv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every call tells how it ended; here a bad end is the program's end. */
static void must(fh_status status)
{
    if (status == FH_OK) return;
    fprintf(stderr, "hello: %s\n", fh_note());
    exit(EXIT_FAILURE);
}

static fh_bytes text(const char *string)
{
    return (fh_bytes){string, strlen(string)};
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "hello.fh";
    fh_options options = {.size = sizeof(options), .flags = FH_OPEN_CREATE};
    fh_db *db;
    fh_txn *txn;
    fh_bytes value;

    must(fh_open(path, &options, &db));

    /* All changes of a write transaction become durable together, or none does. */
    must(fh_begin(db, FH_WRITE, &txn));
    must(fh_put(txn, NULL, text("greeting"), text("Hello from a free hold."), 0));
    must(fh_commit(txn));

    /* A value is borrowed: it points into the database until the transaction ends. */
    must(fh_begin(db, FH_READ, &txn));
    must(fh_get(txn, NULL, text("greeting"), &value));
    printf("%.*s\n", (int)value.size, (const char *)value.data);
    fh_abort(txn);

    must(fh_close(db));
    return EXIT_SUCCESS;
}
