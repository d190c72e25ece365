/*
 * unit_links_test.c - lists in both places, and every link that does not lead back.
 */
#include "space/unit_links.h"

#include <string.h>

#include "base/memory.h"
#include "support/unit.h"

enum { UNITS = 10, UNIT_WORDS = 3 };

static uint64_t units[UNITS][UNIT_WORDS];
static const struct policy_memory memory = {.units = units, .unit_bytes = sizeof(units[0])};

static void assert_list(const struct unit_links *links, uint32_t top, const char *expected)
{
    char found[UNITS + 1] = "";

    for (uint64_t unit = top - UINT64_C(1); top != 0; unit = unit_links_next(links, unit)) {
        assert_true(unit_links_agree(links, top, unit));
        assert_true(strlen(found) < UNITS);
        found[strlen(found)] = (char)('0' + unit);
        if (unit_links_next(links, unit) == unit) break;
    }
    assert_string_equal(found, expected);
}

static void push_and_drop(const struct policy_memory *behind)
{
    struct unit_links links;
    uint32_t top = 0;

    assert_ok(unit_links_init(&links, UNITS, behind));
    assert_list(&links, top, "");
    for (uint64_t unit = 2; unit < 7; unit++)
        unit_links_push(&links, &top, unit);
    assert_list(&links, top, "65432");
    unit_links_drop(&links, &top, 4); /* the middle */
    assert_list(&links, top, "6532");
    unit_links_drop(&links, &top, 6); /* the top */
    assert_list(&links, top, "532");
    unit_links_drop(&links, &top, 2); /* the bottom */
    assert_list(&links, top, "53");
    unit_links_push(&links, &top, 9);
    unit_links_drop(&links, &top, 5);
    unit_links_drop(&links, &top, 3);
    assert_list(&links, top, "9");
    unit_links_drop(&links, &top, 9); /* the last */
    assert_int_equal(top, 0);
    unit_links_fini(&links);
}

static void a_list_is_the_same_beside_and_in_the_units(void **state)
{
    (void)state;
    push_and_drop(NULL);
    push_and_drop(&memory);
}

static void inside_nothing_is_allocated_and_only_links_are_written(void **state)
{
    uint64_t block_count = memory_block_count();
    struct unit_links links;
    uint32_t top = 0;

    (void)state;
    memset(units, 0xa5, sizeof(units));
    (void)memory_fail_at(1, 1);
    assert_ok(unit_links_init(&links, 5, &memory));
    assert_ok(unit_links_grow(&links, UNITS));
    for (uint64_t unit = 0; unit < UNITS; unit++)
        unit_links_push(&links, &top, unit);
    unit_links_shrink(&links, UNITS);
    assert_int_equal(memory_fail_at(0, 0), 0);
    assert_int_equal(memory_block_count(), block_count);
    for (uint64_t unit = 0; unit < UNITS; unit++)
        for (unsigned word = 1; word < UNIT_WORDS; word++)
            assert_true(units[unit][word] == UINT64_C(0xa5a5a5a5a5a5a5a5));
    unit_links_fini(&links);
}

/* Each link of each unit, replaced by every number there is and some that there are not; but
 * that a unit is the last one is for the unit to say. */
static void a_changed_link_never_agrees(void **state)
{
    struct unit_links links;
    uint32_t top = 0;

    (void)state;
    memset(units, 0, sizeof(units));
    assert_ok(unit_links_init(&links, UNITS, &memory));
    for (uint64_t unit = 1; unit < 8; unit += 2)
        unit_links_push(&links, &top, unit);
    for (uint64_t unit = 1; unit < 8; unit += 2) {
        struct unit_link *link = unit_links_at(&links, unit);
        const struct unit_link right = *link;

        for (uint32_t number = 0; number < UNITS + 5; number++) {
            link->next = number;
            assert_int_equal(unit_links_agree(&links, top, unit),
                             number == right.next || number == unit + 1);
            *link = right;
            link->prev = number;
            assert_int_equal(unit_links_agree(&links, top, unit), number == right.prev);
            *link = right;
        }
        link->next = UINT32_MAX;
        assert_false(unit_links_agree(&links, top, unit));
        *link = (struct unit_link){0, 0};
        assert_false(unit_links_agree(&links, top, unit));
        *link = right;
    }
    assert_list(&links, top, "7531");
    unit_links_fini(&links);
}

static void more_units_than_links_can_name_are_refused_before_memory_is_asked_for(void **state)
{
    struct unit_links links;

    (void)state;
    (void)memory_fail_at(0, 0);
    assert_status(unit_links_init(&links, UINT32_MAX, NULL), FH_TOO_LARGE);
    assert_status(unit_links_init(&links, UINT32_MAX, &memory), FH_TOO_LARGE);
    assert_int_equal(memory_fail_at(0, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_the_same_beside_and_in_the_units),
        cmocka_unit_test(inside_nothing_is_allocated_and_only_links_are_written),
        cmocka_unit_test(a_changed_link_never_agrees),
        cmocka_unit_test(more_units_than_links_can_name_are_refused_before_memory_is_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
