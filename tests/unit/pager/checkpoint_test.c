/*
 * checkpoint_test.c - a checkpoint that fails is as if it had never begun, or poisons.
 */
#include "base/memory.h"
#include "support/pages.h"
#include "support/unit.h"

enum { PAGES = 40 };

/* Changes half of the pages and commits, with the n-th call of a kind failing. */
static fh_status commit_failing(struct pages *pages, page_no now[PAGES], unsigned mask, uint64_t n)
{
    struct txn *txn = pages_begin(pages);
    struct descriptor root = *txn_base(txn);
    fh_status status;

    for (unsigned i = 0; i < PAGES; i += 2)
        now[i] = pages_change(txn, now[i], 'n');
    if (mask == 0)
        (void)memory_fail_at(n, 0);
    else
        (void)sim_os_fail_at(pages->sim, mask, n, false, FH_NO_SPACE);
    status = txn_commit(txn, &root);
    (void)memory_fail_at(0, 0);
    (void)sim_os_fail_at(pages->sim, 0, 0, false, FH_OK);
    return status;
}

static void add_pages(struct pages *pages, page_no old[PAGES])
{
    struct txn *txn = pages_begin(pages);

    for (unsigned i = 0; i < PAGES; i++)
        old[i] = pages_add(txn, 'o');
    pages_commit(txn);
}

static void fail_everywhere(struct pages *pages, unsigned mask)
{
    page_no old[PAGES], now[PAGES];
    uint32_t used, free_pages;
    fh_status status = FH_NO_MEMORY;

    add_pages(pages, old);
    used = pages_count(pages, PAGE_STATE_USED);
    free_pages = pages_count(pages, PAGE_STATE_FREE);
    for (uint64_t n = 1; status != FH_OK; n++) {
        memcpy(now, old, sizeof(now));
        status = commit_failing(pages, now, mask, n);
        if (status == FH_OK || status == FH_POISONED) break;
        assert_ok(pager_audit(pages->pager));
        assert_int_equal(pages_count(pages, PAGE_STATE_USED), used);
        assert_int_equal(pages_count(pages, PAGE_STATE_FREE), free_pages);
        for (unsigned i = 0; i < PAGES; i++)
            pages_require(pages, old[i], 'o');
    }
    pages_reopen(pages, 1 << 20);
    for (unsigned i = 0; i < PAGES; i++)
        pages_require(pages, status == FH_OK ? now[i] : old[i],
                      status == FH_OK && i % 2 == 0 ? 'n' : 'o');
}

static void a_commit_without_memory_changes_nothing(void **state)
{
    fail_everywhere(*state, 0);
}

/* Up to the meta; a failed write of that one poisons, and the state is the one before. */
static void a_commit_whose_write_fails_changes_nothing(void **state)
{
    fail_everywhere(*state, SIM_WRITE);
}

static void a_failed_sync_poisons_until_reopened(void **state)
{
    struct pages *pages = *state;
    page_no old[PAGES];
    struct txn *txn = NULL;

    add_pages(pages, old);
    assert_status(commit_failing(pages, old, SIM_SYNC, 1), FH_POISONED);
    assert_status(txn_begin(pages->pager, true, &txn), FH_POISONED);
    pages_reopen(pages, 1 << 20);
    txn_abort(pages_begin(pages));
}

static void maps_move_with_each_checkpoint_and_old_ones_are_free(void **state)
{
    struct pages *pages = *state;
    page_no old[PAGES];
    uint32_t used;

    add_pages(pages, old);
    used = pages_count(pages, PAGE_STATE_USED);
    for (int round = 0; round < 100; round++) {
        struct txn *txn = pages_begin(pages);

        old[0] = pages_change(txn, old[0], (uint8_t)round);
        pages_commit(txn);
        assert_int_equal(pages_count(pages, PAGE_STATE_USED), used);
        assert_ok(pager_audit(pages->pager)); /* also lets chunks go that were being punched */
        assert_int_equal(pages_count(pages, PAGE_STATE_PENDING), 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, pages_setup, pages_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_commit_without_memory_changes_nothing),
        TEST(a_commit_whose_write_fails_changes_nothing),
        TEST(a_failed_sync_poisons_until_reopened),
        TEST(maps_move_with_each_checkpoint_and_old_ones_are_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
