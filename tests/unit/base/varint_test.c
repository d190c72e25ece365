/*
 * varint_test.c - numbers of variable length, there and back.
 */
#include "base/varint.h"

#include <string.h>

#include "support/unit.h"

static void a_number_comes_back_in_as_many_bytes_as_it_needs(void **state)
{
    static const struct {
        uint64_t value;
        unsigned bytes;
    } numbers[] = {{0, 1},     {127, 1},     {128, 2},
                   {16383, 2}, {16384, 3},   {UINT64_C(1) << 62, 9},
                   {300, 2},   {1 << 20, 3}, {1 << 21, 4}};

    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        uint8_t bytes[10] = {0};
        uint64_t back = 0;

        assert_int_equal(varint_bytes(numbers[i].value), numbers[i].bytes);
        assert_int_equal(varint_store(bytes, numbers[i].value), numbers[i].bytes);
        assert_int_equal(varint_load(bytes, bytes + 10, &back), numbers[i].bytes);
        assert_int_equal(back, numbers[i].value);
        assert_int_equal(varint_load(bytes, bytes + numbers[i].bytes - 1, &back), 0);
    }
}

static void a_number_without_an_end_is_no_number(void **state)
{
    uint8_t bytes[12];
    uint64_t value = 77;

    (void)state;
    memset(bytes, 0x80, sizeof(bytes));
    assert_int_equal(varint_load(bytes, bytes + sizeof(bytes), &value), 0);
    assert_int_equal(varint_load(bytes, bytes, &value), 0);
    assert_int_equal(value, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_comes_back_in_as_many_bytes_as_it_needs),
        cmocka_unit_test(a_number_without_an_end_is_no_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
