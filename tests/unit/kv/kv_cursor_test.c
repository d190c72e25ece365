/*
 * kv_cursor_test.c - cursors: where they stand, where they go, what they survive.
 */
#include <string.h>

#include "freehold/kv.h"
#include "support/scratch.h"
#include "support/unit.h"

enum { ITEMS = 300 };

/* A write transaction over items 0, 2, 4 ... 2 * (ITEMS - 1), and a cursor on them. */
static fh_txn *begin(void **state, fh_cursor **ret_cursor)
{
    const struct scratch *scratch = *state;
    unsigned char buffer[ITEMS_KEY_MAX];
    fh_txn *txn;

    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    for (unsigned i = 0; i < ITEMS; i++)
        assert_ok(fh_put(txn, NULL, items_numbered("k", 2 * i, buffer), text("value"), 0));
    assert_ok(fh_cursor_open(txn, NULL, ret_cursor));
    return txn;
}

static void end(fh_txn *txn, fh_cursor *cursor)
{
    fh_cursor_close(cursor);
    assert_ok(fh_commit(txn));
}

static void require_key(fh_bytes key, unsigned number)
{
    unsigned char buffer[ITEMS_KEY_MAX];

    scratch_require_same(key, items_numbered("k", number, buffer));
}

static void seek(fh_cursor *cursor, unsigned number, fh_bytes *ret_key)
{
    unsigned char buffer[ITEMS_KEY_MAX];

    assert_ok(fh_cursor_seek(cursor, items_numbered("k", number, buffer), ret_key, NULL));
}

static void erase(fh_txn *txn, unsigned number)
{
    unsigned char buffer[ITEMS_KEY_MAX];

    assert_ok(fh_erase(txn, NULL, items_numbered("k", number, buffer)));
}

static void put(fh_txn *txn, unsigned number)
{
    unsigned char buffer[ITEMS_KEY_MAX];

    assert_ok(fh_put(txn, NULL, items_numbered("k", number, buffer), text("put"), 0));
}

static void next_and_prev_visit_every_item_in_order(void **state)
{
    fh_cursor *cursor;
    fh_txn *txn = begin(state, &cursor);
    fh_bytes key;
    fh_bytes value;

    assert_ok(fh_cursor_first(cursor, &key, &value));
    for (unsigned i = 1; i < ITEMS; i++) {
        assert_ok(fh_cursor_next(cursor, &key, &value));
        require_key(key, 2 * i);
        scratch_require_same(value, text("value"));
    }
    assert_status(fh_cursor_next(cursor, &key, &value), FH_NOT_FOUND);
    for (unsigned i = ITEMS; i > 0; i--) {
        assert_ok(fh_cursor_prev(cursor, &key, &value));
        require_key(key, 2 * (i - 1));
    }
    assert_status(fh_cursor_prev(cursor, &key, &value), FH_NOT_FOUND);
    assert_ok(fh_cursor_next(cursor, &key, &value));
    require_key(key, 0);
    end(txn, cursor);
}

static void a_cursor_never_moved_goes_to_the_first_or_the_last(void **state)
{
    fh_cursor *cursor;
    fh_cursor *other;
    fh_txn *txn = begin(state, &cursor);
    fh_bytes key;

    assert_ok(fh_cursor_open(txn, NULL, &other));
    assert_ok(fh_cursor_next(cursor, &key, NULL));
    require_key(key, 0);
    assert_ok(fh_cursor_prev(other, &key, NULL));
    require_key(key, 2 * (ITEMS - 1));
    fh_cursor_close(other);
    end(txn, cursor);
}

static void seek_finds_the_key_or_the_one_after_it(void **state)
{
    fh_cursor *cursor;
    fh_txn *txn = begin(state, &cursor);
    fh_bytes key;

    for (unsigned i = 0; i + 1 < 2 * ITEMS - 1; i++) {
        seek(cursor, i, &key);
        require_key(key, i + i % 2);
    }
    assert_ok(fh_cursor_seek(cursor, text("a"), &key, NULL));
    require_key(key, 0);
    assert_ok(fh_cursor_seek(cursor, nothing(), &key, NULL));
    require_key(key, 0);
    assert_status(fh_cursor_seek(cursor, text("z"), &key, NULL), FH_NOT_FOUND);
    assert_ok(fh_cursor_prev(cursor, &key, NULL));
    require_key(key, 2 * (ITEMS - 1));
    end(txn, cursor);
}

static void first_and_last_are_the_ends(void **state)
{
    fh_cursor *cursor;
    fh_txn *txn = begin(state, &cursor);
    fh_bytes key;

    assert_ok(fh_cursor_last(cursor, &key, NULL));
    require_key(key, 2 * (ITEMS - 1));
    assert_status(fh_cursor_next(cursor, &key, NULL), FH_NOT_FOUND);
    assert_ok(fh_cursor_first(cursor, &key, NULL));
    require_key(key, 0);
    assert_status(fh_cursor_prev(cursor, &key, NULL), FH_NOT_FOUND);
    end(txn, cursor);
}

