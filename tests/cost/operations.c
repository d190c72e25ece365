/*
 * operations.c - a few operations of a fixed history, to be counted under callgrind.
 *
 * usage: operations FOLDER
 * Each count_... function is what callgrind collects while it runs, and nothing else is; how
 * often it does its operation is printed. Items are 16 + 100 bytes, 20,000 of them.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "freehold/kv.h"

enum {
    ITEMS = 20000,
    FILL_BATCH = 1000,
    PUTS = 1000,
    COMMITS = 50,
    BEGINS = 1000,
    AT_ONCE = 100,
    KEY_BYTES = 16,
    VALUE_BYTES = 100,
    PATH_BYTES = 1024
};

static unsigned char keys[ITEMS][KEY_BYTES];
static unsigned char value_bytes[VALUE_BYTES];

static void must(fh_status status)
{
    if (status == FH_OK) return;
    (void)fprintf(stderr, "operations: %s: %s\n", fh_status_name(status), fh_note());
    exit(EXIT_FAILURE);
}

/* splitmix64: the same keys everywhere. */
static uint64_t mix(uint64_t number)
{
    number += UINT64_C(0x9e3779b97f4a7c15);
    number = (number ^ (number >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    number = (number ^ (number >> 27)) * UINT64_C(0x94d049bb133111eb);
    return number ^ (number >> 31);
}

static void make_keys(void)
{
    for (uint64_t i = 0; i < ITEMS; i++) {
        uint64_t halves[2] = {mix(i), mix(~i)};

        memcpy(keys[i], halves, KEY_BYTES);
    }
}

static fh_bytes key_at(size_t no)
{
    return (fh_bytes){keys[no], KEY_BYTES};
}

static fh_bytes value(void)
{
    return (fh_bytes){value_bytes, VALUE_BYTES};
}

static void fill(fh_db *db)
{
    fh_txn *txn = NULL;

    for (size_t i = 0; i < ITEMS; i++) {
        if (i % FILL_BATCH == 0) must(fh_begin(db, FH_WRITE, &txn));
        must(fh_put(txn, NULL, key_at(i), value(), 0));
        if (i % FILL_BATCH == FILL_BATCH - 1) must(fh_commit(txn));
    }
}

/* ---- What is counted ---- */

__attribute__((noinline)) static void count_get(fh_txn *txn)
{
    fh_bytes found;

    /* In an order that the fill did not have: the multiplier has no factor of ITEMS. */
    for (size_t i = 0; i < ITEMS; i++)
        must(fh_get(txn, NULL, key_at(i * 7919 % ITEMS), &found));
}

/* The same keys, some by one call. */
__attribute__((noinline)) static void count_many(fh_txn *txn)
{
    static fh_bytes asked[AT_ONCE];
    static fh_bytes found[AT_ONCE];

    for (size_t i = 0; i < ITEMS; i += AT_ONCE) {
        for (size_t j = 0; j < AT_ONCE; j++)
            asked[j] = key_at((i + j) * 7919 % ITEMS);
        must(fh_get_many(txn, NULL, asked, AT_ONCE, found, NULL));
    }
}

/* Both ends of a read transaction. */
__attribute__((noinline)) static void count_begin(fh_db *db)
{
    fh_txn *txn = NULL;

    for (size_t i = 0; i < BEGINS; i++) {
        must(fh_begin(db, FH_READ, &txn));
        fh_abort(txn);
    }
}

__attribute__((noinline)) static void count_put(fh_txn *txn)
{
    for (size_t i = 0; i < PUTS; i++)
        must(fh_put(txn, NULL, key_at(i * 7919 % ITEMS), value(), 0));
}

__attribute__((noinline)) static size_t count_next(fh_cursor *cursor)
{
    fh_bytes key;
    fh_bytes found;
    size_t count = 0;

    while (fh_cursor_next(cursor, &key, &found) == FH_OK)
        count++;
    return count;
}

__attribute__((noinline)) static void count_commit(fh_txn *txn)
{
    must(fh_commit(txn));
}

/* ---- Each in its place ---- */

static void read_all(fh_db *db)
{
    fh_txn *txn = NULL;
    fh_cursor *cursor = NULL;

    must(fh_begin(db, FH_READ, &txn));
    count_get(txn);
    printf("get %d\n", ITEMS);
    count_many(txn);
    printf("many %d\n", ITEMS);
    must(fh_cursor_open(txn, NULL, &cursor));
    if (count_next(cursor) != ITEMS) {
        (void)fputs("operations: a scan missed items\n", stderr);
        exit(EXIT_FAILURE);
    }
    printf("next %d\n", ITEMS);
    fh_cursor_close(cursor);
    fh_abort(txn);
    count_begin(db);
    printf("begin %d\n", BEGINS);
}

static void write_some(fh_db *db)
{
    fh_txn *txn = NULL;

    must(fh_begin(db, FH_WRITE, &txn));
    count_put(txn);
    printf("put %d\n", PUTS);
    must(fh_commit(txn));
    for (size_t i = 0; i < COMMITS; i++) {
        must(fh_begin(db, FH_WRITE, &txn));
        must(fh_put(txn, NULL, key_at(i * 389), value(), 0));
        count_commit(txn);
    }
    printf("commit %d\n", COMMITS);
}

int main(int argc, char **argv)
{
    fh_options options = {.size = sizeof(options), .flags = FH_OPEN_NEW};
    fh_db *db = NULL;
    char path[PATH_BYTES];

    if (argc != 2 || snprintf(path, sizeof(path), "%s/counted.fh", argv[1]) >= PATH_BYTES) {
        (void)fputs("usage: operations FOLDER\n", stderr);
        return 2;
    }
    make_keys();
    must(fh_open(path, &options, &db));
    fill(db);
    read_all(db);
    write_some(db);
    must(fh_close(db));
    return EXIT_SUCCESS;
}
