/*
 * kv_repair_test.c - what a repair promises of names, locks, quotas, raw runs and arguments.
 *
 * What is saved of which damage is asked in fault/repair_file and fault/repair_log.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "freehold/inspect.h"
#include "freehold/run.h"
#include "support/scratch.h"
#include "support/unit.h"

struct notes {
    unsigned count[6];
    unsigned progress_count;
    uint64_t done;
    char last[400];
};

static void note_finding(void *context, const fh_finding *finding)
{
    struct notes *notes = context;

    notes->count[finding->kind]++;
    (void)snprintf(notes->last, sizeof(notes->last), "%s", finding->text);
}

static void note_progress(void *context, uint64_t done, uint64_t total)
{
    struct notes *notes = context;

    assert_true(done >= notes->done && (total == 0 || done <= total));
    notes->done = done;
    notes->progress_count++;
}

static fh_repair_info info_of_any(void)
{
    return (fh_repair_info){.size = sizeof(fh_repair_info)};
}

static fh_status repair(const struct scratch *scratch, const char *name, unsigned flags,
                        struct notes *notes, fh_repair_info *ret_info)
{
    fh_repair_options options = {.size = sizeof(options),
                                 .flags = flags,
                                 .report = note_finding,
                                 .progress = note_progress,
                                 .context = notes};
    char path[SCRATCH_FILE_BYTES];

    (void)snprintf(path, sizeof(path), "%s", scratch_path(scratch, name));
    *notes = (struct notes){.done = 0};
    *ret_info = info_of_any();
    return fh_repair(scratch->path, path, &options, ret_info);
}

static fh_db *open_saved(const struct scratch *scratch, const char *name)
{
    fh_options options = {.size = sizeof(options), .flags = FH_OPEN_READ_ONLY};
    fh_db *db = NULL;

    assert_ok(fh_open(scratch_path(scratch, name), &options, &db));
    scratch_require_clean(db);
    return db;
}

/* The last used page of this kind. */
static uint32_t find_page(fh_db *db, fh_page_kind kind)
{
    fh_page_info page;
    uint32_t found = 0;

    for (uint32_t i = 5; fh_page_describe(db, i, &page) == FH_OK; i++)
        if (page.slot.kind == kind && page.slot.state == FH_STATE_USED) found = i;
    assert_true(found > 0);
    return found;
}

static void change_byte(struct scratch *scratch, uint64_t at)
{
    size_t size;
    unsigned char *bytes = scratch_read_file(scratch->path, &size);

    assert_true(at < size);
    bytes[at] ^= 1;
    scratch_write_file(scratch->path, bytes, size);
    free(bytes);
}

static void a_whole_database_is_saved_with_its_quota(void **state)
{
    struct scratch *scratch = *state;
    fh_options options = scratch_options(4096, 0);
    struct notes notes;
    fh_stat_info stat = {.size = sizeof(stat)};
    fh_repair_info info;
    fh_db *db;

    options.quota_bytes = 8 << 20;
    scratch_open(scratch, &options);
    scratch_fill(scratch->db, 0, 5000, 100);
    scratch_fill(scratch->db, 5000, 5003, 100000);
    scratch_close(scratch);
    assert_ok(repair(scratch, "new", 0, &notes, &info));
    assert_int_equal(info.loss_count, 0);
    assert_int_equal(info.note_count, 0);
    assert_int_equal(info.item_count, 5003);
    assert_true(notes.progress_count > 0);
    db = open_saved(scratch, "new");
    assert_ok(fh_stat(db, &stat));
    assert_int_equal(stat.quota_bytes, 8 << 20);
    assert_int_equal(stat.page_bytes, 4096);
    assert_ok(fh_close(db));
}

static void wrong_arguments_are_refused(void **state)
{
    struct scratch *scratch = *state;
    fh_repair_options wrong = {.size = sizeof(wrong), .flags = 64};
    fh_repair_info info = info_of_any(), unsized = {0};
    const char *path = scratch->path;

    assert_status(fh_repair(NULL, "new", NULL, &info), FH_INVALID);
    assert_status(fh_repair(path, NULL, NULL, &info), FH_INVALID);
    assert_status(fh_repair(path, scratch_path(scratch, "x"), NULL, NULL), FH_INVALID);
    assert_status(fh_repair(path, scratch_path(scratch, "x"), NULL, &unsized), FH_INVALID);
    assert_status(fh_repair(path, scratch_path(scratch, "x"), &wrong, &info), FH_INVALID);
    wrong.size = 0;
    assert_status(fh_repair(path, scratch_path(scratch, "x"), &wrong, &info), FH_INVALID);
    assert_status(fh_repair(path, scratch_path(scratch, "x"), NULL, &info), FH_NOT_FOUND);
    scratch_write_file(path, "no database at all", 18);
    assert_status(fh_repair(path, scratch_path(scratch, "x"), NULL, &info), FH_NOT_DATABASE);
}

