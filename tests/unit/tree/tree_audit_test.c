/*
 * tree_audit_test.c - no fault in a whole tree, all its pages reached once; each lie is told.
 */
#include <stdlib.h>

#include "base/bits.h"
#include "support/grove.h"
#include "support/unit.h"
#include "tree/tree_internal.h"

#define PATH "pages.fh"

enum { PAGE_BYTES = 512, ITEMS = 400, WORDS = 256 };

struct outcome {
    uint64_t fault_count;
    uint64_t used_pages;
    uint64_t reached[WORDS];
};

/* Three levels, some values in runs; committed, in the file, under a transaction. */
static int setup(void **state)
{
    static struct grove grove;
    struct tree_state tree_state;

    grove_open(&grove, PAGE_BYTES, GROVE_NUMBERED, ITEMS, 1);
    for (unsigned i = 0; i < ITEMS; i++)
        grove_put(&grove, i, i % 40 == 0 ? 1500 : 60);
    grove_commit(&grove);
    tree_state = grove.tree.state;
    txn_abort(grove.txn);
    pages_reopen(&grove.pages, 1 << 20);
    grove.txn = pages_begin(&grove.pages);
    tree_init(&grove.tree, &tree_state, grove.pages.pager, grove.txn);
    assert_true(tree_state.level >= 2 && tree_state.run_pages > 0);
    *state = &grove;
    return 0;
}

static int teardown(void **state)
{
    grove_close(*state);
    return 0;
}

static struct outcome audit_with(struct grove *grove, bool only_items)
{
    struct outcome outcome = {.fault_count = 0};
    struct fault_list faults = {.report = NULL};
    struct pager_stat stat;
    struct tree_audit audit = {.faults = &faults,
                               .name = "the tree",
                               .reached = outcome.reached,
                               .pager = grove->pages.pager,
                               .only_items = only_items};

    assert_ok(pager_stat(grove->pages.pager, &stat));
    assert_true(stat.alloc.page_count <= WORDS * 64);
    audit.page_count = stat.alloc.page_count;
    assert_ok(tree_audit(&grove->tree, &audit));
    outcome.fault_count = faults.count;
    outcome.used_pages = audit.used_pages;
    return outcome;
}

static uint64_t fault_count(struct grove *grove)
{
    return audit_with(grove, false).fault_count;
}

/* Faults while bits of a byte of a page are changed. */
static uint64_t faults_with_byte(struct grove *grove, page_no page, unsigned at, uint8_t pattern)
{
    uint64_t where = (uint64_t)page * PAGE_BYTES + at, count;

    sim_os_corrupt(grove->pages.sim, PATH, where, 1, pattern);
    count = fault_count(grove);
    sim_os_corrupt(grove->pages.sim, PATH, where, 1, pattern);
    return count;
}

static struct path way_to(struct grove *grove, unsigned i)
{
    struct path path;
    bool found;

    assert_ok(tree_descend(&grove->tree, grove_key(grove, i), &path, &found));
    return path;
}

static void a_whole_tree_has_no_faults_and_each_page_is_reached_once(void **state)
{
    struct grove *grove = *state;
    const struct tree_state *figures = &grove->tree.state;
    struct outcome outcome = audit_with(grove, false);
    uint64_t pages = figures->branch_pages + figures->leaf_pages + figures->run_pages;

    assert_int_equal(outcome.fault_count, 0);
    assert_int_equal(outcome.used_pages, pages);
    assert_int_equal(bits_count(outcome.reached, 0, (uint64_t)WORDS * 64), pages);
    assert_true(bits_test(outcome.reached, figures->root));
}

static void an_empty_tree_has_no_faults(void **state)
{
    struct grove *grove = *state;

    assert_ok(tree_clear(&grove->tree));
    assert_int_equal(fault_count(grove), 0);
    assert_int_equal(audit_with(grove, false).used_pages, 0);
}

static void each_wrong_figure_is_a_fault(void **state)
{
    struct grove *grove = *state;
    struct tree_state *figures = &grove->tree.state;
    uint64_t *const all[] = {&figures->items, &figures->branch_pages, &figures->leaf_pages,
                             &figures->run_pages, &figures->payload_bytes};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        ++*all[i];
        assert_int_equal(fault_count(grove), 1);
        assert_int_equal(audit_with(grove, true).fault_count, i == 0);
        --*all[i];
    }
    assert_int_equal(fault_count(grove), 0);
}

static void a_page_that_another_tree_has_reached_is_a_fault(void **state)
{
    struct grove *grove = *state;
    struct fault_list faults = {.report = NULL};
    uint64_t reached[WORDS] = {0};
    struct path path = way_to(grove, ITEMS / 2);
    struct tree_audit audit = {.faults = &faults,
                               .name = "the tree",
                               .reached = reached,
                               .page_count = WORDS * 64,
                               .pager = grove->pages.pager,
                               .only_items = true};

    bits_fill(reached, path_leaf(&path)->page, 1, true);
    assert_ok(tree_audit(&grove->tree, &audit));
    assert_true(faults.count > 0);
}

