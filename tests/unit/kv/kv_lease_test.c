/*
 * kv_lease_test.c - transactions that a writer may cut off, and what they may still do.
 */
#include "kv/kv_lease.h"

#include <string.h>

#include "base/memory.h"
#include "freehold/inspect.h"
#include "freehold/run.h"
#include "support/scratch.h"
#include "support/unit.h"

enum { VALUE_BYTES = 60, ITEMS = 200 };

/* One page: over as soon as anything that it sees is freed and released. */
static fh_txn *begin_leased(struct scratch *scratch)
{
    fh_begin_options options = {.size = sizeof(options), .tag = "export", .lease_bytes = 1};
    fh_txn *txn;

    assert_ok(fh_begin_as(scratch->db, &options, &txn));
    return txn;
}

/* Two commits: the second writer's begin comes behind what the first has freed. */
static void cut_off(struct scratch *scratch)
{
    scratch_fill(scratch->db, 0, ITEMS, VALUE_BYTES + 1);
    scratch_fill(scratch->db, 0, ITEMS, VALUE_BYTES);
}

static void wrong_terms_are_refused(void **state)
{
    struct scratch *scratch = *state;
    fh_begin_options options = {.size = sizeof(options), .flags = FH_WRITE, .lease_ms = 5};
    char tag[FH_TAG_BYTES + 1];
    fh_txn *txn = NULL;

    assert_status(fh_begin_as(scratch->db, &options, &txn), FH_INVALID);
    options = (fh_begin_options){.size = sizeof(options), .tag = tag};
    memset(tag, 't', FH_TAG_BYTES);
    tag[FH_TAG_BYTES] = 0;
    assert_status(fh_begin_as(scratch->db, &options, &txn), FH_TOO_LARGE);
    options.size = 0;
    assert_status(fh_begin_as(scratch->db, &options, &txn), FH_INVALID);
    assert_status(fh_begin_as(NULL, NULL, &txn), FH_INVALID);
    options = (fh_begin_options){.size = sizeof(options), .flags = 99};
    assert_status(fh_begin_as(scratch->db, &options, &txn), FH_INVALID);
    assert_null(txn);
}

static void without_options_it_is_a_begin(void **state)
{
    struct scratch *scratch = *state;
    fh_bytes value;
    fh_txn *txn;

    scratch_fill(scratch->db, 0, 1, VALUE_BYTES);
    assert_ok(fh_begin_as(scratch->db, NULL, &txn));
    assert_status(fh_get(txn, NULL, text("none"), &value), FH_NOT_FOUND);
    fh_abort(txn);
}

static void a_lease_copies_and_lends_nothing(void **state)
{
    struct scratch *scratch = *state;
    unsigned char buffer[VALUE_BYTES], key_buffer[ITEMS_KEY_MAX];
    fh_bytes value = {NULL, 7}, key;
    fh_run_info run;
    fh_txn *txn;
    size_t size = 0;

    scratch_put(scratch->db, text("key"), text("value"));
    scratch_fill(scratch->db, 0, ITEMS, VALUE_BYTES);
    txn = begin_leased(scratch);
    assert_ok(fh_get_copy(txn, NULL, text("key"), buffer, sizeof(buffer), &size));
    scratch_require_same((fh_bytes){buffer, size}, text("value"));
    size = 0;
    assert_status(fh_get_copy(txn, NULL, text("key"), buffer, 4, &size), FH_TOO_LARGE);
    assert_int_equal(size, 5);
    assert_status(fh_get_copy(txn, NULL, text("none"), buffer, 4, &size), FH_NOT_FOUND);
    assert_status(fh_get_copy(txn, NULL, text("key"), NULL, 4, &size), FH_INVALID);
    key = items_numbered("k", 3, key_buffer);
    assert_status(fh_get(txn, NULL, key, &value), FH_INVALID);
    assert_int_equal(value.size, 7);
    assert_status(fh_put(txn, NULL, key, key, 0), FH_INVALID);
    assert_status(fh_run_get(txn, 9, &run), FH_INVALID);
    fh_abort(txn);
}

/* fh_get_copy is for all transactions. */
static void a_copy_may_be_had_without_a_lease(void **state)
{
    struct scratch *scratch = *state;
    unsigned char buffer[8];
    size_t size;
    fh_txn *txn;

    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_put(txn, NULL, text("key"), text("value"), 0));
    assert_ok(fh_put(txn, NULL, text("empty"), nothing(), 0));
    assert_ok(fh_get_copy(txn, NULL, text("key"), buffer, 5, &size));
    assert_memory_equal(buffer, "value", 5);
    assert_ok(fh_get_copy(txn, NULL, text("empty"), NULL, 0, &size));
    assert_int_equal(size, 0);
    fh_abort(txn);
}

