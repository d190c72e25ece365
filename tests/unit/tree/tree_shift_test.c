/*
 * tree_shift_test.c - leaves stay full: neighbours help each other before a split.
 */
#include "support/grove.h"
#include "support/seed.h"
#include "support/unit.h"
#include "tree/tree_internal.h"
#include "tree/tree_sweep.h"

enum {
    SMALL = 512,
    LARGE = 8192,
    ITEMS = 4000,
    VALUE_BYTES = 100,
    VALUE_BYTES_MOST = 200,
    ROUNDS = 4
};

/* Of the bytes of its leaves, a hundredth each: those that are in use. */
static unsigned fill_of(struct grove *grove)
{
    uint64_t used = 0, leaves = 0;
    struct path path, before = {.depth = 0};
    bool found;

    for (unsigned i = 0; i < grove->item_count; i++) {
        const uint8_t *node;

        if (!grove->items[i].is_there) continue;
        assert_ok(tree_descend(&grove->tree, grove_key(grove, i), &path, &found));
        if (before.depth > 0 && path_leaf(&before)->page == path_leaf(&path)->page) continue;
        assert_ok(tree_node(&grove->tree, path_leaf(&path)->page, 0, &node));
        used += node_used_bytes(node, grove->tree.page_bytes);
        leaves++;
        before = path;
    }
    assert_true(leaves > 0);
    return leaves == 0 ? 0 : (unsigned)(used * 100 / (leaves * grove->tree.page_bytes));
}

static void shuffle(struct grove *grove, unsigned *order)
{
    for (unsigned i = 0; i < grove->item_count; i++)
        order[i] = i;
    for (unsigned i = grove->item_count; i > 1; i--) {
        unsigned j = (unsigned)random_below(&grove->random, i), kept = order[i - 1];

        order[i - 1] = order[j];
        order[j] = kept;
    }
}

/* Pages of a database, and keys that come at random. */
static void open_and_fill(struct grove *grove)
{
    static unsigned order[ITEMS];

    grove_open(grove, LARGE, GROVE_RANDOM, ITEMS, seed_get());
    shuffle(grove, order);
    for (unsigned n = 0; n < grove->item_count; n++)
        grove_put(grove, order[n], VALUE_BYTES);
}

/* Split in the middle alone they would be 69 hundredths full. */
static void keys_at_random_fill_their_leaves(void **state)
{
    struct grove grove;

    (void)state;
    open_and_fill(&grove);
    assert_in_range(fill_of(&grove), 73, 100);
    grove_commit(&grove);
    grove_close(&grove);
}

/* And values that change their sizes do not empty them. */
static void values_that_grow_and_shrink_leave_them_full(void **state)
{
    static unsigned order[ITEMS];
    struct grove grove;

    (void)state;
    grove_open(&grove, LARGE, GROVE_RANDOM, ITEMS, seed_get());
    for (int round = 0; round < ROUNDS; round++) {
        shuffle(&grove, order);
        for (unsigned n = 0; n < grove.item_count; n++)
            grove_put(&grove, order[n], (uint32_t)random_below(&grove.random, VALUE_BYTES_MOST));
    }
    assert_in_range(fill_of(&grove), 70, 100);
    grove_commit(&grove);
    grove_close(&grove);
}

/* Between any fences, with prefixes that become longer and shorter. */
static void neighbours_of_every_kind_share(void **state)
{
    (void)state;
    for (int kind = 0; kind < GROVE_KINDS; kind++) {
        struct grove grove;

        grove_open(&grove, SMALL, (enum grove_kind)kind, 500, seed_get() + (unsigned)kind);
        for (unsigned n = 0; n < 4000; n++) {
            unsigned i = (unsigned)random_below(&grove.random, grove.item_count);

            if (n % 5 == 4 && grove.items[i].is_there)
                grove_erase(&grove, i);
            else
                grove_put(&grove, i, grove_value_bytes(&grove));
            if (n % 400 == 399) grove_commit(&grove);
        }
        grove_compare(&grove);
        grove_close(&grove);
    }
}

/* Erases what `keeps` of a hundred do not keep, then packs; the leaves before it. */
static uint64_t thin_out_and_pack(struct grove *grove, unsigned keeps)
{
    struct tree_sweep sweep = {
        .limit = UINT32_MAX, .moves = UINT32_MAX, .visits = UINT32_MAX, .packs = true};
    uint64_t leaves;

    for (unsigned i = 0; i < grove->item_count; i++)
        if (grove->items[i].is_there && random_below(&grove->random, 100) >= keeps)
            grove_erase(grove, i);
    leaves = grove->tree.state.leaf_pages;
    assert_ok(tree_sweep(&grove->tree, &sweep));
    assert_true(sweep.is_done);
    return leaves;
}

/* Two that are six tenths full cannot be joined; items go from each to the one before it. */
static void thin_leaves_are_filled_up(void **state)
{
    struct grove grove;

    (void)state;
    open_and_fill(&grove);
    (void)thin_out_and_pack(&grove, 75);
    assert_in_range(fill_of(&grove), 85, 100);
    grove_compare(&grove);
    grove_commit(&grove);
    grove_close(&grove);
}

static void packing_changes_no_item(void **state)
{
    (void)state;
    for (int kind = 0; kind < GROVE_KINDS; kind++) {
        struct grove grove;
        uint64_t leaves;

        grove_open(&grove, SMALL, (enum grove_kind)kind, 500, seed_get() + (unsigned)kind);
        for (unsigned i = 0; i < grove.item_count; i++)
            grove_put(&grove, i, grove_value_bytes(&grove));
        leaves = thin_out_and_pack(&grove, 40 + (unsigned)random_below(&grove.random, 50));
        assert_true(grove.tree.state.leaf_pages <= leaves);
        grove_compare(&grove);
        grove_commit(&grove);
        grove_close(&grove);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_at_random_fill_their_leaves),
        cmocka_unit_test(values_that_grow_and_shrink_leave_them_full),
        cmocka_unit_test(neighbours_of_every_kind_share),
        cmocka_unit_test(thin_leaves_are_filled_up),
        cmocka_unit_test(packing_changes_no_item),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
