/*
 * kv_load_test.c - bulk load: order, full pages, refusals.
 */
#include <stdlib.h>

#include "freehold/kv.h"
#include "support/scratch.h"
#include "support/unit.h"

enum { LOADED = 3000 };

static void load_range(fh_txn *txn, fh_tree *tree, unsigned first, unsigned end_no)
{
    unsigned char buffer[ITEMS_KEY_MAX];
    fh_loader *loader;

    assert_ok(fh_loader_open(txn, tree, &loader));
    for (unsigned i = first; i < end_no; i++)
        assert_ok(
            fh_loader_add(loader, items_numbered("k", i, buffer), text("a value of the load")));
    assert_ok(fh_loader_finish(loader));
}

static void require_range(fh_db *db, unsigned end_no)
{
    unsigned char buffer[ITEMS_KEY_MAX];
    fh_txn *txn;
    fh_cursor *cursor;
    fh_bytes key;

    assert_ok(fh_begin(db, FH_READ, &txn));
    assert_ok(fh_cursor_open(txn, NULL, &cursor));
    for (unsigned i = 0; i < end_no; i++) {
        assert_ok(fh_cursor_next(cursor, &key, NULL));
        scratch_require_same(key, items_numbered("k", i, buffer));
    }
    assert_status(fh_cursor_next(cursor, &key, NULL), FH_NOT_FOUND);
    fh_cursor_close(cursor);
    fh_abort(txn);
}

static void loaded_items_are_there_and_pages_are_full(void **state)
{
    struct scratch *scratch = *state;
    fh_tree_stat stat;
    fh_txn *txn;
    uint64_t leaf_bytes;

    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    load_range(txn, NULL, 0, LOADED);
    assert_ok(fh_tree_describe(txn, NULL, &stat));
    assert_int_equal(stat.item_count, LOADED);
    leaf_bytes = stat.leaf_pages * 512;
    assert_true(stat.payload_bytes + 8 * stat.item_count + 80 * stat.leaf_pages >
                leaf_bytes * 8 / 10);
    assert_ok(fh_commit(txn));
    require_range(scratch->db, LOADED);
    scratch_reopen(scratch);
    require_range(scratch->db, LOADED);
}

static void a_tree_with_items_can_be_loaded_behind_its_last_key(void **state)
{
    struct scratch *scratch = *state;
    fh_txn *txn;

    for (unsigned i = 0; i < 10; i++) {
        assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
        load_range(txn, NULL, i * 37, (i + 1) * 37);
        assert_ok(fh_commit(txn));
        require_range(scratch->db, (i + 1) * 37);
        scratch_require_clean(scratch->db);
    }
}

static void a_key_out_of_order_is_refused_and_changes_nothing(void **state)
{
    struct scratch *scratch = *state;
    fh_txn *txn;
    fh_loader *loader;
    fh_tree_stat stat;

    scratch_put(scratch->db, text("k"), text("there before"));
    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_loader_open(txn, NULL, &loader));
    assert_status(fh_loader_add(loader, text("j"), text("value")), FH_ORDER);
    assert_status(fh_loader_add(loader, text("k"), text("value")), FH_ORDER);
    assert_ok(fh_loader_add(loader, text("m"), text("value")));
    assert_status(fh_loader_add(loader, text("m"), text("value")), FH_ORDER);
    assert_status(fh_loader_add(loader, text("l"), text("value")), FH_ORDER);
    assert_ok(fh_loader_add(loader, text("n"), text("value")));
    assert_ok(fh_loader_finish(loader));
    assert_ok(fh_tree_describe(txn, NULL, &stat));
    assert_int_equal(stat.item_count, 3);
    assert_ok(fh_commit(txn));
    scratch_require_value(scratch->db, text("k"), text("there before"));
}

static void a_loader_keeps_the_limits_of_put(void **state)
{
    struct scratch *scratch = *state;
    static unsigned char bytes[ITEMS_KEY_MAX + 1] = "z";
    fh_bytes key = {bytes, fh_key_max(scratch->db) + 1};
    fh_bytes value = {bytes, (size_t)FH_VALUE_MAX + 1};
    fh_txn *txn;
    fh_loader *loader;

    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_loader_open(txn, NULL, &loader));
    assert_status(fh_loader_add(loader, key, nothing()), FH_TOO_LARGE);
    assert_status(fh_loader_add(loader, nothing(), nothing()), FH_INVALID);
    assert_status(fh_loader_add(loader, text("key"), value), FH_TOO_LARGE);
    assert_ok(fh_loader_add(loader, text("key"), nothing()));
    assert_ok(fh_loader_finish(loader));
    assert_ok(fh_commit(txn));
    scratch_require_value(scratch->db, text("key"), nothing());
}