static void a_lease_that_is_over_is_told_by_every_reading_call(void **state)
{
    struct scratch *scratch = *state;
    fh_stat_info stat = {.size = sizeof(stat)};
    unsigned char buffer[VALUE_BYTES];
    fh_bytes key, value;
    fh_tree_stat tree_stat;
    fh_cursor *cursor;
    fh_tree *tree;
    size_t size;
    fh_txn *txn;

    scratch_fill(scratch->db, 0, ITEMS, VALUE_BYTES);
    txn = begin_leased(scratch);
    assert_ok(fh_cursor_open(txn, NULL, &cursor));
    assert_ok(fh_cursor_first(cursor, &key, &value));
    cut_off(scratch);
    assert_status(fh_get_copy(txn, NULL, text("k"), buffer, 9, &size), FH_SNAPSHOT_TOO_OLD);
    assert_status(fh_cursor_next(cursor, &key, &value), FH_SNAPSHOT_TOO_OLD);
    assert_status(fh_tree_open(txn, text("t"), 0, &tree), FH_SNAPSHOT_TOO_OLD);
    assert_status(fh_tree_describe(txn, NULL, &tree_stat), FH_SNAPSHOT_TOO_OLD);
    assert_ok(fh_stat(scratch->db, &stat));
    assert_int_equal(stat.reader_count, 0);
    assert_int_equal(stat.pinned_pages, 0);
    assert_ok(fh_commit(txn));
    scratch_require_clean(scratch->db);
}

/* The key that was lent is the cursor's own: it outlives the pages. */
static void a_cursor_s_item_outlives_the_lease(void **state)
{
    struct scratch *scratch = *state;
    unsigned char buffer[ITEMS_KEY_MAX];
    fh_bytes key, value;
    fh_cursor *cursor;
    fh_txn *txn;

    scratch_fill(scratch->db, 0, ITEMS, VALUE_BYTES);
    txn = begin_leased(scratch);
    assert_ok(fh_cursor_open(txn, NULL, &cursor));
    assert_ok(fh_cursor_last(cursor, &key, &value));
    cut_off(scratch);
    cut_off(scratch);
    scratch_require_same(key, items_numbered("k", ITEMS - 1, buffer));
    assert_int_equal(value.size, VALUE_BYTES);
    fh_abort(txn);
}

static void a_cursor_of_a_lease_goes_everywhere(void **state)
{
    struct scratch *scratch = *state;
    static unsigned char large[9000];
    fh_bytes key, value, first;
    unsigned char kept[ITEMS_KEY_MAX];
    fh_cursor *cursor;
    fh_txn *txn;
    unsigned count = 0;

    scratch_fill(scratch->db, 0, ITEMS, VALUE_BYTES);
    scratch_put(scratch->db, text("zz large"), (fh_bytes){large, sizeof(large)});
    txn = begin_leased(scratch);
    assert_ok(fh_cursor_open(txn, NULL, &cursor));
    while (fh_cursor_next(cursor, &key, &value) == FH_OK)
        count++;
    assert_int_equal(count, ITEMS + 1);
    assert_ok(fh_cursor_prev(cursor, &key, &value));
    scratch_require_same(value, (fh_bytes){large, sizeof(large)});
    assert_ok(fh_cursor_first(cursor, &first, NULL));
    memcpy(kept, first.data, first.size);
    assert_ok(fh_cursor_seek(cursor, first, &key, NULL));
    scratch_require_same(key, (fh_bytes){kept, key.size});
    assert_status(fh_cursor_erase(cursor), FH_INVALID);
    (void)memory_fail_at(1, 0);
    assert_status(fh_cursor_open(txn, NULL, &cursor), FH_NO_MEMORY);
    (void)memory_fail_at(0, 0);
    fh_abort(txn);
}

static void names_can_be_walked_with_a_lease(void **state)
{
    struct scratch *scratch = *state;
    fh_tree *tree;
    fh_cursor *cursor;
    fh_bytes name;
    fh_txn *txn;

    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_tree_open(txn, text("a tree"), FH_TREE_CREATE, &tree));
    assert_ok(fh_put(txn, tree, text("key"), text("value"), 0));
    assert_ok(fh_commit(txn));
    txn = begin_leased(scratch);
    assert_ok(fh_tree_walk(txn, &cursor));
    assert_ok(fh_cursor_first(cursor, &name, NULL));
    scratch_require_same(name, text("a tree"));
    assert_status(fh_cursor_last(cursor, &name, NULL), FH_INVALID);
    assert_ok(fh_tree_open(txn, name, 0, &tree));
    assert_ok(fh_cursor_open(txn, tree, &cursor));
    assert_ok(fh_cursor_first(cursor, &name, NULL));
    scratch_require_same(name, text("key"));
    fh_abort(txn);
}

/* Whoever has no lease keeps what it sees, however long and however much. */
static void others_are_never_cut_off(void **state)
{
    struct scratch *scratch = *state;
    fh_begin_options options = {.size = sizeof(options), .tag = "no lease"};
    unsigned char buffer[ITEMS_KEY_MAX];
    fh_bytes value;
    fh_txn *txn;

    scratch_fill(scratch->db, 0, ITEMS, VALUE_BYTES);
    assert_ok(fh_begin_as(scratch->db, &options, &txn));
    for (unsigned i = 0; i < 5; i++)
        cut_off(scratch);
    scratch_fill(scratch->db, 0, ITEMS, 3);
    assert_ok(fh_get(txn, NULL, items_numbered("k", 7, buffer), &value));
    assert_int_equal(value.size, VALUE_BYTES);
    fh_abort(txn);
}

