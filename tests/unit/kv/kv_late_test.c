/*
 * kv_late_test.c - a put that changes its leaf in place, and when it must not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "freehold/kv.h"
#include "kv/db_internal.h"
#include "pager/pager_internal.h"
#include "support/scratch.h"
#include "support/unit.h"

enum { KEYS = 300, ROUNDS = 40, VALUE_BYTES = 100, LENGTHS = 60 };
enum { MANY = 4000, LOG_BYTES = 1 << 16 };

static fh_bytes value_of(unsigned number, unsigned char bytes[VALUE_BYTES])
{
    memset(bytes, (int)(number & 0xff), VALUE_BYTES);
    return (fh_bytes){bytes, 40 + number % LENGTHS};
}

static fh_txn *begin(fh_db *db, unsigned flags)
{
    fh_txn *txn;

    assert_ok(fh_begin(db, flags, &txn));
    return txn;
}

static void put_in(fh_txn *txn, unsigned key, unsigned number)
{
    unsigned char buffer[ITEMS_KEY_MAX], bytes[VALUE_BYTES];

    assert_ok(fh_put(txn, NULL, items_numbered("k", key, buffer), value_of(number, bytes), 0));
}

static void put_unsynced(fh_db *db, unsigned key, unsigned number)
{
    fh_txn *txn = begin(db, FH_WRITE);

    put_in(txn, key, number);
    assert_ok(fh_commit_as(txn, FH_NONE, NULL));
}

static void require_in(fh_txn *txn, unsigned key, unsigned number)
{
    unsigned char buffer[ITEMS_KEY_MAX], bytes[VALUE_BYTES];
    fh_bytes found;

    assert_ok(fh_get(txn, NULL, items_numbered("k", key, buffer), &found));
    scratch_require_same(found, value_of(number, bytes));
}

static void require_now(fh_db *db, unsigned key, unsigned number)
{
    fh_txn *txn = begin(db, FH_READ);

    require_in(txn, key, number);
    fh_abort(txn);
}

/* A commit that copies gives the catalog's root another page. */
static page_no root_of_catalog(fh_db *db)
{
    fh_txn *txn = begin(db, FH_READ);
    page_no root = txn->catalog.state.root;

    fh_abort(txn);
    return root;
}

static void fill(fh_db *db)
{
    for (unsigned i = 0; i < KEYS; i++)
        put_unsynced(db, i, i);
}

static void alone_and_unsynced_it_copies_nothing(void **state)
{
    struct scratch *scratch = *state;
    page_no root;

    fill(scratch->db);
    put_unsynced(scratch->db, 7, LENGTHS);
    root = root_of_catalog(scratch->db);
    for (unsigned i = 0; i < ROUNDS; i++) {
        put_unsynced(scratch->db, 7, i * LENGTHS);
        require_now(scratch->db, 7, i * LENGTHS);
    }
    assert_int_equal(root_of_catalog(scratch->db), root);
    scratch_reopen(scratch);
    require_now(scratch->db, 7, (ROUNDS - 1) * LENGTHS);
}

static void who_reads_keeps_what_was(void **state)
{
    struct scratch *scratch = *state;
    fh_txn *readers[ROUNDS];

    fill(scratch->db);
    for (unsigned i = 0; i < ROUNDS; i++) {
        put_unsynced(scratch->db, 7, i);
        readers[i] = begin(scratch->db, FH_READ);
        put_unsynced(scratch->db, 8, i);
    }
    for (unsigned i = 0; i < ROUNDS; i++) {
        require_in(readers[i], 7, i);
        require_in(readers[i], 8, i == 0 ? 8 : i - 1);
        fh_abort(readers[i]);
    }
    scratch_require_clean(scratch->db);
}

/* Who begins between the put and its commit has the state before. */
static void who_comes_before_the_commit_keeps_what_was(void **state)
{
    struct scratch *scratch = *state;

    fill(scratch->db);
    for (unsigned i = 0; i < ROUNDS; i++) {
        fh_txn *txn, *reader;

        put_unsynced(scratch->db, 7, i);
        txn = begin(scratch->db, FH_WRITE);
        put_in(txn, 7, i + 1);
        reader = begin(scratch->db, FH_READ);
        assert_ok(fh_commit_as(txn, FH_NONE, NULL));
        require_in(reader, 7, i);
        fh_abort(reader);
        require_now(scratch->db, 7, i + 1);
    }
}

/* What a checkpoint has is not changed under it. */
static void checkpoints_have_what_was(void **state)
{
    struct scratch *scratch = *state;

    fill(scratch->db);
    for (unsigned i = 0; i < ROUNDS; i++) {
        page_no root;

        put_unsynced(scratch->db, 7, i);
        if (i % 4 != 0) continue;
        assert_ok(fh_checkpoint(scratch->db));
        root = root_of_catalog(scratch->db);
        put_unsynced(scratch->db, 7, i);
        assert_int_not_equal(root_of_catalog(scratch->db), root);
        scratch_require_clean(scratch->db);
    }
}