static void on_an_empty_tree_every_move_is_not_found(void **state)
{
    const struct scratch *scratch = *state;
    fh_txn *txn;
    fh_cursor *cursor;
    fh_bytes key = text("untouched");
    fh_bytes value = text("untouched");

    assert_ok(fh_begin(scratch->db, FH_READ, &txn));
    assert_ok(fh_cursor_open(txn, NULL, &cursor));
    assert_status(fh_cursor_first(cursor, &key, &value), FH_NOT_FOUND);
    assert_status(fh_cursor_last(cursor, &key, &value), FH_NOT_FOUND);
    assert_status(fh_cursor_next(cursor, &key, &value), FH_NOT_FOUND);
    assert_status(fh_cursor_prev(cursor, &key, &value), FH_NOT_FOUND);
    assert_status(fh_cursor_seek(cursor, text("k"), &key, &value), FH_NOT_FOUND);
    scratch_require_same(key, text("untouched"));
    scratch_require_same(value, text("untouched"));
    fh_cursor_close(cursor);
    fh_abort(txn);
}

static void both_results_may_be_left_out(void **state)
{
    fh_cursor *cursor;
    fh_txn *txn = begin(state, &cursor);
    fh_bytes value;

    assert_ok(fh_cursor_first(cursor, NULL, NULL));
    assert_ok(fh_cursor_next(cursor, NULL, &value));
    scratch_require_same(value, text("value"));
    assert_ok(fh_cursor_prev(cursor, NULL, NULL));
    assert_ok(fh_cursor_last(cursor, NULL, NULL));
    assert_ok(fh_cursor_seek(cursor, text("k"), NULL, NULL));
    end(txn, cursor);
}

static void an_erase_under_the_cursor_leaves_it_between_its_neighbours(void **state)
{
    fh_cursor *cursor;
    fh_txn *txn = begin(state, &cursor);
    fh_bytes key;
    fh_bytes value;

    seek(cursor, 100, &key);
    assert_ok(fh_cursor_erase(cursor));
    assert_status(fh_cursor_erase(cursor), FH_NOT_FOUND);
    assert_ok(fh_cursor_next(cursor, &key, NULL));
    require_key(key, 102);
    assert_ok(fh_cursor_prev(cursor, &key, NULL));
    require_key(key, 98);
    assert_ok(fh_cursor_erase(cursor));
    assert_ok(fh_cursor_prev(cursor, &key, NULL));
    require_key(key, 96);
    assert_status(fh_get(txn, NULL, text("k00000100"), &value), FH_NOT_FOUND);
    end(txn, cursor);
}

static void an_erase_on_no_item_is_not_found(void **state)
{
    fh_cursor *cursor;
    fh_txn *txn = begin(state, &cursor);

    assert_status(fh_cursor_erase(cursor), FH_NOT_FOUND);
    assert_status(fh_cursor_seek(cursor, text("z"), NULL, NULL), FH_NOT_FOUND);
    assert_status(fh_cursor_erase(cursor), FH_NOT_FOUND);
    end(txn, cursor);
}

static void a_cursor_may_erase_everything_forward_and_backward(void **state)
{
    struct scratch *scratch = *state;
    fh_tree_stat stat;

    for (unsigned way = 0; way < 2; way++) {
        fh_cursor *cursor;
        fh_txn *txn = begin(state, &cursor);

        for (unsigned i = 0; i < ITEMS; i++) {
            assert_ok(way == 0 ? fh_cursor_next(cursor, NULL, NULL)
                               : fh_cursor_prev(cursor, NULL, NULL));
            assert_ok(fh_cursor_erase(cursor));
        }
        assert_status(fh_cursor_next(cursor, NULL, NULL), FH_NOT_FOUND);
        assert_status(fh_cursor_prev(cursor, NULL, NULL), FH_NOT_FOUND);
        assert_ok(fh_tree_describe(txn, NULL, &stat));
        assert_int_equal(stat.item_count, 0);
        assert_int_equal(stat.depth, 0);
        assert_int_equal(stat.leaf_pages + stat.branch_pages, 0);
        end(txn, cursor);
    }
    scratch_require_clean(scratch->db);
}

static void a_cursor_keeps_its_place_while_the_tree_changes(void **state)
{
    fh_cursor *cursor;
    fh_txn *txn = begin(state, &cursor);
    unsigned char buffer[ITEMS_KEY_MAX];
    fh_bytes key;

    seek(cursor, 200, &key);
    for (unsigned i = 1000; i < 2000; i++)
        put(txn, i);
    for (unsigned i = 0; i < 60; i++)
        assert_ok(fh_put(txn, NULL, items_numbered("a", i, buffer), text("before"), 0));
    put(txn, 201);
    put(txn, 199);
    assert_ok(fh_cursor_next(cursor, &key, NULL));
    require_key(key, 201);
    erase(txn, 201);
    erase(txn, 202);
    assert_ok(fh_cursor_prev(cursor, &key, NULL));
    require_key(key, 200);
    assert_ok(fh_erase_range(txn, NULL, text("k00000150"), text("k00000250"), NULL));
    assert_ok(fh_cursor_next(cursor, &key, NULL));
    require_key(key, 250);
    end(txn, cursor);
}

