/*
 * slab_test.c - blocks of one size: each once, the watch, and blocks from other threads.
 */
#include "heap/slab.h"

#include "heap/pool.h"
#include "heap/supply.h"
#include "support/unit.h"

static struct pool pool;
static struct slab *slab;
static struct heap_cache *const owner = (struct heap_cache *)0x1000;

static int open_slab(void **state)
{
    bool is_zero;

    (void)state;
    supply_pages = pages_posix();
    slab_secret = 0x1234567890abcdefU;
    pool_init(&pool, NULL);
    slab = pool_take(&pool, size_class_table[20].pages, 1, &is_zero);
    if (slab == NULL) return -1;
    slab_init(slab, 20, owner);
    return 0;
}

static int close_slab(void **state)
{
    (void)state;
    slab_fini(slab);
    pool_give(&pool, slab, size_class_table[20].pages);
    pool_fini(&pool);
    return 0;
}

static unsigned take_all(void **ret_blocks)
{
    unsigned count = 0;
    unsigned taken = 0;

    for (void *list = slab_take(slab, &taken); list != NULL; list = slab_take(slab, &taken)) {
        unsigned before = count;

        for (void *block = list; block != NULL; block = slab_link(block))
            ret_blocks[count++] = block;
        assert_int_equal(count - before, taken);
    }
    return count;
}

static void every_block_is_given_out_once(void **state)
{
    void *blocks[512] = {NULL};
    unsigned count = take_all(blocks);

    (void)state;
    assert_int_equal(count, size_class_table[20].capacity);
    assert_true(slab->is_full);
    assert_int_equal(slab_used(slab), count);
    for (unsigned i = 0; i < count; i++) {
        assert_ptr_equal(slab_block(slab, blocks[i]), blocks[i]);
        assert_ptr_equal(slab_block(slab, (char *)blocks[i] + 5), blocks[i]);
        for (unsigned j = 0; j < i; j++)
            assert_ptr_not_equal(blocks[i], blocks[j]);
    }
}

static void a_link_is_not_the_address_that_it_stands_for(void **state)
{
    unsigned count = 0;
    void *list = slab_take(slab, &count);

    (void)state;
    assert_ptr_not_equal(*(void **)list, slab_link(list));
    assert_non_null(slab_link(list));
}

static void the_first_block_after_the_watch_says_so(void **state)
{
    void *blocks[512] = {NULL};
    unsigned count = take_all(blocks);

    (void)state;
    assert_true(slab_watch(slab));
    assert_true(slab_give_remote(slab, blocks[0], blocks[0]));
    assert_false(slab_give_remote(slab, blocks[1], blocks[1]));
    assert_false(slab_unwatch(slab));
    slab->wait += slab->bias;
    slab->bias = 0;
    slab_collect(slab);
    assert_int_equal(slab_used(slab), count - 2);
    assert_ptr_equal(slab->local, blocks[0]);
}

static void a_watch_ends_when_nobody_was_quicker(void **state)
{
    void *blocks[512] = {NULL};
    unsigned taken = 0;

    (void)state;
    assert_true(take_all(blocks) > 0);
    assert_true(slab_watch(slab));
    assert_true(slab_unwatch(slab));
    assert_false(slab_give_remote(slab, blocks[0], blocks[0]));
    assert_false(slab_watch(slab));
    assert_ptr_equal(slab_take(slab, &taken), blocks[0]);
    assert_true(taken >= 1);
}

/* A full slab waits for an eighth: a list in one go may bring more than that. */
static void a_list_longer_than_the_wait_ends_it_and_counts_all(void **state)
{
    static void *blocks[512];
    unsigned count = take_all(blocks);

    (void)state;
    assert_true(slab->is_full && slab->wait > 1 && slab->wait < 7);
    assert_false(slab_give(slab, blocks[0], blocks[0], 1));
    assert_int_equal(slab_used(slab), count - 1);
    for (unsigned i = 1; i < 7; i++)
        slab_set_link(blocks[i], blocks[i + 1]);
    assert_true(slab_give(slab, blocks[1], blocks[7], 7));
    assert_int_equal(slab_used(slab), count - 8);
    assert_ptr_equal(slab->local, blocks[1]);
    assert_ptr_equal(slab_link(blocks[7]), blocks[0]);
}

#define slab_unit_test(name) cmocka_unit_test_setup_teardown(name, open_slab, close_slab)

int main(void)
{
    const struct CMUnitTest tests[] = {
        slab_unit_test(every_block_is_given_out_once),
        slab_unit_test(a_link_is_not_the_address_that_it_stands_for),
        slab_unit_test(the_first_block_after_the_watch_says_so),
        slab_unit_test(a_watch_ends_when_nobody_was_quicker),
        slab_unit_test(a_list_longer_than_the_wait_ends_it_and_counts_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
