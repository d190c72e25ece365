/*
 * unit_map_test.c - the lowest fit over borders of every level, growth, and what audit sees.
 *
 * Random histories of short runs stand in the model test; here are long ones, high levels
 * of the tree and exact places.
 */
#include "space/unit_map.h"

#include <string.h>

#include "base/bits.h"
#include "base/memory.h"
#include "base/random.h"
#include "support/seed.h"
#include "support/unit.h"

enum { ALL_LEVELS = 40 * 1000 * 1000 }; /* units; six levels, two of them wide */

#define MIDDLE (UINT64_C(8) * 1024 * 1024) /* a border of the highest level but one */

static void init(struct unit_map *map, uint64_t unit_count)
{
    assert_ok(unit_map_init(map, unit_count));
}

static uint64_t find(struct unit_map *map, uint64_t count, uint64_t near, uint64_t align)
{
    struct run run = {UINT64_MAX, 0};

    if (unit_map_find(map, count, near, align, &run)) assert_int_equal(run.count, count);
    return run.first;
}

static void a_run_over_the_border_of_every_level_is_found(void **state)
{
    struct unit_map map;

    (void)state;
    init(&map, ALL_LEVELS);
    for (uint64_t border = 256; border < ALL_LEVELS; border *= 8) {
        struct run run = {border - 100, 201};

        unit_map_give(&map, run);
        assert_int_equal(unit_map_largest(&map), 201);
        assert_int_equal(find(&map, 201, 0, 0), run.first);
        assert_int_equal(find(&map, 1, 0, 0), run.first);
        assert_int_equal(find(&map, 202, 0, 0), UINT64_MAX);
        assert_true(unit_map_is_free(&map, run));
        assert_false(unit_map_is_free(&map, (struct run){run.first, 202}));
        assert_false(unit_map_is_free(&map, (struct run){run.first - 1, 2}));
        unit_map_take_at(&map, run);
        assert_int_equal(unit_map_largest(&map), 0);
    }
    assert_ok(unit_map_audit(&map));
    unit_map_fini(&map);
}

static void the_whole_map_is_one_run(void **state)
{
    const struct run whole = {0, ALL_LEVELS};
    struct unit_map map;
    struct run run;

    (void)state;
    init(&map, ALL_LEVELS);
    assert_true(unit_map_is_taken(&map, whole));
    unit_map_give(&map, whole);
    assert_ok(unit_map_audit(&map));
    assert_int_equal(unit_map_largest(&map), ALL_LEVELS);
    assert_int_equal(map.free_runs, 1);
    assert_int_equal(find(&map, ALL_LEVELS, 0, 0), 0);
    assert_true(unit_map_is_free(&map, whole));
    assert_true(unit_map_next_run(&map, 12345, &run));
    assert_true(run_equals(run, (struct run){12345, ALL_LEVELS - 12345}));

    /* A single unit in the middle parts it, and joins it again. */
    unit_map_take_at(&map, (struct run){MIDDLE, 1});
    assert_int_equal(unit_map_largest(&map), ALL_LEVELS - MIDDLE - 1);
    assert_int_equal(find(&map, ALL_LEVELS / 2, 0, 0), MIDDLE + 1);
    assert_int_equal(find(&map, 100, MIDDLE - 99, 0), MIDDLE + 1);
    assert_ok(unit_map_audit(&map));
    unit_map_give(&map, (struct run){MIDDLE, 1});
    assert_int_equal(unit_map_largest(&map), ALL_LEVELS);
    assert_int_equal(map.free_runs, 1);

    unit_map_take_at(&map, whole);
    assert_ok(unit_map_audit(&map));
    assert_false(unit_map_next_run(&map, 0, &run));
    unit_map_fini(&map);
}

/* Long runs at random places of a tall tree, each answer against a list of the free runs. */
static void the_lowest_of_long_runs_is_found(void **state)
{
    enum { RUNS = 64 };
    struct random random;
    struct unit_map map;
    struct run runs[RUNS];
    uint64_t at = 0;

    (void)state;
    random_init(&random, seed_get());
    init(&map, ALL_LEVELS);
    for (unsigned i = 0; i < RUNS; i++) {
        uint64_t most = UINT64_C(1) << (1 + random_below(&random, 18));

        at += 1 + random_below(&random, 300000);
        runs[i] = (struct run){at, 1 + random_below(&random, most)};
        at = run_end(runs[i]);
        unit_map_give(&map, runs[i]);
    }
    assert_true(at < ALL_LEVELS);
    assert_int_equal(map.free_runs, RUNS);
    for (unsigned round = 0; round < 2000; round++) {
        uint64_t count = 1 + random_below(&random, UINT64_C(1) << (1 + random_below(&random, 18)));
        uint64_t expected = UINT64_MAX;
        struct run run;

        for (unsigned i = RUNS; i-- > 0;)
            if (runs[i].count >= count) expected = runs[i].first;
        assert_int_equal(find(&map, count, 0, 0), expected);
        assert_true(unit_map_next_run(&map, runs[round % RUNS].first, &run));
        assert_true(run_equals(run, runs[round % RUNS]));
    }
    assert_ok(unit_map_audit(&map));
    unit_map_fini(&map);
}

