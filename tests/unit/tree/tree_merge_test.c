/*
 * tree_merge_test.c - erases in every order leave a whole tree, and in the end none.
 */
#include "support/grove.h"
#include "support/seed.h"
#include "support/unit.h"

enum { SMALL = 512, LARGE = 8192, ITEMS = 400, STEPS = 4000 };

static void put_all(struct grove *grove)
{
    for (unsigned i = 0; i < grove->item_count; i++)
        grove_put(grove, i, grove_value_bytes(grove));
}

static unsigned in_order(const struct grove *grove, int order, unsigned n)
{
    unsigned count = grove->item_count;

    if (order == 0) return n;
    if (order == 1) return count - 1 - n;
    return n % 2 == 0 ? n / 2 : count - 1 - n / 2; /* from both ends, so that the middle is last */
}

static void erasing_in_any_order_ends_with_an_empty_tree(void **state)
{
    (void)state;
    for (int kind = 0; kind < GROVE_KINDS; kind++)
        for (int order = 0; order < 3; order++) {
            struct grove grove;

            grove_open(&grove, SMALL, (enum grove_kind)kind, ITEMS, seed_get());
            put_all(&grove);
            grove_commit(&grove);
            for (unsigned n = 0; n < grove.item_count; n++) {
                grove_erase(&grove, in_order(&grove, order, n));
                if (n % 97 == 0) grove_commit(&grove);
            }
            assert_int_equal(grove.tree.state.root, 0);
            assert_int_equal(grove.tree.state.leaf_pages, 0);
            assert_int_equal(grove.tree.state.branch_pages, 0);
            assert_int_equal(grove.tree.state.run_pages, 0);
            assert_int_equal(grove.tree.state.payload_bytes, 0);
            grove_commit(&grove);
            grove_close(&grove);
        }
}

/* Half of the keys go, then the tree must not be twice what a new one would be. */
static void a_thinned_tree_gives_pages_back(void **state)
{
    struct grove grove;
    uint64_t leaves;

    (void)state;
    grove_open(&grove, SMALL, GROVE_NUMBERED, 2000, seed_get());
    for (unsigned i = 0; i < grove.item_count; i++)
        grove_put(&grove, i, 10);
    leaves = grove.tree.state.leaf_pages;
    for (unsigned i = 0; i < grove.item_count; i++)
        if (i % 16 != 0) grove_erase(&grove, i);
    grove_commit(&grove);
    assert_true(grove.tree.state.leaf_pages * 3 < leaves);
    grove_close(&grove);
}

/* Tides: mostly puts, then mostly erases, so that all levels come and go. */
static void any_history_equals_the_table(uint32_t page_bytes, enum grove_kind kind,
                                         unsigned item_count)
{
    struct grove grove;

    grove_open(&grove, page_bytes, kind, item_count, seed_get());
    for (unsigned step = 0; step < STEPS * seed_effort(); step++) {
        unsigned i = (unsigned)random_below(&grove.random, grove.item_count);
        unsigned tide = step / 800 % 2 == 0 ? 75 : 15;

        if (random_below(&grove.random, 100) < tide)
            grove_put(&grove, i, grove_value_bytes(&grove));
        else
            grove_erase(&grove, i);
        if (step % 400 == 399) grove_commit(&grove);
    }
    grove_close(&grove);
}

static void any_history_of_small_pages_equals_the_table(void **state)
{
    (void)state;
    for (int kind = 0; kind < GROVE_KINDS; kind++)
        any_history_equals_the_table(SMALL, (enum grove_kind)kind, ITEMS);
}

static void any_history_of_large_pages_equals_the_table(void **state)
{
    (void)state;
    for (int kind = 0; kind < GROVE_KINDS; kind++)
        any_history_equals_the_table(LARGE, (enum grove_kind)kind, 1500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(erasing_in_any_order_ends_with_an_empty_tree),
        cmocka_unit_test(a_thinned_tree_gives_pages_back),
        cmocka_unit_test(any_history_of_small_pages_equals_the_table),
        cmocka_unit_test(any_history_of_large_pages_equals_the_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
