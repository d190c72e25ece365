/*
 * space_api_test.c - the public space: every policy, every wrong give by its name, figures,
 * and bytes that come back or are refused.
 */
#include "freehold/space.h"

#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/memory.h"
#include "support/unit.h"

enum { SAVED_BYTES = 48 + 2 * 16, AT_CRC = 44 };

/* Units 10 .. 19 and 30 .. 39 of 64 are free. */
static fh_space *open_two_runs(const char *policy)
{
    fh_space *space;

    assert_ok(fh_space_open(policy, 64, &space));
    assert_ok(fh_space_give(space, (fh_unit_run){10, 10}));
    assert_ok(fh_space_give(space, (fh_unit_run){30, 10}));
    return space;
}

static void assert_two_runs(const fh_space *space)
{
    fh_unit_run run;

    assert_ok(fh_space_audit(space));
    assert_ok(fh_space_next_run(space, 0, &run));
    assert_true(run.first == 10 && run.count == 10);
    assert_ok(fh_space_next_run(space, 20, &run));
    assert_true(run.first == 30 && run.count == 10);
    assert_ok(fh_space_next_run(space, 35, &run));
    assert_true(run.first == 35 && run.count == 5);
    assert_status(fh_space_next_run(space, 40, &run), FH_NOT_FOUND);
    assert_status(fh_space_next_run(space, UINT64_MAX, &run), FH_NOT_FOUND);
    assert_true(run.first == 35 && run.count == 5);
}

static void the_policies_are_listed_with_their_ideas(void **state)
{
    unsigned n = 0;

    (void)state;
    assert_string_equal(fh_space_policy(0), "bitmap");
    for (; fh_space_policy(n) != NULL; n++)
        assert_non_null(fh_space_policy_idea(fh_space_policy(n)));
    assert_true(n >= 5);
    assert_null(fh_space_policy_idea("no such policy"));
    assert_null(fh_space_policy_idea(NULL));
}

static void every_policy_takes_and_gives(void **state)
{
    (void)state;
    for (unsigned n = 0; fh_space_policy(n) != NULL; n++) {
        fh_space *space = open_two_runs(fh_space_policy(n));
        const fh_space_wish wish = {.near = 5, .align = 4};
        fh_unit_run run;

        assert_ok(fh_space_take(space, 3, NULL, &run));
        assert_int_equal(run.count, 3);
        assert_ok(fh_space_give(space, (fh_unit_run){run.first + 1, 2}));
        assert_ok(fh_space_give(space, (fh_unit_run){run.first, 1}));
        assert_ok(fh_space_take(space, 4, &wish, &run));
        assert_int_equal(run.first % 4, 0);
        assert_ok(fh_space_give(space, run));
        assert_ok(fh_space_take_at(space, (fh_unit_run){35, 5}));
        assert_status(fh_space_take_at(space, (fh_unit_run){34, 2}), FH_INVALID);
        assert_status(fh_space_take(space, 11, NULL, &run), FH_NO_SPACE);
        assert_ok(fh_space_shrink(space, 35));
        assert_ok(fh_space_grow(space, 64));
        assert_ok(fh_space_reserve(space, 10, 10));
        assert_ok(fh_space_give(space, (fh_unit_run){35, 5}));
        assert_two_runs(space);
        fh_space_close(space);
    }
}

static void a_buddy_keeps_whole_blocks_when_it_is_asked(void **state)
{
    const fh_space_wish wish = {.whole_blocks = 1};
    fh_space *space = open_two_runs("buddy");
    fh_unit_run run;

    (void)state;
    assert_ok(fh_space_take(space, 3, &wish, &run));
    assert_true(run.count == 4 && run.first % 4 == 0);
    fh_space_close(space);
}

static void every_wrong_give_is_refused_by_its_name(void **state)
{
    static const struct {
        fh_unit_run run;
        const char *name;
    } wrong[] = {
        {{20, 0}, "empty give: "},
        {{10, 10}, "double give: "},
        {{12, 1}, "double give: "},
        {{5, 6}, "overlapping give: "},
        {{19, 4}, "overlapping give: "},
        {{0, 64}, "overlapping give: "},
        {{64, 1}, "wild give: "},
        {{63, 2}, "wild give: "},
        {{UINT64_MAX, 1}, "overflowing give: "},
        {{2, UINT64_MAX}, "overflowing give: "},
    };

    (void)state;
    for (unsigned n = 0; fh_space_policy(n) != NULL; n++) {
        fh_space *space = open_two_runs(fh_space_policy(n));

        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
            assert_status(fh_space_give(space, wrong[i].run), FH_INVALID);
            assert_memory_equal(fh_note(), wrong[i].name, strlen(wrong[i].name));
            assert_two_runs(space);
        }
        fh_space_close(space);
    }
}