/* Every take is the lowest fit: against a search by hand in a map of three levels. */
static void each_answer_is_the_lowest_behind_the_wish(void **state)
{
    enum { UNITS = 3000 };
    static bool free[UNITS];
    struct random random;
    struct unit_map map;

    (void)state;
    random_init(&random, seed_get());
    init(&map, UNITS);
    for (unsigned round = 0; round < 20000; round++) {
        uint64_t count = 1 + random_below(&random, round % 3 == 0 ? 300 : 6);
        uint64_t near = round % 4 == 0 ? random_below(&random, UNITS) : 0;
        uint64_t align = UINT64_C(1) << (round % 5 == 0 ? random_below(&random, 9) : 0);
        struct run run = {random_below(&random, UNITS - count + 1), count};
        uint64_t lowest = UINT64_MAX;
        uint64_t wished = UINT64_MAX;
        uint64_t length = 0;

        for (uint64_t unit = UNITS; unit-- > 0;) {
            length = free[unit] ? length + 1 : 0;
            if (length < count || unit % align != 0) continue;
            lowest = unit;
            if (unit >= near) wished = unit;
        }
        assert_int_equal(find(&map, count, near, align), wished != UINT64_MAX ? wished : lowest);

        if (lowest != UINT64_MAX && random_below(&random, 2) == 0) {
            unit_map_take_at(&map, (struct run){lowest, count});
            memset(free + lowest, false, count);
        }
        if (unit_map_is_taken(&map, run)) {
            unit_map_give(&map, run);
            memset(free + run.first, true, count);
        }
    }
    assert_ok(unit_map_audit(&map));
    unit_map_fini(&map);
}

/* Behind many runs that are long enough but not aligned, any aligned one will do. */
static void an_aligned_run_is_found_behind_many_others(void **state)
{
    struct unit_map map;

    (void)state;
    init(&map, 100000);
    for (uint64_t first = 1; first < 90000; first += 64)
        unit_map_give(&map, (struct run){first, 40});
    assert_int_equal(find(&map, 8, 0, 64), UINT64_MAX);
    unit_map_give(&map, (struct run){95040, 8});
    assert_int_equal(find(&map, 8, 0, 64), 95040);
    unit_map_give(&map, (struct run){99000, 71});
    assert_int_equal(find(&map, 8, 0, 64), 99008);
    unit_map_fini(&map);
}

/* The longest run goes, and the block between the two next ones has nothing free. */
static void a_taken_block_parts_what_lies_on_its_sides(void **state)
{
    struct unit_map map;

    (void)state;
    init(&map, 3000);
    unit_map_give(&map, (struct run){200, 56});
    unit_map_give(&map, (struct run){512, 50});
    unit_map_give(&map, (struct run){600, 100});
    unit_map_take_at(&map, (struct run){600, 100});
    assert_int_equal(unit_map_largest(&map), 56);
    assert_ok(unit_map_audit(&map));
    unit_map_give(&map, (struct run){256, 256});
    assert_int_equal(unit_map_largest(&map), 56 + 256 + 50);
    assert_ok(unit_map_audit(&map));
    unit_map_fini(&map);
}

/* First without memory. */
static void grow(struct unit_map *map, uint64_t unit_count)
{
    uint64_t before = map->unit_count;
    fh_status status;

    (void)memory_fail_at(1, 1);
    status = unit_map_grow(map, unit_count);
    (void)memory_fail_at(0, 0);
    if (status != FH_OK) assert_int_equal(map->unit_count, before);
    assert_ok(unit_map_audit(map));
    assert_ok(unit_map_grow(map, unit_count));
    assert_ok(unit_map_audit(map));
}

