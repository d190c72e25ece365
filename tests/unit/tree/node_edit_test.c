/*
 * node_edit_test.c - a node against a table, from empty to full and back, both kinds.
 */
#include "tree/node_edit.h"

#include <stdlib.h>

#include "base/random.h"
#include "support/seed.h"
#include "support/unit.h"

enum { PAGE_MAX = 8192, ITEMS_MAX = 1200, REST_MAX = 60, STEPS = 3000, TREE_ID = 9 };

static const uint32_t page_sizes[] = {512, 8192};

/* An item, or a separator with the child on its right. */
struct item {
    uint8_t rest[REST_MAX];
    uint32_t rest_bytes;
    uint8_t payload[REST_MAX];
    uint32_t payload_bytes;
    uint32_t child;
};

struct model {
    struct random random;
    uint32_t page_bytes;
    unsigned level;
    struct span prefix;
    uint8_t node[PAGE_MAX];
    struct item items[ITEMS_MAX]; /* ascending */
    unsigned count;
    uint32_t first_child;
};

static struct span rest_of(const struct item *item)
{
    return span_of(item->rest, item->rest_bytes);
}

/* Few letters, so that keys are equal in their heads and starts of each other. */
static void make_item(struct model *model, struct item *item)
{
    static const uint8_t letters[] = {0, 1, 'a', 0xff};
    uint64_t most = random_below(&model->random, 3) == 0 ? REST_MAX : 6;

    item->rest_bytes = (uint32_t)(random_below(&model->random, most) + (model->level > 0));
    for (uint32_t i = 0; i < item->rest_bytes; i++)
        item->rest[i] = letters[random_below(&model->random, sizeof(letters))];
    item->payload_bytes = (uint32_t)random_below(&model->random, REST_MAX);
    memset(item->payload, (int)random_below(&model->random, 256), item->payload_bytes);
    item->child = (uint32_t)random_next(&model->random);
}

/* The place of a key in the table; true when it is there. */
static bool find(const struct model *model, struct span rest, unsigned *ret_at)
{
    unsigned at = 0;

    while (at < model->count && span_compare(rest_of(&model->items[at]), rest) < 0)
        at++;
    *ret_at = at;
    return at < model->count && span_equals(rest_of(&model->items[at]), rest);
}

static void require_leaf_item(const struct model *model, unsigned i)
{
    const struct item *item = &model->items[i];
    uint8_t key[64 + REST_MAX];
    struct cell cell;
    bool found;

    assert_true(node_cell(model->node, model->page_bytes, i, &cell));
    assert_true(span_equals(cell.rest, rest_of(item)));
    assert_true(span_equals(cell.payload, span_of(item->payload, item->payload_bytes)));
    if (model->prefix.size > 0) memcpy(key, model->prefix.data, model->prefix.size);
    memcpy(key + model->prefix.size, item->rest, item->rest_bytes);
    assert_int_equal(node_search(model->node, model->page_bytes,
                                 span_of(key, model->prefix.size + item->rest_bytes), &found),
                     i);
    assert_true(found);
}

static void require_separator(const struct model *model, unsigned i)
{
    const struct item *item = &model->items[i];
    uint8_t key[64 + REST_MAX], room[SEPARATOR_SHORT];
    struct span rest;

    assert_true(node_separator(model->node, model->page_bytes, i, room, &rest));
    assert_true(span_equals(rest, rest_of(item)));
    assert_int_equal(node_child(model->node, i + 1), item->child);
    if (model->prefix.size > 0) memcpy(key, model->prefix.data, model->prefix.size);
    memcpy(key + model->prefix.size, item->rest, item->rest_bytes);
    assert_int_equal(node_search_child(model->node, model->page_bytes,
                                       span_of(key, model->prefix.size + item->rest_bytes)),
                     i + 1);
}

static void require_same(const struct model *model)
{
    assert_true(node_is_sound(model->node, model->page_bytes, model->level, TREE_ID));
    assert_ok(node_validate(model->node, model->page_bytes));
    assert_int_equal(node_count(model->node), model->count);
    assert_true(span_equals(node_prefix(model->node), model->prefix));
    if (model->level > 0) assert_int_equal(node_child(model->node, 0), model->first_child);
    for (unsigned i = 0; i < model->count; i++) {
        if (model->level == 0)
            require_leaf_item(model, i);
        else
            require_separator(model, i);
    }
}

