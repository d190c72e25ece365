/*
 * kv_space_test.c - a whole database's free space: what a check finds, what small changes cost.
 */
#include <stdio.h>
#include <string.h>

#include "freehold/inspect.h"
#include "freehold/run.h"
#include "kv/db_internal.h"
#include "pager/pager_internal.h"
#include "support/scratch.h"
#include "support/unit.h"

static fh_stat_info stat_of(fh_db *db)
{
    fh_stat_info stat = {.size = sizeof(stat)};

    assert_ok(fh_stat(db, &stat));
    return stat;
}

/* Whether a check says this. */
struct search {
    char text[80];
    bool is_found;
};

static void look_for(void *context, const char *fault)
{
    struct search *search = context;

    if (strstr(fault, search->text) != NULL) search->is_found = true;
}

static void require_fault(fh_db *db, uint32_t page, const char *what)
{
    struct search search = {.is_found = false};
    fh_check_options options = {.size = sizeof(options), .report = look_for, .context = &search};
    fh_check_info info;

    (void)snprintf(search.text, sizeof(search.text), "page %u is %s", page, what);
    assert_ok(fh_check(db, &options, &info));
    assert_true(info.fault_count > 0);
    assert_true(search.is_found);
}

/* Leaves, branches, a long value, a raw run, metas, maps: one page of each is planted as free,
 * the first of a run and those within it. */
static void a_page_that_is_referred_to_and_not_used_is_found(void **state)
{
    struct scratch *scratch = *state;
    static const unsigned char value[5000];
    unsigned kinds_seen = 0;
    struct alloc *alloc;
    fh_page_info info;
    uint32_t run;
    fh_txn *txn;

    scratch_fill(scratch->db, 0, 60, 60);
    scratch_put(scratch->db, text("long"), (fh_bytes){value, sizeof(value)});
    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    assert_ok(fh_run_take(txn, 4, 7, &run));
    assert_ok(fh_commit(txn));
    scratch_require_clean(scratch->db);
    alloc = scratch->db->pager->alloc;
    for (uint32_t page = 1; page < alloc_page_count(alloc); page++) {
        if (page % scratch->db->pager->chunk_pages == 0 || !alloc_is_used(alloc, page)) continue;
        assert_ok(fh_page_describe(scratch->db, page, &info));
        kinds_seen |= 1U << info.slot.kind;

        assert_ok(alloc_retire(alloc, (struct run){page, 1}));
        require_fault(scratch->db, page, "referred to, but the map says free");
        alloc_restore(alloc, (struct run){page, 1});
    }
    assert_true((kinds_seen & 1U << FH_PAGE_LEAF) != 0);
    assert_true((kinds_seen & 1U << FH_PAGE_BRANCH) != 0);
    assert_true((kinds_seen & 1U << FH_PAGE_RUN_BODY) != 0);
    assert_true((kinds_seen & 1U << FH_PAGE_RAW) != 0);
    assert_true((kinds_seen & 1U << FH_PAGE_META) != 0);
    scratch_require_clean(scratch->db);
}

static void a_page_that_is_used_for_nothing_is_found(void **state)
{
    struct scratch *scratch = *state;
    struct alloc_request request = {.page_count = 2, .slot = {.tag = PAGE_LEAF}};
    struct alloc *alloc;
    struct run run;

    scratch_fill(scratch->db, 0, 60, 60);
    scratch_require_clean(scratch->db);
    alloc = scratch->db->pager->alloc;
    assert_ok(alloc_take(alloc, &request, &run));
    require_fault(scratch->db, (uint32_t)run.first, "used, but nothing refers to it");
    require_fault(scratch->db, (uint32_t)run.first + 1, "used, but nothing refers to it");
    alloc_untake(alloc, run);
    scratch_require_clean(scratch->db);
}