static void growth_keeps_the_set_and_fails_without_a_trace(void **state)
{
    struct unit_map map;
    uint64_t free_units = 0;

    (void)state;
    init(&map, 1);
    for (uint64_t unit_count = 4; unit_count < ALL_LEVELS; unit_count = unit_count * 3 + 1) {
        uint64_t before = map.unit_count;

        grow(&map, unit_count);
        assert_int_equal(map.free_units, free_units);
        unit_map_give(&map, (struct run){before, 1});
        unit_map_give(&map, (struct run){unit_count - 1, 1});
        free_units += 2;
    }
    assert_ok(unit_map_audit(&map));
    unit_map_fini(&map);
}

static void small_steps_of_growth_rarely_copy(void **state)
{
    struct unit_map map;
    uint64_t request_count;

    (void)state;
    init(&map, 256);
    (void)memory_fail_at(0, 0);
    for (uint64_t unit_count = 257; unit_count < 300000; unit_count += 256)
        assert_ok(unit_map_grow(&map, unit_count));
    request_count = memory_fail_at(0, 0);
    assert_true(request_count < 30);
    unit_map_fini(&map);
}

static void shrinking_and_growing_again_is_clean(void **state)
{
    struct unit_map map;

    (void)state;
    init(&map, 5000);
    unit_map_give(&map, (struct run){0, 5000});
    unit_map_take_at(&map, (struct run){1000, 4000});
    unit_map_shrink(&map, 1000);
    assert_ok(unit_map_audit(&map));
    assert_false(unit_map_is_free(&map, (struct run){999, 2}));
    assert_false(unit_map_is_taken(&map, (struct run){1000, 1}));
    assert_ok(unit_map_grow(&map, 6000));
    assert_ok(unit_map_audit(&map));
    assert_true(unit_map_is_taken(&map, (struct run){1000, 5000}));
    assert_int_equal(unit_map_largest(&map), 1000);
    unit_map_fini(&map);
}

static void too_many_units_are_refused(void **state)
{
    struct unit_map map;

    (void)state;
    assert_status(unit_map_init(&map, UINT64_C(1) << 56), FH_TOO_LARGE);
    assert_status(unit_map_init(&map, UINT64_MAX), FH_TOO_LARGE);
    init(&map, 300);
    assert_status(unit_map_grow(&map, UINT64_MAX), FH_TOO_LARGE);
    assert_int_equal(map.unit_count, 300);
    unit_map_fini(&map);
}

/* Every kind of damage, made and mended again. */
static void audit_sees_every_kind_of_damage(void **state)
{
    struct unit_map map;

    (void)state;
    init(&map, 5000);
    unit_map_give(&map, (struct run){100, 50});
    unit_map_give(&map, (struct run){4000, 500});
    assert_ok(unit_map_audit(&map));

    map.words[2] ^= 1;
    assert_status(unit_map_audit(&map), FH_CORRUPT);
    map.words[2] ^= 1;
    bits_fill(map.words, 5001, 1, true);
    assert_status(unit_map_audit(&map), FH_CORRUPT);
    bits_fill(map.words, 5001, 1, false);
    map.narrow[0][3] ^= 1;
    assert_status(unit_map_audit(&map), FH_CORRUPT);
    map.narrow[0][3] ^= 1;
    map.narrow[1][0] ^= 1;
    assert_status(unit_map_audit(&map), FH_CORRUPT);
    map.narrow[1][0] ^= 1;
    map.free_units++;
    assert_status(unit_map_audit(&map), FH_CORRUPT);
    map.free_units--;
    map.free_runs++;
    assert_status(unit_map_audit(&map), FH_CORRUPT);
    map.free_runs--;
    map.search_from[1] += 101;
    assert_status(unit_map_audit(&map), FH_CORRUPT);
    map.search_from[1] -= 101;
    map.search_top--;
    assert_status(unit_map_audit(&map), FH_CORRUPT);
    map.search_top++;
    assert_ok(unit_map_audit(&map));
    unit_map_fini(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_over_the_border_of_every_level_is_found),
        cmocka_unit_test(the_whole_map_is_one_run),
        cmocka_unit_test(the_lowest_of_long_runs_is_found),
        cmocka_unit_test(each_answer_is_the_lowest_behind_the_wish),
        cmocka_unit_test(an_aligned_run_is_found_behind_many_others),
        cmocka_unit_test(a_taken_block_parts_what_lies_on_its_sides),
        cmocka_unit_test(growth_keeps_the_set_and_fails_without_a_trace),
        cmocka_unit_test(small_steps_of_growth_rarely_copy),
        cmocka_unit_test(shrinking_and_growing_again_is_clean),
        cmocka_unit_test(too_many_units_are_refused),
        cmocka_unit_test(audit_sees_every_kind_of_damage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
