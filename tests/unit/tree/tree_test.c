/*
 * tree_test.c - the way down: what it finds, what it refuses, what owning it moves.
 */
#include "support/grove.h"
#include "support/unit.h"
#include "tree/tree_internal.h"

enum { PAGE_BYTES = 512, ITEMS = 600 };

static int setup(void **state)
{
    static struct grove grove;

    grove_open(&grove, PAGE_BYTES, GROVE_NUMBERED, ITEMS, 1);
    for (unsigned i = 0; i < ITEMS; i += 2)
        grove_put(&grove, i, 30);
    grove_commit(&grove);
    *state = &grove;
    return 0;
}

static int teardown(void **state)
{
    grove_close(*state);
    return 0;
}

static void an_empty_tree_has_nothing_and_no_way(void **state)
{
    struct grove *grove = *state;
    struct tree_state empty = {.tree_id = 4};
    struct tree tree;
    struct path path;
    struct span value;
    bool found = true;

    tree_init(&tree, &empty, grove->pages.pager, NULL);
    assert_status(tree_get(&tree, span_of("key", 3), &value), FH_NOT_FOUND);
    assert_ok(tree_descend(&tree, span_of("key", 3), &path, &found));
    assert_int_equal(path.depth, 0);
    assert_false(found);
    assert_int_equal(tree_key_max(&tree), PAGE_BYTES / 8);
}

/* Also for keys that are not there: to where they would be. */
static void the_way_down_leads_to_the_leaf_whose_fences_hold_the_key(void **state)
{
    struct grove *grove = *state;
    const uint8_t *leaf = NULL;

    assert_true(grove->tree.state.level >= 1);
    for (unsigned i = 0; i < ITEMS; i++) {
        struct span key = grove_key(grove, i);
        struct path path;
        bool found;

        assert_ok(tree_descend(&grove->tree, key, &path, &found));
        assert_int_equal(found, grove->items[i].is_there);
        assert_int_equal(path.depth, grove->tree.state.level + 1);
        assert_int_equal(path.steps[0].page, grove->tree.state.root);
        assert_ok(tree_node(&grove->tree, path_leaf(&path)->page, 0, &leaf));
        assert_true(span_compare(node_lower(leaf), key) <= 0);
        assert_true(node_is_open(leaf) || span_compare(key, node_upper(leaf)) < 0);
        assert_true(path_leaf(&path)->index <= node_count(leaf));
    }
}

/* The step of a branch names the child that the next step is in. */
static void each_step_leads_to_the_next(void **state)
{
    struct grove *grove = *state;
    struct path path;
    bool found;

    assert_ok(tree_descend(&grove->tree, grove_key(grove, ITEMS / 2), &path, &found));
    for (unsigned i = 0; i + 1 < path.depth; i++) {
        const uint8_t *node = NULL;

        assert_ok(tree_node(&grove->tree, path.steps[i].page, path.depth - 1 - i, &node));
        assert_int_equal(node_child(node, path.steps[i].index), path.steps[i + 1].page);
    }
}

static void a_page_that_is_no_node_of_that_level_and_tree_is_corrupt(void **state)
{
    struct grove *grove = *state;
    const uint8_t *node = NULL;
    struct tree other = grove->tree;
    page_no root = grove->tree.state.root;
    unsigned level = grove->tree.state.level;

    assert_ok(tree_node(&grove->tree, root, level, &node));
    assert_status(tree_node(&grove->tree, root, level - 1, &node), FH_CORRUPT);
    assert_status(tree_node(&grove->tree, root, level + 1, &node), FH_CORRUPT);
    assert_status(tree_node(&grove->tree, 0, level, &node), FH_CORRUPT);
    assert_status(tree_node(&grove->tree, 1, level, &node), FH_CORRUPT);
    assert_status(tree_node(&grove->tree, UINT32_MAX, level, &node), FH_CORRUPT);
    other.state.tree_id++;
    assert_status(tree_node(&other, root, level, &node), FH_CORRUPT);
}