static void a_lease_in_time_ends_when_it_has_passed(void **state)
{
    struct scratch *scratch = *state;
    fh_begin_options options = {.size = sizeof(options), .lease_ms = 1};
    unsigned char buffer[8];
    fh_status status = FH_OK;
    size_t size;
    fh_txn *txn;

    scratch_put(scratch->db, text("key"), text("value"));
    assert_ok(fh_begin_as(scratch->db, &options, &txn));
    while (status == FH_OK) {
        scratch_put(scratch->db, text("key"), text("value"));
        status = fh_get_copy(txn, NULL, text("key"), buffer, sizeof(buffer), &size);
    }
    assert_int_equal(status, FH_SNAPSHOT_TOO_OLD);
    fh_abort(txn);
}

static void readers_say_who_they_are(void **state)
{
    struct scratch *scratch = *state;
    fh_snapshot_info snapshots[3] = {{.txn_id = 0}};
    fh_reader_info readers[3] = {{.txn_id = 0}};
    fh_txn *leased, *plain;
    size_t count;

    scratch_fill(scratch->db, 0, ITEMS, VALUE_BYTES);
    leased = begin_leased(scratch);
    assert_ok(fh_begin(scratch->db, FH_READ, &plain));
    assert_ok(fh_snapshot_walk(scratch->db, snapshots, 3, &count));
    assert_int_equal(count, 1);
    assert_int_equal(snapshots[0].reader_count, 2);
    assert_int_equal(snapshots[0].txn_id, fh_txn_id(plain));
    assert_true(snapshots[0].process_id != 0 && snapshots[0].thread_id != 0);
    assert_ok(fh_reader_walk(scratch->db, readers, 3, &count));
    assert_int_equal(count, 2);
    assert_int_equal(readers[0].is_leased + readers[1].is_leased, 1);
    assert_string_equal(readers[readers[0].is_leased ? 0 : 1].tag, "export");
    assert_string_equal(readers[readers[0].is_leased ? 1 : 0].tag, "");
    assert_ok(fh_reader_walk(scratch->db, NULL, 0, &count));
    assert_int_equal(count, 2);
    assert_status(fh_reader_walk(scratch->db, NULL, 1, &count), FH_INVALID);
    fh_abort(plain);
    fh_abort(leased);
}

static void a_copy_of_a_leased_snapshot_is_whole_or_not_there(void **state)
{
    struct scratch *scratch = *state;
    const char *path = scratch_path(scratch, "copy.fh");
    fh_txn *txn;
    fh_db *copy;

    scratch_fill(scratch->db, 0, ITEMS, VALUE_BYTES);
    txn = begin_leased(scratch);
    assert_ok(fh_copy(txn, path, NULL));
    assert_ok(fh_open(path, NULL, &copy));
    scratch_require_clean(copy);
    assert_ok(fh_close(copy));
    cut_off(scratch);
    path = scratch_path(scratch, "late.fh");
    assert_status(fh_copy(txn, path, NULL), FH_SNAPSHOT_TOO_OLD);
    assert_status(fh_open(path, NULL, &copy), FH_NOT_FOUND);
    fh_abort(txn);
}

static void without_memory_there_is_no_lease(void **state)
{
    struct scratch *scratch = *state;
    fh_begin_options options = {.size = sizeof(options), .lease_ms = 1000};
    fh_status status = FH_NO_MEMORY;
    fh_txn *txn;

    scratch_fill(scratch->db, 0, 3, VALUE_BYTES);
    for (uint64_t n = 1; status != FH_OK; n++) {
        (void)memory_fail_at(n, 0);
        status = fh_begin_as(scratch->db, &options, &txn);
        (void)memory_fail_at(0, 0);
        if (status != FH_OK) assert_status(status, FH_NO_MEMORY);
    }
    fh_abort(txn);
}

#define SMALL(test) cmocka_unit_test_setup_teardown(test, scratch_setup_small, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SMALL(wrong_terms_are_refused),
        SMALL(without_options_it_is_a_begin),
        SMALL(a_lease_copies_and_lends_nothing),
        SMALL(a_copy_may_be_had_without_a_lease),
        SMALL(a_lease_that_is_over_is_told_by_every_reading_call),
        SMALL(a_cursor_s_item_outlives_the_lease),
        SMALL(a_cursor_of_a_lease_goes_everywhere),
        SMALL(names_can_be_walked_with_a_lease),
        SMALL(others_are_never_cut_off),
        SMALL(a_lease_in_time_ends_when_it_has_passed),
        SMALL(readers_say_who_they_are),
        SMALL(a_copy_of_a_leased_snapshot_is_whole_or_not_there),
        SMALL(without_memory_there_is_no_lease),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
