/*
 * delete_count.c - commits before and after most was deleted, to be counted by callgrind.
 *
 * usage: delete_count DATABASE full|emptied|rested small|large COMMITS
 * full: nothing was deleted. emptied: 95 % have just been, and relocation works. rested: it has
 * nothing to do any more. A commit puts one item, of 100 bytes or of 64 KiB. Nothing but these
 * commits runs while callgrind counts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/callgrind.h>

#include "dice.h"
#include "freehold/kv.h"
#include "stop.h"

enum {
    ARGUMENTS = 5,
    ITEMS = 100000,
    LEFT = ITEMS / 20,
    PER_TXN = 1000,
    KEY_BYTES = 16,
    SMALL_BYTES = 100,
    LARGE_BYTES = 64 << 10,
    REST_COMMITS = 500,
    REST_ROUNDS_MAX = 100
};

static struct dice dice = {.state = 3};
static unsigned char value[LARGE_BYTES];

static void must(fh_status status, const char *what)
{
    if (status != FH_OK) stop("%s: %s (%s)", what, fh_strerror(status), fh_note());
}

/* In an order that is none of the items' numbers. */
static fh_bytes key_of(uint64_t item, unsigned char key[KEY_BYTES])
{
    uint64_t halves[2] = {dice_mix(item + 1), dice_mix(~item)};

    memcpy(key, halves, KEY_BYTES);
    return (fh_bytes){key, KEY_BYTES};
}

static void fill(fh_db *db)
{
    unsigned char key[KEY_BYTES];
    fh_txn *txn = NULL;

    for (uint64_t i = 0; i < ITEMS; i++) {
        if (i % PER_TXN == 0) must(fh_begin(db, FH_WRITE, &txn), "begin");
        must(fh_put(txn, NULL, key_of(i, key), (fh_bytes){value, SMALL_BYTES}, 0), "put");
        if (i % PER_TXN == PER_TXN - 1) must(fh_commit(txn), "commit");
    }
}

/* All but the first LEFT, at once, so that no page has moved yet. */
static void empty_out(fh_db *db)
{
    unsigned char key[KEY_BYTES];
    fh_txn *txn;

    must(fh_begin(db, FH_WRITE, &txn), "begin");
    for (uint64_t i = LEFT; i < ITEMS; i++)
        must(fh_erase(txn, NULL, key_of(i, key)), "erase");
    must(fh_commit(txn), "commit");
}

static void commit_one(fh_db *db, uint64_t item, size_t value_bytes)
{
    unsigned char key[KEY_BYTES];
    fh_txn *txn;

    must(fh_begin(db, FH_WRITE, &txn), "begin");
    must(fh_put(txn, NULL, key_of(item, key), (fh_bytes){value, value_bytes}, 0), "put");
    must(fh_commit(txn), "commit");
}

/* Any of those that are there in every state; a large one takes another's place. */
static void commit_many(fh_db *db, uint64_t count, size_t value_bytes)
{
    for (uint64_t i = 0; i < count; i++)
        commit_one(db, value_bytes == LARGE_BYTES ? i % 2 : dice_below(&dice, LEFT), value_bytes);
}

static uint64_t relocated(fh_db *db)
{
    fh_stat_info stat = {.size = sizeof(stat)};

    must(fh_stat(db, &stat), "stat");
    return stat.relocated_pages;
}

static void rest(fh_db *db)
{
    uint64_t before = 0, now = relocated(db);

    for (unsigned round = 0; before != now; round++) {
        if (round == REST_ROUNDS_MAX) stop("pages are moved for ever");
        before = now;
        commit_many(db, REST_COMMITS, SMALL_BYTES);
        must(fh_checkpoint(db), "checkpoint");
        now = relocated(db);
    }
}

int main(int argument_count, char **arguments)
{
    fh_options options = {
        .size = sizeof(options), .flags = FH_OPEN_NEW, .durability = FH_NONE, .close_ms = 1};
    size_t value_bytes;
    fh_db *db;

    if (argument_count != ARGUMENTS)
        stop("delete_count: DATABASE full|emptied|rested small|large COMMITS");
    value_bytes = strcmp(arguments[3], "large") == 0 ? LARGE_BYTES : SMALL_BYTES;
    must(fh_open(arguments[1], &options, &db), arguments[1]);
    fill(db);
    commit_many(db, 4, value_bytes);
    must(fh_checkpoint(db), "checkpoint");
    if (strcmp(arguments[2], "full") != 0) empty_out(db);
    if (strcmp(arguments[2], "rested") == 0) rest(db);
    commit_many(db, 4, value_bytes);
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_TOGGLE_COLLECT;
    commit_many(db, strtoull(arguments[4], NULL, 10), value_bytes);
    CALLGRIND_TOGGLE_COLLECT;
    CALLGRIND_STOP_INSTRUMENTATION;
    printf("%llu pages moved\n", (unsigned long long)relocated(db));
    must(fh_close(db), "close");
    return EXIT_SUCCESS;
}
