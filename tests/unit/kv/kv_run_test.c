/*
 * kv_run_test.c - raw runs live and die with transactions, and the census counts them.
 */
#include "freehold/run.h"

#include "support/scratch.h"
#include "support/unit.h"

enum { PAGE = 512, TAG = 77 };

static fh_txn *begin(void **state, unsigned flags)
{
    struct scratch *scratch = *state;
    fh_txn *txn;

    assert_ok(fh_begin(scratch->db, flags, &txn));
    return txn;
}

static fh_bytes filled(unsigned char *bytes, size_t size, unsigned char with)
{
    memset(bytes, with, size);
    return (fh_bytes){bytes, size};
}

static uint32_t make_run(void **state, uint32_t page_count, unsigned char with)
{
    unsigned char bytes[PAGE];
    fh_txn *txn = begin(state, FH_WRITE);
    uint32_t page, written;

    assert_ok(fh_run_take(txn, page_count, TAG, &page));
    assert_ok(fh_run_write(txn, page, filled(bytes, sizeof(bytes), with), &written));
    assert_int_equal(written, page);
    assert_ok(fh_commit(txn));
    return page;
}

static void require_run(fh_txn *txn, uint32_t page, uint32_t page_count, unsigned char with)
{
    fh_run_info info;

    assert_ok(fh_run_get(txn, page, &info));
    assert_int_equal(info.page, page);
    assert_int_equal(info.page_count, page_count);
    assert_int_equal(info.tag, TAG);
    assert_int_equal(info.body.size, (size_t)page_count * PAGE);
    for (size_t i = 0; i < info.body.size; i++)
        assert_int_equal(((const unsigned char *)info.body.data)[i], i < PAGE ? with : 0);
}

static void a_run_keeps_its_number_its_tag_and_its_bytes(void **state)
{
    static const uint32_t lengths[] = {1, 2, 15, 16, 17, 32, 40};
    uint32_t pages[7];
    fh_txn *txn;

    for (unsigned i = 0; i < 7; i++)
        pages[i] = make_run(state, lengths[i], (unsigned char)(i + 1));
    scratch_reopen(*state);
    txn = begin(state, FH_READ);
    for (unsigned i = 0; i < 7; i++)
        require_run(txn, pages[i], lengths[i], (unsigned char)(i + 1));
    fh_abort(txn);
}

static void a_committed_run_is_immutable(void **state)
{
    uint32_t old_page = make_run(state, 3, 1), new_page;
    fh_run_info info;
    unsigned char bytes[PAGE];
    fh_txn *snapshot = begin(state, FH_READ), *txn = begin(state, FH_WRITE);

    assert_ok(fh_run_write(txn, old_page, filled(bytes, sizeof(bytes), 2), &new_page));
    assert_int_not_equal(new_page, old_page);
    require_run(txn, new_page, 3, 2);
    assert_int_equal(fh_run_get(txn, old_page, &info), FH_NOT_FOUND);
    assert_ok(fh_commit(txn));
    require_run(snapshot, old_page, 3, 1);
    fh_abort(snapshot);
}

static void a_run_given_twice_is_not_found(void **state)
{
    uint32_t page = make_run(state, 2, 1);
    fh_txn *txn = begin(state, FH_WRITE);

    assert_ok(fh_run_give(txn, page));
    assert_int_equal(fh_run_give(txn, page), FH_NOT_FOUND);
    assert_int_equal(fh_run_give(txn, page + 1), FH_NOT_FOUND);
    assert_ok(fh_commit(txn));
}

static void an_abort_and_a_rollback_bring_runs_back(void **state)
{
    uint32_t page = make_run(state, 20, 5), other;
    fh_run_info info;
    unsigned char bytes[PAGE];
    uint64_t savepoint;
    fh_txn *txn = begin(state, FH_WRITE);

    assert_ok(fh_run_give(txn, page));
    assert_ok(fh_run_take(txn, 4, TAG, &other));
    fh_abort(txn);
    txn = begin(state, FH_WRITE);
    assert_int_equal(fh_run_get(txn, other, &info), FH_NOT_FOUND);
    assert_ok(fh_savepoint(txn, &savepoint));
    assert_ok(fh_run_write(txn, page, filled(bytes, sizeof(bytes), 6), &other));
    assert_ok(fh_rollback(txn, savepoint));
    require_run(txn, page, 20, 5);
    assert_ok(fh_commit(txn));
}

static void wrong_calls_are_refused(void **state)
{
    unsigned char bytes[3 * PAGE] = {0};
    uint32_t page = make_run(state, 2, 1), other;
    fh_txn *reader = begin(state, FH_READ), *txn = begin(state, FH_WRITE);

    assert_int_equal(fh_run_take(txn, 0, TAG, &other), FH_INVALID);
    assert_int_equal(fh_run_take(reader, 1, TAG, &other), FH_READ_ONLY);
    assert_int_equal(fh_run_give(reader, page), FH_READ_ONLY);
    assert_int_equal(fh_run_write(txn, page, (fh_bytes){bytes, sizeof(bytes)}, &other),
                     FH_TOO_LARGE);
    assert_int_equal(fh_run_get(txn, page, NULL), FH_INVALID);
    fh_abort(reader);
    assert_int_equal(fh_copy(txn, "never-made.fh", NULL), FH_INVALID);
    fh_abort(txn);
}

static void stat_counts_the_pages_of_runs(void **state)
{
    struct scratch *scratch = *state;
    fh_stat_info stat = {.size = sizeof(stat)};

    (void)make_run(state, 3, 1);
    (void)make_run(state, 5, 1);
    assert_ok(fh_stat(scratch->db, &stat));
    assert_int_equal(stat.raw_held_pages, 8);
    assert_int_equal(stat.tree_count, 0);
}

#define SMALL(test) cmocka_unit_test_setup_teardown(test, scratch_setup_small, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SMALL(a_run_keeps_its_number_its_tag_and_its_bytes),
        SMALL(a_committed_run_is_immutable),
        SMALL(a_run_given_twice_is_not_found),
        SMALL(an_abort_and_a_rollback_bring_runs_back),
        SMALL(wrong_calls_are_refused),
        SMALL(stat_counts_the_pages_of_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
