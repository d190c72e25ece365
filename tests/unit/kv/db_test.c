/*
 * db_test.c - opening and closing: what is made, what is refused, what is kept.
 */
#include "kv/db.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/scratch.h"
#include "support/unit.h"

static fh_options plain_options(unsigned flags)
{
    return (fh_options){.size = sizeof(fh_options), .flags = flags};
}

static void a_new_database_is_empty_and_opens_again(void **state)
{
    struct scratch *scratch = *state;
    fh_options options = scratch_options(0, 0);
    fh_stat_info stat = {.size = sizeof(stat)};

    scratch_open(scratch, &options);
    scratch_require_absent(scratch->db, text("anything"));
    scratch_reopen(scratch);
    assert_ok(fh_stat(scratch->db, &stat));
    assert_int_equal(stat.item_count, 0);
    assert_int_equal(stat.page_bytes, 8192);
    scratch_require_absent(scratch->db, text("anything"));
}

static void a_tiny_database_is_a_tiny_file(void **state)
{
    struct scratch *scratch = *state;
    fh_options options = scratch_options(0, 0);
    size_t size = 0;

    scratch_open(scratch, &options);
    scratch_put(scratch->db, text("key"), text("value"));
    scratch_close(scratch);
    free(scratch_read_file(scratch->path, &size));
    assert_true(size <= (size_t)128 * 1024);
}

static void without_create_a_missing_file_is_not_found(void **state)
{
    struct scratch *scratch = *state;
    fh_options options = plain_options(0);
    fh_options reading = plain_options(FH_OPEN_READ_ONLY);

    assert_status(fh_open(scratch->path, NULL, &scratch->db), FH_NOT_FOUND);
    assert_status(fh_open(scratch->path, &options, &scratch->db), FH_NOT_FOUND);
    assert_status(fh_open(scratch->path, &reading, &scratch->db), FH_NOT_FOUND);
    assert_null(scratch->db);
}

static void new_refuses_a_file_that_is_there(void **state)
{
    struct scratch *scratch = *state;
    fh_options options = plain_options(FH_OPEN_NEW);
    fh_db *second = NULL;

    scratch_open(scratch, &options);
    scratch_put(scratch->db, text("key"), text("value"));
    scratch_close(scratch);
    assert_status(fh_open(scratch->path, &options, &second), FH_EXISTS);
    assert_null(second);
    scratch_open(scratch, NULL);
    scratch_require_value(scratch->db, text("key"), text("value"));
}

static void create_opens_what_is_there(void **state)
{
    struct scratch *scratch = *state;
    fh_options options = scratch_options(0, 0);

    scratch_open(scratch, &options);
    scratch_put(scratch->db, text("key"), text("value"));
    scratch_close(scratch);
    scratch_open(scratch, &options);
    scratch_require_value(scratch->db, text("key"), text("value"));
}

static void a_writing_database_keeps_all_others_out(void **state)
{
    struct scratch *scratch = *state;
    fh_options create = scratch_options(0, 0);
    fh_options reading = plain_options(FH_OPEN_READ_ONLY);
    fh_db *second = NULL;

    scratch_open(scratch, &create);
    assert_status(fh_open(scratch->path, NULL, &second), FH_BUSY);
    assert_status(fh_open(scratch->path, &reading, &second), FH_BUSY);
    assert_null(second);
    scratch_put(scratch->db, text("key"), text("value"));
}

static void any_number_may_read_and_keep_the_writer_out(void **state)
{
    struct scratch *scratch = *state;
    fh_options create = scratch_options(0, 0);
    fh_options reading = plain_options(FH_OPEN_READ_ONLY);
    fh_db *readers[5] = {NULL};
    fh_db *writer = NULL;

    scratch_open(scratch, &create);
    scratch_put(scratch->db, text("key"), text("value"));
    scratch_close(scratch);

    for (size_t i = 0; i < 5; i++) {
        assert_ok(fh_open(scratch->path, &reading, &readers[i]));
        scratch_require_value(readers[i], text("key"), text("value"));
    }
    assert_status(fh_open(scratch->path, NULL, &writer), FH_BUSY);
    for (size_t i = 0; i < 5; i++)
        assert_ok(fh_close(readers[i]));
    assert_ok(fh_open(scratch->path, NULL, &writer));
    assert_ok(fh_close(writer));
}

