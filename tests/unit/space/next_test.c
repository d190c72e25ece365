/*
 * next_test.c - the search goes on where the last one ended, and wraps.
 *
 * What every policy owes stands in policy_test.c and in the model test.
 */
#include "space/space.h"

#include "base/random.h"
#include "support/seed.h"
#include "support/unit.h"

enum { UNITS = 700 };

static struct space *open_next(uint64_t unit_count)
{
    struct space *space;

    assert_ok(space_open("next", unit_count, &space));
    return space;
}

static uint64_t take(struct space *space, uint64_t unit_count, uint64_t near, uint64_t align)
{
    const struct policy_request request = {.unit_count = unit_count, .near = near, .align = align};
    struct run run = {UINT64_MAX, 0};

    assert_ok(space_take(space, &request, &run));
    assert_int_equal(run.count, unit_count);
    return run.first;
}

/* The lowest fit at or behind `from`; UINT64_MAX: none. */
static uint64_t lowest_behind(const struct space *space, uint64_t unit_count, uint64_t from)
{
    struct run run;

    for (uint64_t at = from; space_next_run(space, at, &run); at = run_end(run))
        if (run.count >= unit_count) return run.first;
    return UINT64_MAX;
}

/* As above; else the lowest of all. */
static uint64_t choose(const struct space *space, uint64_t unit_count, uint64_t from)
{
    uint64_t first = lowest_behind(space, unit_count, from);

    return first != UINT64_MAX ? first : lowest_behind(space, unit_count, 0);
}

static void the_search_goes_on_behind_the_last_run(void **state)
{
    struct space *space = open_next(1000);

    (void)state;
    assert_ok(space_give(space, (struct run){0, 10}));
    assert_ok(space_give(space, (struct run){100, 10}));
    assert_ok(space_give(space, (struct run){200, 10}));

    assert_int_equal(take(space, 6, 0, 0), 0);
    assert_int_equal(take(space, 6, 0, 0), 100);
    assert_int_equal(take(space, 3, 0, 0), 106);
    assert_int_equal(take(space, 3, 0, 0), 200);
    assert_int_equal(take(space, 7, 0, 0), 203);
    /* The end: from the lowest again. */
    assert_int_equal(take(space, 4, 0, 0), 6);
    assert_int_equal(take(space, 1, 0, 0), 109);
    assert_int_equal(space_free_units(space), 0);
    space_close(space);
}

static void what_is_given_behind_waits_for_the_next_round(void **state)
{
    struct space *space = open_next(100);

    (void)state;
    assert_ok(space_give(space, (struct run){0, 100}));
    assert_int_equal(take(space, 40, 0, 0), 0);
    assert_ok(space_give(space, (struct run){0, 40}));
    assert_int_equal(take(space, 40, 0, 0), 40);
    assert_int_equal(take(space, 40, 0, 0), 0);
    assert_int_equal(take(space, 20, 0, 0), 80);
    space_close(space);
}

static void a_wish_comes_first_and_moves_the_search(void **state)
{
    struct space *space = open_next(1000);

    (void)state;
    assert_ok(space_give(space, (struct run){0, 1000}));
    assert_int_equal(take(space, 10, 500, 0), 500);
    assert_int_equal(take(space, 10, 0, 0), 510);
    assert_int_equal(take(space, 10, 995, 0), 0);
    assert_int_equal(take(space, 10, 0, 0), 10);
    assert_int_equal(take(space, 10, 0, 64), 64);
    space_close(space);
}

static void a_place_beyond_a_smaller_end_wraps(void **state)
{
    struct space *space = open_next(1000);

    (void)state;
    assert_ok(space_give(space, (struct run){5, 5}));
    assert_ok(space_give(space, (struct run){900, 10}));
    assert_int_equal(take(space, 10, 900, 0), 900);
    assert_ok(space_shrink(space, 100));
    assert_int_equal(take(space, 2, 0, 0), 5);
    assert_int_equal(take(space, 2, 0, 0), 7);
    space_close(space);
}

static void an_alignment_is_found_behind_many_that_have_none(void **state)
{
    struct space *space = open_next(70000);

    (void)state;
    for (uint64_t first = 1; first < UINT64_C(64) * 1000; first += 64)
        assert_ok(space_give(space, (struct run){first, 63}));
    assert_ok(space_give(space, (struct run){65536, 70}));

    assert_int_equal(take(space, 4, 0, 64), 65536);
    assert_int_equal(take(space, 4, 0, 64), 65600);
    assert_int_equal(take(space, 4, 1, 32), 32);
    assert_ok(space_audit(space));
    space_close(space);
}

static void no_aligned_run_is_no_space(void **state)
{
    const struct policy_request request = {.unit_count = 4, .align = 64};
    struct space *space = open_next(UINT64_C(64) * 200);
    struct run run;

    (void)state;
    for (uint64_t first = 1; first < UINT64_C(64) * 200; first += 64)
        assert_ok(space_give(space, (struct run){first, 63}));
    assert_status(space_take(space, &request, &run), FH_NO_SPACE);
    assert_int_equal(space_free_units(space), UINT64_C(63) * 200);

    /* The only one, behind more candidates than a search looks at. */
    assert_ok(space_take_at(space, (struct run){UINT64_C(64) * 150 - 63, 60}));
    assert_ok(space_give(space, (struct run){UINT64_C(64) * 150, 1}));
    assert_int_equal(take(space, 4, 0, 64), UINT64_C(64) * 150);
    space_close(space);
}

/* Random takes and gives; each answer is the one that a walk over all runs finds. */
static void each_answer_is_the_one_found_by_hand(void **state)
{
    struct space *space = open_next(UNITS);
    struct random random;
    uint64_t resume_at = 0;

    (void)state;
    random_init(&random, seed_get());
    assert_ok(space_give(space, (struct run){0, UNITS}));
    for (unsigned i = 0; i < 20000; i++) {
        uint64_t near = random_below(&random, 4) == 0 ? random_below(&random, UNITS + 10) : 0;
        const struct policy_request request = {1 + random_below(&random, 12), near, 0, false};
        struct run given = {random_below(&random, UNITS - 12), 1 + random_below(&random, 12)};
        struct run run = {UINT64_MAX, 0};
        uint64_t expected = choose(space, request.unit_count, near > 0 ? near : resume_at);

        if (i / 500 % 2 == 0 || random_below(&random, 3) == 0) {
            assert_int_equal(space_take(space, &request, &run),
                             expected == UINT64_MAX ? FH_NO_SPACE : FH_OK);
            assert_int_equal(run.first, expected);
            if (expected != UINT64_MAX) resume_at = run_end(run);
        } else {
            fh_status status = space_give(space, given);

            assert_true(status == FH_OK || status == FH_INVALID);
        }
    }
    space_close(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_search_goes_on_behind_the_last_run),
        cmocka_unit_test(what_is_given_behind_waits_for_the_next_round),
        cmocka_unit_test(a_wish_comes_first_and_moves_the_search),
        cmocka_unit_test(a_place_beyond_a_smaller_end_wraps),
        cmocka_unit_test(an_alignment_is_found_behind_many_that_have_none),
        cmocka_unit_test(no_aligned_run_is_no_space),
        cmocka_unit_test(each_answer_is_the_one_found_by_hand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
