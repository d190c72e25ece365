/*
 * lab_api_test.c - freehold/lab.h: arguments refused, addresses behind headers, figures.
 */
#include <string.h>

#include "base/memory.h"
#include "freehold/lab.h"
#include "support/fault.h"
#include "support/unit.h"

static const fh_lab_options plain = {.size = sizeof(plain),
                                     .policy = "first",
                                     .coalesces = 1,
                                     .heap_bytes = 100,
                                     .base_address = 1000,
                                     .header_bytes = 4};

static fh_lab *open_plain(void)
{
    fh_lab *lab;

    assert_ok(fh_lab_new(&plain, &lab));
    return lab;
}

static void an_address_is_behind_the_header(void **state)
{
    fh_lab *lab = open_plain();
    fh_lab_run run;
    size_t count = 0;
    uint64_t address = 0;
    uint64_t searched = 0;

    (void)state;
    assert_ok(fh_lab_alloc(lab, 10, &address, &searched));
    assert_int_equal(address, 1004);
    assert_int_equal(searched, 1);
    assert_ok(fh_lab_walk(lab, &run, 1, &count));
    assert_int_equal(count, 1);
    assert_int_equal(run.address, 1014);
    assert_int_equal(run.bytes, 86);

    assert_status(fh_lab_free(lab, 1000), FH_NOT_FOUND);
    assert_status(fh_lab_free(lab, 0), FH_NOT_FOUND);
    assert_ok(fh_lab_free(lab, address));
    fh_lab_delete(lab);
}

static void what_does_not_fit_still_tells_how_far_it_searched(void **state)
{
    fh_lab *lab = open_plain();
    uint64_t address = 77;
    uint64_t searched = 77;

    (void)state;
    assert_status(fh_lab_alloc(lab, 97, &address, &searched), FH_NO_SPACE);
    assert_int_equal(address, 77);
    assert_int_equal(searched, 1);
    assert_ok(fh_lab_alloc(lab, 96, &address, NULL));
    fh_lab_delete(lab);
}

static void figures_add_up(void **state)
{
    fh_lab *lab = open_plain();
    fh_lab_stat_info stat = {.size = sizeof(stat)};
    uint64_t first;
    uint64_t second;

    (void)state;
    assert_ok(fh_lab_alloc(lab, 10, &first, NULL));
    assert_ok(fh_lab_alloc(lab, 20, &second, NULL));
    assert_ok(fh_lab_free(lab, first));
    assert_ok(fh_lab_stat(lab, &stat));
    assert_int_equal(stat.heap_bytes, 100);
    assert_int_equal(stat.free_bytes, 76);
    assert_int_equal(stat.free_count, 2);
    assert_int_equal(stat.largest_free_bytes, 62);
    assert_int_equal(stat.live_bytes, 24);
    assert_int_equal(stat.live_count, 1);
    assert_int_equal(stat.asked_bytes, 20);
    fh_lab_delete(lab);
}

/* Callers of another version have a shorter or a longer struct. */
static void only_as_much_of_a_struct_as_the_caller_has(void **state)
{
    fh_lab *lab = open_plain();
    fh_lab_stat_info stat = {.size = offsetof(fh_lab_stat_info, free_count), .free_count = 77};
    fh_lab_options options = plain;

    (void)state;
    assert_ok(fh_lab_stat(lab, &stat));
    assert_int_equal(stat.free_bytes, 100);
    assert_int_equal(stat.free_count, 77);
    fh_lab_delete(lab);

    options.size = offsetof(fh_lab_options, header_bytes);
    assert_ok(fh_lab_new(&options, &lab));
    assert_ok(fh_lab_alloc(lab, 100, &(uint64_t){0}, NULL));
    fh_lab_delete(lab);
}

static void wrong_options_are_refused(void **state)
{
    fh_lab_options wrong[6] = {plain, plain, plain, plain, plain, plain};
    fh_lab *lab = NULL;

    (void)state;
    wrong[0].size = 0;
    wrong[1].size = 5000;
    wrong[2].policy = NULL;
    wrong[3].policy = "lifo";
    wrong[4].order = "up";
    wrong[5].heap_bytes = 0;
    for (unsigned i = 0; i < 6; i++)
        assert_status(fh_lab_new(&wrong[i], &lab), FH_INVALID);
    assert_status(fh_lab_new(NULL, &lab), FH_INVALID);
    assert_status(fh_lab_new(&plain, NULL), FH_INVALID);
    assert_null(lab);
    assert_int_equal(memory_block_count(), 0);
}

static void wrong_arguments_are_refused(void **state)
{
    fh_lab *lab = open_plain();
    fh_lab_stat_info stat = {.size = 0};
    uint64_t address;
    size_t count;

    (void)state;
    assert_status(fh_lab_alloc(NULL, 1, &address, NULL), FH_INVALID);
    assert_status(fh_lab_alloc(lab, 1, NULL, NULL), FH_INVALID);
    assert_status(fh_lab_alloc(lab, 0, &address, NULL), FH_INVALID);
    assert_status(fh_lab_free(NULL, 1), FH_INVALID);
    assert_status(fh_lab_walk(NULL, NULL, 0, &count), FH_INVALID);
    assert_status(fh_lab_walk(lab, NULL, 1, &count), FH_INVALID);
    assert_status(fh_lab_walk(lab, NULL, 0, NULL), FH_INVALID);
    assert_status(fh_lab_stat(NULL, &stat), FH_INVALID);
    assert_status(fh_lab_stat(lab, NULL), FH_INVALID);
    assert_status(fh_lab_stat(lab, &stat), FH_INVALID);
    fh_lab_delete(lab);
    fh_lab_delete(NULL);
}

static void without_memory_there_is_no_lab(void **state)
{
    (void)state;
    for (struct fault fault = {0}; fault_next(&fault);) {
        fh_lab *lab = NULL;
        fh_status status;

        fault_memory_begin(&fault, FAULT_ONCE);
        status = fh_lab_new(&plain, &lab);
        fault_memory_end(&fault);
        assert_status(status, fault.was_met ? FH_NO_MEMORY : FH_OK);
        assert_int_equal(lab == NULL, fault.was_met);
        fh_lab_delete(lab);
        assert_int_equal(memory_block_count(), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_behind_the_header),
        cmocka_unit_test(what_does_not_fit_still_tells_how_far_it_searched),
        cmocka_unit_test(figures_add_up),
        cmocka_unit_test(only_as_much_of_a_struct_as_the_caller_has),
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(wrong_arguments_are_refused),
        cmocka_unit_test(without_memory_there_is_no_lab),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
