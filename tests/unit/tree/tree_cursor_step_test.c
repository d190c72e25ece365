/*
 * tree_cursor_step_test.c - a step is the move that it takes the place of, or none.
 */
#include "tree/tree_cursor_step.h"

#include <stdlib.h>

#include "base/random.h"
#include "support/grove.h"
#include "support/seed.h"
#include "support/unit.h"

enum { SMALL = 512, LARGE = 8192, ITEMS = 400, ROUNDS = 3000, PREFIX = 3 };

/* A tree of its items, for reading; page sizes and kinds of keys make short and long cells. */
static void open_view(struct grove *grove, struct tree *view, uint32_t page_bytes, int kind)
{
    grove_open(grove, page_bytes, (enum grove_kind)kind, ITEMS, seed_get());
    for (unsigned i = 0; i < grove->item_count; i++)
        if (random_below(&grove->random, 4) > 0) grove_put(grove, i, grove_value_bytes(grove));
    grove_commit(grove);
    tree_init(view, &grove->tree.state, grove->pages.pager, NULL);
    view->buffers = grove->tree.buffers;
}

static void require_same(const struct cursor_item *item, const struct cursor_item *wanted)
{
    assert_true(span_equals(item->key, wanted->key));
    assert_true(span_equals(item->value, wanted->value));
}

static void steps_and_moves_go_the_same_way(void **state)
{
    unsigned step_count = 0;

    (void)state;
    for (int kind = 0; kind < 2 * GROVE_KINDS; kind++) {
        struct tree_cursor stepping, moving;
        struct cursor_item item, wanted;
        struct grove grove;
        struct tree view;
        fh_status status;

        open_view(&grove, &view, kind < GROVE_KINDS ? SMALL : LARGE, kind % GROVE_KINDS);
        tree_cursor_init(&stepping, &view);
        tree_cursor_init(&moving, &view);
        assert_false(tree_cursor_step(&stepping, &item));
        status = tree_cursor_first(&moving, &wanted);
        assert_ok(tree_cursor_next(&stepping, &item));
        while (status == FH_OK) {
            require_same(&item, &wanted);
            status = tree_cursor_next(&moving, &wanted);
            if (random_below(&grove.random, 8) == 0 && tree_cursor_prev(&stepping, &item) == FH_OK)
                assert_ok(tree_cursor_next(&stepping, &item));
            if (tree_cursor_step(&stepping, &item))
                step_count++;
            else
                assert_status(tree_cursor_next(&stepping, &item), status);
        }
        assert_false(tree_cursor_step(&stepping, &item));
        grove_close(&grove);
    }
    assert_true(step_count > ITEMS);
}

/* What may change under the cursor is for the moves alone. */
static void there_are_no_steps_in_a_tree_that_may_change(void **state)
{
    struct tree_cursor cursor;
    struct cursor_item item;
    struct grove grove;
    struct tree view;

    (void)state;
    open_view(&grove, &view, LARGE, GROVE_NUMBERED);
    tree_cursor_init(&cursor, &grove.tree);
    assert_ok(tree_cursor_first(&cursor, &item));
    assert_false(tree_cursor_step(&cursor, &item));
    grove_close(&grove);
}

static void fill(struct random *random, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)random_next(random);
}

/* The page ends where its memory does: a look beyond it is seen by the sanitizer. */
static void whatever_a_cell_says_a_step_stays_in_the_page(void **state)
{
    uint8_t *page = malloc(SMALL), *offsets = page + NODE_HEADS_AT + node_heads_bytes(1);
    struct tree_cursor cursor = {.leaf = {.node = page}, .prefix_size = PREFIX};
    unsigned step_count = 0;
    struct random random;

    (void)state;
    assert_non_null(page);
    random_init(&random, seed_get());
    for (unsigned round = 0; round < ROUNDS * seed_effort(); round++) {
        unsigned at = (unsigned)random_below(&random, SMALL + 8);
        struct cursor_item item;
        struct cell cell;

        fill(&random, page, SMALL);
        if (at + 4 < SMALL && round % 2 == 0) page[at] &= 0x1f;
        store16(page + NODE_COUNT_AT, 1);
        store16(offsets, (uint16_t)at);
        cursor.offset = offsets - OFFSET_BYTES;
        cursor.offsets_end = offsets + OFFSET_BYTES;
        cursor.step_limit = page + SMALL - CURSOR_LOOK_BYTES;
        if (!tree_cursor_step(&cursor, &item)) {
            assert_ptr_equal(cursor.offset, offsets - OFFSET_BYTES);
            continue;
        }
        step_count++;
        assert_true(node_cell(page, SMALL, 0, &cell) && !cell.is_extents);
        assert_int_equal(item.key.size, PREFIX + cell.rest.size);
        assert_memory_equal(item.key.data + PREFIX, cell.rest.data, cell.rest.size);
        assert_ptr_equal(item.value.data, cell.payload.data);
        assert_int_equal(item.value.size, cell.payload.size);
        assert_ptr_equal(cursor.offset, offsets);
    }
    assert_true(step_count > ROUNDS / 50);
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_and_moves_go_the_same_way),
        cmocka_unit_test(there_are_no_steps_in_a_tree_that_may_change),
        cmocka_unit_test(whatever_a_cell_says_a_step_stays_in_the_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
