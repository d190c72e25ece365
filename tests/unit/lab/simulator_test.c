/*
 * simulator_test.c - policies, orders, splitting, imperfect coalescing, buddies.
 *
 * Whole histories are compared with recorded ones by tests/cli/lab.t; here is a law a test.
 */
#include "lab/simulator.h"

#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "support/fault.h"
#include "support/seed.h"
#include "support/unit.h"

enum { HEAP_BYTES = 1024, BASE = 1000, RUNS_MAX = HEAP_BYTES };

static const enum simulator_policy policies[] = {SIMULATOR_BEST, SIMULATOR_WORST, SIMULATOR_FIRST,
                                                 SIMULATOR_NEXT, SIMULATOR_BUDDY};
static const enum simulator_order orders[] = {SIMULATOR_BY_ADDRESS, SIMULATOR_SMALLEST_FIRST,
                                              SIMULATOR_LARGEST_FIRST, SIMULATOR_AT_FRONT,
                                              SIMULATOR_AT_BACK};

enum { POLICY_COUNT = sizeof(policies) / sizeof(policies[0]) };
enum { ORDER_COUNT = sizeof(orders) / sizeof(orders[0]) };

static struct simulator *open_heap(enum simulator_policy policy, enum simulator_order order,
                                   bool coalesces)
{
    const struct simulator_setup setup = {.policy = policy,
                                          .order = order,
                                          .coalesces = coalesces,
                                          .heap_bytes = HEAP_BYTES,
                                          .base = BASE};
    struct simulator *simulator;

    assert_ok(simulator_open(&setup, &simulator));
    return simulator;
}

/* What is taken begins at `start`, after `searched` runs. */
static void take(struct simulator *simulator, uint64_t bytes, uint64_t start, uint64_t searched)
{
    uint64_t found_start = 0;
    uint64_t found_searched = 0;

    assert_ok(simulator_take(simulator, bytes, &found_start, &found_searched));
    assert_int_equal(found_start, start);
    assert_int_equal(found_searched, searched);
}

static void take_none(struct simulator *simulator, uint64_t bytes, uint64_t searched)
{
    uint64_t start = 77;
    uint64_t found_searched = 99;

    assert_status(simulator_take(simulator, bytes, &start, &found_searched), FH_NO_SPACE);
    assert_int_equal(start, 77);
    assert_int_equal(found_searched, searched);
}

static void assert_runs(const struct simulator *simulator, const fh_lab_run *expected, size_t count)
{
    fh_lab_run runs[RUNS_MAX];

    assert_int_equal(simulator_walk(simulator, runs, RUNS_MAX), count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(runs[i].address, expected[i].address);
        assert_int_equal(runs[i].bytes, expected[i].bytes);
    }
}

#define ASSERT_RUNS(simulator, ...)                                                    \
    do {                                                                               \
        const fh_lab_run expected_[] = {__VA_ARGS__};                                  \
        assert_runs((simulator), expected_, sizeof(expected_) / sizeof(expected_[0])); \
    } while (0)

/* Free runs of 30, 10, 20 bytes and the rest, in the order of addresses. */
static struct simulator *open_holes(enum simulator_policy policy)
{
    struct simulator *simulator = open_heap(policy, SIMULATOR_BY_ADDRESS, false);

    take(simulator, 30, 1000, 1);
    take(simulator, 5, 1030, 1);
    take(simulator, 10, 1035, 1);
    take(simulator, 5, 1045, 1);
    take(simulator, 20, 1050, 1);
    take(simulator, 5, 1070, 1);
    assert_ok(simulator_give(simulator, 1000));
    assert_ok(simulator_give(simulator, 1035));
    assert_ok(simulator_give(simulator, 1050));
    return simulator;
}

static void each_policy_chooses_its_run(void **state)
{
    const uint64_t starts[] = {1050, 1075, 1000, 1075};
    const uint64_t searched[] = {4, 4, 1, 1};

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct simulator *simulator = open_holes(policies[i]);

        take(simulator, 15, starts[i], searched[i]);
        simulator_close(simulator);
    }
}

