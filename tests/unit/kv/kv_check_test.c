/*
 * kv_check_test.c - the check finds nothing in what is whole, and tells what is not.
 */
#include <stdlib.h>
#include <string.h>

#include "freehold/inspect.h"
#include "support/scratch.h"
#include "support/unit.h"

struct notes {
    unsigned fault_count;
    unsigned progress_count;
    uint64_t done;
    uint64_t total;
    char first[200];
};

static void note_fault(void *context, const char *fault)
{
    struct notes *notes = context;

    if (notes->fault_count++ == 0) (void)strncpy(notes->first, fault, sizeof(notes->first) - 1);
}

static void note_progress(void *context, uint64_t done, uint64_t total)
{
    struct notes *notes = context;

    assert_true(done >= notes->done);
    assert_true(total == 0 || done <= total);
    notes->progress_count++;
    notes->done = done;
    notes->total = total;
}

static fh_check_options options_for(struct notes *notes)
{
    return (fh_check_options){.size = sizeof(fh_check_options),
                              .report = note_fault,
                              .progress = note_progress,
                              .context = notes};
}

static void a_whole_database_has_no_faults_and_its_pages_add_up(void **state)
{
    struct scratch *scratch = *state;
    struct notes notes = {0};
    fh_check_options options = options_for(&notes);
    fh_check_info info;
    fh_txn *txn;
    fh_tree *tree;

    scratch_fill(scratch->db, 0, 300, 200);
    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_tree_open(txn, text("tree"), FH_TREE_CREATE, &tree));
    assert_ok(fh_put(txn, tree, text("key"), text("value"), 0));
    assert_ok(fh_commit(txn));
    assert_ok(fh_check(scratch->db, &options, &info));
    assert_int_equal(info.fault_count, 0);
    assert_int_equal(notes.fault_count, 0);
    assert_true(notes.progress_count > 0);
    assert_int_equal(info.item_count, 301);
    assert_int_equal(info.tree_count, 2);
    assert_true(info.metadata_pages >= 5);
    assert_true(info.used_pages > 100);
    assert_int_equal(info.used_pages + info.metadata_pages + info.pending_pages + info.free_pages,
                     info.page_count);
}

static void options_may_be_left_out(void **state)
{
    struct scratch *scratch = *state;
    fh_check_options wrong = {0};
    fh_check_info info;

    assert_ok(fh_check(scratch->db, NULL, &info));
    assert_int_equal(info.fault_count, 0);
    assert_status(fh_check(scratch->db, NULL, NULL), FH_INVALID);
    assert_status(fh_check(NULL, NULL, &info), FH_INVALID);
    assert_status(fh_check(scratch->db, &wrong, &info), FH_INVALID);
}

static void readers_do_not_wait_for_the_check_nor_it_for_them(void **state)
{
    struct scratch *scratch = *state;
    fh_check_info info;
    fh_txn *snapshot;
    fh_bytes value;

    scratch_fill(scratch->db, 0, 100, 60);
    assert_ok(fh_begin(scratch->db, FH_READ, &snapshot));
    for (unsigned i = 0; i < 5; i++)
        scratch_fill(scratch->db, 0, 100, 61 + i);
    assert_ok(fh_check(scratch->db, NULL, &info));
    assert_int_equal(info.fault_count, 0);
    assert_true(info.pending_pages > 20);
    assert_ok(fh_get(snapshot, NULL, text("k00000005"), &value));
    assert_int_equal(value.size, 60);
    fh_abort(snapshot);
}

static void each_fault_is_one_line_and_is_counted(void **state)
{
    struct scratch *scratch = *state;
    struct notes notes = {0};
    fh_check_options options = options_for(&notes);
    fh_options reading = {.size = sizeof(reading), .flags = FH_OPEN_READ_ONLY};
    fh_check_info info;
    fh_page_info page;
    uint32_t leaf = 0;
    size_t size = 0;
    unsigned char *bytes;

    scratch_fill(scratch->db, 0, 300, 60);
    for (uint32_t i = 5; leaf == 0; i++) {
        assert_ok(fh_page_describe(scratch->db, i, &page));
        if (page.slot.kind == FH_PAGE_LEAF && page.slot.state == FH_STATE_USED) leaf = i;
    }
    scratch_close(scratch);
    bytes = scratch_read_file(scratch->path, &size);
    bytes[(size_t)leaf * 512 + 300] ^= 0x10;
    scratch_write_file(scratch->path, bytes, size);

    scratch_open(scratch, &reading);
    assert_ok(fh_page_describe(scratch->db, leaf, &page));
    assert_false(page.is_intact);
    assert_ok(fh_check(scratch->db, &options, &info));
    assert_true(info.fault_count > 0);
    assert_int_equal(info.fault_count, notes.fault_count);
    assert_true(strlen(notes.first) > 0);
    assert_null(strchr(notes.first, '\n'));
    assert_ok(fh_close(scratch->db));
    scratch->db = NULL;
    free(bytes);
}

/* With 512-byte pages a group of chunks is 2 MiB: the second one comes and goes. */
static void a_file_that_loses_a_group_of_chunks_loses_its_map(void **state)
{
    static unsigned char large[3 << 20];
    struct scratch *scratch = *state;
    fh_check_info info;

    for (unsigned round = 0; round < 3; round++) {
        scratch_put(scratch->db, text("large"), (fh_bytes){large, sizeof(large)});
        scratch_put(scratch->db, text("large"), (fh_bytes){large, 10});
        scratch_reopen(scratch);
        assert_ok(fh_check(scratch->db, NULL, &info));
        assert_int_equal(info.fault_count, 0);
        assert_true(info.page_count < 4096);
    }
}

#define SMALL(test) cmocka_unit_test_setup_teardown(test, scratch_setup_small, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SMALL(a_whole_database_has_no_faults_and_its_pages_add_up),
        SMALL(options_may_be_left_out),
        SMALL(readers_do_not_wait_for_the_check_nor_it_for_them),
        SMALL(each_fault_is_one_line_and_is_counted),
        SMALL(a_file_that_loses_a_group_of_chunks_loses_its_map),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
