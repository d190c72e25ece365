/*
 * memory_test.c - memory comes zeroed, is counted, and fails when asked to.
 */
#include "base/memory.h"

#include <string.h>

#include "base/bytes.h"
#include "support/fault.h"
#include "support/unit.h"

static int count_no_blocks(void **state)
{
    (void)state;
    (void)memory_fail_at(0, 0);
    return memory_block_count() == 0 ? 0 : -1;
}

static void taken_memory_is_zero_and_aligned(void **state)
{
    uint8_t *memory = memory_take(3, 1000);
    uint8_t *lines = memory_take_lines(7, 9);

    (void)state;
    assert_true(bytes_are_zero(memory, 3000));
    assert_int_equal((uintptr_t)memory % 16, 0);
    assert_true(bytes_are_zero(lines, 63));
    assert_int_equal((uintptr_t)lines % 64, 0);
    memory_give(memory);
    memory_give(lines);
}

static void blocks_are_counted_until_they_are_given_back(void **state)
{
    void *memory;
    void *lines;

    (void)state;
    memory = memory_take(1, 1);
    lines = memory_take_lines(1, 1);
    assert_int_equal(memory_block_count(), 2);
    memory_give(memory);
    memory_give(lines);
    memory_give(NULL);
    assert_int_equal(memory_block_count(), 0);
}

static void nothing_is_a_block_too(void **state)
{
    void *memory = memory_take(0, 8);

    (void)state;
    assert_non_null(memory);
    assert_int_equal(memory_block_count(), 1);
    memory_give(memory);
}

static void a_resized_block_keeps_its_bytes_and_its_new_part_is_zero(void **state)
{
    uint8_t *memory = memory_resize(NULL, 0, 10, 1);

    (void)state;
    assert_non_null(memory);
    memset(memory, 7, 10);
    memory = memory_resize(memory, 10, 100000, 1);
    assert_non_null(memory);
    assert_int_equal(memory[9], 7);
    assert_true(bytes_are_zero(memory + 10, 99990));
    memory = memory_resize(memory, 100000, 5, 1);
    assert_non_null(memory);
    assert_int_equal(memory[4], 7);
    assert_int_equal(memory_block_count(), 1);
    memory_give(memory);
}

static void a_product_that_overflows_gets_nothing(void **state)
{
    (void)state;
    assert_null(memory_take(SIZE_MAX, 2));
    assert_null(memory_take_lines(SIZE_MAX / 2, 3));
    assert_null(memory_take_lines(SIZE_MAX, 1));
    assert_null(memory_resize(NULL, 0, SIZE_MAX / 8, 9));
}

static void the_request_that_is_to_fail_fails_and_no_other(void **state)
{
    void *first;
    void *third;

    (void)state;
    (void)memory_fail_at(2, 0);
    first = memory_take(1, 1);
    assert_non_null(first);
    assert_null(memory_take_lines(1, 1));
    third = memory_take(1, 1);
    assert_non_null(third);
    assert_int_equal(memory_fail_at(0, 0), 3);
    memory_give(first);
    memory_give(third);
}

static void for_ever_all_later_requests_fail_too(void **state)
{
    (void)state;
    (void)memory_fail_at(1, 1);
    assert_null(memory_take(1, 1));
    assert_null(memory_take(1, 1));
    assert_int_equal(memory_fail_at(0, 0), 2);
}

static void a_block_that_could_not_be_resized_is_as_before(void **state)
{
    uint8_t *memory = memory_take(4, 1);

    (void)state;
    memory[3] = 9;
    (void)memory_fail_at(1, 0);
    assert_null(memory_resize(memory, 4, 4000, 1));
    assert_int_equal(memory[3], 9);
    memory_give(memory);
}

static void the_fault_loop_ends_after_the_first_round_without_a_failure(void **state)
{
    unsigned rounds = 0;

    (void)state;
    for (struct fault fault = {0}; fault_next(&fault); rounds++) {
        void *blocks[3];

        fault_memory_begin(&fault, FAULT_ONCE);
        for (unsigned i = 0; i < 3; i++)
            blocks[i] = memory_take(1, 1);
        fault_memory_end(&fault);
        for (unsigned i = 0; i < 3; i++) {
            assert_int_equal(blocks[i] == NULL, fault.n == i + 1);
            memory_give(blocks[i]);
        }
        assert_int_equal(fault.was_met, fault.n <= 3);
    }
    assert_int_equal(rounds, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(taken_memory_is_zero_and_aligned),
        cmocka_unit_test(blocks_are_counted_until_they_are_given_back),
        cmocka_unit_test(nothing_is_a_block_too),
        cmocka_unit_test(a_resized_block_keeps_its_bytes_and_its_new_part_is_zero),
        cmocka_unit_test(a_product_that_overflows_gets_nothing),
        cmocka_unit_test(the_request_that_is_to_fail_fails_and_no_other),
        cmocka_unit_test(for_ever_all_later_requests_fail_too),
        cmocka_unit_test(a_block_that_could_not_be_resized_is_as_before),
        cmocka_unit_test(the_fault_loop_ends_after_the_first_round_without_a_failure),
    };

    return cmocka_run_group_tests(tests, count_no_blocks, count_no_blocks);
}