/* A few pages go round: the end of what was ever used stays where it is. */
static void small_commits_use_the_same_pages_for_ever(void **state)
{
    struct scratch *scratch = *state;
    fh_stat_info before;

    for (unsigned i = 0; i < 10; i++)
        scratch_put(scratch->db, text("key"), text("value"));
    before = stat_of(scratch->db);
    assert_true(before.pending_pages < 16);
    for (unsigned i = 0; i < 200; i++)
        scratch_put(scratch->db, text("key"), i % 2 == 0 ? text("one") : text("other"));
    assert_int_equal(stat_of(scratch->db).file_pages, before.file_pages);
    assert_int_equal(stat_of(scratch->db).live_pages, before.live_pages);
    assert_int_equal(stat_of(scratch->db).pending_pages, before.pending_pages);
}

/* The pages of before are known after reopening: a small change finds room among them. */
static void a_reopened_database_grows_by_little(void **state)
{
    struct scratch *scratch = *state;
    fh_stat_info before;

    for (unsigned i = 0; i < 10; i++)
        scratch_fill(scratch->db, 1000 * i, 1000 * (i + 1), 1000);
    scratch_reopen(scratch);
    before = stat_of(scratch->db);
    scratch_put(scratch->db, text("small"), text("value"));
    assert_true(stat_of(scratch->db).live_pages <= before.live_pages + 5);
    scratch_reopen(scratch);
    assert_true(stat_of(scratch->db).live_pages <= before.live_pages + 5);
    assert_true(stat_of(scratch->db).file_bytes <=
                before.file_bytes + before.chunk_pages * before.page_bytes);
    scratch_require_clean(scratch->db);
}

/* Items here and there: no two of the pages that the commit frees are neighbours. */
static void change_many_pages(fh_db *db, unsigned item_count, unsigned from)
{
    unsigned char buffer[ITEMS_KEY_MAX];
    fh_txn *txn;

    assert_ok(fh_begin(db, FH_WRITE, &txn));
    for (unsigned i = from; i < from + item_count / 32; i++)
        assert_ok(fh_put(txn, NULL, items_numbered("k", i * 17389 % item_count, buffer),
                         text("again"), 0));
    assert_ok(fh_commit(txn));
}

/* Pages that nobody holds are free some commits later, however many a commit frees. */
static void large_commits_leave_no_pages_behind(void **state)
{
    struct scratch *scratch = *state;
    unsigned behind = 0, longest = 0;

    scratch_fill(scratch->db, 0, 60000, 60);
    for (unsigned i = 0; i < 200; i++) {
        change_many_pages(scratch->db, 60000, i * 7919);
        behind = scratch->db->pager->has_backlog ? behind + 1 : 0;
        if (behind > longest) longest = behind;
    }
    assert_true(longest <= 10);
}

/* A reader that stays keeps what it sees and holds up nobody, however much is written. */
static void a_large_commit_does_not_wait_for_a_reader(void **state)
{
    static unsigned char large[16 << 20];
    struct scratch *scratch = *state;
    fh_txn *reader;
    fh_bytes value;

    scratch_put(scratch->db, text("key"), text("value"));
    assert_ok(fh_begin(scratch->db, FH_READ, &reader));
    scratch_put(scratch->db, text("large"), (fh_bytes){large, sizeof(large)});
    scratch_put(scratch->db, text("key"), text("other"));
    assert_ok(fh_get(reader, NULL, text("key"), &value));
    scratch_require_same(value, text("value"));
    assert_status(fh_get(reader, NULL, text("large"), &value), FH_NOT_FOUND);
    fh_abort(reader);
    scratch_require_value(scratch->db, text("large"), (fh_bytes){large, sizeof(large)});
}

#define TEST(test)  cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
#define SMALL(test) cmocka_unit_test_setup_teardown(test, scratch_setup_small, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SMALL(a_page_that_is_referred_to_and_not_used_is_found),
        SMALL(a_page_that_is_used_for_nothing_is_found),
        SMALL(small_commits_use_the_same_pages_for_ever),
        TEST(a_reopened_database_grows_by_little),
        SMALL(large_commits_leave_no_pages_behind),
        TEST(a_large_commit_does_not_wait_for_a_reader),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
