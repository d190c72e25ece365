/*
 * verify_test.c - a page against its slot: the truth passes, each lie is told.
 */
#include "base/fault.h"
#include "pager/pager_internal.h"
#include "support/pages.h"
#include "support/unit.h"

#define PATH "pages.fh"

enum { PAGE_BYTES = 512, CHUNK_PAGES = 16, SHORT_RUN = 5, LONG_RUN = 2 * CHUNK_PAGES + 3 };

/* One page, a run inside a chunk, a run over chunks; closed and opened again. */
struct fixture {
    struct pages pages;
    page_no page;
    struct run short_run;
    struct run long_run;
};

static int setup(void **state)
{
    static struct fixture fixture;
    struct txn *txn;

    pages_open(&fixture.pages, PAGE_BYTES, 1 << 20);
    txn = pages_begin(&fixture.pages);
    fixture.page = pages_add(txn, 'a');
    fixture.short_run = pages_add_run(txn, SHORT_RUN, 'r');
    fixture.long_run = pages_add_run(txn, LONG_RUN, 's');
    pages_commit(txn);
    pages_reopen(&fixture.pages, 1 << 20);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    pages_close(&fixture->pages);
    return 0;
}

static fh_status verify(const struct fixture *fixture, page_no page)
{
    struct slot slot;

    return verify_page(fixture->pages.pager, page, &slot);
}

/* Writes a slot that proves itself, in place of the page's own. */
static void put_slot(const struct fixture *fixture, page_no page, const struct slot *slot)
{
    uint8_t now[SLOT_BYTES], then[SLOT_BYTES];
    uint64_t at = (uint64_t)pager_header_page(fixture->pages.pager, page) * PAGE_BYTES +
                  (uint64_t)(page % CHUNK_PAGES) * SLOT_BYTES;

    slot_encode(then, slot, page, fixture->pages.pager->uuid_seed);
    assert_int_equal(sim_os_read_file(fixture->pages.sim, PATH, at, now, sizeof(now)), SLOT_BYTES);
    for (unsigned i = 0; i < SLOT_BYTES; i++)
        sim_os_corrupt(fixture->pages.sim, PATH, at + i, 1, now[i] ^ then[i]);
}

static void require_refused(const struct fixture *fixture, page_no page, struct slot lie)
{
    struct slot truth;

    assert_ok(verify_page(fixture->pages.pager, page, &truth));
    put_slot(fixture, page, &lie);
    assert_status(verify(fixture, page), FH_CORRUPT);
    put_slot(fixture, page, &truth);
    assert_ok(verify(fixture, page));
}

static void what_was_written_is_true(void **state)
{
    struct fixture *fixture = *state;
    struct slot slot;

    assert_ok(verify_page(fixture->pages.pager, fixture->page, &slot));
    assert_int_equal(slot.tag, PAGE_LEAF);
    assert_ok(verify_page(fixture->pages.pager, (page_no)fixture->short_run.first, &slot));
    assert_int_equal(slot.tag, PAGE_RUN_HEAD);
    assert_int_equal(slot.run_pages, SHORT_RUN);
    assert_ok(verify(fixture, (page_no)run_end(fixture->short_run) - 1));
    assert_ok(verify(fixture, (page_no)fixture->long_run.first));
    for (page_no page = META_FIRST_PAGE; page < PAGER_FIXED_PAGES; page++)
        assert_ok(verify(fixture, page));
    assert_ok(verify_all(fixture->pages.pager));
}

static void a_changed_byte_of_a_body_is_found(void **state)
{
    struct fixture *fixture = *state;
    const uint64_t pages[] = {fixture->page, fixture->short_run.first, fixture->long_run.first};
    const uint64_t ends[] = {fixture->page + 1U, run_end(fixture->short_run),
                             run_end(fixture->long_run)};

    for (unsigned i = 0; i < 3; i++) {
        const uint64_t places[] = {pages[i] * PAGE_BYTES, ends[i] * PAGE_BYTES - 1};

        for (unsigned k = 0; k < 2; k++) {
            sim_os_corrupt(fixture->pages.sim, PATH, places[k], 1, 0x10);
            assert_status(verify(fixture, (page_no)pages[i]), FH_CORRUPT);
            assert_status(verify_all(fixture->pages.pager), FH_CORRUPT);
            sim_os_corrupt(fixture->pages.sim, PATH, places[k], 1, 0x10);
        }
        assert_ok(verify(fixture, (page_no)pages[i]));
    }
}

