/*
 * catalog_test.c - named trees: made, found, listed, dropped.
 */
#include <string.h>

#include "freehold/kv.h"
#include "kv/catalog.h"
#include "support/scratch.h"
#include "support/unit.h"

enum { MANY_TREES = 400 };

static fh_txn *begin(void **state, unsigned flags)
{
    const struct scratch *scratch = *state;
    fh_txn *txn;

    assert_ok(fh_begin(scratch->db, flags, &txn));
    return txn;
}

static void make_tree(fh_txn *txn, const char *name, unsigned item_count)
{
    unsigned char buffer[ITEMS_KEY_MAX];
    fh_tree *tree;

    assert_ok(fh_tree_open(txn, text(name), FH_TREE_CREATE, &tree));
    for (unsigned i = 0; i < item_count; i++)
        assert_ok(fh_put(txn, tree, items_numbered("k", i, buffer), text(name), 0));
}

static void trees_do_not_see_each_other(void **state)
{
    struct scratch *scratch = *state;
    static const char *const names[] = {"a", "b", "c"};
    fh_txn *txn = begin(state, FH_WRITE);
    fh_bytes value;
    fh_tree *tree;

    for (size_t i = 0; i < 3; i++)
        make_tree(txn, names[i], 50 + (unsigned)i);
    assert_status(fh_get(txn, NULL, text("k00000001"), &value), FH_NOT_FOUND);
    assert_ok(fh_commit(txn));
    scratch_reopen(scratch);

    txn = begin(state, FH_READ);
    for (size_t i = 0; i < 3; i++) {
        fh_tree_stat stat;

        assert_ok(fh_tree_open(txn, text(names[i]), 0, &tree));
        assert_ok(fh_get(txn, tree, text("k00000001"), &value));
        scratch_require_same(value, text(names[i]));
        assert_ok(fh_tree_describe(txn, tree, &stat));
        assert_int_equal(stat.item_count, 50 + i);
        assert_int_equal(stat.payload_bytes, (50 + i) * (9 + 1));
    }
    fh_abort(txn);
}

static void a_missing_tree_is_not_found(void **state)
{
    fh_txn *txn = begin(state, FH_READ);
    fh_tree *tree = NULL;

    assert_status(fh_tree_open(txn, text("tree"), 0, &tree), FH_NOT_FOUND);
    assert_status(fh_tree_open(txn, text("tree"), FH_TREE_CREATE, &tree), FH_READ_ONLY);
    assert_null(tree);
    fh_abort(txn);
    txn = begin(state, FH_WRITE);
    assert_status(fh_tree_open(txn, text("tree"), 0, &tree), FH_NOT_FOUND);
    assert_null(tree);
    fh_abort(txn);
}

static void create_in_a_snapshot_finds_what_is_there(void **state)
{
    fh_txn *txn = begin(state, FH_WRITE);
    fh_tree *tree = NULL;
    fh_status status;

    make_tree(txn, "tree", 1);
    assert_ok(fh_commit(txn));
    txn = begin(state, FH_READ);
    status = fh_tree_open(txn, text("tree"), FH_TREE_CREATE, &tree);
    assert_true(status == FH_OK || status == FH_READ_ONLY);
    fh_abort(txn);
}

static void the_unnamed_tree_is_always_there(void **state)
{
    fh_txn *txn = begin(state, FH_READ);
    fh_tree *tree = NULL;
    fh_tree_stat stat;
    fh_bytes value;

    assert_ok(fh_tree_open(txn, nothing(), 0, &tree));
    assert_ok(fh_tree_describe(txn, tree, &stat));
    assert_int_equal(stat.item_count, 0);
    assert_ok(fh_tree_describe(txn, NULL, &stat));
    assert_int_equal(stat.item_count, 0);
    fh_abort(txn);

    txn = begin(state, FH_WRITE);
    assert_ok(fh_tree_open(txn, nothing(), 0, &tree));
    assert_ok(fh_put(txn, tree, text("key"), text("value"), 0));
    assert_ok(fh_get(txn, NULL, text("key"), &value));
    scratch_require_same(value, text("value"));
    assert_ok(fh_commit(txn));
}

static void names_have_limits(void **state)
{
    struct scratch *scratch = *state;
    unsigned char name[ITEMS_KEY_MAX + 1];
    uint32_t name_max = fh_key_max(scratch->db);
    fh_txn *txn = begin(state, FH_WRITE);
    fh_tree *tree = NULL;

    memset(name, 'n', sizeof(name));
    assert_status(fh_tree_open(txn, (fh_bytes){name, name_max + 1}, FH_TREE_CREATE, &tree),
                  FH_TOO_LARGE);
    assert_status(fh_tree_open(txn, (fh_bytes){"\0system", 7}, FH_TREE_CREATE, &tree), FH_INVALID);
    assert_status(fh_tree_open(txn, (fh_bytes){NULL, 2}, FH_TREE_CREATE, &tree), FH_INVALID);
    assert_status(fh_tree_open(txn, text("t"), 0x40, &tree), FH_INVALID);
    assert_status(fh_tree_open(txn, text("t"), FH_TREE_CREATE, NULL), FH_INVALID);
    assert_null(tree);
    assert_ok(fh_tree_open(txn, (fh_bytes){name, name_max}, FH_TREE_CREATE, &tree));
    assert_ok(fh_tree_open(txn, text("x"), FH_TREE_CREATE, &tree));
    assert_ok(fh_tree_open(txn, (fh_bytes){"a\0b", 3}, FH_TREE_CREATE, &tree));
    assert_ok(fh_commit(txn));
}

