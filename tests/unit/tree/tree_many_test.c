/*
 * tree_many_test.c - keys that go down together find what each alone would.
 */
#include "support/grove.h"
#include "support/seed.h"
#include "support/unit.h"
#include "tree/tree.h"

enum { SMALL = 512, LARGE = 8192, ITEMS = 500, ROUNDS = 200 };

static void require_group(struct grove *grove, const struct tree *tree, const unsigned *asked,
                          unsigned count)
{
    struct span keys[TREE_GROUP_MAX] = {{NULL, 0}}, values[TREE_GROUP_MAX];
    unsigned found = TREE_GROUP_MAX + 1, wanted = 0;

    for (unsigned i = 0; i < count; i++)
        keys[i] = grove_key(grove, asked[i]);
    assert_ok(tree_get_group(tree, keys, count, values, &found));
    for (unsigned i = 0; i < count; i++) {
        if (grove->items[asked[i]].is_there) {
            wanted++;
            assert_true(span_equals(values[i], grove_value(grove, asked[i])));
            assert_non_null(values[i].data);
        } else {
            assert_null(values[i].data);
            assert_int_equal(values[i].size, 0);
        }
    }
    assert_int_equal(found, wanted);
}

/* Any number of keys, there or not, the same ones twice, in trees of no level and of several. */
static void a_group_finds_what_its_keys_alone_would(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2 * GROVE_KINDS; kind++) {
        uint32_t page_bytes = kind < GROVE_KINDS ? SMALL : LARGE;
        struct grove grove;
        struct tree view;

        grove_open(&grove, page_bytes, (enum grove_kind)(kind % GROVE_KINDS), ITEMS, seed_get());
        for (unsigned round = 0; round < ROUNDS; round++) {
            unsigned asked[TREE_GROUP_MAX];
            unsigned count = (unsigned)random_below(&grove.random, TREE_GROUP_MAX + 1);

            for (unsigned i = 0; i < count; i++)
                asked[i] = (unsigned)random_below(&grove.random, grove.item_count);
            require_group(&grove, &grove.tree, asked, count);
            for (unsigned i = 0; i < 4; i++) {
                unsigned at = (unsigned)random_below(&grove.random, grove.item_count);

                if (!grove.items[at].is_there)
                    grove_put(&grove, at, i == 0 ? 0 : grove_value_bytes(&grove));
                else if (i == 3)
                    grove_erase(&grove, at);
            }
            if (round % 50 != 0) continue;
            grove_commit(&grove);
            tree_init(&view, &grove.tree.state, grove.pages.pager, NULL);
            view.buffers = grove.tree.buffers;
            require_group(&grove, &view, asked, count);
        }
        grove_close(&grove);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_finds_what_its_keys_alone_would),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
