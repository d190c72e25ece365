/*
 * kv_sums_test.c - totals by transaction: failed commits, forgotten ones, a beginning counted late.
 */
#include "kv/kv_sums.h"

#include "support/unit.h"

static int setup(void **state)
{
    static struct kv_totals totals;

    totals = (struct kv_totals){.count = 0};
    assert_ok(kv_totals_init(&totals));
    *state = &totals;
    return 0;
}

static int teardown(void **state)
{
    kv_totals_fini(*state);
    return 0;
}

static void commit(struct kv_totals *totals, uint64_t txn_id, uint64_t items)
{
    kv_totals_commit(totals, txn_id - 1, txn_id, &(struct kv_sums){.items = items});
}

static uint64_t items_at(struct kv_totals *totals, uint64_t txn_id)
{
    struct kv_sums change;

    assert_true(kv_totals_change(totals, txn_id, &change));
    return change.items;
}

static void a_state_s_change_is_that_of_all_commits_up_to_it(void **state)
{
    assert_int_equal(items_at(*state, 7), 0);
    commit(*state, 8, 5);
    commit(*state, 9, 2);
    commit(*state, 12, 3); /* 10 and 11 changed nothing that is counted */
    assert_int_equal(items_at(*state, 7), 0);
    assert_int_equal(items_at(*state, 8), 5);
    assert_int_equal(items_at(*state, 11), 7);
    assert_int_equal(items_at(*state, 12), 10);
}

static void a_commit_that_failed_leaves_its_number_to_the_next(void **state)
{
    commit(*state, 8, 5);
    commit(*state, 9, 100);
    assert_int_equal(items_at(*state, 8), 5);
    commit(*state, 9, 1);
    assert_int_equal(items_at(*state, 9), 6);
}

static void the_beginning_may_be_counted_at_any_time(void **state)
{
    struct kv_sums change, sums;

    commit(*state, 8, 5);
    assert_true(kv_totals_change(*state, 8, &change));
    assert_false(kv_totals_get(*state, &change, &sums));
    commit(*state, 9, (uint64_t)-3);
    kv_totals_set(*state, &change, &(struct kv_sums){.items = 25, .trees = 1});
    assert_true(kv_totals_change(*state, 9, &change));
    assert_true(kv_totals_get(*state, &change, &sums));
    assert_int_equal(sums.items, 22);
    assert_int_equal(sums.trees, 1);
}

static void what_is_too_long_ago_is_not_known(void **state)
{
    struct kv_sums change;

    for (uint64_t i = 1; i <= KV_SUMS_KEPT + 1; i++)
        commit(*state, i, 1);
    assert_false(kv_totals_change(*state, 1, &change));
    assert_int_equal(items_at(*state, 2), 2);
    commit(*state, KV_SUMS_KEPT + 1, 7); /* the last one failed, and its place was the oldest's */
    assert_false(kv_totals_change(*state, 1, &change));
    assert_int_equal(items_at(*state, KV_SUMS_KEPT + 1), KV_SUMS_KEPT + 7);
}

static void trees_of_the_system_are_not_counted(void **state)
{
    static const uint8_t system_name[] = {0, 'r'};
    struct tree_state before = {.items = 0}, after = {.items = 4, .payload_bytes = 40};
    struct kv_sums sums = {0};

    (void)state;
    kv_sums_record(&sums, span_of(system_name, 2), &before, &after);
    assert_int_equal(sums.items, 0);
    kv_sums_record(&sums, span_of("t", 1), &before, &after);
    assert_int_equal(sums.trees, 0);
    kv_sums_record(&sums, span_of(NULL, 0), &before, &after);
    assert_int_equal(sums.trees, 1);
    assert_int_equal(sums.items, 8);
    kv_sums_record(&sums, span_of(NULL, 0), &after, &before);
    assert_int_equal(sums.trees, 0);
    assert_int_equal(sums.payload_bytes, 40);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_state_s_change_is_that_of_all_commits_up_to_it),
        TEST(a_commit_that_failed_leaves_its_number_to_the_next),
        TEST(the_beginning_may_be_counted_at_any_time),
        TEST(what_is_too_long_ago_is_not_known),
        TEST(trees_of_the_system_are_not_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