static void the_same_name_gives_the_same_handle(void **state)
{
    fh_txn *txn = begin(state, FH_WRITE);
    fh_tree *first;
    fh_tree *second;

    assert_ok(fh_tree_open(txn, text("tree"), FH_TREE_CREATE, &first));
    assert_ok(fh_tree_open(txn, text("tree"), 0, &second));
    assert_ptr_equal(first, second);
    assert_ok(fh_tree_open(txn, nothing(), 0, &first));
    assert_ok(fh_tree_open(txn, nothing(), FH_TREE_CREATE, &second));
    assert_ptr_equal(first, second);
    assert_ok(fh_commit(txn));
}

static void a_dropped_tree_is_gone_and_its_pages_are_free(void **state)
{
    struct scratch *scratch = *state;
    fh_stat_info before = {.size = sizeof(before)};
    fh_stat_info after = {.size = sizeof(after)};
    static unsigned char large[20000];
    fh_txn *txn;
    fh_tree *tree;

    scratch_put(scratch->db, text("other"), text("value"));
    assert_ok(fh_stat(scratch->db, &before));
    txn = begin(state, FH_WRITE);
    make_tree(txn, "tree", 500);
    assert_ok(fh_tree_open(txn, text("tree"), 0, &tree));
    assert_ok(fh_put(txn, tree, text("large"), (fh_bytes){large, sizeof(large)}, 0));
    assert_ok(fh_commit(txn));

    txn = begin(state, FH_WRITE);
    assert_ok(fh_tree_open(txn, text("tree"), 0, &tree));
    assert_ok(fh_tree_drop(txn, tree));
    assert_status(fh_tree_open(txn, text("tree"), 0, &tree), FH_NOT_FOUND);
    assert_ok(fh_commit(txn));
    assert_ok(fh_stat(scratch->db, &after));
    assert_int_equal(after.tree_count, before.tree_count);
    assert_int_equal(after.item_count, before.item_count);
    assert_true(after.live_pages <= before.live_pages + 4);
    scratch_require_value(scratch->db, text("other"), text("value"));
}

static void a_dropped_unnamed_tree_is_empty_and_stays(void **state)
{
    struct scratch *scratch = *state;
    fh_txn *txn;
    fh_stat_info stat = {.size = sizeof(stat)};

    scratch_fill(scratch->db, 0, 100, 30);
    txn = begin(state, FH_WRITE);
    assert_ok(fh_tree_drop(txn, NULL));
    assert_ok(fh_put(txn, NULL, text("new"), text("value"), 0));
    assert_ok(fh_commit(txn));
    assert_ok(fh_stat(scratch->db, &stat));
    assert_int_equal(stat.item_count, 1);
    scratch_require_value(scratch->db, text("new"), text("value"));
}

static void a_tree_with_open_cursors_is_not_dropped(void **state)
{
    fh_txn *txn = begin(state, FH_WRITE);
    fh_tree *tree;
    fh_cursor *cursor;
    fh_bytes value;

    make_tree(txn, "tree", 3);
    assert_ok(fh_tree_open(txn, text("tree"), 0, &tree));
    assert_ok(fh_cursor_open(txn, tree, &cursor));
    assert_status(fh_tree_drop(txn, tree), FH_BUSY);
    assert_ok(fh_get(txn, tree, text("k00000001"), &value));
    fh_cursor_close(cursor);
    assert_ok(fh_tree_drop(txn, tree));
    assert_ok(fh_commit(txn));
}

static void the_walk_lists_names_in_order_the_unnamed_first(void **state)
{
    static const char *const names[] = {"b", "a", "ab", "aa"};
    static const char *const sorted[] = {"", "a", "aa", "ab", "b"};
    fh_txn *txn = begin(state, FH_WRITE);
    fh_cursor *walk;
    fh_bytes name;
    fh_bytes value;

    for (size_t i = 0; i < 4; i++)
        make_tree(txn, names[i], (unsigned)i);
    for (size_t round = 0; round < 2; round++) {
        assert_ok(fh_tree_walk(txn, &walk));
        assert_ok(fh_cursor_first(walk, &name, &value));
        for (size_t i = 1 - round; i < 5; i++) {
            scratch_require_same(name, text(sorted[i]));
            assert_int_equal(value.size, 0);
            assert_int_equal(fh_cursor_next(walk, &name, &value), i < 4 ? FH_OK : FH_NOT_FOUND);
        }
        fh_cursor_close(walk);
        assert_ok(fh_put(txn, NULL, text("key"), text("value"), 0));
    }
    assert_ok(fh_commit(txn));
}

