/*
 * node_test.c - searches against a walk, numbers, and each lie that a node can tell.
 */
#include "tree/node.h"

#include <stdio.h>

#include "base/bytes.h"
#include "support/unit.h"
#include "tree/node_edit.h"

enum { PAGE_BYTES = 512, TREE_ID = 9, KEYS = 9 };

/* Ascending; several share their heads, one is nothing but a start of others. */
static const char *const keys[KEYS] = {"a", "ab", "abcd", "abcda", "abcdb", "abce", "b", "ba", "c"};

static struct span text_of(const char *text)
{
    return span_of(text, strlen(text));
}

static void make(uint8_t *node, unsigned level)
{
    struct node_frame frame = {.page_bytes = PAGE_BYTES,
                               .tree_id = TREE_ID,
                               .level = level,
                               .epoch = 3,
                               .lower = text_of("xa"),
                               .upper = text_of("xz")};

    memset(node, 0, PAGE_BYTES);
    node_init(node, &frame);
    if (level > 0) node_set_child(node, 0, 1000);
    for (unsigned i = 0; i < KEYS; i++) {
        if (level > 0)
            node_insert_child(node, PAGE_BYTES, i, text_of(keys[i]), 1001 + i);
        else
            node_insert(node, PAGE_BYTES, i,
                        &(struct leaf_item){.rest = text_of(keys[i]), .payload = text_of("value")});
    }
}

/* A key with the node's prefix; static. */
static struct span key_of(const char *rest)
{
    static char key[64];

    (void)snprintf(key, sizeof(key), "x%s", rest);
    return text_of(key);
}

static void a_cell_has_the_bytes_that_were_told_before(void **state)
{
    static const uint32_t sizes[] = {0, 1, 63, 64, 100, 127, 128, 150};

    (void)state;
    for (size_t rest = 0; rest < sizeof(sizes) / sizeof(sizes[0]); rest++)
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            uint8_t node[PAGE_BYTES], bytes[150] = {0};
            struct node_frame frame = {.page_bytes = PAGE_BYTES, .is_open = true};
            struct leaf_item item = {.rest = span_of(bytes, sizes[rest]),
                                     .payload = span_of(bytes, sizes[i])};
            struct cell cell;

            node_init(node, &frame);
            node_insert(node, PAGE_BYTES, 0, &item);
            assert_true(node_cell(node, PAGE_BYTES, 0, &cell));
            assert_int_equal(cell.bytes, node_cell_bytes(sizes[rest], sizes[i], false));
            assert_int_equal(cell.rest.size, sizes[rest]);
            assert_int_equal(cell.payload.size, sizes[i]);
        }
}

static void a_leaf_finds_the_first_key_that_is_not_less(void **state)
{
    static const char *const wanted[] = {"",      "a",     "aa",     "ab",    "abc",   "abcd",
                                         "abcd!", "abcda", "abcdaa", "abcdb", "abcdz", "abce",
                                         "b",     "b!",    "bz",     "c",     "cc"};
    uint8_t node[PAGE_BYTES];

    (void)state;
    make(node, 0);
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        unsigned place = 0;
        bool found;

        while (place < KEYS && strcmp(keys[place], wanted[i]) < 0)
            place++;
        assert_int_equal(node_search(node, PAGE_BYTES, key_of(wanted[i]), &found), place);
        assert_int_equal(found, place < KEYS && strcmp(keys[place], wanted[i]) == 0);
    }
}

static void a_branch_finds_the_child_whose_separators_hold_the_key(void **state)
{
    static const char *const wanted[] = {"",      "a",     "aa",   "ab", "abcd", "abcda", "abcdaa",
                                         "abcdb", "abcdz", "abce", "b",  "bz",   "c",     "cc"};
    uint8_t node[PAGE_BYTES];

    (void)state;
    make(node, 1);
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        unsigned place = 0;

        while (place < KEYS && strcmp(keys[place], wanted[i]) <= 0)
            place++;
        assert_int_equal(node_search_child(node, PAGE_BYTES, key_of(wanted[i])), place);
        assert_int_equal(node_child(node, place), 1000 + place);
    }
}

