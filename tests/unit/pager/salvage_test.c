/*
 * salvage_test.c - a damaged file tells what it can prove, and no more.
 */
#include <string.h>

#include "pager/salvage.h"
#include "support/pages.h"
#include "support/unit.h"

#define PATH "pages.fh"

enum { PAGE_BYTES = 512, CHUNK_PAGES = 16, RUN_PAGES = 3 };

struct fixture {
    struct pages pages;
    page_no page;
    struct run run;
    struct fault_list notes;
    struct salvage *salvage;
    uint8_t body[RUN_PAGES * PAGE_BYTES];
};

static int setup(void **state)
{
    static struct fixture fixture;
    struct txn *txn;

    fixture = (struct fixture){.page = 0};
    pages_open(&fixture.pages, PAGE_BYTES, 1 << 20);
    txn = pages_begin(&fixture.pages);
    fixture.page = pages_add(txn, 'a');
    fixture.run = pages_add_run(txn, RUN_PAGES, 'r');
    pages_commit(txn);
    assert_ok(pager_close(fixture.pages.pager));
    fixture.pages.pager = NULL;
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    salvage_close(fixture->salvage);
    pages_close(&fixture->pages);
    return 0;
}

static void open(struct fixture *fixture)
{
    assert_ok(
        salvage_open(sim_os_port(fixture->pages.sim), PATH, &fixture->notes, &fixture->salvage));
    salvage_choose(fixture->salvage, UINT64_MAX, false);
}

static void wreck(struct fixture *fixture, page_no page)
{
    sim_os_corrupt(fixture->pages.sim, PATH, (uint64_t)page * PAGE_BYTES, PAGE_BYTES, 0x5a);
}

static fh_status judge(struct fixture *fixture, struct run run, uint8_t tag)
{
    struct slot slot = {.tag = PAGE_UNUSED}, wanted = {.tag = tag};

    if (salvage_slot(fixture->salvage, (page_no)run.first, &slot)) wanted.tree_id = slot.tree_id;
    assert_ok(salvage_read(fixture->salvage, run, fixture->body));
    return salvage_judge(fixture->salvage, run, fixture->body, &wanted);
}

static void what_proves_itself_is_read(void **state)
{
    struct fixture *fixture = *state;

    open(fixture);
    assert_true(fixture->salvage->state_count >= 1);
    assert_false(fixture->salvage->hides_newer);
    assert_int_equal(fixture->salvage->page_bytes, PAGE_BYTES);
    assert_ok(judge(fixture, (struct run){fixture->page, 1}, PAGE_LEAF));
    assert_int_equal(fixture->body[0], 'a');
    assert_ok(judge(fixture, fixture->run, PAGE_RUN_HEAD));
    assert_int_equal(fixture->body[0], 'r');
    assert_int_equal(fixture->notes.count, 0);
    assert_int_equal(fixture->salvage->unproven_pages, 0);
}

static void a_wrong_byte_tag_length_or_age_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct run shorter = {fixture->run.first, RUN_PAGES - 1};

    open(fixture);
    assert_status(judge(fixture, fixture->run, PAGE_LEAF), FH_CORRUPT);
    assert_status(judge(fixture, shorter, PAGE_RUN_HEAD), FH_CORRUPT);
    salvage_choose(fixture->salvage, 1, false);
    assert_status(judge(fixture, fixture->run, PAGE_RUN_HEAD), FH_CORRUPT);
    salvage_choose(fixture->salvage, UINT64_MAX, false);
    sim_os_corrupt(fixture->pages.sim, PATH, (fixture->run.first + 2) * PAGE_BYTES + 9, 1, 1);
    assert_status(judge(fixture, fixture->run, PAGE_RUN_HEAD), FH_CORRUPT);
}

static void without_its_header_page_a_value_counts_in_the_newest_state_only(void **state)
{
    struct fixture *fixture = *state;

    wreck(fixture, (page_no)fixture->run.first & ~(CHUNK_PAGES - 1U));
    open(fixture);
    assert_ok(judge(fixture, fixture->run, PAGE_RUN_HEAD));
    assert_ok(judge(fixture, fixture->run, PAGE_RUN_HEAD));
    assert_int_equal(fixture->notes.count, 1);
    assert_int_equal(fixture->salvage->unproven_pages, 2 * RUN_PAGES);
    salvage_choose(fixture->salvage, UINT64_MAX, true);
    assert_status(judge(fixture, fixture->run, PAGE_RUN_HEAD), FH_CORRUPT);
}

