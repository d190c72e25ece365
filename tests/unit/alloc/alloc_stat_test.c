/*
 * alloc_stat_test.c - every figure against a count by hand; the audit against each lie.
 */
#include "alloc/alloc_internal.h"

#include "support/place.h"
#include "support/unit.h"

enum { CHUNK_PAGES = 16, FIXED = 5, GROUP_PAGES = 256 * CHUNK_PAGES, PAGES = 2 * GROUP_PAGES };

static const struct alloc_options options = {
    .policy = "lifo",
    .chunk_pages = CHUNK_PAGES,
    .page_max = 2 * PAGES,
    .page_min = 4 * CHUNK_PAGES,
    .fixed_pages = FIXED,
};

static int setup(void **state)
{
    static struct place place;

    place_open(&place, PLACE_MEMORY, &options);
    assert_ok(alloc_grow(place.alloc, 4 * CHUNK_PAGES));
    *state = &place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;

    assert_ok(alloc_audit(place->alloc));
    place_close(place);
    return 0;
}

/* Used, free or neither, page by page, must be what the totals say. */
static void require_totals(const struct alloc *alloc)
{
    uint32_t used_pages = 0, free_pages = 0;

    for (page_no page = 0; page < alloc_page_count(alloc); page++) {
        assert_false(alloc_is_used(alloc, page) && alloc_is_free(alloc, page));
        used_pages += alloc_is_used(alloc, page);
        free_pages += alloc_is_free(alloc, page);
    }
    assert_int_equal(alloc_used_pages(alloc), used_pages);
    assert_int_equal(alloc_free_pages(alloc), free_pages);
}

static void the_policies_that_are_known_are_those_there_are(void **state)
{
    (void)state;
    assert_true(alloc_knows_policy("bitmap"));
    assert_true(alloc_knows_policy("lifo"));
    assert_false(alloc_knows_policy("bitmaps"));
    assert_false(alloc_knows_policy(""));
}

static void used_and_free_pages_are_counted_as_they_are(void **state)
{
    struct place *place = *state;
    struct run run;

    assert_int_equal(alloc_used_pages(place->alloc), FIXED + 3);
    require_totals(place->alloc);
    run = place_take(place, 7);
    assert_int_equal(alloc_used_pages(place->alloc), FIXED + 3 + 7);
    require_totals(place->alloc);
    assert_ok(alloc_retire(place->alloc, run));
    assert_int_equal(alloc_used_pages(place->alloc), FIXED + 3);
    require_totals(place->alloc);
    place_audit(place, 7);
    alloc_give(place->alloc, run);
    require_totals(place->alloc);
    place_audit(place, 0);
}

static void a_chunk_counts_its_pages_but_not_its_header_page(void **state)
{
    struct place *place = *state;

    assert_int_equal(alloc_chunk_used(place->alloc, 0), FIXED - 1);
    assert_int_equal(alloc_chunk_free(place->alloc, 0), CHUNK_PAGES - FIXED);
    assert_int_equal(alloc_chunk_used(place->alloc, 1), 0);
    assert_int_equal(alloc_chunk_free(place->alloc, 1), CHUNK_PAGES - 1);
    (void)place_take(place, 3);
    assert_int_equal(alloc_chunk_used(place->alloc, 0) + alloc_chunk_used(place->alloc, 1) +
                         alloc_chunk_used(place->alloc, 2) + alloc_chunk_used(place->alloc, 3),
                     FIXED - 1 + 3);
}

/* Numbers from a damaged file may be anything. */
static void beyond_the_end_nothing_is_used_free_or_covered(void **state)
{
    struct place *place = *state;
    const page_no beyond[] = {4 * CHUNK_PAGES, 4 * CHUNK_PAGES + 1, UINT32_MAX};

    for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
        assert_false(alloc_is_used(place->alloc, beyond[i]));
        assert_false(alloc_is_free(place->alloc, beyond[i]));
        assert_false(alloc_is_covered(place->alloc, beyond[i]));
        assert_int_equal(alloc_chunk_used(place->alloc, beyond[i]), 0);
        assert_int_equal(alloc_chunk_free(place->alloc, beyond[i]), 0);
    }
    assert_false(alloc_is_covered(place->alloc, 4));
    assert_int_equal(alloc_chunk_free(place->alloc, 4), 0);
}