static void a_changed_byte_of_a_slot_is_found(void **state)
{
    struct fixture *fixture = *state;
    uint64_t at = (uint64_t)pager_header_page(fixture->pages.pager, fixture->page) * PAGE_BYTES +
                  (uint64_t)(fixture->page % CHUNK_PAGES) * SLOT_BYTES;

    for (unsigned i = 0; i < SLOT_BYTES; i++) {
        sim_os_corrupt(fixture->pages.sim, PATH, at + i, 1, 0x01);
        assert_status(verify(fixture, fixture->page), FH_CORRUPT);
        sim_os_corrupt(fixture->pages.sim, PATH, at + i, 1, 0x01);
    }
    assert_ok(verify(fixture, fixture->page));
}

/* I4. */
static void a_page_from_the_future_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct slot slot;

    assert_ok(verify_page(fixture->pages.pager, fixture->page, &slot));
    slot.epoch = fixture->pages.pager->meta.epoch;
    put_slot(fixture, fixture->page, &slot);
    assert_ok(verify(fixture, fixture->page));
    slot.epoch++;
    require_refused(fixture, (page_no)fixture->short_run.first, slot);
    put_slot(fixture, fixture->page, &slot);
    assert_status(verify(fixture, fixture->page), FH_CORRUPT);
}

static void a_used_page_is_something(void **state)
{
    static const uint8_t tags[] = {PAGE_UNUSED, PAGE_HEADER, PAGE_META, PAGE_TAG_COUNT, 0xff};
    struct fixture *fixture = *state;
    struct slot slot;

    assert_ok(verify_page(fixture->pages.pager, fixture->page, &slot));
    for (size_t i = 0; i < sizeof(tags); i++) {
        slot.tag = tags[i];
        require_refused(fixture, fixture->page, slot);
    }
}

static void a_run_has_a_length_that_fits_the_file(void **state)
{
    struct fixture *fixture = *state;
    page_no head = (page_no)fixture->short_run.first;
    uint32_t left = fixture->pages.pager->meta.page_count - head;
    const uint32_t lengths[] = {0, SHORT_RUN - 1, SHORT_RUN + 1, left + 1, UINT32_MAX};
    struct slot slot;

    assert_ok(verify_page(fixture->pages.pager, head, &slot));
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        slot.run_pages = lengths[i];
        require_refused(fixture, head, slot);
    }
}

static void the_body_of_a_run_leads_to_a_head_that_is_long_enough(void **state)
{
    struct fixture *fixture = *state;
    page_no body = (page_no)fixture->short_run.first + 2;
    const uint32_t distances[] = {0, body % CHUNK_PAGES, CHUNK_PAGES, UINT32_MAX};
    struct slot slot, head;

    assert_ok(verify_page(fixture->pages.pager, body, &slot));
    assert_int_equal(slot.tag, PAGE_RUN_BODY);
    assert_int_equal(slot.run_pages, 2);
    for (size_t i = 0; i < sizeof(distances) / sizeof(distances[0]); i++) {
        slot.run_pages = distances[i];
        require_refused(fixture, body, slot);
    }
    assert_ok(verify_page(fixture->pages.pager, body - 2, &head));
    head.run_pages = 2;
    put_slot(fixture, body - 2, &head);
    assert_status(verify(fixture, body), FH_CORRUPT);
}

static void a_page_beyond_the_end_is_not_found(void **state)
{
    struct fixture *fixture = *state;

    assert_status(verify(fixture, UINT32_MAX), FH_NOT_FOUND);
}

static void free_pages_may_hold_anything(void **state)
{
    struct fixture *fixture = *state;
    uint32_t free_count = 0;

    assert_ok(verify_all(fixture->pages.pager));
    for (page_no page = 0; page < fixture->pages.pager->meta.page_count; page++) {
        if (pager_page_state(fixture->pages.pager, page) != PAGE_STATE_FREE) continue;
        sim_os_corrupt(fixture->pages.sim, PATH, (uint64_t)page * PAGE_BYTES, PAGE_BYTES, 0x5a);
        free_count++;
    }
    assert_true(free_count > 0);
    assert_ok(verify_all(fixture->pages.pager));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_written_is_true),
        TEST(a_changed_byte_of_a_body_is_found),
        TEST(a_changed_byte_of_a_slot_is_found),
        TEST(a_page_from_the_future_is_refused),
        TEST(a_used_page_is_something),
        TEST(a_run_has_a_length_that_fits_the_file),
        TEST(the_body_of_a_run_leads_to_a_head_that_is_long_enough),
        TEST(a_page_beyond_the_end_is_not_found),
        TEST(free_pages_may_hold_anything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
