/*
 * tree_erase_test.c - ranges from anywhere to anywhere; clearing leaves no page behind.
 */
#include "base/memory.h"
#include "support/grove.h"
#include "support/seed.h"
#include "support/unit.h"

enum { SMALL = 512, ITEMS = 250 };

static void fill(struct grove *grove)
{
    for (unsigned i = 0; i < grove->item_count; i++)
        if (!grove->items[i].is_there) grove_put(grove, i, grove_value_bytes(grove));
}

static void erase_range(struct grove *grove, unsigned from, unsigned to)
{
    struct span upper = {0};
    uint64_t count = 0, expected = 0;

    for (unsigned i = from; i < to; i++)
        expected += grove->items[i].is_there;
    if (to < grove->item_count) upper = grove_key(grove, to);
    assert_ok(tree_erase_range(&grove->tree, grove_key(grove, from), upper, &count));
    assert_int_equal(count, expected);
    for (unsigned i = from; i < to; i++)
        grove_note_gone(grove, i);
}

static void a_range_goes_and_nothing_else(void **state)
{
    (void)state;
    for (int kind = 0; kind < GROVE_KINDS; kind++) {
        struct grove grove;

        grove_open(&grove, SMALL, (enum grove_kind)kind, ITEMS, seed_get());
        for (unsigned n = 0; n < 60; n++) {
            unsigned from, to;

            fill(&grove);
            from = (unsigned)random_below(&grove.random, grove.item_count);
            to = from + (unsigned)random_below(&grove.random, grove.item_count - from + 1);
            erase_range(&grove, from, to);
            grove_compare(&grove);
            if (n % 10 == 0) grove_commit(&grove);
        }
        grove_close(&grove);
    }
}

static void an_empty_range_is_nothing(void **state)
{
    struct grove grove;
    uint64_t count = 7;

    (void)state;
    grove_open(&grove, SMALL, GROVE_NUMBERED, ITEMS, seed_get());
    fill(&grove);
    assert_ok(tree_erase_range(&grove.tree, grove_key(&grove, 9), grove_key(&grove, 9), &count));
    assert_int_equal(count, 0);
    assert_ok(tree_erase_range(&grove.tree, grove_key(&grove, 9), grove_key(&grove, 3), &count));
    assert_int_equal(count, 0);
    assert_ok(tree_erase_range(&grove.tree, span_of("zz", 2), span_of(NULL, 0), &count));
    assert_int_equal(count, 0);
    grove_commit(&grove);
    grove_close(&grove);
}

static void a_cleared_tree_has_no_page(void **state)
{
    (void)state;
    for (int kind = 0; kind < GROVE_KINDS; kind++)
        for (unsigned thinned = 0; thinned < 3; thinned++) {
            struct grove grove;

            grove_open(&grove, SMALL, (enum grove_kind)kind, 3 * ITEMS, seed_get());
            fill(&grove);
            for (unsigned i = 0; thinned > 0 && i < grove.item_count; i++)
                if (i % 7 > thinned) grove_erase(&grove, i);
            assert_ok(tree_clear(&grove.tree));
            for (unsigned i = 0; i < grove.item_count; i++)
                grove_note_gone(&grove, i);
            assert_int_equal(grove.tree.state.root, 0);
            assert_int_equal(grove.tree.state.leaf_pages, 0);
            assert_int_equal(grove.tree.state.branch_pages, 0);
            assert_int_equal(grove.tree.state.run_pages, 0);
            grove_commit(&grove);
            grove_close(&grove);
        }
}

/* Joins that found no memory are made up for, or the failure is told: no node is forgotten. */
static void a_clear_without_memory_forgets_no_page(void **state)
{
    bool is_done = false;

    (void)state;
    for (uint64_t n = 1; !is_done; n++) {
        struct grove grove;
        fh_status status;

        grove_open(&grove, SMALL, GROVE_ZEROS, 150, seed_get());
        fill(&grove);
        grove_commit(&grove);
        (void)memory_fail_at(n, 1);
        status = tree_clear(&grove.tree);
        (void)memory_fail_at(0, 0);
        is_done = status == FH_OK;
        if (!is_done) {
            assert_status(status, FH_NO_MEMORY);
            assert_ok(tree_clear(&grove.tree));
        }
        assert_int_equal(grove.tree.state.root, 0);
        assert_int_equal(grove.tree.state.leaf_pages + grove.tree.state.branch_pages, 0);
        for (unsigned i = 0; i < grove.item_count; i++)
            grove_note_gone(&grove, i);
        grove_commit(&grove);
        grove_close(&grove);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_range_goes_and_nothing_else),
        cmocka_unit_test(an_empty_range_is_nothing),
        cmocka_unit_test(a_cleared_tree_has_no_page),
        cmocka_unit_test(a_clear_without_memory_forgets_no_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