static void reading_only_writes_nothing(void **state)
{
    struct scratch *scratch = *state;
    fh_options create = scratch_options(512, 0);
    fh_options reading = plain_options(FH_OPEN_READ_ONLY);
    fh_check_info info;
    fh_txn *txn = NULL;
    size_t size_before = 0;
    size_t size_after = 0;
    unsigned char *before;
    unsigned char *after;

    scratch_open(scratch, &create);
    scratch_fill(scratch->db, 0, 100, 50);
    scratch_close(scratch);
    before = scratch_read_file(scratch->path, &size_before);

    scratch_open(scratch, &reading);
    assert_status(fh_begin(scratch->db, FH_WRITE, &txn), FH_READ_ONLY);
    assert_status(fh_begin(scratch->db, FH_TRY_WRITE, &txn), FH_READ_ONLY);
    assert_status(fh_checkpoint(scratch->db), FH_READ_ONLY);
    assert_ok(fh_check(scratch->db, NULL, &info));
    assert_int_equal(info.fault_count, 0);
    assert_int_equal(info.item_count, 100);
    assert_ok(fh_begin(scratch->db, FH_READ, &txn));
    fh_abort(txn);
    assert_ok(fh_close(scratch->db));
    scratch->db = NULL;

    after = scratch_read_file(scratch->path, &size_after);
    assert_int_equal(size_after, size_before);
    assert_memory_equal(after, before, size_before);
    free(before);
    free(after);
}

static void closing_beside_a_transaction_is_busy_and_leaves_it_open(void **state)
{
    struct scratch *scratch = *state;
    static const unsigned flags[] = {FH_READ, FH_WRITE};

    for (size_t i = 0; i < 2; i++) {
        fh_txn *txn;
        fh_bytes value;

        assert_ok(fh_begin(scratch->db, flags[i], &txn));
        assert_status(fh_close(scratch->db), FH_BUSY);
        assert_status(fh_get(txn, NULL, text("key"), &value), FH_NOT_FOUND);
        fh_abort(txn);
    }
    scratch_put(scratch->db, text("key"), text("value"));
}

static void closing_nothing_is_fine(void **state)
{
    (void)state;
    assert_ok(fh_close(NULL));
}

static void wrong_arguments_are_refused(void **state)
{
    struct scratch *scratch = *state;
    static const uint32_t wrong_pages[] = {1, 100, 256, 768, 2048, 16384, 65536};
    fh_options options = scratch_options(0, 0);
    fh_db *db = NULL;

    assert_status(fh_open(NULL, &options, &db), FH_INVALID);
    assert_status(fh_open(scratch->path, &options, NULL), FH_INVALID);
    for (size_t i = 0; i < sizeof(wrong_pages) / sizeof(wrong_pages[0]); i++) {
        options.page_bytes = wrong_pages[i];
        assert_status(fh_open(scratch->path, &options, &db), FH_INVALID);
    }
    options = scratch_options(0, 0);
    options.policy = "no such policy";
    assert_status(fh_open(scratch->path, &options, &db), FH_INVALID);
    options = scratch_options(0, 1U << 30);
    assert_status(fh_open(scratch->path, &options, &db), FH_INVALID);
    options = scratch_options(0, 0);
    options.size = 0;
    assert_status(fh_open(scratch->path, &options, &db), FH_INVALID);
    assert_null(db);
    assert_status(fh_open(scratch->path, NULL, &db), FH_NOT_FOUND);
}

