/*
 * random_test.c - same seed, same numbers; all numbers below a limit come up.
 */
#include "base/random.h"

#include "support/unit.h"

/* The generator's own reference program, started from splitmix64 with seed 0. */
static void seed_zero_gives_the_published_numbers(void **state)
{
    struct random random;

    (void)state;
    random_init(&random, 0);
    assert_true(random.state[0] == UINT64_C(0xe220a8397b1dcdaf));
    assert_true(random.state[3] == UINT64_C(0xf88bb8a8724c81ec));
    assert_true(random_next(&random) == UINT64_C(0x99ec5f36cb75f2b4));
    assert_true(random_next(&random) == UINT64_C(0xbf6e1f784956452a));
}

static void the_same_seed_gives_the_same_numbers_and_another_seed_others(void **state)
{
    struct random a;
    struct random b;
    struct random c;
    unsigned same = 0;

    (void)state;
    random_init(&a, 7);
    random_init(&b, 7);
    random_init(&c, 8);
    for (unsigned i = 0; i < 1000; i++) {
        uint64_t number = random_next(&a);

        assert_true(number == random_next(&b));
        same += number == random_next(&c);
    }
    assert_int_equal(same, 0);
}

static void every_number_below_a_limit_comes_up_about_as_often(void **state)
{
    unsigned counts[7] = {0};
    struct random random;

    (void)state;
    random_init(&random, 1);
    for (unsigned i = 0; i < 70000; i++)
        counts[random_below(&random, 7)]++;
    for (unsigned i = 0; i < 7; i++)
        assert_in_range(counts[i], 9500, 10500);
}

static void a_limit_of_one_leaves_no_choice_and_of_zero_is_refused(void **state)
{
    struct random random;

    (void)state;
    random_init(&random, 1);
    assert_int_equal(random_below(&random, 1), 0);
    expect_assert_failure((void)random_below(&random, 0));
}

static void the_largest_limits_are_kept(void **state)
{
    struct random random;

    (void)state;
    random_init(&random, 1);
    for (unsigned i = 0; i < 1000; i++)
        assert_true(random_below(&random, (UINT64_C(1) << 63) + 1) <= UINT64_C(1) << 63);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seed_zero_gives_the_published_numbers),
        cmocka_unit_test(the_same_seed_gives_the_same_numbers_and_another_seed_others),
        cmocka_unit_test(every_number_below_a_limit_comes_up_about_as_often),
        cmocka_unit_test(a_limit_of_one_leaves_no_choice_and_of_zero_is_refused),
        cmocka_unit_test(the_largest_limits_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