/* Also an exact fit does not end a search for the best. */
static void of_equal_runs_the_first_in_the_list_wins(void **state)
{
    struct simulator *simulator = open_heap(SIMULATOR_BEST, SIMULATOR_AT_FRONT, false);

    (void)state;
    take(simulator, 10, 1000, 1);
    take(simulator, 10, 1010, 1);
    assert_ok(simulator_give(simulator, 1000));
    assert_ok(simulator_give(simulator, 1010));

    take(simulator, 10, 1010, 3);
    simulator_close(simulator);
}

static void a_run_that_is_split_keeps_its_place(void **state)
{
    struct simulator *simulator = open_heap(SIMULATOR_FIRST, SIMULATOR_LARGEST_FIRST, false);

    (void)state;
    take(simulator, 500, 1000, 1);
    assert_ok(simulator_give(simulator, 1000));
    take(simulator, 100, 1500, 1);
    ASSERT_RUNS(simulator, {1600, 424}, {1000, 500});

    /* The next run that is given sorts the whole list. */
    assert_ok(simulator_give(simulator, 1500));
    ASSERT_RUNS(simulator, {1000, 500}, {1600, 424}, {1500, 100});
    simulator_close(simulator);
}

static void an_exact_fit_leaves_no_run(void **state)
{
    struct simulator *simulator = open_heap(SIMULATOR_BEST, SIMULATOR_BY_ADDRESS, false);

    (void)state;
    take(simulator, HEAP_BYTES, BASE, 1);
    assert_int_equal(simulator_walk(simulator, NULL, 0), 0);
    take_none(simulator, 1, 0);
    simulator_close(simulator);
}

/* Of equal sizes the one given last is last; sizes go up, sizes go down. */
static void orders_place_what_is_given(void **state)
{
    const fh_lab_run expected[ORDER_COUNT][3] = {
        {{1000, 10}, {1010, 20}, {1030, 994}}, {{1000, 10}, {1010, 20}, {1030, 994}},
        {{1030, 994}, {1010, 20}, {1000, 10}}, {{1000, 10}, {1010, 20}, {1030, 994}},
        {{1030, 994}, {1010, 20}, {1000, 10}},
    };

    (void)state;
    for (unsigned i = 0; i < ORDER_COUNT; i++) {
        struct simulator *simulator = open_heap(SIMULATOR_FIRST, orders[i], false);

        take(simulator, 10, 1000, 1);
        take(simulator, 20, 1010, 1);
        assert_ok(simulator_give(simulator, 1010));
        assert_ok(simulator_give(simulator, 1000));
        assert_runs(simulator, expected[i], 3);
        simulator_close(simulator);
    }
}

static void only_neighbours_in_the_list_coalesce(void **state)
{
    struct simulator *simulator = open_heap(SIMULATOR_FIRST, SIMULATOR_AT_BACK, true);

    (void)state;
    take(simulator, 10, 1000, 1);
    take(simulator, 10, 1010, 1);
    take(simulator, 10, 1020, 1);
    assert_ok(simulator_give(simulator, 1010));
    ASSERT_RUNS(simulator, {1030, 994}, {1010, 10});
    assert_ok(simulator_give(simulator, 1000));
    ASSERT_RUNS(simulator, {1030, 994}, {1010, 10}, {1000, 10});

    /* 1010 and 1020 are neighbours, but 1000 stands between them. */
    assert_ok(simulator_give(simulator, 1020));
    ASSERT_RUNS(simulator, {1030, 994}, {1010, 10}, {1000, 10}, {1020, 10});
    simulator_close(simulator);
}

static void the_lower_one_must_stand_first_to_coalesce(void **state)
{
    struct simulator *simulator = open_heap(SIMULATOR_FIRST, SIMULATOR_AT_FRONT, true);

    (void)state;
    take(simulator, 10, 1000, 1);
    take(simulator, 10, 1010, 1);
    assert_ok(simulator_give(simulator, 1000));
    ASSERT_RUNS(simulator, {1000, 10}, {1010 + 10, 1004});
    assert_ok(simulator_give(simulator, 1010));
    ASSERT_RUNS(simulator, {1010, 10}, {1000, 10}, {1020, 1004});
    simulator_close(simulator);
}

