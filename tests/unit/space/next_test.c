/*
 * next_test.c - the search goes on where the last one ended, and wraps.
 *
 * What every policy owes stands in policy_test.c and in the model test; what those owe that
 * fit runs, in support/fit.c.
 */
#include "support/fit.h"

static struct fit next = {
    .policy = "next",
    .choose = fit_choose_lowest,
    .resumes = true,
    .aligned = {{0, 64, 65600}, {1, 32, 32}},
};

static void the_search_goes_on_behind_the_last_run(void **state)
{
    struct space *space = fit_open(&next, 1000);

    (void)state;
    assert_ok(space_give(space, (struct run){0, 10}));
    assert_ok(space_give(space, (struct run){100, 10}));
    assert_ok(space_give(space, (struct run){200, 10}));

    assert_int_equal(fit_take(space, 6, 0, 0), 0);
    assert_int_equal(fit_take(space, 6, 0, 0), 100);
    assert_int_equal(fit_take(space, 3, 0, 0), 106);
    assert_int_equal(fit_take(space, 3, 0, 0), 200);
    assert_int_equal(fit_take(space, 7, 0, 0), 203);
    /* The end: from the lowest again. */
    assert_int_equal(fit_take(space, 4, 0, 0), 6);
    assert_int_equal(fit_take(space, 1, 0, 0), 109);
    assert_int_equal(space_free_units(space), 0);
    space_close(space);
}

static void a_run_that_grew_backwards_is_taken_from_its_first_unit(void **state)
{
    struct space *space = fit_open(&next, 100);

    (void)state;
    assert_ok(space_give(space, (struct run){0, 100}));
    assert_int_equal(fit_take(space, 40, 0, 0), 0);
    assert_int_equal(fit_take(space, 40, 0, 0), 40);
    assert_ok(space_give(space, (struct run){70, 10}));
    assert_ok(space_give(space, (struct run){60, 10}));
    assert_int_equal(fit_take(space, 15, 0, 0), 60);
    assert_int_equal(fit_take(space, 5, 0, 0), 75);
    space_close(space);
}

static void what_is_given_behind_waits_for_the_next_round(void **state)
{
    struct space *space = fit_open(&next, 100);

    (void)state;
    assert_ok(space_give(space, (struct run){0, 100}));
    assert_int_equal(fit_take(space, 40, 0, 0), 0);
    assert_int_equal(fit_take(space, 10, 0, 0), 40);
    assert_ok(space_give(space, (struct run){0, 40}));
    assert_int_equal(fit_take(space, 40, 0, 0), 50);
    assert_int_equal(fit_take(space, 10, 0, 0), 90);
    assert_int_equal(fit_take(space, 40, 0, 0), 0);
    space_close(space);
}

/* The next run is chosen when the last one is taken: what is given before it waits, too. */
static void what_is_given_before_the_next_run_waits(void **state)
{
    struct space *space = fit_open(&next, 100);

    (void)state;
    assert_ok(space_give(space, (struct run){0, 10}));
    assert_ok(space_give(space, (struct run){50, 10}));
    assert_int_equal(fit_take(space, 10, 0, 0), 0);
    assert_ok(space_give(space, (struct run){20, 10}));
    assert_int_equal(fit_take(space, 5, 0, 0), 50);
    assert_int_equal(fit_take(space, 5, 0, 0), 55);
    assert_int_equal(fit_take(space, 5, 0, 0), 20);
    space_close(space);
}

static void a_wish_comes_first_and_moves_the_search(void **state)
{
    struct space *space = fit_open(&next, 1000);

    (void)state;
    assert_ok(space_give(space, (struct run){0, 1000}));
    assert_int_equal(fit_take(space, 10, 500, 0), 500);
    assert_int_equal(fit_take(space, 10, 0, 0), 510);
    assert_int_equal(fit_take(space, 10, 995, 0), 0);
    assert_int_equal(fit_take(space, 10, 0, 0), 10);
    assert_int_equal(fit_take(space, 10, 0, 64), 64);
    space_close(space);
}

static void a_place_beyond_a_smaller_end_wraps(void **state)
{
    struct space *space = fit_open(&next, 1000);

    (void)state;
    assert_ok(space_give(space, (struct run){5, 5}));
    assert_ok(space_give(space, (struct run){900, 10}));
    assert_int_equal(fit_take(space, 9, 900, 0), 900);
    assert_ok(space_take_at(space, (struct run){909, 1}));
    assert_ok(space_shrink(space, 100));
    assert_int_equal(fit_take(space, 2, 0, 0), 5);
    assert_int_equal(fit_take(space, 2, 0, 0), 7);
    space_close(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_search_goes_on_behind_the_last_run),
        cmocka_unit_test(a_run_that_grew_backwards_is_taken_from_its_first_unit),
        cmocka_unit_test(what_is_given_behind_waits_for_the_next_round),
        cmocka_unit_test(what_is_given_before_the_next_run_waits),
        cmocka_unit_test(a_wish_comes_first_and_moves_the_search),
        cmocka_unit_test(a_place_beyond_a_smaller_end_wraps),
        FIT_TESTS(&next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
