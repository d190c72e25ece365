/*
 * kv_stat_test.c - the figures: they add up, and say what was done.
 */
#include <string.h>

#include "freehold/inspect.h"
#include "freehold/run.h"
#include "support/scratch.h"
#include "support/unit.h"

static fh_stat_info stat_of(fh_db *db)
{
    fh_stat_info stat = {.size = sizeof(stat)};

    assert_ok(fh_stat(db, &stat));
    return stat;
}

static void an_empty_database_has_figures(void **state)
{
    const struct scratch *scratch = *state;
    fh_stat_info stat = stat_of(scratch->db);

    assert_int_equal(stat.page_bytes, 512);
    assert_int_equal(stat.chunk_pages, 16);
    assert_int_equal(stat.item_count, 0);
    assert_int_equal(stat.tree_count, 0);
    assert_int_equal(stat.payload_bytes, 0);
    assert_int_equal(stat.reader_count, 0);
    assert_int_equal(stat.oldest_reader_txn_id, 0);
    assert_int_equal(stat.quota_bytes, 0);
    assert_int_equal(stat.log_bytes, 0);
    assert_int_equal(stat.raw_held_pages, 0);
    assert_string_equal(stat.policy, "bitmap");
    assert_int_equal(stat.live_pages + stat.free_pages + stat.pending_pages, stat.file_pages);
    assert_int_equal(stat.chunk_count, (stat.file_pages + 15) / 16);
    assert_true(stat.file_bytes >= stat.file_pages * 512);
}

static void wrong_arguments_are_refused(void **state)
{
    const struct scratch *scratch = *state;
    fh_stat_info stat = {.size = 0, .txn_id = 77};

    assert_status(fh_stat(scratch->db, &stat), FH_INVALID);
    assert_int_equal(stat.txn_id, 77);
    assert_status(fh_stat(scratch->db, NULL), FH_INVALID);
    stat.size = sizeof(stat);
    assert_status(fh_stat(NULL, &stat), FH_INVALID);
}

static void items_trees_and_payload_are_counted(void **state)
{
    struct scratch *scratch = *state;
    fh_stat_info stat;
    fh_txn *txn;
    fh_tree *tree;

    scratch_fill(scratch->db, 0, 100, 10);
    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_tree_open(txn, text("tree"), FH_TREE_CREATE, &tree));
    assert_ok(fh_put(txn, tree, text("key"), text("value"), 0));
    stat = stat_of(scratch->db);
    assert_int_equal(stat.item_count, 100);
    assert_ok(fh_commit(txn));

    stat = stat_of(scratch->db);
    assert_int_equal(stat.item_count, 101);
    assert_int_equal(stat.tree_count, 2);
    assert_int_equal(stat.payload_bytes, 100 * (9 + 10) + 3 + 5);
    scratch_reopen(scratch);
    stat = stat_of(scratch->db);
    assert_int_equal(stat.item_count, 101);
    assert_int_equal(stat.tree_count, 2);
    assert_int_equal(stat.payload_bytes, 100 * (9 + 10) + 3 + 5);
}

/* The sums are known, not counted: they follow drops, rollbacks, aborts and raw runs. */
static void the_sums_follow_every_commit(void **state)
{
    struct scratch *scratch = *state;
    uint64_t savepoint;
    fh_stat_info stat;
    fh_tree *tree;
    uint32_t run;
    fh_txn *txn;

    scratch_fill(scratch->db, 0, 10, 5);
    assert_int_equal(stat_of(scratch->db).item_count, 10);
    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_tree_open(txn, text("one"), FH_TREE_CREATE, &tree));
    assert_ok(fh_put(txn, tree, text("a"), text("b"), 0));
    assert_ok(fh_savepoint(txn, &savepoint));
    assert_ok(fh_tree_drop(txn, tree));
    assert_ok(fh_tree_open(txn, text("two"), FH_TREE_CREATE, &tree));
    assert_ok(fh_run_take(txn, 3, 1, &run));
    assert_ok(fh_rollback(txn, savepoint));
    assert_ok(fh_run_take(txn, 2, 1, &run));
    assert_ok(fh_commit(txn));
    stat = stat_of(scratch->db);
    assert_int_equal(stat.tree_count, 2);
    assert_int_equal(stat.item_count, 11);
    assert_int_equal(stat.raw_held_pages, 2);
    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_tree_drop(txn, NULL));
    fh_abort(txn);
    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_tree_open(txn, text("one"), 0, &tree));
    assert_ok(fh_put(txn, tree, text("c"), text("d"), 0));
    assert_ok(fh_tree_drop(txn, tree));
    assert_ok(fh_run_give(txn, run));
    assert_ok(fh_commit(txn));
    stat = stat_of(scratch->db);
    assert_int_equal(stat.tree_count, 1);
    assert_int_equal(stat.item_count, 10);
    assert_int_equal(stat.payload_bytes, 10 * (9 + 5));
    assert_int_equal(stat.raw_held_pages, 0);
    for (unsigned i = 0; i < 300; i++)
        scratch_put(scratch->db, text("again"), text("again"));
    assert_int_equal(stat_of(scratch->db).item_count, 11);
}

