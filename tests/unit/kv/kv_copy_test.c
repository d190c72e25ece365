/*
 * kv_copy_test.c - a copy holds what its transaction sees, compact, and disturbs nobody.
 */
#include <stdio.h>
#include <stdlib.h>

#include "freehold/kv.h"
#include "support/scratch.h"
#include "support/unit.h"

/* The copy's items are 0 .. end_no - 1 with values of `value_bytes`, and a named tree. */
static void require_copy(const char *path, unsigned end_no, size_t value_bytes)
{
    unsigned char buffer[ITEMS_KEY_MAX];
    unsigned char *bytes = malloc(value_bytes + 1);
    fh_stat_info stat = {.size = sizeof(stat)};
    fh_db *db = NULL;

    assert_non_null(bytes);
    assert_ok(fh_open(path, NULL, &db));
    scratch_require_clean(db);
    assert_ok(fh_stat(db, &stat));
    assert_int_equal(stat.item_count, end_no);
    for (unsigned i = 0; i < end_no; i++) {
        items_fill(i, bytes, value_bytes);
        scratch_require_value(db, items_numbered("k", i, buffer), (fh_bytes){bytes, value_bytes});
    }
    assert_ok(fh_close(db));
    free(bytes);
}

static void a_copy_holds_what_the_snapshot_sees(void **state)
{
    struct scratch *scratch = *state;
    fh_txn *snapshot;
    fh_txn *writer;

    scratch_fill(scratch->db, 0, 200, 700);
    assert_ok(fh_begin(scratch->db, FH_READ, &snapshot));
    scratch_fill(scratch->db, 0, 300, 90);
    assert_ok(fh_begin(scratch->db, FH_WRITE, &writer));
    assert_ok(fh_put(writer, NULL, text("in flight"), text("value"), 0));
    assert_ok(fh_copy(snapshot, scratch_path(scratch, "copy.fh"), NULL));
    assert_ok(fh_commit(writer));
    fh_abort(snapshot);
    require_copy(scratch_path(scratch, "copy.fh"), 200, 700);
}

static void named_trees_are_copied_also_empty_ones(void **state)
{
    struct scratch *scratch = *state;
    fh_txn *txn;
    fh_tree *tree;
    fh_tree_stat stat;
    fh_db *db = NULL;

    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_tree_open(txn, text("empty"), FH_TREE_CREATE, &tree));
    assert_ok(fh_tree_open(txn, text("full"), FH_TREE_CREATE, &tree));
    assert_ok(fh_put(txn, tree, text("key"), text("value"), 0));
    assert_ok(fh_commit(txn));
    assert_ok(fh_begin(scratch->db, FH_READ, &txn));
    assert_ok(fh_copy(txn, scratch_path(scratch, "copy.fh"), NULL));
    fh_abort(txn);

    assert_ok(fh_open(scratch_path(scratch, "copy.fh"), NULL, &db));
    assert_ok(fh_begin(db, FH_READ, &txn));
    assert_ok(fh_tree_open(txn, text("empty"), 0, &tree));
    assert_ok(fh_tree_describe(txn, tree, &stat));
    assert_int_equal(stat.item_count, 0);
    assert_ok(fh_tree_open(txn, text("full"), 0, &tree));
    assert_ok(fh_tree_describe(txn, tree, &stat));
    assert_int_equal(stat.item_count, 1);
    fh_abort(txn);
    assert_ok(fh_close(db));
}

static void a_copy_is_compact_and_keeps_the_page_size(void **state)
{
    struct scratch *scratch = *state;
    fh_stat_info stat = {.size = sizeof(stat)};
    fh_stat_info copied = {.size = sizeof(copied)};
    fh_db *db = NULL;
    fh_txn *txn;

    scratch_fill(scratch->db, 0, 5000, 100);
    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_erase_range(txn, NULL, text("k00000100"), nothing(), NULL));
    assert_ok(fh_commit(txn));
    assert_ok(fh_stat(scratch->db, &stat));
    assert_ok(fh_begin(scratch->db, FH_READ, &txn));
    assert_ok(fh_copy(txn, scratch_path(scratch, "copy.fh"), NULL));
    fh_abort(txn);

    assert_ok(fh_open(scratch_path(scratch, "copy.fh"), NULL, &db));
    assert_ok(fh_stat(db, &copied));
    assert_int_equal(copied.page_bytes, stat.page_bytes);
    assert_true(copied.live_pages <= stat.live_pages);
    assert_true(copied.file_bytes < stat.file_bytes / 2);
    assert_ok(fh_close(db));
}

static void a_copy_never_overwrites(void **state)
{
    struct scratch *scratch = *state;
    static const char *const names[] = {"test.fh", "other"};
    fh_txn *txn;
    size_t size = 0;
    unsigned char *bytes;

    scratch_put(scratch->db, text("key"), text("value"));
    scratch_write_file(scratch_path(scratch, "other"), "other", 5);
    assert_ok(fh_begin(scratch->db, FH_READ, &txn));
    for (size_t i = 0; i < 2; i++)
        assert_status(fh_copy(txn, scratch_path(scratch, names[i]), NULL), FH_EXISTS);
    fh_abort(txn);
    bytes = scratch_read_file(scratch_path(scratch, "other"), &size);
    scratch_require_same((fh_bytes){bytes, size}, text("other"));
    free(bytes);
    scratch_require_value(scratch->db, text("key"), text("value"));
}

static void a_copy_that_fails_leaves_no_file(void **state)
{
    struct scratch *scratch = *state;
    fh_copy_options wrong = {0};
    fh_txn *txn;

    assert_ok(fh_begin(scratch->db, FH_READ, &txn));
    assert_int_not_equal(fh_copy(txn, scratch_path(scratch, "no/folder"), NULL), FH_OK);
    assert_status(fh_copy(txn, scratch_path(scratch, "copy.fh"), &wrong), FH_INVALID);
    assert_status(fh_copy(txn, NULL, NULL), FH_INVALID);
    assert_status(fh_copy(NULL, scratch_path(scratch, "copy.fh"), NULL), FH_INVALID);
    fh_abort(txn);
    assert_null(fopen(scratch_path(scratch, "copy.fh"), "rb"));
}

static void count_progress(void *context, uint64_t done, uint64_t total)
{
    uint64_t *last = context;

    assert_true(done >= *last);
    assert_true(total == 0 || done <= total);
    *last = done;
}

static void progress_is_told_in_items(void **state)
{
    struct scratch *scratch = *state;
    uint64_t done = 0;
    fh_copy_options options = {
        .size = sizeof(options), .progress = count_progress, .context = &done};
    fh_txn *txn;

    scratch_fill(scratch->db, 0, 3000, 30);
    assert_ok(fh_begin(scratch->db, FH_READ, &txn));
    assert_ok(fh_copy(txn, scratch_path(scratch, "copy.fh"), &options));
    fh_abort(txn);
    assert_int_equal(done, 3000);
}

#define SMALL(test) cmocka_unit_test_setup_teardown(test, scratch_setup_small, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SMALL(a_copy_holds_what_the_snapshot_sees),
        SMALL(named_trees_are_copied_also_empty_ones),
        SMALL(a_copy_is_compact_and_keeps_the_page_size),
        SMALL(a_copy_never_overwrites),
        SMALL(a_copy_that_fails_leaves_no_file),
        SMALL(progress_is_told_in_items),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