static void one_cursor_may_erase_under_another(void **state)
{
    fh_cursor *cursor;
    fh_cursor *other;
    fh_txn *txn = begin(state, &cursor);
    fh_bytes key;

    assert_ok(fh_cursor_open(txn, NULL, &other));
    seek(cursor, 100, &key);
    seek(other, 100, &key);
    assert_ok(fh_cursor_erase(cursor));
    assert_status(fh_cursor_erase(other), FH_NOT_FOUND);
    assert_ok(fh_cursor_next(other, &key, NULL));
    require_key(key, 102);
    assert_ok(fh_cursor_prev(cursor, &key, NULL));
    require_key(key, 98);
    fh_cursor_close(other);
    end(txn, cursor);
}

static void a_key_is_borrowed_until_the_cursor_moves_or_closes(void **state)
{
    fh_cursor *cursor;
    fh_txn *txn = begin(state, &cursor);
    fh_bytes key;

    seek(cursor, 40, &key);
    for (unsigned i = 0; i < 200; i++)
        put(txn, 1000 + i);
    assert_ok(fh_cursor_erase(cursor));
    require_key(key, 40);
    end(txn, cursor);
}

static void a_cursor_of_a_snapshot_stays_in_its_snapshot(void **state)
{
    struct scratch *scratch = *state;
    fh_cursor *cursor;
    fh_txn *snapshot;
    fh_bytes key;

    scratch_fill(scratch->db, 0, 200, 40);
    assert_ok(fh_begin(scratch->db, FH_READ, &snapshot));
    assert_ok(fh_cursor_open(snapshot, NULL, &cursor));
    for (unsigned i = 0; i < 200; i++) {
        assert_ok(fh_cursor_next(cursor, &key, NULL));
        require_key(key, i);
        if (i % 20 == 0) scratch_fill(scratch->db, 300 + i, 320 + i, 50);
    }
    assert_status(fh_cursor_next(cursor, &key, NULL), FH_NOT_FOUND);
    fh_cursor_close(cursor);
    fh_abort(snapshot);
}

static void the_end_of_a_transaction_closes_forgotten_cursors(void **state)
{
    struct scratch *scratch = *state;

    for (unsigned i = 0; i < 4; i++) {
        fh_cursor *cursor;
        fh_txn *txn = begin(state, &cursor);

        assert_ok(fh_cursor_first(cursor, NULL, NULL));
        assert_ok(fh_cursor_open(txn, NULL, &cursor));
        if (i % 2 == 0)
            assert_ok(fh_commit(txn));
        else
            fh_abort(txn);
    }
    scratch_require_clean(scratch->db);
}

static void wrong_arguments_are_refused(void **state)
{
    fh_cursor *cursor;
    fh_txn *txn = begin(state, &cursor);

    assert_status(fh_cursor_open(NULL, NULL, &cursor), FH_INVALID);
    assert_status(fh_cursor_open(txn, NULL, NULL), FH_INVALID);
    assert_status(fh_cursor_first(NULL, NULL, NULL), FH_INVALID);
    assert_status(fh_cursor_seek(cursor, (fh_bytes){NULL, 4}, NULL, NULL), FH_INVALID);
    assert_status(fh_cursor_erase(NULL), FH_INVALID);
    fh_cursor_close(NULL);
    end(txn, cursor);
}

#define SMALL(test) cmocka_unit_test_setup_teardown(test, scratch_setup_small, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SMALL(next_and_prev_visit_every_item_in_order),
        SMALL(a_cursor_never_moved_goes_to_the_first_or_the_last),
        SMALL(seek_finds_the_key_or_the_one_after_it),
        SMALL(first_and_last_are_the_ends),
        SMALL(on_an_empty_tree_every_move_is_not_found),
        SMALL(both_results_may_be_left_out),
        SMALL(an_erase_under_the_cursor_leaves_it_between_its_neighbours),
        SMALL(an_erase_on_no_item_is_not_found),
        SMALL(a_cursor_may_erase_everything_forward_and_backward),
        SMALL(a_cursor_keeps_its_place_while_the_tree_changes),
        SMALL(one_cursor_may_erase_under_another),
        SMALL(a_key_is_borrowed_until_the_cursor_moves_or_closes),
        SMALL(a_cursor_of_a_snapshot_stays_in_its_snapshot),
        SMALL(the_end_of_a_transaction_closes_forgotten_cursors),
        SMALL(wrong_arguments_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