static void a_tree_s_figures_follow_every_change(void **state)
{
    const struct scratch *scratch = *state;
    static unsigned char large[5000];
    unsigned char buffer[ITEMS_KEY_MAX];
    fh_tree_stat stat;
    fh_txn *txn;

    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    for (unsigned i = 1; i <= 400; i++) {
        assert_ok(fh_put(txn, NULL, items_numbered("k", i, buffer), text("value"), 0));
        assert_ok(fh_tree_describe(txn, NULL, &stat));
        assert_int_equal(stat.item_count, i);
        assert_int_equal(stat.payload_bytes, i * (9 + 5));
        assert_true(stat.leaf_pages >= 1);
    }
    assert_true(stat.depth >= 2);
    assert_true(stat.branch_pages >= 1);
    assert_int_equal(stat.run_pages, 0);
    assert_ok(fh_put(txn, NULL, text("large"), (fh_bytes){large, sizeof(large)}, 0));
    assert_ok(fh_tree_describe(txn, NULL, &stat));
    assert_true(stat.run_pages >= 10);
    assert_ok(fh_erase(txn, NULL, text("large")));
    assert_ok(fh_erase_range(txn, NULL, nothing(), nothing(), NULL));
    assert_ok(fh_tree_describe(txn, NULL, &stat));
    assert_int_equal(stat.item_count, 0);
    assert_int_equal(stat.payload_bytes, 0);
    assert_int_equal(stat.run_pages + stat.leaf_pages + stat.branch_pages, 0);
    assert_int_equal(stat.depth, 0);
    assert_ok(fh_commit(txn));
}

static void readers_are_counted_and_the_oldest_is_named(void **state)
{
    struct scratch *scratch = *state;
    fh_stat_info stat;
    fh_txn *old;
    fh_txn *young;

    scratch_fill(scratch->db, 0, 50, 50);
    assert_ok(fh_begin(scratch->db, FH_READ, &old));
    scratch_fill(scratch->db, 0, 50, 51);
    assert_ok(fh_begin(scratch->db, FH_READ, &young));
    stat = stat_of(scratch->db);
    assert_int_equal(stat.reader_count, 2);
    assert_int_equal(stat.oldest_reader_txn_id, fh_txn_id(old));
    assert_int_equal(stat.txn_id, fh_txn_id(young));
    assert_true(stat.pinned_pages > 0);
    fh_abort(old);
    stat = stat_of(scratch->db);
    assert_int_equal(stat.reader_count, 1);
    assert_int_equal(stat.oldest_reader_txn_id, fh_txn_id(young));
    fh_abort(young);
    stat = stat_of(scratch->db);
    assert_int_equal(stat.reader_count, 0);
    assert_int_equal(stat.pinned_pages, 0);
}

