/*
 * chunk_test.c - the list of chunks with drafts.
 */
#include "alloc/chunk.h"

#include "base/memory.h"
#include "support/unit.h"

static void a_chunk_has_one_draft_and_stands_once_in_the_list(void **state)
{
    uint64_t block_count = memory_block_count();
    struct chunk_table table;

    (void)state;
    chunk_table_init(&table, 16);
    assert_ok(chunk_reserve(&table, 40));
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 40; i += 3)
            assert_ok(chunk_draft(&table, i));
    assert_int_equal(table.drafted_count, 14);
    for (uint32_t i = 0; i < table.drafted_count; i++)
        assert_non_null(table.chunks[table.drafted[i]].draft);
    chunk_drop_drafts(&table);
    assert_int_equal(table.drafted_count, 0);
    for (uint32_t i = 0; i < 40; i++)
        assert_null(table.chunks[i].draft);
    chunk_table_fini(&table);
    assert_int_equal(memory_block_count(), block_count);
}

static void a_draft_without_memory_is_none(void **state)
{
    struct chunk_table table;

    (void)state;
    chunk_table_init(&table, 16);
    assert_ok(chunk_reserve(&table, 4));
    for (uint64_t n = 1; n <= 2; n++) {
        (void)memory_fail_at(n, 0);
        assert_status(chunk_draft(&table, 2), FH_NO_MEMORY);
        (void)memory_fail_at(0, 0);
        assert_null(table.chunks[2].draft);
        assert_int_equal(table.drafted_count, 0);
    }
    assert_ok(chunk_draft(&table, 2));
    chunk_table_fini(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chunk_has_one_draft_and_stands_once_in_the_list),
        cmocka_unit_test(a_draft_without_memory_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
