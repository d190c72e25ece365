/*
 * size_class_test.c - every size has the smallest class that holds it, every slab its blocks.
 */
#include "heap/size_class.h"

#include "heap/heap_chunk.h"
#include "support/unit.h"

static void every_size_has_the_smallest_class_that_holds_it(void **state)
{
    (void)state;
    for (size_t bytes = 0; bytes <= SIZE_CLASS_MAX; bytes++) {
        unsigned class_no = size_class_of(bytes);

        assert_true(class_no < SIZE_CLASS_COUNT);
        assert_true(size_class_table[class_no].bytes >= bytes);
        if (class_no > 0) assert_true(size_class_table[class_no - 1].bytes < bytes);
    }
    assert_int_equal(size_class_of(SIZE_CLASS_SHORT_MAX) + 1, SIZE_CLASS_SHORT_COUNT);
}

static void a_slab_holds_its_blocks_and_wastes_little(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SIZE_CLASS_COUNT; i++) {
        size_t pages = size_class_table[i].pages * CHUNK_PAGE_BYTES;
        size_t blocks = (size_t)size_class_table[i].bytes * size_class_table[i].capacity;

        assert_int_equal(size_class_table[i].bytes % SIZE_CLASS_STEP, 0);
        assert_true(blocks <= pages);
        assert_true(pages - blocks <= pages / 15);
        assert_true(pages - blocks < size_class_table[i].bytes);
        assert_true(size_class_table[i].capacity >= 4);
    }
}

static void an_alignment_gets_the_first_class_that_has_it(void **state)
{
    (void)state;
    for (size_t alignment = 16; alignment <= CHUNK_PAGE_BYTES; alignment *= 2) {
        for (size_t bytes = 0; bytes <= SIZE_CLASS_MAX; bytes++) {
            unsigned class_no = size_class_aligned(alignment, bytes);

            assert_true(class_no < SIZE_CLASS_COUNT);
            assert_true(size_class_table[class_no].bytes >= bytes);
            assert_int_equal(size_class_table[class_no].bytes % alignment, 0);
            while (class_no-- > 0 && size_class_table[class_no].bytes >= bytes)
                assert_int_not_equal(size_class_table[class_no].bytes % alignment, 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_has_the_smallest_class_that_holds_it),
        cmocka_unit_test(a_slab_holds_its_blocks_and_wastes_little),
        cmocka_unit_test(an_alignment_gets_the_first_class_that_has_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
