/*
 * pager_test.c - making, opening, refusing, closing; what readers see.
 */
#include <string.h>

#include "base/memory.h"
#include "pager/pager_internal.h"
#include "support/fault.h"
#include "support/pages.h"
#include "support/unit.h"

#define PATH "pages.fh"

static fh_status open_with(struct sim *sim, const struct pager_options *options,
                           struct pager **ret_pager)
{
    return pager_open(sim_os_port(sim), PATH, options, ret_pager);
}

static void page_sizes_that_the_format_does_not_make_are_refused(void **state)
{
    static const uint32_t sizes[] = {1, 256, 511, 513, 2048, 8193, 16384, UINT32_MAX};
    struct sim *sim = sim_os_new(1);

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct pager_options options = {.page_bytes = sizes[i], .create = true};
        struct pager *pager = NULL;

        assert_status(open_with(sim, &options, &pager), FH_INVALID);
        assert_null(pager);
        assert_false(sim_os_file_exists(sim, PATH) || sim_os_file_exists(sim, PATH "-new"));
    }
    sim_os_delete(sim);
}

static void a_new_file_has_its_page_size_for_ever(void **state)
{
    static const uint32_t sizes[] = {512, 1024, 4096, 8192};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct pages pages;

        pages_open(&pages, sizes[i], 1 << 20);
        assert_true(pager_is_new(pages.pager));
        assert_int_equal(pager_page_bytes(pages.pager), sizes[i]);
        pages.options.page_bytes = 512;
        pages_reopen(&pages, 1 << 20);
        assert_false(pager_is_new(pages.pager));
        assert_int_equal(pager_page_bytes(pages.pager), sizes[i]);
        pages_close(&pages);
    }
}

static void without_create_a_missing_file_is_not_found(void **state)
{
    struct sim *sim = sim_os_new(1);
    struct pager_options options = {.page_bytes = 512}, only_read = {.read_only = true};
    struct pager *pager = NULL;

    (void)state;
    assert_status(open_with(sim, &options, &pager), FH_NOT_FOUND);
    assert_status(open_with(sim, &only_read, &pager), FH_NOT_FOUND);
    assert_null(pager);
    assert_false(sim_os_file_exists(sim, PATH));
    sim_os_delete(sim);
}

static void who_wants_a_new_file_gets_no_old_one(void **state)
{
    struct pages *pages = *state;
    struct pager *pager = NULL;

    assert_ok(pager_close(pages->pager));
    pages->pager = NULL;
    pages->options.only_new = true;
    assert_status(open_with(pages->sim, &pages->options, &pager), FH_EXISTS);
    assert_null(pager);
    pages->options.only_new = false;
    pages_reopen(pages, 1 << 20);
}

static void a_file_has_one_writer_or_readers(void **state)
{
    struct pages *pages = *state;
    struct pager_options only_read = {.read_only = true};
    struct pager *first = NULL, *second = NULL;

    assert_status(open_with(pages->sim, &pages->options, &first), FH_BUSY);
    assert_status(open_with(pages->sim, &only_read, &first), FH_BUSY);
    assert_ok(pager_close(pages->pager));
    pages->pager = NULL;
    assert_ok(open_with(pages->sim, &only_read, &first));
    assert_ok(open_with(pages->sim, &only_read, &second));
    assert_status(open_with(pages->sim, &pages->options, &pages->pager), FH_BUSY);
    assert_ok(pager_close(first));
    assert_ok(pager_close(second));
    pages_reopen(pages, 1 << 20);
}

static void a_pager_for_reading_writes_nothing(void **state)
{
    struct pages *pages = *state;
    struct txn *txn = pages_begin(pages);
    page_no page = pages_add(txn, 'a');
    uint64_t operation_count;

    pages_commit(txn);
    assert_ok(pager_close(pages->pager));
    operation_count = sim_os_operation_count(pages->sim);
    pages->options.read_only = true;
    assert_ok(open_with(pages->sim, &pages->options, &pages->pager));
    assert_true(pager_is_read_only(pages->pager));
    pages_require(pages, page, 'a');
    assert_status(txn_begin(pages->pager, true, &txn), FH_READ_ONLY);
    assert_ok(pager_close(pages->pager));
    assert_int_equal(sim_os_operation_count(pages->sim), operation_count);
    pages->options.read_only = false;
    pages->pager = NULL;
    pages_reopen(pages, 1 << 20);
}

/* The file gets its name when it is whole, and what was left of another try does not count. */
static void a_creation_that_fails_leaves_no_file_and_can_be_tried_again(void **state)
{
    (void)state;
    for (struct fault fault = {0}; fault_next(&fault);) {
        struct sim *sim = sim_os_new(1);
        struct pager_options options = {.page_bytes = 512, .create = true};
        struct pager *pager = NULL;
        fh_status status;

        (void)sim_os_fail_at(sim, SIM_ANY & ~(unsigned)SIM_SYNC_DIRECTORY, fault.n, false, FH_IO);
        status = open_with(sim, &options, &pager);
        fault_end(&fault, sim_os_fail_at(sim, 0, 0, false, FH_OK));
        if (status != FH_OK) {
            assert_null(pager);
            assert_false(sim_os_file_exists(sim, PATH));
            assert_ok(open_with(sim, &options, &pager));
        }
        /* Without a mirror of its meta it is to be opened again before it is written. */
        assert_ok(pager_close(pager));
        assert_ok(open_with(sim, &options, &pager));
        assert_ok(pager_audit(pager));
        assert_ok(pager_close(pager));
        sim_os_delete(sim);
    }
}