static void next_fit_goes_on_behind_its_last_block(void **state)
{
    struct simulator *simulator = open_holes(SIMULATOR_NEXT);

    (void)state;
    take(simulator, 4, 1075, 1);
    assert_ok(simulator_give(simulator, 1070));
    take(simulator, HEAP_BYTES - 79, 1079, 1);

    /* The last run was used up: the head. Then the remainder, and round the end. */
    take(simulator, 25, 1000, 1);
    take(simulator, 20, 1050, 3);
    take_none(simulator, 11, 3);
    take(simulator, 5, 1070, 1);
    take(simulator, 5, 1025, 1);
    simulator_close(simulator);
}

static void a_rover_that_is_joined_moves_to_what_took_it_in(void **state)
{
    struct simulator *simulator = open_heap(SIMULATOR_NEXT, SIMULATOR_BY_ADDRESS, true);

    (void)state;
    take(simulator, 10, 1000, 1);
    take(simulator, 10, 1010, 1);
    take(simulator, 10, 1020, 1);
    assert_ok(simulator_give(simulator, 1000));
    assert_ok(simulator_give(simulator, 1020));
    take(simulator, 5, 1020, 1);
    simulator_close(simulator);
}

static void sizes_are_rounded_and_then_get_a_header(void **state)
{
    const struct simulator_setup setup = {.policy = SIMULATOR_FIRST,
                                          .heap_bytes = 100,
                                          .base = 1,
                                          .header_bytes = 3,
                                          .align_bytes = 8};
    struct simulator *simulator;
    struct simulator_stat stat;

    (void)state;
    assert_ok(simulator_open(&setup, &simulator));
    take(simulator, 9, 1, 1);
    take(simulator, 1, 20, 1);
    take_none(simulator, 71, 1);
    take_none(simulator, UINT64_MAX, 1);

    stat = simulator_stat(simulator);
    assert_int_equal(stat.live_bytes, 30);
    assert_int_equal(stat.asked_bytes, 10);
    assert_int_equal(stat.live_count, 2);
    assert_int_equal(stat.free_bytes, 70);
    assert_int_equal(stat.largest_free_bytes, 70);
    simulator_close(simulator);
}

static void what_is_not_live_cannot_be_given(void **state)
{
    (void)state;
    for (unsigned i = 0; i < POLICY_COUNT; i++) {
        struct simulator *simulator = open_heap(policies[i], SIMULATOR_BY_ADDRESS, true);
        uint64_t start;
        uint64_t searched;

        assert_status(simulator_give(simulator, BASE), FH_NOT_FOUND);
        assert_ok(simulator_take(simulator, 16, &start, &searched));
        assert_status(simulator_give(simulator, start + 1), FH_NOT_FOUND);
        assert_ok(simulator_give(simulator, start));
        assert_status(simulator_give(simulator, start), FH_NOT_FOUND);
        ASSERT_RUNS(simulator, {BASE, HEAP_BYTES});
        simulator_close(simulator);
    }
}

static void buddies_split_down_and_join_up(void **state)
{
    const struct simulator_setup setup = {
        .policy = SIMULATOR_BUDDY, .heap_bytes = 64, .base = 1000, .min_block_bytes = 8};
    struct simulator *simulator;

    (void)state;
    assert_ok(simulator_open(&setup, &simulator));
    take(simulator, 1, 1000, 4);
    ASSERT_RUNS(simulator, {1008, 8}, {1016, 16}, {1032, 32});
    take(simulator, 17, 1032, 1);
    take_none(simulator, 17, 2);
    take_none(simulator, 65, 0);

    /* 1016 is 16 bytes that lie beside 1008, but it is not its buddy. */
    take(simulator, 8, 1008, 1);
    assert_ok(simulator_give(simulator, 1008));
    ASSERT_RUNS(simulator, {1008, 8}, {1016, 16});
    assert_ok(simulator_give(simulator, 1032));
    assert_ok(simulator_give(simulator, 1000));
    ASSERT_RUNS(simulator, {1000, 64});
    simulator_close(simulator);
}

