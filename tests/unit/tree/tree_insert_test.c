/*
 * tree_insert_test.c - splits at every fill and in every order, separators, all or nothing.
 */
#include "base/memory.h"
#include "support/grove.h"
#include "support/seed.h"
#include "support/unit.h"
#include "tree/tree_internal.h"

enum { SMALL = 512, LARGE = 8192 };

static unsigned count_for(uint32_t page_bytes, enum grove_kind kind)
{
    if (page_bytes == SMALL) return 400;
    return kind == GROVE_PREFIXED || kind == GROVE_LENGTHS ? 1200 : 2500;
}

/* Where neighbours lie in two leaves, the fence between them is the shortest there can be. */
static void require_short_fences(struct grove *grove)
{
    struct path path, before = {.depth = 0};
    unsigned last = 0;
    bool found;

    for (unsigned i = 0; i < grove->item_count; i++) {
        const uint8_t *node;

        if (!grove->items[i].is_there) continue;
        assert_ok(tree_descend(&grove->tree, grove_key(grove, i), &path, &found));
        assert_true(found);
        if (before.depth > 0 && path_leaf(&before)->page != path_leaf(&path)->page) {
            assert_ok(tree_node(&grove->tree, path_leaf(&path)->page, 0, &node));
            assert_int_equal(node_lower(node).size,
                             span_common(grove_key(grove, last), grove_key(grove, i)) + 1);
        }
        before = path;
        last = i;
    }
}

static void put_all(struct grove *grove, int order)
{
    for (unsigned n = 0; n < grove->item_count; n++) {
        unsigned i = n;

        if (order == 1) i = grove->item_count - 1 - n;
        if (order == 2) i = (unsigned)random_below(&grove->random, grove->item_count);
        grove_put(grove, i, grove_value_bytes(grove));
    }
}

static void puts_of_keys_in_any_order_are_all_there(void **state)
{
    static const uint32_t sizes[] = {SMALL, LARGE};

    (void)state;
    for (int kind = 0; kind < GROVE_KINDS; kind++)
        for (int order = 0; order < 3; order++)
            for (int size = 0; size < 2; size++) {
                struct grove grove;

                grove_open(&grove, sizes[size], (enum grove_kind)kind,
                           count_for(sizes[size], (enum grove_kind)kind), seed_get());
                put_all(&grove, order);
                grove_compare(&grove);
                require_short_fences(&grove);
                grove_commit(&grove);
                grove_close(&grove);
            }
}

/* Most puts go where the last one went; erases and commits come between. */
static void puts_beside_the_last_one_are_all_there(void **state)
{
    (void)state;
    for (int kind = 0; kind < GROVE_KINDS; kind++) {
        struct grove grove;
        unsigned i = 0;

        grove_open(&grove, SMALL, (enum grove_kind)kind, count_for(SMALL, (enum grove_kind)kind),
                   seed_get());
        for (unsigned n = 0; n < 4000; n++) {
            unsigned choice = (unsigned)random_below(&grove.random, 20);

            i = choice == 0 ? (unsigned)random_below(&grove.random, grove.item_count)
                            : i + choice % 3;
            if (i >= grove.item_count) i = 0;
            if (choice == 7 && grove.items[i].is_there)
                grove_erase(&grove, i);
            else
                grove_put(&grove, i, grove_value_bytes(&grove));
            if (n % 500 == 499) grove_commit(&grove);
        }
        grove_compare(&grove);
        grove_close(&grove);
    }
}

/* One page after the other is filled with items of one size: no fill is special. */
static void items_of_every_size_split_well(void **state)
{
    (void)state;
    for (uint32_t value_bytes = 0; value_bytes <= SMALL / 4 + 1; value_bytes++) {
        struct grove grove;

        grove_open(&grove, SMALL, value_bytes % 2 == 0 ? GROVE_NUMBERED : GROVE_LENGTHS, 80,
                   seed_get() + value_bytes);
        for (unsigned n = 0; n < grove.item_count; n++)
            grove_put(&grove, (n * 37) % grove.item_count, value_bytes);
        grove_commit(&grove);
        grove_close(&grove);
    }
}

static void values_may_change_their_size_in_any_way(void **state)
{
    (void)state;
    for (int kind = 0; kind < GROVE_KINDS; kind++) {
        struct grove grove;

        grove_open(&grove, SMALL, (enum grove_kind)kind, 100, seed_get());
        for (unsigned n = 0; n < 3000; n++) {
            unsigned i = (unsigned)random_below(&grove.random, grove.item_count);

            grove_put(&grove, i, grove_value_bytes(&grove));
            if (n % 500 == 499) grove_commit(&grove);
        }
        grove_close(&grove);
    }
}

static void keys_in_order_fill_their_leaves(void **state)
{
    struct grove grove;

    (void)state;
    grove_open(&grove, SMALL, GROVE_NUMBERED, 2000, seed_get());
    for (unsigned i = 0; i < grove.item_count; i++)
        grove_put(&grove, i, 10);
    /* 8 + 10 bytes of item, 2 of sizes, 6 of arrays. */
    assert_true(grove.tree.state.leaf_pages * SMALL < 2000 * 26 * 5 / 4);
    grove_commit(&grove);
    grove_close(&grove);
}

static void a_key_that_is_there_is_refused_as_new(void **state)
{
    struct grove grove;

    (void)state;
    grove_open(&grove, SMALL, GROVE_NUMBERED, 50, seed_get());
    put_all(&grove, 0);
    for (unsigned i = 0; i < grove.item_count; i++)
        assert_status(
            tree_put(&grove.tree, grove_key(&grove, i), span_of("other", 5), TREE_PUT_NEW),
            FH_EXISTS);
    grove_compare(&grove);
    grove_close(&grove);
}

/* Wherever memory ends: the item is there or it is not, and all others are as they were. */
static void a_put_without_memory_changes_nothing(void **state)
{
    struct grove grove;
    fh_status status;

    (void)state;
    grove_open(&grove, SMALL, GROVE_HEADS, 120, seed_get());
    for (unsigned i = 0; i < grove.item_count; i++) {
        uint32_t value_bytes = grove_value_bytes(&grove);

        for (uint64_t n = 1;; n++) {
            struct grove_item before = grove.items[i];
            unsigned there_count = grove.there_count;

            grove_note(&grove, i, value_bytes);
            (void)memory_fail_at(n, 0);
            status =
                tree_put(&grove.tree, grove_key(&grove, i), grove_value(&grove, i), TREE_PUT_ANY);
            (void)memory_fail_at(0, 0);
            if (status == FH_OK) break;
            assert_status(status, FH_NO_MEMORY);
            grove.items[i] = before;
            grove.there_count = there_count;
            assert_status(tree_get(&grove.tree, grove_key(&grove, i), &(struct span){0}),
                          FH_NOT_FOUND);
        }
        if (i % 20 == 19) grove_commit(&grove);
    }
    grove_commit(&grove);
    grove_close(&grove);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(puts_of_keys_in_any_order_are_all_there),
        cmocka_unit_test(puts_beside_the_last_one_are_all_there),
        cmocka_unit_test(items_of_every_size_split_well),
        cmocka_unit_test(values_may_change_their_size_in_any_way),
        cmocka_unit_test(keys_in_order_fill_their_leaves),
        cmocka_unit_test(a_key_that_is_there_is_refused_as_new),
        cmocka_unit_test(a_put_without_memory_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
