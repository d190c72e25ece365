/*
 * clock_posix_test.c - the clocks are the system's.
 */
#include <time.h>

#include "os/os.h"
#include "support/unit.h"

static void the_wall_clock_tells_the_time_of_the_c_library(void **state)
{
    uint64_t before = (uint64_t)time(NULL);
    uint64_t now = os_posix()->wall_ns(os_posix()) / 1000000000;
    uint64_t after = (uint64_t)time(NULL);

    (void)state;
    /* time() may lag a tick behind. */
    assert_in_range(now, before, after + 1);
}

static void the_monotonic_clock_moves(void **state)
{
    uint64_t start = os_posix()->monotonic_ns(os_posix());

    (void)state;
    while (os_posix()->monotonic_ns(os_posix()) == start)
        continue;
    assert_true(os_posix()->monotonic_ns(os_posix()) > start);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wall_clock_tells_the_time_of_the_c_library),
        cmocka_unit_test(the_monotonic_clock_moves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
