/*
 * run_tree_test.c - joins and splits, balance in the worst order, memory, and what audit sees.
 *
 * Random histories stand in the model test, over every policy that keeps a tree of runs.
 */
#include "space/run_tree.h"

#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "support/seed.h"
#include "support/unit.h"

enum { RUNS = 100 * 1000, UNITS = 4 * RUNS };

static void init(struct run_tree *tree, uint64_t unit_count)
{
    assert_ok(run_tree_init(tree, unit_count, true, NULL));
}

static void give(struct run_tree *tree, uint64_t first, uint64_t count)
{
    assert_ok(run_tree_reserve(tree, 1));
    run_tree_give(tree, (struct run){first, count});
}

static uint64_t lowest(struct run_tree *tree, uint64_t count, uint64_t from)
{
    struct run run = {UINT64_MAX, 0};

    if (run_tree_lowest(tree, count, from, &run)) assert_true(run.count >= count);
    return run.first;
}

static uint64_t shortest(struct run_tree *tree, uint64_t count, uint64_t from)
{
    struct run run = {UINT64_MAX, 0};

    (void)run_tree_shortest(tree, (struct run){from, count}, &run);
    return run.first;
}

static void an_empty_tree_has_no_run(void **state)
{
    struct run_tree tree;
    struct run run;

    (void)state;
    init(&tree, 100);
    assert_int_equal(run_tree_largest(&tree), 0);
    assert_int_equal(lowest(&tree, 1, 0), UINT64_MAX);
    assert_int_equal(shortest(&tree, 0, 0), UINT64_MAX);
    assert_int_equal(run_tree_length_below(&tree, UINT64_MAX), 0);
    assert_false(run_tree_next_run(&tree, 0, &run));
    assert_true(run_tree_is_taken(&tree, (struct run){0, 100}));
    assert_false(run_tree_is_taken(&tree, (struct run){99, 2}));
    assert_ok(run_tree_audit(&tree));
    run_tree_fini(&tree);
}

static void runs_split_and_join_in_every_way(void **state)
{
    struct run_tree tree;

    (void)state;
    init(&tree, 100);
    give(&tree, 0, 100);
    run_tree_take_at(&tree, (struct run){40, 20}); /* the middle */
    assert_int_equal(tree.run_count, 2);
    run_tree_take_at(&tree, (struct run){0, 10});  /* the beginning */
    run_tree_take_at(&tree, (struct run){90, 10}); /* the end */
    assert_int_equal(tree.run_count, 2);
    run_tree_take_at(&tree, (struct run){60, 30}); /* all */
    assert_int_equal(tree.run_count, 1);
    assert_int_equal(run_tree_largest(&tree), 30);
    assert_ok(run_tree_audit(&tree));

    give(&tree, 60, 30); /* alone */
    give(&tree, 50, 10); /* with the one behind */
    assert_int_equal(tree.run_count, 2);
    give(&tree, 40, 10); /* with both */
    assert_int_equal(tree.run_count, 1);
    give(&tree, 90, 10); /* with the one before */
    give(&tree, 0, 10);
    assert_int_equal(tree.run_count, 1);
    assert_int_equal(tree.free_units, 100);
    assert_ok(run_tree_audit(&tree));
    run_tree_fini(&tree);
}

static void a_search_by_place_sees_parts_and_borders(void **state)
{
    struct run_tree tree;

    (void)state;
    init(&tree, 100);
    give(&tree, 10, 5);
    give(&tree, 30, 10);
    give(&tree, 60, 20);
    assert_int_equal(lowest(&tree, 5, 0), 10);
    assert_int_equal(lowest(&tree, 5, 10), 10);
    assert_int_equal(lowest(&tree, 5, 11), 30);
    assert_int_equal(lowest(&tree, 6, 34), 34);
    assert_int_equal(lowest(&tree, 6, 35), 60);
    assert_int_equal(lowest(&tree, 20, 61), UINT64_MAX);
    assert_int_equal(lowest(&tree, 1, 79), 79);
    assert_int_equal(lowest(&tree, 1, 80), UINT64_MAX);
    assert_int_equal(lowest(&tree, UINT64_MAX, 0), UINT64_MAX);
    assert_int_equal(lowest(&tree, 1, UINT64_MAX), UINT64_MAX);
    run_tree_fini(&tree);
}

static void a_search_by_length_sees_ties_in_order_of_place(void **state)
{
    struct run_tree tree;

    (void)state;
    init(&tree, 100);
    give(&tree, 70, 5);
    give(&tree, 50, 9);
    give(&tree, 10, 5);
    give(&tree, 30, 5);
    assert_int_equal(shortest(&tree, 1, 99), 10);
    assert_int_equal(shortest(&tree, 5, 11), 30);
    assert_int_equal(shortest(&tree, 5, 71), 50);
    assert_int_equal(shortest(&tree, 6, 0), 50);
    assert_int_equal(shortest(&tree, 10, 0), UINT64_MAX);
    assert_int_equal(run_tree_length_below(&tree, 10), 9);
    assert_int_equal(run_tree_length_below(&tree, 9), 5);
    assert_int_equal(run_tree_length_below(&tree, 5), 0);
    run_tree_fini(&tree);
}

