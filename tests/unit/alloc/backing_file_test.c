/*
 * backing_file_test.c - pages of a file have their space before they are written.
 */
#include "alloc/backing.h"
#include "crash/sim_os.h"
#include "support/unit.h"

enum { PAGE_SHIFT = 12 };

static void growth_asks_for_space_and_shrinking_gives_it_back(void **state)
{
    struct sim *sim = sim_os_new(1);
    const struct os *os = sim_os_port(sim);
    struct backing *backing = NULL;
    struct os_file *file = NULL;

    (void)state;
    assert_ok(os->open(os, "f", OS_OPEN_CREATE, &file));
    assert_ok(backing_file_open(file, PAGE_SHIFT, &backing));
    assert_ok(backing->ops->grow(backing, 0, 10));
    assert_int_equal(sim_os_file_size(sim, "f"), 10 << PAGE_SHIFT);
    assert_true(sim_os_allocated_bytes(sim) >= 10 << PAGE_SHIFT);
    sim_os_set_capacity(sim, sim_os_allocated_bytes(sim) + (2 << PAGE_SHIFT));
    assert_status(backing->ops->grow(backing, 10, 20), FH_NO_SPACE);
    assert_ok(backing->ops->grow(backing, 10, 12));
    assert_ok(backing->ops->shrink(backing, 3)); /* they are wanted still */
    assert_int_equal(sim_os_file_size(sim, "f"), 12 << PAGE_SHIFT);
    assert_ok(backing->ops->punch(backing, 4, 8));
    assert_true(sim_os_allocated_bytes(sim) <= 4 << PAGE_SHIFT);
    assert_ok(backing->ops->refill(backing, 4, 8));
    assert_true(sim_os_allocated_bytes(sim) >= 12 << PAGE_SHIFT);
    backing->ops->cut(backing, 3);
    assert_ok(backing->ops->shrink(backing, 3));
    assert_int_equal(sim_os_file_size(sim, "f"), 3 << PAGE_SHIFT);
    assert_true(sim_os_allocated_bytes(sim) <= 3 << PAGE_SHIFT);
    backing->ops->close(backing);
    os->close(file);
    sim_os_delete(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growth_asks_for_space_and_shrinking_gives_it_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
