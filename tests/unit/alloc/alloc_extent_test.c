/*
 * alloc_extent_test.c - growth, its failures, the end that is cut, loading.
 */
#include "alloc/alloc.h"
#include "base/bits.h"
#include "base/memory.h"
#include "support/place.h"
#include "support/unit.h"

enum { CHUNK_PAGES = 16, FIXED = 5, PAGE_MAX = 4096 };

static const struct alloc_options options = {
    .policy = "bitmap",
    .chunk_pages = CHUNK_PAGES,
    .page_max = PAGE_MAX,
    .page_min = 16,
    .fixed_pages = FIXED,
};

static void over_both(void (*what)(struct place *place))
{
    for (int kind = 0; kind < PLACE_KINDS; kind++) {
        uint64_t block_count = memory_block_count();
        struct place place;

        place_open(&place, (enum place_kind)kind, &options);
        what(&place);
        place_audit(&place, 0);
        place_close(&place);
        assert_int_equal(memory_block_count(), block_count);
    }
}

static void grow_by_sixteenths(struct place *place)
{
    uint32_t before = 0;

    while (alloc_page_count(place->alloc) < PAGE_MAX) {
        uint32_t now;

        assert_ok(alloc_grow(place->alloc, before + 1));
        now = alloc_page_count(place->alloc);
        assert_true(now > before && now % CHUNK_PAGES == 0);
        assert_true(now - before >= CHUNK_PAGES || before == 0);
        assert_true(now == PAGE_MAX || before < 2 * CHUNK_PAGES ||
                    now - before <= (before / 16 > CHUNK_PAGES ? before / 16 : CHUNK_PAGES));
        before = now;
    }
    assert_status(alloc_grow(place->alloc, PAGE_MAX + 1), FH_NO_SPACE);
    assert_int_equal(alloc_page_count(place->alloc), PAGE_MAX);
    if (place->file != NULL)
        assert_int_equal(sim_os_file_size(place->sim, "place.fh"), PAGE_MAX * 512);
}

static void growth_is_geometric_and_ends_at_the_most(void **state)
{
    (void)state;
    over_both(grow_by_sixteenths);
}

static void cut_all(struct place *place)
{
    struct run low, high;

    assert_ok(alloc_grow(place->alloc, 40 * CHUNK_PAGES));
    low = place_take(place, 3);
    high = place_take(place, 10 * CHUNK_PAGES + 1);
    assert_int_equal(alloc_end_used(place->alloc), run_end(high));
    alloc_untake(place->alloc, high);
    assert_int_equal(alloc_end_used(place->alloc), 16);
    alloc_cut(place->alloc, 16);
    assert_int_equal(alloc_page_count(place->alloc), 16);
    place_audit(place, 0);
    assert_true(alloc_is_used(place->alloc, (page_no)low.first));
    high = place_take(place, 20 * CHUNK_PAGES);
    place_audit(place, 0);
    alloc_untake(place->alloc, high);
}

static void the_free_end_is_cut_and_grows_again(void **state)
{
    (void)state;
    over_both(cut_all);
}

static void a_growth_that_fails_leaves_all_as_it_was(void **state)
{
    struct place place;

    (void)state;
    place_open(&place, PLACE_FILE, &options);
    assert_ok(alloc_grow(place.alloc, 64));
    for (uint64_t n = 1;; n++) {
        fh_status status;

        (void)memory_fail_at(n, 0);
        status = alloc_grow(place.alloc, 3000);
        (void)memory_fail_at(0, 0);
        if (status == FH_OK) break;
        assert_status(status, FH_NO_MEMORY);
        assert_int_equal(alloc_page_count(place.alloc), 64);
        place_audit(&place, 0);
    }
    (void)sim_os_fail_at(place.sim, SIM_ALLOCATE, 1, true, FH_NO_SPACE);
    assert_status(alloc_grow(place.alloc, 3500), FH_NO_SPACE);
    place_audit(&place, 0);
    (void)sim_os_fail_at(place.sim, 0, 0, false, FH_OK);
    place_close(&place);
}

/* On a disk that is nearly full the least that is needed is tried when more is refused. */
static void growth_makes_do_with_less(void **state)
{
    struct place place;

    (void)state;
    place_open(&place, PLACE_FILE, &options);
    assert_ok(alloc_grow(place.alloc, 2048));
    (void)sim_os_fail_at(place.sim, SIM_ALLOCATE, 1, false, FH_NO_SPACE);
    assert_ok(alloc_grow(place.alloc, 2049));
    (void)sim_os_fail_at(place.sim, 0, 0, false, FH_OK);
    assert_int_equal(alloc_page_count(place.alloc), 2048 + CHUNK_PAGES);
    place_audit(&place, 0);
    place_close(&place);
}

static void what_is_loaded_is_what_was_used(void **state)
{
    struct place from, to;
    struct run long_run;
    uint64_t covered[4] = {0};
    struct alloc_stat before, after;

    (void)state;
    place_open(&from, PLACE_MEMORY, &options);
    place_open(&to, PLACE_MEMORY, &options);
    assert_ok(alloc_grow(from.alloc, 100));
    for (int i = 0; i < 20; i++)
        (void)place_take(&from, 1 + (uint32_t)i % 4);
    long_run = place_take(&from, 5 * CHUNK_PAGES + 3);
    for (uint32_t i = 0; i < 256; i++)
        if (alloc_is_covered(from.alloc, i)) bits_fill(covered, i, 1, true);
    assert_ok(
        alloc_load(to.alloc, alloc_page_count(from.alloc), alloc_used_map(from.alloc), covered));
    place_audit(&to, 0);
    alloc_stat(from.alloc, &before);
    alloc_stat(to.alloc, &after);
    assert_int_equal(after.used_pages, before.used_pages);
    assert_int_equal(after.free_run_count, before.free_run_count);
    assert_int_equal(after.largest_free_run_pages, before.largest_free_run_pages);
    assert_ok(alloc_retire(to.alloc, long_run));
    alloc_give(to.alloc, long_run);
    place_audit(&to, 0);
    place_close(&from);
    place_close(&to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growth_is_geometric_and_ends_at_the_most),
        cmocka_unit_test(the_free_end_is_cut_and_grows_again),
        cmocka_unit_test(a_growth_that_fails_leaves_all_as_it_was),
        cmocka_unit_test(growth_makes_do_with_less),
        cmocka_unit_test(what_is_loaded_is_what_was_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
