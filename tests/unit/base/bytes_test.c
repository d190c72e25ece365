/*
 * bytes_test.c - numbers are little endian at any address, spans order as bytes do.
 */
#include "base/bytes.h"

#include "base/random.h"
#include "support/unit.h"

static struct span text(const char *words)
{
    return span_of(words, strlen(words));
}

static void numbers_are_little_endian_at_odd_addresses_too(void **state)
{
    uint8_t bytes[16] = {0};

    (void)state;
    store64(bytes + 1, UINT64_C(0x0102030405060708));
    assert_memory_equal(bytes, "\0\x08\x07\x06\x05\x04\x03\x02\x01\0", 10);
    assert_true(load64(bytes + 1) == UINT64_C(0x0102030405060708));
    assert_int_equal(load32(bytes + 1), 0x05060708);
    assert_int_equal(load16(bytes + 1), 0x0708);
    store32(bytes + 3, 0xa1b2c3d4);
    assert_int_equal(load32(bytes + 3), 0xa1b2c3d4);
    store16(bytes + 3, 0xfffe);
    assert_int_equal(load16(bytes + 3), 0xfffe);
    assert_int_equal(bytes[2], 0x07);
}

static void spans_order_by_bytes_and_the_beginning_of_another_comes_first(void **state)
{
    (void)state;
    assert_true(span_compare(text("abc"), text("abd")) < 0);
    assert_true(span_compare(text("ab"), text("abc")) < 0);
    assert_true(span_compare(text("b"), text("abc")) > 0);
    assert_true(span_compare(text("\xff"), text("a")) > 0);
    assert_int_equal(span_compare(text("abc"), text("abc")), 0);
    assert_int_equal(span_compare(span_of(NULL, 0), span_of(NULL, 0)), 0);
    assert_true(span_compare(span_of(NULL, 0), text("a")) < 0);
}

static void the_order_without_a_call_is_the_same(void **state)
{
    uint8_t left[40], right[40];
    struct random random;

    (void)state;
    random_init(&random, 1);
    for (unsigned i = 0; i < 20000; i++) {
        size_t a = (size_t)random_below(&random, sizeof(left) + 1);
        size_t b = (size_t)random_below(&random, sizeof(right) + 1);
        int order, wanted;

        memset(left, 0x7f, sizeof(left));
        memset(right, 0x7f, sizeof(right));
        left[random_below(&random, sizeof(left))] = (uint8_t)random_next(&random);
        right[random_below(&random, sizeof(right))] = (uint8_t)random_next(&random);
        order = span_order(span_of(left, a), span_of(right, b));
        wanted = span_compare(span_of(left, a), span_of(right, b));
        assert_int_equal((order > 0) - (order < 0), (wanted > 0) - (wanted < 0));
        assert_int_equal(span_same(span_of(left, a), span_of(right, a)),
                         span_equals(span_of(left, a), span_of(right, a)));
        assert_int_equal(span_same(span_of(left, a), span_of(right, b)), wanted == 0);
    }
}

static void spans_are_equal_when_all_their_bytes_are(void **state)
{
    (void)state;
    assert_true(span_equals(text("abc"), text("abc")));
    assert_false(span_equals(text("abc"), text("ab")));
    assert_false(span_equals(text("abc"), text("abd")));
    assert_true(span_equals(span_of(NULL, 0), text("")));
}

static void the_common_beginning_is_counted(void **state)
{
    (void)state;
    assert_int_equal(span_common(text("abc"), text("abd")), 2);
    assert_int_equal(span_common(text("abc"), text("abcd")), 3);
    assert_int_equal(span_common(text("x"), text("y")), 0);
    assert_int_equal(span_common(text(""), text("y")), 0);
}

static void heads_order_as_their_spans_do(void **state)
{
    (void)state;
    assert_true(head_of(text("abcd")) == 0x61626364);
    assert_true(head_of(text("ab")) == 0x61620000);
    assert_true(head_of(text("")) == 0);
    assert_true(head_of(text("ab")) < head_of(text("abc")));
    assert_true(head_of(text("\xff")) > head_of(text("abcdef")));
}

static void one_byte_that_is_not_zero_is_found_wherever_it_stands(void **state)
{
    uint8_t bytes[70] = {0};

    (void)state;
    assert_true(bytes_are_zero(bytes, 0));
    assert_true(bytes_are_zero(bytes, sizeof(bytes)));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = 1;
        assert_false(bytes_are_zero(bytes, sizeof(bytes)));
        assert_true(bytes_are_zero(bytes, i));
        bytes[i] = 0;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_little_endian_at_odd_addresses_too),
        cmocka_unit_test(spans_order_by_bytes_and_the_beginning_of_another_comes_first),
        cmocka_unit_test(the_order_without_a_call_is_the_same),
        cmocka_unit_test(spans_are_equal_when_all_their_bytes_are),
        cmocka_unit_test(the_common_beginning_is_counted),
        cmocka_unit_test(heads_order_as_their_spans_do),
        cmocka_unit_test(one_byte_that_is_not_zero_is_found_wherever_it_stands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