static void nothing_is_overwritten_and_no_writer_is_disturbed(void **state)
{
    struct scratch *scratch = *state;
    struct notes notes;
    fh_repair_info info;

    scratch_fill(scratch->db, 0, 10, 10);
    assert_status(repair(scratch, "new", 0, &notes, &info), FH_BUSY);
    scratch_close(scratch);
    scratch_write_file(scratch_path(scratch, "new"), "mine", 4);
    assert_status(repair(scratch, "new", 0, &notes, &info), FH_EXISTS);
    assert_int_equal(notes.count[FH_FINDING_NOTE], 0);
}

/* The name that the new file has while it is made is that of the damaged one, said or not. */
static void a_source_in_the_way_of_the_draft_stays(void **state)
{
    struct scratch *scratch = *state;
    char path[SCRATCH_FILE_BYTES];
    fh_repair_info info = info_of_any();
    unsigned char *bytes, *after;
    size_t size, after_size;

    scratch_fill(scratch->db, 0, 10, 10);
    scratch_close(scratch);
    (void)snprintf(path, sizeof(path), "%s", scratch_path(scratch, "new-copy"));
    bytes = scratch_read_file(scratch->path, &size);
    scratch_write_file(path, bytes, size);
    assert_status(fh_repair(path, scratch_path(scratch, "new"), NULL, &info), FH_INVALID);
    assert_status(fh_repair(path, scratch_path(scratch, "./new"), NULL, &info), FH_BUSY);
    after = scratch_read_file(path, &after_size);
    assert_int_equal(after_size, size);
    assert_memory_equal(after, bytes, size);
    free(bytes);
    free(after);
}

static void a_damaged_value_is_lost_alone(void **state)
{
    struct scratch *scratch = *state;
    struct notes notes;
    fh_repair_info info;
    uint32_t page;
    fh_db *db;

    scratch_fill(scratch->db, 0, 300, 100);
    scratch_put(scratch->db, text("large\n"), (fh_bytes){scratch, sizeof(*scratch)});
    scratch_fill(scratch->db, 300, 301, 50000);
    page = find_page(scratch->db, FH_PAGE_RUN_HEAD);
    scratch_close(scratch);
    change_byte(scratch, (uint64_t)page * 8192 + 20000);
    assert_ok(repair(scratch, "new", FH_REPAIR_ORPHANS, &notes, &info));
    assert_int_equal(notes.count[FH_FINDING_ITEMS], 1);
    assert_non_null(strstr(notes.last, "the unnamed tree: key k00000300 is lost: page "));
    assert_int_equal(info.item_count, 301);
    assert_int_equal(info.orphan_item_count, 0);
    db = open_saved(scratch, "new");
    scratch_require_absent(db, text("k00000300"));
    assert_ok(fh_close(db));
}

/* Every second page free, then a value that finds no run long enough. */
static void fill_holes(fh_db *db, fh_bytes value)
{
    unsigned char key[ITEMS_KEY_MAX];
    fh_txn *txn;

    scratch_fill(db, 0, 600, 480);
    assert_ok(fh_begin(db, FH_WRITE, &txn));
    for (unsigned i = 0; i < 600; i += 2)
        assert_ok(fh_erase(txn, NULL, items_numbered("k", i, key)));
    assert_ok(fh_commit(txn));
    assert_ok(fh_checkpoint(db));
    for (unsigned i = 0; i < 20; i++)
        scratch_put(db, items_numbered("large", i, key), value);
}

static void a_value_in_pieces_is_whole_or_lost(void **state)
{
    struct scratch *scratch = *state;
    unsigned char value[2048];
    struct notes notes;
    fh_repair_info info;
    uint32_t page;
    fh_db *db;

    items_fill(7, value, sizeof(value));
    fill_holes(scratch->db, (fh_bytes){value, sizeof(value)});
    page = find_page(scratch->db, FH_PAGE_RUN_HEAD);
    scratch_close(scratch);
    assert_ok(repair(scratch, "whole", 0, &notes, &info));
    assert_int_equal(info.loss_count, 0);
    assert_int_equal(info.item_count, 320);
    db = open_saved(scratch, "whole");
    for (unsigned i = 0; i < 20; i++) {
        unsigned char key[ITEMS_KEY_MAX];

        scratch_require_value(db, items_numbered("large", i, key),
                              (fh_bytes){value, sizeof(value)});
    }
    assert_ok(fh_close(db));
    change_byte(scratch, (uint64_t)page * 512 + 100);
    assert_ok(repair(scratch, "new", 0, &notes, &info));
    assert_int_equal(notes.count[FH_FINDING_ITEMS], 1);
    assert_int_equal(info.item_count, 319);
    assert_ok(fh_close(open_saved(scratch, "new")));
}

