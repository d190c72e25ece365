/*
 * bits_test.c - rounding, scans and checked arithmetic at their edges.
 */
#include "base/bits.h"

#include "base/random.h"
#include "support/unit.h"

static void rounding_goes_to_the_next_multiple_either_way(void **state)
{
    (void)state;
    assert_int_equal(round_up(0, 8), 0);
    assert_int_equal(round_up(1, 8), 8);
    assert_int_equal(round_up(8, 8), 8);
    assert_int_equal(round_down(15, 8), 8);
    assert_int_equal(divide_up(0, 5), 0);
    assert_int_equal(divide_up(10, 5), 2);
    assert_int_equal(divide_up(11, 5), 3);
    assert_true(divide_up(UINT64_MAX, 2) == UINT64_C(1) << 63);
}

static void powers_of_two_are_told_from_others(void **state)
{
    (void)state;
    assert_false(is_power_of_two(0));
    assert_false(is_power_of_two(12));
    for (unsigned i = 0; i < 64; i++)
        assert_true(is_power_of_two(UINT64_C(1) << i));
}

static void a_single_bit_is_the_lowest_and_the_highest(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 64; i++) {
        assert_int_equal(bit_lowest(UINT64_C(1) << i), i);
        assert_int_equal(bit_highest(UINT64_C(1) << i), i);
        assert_int_equal(bit_count(bit_mask(0, i)), i);
    }
    assert_true(bit_mask(0, 64) == UINT64_MAX);
    assert_int_equal(bit_mask(3, 2), 0x18);
}

static void a_filled_range_has_its_bits_and_leaves_the_others(void **state)
{
    struct random random;

    (void)state;
    random_init(&random, 1);
    for (unsigned round = 0; round < 2000; round++) {
        uint64_t words[5] = {0};
        uint64_t first = random_below(&random, 321);
        uint64_t count = random_below(&random, 321 - first);

        bits_fill(words, first, count, true);
        for (uint64_t i = 0; i < 320; i++)
            assert_int_equal(bits_test(words, i), i >= first && i < first + count);
        assert_int_equal(bits_count(words, 0, 320), count);
        assert_int_equal(bits_count(words, first, count), count);
        bits_fill(words, first, count, false);
        assert_int_equal(bits_count(words, 0, 320), 0);
    }
}

static void a_sum_or_product_that_does_not_fit_is_refused_untouched(void **state)
{
    uint64_t value = 77;

    (void)state;
    assert_false(add_fits(UINT64_MAX, 1, &value));
    assert_false(multiply_fits(UINT64_C(1) << 32, UINT64_C(1) << 32, &value));
    assert_int_equal(value, 77);
    assert_true(add_fits(UINT64_MAX - 1, 1, &value));
    assert_true(value == UINT64_MAX);
    assert_true(multiply_fits(0, UINT64_MAX, &value));
    assert_int_equal(value, 0);
    assert_true(multiply_fits((UINT64_C(1) << 32) - 1, (UINT64_C(1) << 32) + 1, &value));
    assert_true(value == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounding_goes_to_the_next_multiple_either_way),
        cmocka_unit_test(powers_of_two_are_told_from_others),
        cmocka_unit_test(a_single_bit_is_the_lowest_and_the_highest),
        cmocka_unit_test(a_filled_range_has_its_bits_and_leaves_the_others),
        cmocka_unit_test(a_sum_or_product_that_does_not_fit_is_refused_untouched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