static void a_fit_at_the_end_of_all_numbers_does_not_overflow(void **state)
{
    const struct run last = {UINT64_MAX - 10, 10};
    struct run run;

    (void)state;
    assert_true(run_tree_fit(last, 10, 1, &run));
    assert_true(run_tree_fit(last, 7, 8, &run));
    assert_int_equal(run.first, UINT64_MAX - 7);
    assert_false(run_tree_fit(last, 8, 8, &run));
    assert_false(run_tree_fit(last, 1, 4096, &run));
    assert_false(run_tree_fit(last, 11, 0, &run));
    assert_true(run_tree_fit((struct run){5, 4}, 1, 8, &run));
    assert_int_equal(run.first, 8);
    assert_false(run_tree_fit((struct run){5, 4}, 2, 8, &run));
}

/* Ascending, then from both ends to the middle: what makes a tree without balance a list. */
static void sorted_calls_leave_both_trees_balanced(void **state)
{
    struct run_tree tree;

    (void)state;
    init(&tree, UNITS);
    assert_ok(run_tree_reserve(&tree, RUNS));
    for (uint64_t i = 0; i < RUNS; i++)
        run_tree_give(&tree, (struct run){4 * i, 1 + i % 3});
    assert_ok(run_tree_audit(&tree));
    assert_true(tree.nodes[tree.roots[RUN_BY_PLACE]].height[RUN_BY_PLACE] <= 24);
    assert_true(tree.nodes[tree.roots[RUN_BY_LENGTH]].height[RUN_BY_LENGTH] <= 24);
    for (uint64_t i = 0; i < RUNS / 2 - 10; i++) {
        uint64_t last = RUNS - 1 - i;

        run_tree_take_at(&tree, (struct run){4 * i, 1 + i % 3});
        run_tree_take_at(&tree, (struct run){4 * last, 1 + last % 3});
    }
    assert_int_equal(tree.run_count, 20);
    assert_ok(run_tree_audit(&tree));
    assert_true(tree.nodes[tree.roots[RUN_BY_PLACE]].height[RUN_BY_PLACE] <= 6);
    run_tree_fini(&tree);
}

/* Runs come and go in random order; all that is reserved once is enough for ever. */
static void a_reserve_lasts_however_nodes_change_hands(void **state)
{
    static bool is_there[1000];
    struct run_tree tree;
    struct random random;

    (void)state;
    init(&tree, 4000);
    random_init(&random, seed_get());
    assert_ok(run_tree_reserve(&tree, 1000));
    (void)memory_fail_at(1, 1);
    for (unsigned i = 0; i < 100000; i++) {
        uint64_t n = random_below(&random, 1000);

        if (is_there[n])
            run_tree_take_at(&tree, (struct run){4 * n, 1 + n % 3});
        else
            run_tree_give(&tree, (struct run){4 * n, 1 + n % 3});
        is_there[n] = !is_there[n];
        if (i % 1000 == 0) assert_ok(run_tree_audit(&tree));
    }
    assert_int_equal(memory_fail_at(0, 0), 0);
    run_tree_fini(&tree);
}

static void a_reserve_that_fails_changes_nothing(void **state)
{
    struct run_tree tree;

    (void)state;
    init(&tree, 1000);
    give(&tree, 10, 5);
    (void)memory_fail_at(1, 0);
    assert_status(run_tree_reserve(&tree, 1000), FH_NO_MEMORY);
    (void)memory_fail_at(0, 0);
    assert_status(run_tree_reserve(&tree, UINT32_MAX), FH_TOO_LARGE);
    assert_status(run_tree_reserve(&tree, UINT64_MAX), FH_TOO_LARGE);
    assert_ok(run_tree_audit(&tree));
    assert_ok(run_tree_reserve(&tree, 1000));
    assert_int_equal(lowest(&tree, 5, 0), 10);
    run_tree_fini(&tree);
}

