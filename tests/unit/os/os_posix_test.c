/*
 * os_posix_test.c - the table of the real system is complete.
 */
#include <string.h>

#include "os/os.h"
#include "support/unit.h"

static void every_function_of_the_port_is_there(void **state)
{
    const void *functions[sizeof(struct os) / sizeof(void *)];

    (void)state;
    assert_int_equal(sizeof(functions), sizeof(struct os));
    memcpy(functions, os_posix(), sizeof(functions));
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
        assert_non_null(functions[i]);
    assert_string_equal(os_posix()->name, "posix");
}

static void there_is_one_real_system(void **state)
{
    (void)state;
    assert_ptr_equal(os_posix(), os_posix());
}

static void the_machine_has_some_memory(void **state)
{
    (void)state;
    assert_true(os_posix()->memory_bytes(os_posix()) > UINT64_C(16) << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_function_of_the_port_is_there),
        cmocka_unit_test(there_is_one_real_system),
        cmocka_unit_test(the_machine_has_some_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
