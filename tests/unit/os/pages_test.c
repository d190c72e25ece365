/*
 * pages_test.c - the system's memory: what is promised of each call, and errno left alone.
 */
#include "os/pages.h"

#include <errno.h>
#include <string.h>

#include "support/unit.h"

#define LARGE ((size_t)2 << 20)
#define PAGE  ((size_t)4096)

static const struct pages *pages(void)
{
    return pages_posix();
}

static void a_mapping_is_aligned_and_zero(void **state)
{
    (void)state;
    for (size_t alignment = PAGE; alignment <= 8 * LARGE; alignment *= 2) {
        unsigned char *at = pages()->map(3 * PAGE, alignment);

        assert_non_null(at);
        assert_int_equal((uintptr_t)at % alignment, 0);
        for (size_t i = 0; i < 3 * PAGE; i++)
            assert_int_equal(at[i], 0);
        assert_true(pages()->unmap(at, 3 * PAGE));
    }
}

static void what_cannot_be_mapped_is_null_and_errno_is_as_it_was(void **state)
{
    (void)state;
    errno = 77;
    assert_null(pages()->map((size_t)PTRDIFF_MAX, LARGE));
    assert_null(pages()->map(SIZE_MAX - LARGE, LARGE));
    assert_false(pages()->discard((void *)1, PAGE));
    assert_false(pages()->forbid((void *)1, PAGE));
    assert_false(pages()->allow((void *)1, PAGE));
    assert_false(pages()->unmap((void *)1, PAGE));
    assert_false(pages()->extend((void *)1, PAGE, LARGE));
    assert_false(pages()->move((void *)1, PAGE, (void *)1, PAGE));
    assert_int_equal(errno, 77);
}

static void moved_pages_keep_their_bytes(void **state)
{
    unsigned char *from = pages()->map(LARGE, LARGE);
    unsigned char *to = pages()->map(2 * LARGE, LARGE);

    (void)state;
    memset(from, 7, LARGE);
    memset(to + LARGE, 9, LARGE);

    assert_true(pages()->move(from, LARGE, to, LARGE));

    assert_int_equal(to[0], 7);
    assert_int_equal(to[LARGE - 1], 7);
    assert_int_equal(to[LARGE], 9);
    assert_true(pages()->unmap(to, 2 * LARGE));
}

static void what_is_discarded_reads_as_zeros(void **state)
{
    unsigned char *at = pages()->map(3 * PAGE, PAGE);

    (void)state;
    memset(at, 7, 3 * PAGE);

    assert_true(pages()->discard(at + PAGE, PAGE));

    assert_int_equal(at[PAGE - 1], 7);
    assert_int_equal(at[PAGE], 0);
    assert_int_equal(at[2 * PAGE - 1], 0);
    assert_int_equal(at[2 * PAGE], 7);
    assert_true(pages()->unmap(at, 3 * PAGE));
}

static void two_requests_for_entropy_differ_and_time_does_not_go_back(void **state)
{
    uint64_t first = 0, second = 0;
    uint64_t before = pages()->now_ms();

    (void)state;
    pages()->entropy(&first, sizeof(first));
    pages()->entropy(&second, sizeof(second));
    assert_true(first != second);
    assert_true(pages()->now_ms() >= before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mapping_is_aligned_and_zero),
        cmocka_unit_test(what_cannot_be_mapped_is_null_and_errno_is_as_it_was),
        cmocka_unit_test(moved_pages_keep_their_bytes),
        cmocka_unit_test(what_is_discarded_reads_as_zeros),
        cmocka_unit_test(two_requests_for_entropy_differ_and_time_does_not_go_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
