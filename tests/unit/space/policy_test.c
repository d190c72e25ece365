/*
 * policy_test.c - the table of policies, and what each of them owes beyond the model test:
 * every function of the port, a clean failure when memory ends, exhaustion to the last unit.
 */
#include "space/policy.h"

#include <string.h>

#include "base/memory.h"
#include "support/unit.h"

enum { UNITS_MAX = 10000, UNIT_WORDS = 6 };

static uint64_t units[UNITS_MAX][UNIT_WORDS];
static const struct policy_memory memory = {.units = units, .unit_bytes = sizeof(units[0])};

/* Beside the units, or in them. */
static fh_status open_policy(const struct policy_ops *ops, bool is_inside, uint64_t unit_count,
                             struct policy **ret_policy)
{
    return is_inside ? ops->open_in(unit_count, &memory, ret_policy)
                     : ops->open(unit_count, ret_policy);
}

/* `test` in every place that every policy has. */
static void everywhere(void (*test)(const struct policy_ops *ops, bool is_inside))
{
    for (unsigned n = 0; policy_at(n) != NULL; n++) {
        test(policy_at(n), false);
        if (policy_at(n)->open_in != NULL) test(policy_at(n), true);
    }
}

static void the_default_policy_is_bitmap_and_stands_first(void **state)
{
    (void)state;
    assert_string_equal(policy_at(0)->name, "bitmap");
}

static void a_policy_is_found_by_its_own_name_only(void **state)
{
    (void)state;
    for (unsigned n = 0; policy_at(n) != NULL; n++)
        assert_ptr_equal(policy_find(policy_at(n)->name), policy_at(n));
    assert_null(policy_find("no such policy"));
    assert_null(policy_find(""));
    assert_null(policy_find("bitma"));
    assert_null(policy_at(1000));
}

static void every_policy_has_the_whole_port(void **state)
{
    (void)state;
    for (unsigned n = 0; policy_at(n) != NULL; n++) {
        const struct policy_ops *ops = policy_at(n);

        assert_true(strlen(ops->name) > 0 && strlen(ops->idea) > 0);
        assert_null(strchr(ops->idea, '\n'));
        assert_true(ops->open && ops->close && ops->reserve && ops->grow && ops->shrink);
        assert_true(ops->take && ops->take_at && ops->give && ops->next_run);
        assert_true(ops->is_free && ops->is_taken && ops->stat && ops->audit);
        assert_true((ops->open_in != NULL) == (ops->node_bytes > 0));
        assert_true(ops->node_bytes <= sizeof(units[0]));
    }
}

/* With the n-th request for memory refused, for all n until there are fewer. */
static void open_without_memory(const struct policy_ops *ops, bool is_inside)
{
    uint64_t block_count = memory_block_count();
    struct policy *policy = NULL;
    fh_status status = FH_NO_MEMORY;

    for (uint64_t n = 1; status == FH_NO_MEMORY; n++) {
        assert_null(policy);
        assert_int_equal(memory_block_count(), block_count);
        (void)memory_fail_at(n, 0);
        status = open_policy(ops, is_inside, UNITS_MAX, &policy);
        (void)memory_fail_at(0, 0);
    }
    assert_ok(status);
    assert_ok(ops->audit(policy));
    ops->close(policy);
    assert_int_equal(memory_block_count(), block_count);
}

static void opening_fails_cleanly_wherever_memory_ends(void **state)
{
    (void)state;
    everywhere(open_without_memory);
}

static void closing_nothing_is_fine(void **state)
{
    (void)state;
    for (unsigned n = 0; policy_at(n) != NULL; n++)
        policy_at(n)->close(NULL);
}

/* L3, L5: all units one by one without memory, then no more; the answers are all units. Inside
 * the units nothing need be reserved. */
static void use_all(const struct policy_ops *ops, bool is_inside)
{
    enum { UNITS = 1500 };
    const struct policy_request one = {.unit_count = 1};
    struct policy *policy;
    struct run run;
    struct policy_stat stat;

    assert_ok(open_policy(ops, is_inside, UNITS, &policy));
    assert_status(ops->take(policy, &one, &run), FH_NO_SPACE);
    if (!is_inside) assert_ok(ops->reserve(policy, UNITS, 1));
    (void)memory_fail_at(1, 1);
    ops->give(policy, (struct run){0, UNITS});
    for (unsigned i = 0; i < UNITS; i++)
        assert_ok(ops->take(policy, &one, &run));
    assert_status(ops->take(policy, &one, &run), FH_NO_SPACE);
    assert_int_equal(memory_fail_at(0, 0), 0);

    ops->stat(policy, &stat);
    assert_int_equal(stat.free_units, 0);
    assert_true(ops->is_taken(policy, (struct run){0, UNITS}));
    assert_false(ops->next_run(policy, 0, &run));
    assert_ok(ops->audit(policy));
    ops->close(policy);
}

static void a_space_is_used_to_its_last_unit(void **state)
{
    (void)state;
    everywhere(use_all);
}

/* L3: a run as long as the longest one is found, one unit more is not. */
static void take_the_longest(const struct policy_ops *ops, bool is_inside)
{
    const struct policy_request whole = {.unit_count = 700};
    const struct policy_request more = {.unit_count = 701};
    struct policy *policy;
    struct run run;

    if (ops->is_strict) return;
    assert_ok(open_policy(ops, is_inside, 3000, &policy));
    ops->give(policy, (struct run){0, 200});
    ops->give(policy, (struct run){250, 350});
    ops->give(policy, (struct run){600, 350});
    ops->give(policy, (struct run){2000, 300});
    assert_status(ops->take(policy, &more, &run), FH_NO_SPACE);
    assert_ok(ops->take(policy, &whole, &run));
    assert_int_equal(run.first, 250);
    assert_int_equal(run.count, 700);
    assert_ok(ops->audit(policy));
    ops->close(policy);
}

static void the_longest_run_can_be_taken_whole(void **state)
{
    (void)state;
    everywhere(take_the_longest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_policy_is_bitmap_and_stands_first),
        cmocka_unit_test(a_policy_is_found_by_its_own_name_only),
        cmocka_unit_test(every_policy_has_the_whole_port),
        cmocka_unit_test(opening_fails_cleanly_wherever_memory_ends),
        cmocka_unit_test(closing_nothing_is_fine),
        cmocka_unit_test(a_space_is_used_to_its_last_unit),
        cmocka_unit_test(the_longest_run_can_be_taken_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