static void figures_are_there_right_after_opening_and_for_readers_only(void **state)
{
    struct scratch *scratch = *state;
    fh_options reading = {.size = sizeof(reading), .flags = FH_OPEN_READ_ONLY};
    fh_stat_info before;
    fh_stat_info after;

    scratch_fill(scratch->db, 0, 400, 80);
    scratch_close(scratch);
    scratch_open(scratch, &reading);
    before = stat_of(scratch->db);
    assert_int_equal(before.item_count, 400);
    assert_int_equal(before.live_pages + before.free_pages + before.pending_pages,
                     before.file_pages);
    assert_ok(fh_close(scratch->db));
    scratch->db = NULL;
    scratch_open(scratch, NULL);
    after = stat_of(scratch->db);
    assert_int_equal(after.live_pages, before.live_pages);
    assert_int_equal(after.free_run_count, before.free_run_count);
    assert_int_equal(after.largest_free_run_pages, before.largest_free_run_pages);
}

/* The same work for ever takes no more space: pages come back. */
static void a_file_that_is_only_overwritten_stops_growing(void **state)
{
    struct scratch *scratch = *state;
    uint64_t file_pages;

    for (unsigned i = 0; i < 20; i++)
        scratch_fill(scratch->db, 0, 200, 40 + i % 7);
    file_pages = stat_of(scratch->db).file_pages;
    for (unsigned i = 0; i < 200; i++)
        scratch_fill(scratch->db, 0, 200, 40 + i % 7);
    assert_true(stat_of(scratch->db).file_pages <= file_pages);
}

static void a_file_that_has_not_grown_says_so(void **state)
{
    struct scratch *scratch = *state;
    fh_stat_info stat = stat_of(scratch->db);

    assert_int_equal(stat.growth_reason, FH_GROWTH_NONE);
    assert_int_equal(stat.growth_txn_id, 0);
    assert_int_equal(stat.file_pages_peak, stat.file_pages);
    assert_string_equal(fh_growth_reason_name(FH_GROWTH_NONE), "none");
    assert_string_equal(fh_growth_reason_name(FH_GROWTH_HELD_BY_CHECKPOINT), "held_by_checkpoint");
    assert_string_equal(fh_growth_reason_name((fh_growth_reason)5), "unknown");
}

static void a_file_that_is_filled_grows_for_want_of_pages(void **state)
{
    struct scratch *scratch = *state;
    unsigned char buffer[ITEMS_KEY_MAX];
    uint64_t txn_id;
    fh_stat_info stat;
    fh_txn *txn;

    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    txn_id = fh_txn_id(txn);
    for (unsigned i = 0; i < 12000; i++)
        assert_ok(fh_put(txn, NULL, items_numbered("k", i, buffer), text("value"), 0));
    stat = stat_of(scratch->db);
    assert_ok(fh_commit(txn));
    assert_int_equal(stat.growth_reason, FH_GROWTH_NO_FREE_PAGES);
    assert_int_equal(stat.growth_txn_id, txn_id);
    assert_int_equal(stat.growth_wanted_pages, 1);
    assert_int_equal(stat.growth_snapshot_txn_id, 0);
}

/* Half of the leaves' neighbours are free and stay so: many pages, no run of ten. */
static void a_file_with_free_pages_in_pieces_grows_for_a_run(void **state)
{
    struct scratch *scratch = *state;
    fh_options options = scratch_options(512, FH_OPEN_WITHOUT_RELOCATION);
    static unsigned char wide[400], large[512 * 10];
    unsigned char buffer[ITEMS_KEY_MAX];
    fh_stat_info stat;
    fh_txn *txn;

    scratch_close(scratch);
    scratch_open(scratch, &options);
    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    for (unsigned i = 0; i < 1000; i++)
        assert_ok(fh_put(txn, NULL, items_numbered("k", i, buffer), (fh_bytes){wide, 400}, 0));
    assert_ok(fh_commit(txn));
    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    for (unsigned i = 0; i < 1000; i += 2)
        assert_ok(fh_erase(txn, NULL, items_numbered("k", i, buffer)));
    assert_ok(fh_commit(txn));
    assert_ok(fh_checkpoint(scratch->db));
    for (unsigned i = 0; i < 400 && stat_of(scratch->db).growth_wanted_pages != 10; i++)
        scratch_put(scratch->db, items_numbered("l", i, buffer), (fh_bytes){large, sizeof(large)});
    stat = stat_of(scratch->db);
    assert_int_equal(stat.growth_reason, FH_GROWTH_NO_RUN_LONG_ENOUGH);
    assert_int_equal(stat.growth_wanted_pages, 10);
}

