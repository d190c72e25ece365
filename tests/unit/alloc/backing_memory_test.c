/*
 * backing_memory_test.c - pages of memory never move and end at the most.
 */
#include "alloc/backing.h"
#include "base/memory.h"
#include "crash/sim_os.h"
#include "support/unit.h"

enum { PAGE_SHIFT = 13, PAGE_MAX = 512 };

static void pages_stay_where_they_are_and_are_zero(void **state)
{
    struct sim *sim = sim_os_new(1);
    struct backing *backing = NULL;
    uint8_t *base;

    (void)state;
    assert_ok(backing_memory_open(sim_os_port(sim), PAGE_SHIFT, PAGE_MAX, &backing));
    base = backing_memory_base(backing);
    assert_int_equal((uintptr_t)base % (2 << 20), 0);
    assert_ok(backing->ops->grow(backing, 0, 16));
    assert_int_equal(base[0], 0);
    base[15 << PAGE_SHIFT] = 1;
    assert_ok(backing->ops->grow(backing, 16, PAGE_MAX));
    assert_ptr_equal(backing_memory_base(backing), base);
    assert_int_equal(base[15 << PAGE_SHIFT], 1);
    assert_status(backing->ops->grow(backing, PAGE_MAX, PAGE_MAX + 1), FH_NO_SPACE);
    assert_ok(backing->ops->shrink(backing, 16));
    backing->ops->close(backing);
    sim_os_delete(sim);
}

static void without_memory_or_addresses_there_is_no_backing(void **state)
{
    uint64_t block_count = memory_block_count();
    struct sim *sim = sim_os_new(1);
    struct backing *backing = NULL;

    (void)state;
    (void)memory_fail_at(1, 0);
    assert_status(backing_memory_open(sim_os_port(sim), PAGE_SHIFT, PAGE_MAX, &backing),
                  FH_NO_MEMORY);
    (void)memory_fail_at(0, 0);
    (void)sim_os_fail_at(sim, SIM_RESERVE, 1, false, FH_NO_MEMORY);
    assert_status(backing_memory_open(sim_os_port(sim), PAGE_SHIFT, PAGE_MAX, &backing),
                  FH_NO_MEMORY);
    assert_null(backing);
    assert_int_equal(memory_block_count(), block_count);
    sim_os_delete(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_stay_where_they_are_and_are_zero),
        cmocka_unit_test(without_memory_or_addresses_there_is_no_backing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