static void wrong_arguments_are_refused(void **state)
{
    const fh_space_wish crooked = {.align = 6};
    fh_space *space = NULL;
    fh_unit_run run = {7, 7};
    fh_space_info info;

    (void)state;
    assert_status(fh_space_open("best-of-all", 1, &space), FH_INVALID);
    assert_status(fh_space_open(NULL, 1, NULL), FH_INVALID);
    assert_status(fh_space_open(NULL, UINT64_MAX, &space), FH_TOO_LARGE);
    assert_null(space);
    assert_status(fh_space_grow(NULL, 1), FH_INVALID);
    assert_status(fh_space_shrink(NULL, 1), FH_INVALID);
    assert_status(fh_space_reserve(NULL, 1, 1), FH_INVALID);
    assert_status(fh_space_take(NULL, 1, NULL, &run), FH_INVALID);
    assert_status(fh_space_take_at(NULL, run), FH_INVALID);
    assert_status(fh_space_give(NULL, run), FH_INVALID);
    assert_status(fh_space_next_run(NULL, 0, &run), FH_INVALID);
    assert_status(fh_space_stat(NULL, &info), FH_INVALID);
    assert_status(fh_space_audit(NULL), FH_INVALID);
    assert_status(fh_space_save(NULL, &info, sizeof(info), NULL), FH_INVALID);
    assert_status(fh_space_load(NULL, NULL, 0, &space), FH_INVALID);
    assert_int_equal(fh_space_save_bytes(NULL), 0);
    fh_space_close(NULL);

    space = open_two_runs(NULL);
    assert_status(fh_space_take(space, 1, NULL, NULL), FH_INVALID);
    assert_status(fh_space_take(space, 0, NULL, &run), FH_INVALID);
    assert_status(fh_space_take(space, 1, &crooked, &run), FH_INVALID);
    assert_status(fh_space_take(space, UINT64_MAX, NULL, &run), FH_NO_SPACE);
    assert_status(fh_space_take_at(space, (fh_unit_run){UINT64_MAX, 2}), FH_INVALID);
    assert_status(fh_space_grow(space, 63), FH_INVALID);
    assert_status(fh_space_shrink(space, 65), FH_INVALID);
    assert_status(fh_space_shrink(space, 39), FH_INVALID);
    assert_status(fh_space_stat(space, NULL), FH_INVALID);
    assert_true(run.first == 7 && run.count == 7);
    assert_two_runs(space);
    fh_space_close(space);
}

static void figures_follow_their_definitions(void **state)
{
    fh_space *space = open_two_runs(NULL);
    fh_space_info info;
    fh_unit_run run;

    (void)state;
    assert_ok(fh_space_give(space, (fh_unit_run){50, 1}));
    assert_ok(fh_space_give(space, (fh_unit_run){60, 4}));
    assert_status(fh_space_take(space, 11, NULL, &run), FH_NO_SPACE);
    assert_ok(fh_space_stat(space, &info));
    assert_string_equal(info.policy, "bitmap");
    assert_int_equal(info.unit_count, 64);
    assert_int_equal(info.free_units, 25);
    assert_int_equal(info.free_runs, 4);
    assert_int_equal(info.largest_run_units, 10);
    assert_int_equal(info.give_count, 4);
    assert_int_equal(info.take_count, 0);
    assert_int_equal(info.refused_count, 1);
    assert_int_equal(info.histogram[0], 1);
    assert_int_equal(info.histogram[2], 1);
    assert_int_equal(info.histogram[3], 2);
    assert_true(info.fragmentation > 0.5999 && info.fragmentation < 0.6001);

    assert_ok(fh_space_take_at(space, (fh_unit_run){10, 10}));
    assert_ok(fh_space_take_at(space, (fh_unit_run){50, 1}));
    assert_ok(fh_space_take_at(space, (fh_unit_run){60, 4}));
    assert_ok(fh_space_stat(space, &info));
    assert_true(info.fragmentation == 0);
    assert_ok(fh_space_take_at(space, (fh_unit_run){30, 10}));
    assert_ok(fh_space_stat(space, &info));
    assert_true(info.fragmentation == 0);
    fh_space_close(space);
}

static void a_saved_space_comes_back_under_any_policy(void **state)
{
    uint8_t bytes[SAVED_BYTES];
    size_t size = 0;

    (void)state;
    for (unsigned n = 0; fh_space_policy(n) != NULL; n++) {
        fh_space *space = open_two_runs(fh_space_policy(n));
        fh_space *same;
        fh_space *other;
        fh_space_info info;

        assert_int_equal(fh_space_save_bytes(space), SAVED_BYTES);
        assert_status(fh_space_save(space, bytes, SAVED_BYTES - 1, &size), FH_TOO_LARGE);
        assert_ok(fh_space_save(space, bytes, sizeof(bytes), &size));
        assert_int_equal(size, SAVED_BYTES);
        assert_ok(fh_space_save(space, bytes, sizeof(bytes), NULL));
        assert_ok(fh_space_load(NULL, bytes, size, &same));
        assert_ok(fh_space_load("array", bytes, size, &other));
        assert_two_runs(same);
        assert_two_runs(other);
        assert_ok(fh_space_stat(same, &info));
        assert_string_equal(info.policy, fh_space_policy(n));
        assert_int_equal(info.unit_count, 64);
        fh_space_close(other);
        fh_space_close(same);
        fh_space_close(space);
        size = 0;
    }
}