static void every_page_size_and_policy_keeps_what_is_committed(void **state)
{
    struct scratch *scratch = *state;
    static const uint32_t page_sizes[] = {512, 1024, 4096, 8192};
    static const char *const policies[] = {"bitmap", "lifo"};

    for (size_t i = 0; i < 8; i++) {
        fh_options options = scratch_options(page_sizes[i / 2], FH_OPEN_NEW);
        unsigned char value[3000];

        options.policy = policies[i % 2];
        (void)remove(scratch->path);
        scratch_open(scratch, &options);
        assert_int_equal(fh_key_max(scratch->db), page_sizes[i / 2] / 8);
        scratch_fill(scratch->db, 0, 300, 40);
        items_fill(7, value, sizeof(value));
        scratch_put(scratch->db, text("large"), (fh_bytes){value, sizeof(value)});
        scratch_reopen(scratch);
        assert_int_equal(fh_key_max(scratch->db), page_sizes[i / 2] / 8);
        scratch_require_value(scratch->db, text("large"), (fh_bytes){value, sizeof(value)});
        scratch_close(scratch);
    }
}

static void the_page_size_is_the_file_s_and_the_policy_the_opener_s(void **state)
{
    struct scratch *scratch = *state;
    fh_options options = scratch_options(1024, 0);
    fh_stat_info stat = {.size = sizeof(stat)};

    options.policy = "lifo";
    scratch_open(scratch, &options);
    scratch_fill(scratch->db, 0, 50, 50);
    scratch_close(scratch);

    options = scratch_options(8192, 0);
    scratch_open(scratch, &options);
    assert_ok(fh_stat(scratch->db, &stat));
    assert_int_equal(stat.page_bytes, 1024);
    assert_string_equal(stat.policy, "bitmap");
    scratch_fill(scratch->db, 50, 80, 50);
}

static void closing_gives_the_free_end_back(void **state)
{
    struct scratch *scratch = *state;
    fh_options options = scratch_options(4096, 0);
    unsigned char *value = calloc(1, 2 << 20);
    size_t size = 0;

    assert_non_null(value);
    scratch_open(scratch, &options);
    scratch_put(scratch->db, text("small"), text("value"));
    scratch_put(scratch->db, text("large"), (fh_bytes){value, 2 << 20});
    scratch_erase(scratch->db, text("large"));
    scratch_put(scratch->db, text("small"), text("other"));
    scratch_close(scratch);
    free(value);
    free(scratch_read_file(scratch->path, &size));
    assert_true(size <= (size_t)512 * 1024);
    scratch_open(scratch, NULL);
    scratch_require_value(scratch->db, text("small"), text("other"));
}

static void a_checkpoint_may_be_asked_for_at_any_time(void **state)
{
    struct scratch *scratch = *state;
    fh_stat_info stat = {.size = sizeof(stat)};

    assert_ok(fh_checkpoint(scratch->db));
    scratch_put(scratch->db, text("key"), text("value"));
    assert_ok(fh_checkpoint(scratch->db));
    assert_ok(fh_stat(scratch->db, &stat));
    assert_int_equal(stat.checkpoint_txn_id, stat.txn_id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_database_is_empty_and_opens_again,
                                        scratch_setup_empty, scratch_teardown),
        cmocka_unit_test_setup_teardown(a_tiny_database_is_a_tiny_file, scratch_setup_empty,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(without_create_a_missing_file_is_not_found,
                                        scratch_setup_empty, scratch_teardown),
        cmocka_unit_test_setup_teardown(new_refuses_a_file_that_is_there, scratch_setup_empty,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(create_opens_what_is_there, scratch_setup_empty,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(a_writing_database_keeps_all_others_out,
                                        scratch_setup_empty, scratch_teardown),
        cmocka_unit_test_setup_teardown(any_number_may_read_and_keep_the_writer_out,
                                        scratch_setup_empty, scratch_teardown),
        cmocka_unit_test_setup_teardown(reading_only_writes_nothing, scratch_setup_empty,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(closing_beside_a_transaction_is_busy_and_leaves_it_open,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test(closing_nothing_is_fine),
        cmocka_unit_test_setup_teardown(wrong_arguments_are_refused, scratch_setup_empty,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(every_page_size_and_policy_keeps_what_is_committed,
                                        scratch_setup_empty, scratch_teardown),
        cmocka_unit_test_setup_teardown(the_page_size_is_the_file_s_and_the_policy_the_opener_s,
                                        scratch_setup_empty, scratch_teardown),
        cmocka_unit_test_setup_teardown(closing_gives_the_free_end_back, scratch_setup_empty,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(a_checkpoint_may_be_asked_for_at_any_time, scratch_setup,
                                        scratch_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