static void a_file_grows_for_what_a_snapshot_holds(void **state)
{
    struct scratch *scratch = *state;
    fh_stat_info stat;
    fh_txn *reader;

    scratch_fill(scratch->db, 0, 400, 60);
    assert_ok(fh_begin(scratch->db, FH_READ, &reader));
    stat = stat_of(scratch->db);
    for (unsigned i = 0; i < 400 && stat.growth_reason != FH_GROWTH_HELD_BY_SNAPSHOT; i++) {
        scratch_fill(scratch->db, i, i + 20, 61);
        stat = stat_of(scratch->db);
    }
    assert_int_equal(stat.growth_reason, FH_GROWTH_HELD_BY_SNAPSHOT);
    assert_int_equal(stat.growth_snapshot_txn_id, fh_txn_id(reader));
    assert_true(stat.growth_txn_id > fh_txn_id(reader));
    assert_true(stat.pinned_pages_peak >= stat.pinned_pages);
    assert_true(stat.pinned_pages_peak > 0);
    fh_abort(reader);
    assert_int_equal(stat_of(scratch->db).pinned_pages, 0);
    assert_true(stat_of(scratch->db).pinned_pages_peak > 0);
}

/* What a commit has freed waits for the checkpoint: 60 overwritten leaves of a full file. */
static void a_file_grows_for_what_the_checkpoint_holds(void **state)
{
    struct scratch *scratch = *state;
    fh_stat_info stat;

    scratch_fill(scratch->db, 0, 2000, 60);
    assert_ok(fh_checkpoint(scratch->db));
    stat = stat_of(scratch->db);
    for (unsigned i = 0; i < 400 && stat.growth_reason != FH_GROWTH_HELD_BY_CHECKPOINT; i++) {
        scratch_fill(scratch->db, 5 * i, 5 * i + 5, 60);
        stat = stat_of(scratch->db);
    }
    assert_int_equal(stat.growth_reason, FH_GROWTH_HELD_BY_CHECKPOINT);
    assert_int_equal(stat.growth_snapshot_txn_id, 0);
    assert_true(stat.pending_pages_peak >= stat.pending_pages);
}

static void what_was_given_back_and_moved_is_counted(void **state)
{
    struct scratch *scratch = *state;
    unsigned char buffer[ITEMS_KEY_MAX];
    fh_compact_info info;
    fh_stat_info stat;
    fh_txn *txn;
    uint64_t peak;

    scratch_fill(scratch->db, 0, 4000, 60);
    peak = stat_of(scratch->db).file_pages;
    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_erase_range(txn, NULL, nothing(), items_numbered("k", 3000, buffer), NULL));
    assert_ok(fh_commit(txn));
    assert_ok(fh_compact(scratch->db, NULL, &info));
    stat = stat_of(scratch->db);
    assert_true(stat.file_pages_peak >= peak && stat.file_pages < peak);
    assert_true(stat.relocated_pages >= info.moved_pages);
    assert_true(stat.cut_bytes >= (peak - stat.file_pages) * stat.page_bytes);
}

#define SMALL(test) cmocka_unit_test_setup_teardown(test, scratch_setup_small, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SMALL(an_empty_database_has_figures),
        SMALL(wrong_arguments_are_refused),
        SMALL(items_trees_and_payload_are_counted),
        SMALL(the_sums_follow_every_commit),
        SMALL(a_tree_s_figures_follow_every_change),
        SMALL(readers_are_counted_and_the_oldest_is_named),
        SMALL(figures_are_there_right_after_opening_and_for_readers_only),
        SMALL(a_file_that_is_only_overwritten_stops_growing),
        SMALL(a_file_that_has_not_grown_says_so),
        SMALL(a_file_that_is_filled_grows_for_want_of_pages),
        SMALL(a_file_with_free_pages_in_pieces_grows_for_a_run),
        SMALL(a_file_grows_for_what_a_snapshot_holds),
        SMALL(a_file_grows_for_what_the_checkpoint_holds),
        SMALL(what_was_given_back_and_moved_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
