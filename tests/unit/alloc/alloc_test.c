/*
 * alloc_test.c - where runs go among chunks with header pages, over both backings.
 *
 * The cases of placement are those of a file of page groups with one header page each,
 * counted here for 256 pages a chunk and five fixed pages.
 */
#include "alloc/alloc.h"

#include "base/memory.h"
#include "support/place.h"
#include "support/unit.h"

enum { CHUNK_PAGES = 256, FIXED = 5, PAGE_MAX = 16 * CHUNK_PAGES };

static const struct alloc_options options = {
    .policy = "bitmap",
    .chunk_pages = CHUNK_PAGES,
    .page_max = PAGE_MAX,
    .page_min = 16,
    .fixed_pages = FIXED,
};

/* Runs `what` over memory and over a file, with `page_count` pages at first. */
static void over_both(void (*what)(struct place *place), uint32_t page_count)
{
    for (int kind = 0; kind < PLACE_KINDS; kind++) {
        uint64_t block_count = memory_block_count();
        struct place place;

        place_open(&place, (enum place_kind)kind, &options);
        assert_ok(alloc_grow(place.alloc, page_count));
        what(&place);
        place_audit(&place, 0);
        place_close(&place);
        assert_int_equal(memory_block_count(), block_count);
    }
}

static void assert_run(struct run run, uint64_t first, uint64_t count)
{
    assert_int_equal(run.first, first);
    assert_int_equal(run.count, count);
}

static void take_in_order(struct place *place)
{
    assert_run(place_take(place, 1), FIXED, 1);
    assert_run(place_take(place, 1), FIXED + 1, 1);
    assert_run(place_take(place, 4), FIXED + 2, 4);
    assert_run(place_take(place, 4), FIXED + 6, 4);
}

static void runs_are_taken_from_behind_the_fixed_pages(void **state)
{
    (void)state;
    over_both(take_in_order, 16);
}

/* With nothing in reserve every page but header pages and fixed ones can be had. */
static void take_all(struct place *place)
{
    struct alloc_request request = {
        .page_count = 1, .from_reserve = true, .slot = {.tag = PAGE_LEAF}};
    struct run run;
    uint32_t count = 0;

    while (alloc_take(place->alloc, &request, &run) == FH_OK)
        count++;
    assert_int_equal(count, PAGE_MAX - FIXED - 15);
}

static void every_page_but_headers_and_fixed_ones_can_be_taken(void **state)
{
    (void)state;
    over_both(take_all, 16);
}

static void take_give_take(struct place *place)
{
    struct run run = place_take(place, 1);

    alloc_untake(place->alloc, run);
    assert_true(alloc_is_free(place->alloc, (page_no)run.first));
    assert_run(place_take(place, 1), run.first, 1);
}

static void a_page_given_back_is_taken_again(void **state)
{
    (void)state;
    over_both(take_give_take, 16);
}

static void take_across_a_header(struct place *place)
{
    assert_run(place_take(place, 192), FIXED, 192);
    assert_run(place_take(place, 64), CHUNK_PAGES + 1, 64);
    assert_run(place_take(place, 32), FIXED + 192, 32);
}

static void a_short_run_never_crosses_a_header_page_and_the_gap_is_used_later(void **state)
{
    (void)state;
    over_both(take_across_a_header, 4 * CHUNK_PAGES);
}

static void take_halves(struct place *place)
{
    assert_run(place_take(place, 128), FIXED, 128);
    assert_run(place_take(place, 128), CHUNK_PAGES + 1, 128);
}

static void two_halves_of_a_chunk_do_not_fit_into_the_first(void **state)
{
    (void)state;
    over_both(take_halves, 4 * CHUNK_PAGES);
}

/* 2 * 256 + 12 pages: the last 12 of chunk 0, then chunks 1 and 2 with their header pages. */
static void take_long(struct place *place)
{
    struct run run = place_take(place, 2 * CHUNK_PAGES + 12);

    assert_run(run, CHUNK_PAGES - 12, 2 * CHUNK_PAGES + 12);
    assert_false(alloc_is_covered(place->alloc, 0));
    assert_true(alloc_is_covered(place->alloc, 1));
    assert_true(alloc_is_covered(place->alloc, 2));
    assert_false(alloc_is_covered(place->alloc, 3));
    assert_run(place_take(place, 32), FIXED, 32);
    alloc_untake(place->alloc, run);
    assert_false(alloc_is_covered(place->alloc, 1));
    assert_true(alloc_is_used(place->alloc, CHUNK_PAGES));
    assert_run(place_take(place, 12), FIXED + 32, 12);
}

static void a_long_run_ends_where_a_chunk_ends(void **state)
{
    (void)state;
    over_both(take_long, 4 * CHUNK_PAGES);
}