static void pages_beyond_the_end_are_faults(void **state)
{
    struct grove *grove = *state;
    struct fault_list faults = {.report = NULL};
    uint64_t reached[WORDS] = {0};
    struct tree_audit audit = {.faults = &faults,
                               .name = "the tree",
                               .reached = reached,
                               .page_count = grove->tree.state.root,
                               .pager = grove->pages.pager};

    assert_ok(tree_audit(&grove->tree, &audit));
    assert_true(faults.count > 0);
    assert_int_equal(bits_count(reached, audit.page_count, WORDS * 64 - audit.page_count), 0);
}

/* Of the head of a node everything counts, and its heads; on all levels. */
static void each_byte_of_the_front_of_a_node_counts(void **state)
{
    struct grove *grove = *state;
    struct path path = way_to(grove, ITEMS / 2);

    for (unsigned step = 0; step < path.depth; step++) {
        const uint8_t *node = overlay_page(grove->tree.overlay, path.steps[step].page);

        for (unsigned at = 0; at < NODE_HEADS_AT + node_count(node) * HEAD_BYTES; at++) {
            bool is_nothing =
                (at >= NODE_FLAGS_AT + 1 && at < NODE_LOWER_AT) ||
                (at < NODE_UPPER_AT && at >= NODE_LOWER_AT && node_lower(node).size == 0) ||
                (at < NODE_EPOCH_AT && at >= NODE_UPPER_AT && node_is_open(node));

            if (is_nothing) continue;
            assert_true(faults_with_byte(grove, path.steps[step].page, at, 0x03) > 0);
        }
    }
    assert_int_equal(fault_count(grove), 0);
}

static void two_children_in_each_others_place_are_found_by_their_fences(void **state)
{
    struct grove *grove = *state;
    struct path path = way_to(grove, ITEMS / 2);
    struct path_step *parent = &path.steps[path.depth - 2];
    const uint8_t *node = overlay_page(grove->tree.overlay, parent->page);
    page_no first = node_child(node, 0), second = node_child(node, 1);
    unsigned at = branch_children_at(node_count(node));
    uint8_t a[CHILD_BYTES], b[CHILD_BYTES];

    store32(a, first);
    store32(b, second);
    for (unsigned i = 0; i < CHILD_BYTES; i++) {
        uint64_t where = (uint64_t)parent->page * PAGE_BYTES + at + i;

        sim_os_corrupt(grove->pages.sim, PATH, where, 1, a[i] ^ b[i]);
        sim_os_corrupt(grove->pages.sim, PATH, where + CHILD_BYTES, 1, a[i] ^ b[i]);
    }
    assert_int_equal(node_child(node, 0), second);
    assert_int_equal(fault_count(grove), 2);
}

/* Made lower, so that no key lies beyond it. */
static void a_fence_that_is_not_the_parents_separator_is_a_fault(void **state)
{
    struct grove *grove = *state;
    unsigned leaf_count = 0;

    for (unsigned i = 0; i < ITEMS; i += 7) {
        struct path path = way_to(grove, i);
        page_no page = path_leaf(&path)->page;
        const uint8_t *leaf = overlay_page(grove->tree.overlay, page);
        struct span lower = node_lower(leaf);
        uint8_t last;

        if (lower.size == 0 || lower.data[lower.size - 1] == '0') continue;
        last = lower.data[lower.size - 1];
        leaf_count++;
        assert_true(faults_with_byte(grove, page, (unsigned)(lower.data + lower.size - 1 - leaf),
                                     (uint8_t)(last ^ (last - 1))) > 0);
    }
    assert_true(leaf_count > 10);
}

/* I15, I4: checks of slots are left to the pager when they do not prove themselves. */
static void a_slot_that_does_not_prove_itself_is_not_this_audits_business(void **state)
{
    struct grove *grove = *state;
    page_no root = grove->tree.state.root, header = root & ~15U;

    assert_int_equal(faults_with_byte(grove, header, root % 16 * SLOT_BYTES, 0xff), 0);
}

static void levels_without_end_are_one_fault(void **state)
{
    struct grove *grove = *state;

    grove->tree.state.level = TREE_LEVELS_MAX;
    assert_int_equal(fault_count(grove), 1);
    grove->tree.state.level = 255;
    assert_int_equal(fault_count(grove), 1);
}

static void the_extents_of_a_value_count(void **state)
{
    struct grove *grove = *state;
    struct path path = way_to(grove, 0);
    page_no page = path_leaf(&path)->page;
    const uint8_t *leaf = overlay_page(grove->tree.overlay, page);
    struct cell cell;
    unsigned at;

    assert_true(node_cell(leaf, PAGE_BYTES, 0, &cell) && cell.is_extents);
    at = (unsigned)(cell.payload.data - leaf);
    for (unsigned i = 0; i < cell.payload.size; i++)
        assert_true(faults_with_byte(grove, page, at + i, 0x01) > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_whole_tree_has_no_faults_and_each_page_is_reached_once),
        TEST(an_empty_tree_has_no_faults),
        TEST(each_wrong_figure_is_a_fault),
        TEST(a_page_that_another_tree_has_reached_is_a_fault),
        TEST(pages_beyond_the_end_are_faults),
        TEST(each_byte_of_the_front_of_a_node_counts),
        TEST(two_children_in_each_others_place_are_found_by_their_fences),
        TEST(a_fence_that_is_not_the_parents_separator_is_a_fault),
        TEST(a_slot_that_does_not_prove_itself_is_not_this_audits_business),
        TEST(levels_without_end_are_one_fault),
        TEST(the_extents_of_a_value_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
