/*
 * unit_bits_test.c - members, the next one and the one before, over gaps of every width.
 */
#include "space/unit_bits.h"

#include "base/memory.h"
#include "base/random.h"
#include "support/seed.h"
#include "support/unit.h"

enum { UNITS = 1000 };

static void assert_neighbours(const struct unit_bits *bits, const bool *is_member)
{
    uint64_t before = UNIT_BITS_NONE;
    uint64_t behind = UNIT_BITS_NONE;

    for (uint64_t unit = 0; unit < UNITS; unit++) {
        if (is_member[unit]) before = unit;
        assert_int_equal(unit_bits_has(bits, unit), is_member[unit]);
        assert_int_equal(unit_bits_prev(bits, unit), before);
    }
    for (uint64_t unit = UNITS; unit-- > 0;) {
        if (is_member[unit]) behind = unit;
        assert_int_equal(unit_bits_next(bits, unit), behind);
    }
}

static void random_members_are_found_from_everywhere(void **state)
{
    static bool is_member[UNITS];
    struct unit_bits bits;
    struct random random;

    (void)state;
    random_init(&random, seed_get());
    assert_ok(unit_bits_init(&bits, UNITS));
    for (unsigned i = 0; i < 3000; i++) {
        uint64_t unit = random_below(&random, UNITS);
        bool is_thinned = i / 500 % 2 == 1;

        if (is_member[unit])
            unit_bits_drop(&bits, unit);
        else if (!is_thinned)
            unit_bits_add(&bits, unit);
        is_member[unit] = !is_member[unit] && !is_thinned;
        if (i % 50 == 0) assert_neighbours(&bits, is_member);
    }
    assert_neighbours(&bits, is_member);
    assert_ok(unit_bits_audit(&bits));
    unit_bits_fini(&bits);
}

/* Two members with all levels between them. */
static void a_gap_of_every_width_is_stepped_over(void **state)
{
    const uint64_t last = (UINT64_C(1) << 26) + 12345;
    struct unit_bits bits;

    (void)state;
    assert_ok(unit_bits_init(&bits, last + 1));
    assert_int_equal(unit_bits_next(&bits, 0), UNIT_BITS_NONE);
    assert_int_equal(unit_bits_prev(&bits, last), UNIT_BITS_NONE);
    unit_bits_add(&bits, last);
    for (uint64_t unit = 1; unit < last; unit = unit * 5 + 3) {
        unit_bits_add(&bits, unit);
        assert_int_equal(unit_bits_next(&bits, unit + 1), last);
        assert_int_equal(unit_bits_prev(&bits, last - 1), unit);
        assert_int_equal(unit_bits_prev(&bits, unit - 1), UNIT_BITS_NONE);
        unit_bits_drop(&bits, unit);
    }
    assert_int_equal(unit_bits_next(&bits, 0), last);
    assert_int_equal(unit_bits_next(&bits, last + 1), UNIT_BITS_NONE);
    assert_int_equal(unit_bits_next(&bits, UINT64_MAX), UNIT_BITS_NONE);
    assert_ok(unit_bits_audit(&bits));
    unit_bits_fini(&bits);
}

static void growth_keeps_the_members_or_fails_with_all_as_before(void **state)
{
    struct unit_bits bits;
    uint64_t unit_count = 1;

    (void)state;
    assert_ok(unit_bits_init(&bits, unit_count));
    unit_bits_add(&bits, 0);
    for (; unit_count < 1000000; unit_count = unit_count * 3 + 1) {
        (void)memory_fail_at(1, 0);
        if (unit_bits_grow(&bits, unit_count) != FH_OK) assert_ok(unit_bits_audit(&bits));
        (void)memory_fail_at(0, 0);
        assert_ok(unit_bits_grow(&bits, unit_count));
        assert_ok(unit_bits_audit(&bits));
        assert_int_equal(unit_bits_next(&bits, 0), 0);
        if (unit_count > 1) {
            unit_bits_add(&bits, unit_count - 1);
            assert_int_equal(unit_bits_next(&bits, 1), unit_count - 1);
            unit_bits_drop(&bits, unit_count - 1);
        }
    }
    assert_status(unit_bits_grow(&bits, UINT64_C(1) << 60), FH_TOO_LARGE);
    unit_bits_fini(&bits);
    assert_status(unit_bits_init(&bits, UINT64_MAX), FH_TOO_LARGE);
}

static void audit_sees_a_wrong_summary(void **state)
{
    struct unit_bits bits;

    (void)state;
    assert_ok(unit_bits_init(&bits, 100000));
    unit_bits_add(&bits, 77777);
    assert_ok(unit_bits_audit(&bits));
    for (unsigned level = 1; level <= bits.top; level++) {
        bits.levels[level][0] ^= 1;
        assert_status(unit_bits_audit(&bits), FH_CORRUPT);
        bits.levels[level][0] ^= 1;
    }
    assert_ok(unit_bits_audit(&bits));
    unit_bits_fini(&bits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_members_are_found_from_everywhere),
        cmocka_unit_test(a_gap_of_every_width_is_stepped_over),
        cmocka_unit_test(growth_keeps_the_members_or_fails_with_all_as_before),
        cmocka_unit_test(audit_sees_a_wrong_summary),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