static void only_first_and_next_work_on_a_walk(void **state)
{
    fh_txn *txn = begin(state, FH_WRITE);
    fh_cursor *walk;

    make_tree(txn, "tree", 1);
    assert_ok(fh_tree_walk(txn, &walk));
    assert_status(fh_cursor_last(walk, NULL, NULL), FH_INVALID);
    assert_status(fh_cursor_prev(walk, NULL, NULL), FH_INVALID);
    assert_status(fh_cursor_seek(walk, text("t"), NULL, NULL), FH_INVALID);
    assert_status(fh_cursor_erase(walk), FH_INVALID);
    assert_ok(fh_cursor_next(walk, NULL, NULL));
    fh_cursor_close(walk);
    assert_ok(fh_commit(txn));
}

static void hundreds_of_trees_live_together(void **state)
{
    struct scratch *scratch = *state;
    unsigned char buffer[ITEMS_KEY_MAX];
    fh_stat_info stat = {.size = sizeof(stat)};
    fh_tree *tree;
    fh_bytes value;
    fh_txn *txn = begin(state, FH_WRITE);

    for (unsigned i = 0; i < MANY_TREES; i++) {
        fh_bytes name = items_numbered("t", i * 37 % MANY_TREES, buffer);

        assert_ok(fh_tree_open(txn, name, FH_TREE_CREATE, &tree));
        assert_ok(fh_put(txn, tree, text("name"), name, 0));
    }
    assert_ok(fh_commit(txn));
    scratch_reopen(scratch);
    assert_ok(fh_stat(scratch->db, &stat));
    assert_int_equal(stat.tree_count, MANY_TREES);
    txn = begin(state, FH_READ);
    for (unsigned i = 0; i < MANY_TREES; i++) {
        fh_bytes name = items_numbered("t", i, buffer);

        assert_ok(fh_tree_open(txn, name, 0, &tree));
        assert_ok(fh_get(txn, tree, text("name"), &value));
        scratch_require_same(value, name);
    }
    fh_abort(txn);
}

static void tree_ids_are_never_used_again(void **state)
{
    uint32_t last = 0;

    for (unsigned i = 0; i < 6; i++) {
        fh_txn *txn = begin(state, FH_WRITE);
        fh_tree *tree;
        fh_tree_stat stat;

        make_tree(txn, "tree", 2);
        assert_ok(fh_tree_open(txn, text("tree"), 0, &tree));
        assert_ok(fh_tree_describe(txn, tree, &stat));
        assert_true(stat.tree_id > last);
        last = stat.tree_id;
        assert_ok(fh_commit(txn));
        txn = begin(state, FH_WRITE);
        assert_ok(fh_tree_open(txn, text("tree"), 0, &tree));
        assert_ok(fh_tree_drop(txn, tree));
        assert_ok(fh_commit(txn));
        if (i % 2 == 1) scratch_reopen(*state);
    }
}

/* Two bytes of flags, and four that have no name. */
static void a_record_with_what_none_has_is_corrupt(void **state)
{
    static const unsigned reserved[] = {6, 7, 12, 13, 14, 15};
    struct tree_state tree = {.root = 9, .tree_id = 3, .items = 1}, back;

    (void)state;
    for (unsigned bit = 0; bit < 8 * sizeof(reserved) / sizeof(reserved[0]); bit++) {
        uint8_t record[CATALOG_RECORD_BYTES];

        catalog_encode(record, span_of("tree", 4), &tree);
        assert_ok(catalog_decode(span_of(record, sizeof(record)), &back));
        record[reserved[bit / 8]] = (uint8_t)(1U << bit % 8);
        assert_status(catalog_decode(span_of(record, sizeof(record)), &back), FH_CORRUPT);
    }
}

#define SMALL(test) cmocka_unit_test_setup_teardown(test, scratch_setup_small, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SMALL(trees_do_not_see_each_other),
        SMALL(a_missing_tree_is_not_found),
        SMALL(create_in_a_snapshot_finds_what_is_there),
        SMALL(the_unnamed_tree_is_always_there),
        SMALL(names_have_limits),
        SMALL(the_same_name_gives_the_same_handle),
        SMALL(a_dropped_tree_is_gone_and_its_pages_are_free),
        SMALL(a_dropped_unnamed_tree_is_empty_and_stays),
        SMALL(a_tree_with_open_cursors_is_not_dropped),
        SMALL(the_walk_lists_names_in_order_the_unnamed_first),
        SMALL(only_first_and_next_work_on_a_walk),
        SMALL(hundreds_of_trees_live_together),
        SMALL(tree_ids_are_never_used_again),
        cmocka_unit_test(a_record_with_what_none_has_is_corrupt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
