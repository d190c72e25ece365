/*
 * first_test.c - the lowest address first, and a wish followed.
 *
 * What every policy owes stands in policy_test.c and in the model test; what those owe that
 * fit runs, in support/fit.c.
 */
#include "support/fit.h"

static struct fit first = {
    .policy = "first",
    .choose = fit_choose_lowest,
    .aligned = {{0, 64, 65600}, {0, 32, 32}},
};

static void the_lowest_run_that_is_long_enough_is_taken(void **state)
{
    struct space *space = fit_open(&first, 2000);

    (void)state;
    assert_ok(space_give(space, (struct run){10, 1}));
    assert_ok(space_give(space, (struct run){20, 3}));
    assert_ok(space_give(space, (struct run){250, 20}));
    assert_ok(space_give(space, (struct run){900, 1000}));

    assert_int_equal(fit_take(space, 4, 0, 0), 250);
    assert_int_equal(fit_take(space, 2, 0, 0), 20);
    assert_int_equal(fit_take(space, 1, 0, 0), 10);
    assert_int_equal(fit_take(space, 1, 0, 0), 22);
    assert_int_equal(fit_take(space, 17, 0, 0), 900);
    assert_int_equal(fit_take(space, 16, 0, 0), 254);
    assert_int_equal(fit_take(space, 983, 0, 0), 917);
    assert_int_equal(space_free_units(space), 0);
    space_close(space);
}

static void a_wish_moves_the_search_behind_it(void **state)
{
    struct space *space = fit_open(&first, 1000);

    (void)state;
    assert_ok(space_give(space, (struct run){0, 100}));
    assert_ok(space_give(space, (struct run){500, 100}));

    assert_int_equal(fit_take(space, 3, 200, 0), 500);
    assert_int_equal(fit_take(space, 3, 550, 0), 550);
    assert_int_equal(fit_take(space, 3, 50, 0), 50);
    /* Nothing behind the wish: the lowest of all. */
    assert_int_equal(fit_take(space, 3, 599, 0), 0);
    assert_int_equal(fit_take(space, 3, UINT64_MAX, 0), 3);
    assert_int_equal(fit_take(space, 47, 590, 0), 53);
    space_close(space);
}

static void an_alignment_is_kept_behind_a_wish(void **state)
{
    struct space *space = fit_open(&first, 4096);

    (void)state;
    assert_ok(space_give(space, (struct run){5, 20}));
    assert_ok(space_give(space, (struct run){1000, 3000}));

    assert_int_equal(fit_take(space, 4, 0, 8), 8);
    assert_int_equal(fit_take(space, 16, 0, 16), 1008);
    assert_int_equal(fit_take(space, 256, 1281, 256), 1536);
    assert_int_equal(fit_take(space, 1, 0, 4096 / 2), 2048);
    space_close(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lowest_run_that_is_long_enough_is_taken),
        cmocka_unit_test(a_wish_moves_the_search_behind_it),
        cmocka_unit_test(an_alignment_is_kept_behind_a_wish),
        FIT_TESTS(&first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
