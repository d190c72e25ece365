/*
 * tree_load_test.c - what is loaded in order is what puts would have made, and tighter.
 */
#include "tree/tree_load.h"

#include "base/memory.h"
#include "support/grove.h"
#include "support/seed.h"
#include "support/unit.h"
#include "tree/tree_internal.h"

enum { SMALL = 512, LARGE = 8192 };

/* Loads the first `item_count` items; the last node of a level has no upper fence. */
static void load(struct grove *grove, unsigned item_count, bool is_small)
{
    struct tree_load *loading = NULL;

    assert_ok(tree_load_open(&grove->tree, &loading));
    for (unsigned i = 0; i < item_count; i++) {
        grove_note(grove, i, is_small ? i % 5 : grove_value_bytes(grove));
        assert_ok(tree_load_add(loading, grove_key(grove, i), grove_value(grove, i)));
    }
    assert_ok(tree_load_finish(loading));
    tree_load_close(loading);
}

static void a_load_of_any_keys_holds_what_puts_would_hold(void **state)
{
    static const uint32_t sizes[] = {SMALL, LARGE};

    (void)state;
    for (int kind = 0; kind < GROVE_KINDS; kind++)
        for (int size = 0; size < 2; size++)
            for (int is_small = 0; is_small < 2; is_small++) {
                struct grove grove;

                grove_open(&grove, sizes[size], (enum grove_kind)kind,
                           sizes[size] == SMALL ? 600 : 3000, seed_get());
                load(&grove, grove.item_count, is_small != 0);
                grove_commit(&grove);
                grove_close(&grove);
            }
}

/* Whatever is left over for the last nodes, one item or a node full. */
static void a_load_of_every_count_ends_well(void **state)
{
    (void)state;
    for (unsigned count = 0; count < 160; count++) {
        struct grove grove;

        grove_open(&grove, SMALL, count % 2 == 0 ? GROVE_PREFIXED : GROVE_LENGTHS, 160, seed_get());
        load(&grove, count < grove.item_count ? count : grove.item_count, false);
        grove_commit(&grove);
        grove_close(&grove);
    }
}

static void a_loaded_tree_takes_changes(void **state)
{
    (void)state;
    for (int kind = 0; kind < GROVE_KINDS; kind++) {
        struct grove grove;

        grove_open(&grove, SMALL, (enum grove_kind)kind, 500, seed_get());
        load(&grove, grove.item_count, false);
        grove_commit(&grove);
        for (unsigned n = 0; n < 1500; n++) {
            unsigned i = (unsigned)random_below(&grove.random, grove.item_count);

            if (n % 3 == 0)
                grove_erase(&grove, i);
            else
                grove_put(&grove, i, grove_value_bytes(&grove));
        }
        grove_commit(&grove);
        grove_close(&grove);
    }
}

static void a_load_is_hardly_larger_than_puts_in_order(void **state)
{
    struct grove loaded, put;

    (void)state;
    for (int kind = 0; kind < GROVE_KINDS; kind++) {
        grove_open(&loaded, SMALL, (enum grove_kind)kind, 600, seed_get());
        grove_open(&put, SMALL, (enum grove_kind)kind, 600, seed_get());
        load(&loaded, loaded.item_count, true);
        for (unsigned i = 0; i < put.item_count; i++)
            grove_put(&put, i, i % 5);
        /* A leaf is measured with its next key whole, whose start alone becomes the fence. */
        assert_true(loaded.tree.state.leaf_pages * 9 <= put.tree.state.leaf_pages * 10);
        assert_int_equal(loaded.tree.state.payload_bytes, put.tree.state.payload_bytes);
        grove_close(&loaded);
        grove_close(&put);
    }
}

static void a_key_out_of_order_is_refused_and_the_load_goes_on(void **state)
{
    struct tree_load *loading = NULL;
    struct grove grove;

    (void)state;
    grove_open(&grove, SMALL, GROVE_NUMBERED, 100, seed_get());
    assert_ok(tree_load_open(&grove.tree, &loading));
    for (unsigned i = 0; i < grove.item_count; i++) {
        grove_note(&grove, i, 30);
        assert_ok(tree_load_add(loading, grove_key(&grove, i), grove_value(&grove, i)));
        assert_status(tree_load_add(loading, grove_key(&grove, i), span_of("again", 5)), FH_ORDER);
        if (i > 0)
            assert_status(tree_load_add(loading, grove_key(&grove, i - 1), span_of("x", 1)),
                          FH_ORDER);
    }
    assert_ok(tree_load_finish(loading));
    tree_load_close(loading);
    grove_commit(&grove);
    grove_close(&grove);
}

static void an_empty_load_leaves_an_empty_tree(void **state)
{
    struct grove grove;

    (void)state;
    grove_open(&grove, SMALL, GROVE_NUMBERED, 1, seed_get());
    load(&grove, 0, true);
    assert_int_equal(grove.tree.state.root, 0);
    grove_close(&grove);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_load_of_any_keys_holds_what_puts_would_hold),
        cmocka_unit_test(a_load_of_every_count_ends_well),
        cmocka_unit_test(a_loaded_tree_takes_changes),
        cmocka_unit_test(a_load_is_hardly_larger_than_puts_in_order),
        cmocka_unit_test(a_key_out_of_order_is_refused_and_the_load_goes_on),
        cmocka_unit_test(an_empty_load_leaves_an_empty_tree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