/* In their heads alone up to four bytes, behind the arrays when longer. */
static void separators_of_all_lengths_come_back(void **state)
{
    uint8_t node[PAGE_BYTES], room[SEPARATOR_SHORT];
    struct span rest;

    (void)state;
    make(node, 1);
    for (unsigned i = 0; i < KEYS; i++) {
        assert_true(node_separator(node, PAGE_BYTES, i, room, &rest));
        assert_true(span_equals(rest, text_of(keys[i])));
        assert_int_equal(rest.data == room, strlen(keys[i]) <= SEPARATOR_SHORT);
    }
}

static void a_node_is_sound_for_its_own_level_and_tree_only(void **state)
{
    uint8_t node[PAGE_BYTES];

    (void)state;
    for (unsigned level = 0; level < 3; level++) {
        make(node, level);
        assert_true(node_is_sound(node, PAGE_BYTES, level, TREE_ID));
        assert_false(node_is_sound(node, PAGE_BYTES, level + 1, TREE_ID));
        assert_false(node_is_sound(node, PAGE_BYTES, level, TREE_ID + 1));
    }
}

static void what_does_not_lie_within_the_page_is_not_sound(void **state)
{
    static const struct {
        unsigned at;
        uint16_t value;
    } lies[] = {{NODE_COUNT_AT, 200},
                {NODE_COUNT_AT, 0xffff},
                {NODE_LOW_AT, PAGE_BYTES + 1},
                {NODE_LOW_AT, 40},
                {NODE_LOWER_AT, 511},
                {NODE_LOWER_AT + 2, 0xffff},
                {NODE_UPPER_AT, PAGE_BYTES},
                {NODE_UPPER_AT + 2, 500},
                {NODE_PREFIX_AT, 3},
                {NODE_LOWER_AT, 32},
                {NODE_KIND_AT, NODE_LEAF | 1 << 8}};
    uint8_t node[PAGE_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        make(node, 0);
        store16(node + lies[i].at, lies[i].value);
        assert_false(node_is_sound(node, PAGE_BYTES, 0, TREE_ID));
    }
}

static void a_flag_that_nothing_has_is_not_sound(void **state)
{
    uint8_t node[PAGE_BYTES];

    (void)state;
    for (unsigned bit = 1; bit < 16; bit++) {
        make(node, bit % 2);
        assert_true(node_is_sound(node, PAGE_BYTES, bit % 2, TREE_ID));
        store16(node + NODE_FLAGS_AT, (uint16_t)(load16(node + NODE_FLAGS_AT) | 1U << bit));
        assert_false(node_is_sound(node, PAGE_BYTES, bit % 2, TREE_ID));
    }
}

static void a_whole_node_is_valid(void **state)
{
    uint8_t node[PAGE_BYTES];

    (void)state;
    for (unsigned level = 0; level < 2; level++) {
        make(node, level);
        assert_ok(node_validate(node, PAGE_BYTES));
        assert_int_equal(node_used_bytes(node, PAGE_BYTES) + node_low(node) + node_free_bytes(node),
                         PAGE_BYTES + node_arrays_end(node));
    }
}

static void swap16(uint8_t *a, uint8_t *b)
{
    uint16_t kept = load16(a);

    store16(a, load16(b));
    store16(b, kept);
}

static void an_order_that_is_wrong_is_not_valid(void **state)
{
    uint8_t node[PAGE_BYTES];

    (void)state;
    make(node, 0);
    swap16(node + leaf_offsets_at(KEYS) + 6, node + leaf_offsets_at(KEYS) + 8); /* one head */
    assert_status(node_validate(node, PAGE_BYTES), FH_CORRUPT);
    make(node, 0);
    memcpy(node + leaf_offsets_at(KEYS) + 8, node + leaf_offsets_at(KEYS) + 6, 2); /* equal */
    assert_status(node_validate(node, PAGE_BYTES), FH_CORRUPT);
    make(node, 1);
    swap16(node + branch_offsets_at(KEYS) + 6, node + branch_offsets_at(KEYS) + 8);
    assert_status(node_validate(node, PAGE_BYTES), FH_CORRUPT);
}

static void a_head_that_is_not_the_keys_is_not_valid(void **state)
{
    uint8_t node[PAGE_BYTES];

    (void)state;
    for (unsigned i = 0; i < KEYS; i++) {
        make(node, 0);
        node[NODE_HEADS_AT + i * HEAD_BYTES] ^= 1;
        assert_status(node_validate(node, PAGE_BYTES), FH_CORRUPT);
    }
}

