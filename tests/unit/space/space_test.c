/*
 * space_test.c - the guard refuses every wrong run and leaves the set as it was; figures.
 */
#include "space/space.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "support/unit.h"

/* Units 10 .. 19 and 30 .. 39 of 64 are free. */
static struct space *open_two_runs(void)
{
    struct space *space;

    assert_ok(space_open("bitmap", 64, &space));
    assert_ok(space_give(space, (struct run){10, 10}));
    assert_ok(space_give(space, (struct run){30, 10}));
    return space;
}

static void assert_two_runs(const struct space *space)
{
    struct run run;

    assert_ok(space_audit(space));
    assert_true(space_next_run(space, 0, &run) && run_equals(run, (struct run){10, 10}));
    assert_true(space_next_run(space, 20, &run) && run_equals(run, (struct run){30, 10}));
    assert_false(space_next_run(space, 40, &run));
}

static void an_unknown_policy_is_refused_with_the_names_of_all(void **state)
{
    struct space *space = NULL;

    (void)state;
    assert_status(space_open("best-of-all", 64, &space), FH_INVALID);
    assert_null(space);
    assert_non_null(strstr(fh_note(), "best-of-all"));
    for (unsigned n = 0; policy_at(n) != NULL; n++)
        assert_non_null(strstr(fh_note(), policy_at(n)->name));
}

static void opening_fails_cleanly_wherever_memory_ends(void **state)
{
    uint64_t block_count = memory_block_count();
    struct space *space = NULL;
    fh_status status = FH_NO_MEMORY;

    (void)state;
    for (uint64_t n = 1; status != FH_OK; n++) {
        (void)memory_fail_at(n, 0);
        status = space_open("lifo", 64, &space);
        (void)memory_fail_at(0, 0);
        if (status == FH_OK) break;
        assert_status(status, FH_NO_MEMORY);
        assert_int_equal(memory_block_count(), block_count);
    }
    space_close(space);
    space_close(NULL);
    assert_int_equal(memory_block_count(), block_count);
}

static void wrong_gives_are_refused_and_change_nothing(void **state)
{
    static const struct {
        struct run run;
        const char *sentence;
    } wrong[] = {
        {{10, 1}, "a give of 1 units at 10: unit 10 is free already"},
        {{10, 10}, "a give of 10 units at 10: unit 10 is free already"},
        {{5, 6}, "a give of 6 units at 5: unit 10 is free already"},
        {{19, 4}, "a give of 4 units at 19: unit 19 is free already"},
        {{0, 64}, "a give of 64 units at 0: unit 10 is free already"},
        {{20, 0}, "a run of no units at 20"},
        {{64, 1}, "1 units at 64: there are 64 units"},
        {{63, 2}, "2 units at 63: there are 64 units"},
        {{UINT64_MAX, 1}, "1 units at 18446744073709551615: there are 64 units"},
        {{2, UINT64_MAX}, "18446744073709551615 units at 2: there are 64 units"},
    };
    struct space *space = open_two_runs();

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_status(space_give(space, wrong[i].run), FH_INVALID);
        assert_string_equal(fh_note(), wrong[i].sentence);
        assert_two_runs(space);
    }
    space_close(space);
}

static void wrong_takes_are_refused_and_change_nothing(void **state)
{
    const struct policy_request none = {.unit_count = 0};
    const struct policy_request crooked = {.unit_count = 1, .align = 6};
    const struct policy_request huge = {.unit_count = UINT64_MAX, .align = 1};
    const struct policy_request steep = {.unit_count = 1, .align = UINT64_C(1) << 63};
    struct space *space = open_two_runs();
    struct run run = {7, 7};

    (void)state;
    assert_status(space_take(space, &none, &run), FH_INVALID);
    assert_status(space_take(space, &crooked, &run), FH_INVALID);
    assert_status(space_take(space, &huge, &run), FH_NO_SPACE);
    assert_status(space_take(space, &steep, &run), FH_NO_SPACE);
    assert_status(space_take_at(space, (struct run){10, 11}), FH_INVALID);
    assert_status(space_take_at(space, (struct run){9, 1}), FH_INVALID);
    assert_status(space_take_at(space, (struct run){10, 0}), FH_INVALID);
    assert_status(space_take_at(space, (struct run){UINT64_MAX, 2}), FH_INVALID);

    assert_true(run_equals(run, (struct run){7, 7}));
    assert_two_runs(space);
    space_close(space);
}