static void insert(struct model *model, unsigned at, const struct item *item)
{
    if (model->level == 0)
        node_insert(model->node, model->page_bytes, at,
                    &(struct leaf_item){.rest = rest_of(item),
                                        .payload = span_of(item->payload, item->payload_bytes)});
    else
        node_insert_child(model->node, model->page_bytes, at, rest_of(item), item->child);
    memmove(&model->items[at + 1], &model->items[at],
            (model->count - at) * sizeof(model->items[0]));
    model->items[at] = *item;
    model->count++;
}

static void remove_one(struct model *model)
{
    unsigned at = (unsigned)random_below(&model->random, model->count);

    if (model->level == 0)
        node_remove(model->node, model->page_bytes, at);
    else
        node_remove_child(model->node, at);
    model->count--;
    memmove(&model->items[at], &model->items[at + 1],
            (model->count - at) * sizeof(model->items[0]));
}

static bool has_room(const struct model *model, const struct item *item)
{
    if (model->level > 0) return node_has_branch_room(model->node, item->rest_bytes);
    return node_has_room(model->node,
                         node_cell_bytes(item->rest_bytes, item->payload_bytes, false));
}

static void replace_one(struct model *model)
{
    unsigned at = (unsigned)random_below(&model->random, model->count);
    struct item *item = &model->items[at];
    struct leaf_item same;

    if (model->level > 0) {
        item->child ^= 1;
        node_set_child(model->node, at + 1, item->child);
        return;
    }
    memset(item->payload, (int)random_below(&model->random, 256), item->payload_bytes);
    same = (struct leaf_item){.rest = rest_of(item),
                              .payload = span_of(item->payload, item->payload_bytes)};
    assert_true(node_replace(model->node, model->page_bytes, at, &same));
    same.payload.size++;
    assert_false(node_replace(model->node, model->page_bytes, at, &same));
}

static void live(struct model *model)
{
    unsigned fill_percent = 70;

    for (unsigned step = 0; step < STEPS; step++) {
        struct item item;
        unsigned at;

        make_item(model, &item);
        if (step % 500 == 0) fill_percent = 100 - fill_percent;
        if (random_below(&model->random, 100) >= fill_percent && model->count > 0)
            remove_one(model);
        else if (model->count > 0 && step % 7 == 0)
            replace_one(model);
        else if (!find(model, rest_of(&item), &at) && model->count < ITEMS_MAX &&
                 has_room(model, &item))
            insert(model, at, &item);
        if (step % (model->page_bytes / 64) == 0) require_same(model);
    }
    require_same(model);
}

static void live_between(unsigned level, struct span lower, struct span upper, bool is_open)
{
    struct model *model = calloc(1, sizeof(*model));

    assert_non_null(model);
    for (size_t i = 0; i < 2; i++) {
        struct node_frame frame = {.page_bytes = page_sizes[i],
                                   .tree_id = TREE_ID,
                                   .level = level,
                                   .epoch = 5,
                                   .lower = lower,
                                   .upper = upper,
                                   .is_open = is_open};

        *model = (struct model){.page_bytes = page_sizes[i], .level = level, .first_child = 77};
        random_init(&model->random, seed_get() + level);
        node_init(model->node, &frame);
        if (level > 0) node_set_child(model->node, 0, model->first_child);
        model->prefix = span_of(lower.data, node_prefix_between(lower, upper, is_open));
        require_same(model);
        live(model);
        assert_true(span_equals(node_lower(model->node), lower));
        if (!is_open) assert_true(span_equals(node_upper(model->node), upper));
        assert_int_equal(node_is_open(model->node), is_open);
        assert_int_equal(node_epoch(model->node), 5);
    }
    free(model);
}

static void any_history_of_a_node_equals_the_table(void **state)
{
    struct span none = span_of("", 0);

    (void)state;
    for (unsigned level = 0; level < 2; level++) {
        live_between(level, none, none, true);
        live_between(level, span_of("prefix and a", 12), span_of("prefix and b", 12), false);
        live_between(level, span_of("only lower", 10), none, true);
        live_between(level, none, span_of("only upper", 10), false);
    }
}