static void take_long_after_holes(struct place *place)
{
    struct run first = place_take(place, 192), second = place_take(place, 64);

    assert_run(first, FIXED, 192);
    assert_run(second, CHUNK_PAGES + 1, 64);
    alloc_untake(place->alloc, second);
    assert_run(place_take(place, 2 * CHUNK_PAGES + 12), CHUNK_PAGES - 12, 2 * CHUNK_PAGES + 12);
}

static void pages_given_back_make_room_for_a_long_run(void **state)
{
    (void)state;
    over_both(take_long_after_holes, 4 * CHUNK_PAGES);
}

/* So that its first page lies in a chunk that keeps its header page. */
static void take_whole_chunks(struct place *place)
{
    struct run run = place_take(place, 2 * CHUNK_PAGES);

    assert_run(run, CHUNK_PAGES - 1, 2 * CHUNK_PAGES + 1);
    assert_run(place_take(place, CHUNK_PAGES), 4 * CHUNK_PAGES - 1, CHUNK_PAGES + 1);
    alloc_untake(place->alloc, run);
}

static void a_run_of_whole_chunks_is_one_page_longer(void **state)
{
    (void)state;
    over_both(take_whole_chunks, 3 * CHUNK_PAGES);
}

/* Each length around the borders of chunks, in a fresh place and given back again. */
static void every_length_around_a_chunk_border_fits(void **state)
{
    static const uint32_t lengths[] = {1,
                                       2,
                                       CHUNK_PAGES - FIXED,
                                       CHUNK_PAGES - FIXED + 1,
                                       254,
                                       255,
                                       256,
                                       257,
                                       258,
                                       510,
                                       511,
                                       512,
                                       513,
                                       767,
                                       768,
                                       769};

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        uint32_t wanted = lengths[i];
        struct place place;
        struct run run;

        place_open(&place, PLACE_MEMORY, &options);
        assert_ok(alloc_grow(place.alloc, 16));
        run = place_take(&place, wanted);
        assert_int_equal(run.count, wanted % CHUNK_PAGES == 0 ? wanted + 1 : wanted);
        assert_int_not_equal(run.first % CHUNK_PAGES, 0);
        if (run.count >= CHUNK_PAGES) assert_int_equal(run_end(run) % CHUNK_PAGES, 0);
        if (run.count < CHUNK_PAGES)
            assert_int_equal(run.first / CHUNK_PAGES, (run_end(run) - 1) / CHUNK_PAGES);
        place_audit(&place, 0);
        alloc_untake(place.alloc, run);
        place_audit(&place, 0);
        place_close(&place);
    }
}

static void walk_states(struct place *place)
{
    struct run run = place_take(place, 3);
    page_no page = (page_no)run.first;

    assert_true(alloc_is_used(place->alloc, page) && !alloc_is_free(place->alloc, page));
    alloc_settle(place->alloc);
    assert_ok(alloc_retire(place->alloc, run));
    assert_true(!alloc_is_used(place->alloc, page) && !alloc_is_free(place->alloc, page));
    place_audit(place, 3);
    alloc_restore(place->alloc, run);
    assert_true(alloc_is_used(place->alloc, page));
    assert_ok(alloc_retire(place->alloc, run));
    alloc_give(place->alloc, run);
    assert_true(!alloc_is_used(place->alloc, page) && alloc_is_free(place->alloc, page));
}

static void a_run_goes_from_used_to_neither_to_free_or_back(void **state)
{
    (void)state;
    over_both(walk_states, 16);
}

static void move_back_without_memory(struct place *place)
{
    struct run runs[200];

    assert_ok(alloc_grow(place->alloc, 2 * CHUNK_PAGES));
    for (unsigned i = 0; i < 200; i++)
        runs[i] = place_take(place, 1);
    for (unsigned i = 0; i < 200; i += 2)
        assert_ok(alloc_retire(place->alloc, runs[i]));
    (void)memory_fail_at(1, 1);
    for (unsigned i = 0; i < 200; i += 4)
        alloc_give(place->alloc, runs[i]);
    for (unsigned i = 2; i < 200; i += 4)
        alloc_restore(place->alloc, runs[i]);
    for (unsigned i = 1; i < 200; i += 2)
        alloc_untake(place->alloc, runs[i]);
    (void)memory_fail_at(0, 0);
}

static void the_way_back_needs_no_memory(void **state)
{
    (void)state;
    over_both(move_back_without_memory, 16);
}

static void fail_everywhere(struct place *place)
{
    static const uint32_t lengths[] = {1, 100, 300};
    struct alloc_stat before, after;
    fh_status status = FH_NO_MEMORY;

    for (size_t i = 0; i < 3; i++) {
        struct alloc_request request = {.page_count = lengths[i], .slot = {.tag = PAGE_LEAF}};
        struct run run = {0, 0};

        for (uint64_t n = 1;; n++) {
            alloc_stat(place->alloc, &before);
            (void)memory_fail_at(n, 0);
            status = alloc_take(place->alloc, &request, &run);
            (void)memory_fail_at(0, 0);
            if (status == FH_OK) break;
            assert_status(status, FH_NO_MEMORY);
            alloc_stat(place->alloc, &after);
            assert_int_equal(after.page_count - after.free_pages - after.used_pages, 0);
            assert_int_equal(run.count, 0);
            place_audit(place, 0);
        }
        alloc_untake(place->alloc, run);
    }
}