static void raw_runs_are_named_as_lost(void **state)
{
    struct scratch *scratch = *state;
    struct notes notes;
    fh_repair_info info;
    uint32_t page;
    fh_txn *txn;

    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_run_take(txn, 3, 77, &page));
    assert_ok(fh_commit(txn));
    scratch_close(scratch);
    assert_ok(repair(scratch, "new", 0, &notes, &info));
    assert_int_equal(notes.count[FH_FINDING_RUN], 1);
    assert_int_equal(info.loss_count, 1);
    assert_non_null(strstr(notes.last, "tag 77"));
}

/* Repaired twice: the first lost+found is a tree like any other. */
static void a_lost_and_found_that_is_there_stays(void **state)
{
    struct scratch *scratch = *state;
    struct notes notes;
    fh_repair_info info;
    uint32_t branch;
    fh_tree *tree;
    fh_bytes value;
    fh_txn *txn;
    fh_db *db;

    scratch_fill(scratch->db, 0, 300, 60);
    branch = find_page(scratch->db, FH_PAGE_BRANCH);
    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_tree_open(txn, text("lost+found/1"), FH_TREE_CREATE, &tree));
    assert_ok(fh_put(txn, tree, text("mine"), text("stays"), 0));
    assert_ok(fh_commit(txn));
    scratch_close(scratch);
    change_byte(scratch, (uint64_t)branch * 8192 + 40);
    assert_ok(repair(scratch, "new", FH_REPAIR_ORPHANS, &notes, &info));
    assert_int_equal(info.orphan_item_count, 300);
    assert_int_equal(info.item_count, 1);
    db = open_saved(scratch, "new");
    assert_ok(fh_begin(db, FH_READ, &txn));
    assert_ok(fh_tree_open(txn, text("lost+found/1"), 0, &tree));
    assert_ok(fh_get(txn, tree, text("mine"), &value));
    assert_ok(fh_tree_open(txn, text("lost+found/1.2"), 0, &tree));
    assert_ok(fh_get(txn, tree, text("k00000299"), &value));
    fh_abort(txn);
    assert_ok(fh_close(db));
}

/* A tree that was dropped is no loss, whatever its pages still hold. */
static void dropped_trees_are_not_offered(void **state)
{
    struct scratch *scratch = *state;
    struct notes notes;
    fh_repair_info info;
    uint32_t leaf;
    fh_tree *tree;
    fh_txn *txn;

    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_tree_open(txn, text("dropped"), FH_TREE_CREATE, &tree));
    assert_ok(fh_put(txn, tree, text("key"), text("value"), 0));
    assert_ok(fh_commit(txn));
    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_tree_open(txn, text("dropped"), 0, &tree));
    assert_ok(fh_tree_drop(txn, tree));
    assert_ok(fh_commit(txn));
    scratch_fill(scratch->db, 0, 300, 60);
    leaf = find_page(scratch->db, FH_PAGE_LEAF);
    scratch_close(scratch);
    assert_ok(repair(scratch, "whole", FH_REPAIR_ORPHANS, &notes, &info));
    assert_int_equal(info.orphan_leaf_count, 0);
    change_byte(scratch, (uint64_t)leaf * 8192 + 8000);
    assert_ok(repair(scratch, "new", FH_REPAIR_ORPHANS, &notes, &info));
    assert_true(info.loss_count > 0);
    assert_int_equal(info.orphan_item_count, 0);
}

static void an_empty_database_is_saved_empty(void **state)
{
    struct scratch *scratch = *state;
    struct notes notes;
    fh_repair_info info;

    scratch_close(scratch);
    assert_ok(repair(scratch, "new", 0, &notes, &info));
    assert_int_equal(info.loss_count + info.note_count + info.item_count + info.tree_count, 0);
    assert_ok(fh_close(open_saved(scratch, "new")));
}

#define TEST(name, setup) cmocka_unit_test_setup_teardown(name, setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_whole_database_is_saved_with_its_quota, scratch_setup_empty),
        TEST(wrong_arguments_are_refused, scratch_setup_empty),
        TEST(nothing_is_overwritten_and_no_writer_is_disturbed, scratch_setup),
        TEST(a_source_in_the_way_of_the_draft_stays, scratch_setup),
        TEST(a_damaged_value_is_lost_alone, scratch_setup),
        TEST(a_value_in_pieces_is_whole_or_lost, scratch_setup_small),
        TEST(raw_runs_are_named_as_lost, scratch_setup),
        TEST(a_lost_and_found_that_is_there_stays, scratch_setup),
        TEST(dropped_trees_are_not_offered, scratch_setup),
        TEST(an_empty_database_is_saved_empty, scratch_setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