static void a_part_of_a_run_comes_back_and_joins(void **state)
{
    const struct policy_request ten = {.unit_count = 10};
    struct space *space = open_two_runs();
    struct run run;

    (void)state;
    assert_ok(space_take(space, &ten, &run));
    assert_ok(space_give(space, (struct run){13, 2}));
    assert_ok(space_give(space, (struct run){10, 3}));
    assert_ok(space_give(space, (struct run){15, 5}));
    assert_two_runs(space);
    space_close(space);
}

static void figures_count_what_happened(void **state)
{
    const struct policy_request four = {.unit_count = 4};
    const struct policy_request many = {.unit_count = 40};
    struct space *space = open_two_runs();
    struct space_stat stat;
    struct run run;

    (void)state;
    assert_ok(space_take(space, &four, &run));
    assert_ok(space_take_at(space, (struct run){39, 1}));
    assert_status(space_take(space, &many, &run), FH_NO_SPACE);
    space_put_back(space, (struct run){50, 1});

    space_stat(space, &stat);
    assert_string_equal(stat.policy, "bitmap");
    assert_int_equal(stat.unit_count, 64);
    assert_int_equal(stat.free_units, 16);
    assert_int_equal(stat.free_runs, 3);
    assert_int_equal(stat.largest_run_units, 9);
    assert_int_equal(stat.take_count, 2);
    assert_int_equal(stat.give_count, 3);
    assert_int_equal(stat.refused_count, 1);
    space_close(space);
}

static void a_wrong_run_put_back_is_a_failed_requirement(void **state)
{
    struct space *space = open_two_runs();

    (void)state;
    expect_assert_failure(space_put_back(space, (struct run){19, 2}));
    expect_assert_failure(space_put_back(space, (struct run){64, 1}));
    assert_two_runs(space);
    space_close(space);
}

static void units_that_grow_are_not_free(void **state)
{
    struct space *space = open_two_runs();

    (void)state;
    assert_ok(space_grow(space, 64));
    assert_ok(space_grow(space, 5000));
    assert_two_runs(space);
    assert_status(space_grow(space, 4999), FH_INVALID);
    assert_ok(space_give(space, (struct run){4999, 1}));
    assert_true(space_is_free(space, (struct run){4999, 1}));
    assert_false(space_is_free(space, (struct run){4999, 2}));
    space_close(space);
}

static void a_free_unit_at_the_end_stops_shrinking(void **state)
{
    struct space *space = open_two_runs();

    (void)state;
    assert_status(space_shrink(space, 65), FH_INVALID);
    assert_status(space_shrink(space, 39), FH_INVALID);
    assert_string_equal(fh_note(), "shrinking to 39 units: unit 39 is free");
    assert_two_runs(space);
    assert_ok(space_shrink(space, 40));
    assert_two_runs(space);
    assert_status(space_give(space, (struct run){40, 1}), FH_INVALID);
    space_close(space);
}

static void a_space_of_nothing_can_grow(void **state)
{
    const struct policy_request one = {.unit_count = 1};

    (void)state;
    for (unsigned n = 0; policy_at(n) != NULL; n++) {
        struct space *space;
        struct run run;

        assert_ok(space_open(policy_at(n)->name, 0, &space));
        assert_ok(space_audit(space));
        assert_status(space_take(space, &one, &run), FH_NO_SPACE);
        assert_false(space_next_run(space, 0, &run));
        assert_false(space_is_free(space, (struct run){0, 1}));
        assert_ok(space_grow(space, 1));
        assert_ok(space_give(space, (struct run){0, 1}));
        assert_ok(space_take(space, &one, &run));
        assert_ok(space_shrink(space, 0));
        space_close(space);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unknown_policy_is_refused_with_the_names_of_all),
        cmocka_unit_test(opening_fails_cleanly_wherever_memory_ends),
        cmocka_unit_test(wrong_gives_are_refused_and_change_nothing),
        cmocka_unit_test(wrong_takes_are_refused_and_change_nothing),
        cmocka_unit_test(a_part_of_a_run_comes_back_and_joins),
        cmocka_unit_test(figures_count_what_happened),
        cmocka_unit_test(a_wrong_run_put_back_is_a_failed_requirement),
        cmocka_unit_test(units_that_grow_are_not_free),
        cmocka_unit_test(a_free_unit_at_the_end_stops_shrinking),
        cmocka_unit_test(a_space_of_nothing_can_grow),
    };

    /* Requirements that only audited builds check are checked here in all. */
    (void)setenv("FREEHOLD_AUDIT", "1", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
