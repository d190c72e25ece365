/*
 * extent_posix_test.c - where the file system cannot allocate or punch, zeros are written.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/posix_internal.h"
#include "support/fault.h"
#include "support/temp_dir.h"
#include "support/unit.h"

enum { TEXT_BYTES = 200000 };

static char directory[250];
static struct os_file *file;

static int set_up(void **state)
{
    char path[300];
    uint8_t *bytes = malloc(TEXT_BYTES);

    (void)state;
    assert_non_null(bytes);
    memset(bytes, 'x', TEXT_BYTES);
    temp_dir_make(directory, sizeof(directory));
    (void)snprintf(path, sizeof(path), "%s/file", directory);
    assert_ok(os_posix()->open(os_posix(), path, OS_OPEN_CREATE, &file));
    assert_ok(file_write(file, 0, &(struct span){bytes, TEXT_BYTES}, 1));
    free(bytes);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    file->os->close(file);
    temp_dir_remove(directory);
    return 0;
}

/* The file is `length` long; its zeros are first .. end - 1, the rest is text. */
static void require_zeros_between(uint64_t first, uint64_t end, uint64_t length)
{
    struct os_file_size size;
    uint8_t *bytes = malloc(length);

    assert_non_null(bytes);
    assert_ok(extent_size(file, &size));
    assert_int_equal(size.bytes, length);
    assert_ok(os_read_all(file, 0, bytes, length));
    for (uint64_t i = 0; i < length; i++)
        if (bytes[i] != (i >= first && i < end ? 0 : 'x')) fail_msg("byte %d is wrong", (int)i);
    free(bytes);
}

static void zeros_behind_the_end_leave_what_is_before(void **state)
{
    (void)state;
    assert_ok(extent_write_zeros_behind(file, 350000));
    require_zeros_between(TEXT_BYTES, 350000, 350000);
    assert_ok(extent_write_zeros_behind(file, 1000));
    require_zeros_between(TEXT_BYTES, 350000, 350000);
}

static void zeros_over_a_range_stay_inside_it_and_inside_the_file(void **state)
{
    (void)state;
    assert_ok(extent_write_zeros_over(file, 1000, 100000));
    require_zeros_between(1000, 101000, TEXT_BYTES);
    assert_ok(extent_write_zeros_over(file, 101000, UINT64_MAX));
    require_zeros_between(1000, TEXT_BYTES, TEXT_BYTES);
    assert_ok(extent_write_zeros_over(file, TEXT_BYTES, 1));
    require_zeros_between(1000, TEXT_BYTES, TEXT_BYTES);
}

static void without_memory_for_zeros_the_call_says_so(void **state)
{
    (void)state;
    for (struct fault fault = {0}; fault_next(&fault);) {
        fh_status status;

        fault_memory_begin(&fault, FAULT_ONCE);
        status = extent_write_zeros_over(file, 0, 10);
        fault_memory_end(&fault);
        assert_int_equal(status, fault.was_met ? FH_NO_MEMORY : FH_OK);
    }
}

#define LAW(law) cmocka_unit_test_setup_teardown(law, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LAW(zeros_behind_the_end_leave_what_is_before),
        LAW(zeros_over_a_range_stay_inside_it_and_inside_the_file),
        LAW(without_memory_for_zeros_the_call_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