static void a_take_without_memory_takes_nothing(void **state)
{
    (void)state;
    over_both(fail_everywhere, 16);
}

static void meet_the_quota(struct place *place)
{
    struct alloc_request request = {.page_count = 10, .slot = {.tag = PAGE_LEAF}};
    struct run run;

    alloc_set_quota(place->alloc, alloc_used_pages(place->alloc) + 15);
    assert_ok(alloc_take(place->alloc, &request, &run));
    assert_status(alloc_take(place->alloc, &request, &run), FH_QUOTA);
    request.page_count = 5;
    assert_ok(alloc_take(place->alloc, &request, &run));
    request.page_count = 1;
    assert_status(alloc_take(place->alloc, &request, &run), FH_QUOTA);
    request.from_reserve = true;
    assert_ok(alloc_take(place->alloc, &request, &run));
    alloc_set_quota(place->alloc, 0);
    request.from_reserve = false;
    assert_ok(alloc_take(place->alloc, &request, &run));
}

static void the_quota_counts_used_pages_and_spares_the_reserve(void **state)
{
    (void)state;
    over_both(meet_the_quota, 64);
}

static void look_at_drafts(struct place *place)
{
    struct run run = place_take(place, 3);
    struct slot *slot = alloc_draft(place->alloc, (page_no)run.first);
    uint32_t chunk_no;

    assert_non_null(slot);
    assert_int_equal(slot->tag, PAGE_LEAF);
    assert_int_equal(slot->run_pages, 3);
    slot = alloc_draft(place->alloc, (page_no)run.first + 2);
    assert_int_equal(slot->tag, PAGE_RUN_BODY);
    assert_int_equal(slot->run_pages, 2);
    assert_null(alloc_draft(place->alloc, (page_no)run_end(run)));
    assert_null(alloc_draft(place->alloc, UINT32_MAX));
    assert_true(alloc_draft_chunk(place->alloc, 0, &chunk_no) && chunk_no == 0);
    assert_false(alloc_draft_chunk(place->alloc, 1, &chunk_no));
    alloc_drop_drafts(place->alloc);
    assert_null(alloc_draft(place->alloc, (page_no)run.first));
    assert_false(alloc_draft_chunk(place->alloc, 0, &chunk_no));
}

static void what_is_taken_has_a_draft_until_it_is_dropped(void **state)
{
    (void)state;
    over_both(look_at_drafts, 16);
}

static void wrong_lengths_are_refused(void **state)
{
    struct alloc_request request = {.slot = {.tag = PAGE_LEAF}};
    struct place place;
    struct run run;

    (void)state;
    place_open(&place, PLACE_MEMORY, &options);
    assert_ok(alloc_grow(place.alloc, 16));
    assert_status(alloc_take(place.alloc, &request, &run), FH_TOO_LARGE);
    request.page_count = PAGE_MAX + 1;
    assert_status(alloc_take(place.alloc, &request, &run), FH_TOO_LARGE);
    request.page_count = UINT32_MAX;
    assert_status(alloc_take(place.alloc, &request, &run), FH_TOO_LARGE);
    request.page_count = PAGE_MAX;
    assert_status(alloc_take(place.alloc, &request, &run), FH_NO_SPACE);
    place_audit(&place, 0);
    place_close(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_are_taken_from_behind_the_fixed_pages),
        cmocka_unit_test(every_page_but_headers_and_fixed_ones_can_be_taken),
        cmocka_unit_test(a_page_given_back_is_taken_again),
        cmocka_unit_test(a_short_run_never_crosses_a_header_page_and_the_gap_is_used_later),
        cmocka_unit_test(two_halves_of_a_chunk_do_not_fit_into_the_first),
        cmocka_unit_test(a_long_run_ends_where_a_chunk_ends),
        cmocka_unit_test(pages_given_back_make_room_for_a_long_run),
        cmocka_unit_test(a_run_of_whole_chunks_is_one_page_longer),
        cmocka_unit_test(every_length_around_a_chunk_border_fits),
        cmocka_unit_test(a_run_goes_from_used_to_neither_to_free_or_back),
        cmocka_unit_test(the_way_back_needs_no_memory),
        cmocka_unit_test(a_take_without_memory_takes_nothing),
        cmocka_unit_test(the_quota_counts_used_pages_and_spares_the_reserve),
        cmocka_unit_test(what_is_taken_has_a_draft_until_it_is_dropped),
        cmocka_unit_test(wrong_lengths_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