static void figures_tell_of_the_longest_run_and_of_how_many_there_are(void **state)
{
    struct place *place = *state;
    struct alloc_stat stat;
    struct run run, last = {0, 0};
    uint64_t run_count = 0, longest = 0, pages = 0;

    (void)place_take(place, 3);
    (void)place_take(place, 1);
    for (uint64_t at = 0; alloc_next_free(place->alloc, at, &run); at = run_end(run)) {
        assert_true(run.first > last.first);
        longest = run.count > longest ? run.count : longest;
        pages += run.count;
        run_count++;
        last = run;
    }
    alloc_stat(place->alloc, &stat);
    assert_string_equal(stat.policy, "lifo");
    assert_int_equal(stat.page_count, 4 * CHUNK_PAGES);
    assert_int_equal(stat.chunk_count, 4);
    assert_int_equal(stat.used_pages, alloc_used_pages(place->alloc));
    assert_int_equal(stat.free_pages, pages);
    assert_int_equal(stat.free_run_count, run_count);
    assert_int_equal(stat.largest_free_run_pages, longest);
}

/* A group is 256 chunks; its map is written anew when it is dirty and only then. */
static void a_group_is_dirty_when_one_of_its_pages_was_taken_or_left(void **state)
{
    struct place *place = *state;
    struct alloc_request far = {.page_count = 1,
                                .near = GROUP_PAGES + 1,
                                .slot = {.tag = PAGE_LEAF, .tree_id = 1, .epoch = 1}};
    struct run run;

    assert_ok(alloc_grow(place->alloc, PAGES));
    assert_true(alloc_group_is_dirty(place->alloc, 0) && alloc_group_is_dirty(place->alloc, 1));
    alloc_clean(place->alloc);
    assert_false(alloc_group_is_dirty(place->alloc, 0) || alloc_group_is_dirty(place->alloc, 1));
    assert_ok(alloc_take(place->alloc, &far, &run));
    assert_int_equal(alloc_group_is_dirty(place->alloc, 0), run.first < GROUP_PAGES);
    assert_int_equal(alloc_group_is_dirty(place->alloc, 1), run.first >= GROUP_PAGES);
    alloc_settle(place->alloc);
    alloc_clean(place->alloc);
    assert_ok(alloc_retire(place->alloc, run));
    assert_true(alloc_group_is_dirty(place->alloc, (uint32_t)run.first / GROUP_PAGES));
    alloc_give(place->alloc, run);
    assert_false(alloc_group_is_dirty(place->alloc, UINT32_MAX));
}

/* Each lie is undone after the audit, so that the teardown finds the truth. */
static void the_audit_finds_a_page_that_is_used_and_free(void **state)
{
    struct place *place = *state;
    struct alloc *alloc = place->alloc;
    page_no page = 2 * CHUNK_PAGES + 3;

    assert_true(alloc_is_free(alloc, page));
    bits_fill(alloc->used, page, 1, true);
    assert_status(alloc_audit(alloc), FH_CORRUPT);
    bits_fill(alloc->used, page, 1, false);
}

static void the_audit_finds_a_header_page_that_is_not_used(void **state)
{
    struct place *place = *state;
    struct alloc *alloc = place->alloc;
    page_no header = 2 * CHUNK_PAGES;

    bits_fill(alloc->used, header, 1, false);
    assert_status(alloc_audit(alloc), FH_CORRUPT);
    bits_fill(alloc->used, header, 1, true);
}

static void the_audit_finds_wrong_counts(void **state)
{
    struct place *place = *state;
    struct alloc *alloc = place->alloc;
    uint32_t *counts[] = {&alloc->chunks.chunks[1].used_pages, &alloc->chunks.chunks[1].free_pages,
                          &alloc->used_pages};

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        ++*counts[i];
        assert_status(alloc_audit(alloc), FH_CORRUPT);
        --*counts[i];
        assert_ok(alloc_audit(alloc));
    }
}

static void the_audit_finds_a_whole_chunk_that_is_not_listed(void **state)
{
    struct place *place = *state;
    struct alloc *alloc = place->alloc;

    assert_ok(space_take_at(alloc->whole, (struct run){3, 1}));
    assert_status(alloc_audit(alloc), FH_CORRUPT);
    assert_ok(space_give(alloc->whole, (struct run){3, 1}));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_policies_that_are_known_are_those_there_are),
        TEST(used_and_free_pages_are_counted_as_they_are),
        TEST(a_chunk_counts_its_pages_but_not_its_header_page),
        TEST(beyond_the_end_nothing_is_used_free_or_covered),
        TEST(figures_tell_of_the_longest_run_and_of_how_many_there_are),
        TEST(a_group_is_dirty_when_one_of_its_pages_was_taken_or_left),
        TEST(the_audit_finds_a_page_that_is_used_and_free),
        TEST(the_audit_finds_a_header_page_that_is_not_used),
        TEST(the_audit_finds_wrong_counts),
        TEST(the_audit_finds_a_whole_chunk_that_is_not_listed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
