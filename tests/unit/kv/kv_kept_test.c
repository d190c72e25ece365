/*
 * kv_kept_test.c - read transactions that are used again are new ones to their users.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "freehold/kv.h"
#include "support/scratch.h"
#include "support/unit.h"

enum { ROUNDS = 50, THREADS = 3, READS = 20000 };

static void require_number(struct fh_txn *txn, uint64_t wanted)
{
    uint64_t number;
    fh_bytes value;

    assert_ok(fh_get(txn, NULL, text("number"), &value));
    assert_int_equal(value.size, sizeof(number));
    memcpy(&number, value.data, sizeof(number));
    assert_int_equal(number, wanted);
}

static void put_number(struct fh_db *db, uint64_t number)
{
    scratch_put(db, text("number"), (fh_bytes){&number, sizeof(number)});
}

static void each_begin_sees_the_newest_commit(void **state)
{
    struct scratch *scratch = *state;
    fh_txn *outer, *inner;

    for (uint64_t i = 0; i < ROUNDS; i++) {
        put_number(scratch->db, i);
        for (int again = 0; again < 3; again++) {
            uint64_t newest = again == 2 ? i + 1000 : i;

            assert_ok(fh_begin(scratch->db, FH_READ, &outer));
            assert_ok(fh_begin(scratch->db, FH_READ, &inner));
            assert_ptr_not_equal(inner, outer);
            require_number(inner, newest);
            fh_abort(inner);
            if (again == 1) put_number(scratch->db, i + 1000);
            require_number(outer, newest);
            fh_abort(outer);
        }
    }
}

/* Handles, cursors and gathered values of the one before are gone; a cursor left open too. */
static void nothing_is_left_of_the_one_before(void **state)
{
    struct scratch *scratch = *state;
    fh_cursor *cursor;
    fh_tree *tree;
    fh_txn *txn;

    put_number(scratch->db, 1);
    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_tree_open(txn, text("named"), FH_TREE_CREATE, &tree));
    assert_ok(fh_put(txn, tree, text("key"), text("value"), 0));
    assert_ok(fh_commit(txn));
    for (unsigned i = 0; i < ROUNDS; i++) {
        fh_bytes key, value;

        assert_ok(fh_begin(scratch->db, FH_READ, &txn));
        if (i % 2 == 0) require_number(txn, 1);
        assert_ok(fh_tree_open(txn, text("named"), 0, &tree));
        assert_ok(fh_cursor_open(txn, i % 3 == 0 ? tree : NULL, &cursor));
        assert_ok(fh_cursor_first(cursor, &key, &value));
        if (i % 5 == 0) fh_cursor_close(cursor);
        fh_abort(txn);
    }
    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_tree_open(txn, text("named"), 0, &tree));
    assert_ok(fh_tree_drop(txn, tree));
    assert_ok(fh_commit(txn));
    assert_ok(fh_begin(scratch->db, FH_READ, &txn));
    assert_status(fh_tree_open(txn, text("named"), 0, &tree), FH_NOT_FOUND);
    fh_abort(txn);
}

static void who_has_ended_is_no_reader_and_holds_no_pages(void **state)
{
    struct scratch *scratch = *state;
    fh_stat_info stat = {.size = sizeof(stat)};
    fh_txn *txn;

    put_number(scratch->db, 1);
    for (unsigned i = 0; i < 2; i++) {
        assert_ok(fh_begin(scratch->db, FH_READ, &txn));
        fh_abort(txn);
    }
    scratch_fill(scratch->db, 0, 200, 40);
    assert_ok(fh_stat(scratch->db, &stat));
    assert_int_equal(stat.reader_count, 0);
    assert_int_equal(stat.pinned_pages, 0);
    assert_ok(fh_begin(scratch->db, FH_READ, &txn));
    assert_ok(fh_stat(scratch->db, &stat));
    assert_int_equal(stat.reader_count, 1);
    assert_status(fh_close(scratch->db), FH_BUSY);
    fh_abort(txn);
}

struct crowd {
    fh_db *db;
    _Atomic uint64_t put; /* a number that was committed */
};

static void *read_on(void *context)
{
    struct crowd *crowd = context;

    for (unsigned i = 0; i < READS; i++) {
        uint64_t before = crowd->put, number;
        fh_bytes value;
        fh_txn *txn;

        assert_ok(fh_begin(crowd->db, FH_READ, &txn));
        assert_ok(fh_get(txn, NULL, text("number"), &value));
        memcpy(&number, value.data, sizeof(number));
        assert_true(number >= before);
        fh_abort(txn);
    }
    return NULL;
}

/* A commit that came before the beginning is never missed. */
static void threads_that_begin_behind_a_commit_see_it(void **state)
{
    struct scratch *scratch = *state;
    struct crowd crowd = {.db = scratch->db};
    pthread_t threads[THREADS];

    put_number(scratch->db, 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, &crowd), 0);
    for (uint64_t i = 1; i < ROUNDS; i++) {
        fh_txn *txn;

        assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
        assert_ok(fh_put(txn, NULL, text("number"), (fh_bytes){&i, sizeof(i)}, 0));
        assert_ok(fh_commit_as(txn, FH_NONE, NULL));
        crowd.put = i;
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_begin_sees_the_newest_commit),
        TEST(nothing_is_left_of_the_one_before),
        TEST(who_has_ended_is_no_reader_and_holds_no_pages),
        TEST(threads_that_begin_behind_a_commit_see_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