static void an_open_without_memory_leaves_nothing_behind(void **state)
{
    struct pages *pages = *state;
    uint64_t block_count;

    assert_ok(pager_close(pages->pager));
    pages->pager = NULL;
    block_count = memory_block_count();
    for (struct fault fault = {0}; fault_next(&fault);) {
        struct pager *pager = NULL;
        fh_status status;

        fault_memory_begin(&fault, FAULT_ONCE);
        status = open_with(pages->sim, &pages->options, &pager);
        fault_memory_end(&fault);
        if (status == FH_OK) assert_ok(pager_close(pager));
        if (status != FH_OK) assert_status(status, FH_NO_MEMORY);
        assert_int_equal(memory_block_count(), block_count);
    }
    pages_reopen(pages, 1 << 20);
}

static void a_reader_keeps_the_state_that_it_began_with(void **state)
{
    struct pages *pages = *state;
    struct txn *txn = pages_begin(pages);
    page_no page = pages_add(txn, 'a');
    struct reader reader;
    struct descriptor newest;

    pages_commit(txn);
    assert_ok(pager_read_begin(pages->pager, &reader));
    for (unsigned i = 0; i < 5; i++) {
        txn = pages_begin(pages);
        (void)pages_change(txn, i == 0 ? page : pages_add(txn, 'c'), 'b');
        pages_commit(txn);
    }
    pager_newest(pages->pager, &newest);
    assert_true(newest.txn_id == reader.state.txn_id + 5);
    assert_true(newest.epoch > reader.state.epoch);
    pages_require(pages, page, 'a');
    pager_read_end(pages->pager, &reader);
}

/* C11. */
static void a_clean_close_gives_the_free_end_back(void **state)
{
    struct pages *pages = *state;
    uint64_t before = sim_os_file_size(pages->sim, PATH);
    struct txn *txn = pages_begin(pages);
    struct run run = pages_add_run(txn, 1000, 'r');

    pages_commit(txn);
    assert_true(sim_os_file_size(pages->sim, PATH) >= 1000 * UINT64_C(512));
    txn = pages_begin(pages);
    assert_ok(txn_run_drop(txn, run));
    pages_commit(txn);
    pages_reopen(pages, 1 << 20);
    assert_true(sim_os_file_size(pages->sim, PATH) <= before);
}

/* All is committed already; only the end stays. */
static void a_close_without_space_for_its_checkpoint_is_a_clean_one(void **state)
{
    struct pages *pages = *state;
    struct txn *txn = pages_begin(pages);
    page_no page = pages_add(txn, 'a');
    struct run run = pages_add_run(txn, 1000, 'r');

    pages_commit(txn);
    txn = pages_begin(pages);
    assert_ok(txn_run_drop(txn, run));
    pages_commit(txn);
    (void)sim_os_fail_at(pages->sim, SIM_WRITE, 1, true, FH_NO_SPACE);
    assert_ok(pager_close(pages->pager));
    pages->pager = NULL;
    assert_true(sim_os_fail_at(pages->sim, 0, 0, false, FH_OK) > 0);
    pages_reopen(pages, 1 << 20);
    pages_require(pages, page, 'a');
}

static void the_quota_holds_whether_maps_are_loaded_or_not(void **state)
{
    struct pages *pages = *state;
    struct slot leaf = {.tag = PAGE_LEAF, .tree_id = 1};
    struct txn *txn;
    page_no page;
    uint8_t *body;

    txn = pages_begin(pages);
    (void)pages_add(txn, 'a');
    pages_commit(txn);
    for (unsigned is_reopened = 0; is_reopened < 2; is_reopened++) {
        pager_set_quota(pages->pager, 1);
        txn = pages_begin(pages);
        assert_status(txn_new(txn, &leaf, 0, &page, &body), FH_QUOTA);
        txn_abort(txn);
        pager_set_quota(pages->pager, 0);
        txn = pages_begin(pages);
        assert_ok(txn_new(txn, &leaf, 0, &page, &body));
        txn_abort(txn);
        pages_reopen(pages, 1 << 20);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, pages_setup, pages_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(page_sizes_that_the_format_does_not_make_are_refused),
        cmocka_unit_test(a_new_file_has_its_page_size_for_ever),
        cmocka_unit_test(without_create_a_missing_file_is_not_found),
        TEST(who_wants_a_new_file_gets_no_old_one),
        TEST(a_file_has_one_writer_or_readers),
        TEST(a_pager_for_reading_writes_nothing),
        cmocka_unit_test(a_creation_that_fails_leaves_no_file_and_can_be_tried_again),
        TEST(an_open_without_memory_leaves_nothing_behind),
        TEST(a_reader_keeps_the_state_that_it_began_with),
        TEST(a_clean_close_gives_the_free_end_back),
        TEST(a_close_without_space_for_its_checkpoint_is_a_clean_one),
        TEST(the_quota_holds_whether_maps_are_loaded_or_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