/* From nothing; then a run at the end becomes longer where it stands, or a new one enters. */
static void a_heap_grows_at_its_end(void **state)
{
    for (unsigned i = 0; i < ORDER_COUNT; i++) {
        const struct simulator_setup setup = {
            .policy = SIMULATOR_FIRST, .order = orders[i], .base = BASE};
        struct simulator *simulator;

        (void)state;
        assert_ok(simulator_open(&setup, &simulator));
        take_none(simulator, 1, 0);
        assert_ok(simulator_grow(simulator, 100));
        assert_int_equal(simulator_top_bytes(simulator), 100);
        take(simulator, 40, 1000, 1);
        take(simulator, 60, 1040, 1);
        assert_int_equal(simulator_top_bytes(simulator), 0);
        assert_ok(simulator_give(simulator, 1000));
        take_none(simulator, 70, 1);
        assert_ok(simulator_grow(simulator, 70));
        assert_ok(simulator_grow(simulator, 30));
        assert_int_equal(simulator_top_bytes(simulator), 100);
        assert_int_equal(simulator_walk(simulator, NULL, 0), 2);
        assert_status(simulator_grow(simulator, SIMULATOR_BYTES_MAX), FH_TOO_LARGE);
        take(simulator, 100, 1100,
             orders[i] == SIMULATOR_LARGEST_FIRST || orders[i] == SIMULATOR_AT_FRONT ? 1 : 2);
        simulator_close(simulator);
    }
}

static void setups_that_cannot_be_are_refused(void **state)
{
    const struct simulator_setup wrong[] = {
        {.policy = SIMULATOR_BUDDY},
        {.policy = SIMULATOR_BEST, .heap_bytes = SIMULATOR_BYTES_MAX + 1},
        {.policy = SIMULATOR_BEST, .heap_bytes = 1, .base = UINT64_MAX},
        {.policy = SIMULATOR_BEST, .heap_bytes = 1, .header_bytes = UINT64_MAX},
        {.policy = SIMULATOR_BEST, .heap_bytes = 1, .align_bytes = UINT64_MAX},
        {.policy = SIMULATOR_BEST, .heap_bytes = 64, .min_block_bytes = 8},
        {.policy = SIMULATOR_BUDDY, .heap_bytes = 100},
        {.policy = SIMULATOR_BUDDY, .heap_bytes = 64, .min_block_bytes = 12},
        {.policy = SIMULATOR_BUDDY, .heap_bytes = 64, .min_block_bytes = 128},
        {.policy = SIMULATOR_BUDDY, .heap_bytes = 64, .order = SIMULATOR_AT_FRONT},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct simulator *simulator = NULL;

        assert_status(simulator_open(&wrong[i], &simulator), FH_INVALID);
        assert_null(simulator);
    }
}

static void the_largest_setup_does_not_overflow(void **state)
{
    (void)state;
    for (unsigned i = 0; i < POLICY_COUNT; i++) {
        const uint64_t most = SIMULATOR_BYTES_MAX;
        const struct simulator_setup setup = {.policy = policies[i],
                                              .heap_bytes = most,
                                              .base = most,
                                              .header_bytes = most,
                                              .align_bytes = most};
        struct simulator *simulator;
        uint64_t start;
        uint64_t searched;

        assert_ok(simulator_open(&setup, &simulator));
        assert_status(simulator_take(simulator, most, &start, &searched), FH_NO_SPACE);
        assert_status(simulator_take(simulator, 1, &start, &searched), FH_NO_SPACE);
        ASSERT_RUNS(simulator, {most, most});
        simulator_close(simulator);
    }
}

/* A live block: what lies there is nobody else's. */
struct holding {
    uint64_t start;
    uint64_t bytes;
};