/* Branches take separators up to four bytes for nothing but their head. */
static void room_is_told_exactly(void **state)
{
    (void)state;
    for (uint32_t payload = 0; payload <= 100; payload++) {
        uint8_t node[512], value[100] = {0};
        struct node_frame frame = {
            .page_bytes = 512, .tree_id = TREE_ID, .epoch = 1, .is_open = true};
        uint32_t bytes = node_cell_bytes(2, payload, false);
        unsigned count = 0;

        node_init(node, &frame);
        for (; node_has_room(node, bytes); count++) {
            uint8_t key[2] = {(uint8_t)(count >> 8), (uint8_t)count};

            node_insert(
                node, 512, count,
                &(struct leaf_item){.rest = span_of(key, 2), .payload = span_of(value, payload)});
            assert_int_equal(node_used_bytes(node, 512),
                             leaf_arrays_end(count + 1) + (count + 1) * bytes);
        }
        assert_true(leaf_arrays_end(count + 1) + (count + 1) * bytes > 512);
        assert_ok(node_validate(node, 512));
    }
}

/* Pieces of two nodes, appended, are a node that has all of it; its prefix is shorter, the same
 * or longer. */
static void require_appended(unsigned level, struct span lower, struct span upper)
{
    enum { COUNT = 40, CUT = 13 };
    static const char shared[] = "pre-fix";
    struct span whole_prefix = span_of(shared, 4);
    uint8_t from[PAGE_MAX], to[PAGE_MAX];
    struct node_frame frame = {.page_bytes = PAGE_MAX,
                               .tree_id = TREE_ID,
                               .level = level,
                               .lower = span_of("pre-a", 5),
                               .upper = span_of("pre-z", 5)};
    size_t prefix;

    node_init(from, &frame);
    frame.lower = lower;
    frame.upper = upper;
    node_init(to, &frame);
    prefix = node_prefix_bytes(to);
    if (level > 0) {
        node_set_child(from, 0, 100);
        node_set_child(to, 0, 100);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        uint8_t key[6] = {'f', 'i', 'x', '-', (uint8_t)(i / 7), (uint8_t)i};
        struct span rest = span_of(key, i % 3 == 0 || i == CUT ? 6 : 5 + (i % 7 > 0));
        struct leaf_item item = {rest, span_of(key, i % 6), false};

        if (level == 0)
            node_insert(from, PAGE_MAX, i, &item);
        else
            node_insert_child(from, PAGE_MAX, i, rest, 101 + i);
    }
    node_append(to, PAGE_MAX, from, 0, CUT);
    node_append(to, PAGE_MAX, from, CUT, 0);
    node_append(to, PAGE_MAX, from, CUT, COUNT - CUT);
    assert_ok(node_validate(to, PAGE_MAX));
    assert_int_equal(node_count(to), COUNT);
    for (unsigned i = 0; i < COUNT; i++) {
        uint8_t rooms[2][SEPARATOR_SHORT], key[64];
        struct span old, now;
        struct cell cells[2];

        if (level == 0) {
            assert_true(node_cell(from, PAGE_MAX, i, &cells[0]));
            assert_true(node_cell(to, PAGE_MAX, i, &cells[1]));
            assert_true(span_equals(cells[0].payload, cells[1].payload));
            old = cells[0].rest;
            now = cells[1].rest;
        } else {
            assert_true(node_separator(from, PAGE_MAX, i, rooms[0], &old));
            assert_true(node_separator(to, PAGE_MAX, i, rooms[1], &now));
            assert_int_equal(node_child(to, i + 1), 101 + i);
        }
        memcpy(key, whole_prefix.data, whole_prefix.size);
        memcpy(key + whole_prefix.size, old.data, old.size);
        assert_true(span_equals(now, span_of(key + prefix, whole_prefix.size + old.size - prefix)));
    }
}

static void what_is_appended_keeps_its_keys(void **state)
{
    (void)state;
    for (unsigned level = 0; level < 2; level++) {
        require_appended(level, span_of("", 0), span_of("q", 1));
        require_appended(level, span_of("pr", 2), span_of("prf", 3));
        require_appended(level, span_of("pre-b", 5), span_of("pre-y", 5));
        require_appended(level, span_of("pre-fix", 7), span_of("pre-fix-~", 9));
    }
}

static void a_prefix_is_what_both_fences_share(void **state)
{
    (void)state;
    assert_int_equal(node_prefix_between(span_of("abc", 3), span_of("abd", 3), false), 2);
    assert_int_equal(node_prefix_between(span_of("ab", 2), span_of("abd", 3), false), 2);
    assert_int_equal(node_prefix_between(span_of("", 0), span_of("abd", 3), false), 0);
    assert_int_equal(node_prefix_between(span_of("abc", 3), span_of("abd", 3), true), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_history_of_a_node_equals_the_table),
        cmocka_unit_test(room_is_told_exactly),
        cmocka_unit_test(what_is_appended_keeps_its_keys),
        cmocka_unit_test(a_prefix_is_what_both_fences_share),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
