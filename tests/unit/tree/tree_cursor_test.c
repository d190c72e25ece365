/*
 * tree_cursor_test.c - a cursor stands on a key, whatever happens to the tree around it.
 */
#include "tree/tree_cursor.h"

#include "support/grove.h"
#include "support/seed.h"
#include "support/unit.h"

enum { SMALL = 512, ITEMS = 200, STEPS = 2500 };

static void put_some(struct grove *grove)
{
    for (unsigned i = 0; i < grove->item_count; i += 1 + (unsigned)random_below(&grove->random, 3))
        grove_put(grove, i, grove_value_bytes(grove));
}

/* The first item that is there at or behind `i`; item_count when there is none. */
static unsigned next_there(const struct grove *grove, unsigned i)
{
    while (i < grove->item_count && !grove->items[i].is_there)
        i++;
    return i;
}

/* One behind the last item that is there before `i`; 0 when there is none. */
static unsigned behind_previous(const struct grove *grove, unsigned i)
{
    while (i > 0 && !grove->items[i - 1].is_there)
        i--;
    return i;
}

static void require(struct grove *grove, fh_status status, unsigned i, bool is_there,
                    const struct cursor_item *item)
{
    assert_status(status, is_there ? FH_OK : FH_NOT_FOUND);
    if (!is_there) return;
    assert_true(span_equals(item->key, grove_key(grove, i)));
    assert_true(span_equals(item->value, grove_value(grove, i)));
}

static void a_seek_finds_the_first_key_not_before_it(void **state)
{
    (void)state;
    for (int kind = 0; kind < GROVE_KINDS; kind++) {
        struct tree_cursor cursor;
        struct cursor_item item;
        struct grove grove;

        grove_open(&grove, SMALL, (enum grove_kind)kind, ITEMS, seed_get());
        put_some(&grove);
        tree_cursor_init(&cursor, &grove.tree);
        for (unsigned i = 0; i < grove.item_count; i++) {
            unsigned at = next_there(&grove, i);
            fh_status status = tree_cursor_seek(&cursor, grove_key(&grove, i), &item);

            require(&grove, status, at, at < grove.item_count, &item);
            status = tree_cursor_prev(&cursor, &item);
            at = behind_previous(&grove, i);
            require(&grove, status, at - 1, at > 0, &item);
        }
        grove_close(&grove);
    }
}

/*
 * It stands on the key of item `at`, or, having erased that, where it was: then on no item,
 * even when somebody puts the key again. Changes go on around it.
 */
static void step_with_changes(struct grove *grove, struct tree_cursor *cursor, unsigned *at,
                              bool *is_gap)
{
    uint64_t choice = random_below(&grove->random, 10);
    unsigned i = (unsigned)random_below(&grove->random, grove->item_count);
    struct cursor_item item;
    unsigned to;

    if (choice < 3) {
        grove_put(grove, i, grove_value_bytes(grove));
    } else if (choice < 6) {
        grove_erase(grove, i);
    } else if (choice == 6) {
        if (*is_gap || !grove->items[*at].is_there) {
            if (*is_gap) assert_status(tree_cursor_erase(cursor), FH_NOT_FOUND);
            return;
        }
        assert_ok(tree_cursor_erase(cursor));
        grove_note_gone(grove, *at);
        *is_gap = true;
    } else if (choice < 9) {
        to = next_there(grove, *at + 1);
        if (to == grove->item_count) return;
        require(grove, tree_cursor_next(cursor, &item), to, true, &item);
        *at = to;
        *is_gap = false;
    } else {
        to = behind_previous(grove, *at);
        if (to == 0) return;
        require(grove, tree_cursor_prev(cursor, &item), to - 1, true, &item);
        *at = to - 1;
        *is_gap = false;
    }
}

static void a_cursor_survives_any_change(void **state)
{
    (void)state;
    for (int kind = 0; kind < GROVE_KINDS; kind++) {
        struct tree_cursor cursor;
        struct cursor_item item;
        struct grove grove;
        unsigned at = 0;
        bool is_gap = false;

        grove_open(&grove, SMALL, (enum grove_kind)kind, ITEMS, seed_get());
        for (unsigned i = 0; i < grove.item_count; i++)
            grove_put(&grove, i, grove_value_bytes(&grove));
        tree_cursor_init(&cursor, &grove.tree);
        assert_ok(tree_cursor_first(&cursor, &item));
        for (unsigned step = 0; step < STEPS; step++)
            step_with_changes(&grove, &cursor, &at, &is_gap);
        grove_commit(&grove);
        grove_close(&grove);
    }
}

static void a_walk_that_erases_empties_the_tree(void **state)
{
    (void)state;
    for (int kind = 0; kind < GROVE_KINDS; kind++) {
        struct tree_cursor cursor;
        struct cursor_item item;
        struct grove grove;
        fh_status status;

        grove_open(&grove, SMALL, (enum grove_kind)kind, ITEMS, seed_get());
        put_some(&grove);
        tree_cursor_init(&cursor, &grove.tree);
        for (status = tree_cursor_first(&cursor, &item); status == FH_OK;
             status = tree_cursor_next(&cursor, &item))
            assert_ok(tree_cursor_erase(&cursor));
        for (unsigned i = 0; i < grove.item_count; i++)
            grove_note_gone(&grove, i);
        grove_commit(&grove);
        assert_int_equal(grove.tree.state.root, 0);
        grove_close(&grove);
    }
}

static void an_empty_tree_has_no_place_to_stand(void **state)
{
    struct tree_cursor cursor;
    struct cursor_item item;
    struct grove grove;

    (void)state;
    grove_open(&grove, SMALL, GROVE_NUMBERED, 1, seed_get());
    tree_cursor_init(&cursor, &grove.tree);
    assert_status(tree_cursor_first(&cursor, &item), FH_NOT_FOUND);
    assert_status(tree_cursor_last(&cursor, &item), FH_NOT_FOUND);
    assert_status(tree_cursor_seek(&cursor, span_of("k", 1), &item), FH_NOT_FOUND);
    assert_status(tree_cursor_erase(&cursor), FH_NOT_FOUND);
    grove_close(&grove);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seek_finds_the_first_key_not_before_it),
        cmocka_unit_test(a_cursor_survives_any_change),
        cmocka_unit_test(a_walk_that_erases_empties_the_tree),
        cmocka_unit_test(an_empty_tree_has_no_place_to_stand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