/* A catalog's record may be damaged too. */
static void a_wrong_root_is_corrupt_for_whoever_looks(void **state)
{
    static const page_no roots[] = {1, 16, 100000, UINT32_MAX};
    static const uint8_t levels[] = {0, 5, TREE_LEVELS_MAX, 255};
    struct grove *grove = *state;
    struct tree wrong = grove->tree;
    struct path path;
    struct span value;
    bool found;

    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
        wrong.state.root = roots[i];
        assert_status(tree_get(&wrong, span_of("key", 3), &value), FH_CORRUPT);
        assert_status(tree_descend(&wrong, span_of("key", 3), &path, &found), FH_CORRUPT);
    }
    wrong = grove->tree;
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        wrong.state.level = levels[i];
        assert_status(tree_get(&wrong, span_of("key", 3), &value), FH_CORRUPT);
        assert_status(tree_descend(&wrong, span_of("key", 3), &path, &found), FH_CORRUPT);
    }
}

/* W3: what a reader may see is copied, all the way up to the root, and once. */
static void owning_a_way_copies_it_once(void **state)
{
    struct grove *grove = *state;
    struct path before, path, again;
    bool found;

    assert_ok(tree_descend(&grove->tree, grove_key(grove, 0), &before, &found));
    path = before;
    assert_ok(tree_own(&grove->tree, &path));
    assert_int_equal(grove->tree.state.root, path.steps[0].page);
    for (unsigned i = 0; i < path.depth; i++) {
        assert_int_not_equal(path.steps[i].page, before.steps[i].page);
        assert_int_equal(node_epoch(path.steps[i].body), txn_epoch(grove->txn));
        assert_ptr_equal(path.steps[i].body, overlay_page(grove->tree.overlay, path.steps[i].page));
    }
    assert_ok(tree_descend(&grove->tree, grove_key(grove, 0), &again, &found));
    assert_true(found);
    assert_ok(tree_own(&grove->tree, &again));
    for (unsigned i = 0; i < path.depth; i++)
        assert_int_equal(again.steps[i].page, path.steps[i].page);
}

static void owning_is_a_change_that_cursors_can_see(void **state)
{
    struct grove *grove = *state;
    uint64_t stamp = tree_stamp(&grove->tree);
    struct path path;
    bool found;

    assert_ok(tree_descend(&grove->tree, grove_key(grove, 0), &path, &found));
    assert_int_equal(tree_stamp(&grove->tree), stamp);
    assert_ok(tree_own(&grove->tree, &path));
    assert_int_not_equal(tree_stamp(&grove->tree), stamp);
}

/* Before bytes from the file are changed, all of the node is looked at. */
static void a_node_with_a_fault_is_not_owned(void **state)
{
    struct grove *grove = *state;
    struct tree_state tree_state = grove->tree.state;
    struct path path;
    page_no leaf;
    bool found;

    txn_abort(grove->txn);
    pages_reopen(&grove->pages, 1 << 20);
    grove->txn = pages_begin(&grove->pages);
    tree_init(&grove->tree, &tree_state, grove->pages.pager, grove->txn);
    assert_ok(tree_descend(&grove->tree, grove_key(grove, 0), &path, &found));
    leaf = path_leaf(&path)->page;
    sim_os_corrupt(grove->pages.sim, "pages.fh", (uint64_t)leaf * PAGE_BYTES + NODE_FREE_AT, 1, 1);
    assert_status(tree_own(&grove->tree, &path), FH_CORRUPT);
}

static void the_slot_of_a_node_is_what_the_node_is(void **state)
{
    struct grove *grove = *state;

    assert_int_equal(tree_slot(&grove->tree, 0).tag, PAGE_LEAF);
    assert_int_equal(tree_slot(&grove->tree, 0).level, 0);
    assert_int_equal(tree_slot(&grove->tree, 2).tag, PAGE_BRANCH);
    assert_int_equal(tree_slot(&grove->tree, 2).level, 2);
    assert_int_equal(tree_slot(&grove->tree, 2).tree_id, grove->tree.state.tree_id);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_tree_has_nothing_and_no_way),
        TEST(the_way_down_leads_to_the_leaf_whose_fences_hold_the_key),
        TEST(each_step_leads_to_the_next),
        TEST(a_page_that_is_no_node_of_that_level_and_tree_is_corrupt),
        TEST(a_wrong_root_is_corrupt_for_whoever_looks),
        TEST(owning_a_way_copies_it_once),
        TEST(owning_is_a_change_that_cursors_can_see),
        TEST(a_node_with_a_fault_is_not_owned),
        TEST(the_slot_of_a_node_is_what_the_node_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
