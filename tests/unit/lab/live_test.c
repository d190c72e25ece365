/*
 * live_test.c - live blocks are found where they start, however many came and went.
 */
#include "lab/live.h"

#include "base/memory.h"
#include "base/random.h"
#include "support/fault.h"
#include "support/seed.h"
#include "support/unit.h"

static void add(struct live *live, uint64_t start)
{
    struct block *block = memory_take(1, sizeof(*block));

    assert_non_null(block);
    block->start = start;
    assert_ok(live_reserve(live));
    live_add(live, block);
}

static void an_empty_table_has_no_block(void **state)
{
    struct live live;

    (void)state;
    live_init(&live);
    assert_null(live_remove(&live, 0));
    live_fini(&live);
}

static void a_removed_block_is_found_no_more(void **state)
{
    struct live live;
    struct block *block;

    (void)state;
    live_init(&live);
    add(&live, 0);
    add(&live, UINT64_MAX);

    block = live_remove(&live, UINT64_MAX);
    assert_non_null(block);
    memory_give(block);
    assert_null(live_remove(&live, UINT64_MAX));
    assert_int_equal(live.block_count, 1);
    live_fini(&live);
    assert_int_equal(memory_block_count(), 0);
}

static void starts_are_unique(void **state)
{
    struct live live;
    struct block block = {.start = 5};

    (void)state;
    live_init(&live);
    add(&live, 5);
    assert_ok(live_reserve(&live));
    expect_assert_failure(live_add(&live, &block));
    live_fini(&live);
}

/* Removing closes gaps: what hashes to the same place stays within reach. */
static void random_blocks_are_found_until_they_are_removed(void **state)
{
    enum { START_COUNT = 200 };
    uint8_t is_live[START_COUNT] = {0};
    struct random random;
    struct live live;

    (void)state;
    random_init(&random, seed_get());
    live_init(&live);
    for (unsigned step = 0; step < 20000; step++) {
        uint64_t number = random_below(&random, START_COUNT);
        struct block *block = live_remove(&live, number * 64);

        assert_int_equal(block != NULL, is_live[number]);
        memory_give(block);
        if (!is_live[number]) add(&live, number * 64);
        is_live[number] = !is_live[number];
    }
    live_fini(&live);
    assert_int_equal(memory_block_count(), 0);
}

static void without_memory_the_table_stays(void **state)
{
    (void)state;
    for (struct fault fault = {0}; fault_next(&fault);) {
        struct live live;
        fh_status status;

        live_init(&live);
        for (uint64_t start = 0; start < 16; start++)
            add(&live, start);
        fault_memory_begin(&fault, FAULT_ONCE);
        status = live_reserve(&live);
        fault_memory_end(&fault);

        assert_status(status, fault.was_met ? FH_NO_MEMORY : FH_OK);
        for (uint64_t start = 0; start < 16; start++) {
            struct block *block = live_remove(&live, start);

            assert_non_null(block);
            memory_give(block);
        }
        live_fini(&live);
    }
    assert_int_equal(memory_block_count(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_table_has_no_block),
        cmocka_unit_test(a_removed_block_is_found_no_more),
        cmocka_unit_test(starts_are_unique),
        cmocka_unit_test(random_blocks_are_found_until_they_are_removed),
        cmocka_unit_test(without_memory_the_table_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
