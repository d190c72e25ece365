/*
 * worst_test.c - the longest run, the lowest of equal ones.
 *
 * What every policy owes stands in policy_test.c and in the model test.
 */
#include "space/space.h"

#include "base/random.h"
#include "support/seed.h"
#include "support/unit.h"

enum { UNITS = 700 };

static struct space *open_worst(uint64_t unit_count)
{
    struct space *space;

    assert_ok(space_open("worst", unit_count, &space));
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

/* UINT64_MAX: none is long enough. */
static uint64_t choose(const struct space *space, uint64_t unit_count, uint64_t near)
{
    struct run chosen = {UINT64_MAX, 0};
    struct run run;

    for (uint64_t at = 0; space_next_run(space, at, &run); at = run_end(run)) {
        bool is_wished = run.count == chosen.count && chosen.first < near && run.first >= near;

        if (run.count >= unit_count && (run.count > chosen.count || is_wished)) chosen = run;
    }
    return chosen.first;
}

static void the_longest_run_is_taken_from_its_beginning(void **state)
{
    struct space *space = open_worst(2000);

    (void)state;
    assert_ok(space_give(space, (struct run){10, 8}));
    assert_ok(space_give(space, (struct run){100, 12}));
    assert_ok(space_give(space, (struct run){200, 10}));

    assert_int_equal(take(space, 2, 0, 0), 100);
    assert_int_equal(take(space, 2, 0, 0), 102);
    assert_int_equal(take(space, 2, 0, 0), 200);
    assert_int_equal(take(space, 8, 0, 0), 10);
    assert_int_equal(take(space, 8, 0, 0), 104);
    assert_int_equal(take(space, 8, 0, 0), 202);
    assert_int_equal(space_free_units(space), 0);
    space_close(space);
}

static void a_wish_chooses_among_equally_long_runs(void **state)
{
    struct space *space = open_worst(2000);

    (void)state;
    for (uint64_t first = 100; first < 500; first += 100)
        assert_ok(space_give(space, (struct run){first, 9}));

    assert_int_equal(take(space, 4, 250, 0), 300);
    assert_int_equal(take(space, 4, 250, 0), 400);
    assert_int_equal(take(space, 4, 250, 0), 100);
    assert_int_equal(take(space, 9, 50, 0), 200);
    space_close(space);
}

static void an_alignment_goes_down_to_the_run_that_has_it(void **state)
{
    struct space *space = open_worst(2000);

    (void)state;
    assert_ok(space_give(space, (struct run){129, 60}));
    assert_ok(space_give(space, (struct run){257, 60}));
    assert_ok(space_give(space, (struct run){500, 20}));
    assert_ok(space_give(space, (struct run){1024, 10}));

    assert_int_equal(take(space, 8, 0, 64), 512);
    assert_int_equal(take(space, 8, 0, 64), 1024);
    assert_int_equal(take(space, 8, 0, 16), 144);
    assert_ok(space_audit(space));
    space_close(space);
}

static void an_alignment_is_found_behind_many_that_have_none(void **state)
{
    struct space *space = open_worst(70000);

    (void)state;
    for (uint64_t first = 1; first < UINT64_C(64) * 1000; first += 64)
        assert_ok(space_give(space, (struct run){first, 63}));
    assert_ok(space_give(space, (struct run){65536, 70}));

    assert_int_equal(take(space, 4, 0, 64), 65536);
    assert_int_equal(take(space, 4, 0, 32), 65568);
    assert_ok(space_audit(space));
    space_close(space);
}

static void no_aligned_run_is_no_space(void **state)
{
    const struct policy_request request = {.unit_count = 4, .align = 64};
    struct space *space = open_worst(UINT64_C(64) * 200);
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
    struct space *space = open_worst(UNITS);
    struct random random;

    (void)state;
    random_init(&random, seed_get());
    assert_ok(space_give(space, (struct run){0, UNITS}));
    for (unsigned i = 0; i < 20000; i++) {
        uint64_t near = random_below(&random, 4) == 0 ? random_below(&random, UNITS + 10) : 0;
        const struct policy_request request = {1 + random_below(&random, 12), near, 0, false};
        struct run given = {random_below(&random, UNITS - 12), 1 + random_below(&random, 12)};
        struct run run = {UINT64_MAX, 0};
        uint64_t expected = choose(space, request.unit_count, near);

        if (i / 500 % 2 == 0 || random_below(&random, 3) == 0) {
            assert_int_equal(space_take(space, &request, &run),
                             expected == UINT64_MAX ? FH_NO_SPACE : FH_OK);
            assert_int_equal(run.first, expected);
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
        cmocka_unit_test(the_longest_run_is_taken_from_its_beginning),
        cmocka_unit_test(a_wish_chooses_among_equally_long_runs),
        cmocka_unit_test(an_alignment_goes_down_to_the_run_that_has_it),
        cmocka_unit_test(an_alignment_is_found_behind_many_that_have_none),
        cmocka_unit_test(no_aligned_run_is_no_space),
        cmocka_unit_test(each_answer_is_the_one_found_by_hand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
