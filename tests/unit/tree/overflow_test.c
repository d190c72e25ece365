/*
 * overflow_test.c - when a value goes to a run of its own, and what its payload may say.
 */
#include <stdlib.h>

#include "support/grove.h"
#include "support/items.h"
#include "support/unit.h"
#include "tree/tree_internal.h"

enum { PAGE_BYTES = 512, CHUNK_PAGES = 16 };

static int setup(void **state)
{
    static struct grove grove;

    grove_open(&grove, PAGE_BYTES, GROVE_NUMBERED, 20, 1);
    *state = &grove;
    return 0;
}

static int teardown(void **state)
{
    grove_close(*state);
    return 0;
}

static struct cell cell_of(struct span payload)
{
    return (struct cell){.payload = payload, .is_extents = true};
}

static void a_quarter_of_a_page_stays_in_the_leaf(void **state)
{
    struct grove *grove = *state;

    assert_false(overflow_wanted(&grove->tree, 8, PAGE_BYTES / 4 - 8));
    assert_true(overflow_wanted(&grove->tree, 8, PAGE_BYTES / 4 - 7));
    assert_false(overflow_wanted(&grove->tree, PAGE_BYTES / 8, 0));
}

static void a_value_of_any_size_comes_back_from_its_run(void **state)
{
    static const uint32_t sizes[] = {121,  512,  513,  15 * 512,     15 * 512 + 1,
                                     8192, 8193, 9000, 3 * 8192 - 1, 100000};
    struct grove *grove = *state;
    uint8_t *value = malloc(100000);

    assert_non_null(value);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct overflow_payload payload;
        struct cell cell;
        struct span back;
        uint64_t bytes = 0;

        items_fill(i, value, sizes[i]);
        assert_ok(overflow_write(&grove->tree, span_of(value, sizes[i]), &payload));
        cell = cell_of(payload.span);
        assert_ok(txn_flush(grove->txn));
        assert_ok(overflow_value(&grove->tree, &cell, NULL, &back));
        assert_true(span_equals(back, span_of(value, sizes[i])));
        assert_ok(overflow_value_bytes(&grove->tree, &cell, &bytes));
        assert_int_equal(bytes, sizes[i]);
        assert_ok(overflow_drop(&grove->tree, cell.payload));
    }
    assert_int_equal(grove->tree.state.run_pages, 0);
    free(value);
}

static void the_tree_counts_the_pages_of_its_runs(void **state)
{
    struct grove *grove = *state;
    uint8_t value[3 * PAGE_BYTES] = {0};
    struct overflow_payload first, second;

    assert_ok(overflow_write(&grove->tree, span_of(value, sizeof(value)), &first));
    assert_int_equal(grove->tree.state.run_pages, 3);
    assert_ok(overflow_write(&grove->tree, span_of(value, PAGE_BYTES + 1), &second));
    assert_int_equal(grove->tree.state.run_pages, 5);
    assert_ok(overflow_drop(&grove->tree, first.span));
    assert_int_equal(grove->tree.state.run_pages, 2);
    assert_ok(overflow_drop(&grove->tree, second.span));
    assert_int_equal(grove->tree.state.run_pages, 0);
}

static void a_small_value_is_borrowed_from_its_cell(void **state)
{
    struct grove *grove = *state;
    struct cell cell = {.payload = span_of("small", 5)};
    struct span value;
    uint64_t bytes = 0;

    assert_ok(overflow_value(&grove->tree, &cell, NULL, &value));
    assert_ptr_equal(value.data, cell.payload.data);
    assert_int_equal(value.size, 5);
    assert_ok(overflow_value_bytes(&grove->tree, &cell, &bytes));
    assert_int_equal(bytes, 5);
}

/* A payload from a damaged file: never more than the file has, never more than its pages. */
static void a_payload_that_cannot_be_true_is_corrupt(void **state)
{
    struct grove *grove = *state;
    uint32_t limit = grove->tree.overlay->page_limit;
    const struct {
        uint64_t bytes;
        uint32_t first;
        uint32_t count;
    } lies[] = {
        {100, 0, 1},
        {0, 6, 0},
        {513, 6, 1},
        {UINT64_MAX, 6, 1},
        {100, limit, 1},
        {100, limit - 1, 2},
        {100, UINT32_MAX, 1},
        {100, 6, UINT32_MAX},
        {100, UINT32_MAX, UINT32_MAX},
    };
    struct txn_extents extents;
    uint64_t bytes = 77, length;

    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        uint8_t payload[EXTENT_LENGTH_BYTES + EXTENT_BYTES];
        struct cell cell = cell_of(span_of(payload, sizeof(payload)));
        struct span value;

        store64(payload, lies[i].bytes);
        store32(payload + 8, lies[i].first);
        store32(payload + 12, lies[i].count);
        assert_status(overflow_decode(&grove->tree, cell.payload, &bytes, &extents), FH_CORRUPT);
        assert_status(overflow_value(&grove->tree, &cell, NULL, &value), FH_CORRUPT);
        assert_status(overflow_value_bytes(&grove->tree, &cell, &length), FH_CORRUPT);
        assert_status(overflow_drop(&grove->tree, cell.payload), FH_CORRUPT);
    }
    assert_int_equal(bytes, 77);
    assert_int_equal(grove->tree.state.run_pages, 0);
}

static void a_write_without_space_counts_nothing(void **state)
{
    struct grove *grove = *state;
    static const uint8_t value[200 * PAGE_BYTES];
    struct overflow_payload payload;

    sim_os_set_capacity(grove->pages.sim, sim_os_allocated_bytes(grove->pages.sim));
    assert_status(overflow_write(&grove->tree, span_of(value, sizeof(value)), &payload),
                  FH_NO_SPACE);
    assert_int_equal(grove->tree.state.run_pages, 0);
    sim_os_set_capacity(grove->pages.sim, UINT64_MAX);
    assert_ok(overflow_write(&grove->tree, span_of(value, sizeof(value)), &payload));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_quarter_of_a_page_stays_in_the_leaf),
        TEST(a_value_of_any_size_comes_back_from_its_run),
        TEST(the_tree_counts_the_pages_of_its_runs),
        TEST(a_small_value_is_borrowed_from_its_cell),
        TEST(a_payload_that_cannot_be_true_is_corrupt),
        TEST(a_write_without_space_counts_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