static void its_own_transaction_sees_it(void **state)
{
    struct scratch *scratch = *state;
    uint64_t savepoint;
    fh_cursor *cursor;
    fh_bytes key;
    fh_txn *txn;

    fill(scratch->db);
    txn = begin(scratch->db, FH_WRITE);
    put_in(txn, 7, 1000);
    require_in(txn, 7, 1000);
    put_in(txn, 8, 1001);
    require_in(txn, 8, 1001);
    assert_ok(fh_commit_as(txn, FH_NONE, NULL));

    txn = begin(scratch->db, FH_WRITE);
    put_in(txn, 7, 2000);
    assert_ok(fh_savepoint(txn, &savepoint));
    put_in(txn, 7, 2001);
    assert_ok(fh_rollback(txn, savepoint));
    require_in(txn, 7, 2000);
    assert_ok(fh_commit_as(txn, FH_NONE, NULL));

    txn = begin(scratch->db, FH_WRITE);
    put_in(txn, KEYS, 3000);
    assert_ok(fh_cursor_open(txn, NULL, &cursor));
    assert_ok(fh_cursor_last(cursor, &key, NULL));
    fh_cursor_close(cursor);
    require_in(txn, KEYS, 3000);
    fh_abort(txn);
    require_now(scratch->db, 7, 2000);
    require_now(scratch->db, 8, 1001);
    scratch_require_clean(scratch->db);
}

static void aborted_it_never_was(void **state)
{
    struct scratch *scratch = *state;
    unsigned char buffer[ITEMS_KEY_MAX];
    fh_txn *txn;

    fill(scratch->db);
    txn = begin(scratch->db, FH_WRITE);
    put_in(txn, 7, 1000);
    fh_abort(txn);
    txn = begin(scratch->db, FH_WRITE);
    assert_ok(fh_commit_as(txn, FH_NONE, NULL));
    require_now(scratch->db, 7, 7);
    txn = begin(scratch->db, FH_WRITE);
    assert_status(fh_put(txn, NULL, items_numbered("k", 7, buffer), text("new"), FH_NO_OVERWRITE),
                  FH_EXISTS);
    assert_ok(fh_commit_as(txn, FH_NONE, NULL));
    require_now(scratch->db, 7, 7);
}

/* Opened as a power cut would leave it, if the system had written all that it was given. */
static void require_recovery(struct scratch *scratch)
{
    static const char *const names[][2] = {
        {"", "cut.fh"}, {"-wal", "cut.fh-wal"}, {"-wal2", "cut.fh-wal2"}};
    fh_options options = {.size = sizeof(options)};
    fh_db *db;

    for (int i = 0; i < 3; i++) {
        char from[SCRATCH_FILE_BYTES + 8];
        unsigned char *bytes;
        size_t size;

        (void)snprintf(from, sizeof(from), "%s%s", scratch->path, names[i][0]);
        if (access(from, R_OK) != 0) continue; /* the log is under one name or the other */
        bytes = scratch_read_file(from, &size);
        scratch_write_file(scratch_path(scratch, names[i][1]), bytes, size);
        free(bytes);
    }
    assert_ok(fh_open(scratch_path(scratch, "cut.fh"), &options, &db));
    scratch_require_clean(db);
    assert_ok(fh_close(db));
    assert_int_equal(remove(scratch_path(scratch, "cut.fh")), 0);
}

/* New items, so that a leaf that is newer than its tree's record in the checkpoint shows. */
static void a_checkpoint_under_way_has_what_was(void **state)
{
    struct scratch *scratch = *state;
    fh_options options = scratch_options(0, FH_OPEN_CREATE);
    bool was_under_way = false;

    options.log_bytes = LOG_BYTES;
    scratch_close(scratch);
    scratch_open(scratch, &options);
    for (unsigned i = 0; i < MANY; i++) {
        bool is_under_way;

        put_unsynced(scratch->db, i * 7919 % 100003, i * LENGTHS);
        is_under_way = scratch->db->pager->checkpoint.phase != CHECKPOINT_NONE;
        if (was_under_way && !is_under_way) require_recovery(scratch);
        was_under_way = is_under_way;
    }
}

/* Also with a sync after all: then it goes as any other. */
static void any_durability_commits_it(void **state)
{
    static const fh_durability all[] = {FH_DURABLE, FH_GROUP, FH_LAZY, FH_NONE};
    struct scratch *scratch = *state;

    fill(scratch->db);
    for (unsigned i = 0; i < ROUNDS; i++) {
        fh_txn *txn;
        uint64_t ticket;

        put_unsynced(scratch->db, 8, i);
        txn = begin(scratch->db, FH_WRITE);
        put_in(txn, 7, i);
        assert_ok(fh_commit_as(txn, all[i % 4], &ticket));
        assert_ok(fh_wait(scratch->db, ticket));
        require_now(scratch->db, 7, i);
    }
    scratch_reopen(scratch);
    require_now(scratch->db, 7, ROUNDS - 1);
    require_now(scratch->db, 8, ROUNDS - 1);
    scratch_require_clean(scratch->db);
}

#define TEST(name)  cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
#define SMALL(name) cmocka_unit_test_setup_teardown(name, scratch_setup_small, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(alone_and_unsynced_it_copies_nothing),
        TEST(who_reads_keeps_what_was),
        SMALL(who_reads_keeps_what_was),
        TEST(who_comes_before_the_commit_keeps_what_was),
        SMALL(who_comes_before_the_commit_keeps_what_was),
        TEST(checkpoints_have_what_was),
        SMALL(checkpoints_have_what_was),
        TEST(a_checkpoint_under_way_has_what_was),
        TEST(its_own_transaction_sees_it),
        SMALL(its_own_transaction_sees_it),
        TEST(aborted_it_never_was),
        SMALL(aborted_it_never_was),
        TEST(any_durability_commits_it),
        SMALL(any_durability_commits_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
