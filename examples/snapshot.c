/*
 * snapshot.c - a reader keeps the old state while a writer changes nearly everything.
 *
 * Overwrites a tenth of a tree's items and deletes eight tenths, with a snapshot open from
 * before; shows that the snapshot still reads every byte of the old state, what it costs,
 * and that the pages come back as soon as it ends.
 *
 * usage: snapshot [DATABASE]; without one it makes snapshot.fh, with items of its own.
 */
#include <freehold/kv.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct digest {
    uint64_t items;
    uint64_t hash;
};

static void must(fh_status status)
{
    if (status == FH_OK) return;
    fprintf(stderr, "snapshot: %s\n", fh_note());
    exit(EXIT_FAILURE);
}

/* FNV-1a: any change of any byte shows. */
static void add_bytes(struct digest *digest, fh_bytes bytes)
{
    const unsigned char *data = bytes.data;

    for (size_t i = 0; i < bytes.size; i++)
        digest->hash = (digest->hash ^ data[i]) * UINT64_C(0x100000001b3);
}

/* Everything that a transaction sees in the unnamed tree. */
static struct digest read_all(fh_txn *txn)
{
    struct digest digest = {0, UINT64_C(0xcbf29ce484222325)};
    fh_cursor *cursor;
    fh_bytes key, value;
    fh_status status;

    must(fh_cursor_open(txn, NULL, &cursor));
    status = fh_cursor_first(cursor, &key, &value);
    for (; status == FH_OK; status = fh_cursor_next(cursor, &key, &value)) {
        add_bytes(&digest, key);
        add_bytes(&digest, value);
        digest.items++;
    }
    if (status != FH_NOT_FOUND) must(status);
    fh_cursor_close(cursor);
    return digest;
}

/* Of ten items one is overwritten, one stays, eight go. A cursor survives all of it. */
static void change_most(fh_db *db)
{
    static const char text[] = "overwritten while a snapshot looks on";
    fh_cursor *cursor;
    fh_status status;
    fh_bytes key;
    fh_txn *txn;

    must(fh_begin(db, FH_WRITE, &txn));
    must(fh_cursor_open(txn, NULL, &cursor));
    status = fh_cursor_first(cursor, &key, NULL);
    for (uint64_t i = 0; status == FH_OK; i++) {
        if (i % 10 == 0)
            must(fh_put(txn, NULL, key, (fh_bytes){text, strlen(text)}, 0));
        else if (i % 10 != 1)
            must(fh_cursor_erase(cursor));
        status = fh_cursor_next(cursor, &key, NULL);
    }
    if (status != FH_NOT_FOUND) must(status);
    fh_cursor_close(cursor);
    must(fh_commit(txn));
}

static void show(fh_db *db, const char *when)
{
    fh_stat_info stat = {.size = sizeof(stat)};

    must(fh_stat(db, &stat));
    printf("  %-26s %6" PRIu64 " items, %5" PRIu64 " live, %5" PRIu64 " pinned, %5" PRIu64
           " free pages\n",
           when, stat.item_count, stat.live_pages, stat.pinned_pages, stat.free_pages);
}

static void store_items(fh_db *db)
{
    char key[16], value[96];
    fh_txn *txn;

    must(fh_begin(db, FH_WRITE, &txn));
    for (int i = 0; i < 20000; i++) {
        int key_bytes = snprintf(key, sizeof(key), "item %06d", i);
        int value_bytes = snprintf(value, sizeof(value), "the first value of item %d", i);

        must(fh_put(txn, NULL, (fh_bytes){key, (size_t)key_bytes},
                    (fh_bytes){value, (size_t)value_bytes}, 0));
    }
    must(fh_commit(txn));
}

int main(int argc, char **argv)
{
    fh_options options = {.size = sizeof(options), .flags = argc > 1 ? 0 : FH_OPEN_CREATE};
    struct digest before, after;
    fh_txn *snapshot;
    int is_same;
    fh_db *db;

    must(fh_open(argc > 1 ? argv[1] : "snapshot.fh", &options, &db));
    if (argc < 2) store_items(db);
    show(db, "before");

    must(fh_begin(db, FH_READ, &snapshot));
    before = read_all(snapshot);
    change_most(db);
    show(db, "changed, snapshot held");

    after = read_all(snapshot);
    is_same = before.items == after.items && before.hash == after.hash;
    printf("  the snapshot still reads %" PRIu64 " items, %s as before\n", after.items,
           is_same ? "byte for byte" : "NOT");
    fh_abort(snapshot);

    must(fh_checkpoint(db));
    show(db, "snapshot released");
    must(fh_close(db));
    return is_same ? EXIT_SUCCESS : EXIT_FAILURE;
}