/* Takes and gives at random; no byte is in two blocks; in the end all are given. */
static void run_history(struct simulator *simulator, struct random *random)
{
    static struct holding holdings[HEAP_BYTES];
    uint8_t is_taken[HEAP_BYTES] = {0};
    size_t holding_count = 0;

    for (unsigned step = 0; step < 400 || holding_count > 0; step++) {
        struct holding holding = {.bytes = 1 + random_below(random, 40)};
        uint64_t searched;

        if (step < 400 && random_below(random, 5) < 3) {
            if (simulator_take(simulator, holding.bytes, &holding.start, &searched) != FH_OK)
                continue;
            for (uint64_t at = holding.start - BASE; at < holding.start - BASE + holding.bytes;
                 at++)
                assert_int_equal(is_taken[at]++, 0);
            holdings[holding_count++] = holding;
        } else if (holding_count > 0) {
            size_t chosen = (size_t)random_below(random, holding_count);

            holding = holdings[chosen];
            holdings[chosen] = holdings[--holding_count];
            memset(is_taken + (holding.start - BASE), 0, (size_t)holding.bytes);
            assert_ok(simulator_give(simulator, holding.start));
        }
        assert_ok(simulator_audit(simulator));
    }
}

/* In the order of addresses, and with buddies, coalescing is perfect. */
static void all_given_in_any_order_is_one_run(void **state)
{
    struct random random;

    (void)state;
    random_init(&random, seed_get());
    for (unsigned policy = 0; policy < POLICY_COUNT; policy++) {
        for (unsigned order = 0; order < ORDER_COUNT; order++) {
            struct simulator *simulator;

            if (policies[policy] == SIMULATOR_BUDDY && orders[order] != SIMULATOR_BY_ADDRESS)
                continue;
            simulator = open_heap(policies[policy], orders[order], true);
            run_history(simulator, &random);
            assert_int_equal(simulator_stat(simulator).free_bytes, HEAP_BYTES);
            if (orders[order] == SIMULATOR_BY_ADDRESS) ASSERT_RUNS(simulator, {BASE, HEAP_BYTES});
            simulator_close(simulator);
        }
    }
}

static void without_memory_nothing_changes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < POLICY_COUNT; i++) {
        for (struct fault fault = {0}; fault_next(&fault);) {
            const struct simulator_setup setup = {.policy = policies[i], .heap_bytes = 1024};
            struct simulator *simulator = NULL;
            uint64_t start = 77;
            uint64_t searched = 99;
            fh_status status;

            fault_memory_begin(&fault, FAULT_ONCE);
            status = simulator_open(&setup, &simulator);
            if (status == FH_OK) status = simulator_take(simulator, 8, &start, &searched);
            fault_memory_end(&fault);

            assert_status(status, fault.was_met ? FH_NO_MEMORY : FH_OK);
            if (fault.was_met) assert_int_equal(start, 77);
            if (fault.was_met && simulator != NULL) ASSERT_RUNS(simulator, {0, 1024});
            simulator_close(simulator);
            assert_int_equal(memory_block_count(), 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_policy_chooses_its_run),
        cmocka_unit_test(of_equal_runs_the_first_in_the_list_wins),
        cmocka_unit_test(a_run_that_is_split_keeps_its_place),
        cmocka_unit_test(an_exact_fit_leaves_no_run),
        cmocka_unit_test(orders_place_what_is_given),
        cmocka_unit_test(only_neighbours_in_the_list_coalesce),
        cmocka_unit_test(the_lower_one_must_stand_first_to_coalesce),
        cmocka_unit_test(next_fit_goes_on_behind_its_last_block),
        cmocka_unit_test(a_rover_that_is_joined_moves_to_what_took_it_in),
        cmocka_unit_test(sizes_are_rounded_and_then_get_a_header),
        cmocka_unit_test(what_is_not_live_cannot_be_given),
        cmocka_unit_test(buddies_split_down_and_join_up),
        cmocka_unit_test(a_heap_grows_at_its_end),
        cmocka_unit_test(setups_that_cannot_be_are_refused),
        cmocka_unit_test(the_largest_setup_does_not_overflow),
        cmocka_unit_test(all_given_in_any_order_is_one_run),
        cmocka_unit_test(without_memory_nothing_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