/* Every kind of damage, made and mended again. */
static void audit_sees_every_kind_of_damage(void **state)
{
    struct run_tree tree;
    struct run_node *root;

    (void)state;
    init(&tree, 1000);
    for (uint64_t i = 0; i < 20; i++)
        give(&tree, 10 * i, 1 + i % 4);
    run_tree_take_at(&tree, (struct run){30, 4});
    assert_ok(run_tree_audit(&tree));
    root = &tree.nodes[tree.roots[RUN_BY_PLACE]];

    root->longest++;
    assert_status(run_tree_audit(&tree), FH_CORRUPT);
    root->longest--;
    for (int order = 0; order < RUN_ORDERS; order++) {
        uint32_t low = root->child[order][0];

        root->height[order]++;
        assert_status(run_tree_audit(&tree), FH_CORRUPT);
        root->height[order]--;
        if (low == 0) continue;
        root->child[order][0] = 0;
        assert_status(run_tree_audit(&tree), FH_CORRUPT);
        root->child[order][0] = low;
    }
    root->run.count += 10;
    assert_status(run_tree_audit(&tree), FH_CORRUPT);
    root->run.count -= 10;
    root->run.first += 500;
    assert_status(run_tree_audit(&tree), FH_CORRUPT);
    root->run.first -= 500;
    tree.unit_count = 100;
    assert_status(run_tree_audit(&tree), FH_CORRUPT);
    tree.unit_count = 1000;
    tree.free_units++;
    assert_status(run_tree_audit(&tree), FH_CORRUPT);
    tree.free_units--;
    tree.run_count++;
    assert_status(run_tree_audit(&tree), FH_CORRUPT);
    tree.run_count--;
    tree.fresh++;
    assert_status(run_tree_audit(&tree), FH_CORRUPT);
    tree.fresh--;
    assert_ok(run_tree_audit(&tree));
    run_tree_fini(&tree);
}

/* ---- Inside the units ------------------------------------------------------------------- */

enum { INSIDE_UNITS = 1000 };

static struct run_node units[INSIDE_UNITS];

static void init_inside(struct run_tree *tree)
{
    const struct policy_memory memory = {.units = units, .unit_bytes = sizeof(units[0])};

    memset(units, 0xa5, sizeof(units));
    assert_ok(run_tree_init(tree, INSIDE_UNITS, true, &memory));
}

static void a_node_stands_in_the_first_unit_of_its_run(void **state)
{
    struct run_tree tree;

    (void)state;
    init_inside(&tree);
    (void)memory_fail_at(1, 1);
    give(&tree, 10, 20);
    assert_int_equal(units[10].run.count, 20);
    give(&tree, 5, 5); /* it moves down */
    assert_int_equal(units[5].run.count, 25);
    run_tree_take_at(&tree, (struct run){5, 1}); /* and up */
    assert_int_equal(units[6].run.count, 24);
    run_tree_take_at(&tree, (struct run){12, 3}); /* and is two */
    assert_int_equal(units[6].run.count, 6);
    assert_int_equal(units[15].run.count, 15);
    assert_ok(run_tree_grow(&tree, INSIDE_UNITS));
    assert_int_equal(memory_fail_at(0, 0), 0);
    assert_ok(run_tree_audit(&tree));
    assert_status(run_tree_grow(&tree, UINT32_MAX), FH_TOO_LARGE);
    run_tree_fini(&tree);
}

/* Every bit of every node: the search ends there, and the tree says why. */
static void a_broken_node_is_never_followed(void **state)
{
    struct run_tree tree;

    (void)state;
    for (uint64_t first = 0; first < 100; first += 10)
        for (unsigned bit = 0; bit < sizeof(units[0]) * 8; bit++) {
            struct run run;
            uint8_t *bytes;

            if (bit / 8 >= offsetof(struct run_node, height) + RUN_ORDERS &&
                bit / 8 < offsetof(struct run_node, seal))
                continue; /* nobody's */
            init_inside(&tree);
            for (uint64_t i = 0; i < 10; i++)
                give(&tree, i * 10, 1 + i % 3);
            bytes = (uint8_t *)&units[first];
            bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
            assert_status(run_tree_audit(&tree), FH_CORRUPT);
            assert_status(run_tree_check(&tree), FH_CORRUPT);
            (void)run_tree_lowest(&tree, 3, 0, &run);
            (void)run_tree_shortest(&tree, (struct run){0, 1}, &run);
            run_tree_give(&tree, (struct run){500, 1});
            assert_int_equal(units[500].run.count, UINT64_C(0xa5a5a5a5a5a5a5a5));
            run_tree_fini(&tree);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_tree_has_no_run),
        cmocka_unit_test(runs_split_and_join_in_every_way),
        cmocka_unit_test(a_search_by_place_sees_parts_and_borders),
        cmocka_unit_test(a_search_by_length_sees_ties_in_order_of_place),
        cmocka_unit_test(a_fit_at_the_end_of_all_numbers_does_not_overflow),
        cmocka_unit_test(sorted_calls_leave_both_trees_balanced),
        cmocka_unit_test(a_reserve_lasts_however_nodes_change_hands),
        cmocka_unit_test(a_reserve_that_fails_changes_nothing),
        cmocka_unit_test(audit_sees_every_kind_of_damage),
        cmocka_unit_test(a_node_stands_in_the_first_unit_of_its_run),
        cmocka_unit_test(a_broken_node_is_never_followed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
