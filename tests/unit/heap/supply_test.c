/*
 * supply_test.c - spans: aligned, known, kept for a while, joined, and given back.
 */
#include "heap/supply.h"

#include <string.h>

#include "support/bad_pages.h"
#include "support/unit.h"

static bool is_zero;

static unsigned char *take(size_t chunk_count)
{
    unsigned char *span = supply_take(chunk_count, &is_zero);

    assert_non_null(span);
    assert_int_equal((uintptr_t)span % CHUNK_BYTES, 0);
    return span;
}

static void purge_all(void)
{
    supply_purge(UINT64_MAX);
    assert_int_equal(supply_stat().kept_bytes, 0);
}

static void a_span_in_use_is_known_by_its_first_chunk(void **state)
{
    unsigned char *span = take(3);
    int on_stack;

    (void)state;
    assert_true(is_zero);
    assert_true(supply_has(span));
    assert_true(supply_has(span + 100));
    assert_false(supply_has(span + CHUNK_BYTES));
    assert_false(supply_has(&on_stack));
    assert_false(supply_has(NULL));
    assert_false(supply_has((void *)UINTPTR_MAX));

    supply_give(span, 3);

    assert_false(supply_has(span));
    purge_all();
}

static void what_comes_back_is_kept_and_taken_again(void **state)
{
    unsigned char *span = take(4);
    unsigned char *part;

    (void)state;
    supply_give(span, 4);
    assert_int_equal(supply_stat().kept_bytes, 4 * CHUNK_BYTES);

    part = take(1);
    assert_ptr_equal(part, span);
    assert_false(is_zero);
    assert_int_equal(supply_stat().kept_bytes, 3 * CHUNK_BYTES);

    supply_give(part, 1);
    assert_ptr_equal(take(4), span);
    supply_give(span, 4);
    purge_all();
}

static void the_system_gets_what_has_been_kept_long_enough(void **state)
{
    unsigned char *span = take(2);
    uint64_t now_ms = supply_pages->now_ms();

    (void)state;
    supply_give(span, 2);
    assert_int_equal(supply_kept_since_ms(), now_ms);
    supply_purge(now_ms - 1);
    assert_int_equal(supply_stat().kept_bytes, 2 * CHUNK_BYTES);
    supply_purge(now_ms);
    assert_int_equal(supply_stat().kept_bytes, 0);
    assert_int_equal(supply_kept_since_ms(), UINT64_MAX);
}

/* What is too short for the request goes, so that the process is never larger than it was. */
static void what_is_kept_adds_a_third_at_most_to_the_largest_use(void **state)
{
    unsigned char *large = take(32);
    unsigned char *larger;

    (void)state;
    supply_give(large, 32);
    larger = take(33);
    assert_true(supply_stat().kept_bytes > 0);
    assert_true(supply_stat().kept_bytes + 33 * CHUNK_BYTES <= (32 + 32 / 3) * CHUNK_BYTES);
    supply_give(larger, 33);
    purge_all();
}

static void a_longer_span_has_the_old_bytes(void **state)
{
    unsigned char *span = take(2);
    unsigned char *in_the_way = take(2);

    (void)state;
    for (size_t count = 2; count < 40; count += 3) {
        memset(span + (count - 2) * CHUNK_BYTES, (int)count, CHUNK_BYTES);
        span = supply_lengthen(span, count, count + 3);
        assert_non_null(span);
        assert_true(supply_has(span));
        for (size_t i = 2; i <= count; i += 3)
            assert_int_equal(span[(i - 2) * CHUNK_BYTES + 77], i);
    }
    supply_give(span, 41);
    supply_give(in_the_way, 2);
    purge_all();
    assert_int_equal(supply_stat().used_bytes, 0);
}

static void the_second_chunk_is_aligned(void **state)
{
    (void)state;
    for (size_t alignment = 1; alignment <= 64; alignment *= 2) {
        unsigned char *span = supply_take_aligned(3, alignment);

        assert_non_null(span);
        assert_int_equal((uintptr_t)(span + CHUNK_BYTES) % (alignment * CHUNK_BYTES), 0);
        span[3 * CHUNK_BYTES - 1] = 1;
        supply_give(span, 3);
    }
    purge_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_span_in_use_is_known_by_its_first_chunk),
        cmocka_unit_test(what_comes_back_is_kept_and_taken_again),
        cmocka_unit_test(the_system_gets_what_has_been_kept_long_enough),
        cmocka_unit_test(what_is_kept_adds_a_third_at_most_to_the_largest_use),
        cmocka_unit_test(a_longer_span_has_the_old_bytes),
        cmocka_unit_test(the_second_chunk_is_aligned),
    };

    supply_pages = bad_pages();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
