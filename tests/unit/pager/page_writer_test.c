/*
 * page_writer_test.c - neighbours go in one write, each page with its checksum in its draft.
 */
#include "pager/page_writer.h"

#include <string.h>

#include "support/place.h"
#include "support/unit.h"

enum { PAGE_BYTES = 512, CHUNK_PAGES = 256, FIXED = 5, PAGES = 1024 };

struct fixture {
    struct place place;
    struct page_writer writer;
    uint8_t bodies[CHUNK_PAGES][PAGE_BYTES];
    uint64_t trace_at; /* writes before this are not the test's */
};

static int setup(void **state)
{
    static struct fixture fixture;
    struct alloc_options options = {.policy = "bitmap",
                                    .chunk_pages = CHUNK_PAGES,
                                    .page_max = PAGES,
                                    .page_min = PAGES,
                                    .fixed_pages = FIXED};

    place_open(&fixture.place, PLACE_FILE, &options);
    assert_ok(alloc_grow(fixture.place.alloc, PAGES));
    page_writer_init(&fixture.writer, fixture.place.file, 9);
    for (unsigned i = 0; i < CHUNK_PAGES; i++)
        memset(fixture.bodies[i], (int)i, PAGE_BYTES);
    fixture.trace_at = sim_os_trace_count(fixture.place.sim);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    place_close(&fixture->place);
    return 0;
}

/* The n-th write of the test; fails when there are fewer. */
static struct sim_trace write_no(const struct fixture *fixture, uint64_t n)
{
    struct sim_trace entry = {.kind = 0};

    assert_true(sim_os_trace(fixture->place.sim, fixture->trace_at + n, &entry));
    assert_int_equal(entry.kind, SIM_WRITE);
    return entry;
}

static uint64_t write_count(const struct fixture *fixture)
{
    return sim_os_trace_count(fixture->place.sim) - fixture->trace_at;
}

static void require_on_file(const struct fixture *fixture, page_no page, const uint8_t *body)
{
    uint8_t bytes[PAGE_BYTES];

    assert_int_equal(sim_os_read_file(fixture->place.sim, "place.fh", (uint64_t)page * PAGE_BYTES,
                                      bytes, sizeof(bytes)),
                     sizeof(bytes));
    assert_memory_equal(bytes, body, PAGE_BYTES);
}

static fh_status add(struct fixture *fixture, page_no page, const uint8_t *body)
{
    return page_writer_add(&fixture->writer, page, body, alloc_draft(fixture->place.alloc, page));
}

static void neighbours_go_in_one_write(void **state)
{
    struct fixture *fixture = *state;
    page_no first = (page_no)place_take(&fixture->place, 10).first;

    for (page_no i = 0; i < 10; i++)
        assert_ok(add(fixture, first + i, fixture->bodies[i]));
    assert_int_equal(write_count(fixture), 0);
    assert_ok(page_writer_flush(&fixture->writer));
    assert_int_equal(write_count(fixture), 1);
    assert_int_equal(write_no(fixture, 0).at, (uint64_t)first * PAGE_BYTES);
    assert_int_equal(write_no(fixture, 0).bytes, 10 * PAGE_BYTES);
    for (page_no i = 0; i < 10; i++)
        require_on_file(fixture, first + i, fixture->bodies[i]);
}

static void a_gap_or_a_step_back_begins_a_new_write(void **state)
{
    static const page_no offsets[] = {0, 1, 3, 2, 4};
    static const unsigned pages_of_writes[] = {2, 1, 1, 1};
    struct fixture *fixture = *state;
    page_no first = (page_no)place_take(&fixture->place, 5).first;

    for (unsigned i = 0; i < 5; i++)
        assert_ok(add(fixture, first + offsets[i], fixture->bodies[offsets[i]]));
    assert_ok(page_writer_flush(&fixture->writer));
    assert_int_equal(write_count(fixture), 4);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(write_no(fixture, i).bytes, pages_of_writes[i] * PAGE_BYTES);
    for (unsigned i = 0; i < 5; i++)
        require_on_file(fixture, first + i, fixture->bodies[i]);
}

static void no_write_has_more_pages_than_the_writer_has_room_for(void **state)
{
    struct fixture *fixture = *state;
    page_no first = (page_no)place_take(&fixture->place, PAGE_WRITER_PAGES + 1).first;

    for (page_no i = 0; i <= PAGE_WRITER_PAGES; i++)
        assert_ok(add(fixture, first + i, fixture->bodies[i]));
    assert_ok(page_writer_flush(&fixture->writer));
    assert_int_equal(write_count(fixture), 2);
    assert_int_equal(write_no(fixture, 0).bytes, PAGE_WRITER_PAGES * PAGE_BYTES);
    for (page_no i = 0; i <= PAGE_WRITER_PAGES; i++)
        require_on_file(fixture, first + i, fixture->bodies[i]);
}

static void nothing_added_is_nothing_written(void **state)
{
    struct fixture *fixture = *state;
    page_no page = (page_no)place_take(&fixture->place, 1).first;

    assert_ok(page_writer_flush(&fixture->writer));
    assert_ok(add(fixture, page, fixture->bodies[1]));
    assert_ok(page_writer_flush(&fixture->writer));
    assert_ok(page_writer_flush(&fixture->writer));
    assert_int_equal(write_count(fixture), 1);
}

static void the_draft_gets_the_checksum_of_what_is_written(void **state)
{
    struct fixture *fixture = *state;
    page_no page = (page_no)place_take(&fixture->place, 2).first;

    assert_ok(add(fixture, page, fixture->bodies[3]));
    assert_ok(add(fixture, page + 1, fixture->bodies[3]));
    assert_int_equal(alloc_draft(fixture->place.alloc, page)->body_crc,
                     slot_body_crc(page, fixture->bodies[3], PAGE_BYTES));
    assert_int_equal(alloc_draft(fixture->place.alloc, page + 1)->body_crc,
                     slot_body_crc(page + 1, fixture->bodies[3], PAGE_BYTES));
    assert_int_not_equal(alloc_draft(fixture->place.alloc, page)->body_crc,
                         alloc_draft(fixture->place.alloc, page + 1)->body_crc);
    assert_ok(page_writer_flush(&fixture->writer));
}

static void a_failed_write_is_told_once_and_forgotten(void **state)
{
    struct fixture *fixture = *state;
    page_no page = (page_no)place_take(&fixture->place, 1).first;

    assert_ok(add(fixture, page, fixture->bodies[1]));
    (void)sim_os_fail_at(fixture->place.sim, SIM_WRITE, 1, false, FH_IO);
    assert_status(page_writer_flush(&fixture->writer), FH_IO);
    (void)sim_os_fail_at(fixture->place.sim, 0, 0, false, FH_OK);
    fixture->trace_at = sim_os_trace_count(fixture->place.sim);
    assert_ok(page_writer_flush(&fixture->writer));
    assert_int_equal(write_count(fixture), 0);
}

static void a_page_without_a_draft_must_not_be_written(void **state)
{
    struct fixture *fixture = *state;

    expect_assert_failure((void)(add(fixture, 600, fixture->bodies[1]) == 0));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(neighbours_go_in_one_write),
        TEST(a_gap_or_a_step_back_begins_a_new_write),
        TEST(no_write_has_more_pages_than_the_writer_has_room_for),
        TEST(nothing_added_is_nothing_written),
        TEST(the_draft_gets_the_checksum_of_what_is_written),
        TEST(a_failed_write_is_told_once_and_forgotten),
        TEST(a_page_without_a_draft_must_not_be_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