static void without_metas_header_pages_tell_the_sizes_and_the_seed(void **state)
{
    struct fixture *fixture = *state;
    uint32_t seed;

    open(fixture);
    seed = fixture->salvage->uuid_seed;
    salvage_close(fixture->salvage);
    fixture->salvage = NULL;
    for (page_no page = META_FIRST_PAGE; page < META_FIRST_PAGE + META_COPY_COUNT; page++)
        wreck(fixture, page);
    open(fixture);
    assert_int_equal(fixture->salvage->state_count, 0);
    assert_int_equal(fixture->salvage->page_bytes, PAGE_BYTES);
    assert_int_equal(fixture->salvage->uuid_seed, seed);
    assert_ok(judge(fixture, fixture->run, PAGE_RUN_HEAD));
}

static void one_copy_of_a_meta_is_enough(void **state)
{
    struct fixture *fixture = *state;

    wreck(fixture, 1);
    wreck(fixture, 4);
    open(fixture);
    assert_int_equal(fixture->notes.count, 2);
    assert_false(fixture->salvage->hides_newer);
    assert_true(fixture->salvage->states[0].checkpoint_no >
                fixture->salvage->states[fixture->salvage->state_count - 1].checkpoint_no);
}

static void both_copies_of_a_meta_may_hide_a_newer_state(void **state)
{
    struct fixture *fixture = *state;

    wreck(fixture, 1);
    wreck(fixture, 3);
    open(fixture);
    assert_true(fixture->salvage->hides_newer);
    assert_int_equal(fixture->salvage->state_count, 1);
}

static void pages_are_reached_once_and_within_the_file(void **state)
{
    struct fixture *fixture = *state;
    struct salvage *salvage;

    open(fixture);
    salvage = fixture->salvage;
    assert_true(salvage_can_hold(salvage, fixture->run));
    assert_false(salvage_can_hold(salvage, (struct run){0, 1}));
    assert_false(salvage_can_hold(salvage, (struct run){4, 1}));
    assert_false(salvage_can_hold(salvage, (struct run){5, 0}));
    assert_false(salvage_can_hold(salvage, (struct run){CHUNK_PAGES, 1}));
    assert_false(salvage_can_hold(salvage, (struct run){salvage->page_count - 1, 2}));
    assert_true(salvage_reach(salvage, fixture->run));
    assert_false(salvage_reach(salvage, (struct run){fixture->run.first + 1, 1}));
    salvage_choose(salvage, UINT64_MAX, false);
    assert_true(salvage_reach(salvage, fixture->run));
}

static void a_file_of_anything_else_is_no_database(void **state)
{
    struct fixture *fixture = *state;
    uint8_t bytes[4 * PAGE_BYTES];

    memset(bytes, 'x', sizeof(bytes));
    sim_os_put_file(fixture->pages.sim, "other", bytes, sizeof(bytes));
    assert_status(
        salvage_open(sim_os_port(fixture->pages.sim), "other", &fixture->notes, &fixture->salvage),
        FH_NOT_DATABASE);
    assert_status(
        salvage_open(sim_os_port(fixture->pages.sim), "none", &fixture->notes, &fixture->salvage),
        FH_NOT_FOUND);
    assert_null(fixture->salvage);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_proves_itself_is_read),
        TEST(a_wrong_byte_tag_length_or_age_is_refused),
        TEST(without_its_header_page_a_value_counts_in_the_newest_state_only),
        TEST(without_metas_header_pages_tell_the_sizes_and_the_seed),
        TEST(one_copy_of_a_meta_is_enough),
        TEST(both_copies_of_a_meta_may_hide_a_newer_state),
        TEST(pages_are_reached_once_and_within_the_file),
        TEST(a_file_of_anything_else_is_no_database),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
