/*
 * alloc_border_test.c - free pages that begin, end or are cut where a chunk does.
 *
 * Each test has four chunks that cannot grow, takes all of them, and gives back the pages that
 * it is about.
 */
#include "alloc/alloc.h"
#include "support/place.h"
#include "support/unit.h"

enum { CHUNK_PAGES = 16, CHUNKS = 4, FIXED = 2, PAGES = CHUNKS * CHUNK_PAGES };

static const struct alloc_options options = {
    .policy = "bitmap",
    .chunk_pages = CHUNK_PAGES,
    .page_max = PAGES,
    .page_min = PAGES,
    .fixed_pages = FIXED,
};

static fh_status try_take(struct place *place, uint32_t page_count, struct run *ret_run)
{
    const struct alloc_request request = {
        .page_count = page_count, .from_reserve = true, .slot = {.tag = PAGE_RAW}};

    return alloc_take(place->alloc, &request, ret_run);
}

static void assert_takes(struct place *place, uint32_t page_count, uint64_t first)
{
    struct run run;

    assert_ok(try_take(place, page_count, &run));
    assert_int_equal(run.first, first);
    place_audit(place, 0);
}

static void assert_takes_none(struct place *place, uint32_t page_count)
{
    struct run run;

    assert_status(try_take(place, page_count, &run), FH_NO_SPACE);
    place_audit(place, 0);
}

static int setup(void **state)
{
    static struct place place;

    place_open(&place, PLACE_MEMORY, &options);
    assert_ok(alloc_grow(place.alloc, PAGES));
    *state = &place;
    return 0;
}

static int teardown(void **state)
{
    place_audit(*state, 0);
    place_close(*state);
    return 0;
}

/* Every page that can be taken is, one by one. */
static void take_all(struct place *place)
{
    struct run run;

    while (try_take(place, 1, &run) == FH_OK)
        assert_int_equal(run.count, 1);
}

/* Pages that were taken one by one. */
static void give(struct place *place, uint64_t first, uint64_t page_count)
{
    for (uint64_t page = first; page < first + page_count; page++)
        alloc_untake(place->alloc, (struct run){page, 1});
}

/* Behind a header page there are n pages, so there is room for n and not for one more. */
static void a_free_end_that_begins_at_a_header_page_has_one_page_less(void **state)
{
    struct place *place = *state;

    take_all(place);
    give(place, CHUNK_PAGES + 1, 5);
    assert_true(alloc_is_used(place->alloc, CHUNK_PAGES));
    assert_takes_none(place, 6);
    assert_takes(place, 5, CHUNK_PAGES + 1);
    assert_takes_none(place, 1);
}

static void pages_before_a_header_page_do_not_join_those_behind_it(void **state)
{
    struct place *place = *state;

    take_all(place);
    give(place, 2 * CHUNK_PAGES - 4, 4);
    give(place, 2 * CHUNK_PAGES + 1, 4);
    assert_takes_none(place, 5);
    assert_takes(place, 4, 2 * CHUNK_PAGES - 4);
    assert_takes(place, 4, 2 * CHUNK_PAGES + 1);
    assert_takes_none(place, 1);
}

static void a_run_may_fill_a_chunk_but_for_its_header_page(void **state)
{
    struct place *place = *state;

    for (uint32_t chunk_no = 1; chunk_no < CHUNKS; chunk_no++)
        assert_takes(place, CHUNK_PAGES - 1, chunk_no * CHUNK_PAGES + 1);
    assert_takes_none(place, CHUNK_PAGES - 1);
    assert_takes(place, CHUNK_PAGES - FIXED, FIXED);
}

static void a_header_page_is_used_for_ever(void **state)
{
    struct place *place = *state;
    struct run run;

    take_all(place);
    for (uint64_t chunk_no = 1; chunk_no < CHUNKS; chunk_no++)
        give(place, chunk_no * CHUNK_PAGES + 1, CHUNK_PAGES - 1);
    for (uint32_t chunk_no = 0; chunk_no < CHUNKS; chunk_no++) {
        assert_true(alloc_is_used(place->alloc, chunk_no * CHUNK_PAGES));
        assert_false(alloc_is_free(place->alloc, chunk_no * CHUNK_PAGES));
    }
    while (try_take(place, 1, &run) == FH_OK)
        assert_int_not_equal(run.first % CHUNK_PAGES, 0);
}

/* Of 1, 2 and 3 chunks with one page before them, the header pages are covered and come back. */
static void a_long_run_given_back_leaves_all_header_pages(void **state)
{
    struct place *place = *state;
    struct run run;

    for (uint32_t covered = 1; covered < CHUNKS; covered++) {
        assert_ok(try_take(place, covered * CHUNK_PAGES, &run));
        assert_int_equal(run.first, CHUNK_PAGES - 1);
        assert_int_equal(run.count, covered * CHUNK_PAGES + 1);
        for (uint32_t chunk_no = 1; chunk_no < CHUNKS; chunk_no++)
            assert_int_equal(alloc_is_covered(place->alloc, chunk_no), chunk_no <= covered);
        place_audit(place, 0);
        alloc_untake(place->alloc, run);
        for (uint32_t chunk_no = 0; chunk_no < CHUNKS; chunk_no++) {
            assert_false(alloc_is_covered(place->alloc, chunk_no));
            assert_true(alloc_is_used(place->alloc, chunk_no * CHUNK_PAGES));
            assert_int_equal(alloc_chunk_free(place->alloc, chunk_no),
                             CHUNK_PAGES - (chunk_no == 0 ? FIXED : 1));
        }
        place_audit(place, 0);
    }
}

/* One page in use in a chunk, wherever it is, and no run can cover that chunk. */
static void a_chunk_in_use_is_never_covered(void **state)
{
    struct place *place = *state;
    const uint64_t first = CHUNK_PAGES + 1, end = UINT64_C(2) * CHUNK_PAGES;

    take_all(place);
    for (uint64_t page = first; page < end; page++) {
        give(place, CHUNK_PAGES - 1, 1);
        give(place, first, page - first);
        give(place, page + 1, end - page - 1);
        assert_takes_none(place, CHUNK_PAGES + 1);
        take_all(place);
    }
    give(place, CHUNK_PAGES - 1, 1);
    give(place, first, end - first);
    assert_takes(place, CHUNK_PAGES + 1, CHUNK_PAGES - 1);
}

/* The most pages there may be can all be had, and none behind them. */
static void the_limit_is_exact_to_the_page(void **state)
{
    struct place *place = *state;
    struct run run;

    assert_ok(try_take(place, PAGES - FIXED, &run));
    assert_int_equal(run.first, FIXED);
    assert_takes_none(place, 1);
    alloc_untake(place->alloc, run);
    take_all(place);
    assert_int_equal(alloc_page_count(place->alloc), PAGES);
    assert_int_equal(alloc_free_pages(place->alloc), 0);
    assert_int_equal(alloc_used_pages(place->alloc), PAGES);
    give(place, PAGES - 1, 1);
    assert_takes(place, 1, PAGES - 1);
    assert_takes_none(place, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_free_end_that_begins_at_a_header_page_has_one_page_less),
        TEST(pages_before_a_header_page_do_not_join_those_behind_it),
        TEST(a_run_may_fill_a_chunk_but_for_its_header_page),
        TEST(a_header_page_is_used_for_ever),
        TEST(a_long_run_given_back_leaves_all_header_pages),
        TEST(a_chunk_in_use_is_never_covered),
        TEST(the_limit_is_exact_to_the_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
