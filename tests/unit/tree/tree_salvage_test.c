/*
 * tree_salvage_test.c - all items of a whole tree, in order; of a damaged one all but a range.
 */
#include <string.h>

#include "support/grove.h"
#include "support/unit.h"
#include "tree/tree_internal.h"
#include "tree/tree_salvage.h"

#define PATH "pages.fh"

enum { PAGE_BYTES = 512, ITEMS = 400, LARGE = 1500 };

struct fixture {
    struct grove grove;
    struct tree_state tree;
    struct fault_list notes;
    struct salvage *pages;
    struct tree_salvage walk;
    bool is_saved[ITEMS];
    unsigned next;
    unsigned loss_count;
    struct tree_salvage_loss loss; /* the last one, its keys in `from` and `to` */
    uint8_t from[PAGE_BYTES];
    uint8_t to[PAGE_BYTES];
};

/* Items come in the order of their keys, each with its value. */
static fh_status take_item(void *context, struct span key, struct span value)
{
    struct fixture *fixture = context;

    while (fixture->next < ITEMS && !span_equals(grove_key(&fixture->grove, fixture->next), key))
        fixture->next++;
    assert_true(fixture->next < ITEMS);
    assert_true(span_equals(grove_value(&fixture->grove, fixture->next), value));
    fixture->is_saved[fixture->next++] = true;
    return FH_OK;
}

static fh_status take_loss(void *context, const struct tree_salvage_loss *loss)
{
    struct fixture *fixture = context;

    fixture->loss_count++;
    fixture->loss = *loss;
    if (loss->from.size > 0) memcpy(fixture->from, loss->from.data, loss->from.size);
    if (loss->to.size > 0) memcpy(fixture->to, loss->to.data, loss->to.size);
    fixture->loss.from.data = fixture->from;
    fixture->loss.to.data = fixture->to;
    return FH_OK;
}

/* Three levels, some values in runs; in the file, which is closed. */
static int setup(void **state)
{
    static struct fixture fixture;

    memset(&fixture, 0, sizeof(fixture));
    grove_open(&fixture.grove, PAGE_BYTES, GROVE_NUMBERED, ITEMS, 1);
    for (unsigned i = 0; i < ITEMS; i++)
        grove_put(&fixture.grove, i, i % 40 == 0 ? LARGE : 60);
    grove_commit(&fixture.grove);
    fixture.tree = fixture.grove.tree.state;
    assert_true(fixture.tree.level >= 2 && fixture.tree.run_pages > 0);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    tree_salvage_fini(&fixture->walk);
    salvage_close(fixture->pages);
    grove_close(&fixture->grove);
    return 0;
}

/* The file as it is now, in a machine's copy that nobody has open. */
static void walk(struct fixture *fixture)
{
    static uint8_t bytes[1 << 20];
    struct sim *sim = fixture->grove.pages.sim;
    size_t size = sim_os_read_file(sim, PATH, 0, bytes, sizeof(bytes));

    assert_true(size < sizeof(bytes));
    sim_os_put_file(sim, "damaged", bytes, size);
    assert_ok(salvage_open(sim_os_port(sim), "damaged", &fixture->notes, &fixture->pages));
    salvage_choose(fixture->pages, UINT64_MAX, false);
    fixture->walk.item = take_item;
    fixture->walk.loss = take_loss;
    fixture->walk.context = fixture;
    assert_ok(tree_salvage_init(&fixture->walk, fixture->pages));
    assert_ok(tree_salvage_walk(&fixture->walk, &fixture->tree));
}

static void wreck(struct fixture *fixture, page_no page)
{
    sim_os_corrupt(fixture->grove.pages.sim, PATH, (uint64_t)page * PAGE_BYTES, PAGE_BYTES, 0x5a);
}

static const uint8_t *node_at(struct fixture *fixture, page_no page)
{
    return overlay_page(fixture->grove.tree.overlay, page);
}

static void require_saved_but(struct fixture *fixture, const struct tree_salvage_loss *loss)
{
    for (unsigned i = 0; i < ITEMS; i++) {
        struct span key = grove_key(&fixture->grove, i);
        bool is_lost = loss != NULL && span_compare(key, loss->from) >= 0 &&
                       (loss->is_open || span_compare(key, loss->to) < 0);

        assert_int_equal(fixture->is_saved[i], !is_lost);
    }
}

static void a_whole_tree_is_given_in_order(void **state)
{
    struct fixture *fixture = *state;

    walk(fixture);
    assert_int_equal(fixture->loss_count, 0);
    require_saved_but(fixture, NULL);
}

static void a_damaged_branch_is_a_range_of_keys(void **state)
{
    struct fixture *fixture = *state;
    page_no branch = node_child(node_at(fixture, fixture->tree.root), 1);

    wreck(fixture, branch);
    walk(fixture);
    assert_int_equal(fixture->loss_count, 1);
    assert_int_equal(fixture->loss.page, branch);
    assert_true(fixture->loss.from.size > 0);
    require_saved_but(fixture, &fixture->loss);
}

static void the_last_leaf_is_lost_to_the_end(void **state)
{
    struct fixture *fixture = *state;
    page_no page = fixture->tree.root;

    for (unsigned level = fixture->tree.level; level > 0; level--)
        page = node_child(node_at(fixture, page), node_count(node_at(fixture, page)));
    wreck(fixture, page);
    walk(fixture);
    assert_int_equal(fixture->loss_count, 1);
    assert_true(fixture->loss.is_open && fixture->loss.from.size > 0);
    require_saved_but(fixture, &fixture->loss);
}

static void without_a_root_all_is_lost(void **state)
{
    struct fixture *fixture = *state;

    wreck(fixture, fixture->tree.root);
    walk(fixture);
    assert_int_equal(fixture->loss_count, 1);
    assert_true(fixture->loss.is_open && fixture->loss.from.size == 0);
    require_saved_but(fixture, &fixture->loss);
}

/* A second way to the same pages, by the same root, leads nowhere. */
static void nothing_is_given_twice(void **state)
{
    struct fixture *fixture = *state;

    walk(fixture);
    assert_ok(tree_salvage_walk(&fixture->walk, &fixture->tree));
    assert_int_equal(fixture->loss_count, 1);
    require_saved_but(fixture, NULL);
}

static void a_record_that_lies_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct tree_state wrong;

    walk(fixture);
    wrong = fixture->tree;
    wrong.level--;
    assert_status(tree_salvage_root(&fixture->walk, &wrong), FH_CORRUPT);
    wrong = fixture->tree;
    wrong.tree_id++;
    assert_status(tree_salvage_root(&fixture->walk, &wrong), FH_CORRUPT);
    wrong = fixture->tree;
    wrong.root = fixture->pages->page_count;
    assert_status(tree_salvage_root(&fixture->walk, &wrong), FH_CORRUPT);
    wrong.level = TREE_LEVELS_MAX;
    assert_status(tree_salvage_root(&fixture->walk, &wrong), FH_CORRUPT);
    wrong.root = 0;
    assert_ok(tree_salvage_root(&fixture->walk, &wrong));
    assert_ok(tree_salvage_root(&fixture->walk, &fixture->tree));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_whole_tree_is_given_in_order),   TEST(a_damaged_branch_is_a_range_of_keys),
        TEST(the_last_leaf_is_lost_to_the_end), TEST(without_a_root_all_is_lost),
        TEST(nothing_is_given_twice),           TEST(a_record_that_lies_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
