/*
 * heap_fault.c - every system call of a heap fails once, then all from some on fail.
 *
 * A script takes blocks of every kind, makes them grow and shrink, gives some back and trims. A
 * call that the system fails ends in NULL and ENOMEM, or does without; what was there before is
 * there after, and once the system works again, so does the heap. Rounds go on until one meets
 * no failure.
 */
#include <errno.h>
#include <string.h>

#include "heap/supply.h"
#include "support/bad_pages.h"
#include "support/fault.h"
#include "support/unit.h"

#include "freehold/heap.h"

enum { BLOCKS = 40 };

static const size_t sizes[] = {24, 700, 5000, 30000, 50000, 700000, 3U << 20, 9U << 20};

static unsigned char *blocks[BLOCKS];
static size_t asked[BLOCKS];

static void set(unsigned i, unsigned char *block, size_t bytes)
{
    if (block == NULL) {
        assert_int_equal(errno, ENOMEM);
        return;
    }
    blocks[i] = block;
    asked[i] = bytes;
    memset(block, (int)(i + 1), bytes < 5000 ? bytes : 5000);
}

static void check(unsigned i)
{
    size_t bytes = asked[i] < 5000 ? asked[i] : 5000;

    for (size_t at = 0; blocks[i] != NULL && at < bytes; at++)
        if (blocks[i][at] != i + 1) assert_int_equal(blocks[i][at], i + 1);
}

static void give(unsigned i)
{
    check(i);
    fh_free(blocks[i]);
    blocks[i] = NULL;
}

static void take_all(fh_heap *heap)
{
    for (unsigned i = 0; i < BLOCKS; i++) {
        size_t bytes = sizes[i % 8];

        errno = 0;
        if (i % 10 == 8)
            set(i, fh_heap_calloc(heap, 1, bytes), bytes);
        else if (i % 10 == 9)
            set(i, fh_heap_aligned_alloc(heap, (size_t)1 << (i % 23), bytes), bytes);
        else
            set(i, fh_heap_malloc(heap, bytes), bytes);
    }
}

static void resize_all(void)
{
    for (unsigned i = 0; i < BLOCKS; i += 3) {
        size_t bytes = i % 2 == 0 ? asked[i] * 3 : asked[i] / 3 + 1;

        if (blocks[i] == NULL) continue;
        errno = 0;
        check(i);
        set(i, fh_realloc(blocks[i], bytes), bytes);
        check(i);
    }
}

static void run_script(fh_heap *heap)
{
    take_all(heap);
    resize_all();
    for (unsigned i = 0; i < BLOCKS; i += 2)
        give(i);
    (void)fh_heap_trim(heap);
    bad_pages_wait(10000);
    for (unsigned i = 0; i < BLOCKS; i += 2) {
        errno = 0;
        set(i, fh_heap_malloc(heap, asked[i]), asked[i]);
    }
    for (unsigned i = 0; i < BLOCKS; i++)
        give(i);
}

static void run_all(enum fault_length length)
{
    for (struct fault fault = {0}; fault_next(&fault);) {
        fh_heap *heap;

        assert_ok(fh_heap_new(NULL, &heap));
        (void)bad_pages_fail_at(fault.n, length == FAULT_FOR_EVER);
        run_script(heap);
        fault_end(&fault, bad_pages_fail_at(0, false));
        take_all(heap);
        for (unsigned i = 0; i < BLOCKS; i++) {
            assert_non_null(blocks[i]);
            give(i);
        }
        fh_heap_delete(heap);
        (void)fh_heap_trim(NULL);
    }
}

static void one_call_fails(void **state)
{
    (void)state;
    run_all(FAULT_ONCE);
}

static void all_calls_fail_from_some_on(void **state)
{
    (void)state;
    run_all(FAULT_FOR_EVER);
}

static void nothing_is_left(void **state)
{
    struct supply_stat stat;

    (void)state;
    (void)fh_heap_trim(NULL);
    stat = supply_stat();
    assert_int_equal(stat.used_bytes, 0);
    assert_int_equal(stat.kept_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_call_fails),
        cmocka_unit_test(all_calls_fail_from_some_on),
        cmocka_unit_test(nothing_is_left),
    };

    supply_pages = bad_pages();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
