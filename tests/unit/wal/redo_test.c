/*
 * redo_test.c - operations come back as they were told, and nothing else does.
 */
#include "wal/redo.h"

#include "base/memory.h"
#include "support/unit.h"

enum { LIMIT = 4096 };

static int setup(void **state)
{
    static struct redo redo;

    redo = (struct redo){.bytes = NULL};
    redo_begin(&redo, LIMIT);
    *state = &redo;
    return 0;
}

static int teardown(void **state)
{
    redo_fini(*state);
    return 0;
}

static struct span word(const char *text)
{
    return span_of(text, strlen(text));
}

static struct redo_op next(struct span *rest)
{
    struct redo_op op;

    assert_ok(redo_next(rest, &op));
    return op;
}

static void each_operation_comes_back(void **state)
{
    struct redo *redo = *state;
    const struct redo_extent extents[2] = {{7, 3, 11}, {99, 1, 12}};
    struct span rest;
    struct redo_op op;

    redo_tree(redo, 5, word("tree"));
    redo_tree(redo, 5, word("tree")); /* once is enough */
    redo_put(redo, word("key"), word("value"));
    redo_put(redo, word("empty"), word(""));
    redo_erase(redo, word("key"));
    redo_erase_range(redo, word("a"), word(""));
    redo_put_runs(redo, word("large"), 12345, extents, 2);
    redo_tree_drop(redo);
    assert_int_equal(redo->op_count, 7);
    assert_true(redo->names_runs && !redo->is_lost);

    rest = span_of(redo->bytes, redo->size);
    op = next(&rest);
    assert_true(op.kind == REDO_TREE && op.tree_id == 5 && span_equals(op.name, word("tree")));
    op = next(&rest);
    assert_true(op.kind == REDO_PUT && span_equals(op.key, word("key")) &&
                span_equals(op.value, word("value")));
    op = next(&rest);
    assert_true(op.kind == REDO_PUT && op.value.size == 0);
    op = next(&rest);
    assert_true(op.kind == REDO_ERASE && span_equals(op.key, word("key")));
    op = next(&rest);
    assert_true(op.kind == REDO_ERASE_RANGE && span_equals(op.key, word("a")) && op.to.size == 0);
    op = next(&rest);
    assert_true(op.kind == REDO_PUT_RUNS && op.value_bytes == 12345 && op.extent_count == 2);
    assert_int_equal(redo_extent(&op, 1).page, 99);
    assert_int_equal(redo_extent(&op, 0).crc, 11);
    op = next(&rest);
    assert_int_equal(op.kind, REDO_TREE_DROP);
    assert_int_equal(rest.size, 0);
}

static void what_does_not_fit_is_lost_and_stays_so(void **state)
{
    static uint8_t large[LIMIT];
    struct redo *redo = *state;
    size_t size;

    redo_put(redo, word("k"), word("v"));
    size = redo->size;
    redo_put(redo, word("k"), span_of(large, sizeof(large)));
    assert_true(redo->is_lost);
    redo_put(redo, word("k"), word("v"));
    assert_int_equal(redo->size, size);
    redo_begin(redo, LIMIT);
    assert_false(redo->is_lost);
    redo_begin(redo, 0);
    redo_put(redo, word("k"), word("v"));
    assert_true(redo->is_lost);
}

static void without_memory_it_is_lost(void **state)
{
    struct redo *redo = *state;

    (void)memory_fail_at(1, 0);
    redo_put(redo, word("k"), word("v"));
    (void)memory_fail_at(0, 0);
    assert_true(redo->is_lost);
}

static void a_rewind_forgets_what_came_after_the_mark(void **state)
{
    struct redo *redo = *state;
    struct redo_mark mark;

    redo_tree(redo, 1, word("one"));
    mark = redo_mark(redo);
    redo_tree(redo, 2, word("two"));
    redo_put(redo, word("k"), word("v"));
    redo_rewind(redo, mark);
    assert_int_equal(redo->op_count, 1);
    redo_tree(redo, 1, word("one")); /* still the one that was named last */
    assert_int_equal(redo->op_count, 1);
}

/* Cut anywhere, no operation is made of what is left. */
static void a_cut_record_is_corrupt(void **state)
{
    struct redo *redo = *state;
    const struct redo_extent extent = {7, 3, 11};

    redo_put_runs(redo, word("large"), 12345, &extent, 1);
    for (size_t size = 0; size < redo->size; size++) {
        struct span rest = span_of(redo->bytes, size);
        struct redo_op op;

        assert_status(redo_next(&rest, &op), FH_CORRUPT);
    }
}

static void wrong_bytes_are_corrupt(void **state)
{
    static const uint8_t unknown[] = {6, 0}, no_tree[] = {7, 0, 0};
    static const uint8_t endless[] = {2,    0x80, 0x80, 0x80, 0x80, 0x80,
                                      0x80, 0x80, 0x80, 0x80, 0x80, 0x80};
    static const uint8_t no_extent[] = {4, 1, 'k', 5, 0};
    const struct span all[] = {span_of(unknown, sizeof(unknown)), span_of(no_tree, sizeof(no_tree)),
                               span_of(endless, sizeof(endless)),
                               span_of(no_extent, sizeof(no_extent))};

    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct span rest = all[i];
        struct redo_op op;

        assert_status(redo_next(&rest, &op), FH_CORRUPT);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_operation_comes_back), TEST(what_does_not_fit_is_lost_and_stays_so),
        TEST(without_memory_it_is_lost), TEST(a_rewind_forgets_what_came_after_the_mark),
        TEST(a_cut_record_is_corrupt),   TEST(wrong_bytes_are_corrupt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