static void bytes_that_belong_to_nobody_are_not_valid(void **state)
{
    uint8_t node[PAGE_BYTES];

    (void)state;
    for (unsigned level = 0; level < 2; level++) {
        make(node, level);
        store16(node + NODE_FREE_AT, 1);
        assert_status(node_validate(node, PAGE_BYTES), FH_CORRUPT);
        make(node, level);
        store16(node + NODE_LOW_AT, (uint16_t)(node_low(node) - 1));
        assert_status(node_validate(node, PAGE_BYTES), FH_CORRUPT);
    }
}

static void a_cell_beyond_the_page_is_told_by_all_who_meet_it(void **state)
{
    static const uint16_t offsets[] = {PAGE_BYTES - 1, PAGE_BYTES, 0xffff};
    uint8_t node[PAGE_BYTES], room[SEPARATOR_SHORT];
    struct span rest;
    struct cell cell;
    bool found;

    (void)state;
    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        make(node, 0);
        store16(node + leaf_offsets_at(KEYS), offsets[i]);
        assert_false(node_cell(node, PAGE_BYTES, 0, &cell));
        assert_int_equal(node_search(node, PAGE_BYTES, key_of("a"), &found), NODE_DAMAGED);
        assert_false(found);
        assert_status(node_validate(node, PAGE_BYTES), FH_CORRUPT);
        make(node, 1);
        store16(node + branch_offsets_at(KEYS), offsets[i]);
        assert_false(node_separator(node, PAGE_BYTES, 0, room, &rest));
        assert_int_equal(node_search_child(node, PAGE_BYTES, key_of("a")), NODE_DAMAGED);
        assert_status(node_validate(node, PAGE_BYTES), FH_CORRUPT);
    }
}

/* Lengths of a cell that reach behind the page, extents without an extent. */
static void a_cell_whose_lengths_are_wrong_is_damaged(void **state)
{
    static const uint8_t lies[][3] = {{0x7f, 0x7e, 0}, {0, 0x80, 0x7f}, {0xff, 0xff, 0xff},
                                      {0, 1, 0},       {0, 0xff, 0x7f}, {0x80, 0x80, 0x80}};
    struct cell cell;

    (void)state;
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        uint8_t node[PAGE_BYTES];

        make(node, 0);
        store16(node + leaf_offsets_at(KEYS), PAGE_BYTES - 3);
        memcpy(node + PAGE_BYTES - 3, lies[i], 3);
        assert_false(node_cell(node, PAGE_BYTES, 0, &cell));
    }
}

static void extents_are_one_at_least(void **state)
{
    uint8_t node[PAGE_BYTES];
    struct cell cell;

    (void)state;
    make(node, 0);
    store16(node + leaf_offsets_at(KEYS), PAGE_BYTES - 40);
    node[PAGE_BYTES - 40] = 0;
    node[PAGE_BYTES - 39] = 1 << 1 | 1;
    assert_true(node_cell(node, PAGE_BYTES, 0, &cell) && cell.is_extents);
    assert_int_equal(cell.payload.size, EXTENT_LENGTH_BYTES + EXTENT_BYTES);
    node[PAGE_BYTES - 39] = 0 << 1 | 1;
    assert_false(node_cell(node, PAGE_BYTES, 0, &cell));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cell_has_the_bytes_that_were_told_before),
        cmocka_unit_test(a_leaf_finds_the_first_key_that_is_not_less),
        cmocka_unit_test(a_branch_finds_the_child_whose_separators_hold_the_key),
        cmocka_unit_test(separators_of_all_lengths_come_back),
        cmocka_unit_test(a_node_is_sound_for_its_own_level_and_tree_only),
        cmocka_unit_test(what_does_not_lie_within_the_page_is_not_sound),
        cmocka_unit_test(a_flag_that_nothing_has_is_not_sound),
        cmocka_unit_test(a_whole_node_is_valid),
        cmocka_unit_test(an_order_that_is_wrong_is_not_valid),
        cmocka_unit_test(a_head_that_is_not_the_keys_is_not_valid),
        cmocka_unit_test(bytes_that_belong_to_nobody_are_not_valid),
        cmocka_unit_test(a_cell_beyond_the_page_is_told_by_all_who_meet_it),
        cmocka_unit_test(a_cell_whose_lengths_are_wrong_is_damaged),
        cmocka_unit_test(extents_are_one_at_least),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