static void large_values_are_loaded_too(void **state)
{
    struct scratch *scratch = *state;
    unsigned char buffer[ITEMS_KEY_MAX];
    unsigned char *bytes = malloc(60000);
    fh_txn *txn;
    fh_loader *loader;

    assert_non_null(bytes);
    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_loader_open(txn, NULL, &loader));
    for (unsigned i = 0; i < 60; i++) {
        items_fill(i, bytes, (size_t)i * 1000);
        assert_ok(fh_loader_add(loader, items_numbered("k", i, buffer),
                                (fh_bytes){bytes, (size_t)i * 1000}));
    }
    assert_ok(fh_loader_finish(loader));
    assert_ok(fh_commit(txn));
    for (unsigned i = 0; i < 60; i++) {
        items_fill(i, bytes, (size_t)i * 1000);
        scratch_require_value(scratch->db, items_numbered("k", i, buffer),
                              (fh_bytes){bytes, (size_t)i * 1000});
    }
    free(bytes);
}

static void an_empty_load_changes_nothing(void **state)
{
    struct scratch *scratch = *state;
    fh_txn *txn;

    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    load_range(txn, NULL, 0, 0);
    load_range(txn, NULL, 0, 5);
    load_range(txn, NULL, 5, 5);
    assert_ok(fh_commit(txn));
    require_range(scratch->db, 5);
}

static void beside_a_cursor_a_loader_is_busy(void **state)
{
    struct scratch *scratch = *state;
    fh_txn *txn;
    fh_cursor *cursor;
    fh_loader *loader = NULL;

    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_cursor_open(txn, NULL, &cursor));
    assert_status(fh_loader_open(txn, NULL, &loader), FH_BUSY);
    assert_null(loader);
    fh_cursor_close(cursor);
    load_range(txn, NULL, 0, 10);
    assert_ok(fh_commit(txn));
}

static void an_abort_forgets_a_load_also_an_unfinished_one(void **state)
{
    struct scratch *scratch = *state;
    unsigned char buffer[ITEMS_KEY_MAX];
    fh_txn *txn;
    fh_loader *loader;
    fh_stat_info stat = {.size = sizeof(stat)};

    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    load_range(txn, NULL, 0, 1000);
    fh_abort(txn);
    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_loader_open(txn, NULL, &loader));
    for (unsigned i = 0; i < 500; i++)
        assert_ok(fh_loader_add(loader, items_numbered("k", i, buffer), text("value")));
    fh_abort(txn);
    assert_ok(fh_stat(scratch->db, &stat));
    assert_int_equal(stat.item_count, 0);
    scratch_require_clean(scratch->db);
}

static void a_rollback_undoes_a_load(void **state)
{
    struct scratch *scratch = *state;
    uint64_t savepoint = 0;
    fh_txn *txn;

    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    load_range(txn, NULL, 0, 100);
    assert_ok(fh_savepoint(txn, &savepoint));
    load_range(txn, NULL, 100, 900);
    assert_ok(fh_rollback(txn, savepoint));
    load_range(txn, NULL, 100, 120);
    assert_ok(fh_commit(txn));
    require_range(scratch->db, 120);
}

#define SMALL(test) cmocka_unit_test_setup_teardown(test, scratch_setup_small, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SMALL(loaded_items_are_there_and_pages_are_full),
        SMALL(a_tree_with_items_can_be_loaded_behind_its_last_key),
        SMALL(a_key_out_of_order_is_refused_and_changes_nothing),
        SMALL(a_loader_keeps_the_limits_of_put),
        SMALL(large_values_are_loaded_too),
        SMALL(an_empty_load_changes_nothing),
        SMALL(beside_a_cursor_a_loader_is_busy),
        SMALL(an_abort_forgets_a_load_also_an_unfinished_one),
        SMALL(a_rollback_undoes_a_load),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