/* The bytes are a promise: written by hand here, they must be what save writes. */
static void the_saved_bytes_are_these(void **state)
{
    uint8_t expected[SAVED_BYTES] = "FHspace1";
    uint8_t bytes[SAVED_BYTES];
    fh_space *space = open_two_runs("array");

    (void)state;
    expected[8] = 64;
    expected[16] = 2;
    memcpy(expected + 24, "array", sizeof("array"));
    expected[48] = 10;
    expected[56] = 10;
    expected[64] = 30;
    expected[72] = 10;
    store32(expected + AT_CRC, crc32c(0, expected, sizeof(expected)));
    assert_ok(fh_space_save(space, bytes, sizeof(bytes), NULL));
    assert_memory_equal(bytes, expected, sizeof(bytes));
    fh_space_close(space);
}

static void every_damaged_bit_and_every_cut_is_corrupt(void **state)
{
    uint64_t block_count = memory_block_count();
    uint8_t bytes[SAVED_BYTES];
    fh_space *space = open_two_runs("segregated");
    fh_space *loaded = NULL;

    (void)state;
    assert_ok(fh_space_save(space, bytes, sizeof(bytes), NULL));
    fh_space_close(space);
    for (size_t bit = 0; bit < sizeof(bytes) * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_status(fh_space_load(NULL, bytes, sizeof(bytes), &loaded), FH_CORRUPT);
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t size = 0; size < sizeof(bytes); size++)
        assert_status(fh_space_load(NULL, bytes, size, &loaded), FH_CORRUPT);
    assert_null(loaded);
    assert_int_equal(memory_block_count(), block_count);
}

/* Right checksums over wrong words. */
static void forged_bytes_are_corrupt(void **state)
{
    static const struct {
        size_t at;
        uint64_t value;
        fh_status status;
    } forged[] = {
        {8, 39, FH_CORRUPT},          {8, 0, FH_CORRUPT},   {48, 30, FH_CORRUPT},
        {56, 0, FH_CORRUPT},          {56, 20, FH_CORRUPT}, {56, 21, FH_CORRUPT},
        {64, UINT64_MAX, FH_CORRUPT}, {72, 35, FH_CORRUPT}, {72, UINT64_MAX, FH_CORRUPT},
        {32, UINT64_MAX, FH_CORRUPT}, {40, 1, FH_CORRUPT},  {24, 0x6f6e, FH_VERSION},
    };
    uint64_t block_count = memory_block_count();
    fh_space *space = open_two_runs(NULL);
    fh_space *loaded = NULL;
    uint8_t saved[SAVED_BYTES];

    (void)state;
    assert_ok(fh_space_save(space, saved, sizeof(saved), NULL));
    fh_space_close(space);
    for (size_t i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
        uint8_t bytes[SAVED_BYTES];

        memcpy(bytes, saved, sizeof(bytes));
        store64(bytes + forged[i].at, forged[i].value);
        if (forged[i].at == 32) memset(bytes + 24, 'x', 16);
        store32(bytes + AT_CRC, 0);
        store32(bytes + AT_CRC, crc32c(0, bytes, sizeof(bytes)));
        assert_status(fh_space_load(NULL, bytes, sizeof(bytes), &loaded), forged[i].status);
        assert_int_equal(memory_block_count(), block_count);
        if (forged[i].status != FH_VERSION) continue;
        assert_ok(fh_space_load("lifo", bytes, sizeof(bytes), &loaded));
        fh_space_close(loaded);
        loaded = NULL;
    }
    assert_null(loaded);
}

static void loading_fails_cleanly_wherever_memory_ends(void **state)
{
    fh_space *space = open_two_runs("array");
    uint64_t block_count = memory_block_count();
    uint8_t bytes[SAVED_BYTES];
    fh_space *loaded = NULL;
    fh_status status = FH_NO_MEMORY;

    (void)state;
    assert_ok(fh_space_save(space, bytes, sizeof(bytes), NULL));
    for (uint64_t n = 1; status == FH_NO_MEMORY; n++) {
        assert_null(loaded);
        assert_int_equal(memory_block_count(), block_count);
        (void)memory_fail_at(n, 0);
        status = fh_space_load(NULL, bytes, sizeof(bytes), &loaded);
        (void)memory_fail_at(0, 0);
    }
    assert_ok(status);
    assert_two_runs(loaded);
    fh_space_close(loaded);
    fh_space_close(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_policies_are_listed_with_their_ideas),
        cmocka_unit_test(every_policy_takes_and_gives),
        cmocka_unit_test(a_buddy_keeps_whole_blocks_when_it_is_asked),
        cmocka_unit_test(every_wrong_give_is_refused_by_its_name),
        cmocka_unit_test(wrong_arguments_are_refused),
        cmocka_unit_test(figures_follow_their_definitions),
        cmocka_unit_test(a_saved_space_comes_back_under_any_policy),
        cmocka_unit_test(the_saved_bytes_are_these),
        cmocka_unit_test(every_damaged_bit_and_every_cut_is_corrupt),
        cmocka_unit_test(forged_bytes_are_corrupt),
        cmocka_unit_test(loading_fails_cleanly_wherever_memory_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
