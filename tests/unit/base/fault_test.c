/*
 * fault_test.c - every fault is counted, and told to who wants to know.
 */
#include "base/fault.h"

#include <stdio.h>
#include <string.h>

#include "base/note.h"
#include "support/unit.h"

static char told[2000];

static void keep(void *context, const char *fault)
{
    *(unsigned *)context += 1;
    (void)snprintf(told, sizeof(told), "%s", fault);
}

static void a_fault_is_counted_and_told_as_a_sentence(void **state)
{
    unsigned told_count = 0;
    struct fault_list faults = {.report = keep, .context = &told_count};

    (void)state;
    fault_add(&faults, "page %d: %s", 7, "checksum");
    assert_string_equal(told, "page 7: checksum");
    fault_add(&faults, "another");
    assert_string_equal(told, "another");
    assert_int_equal(faults.count, 2);
    assert_int_equal(told_count, 2);
}

static void nobody_needs_to_listen(void **state)
{
    struct fault_list faults = {.report = NULL};

    (void)state;
    fault_add(&faults, "page %d", 7);
    assert_int_equal(faults.count, 1);
}

static void the_threads_note_stands_behind_the_words(void **state)
{
    unsigned told_count = 0;
    struct fault_list faults = {.report = keep, .context = &told_count};

    (void)state;
    assert_int_equal(note_fail(FH_CORRUPT, __FILE__, __LINE__, "wrong magic"), FH_CORRUPT);
    fault_add_note(&faults, "page %d", 7);
    assert_string_equal(told, "page 7: wrong magic");
}

static void what_is_too_long_is_cut_off(void **state)
{
    unsigned told_count = 0;
    struct fault_list faults = {.report = keep, .context = &told_count};
    char words[1501];

    (void)state;
    memset(words, 'w', 1500);
    words[1500] = '\0';
    fault_add_note(&faults, "%s", words);
    assert_int_equal(strlen(told), 1023);
    assert_int_equal(faults.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_is_counted_and_told_as_a_sentence),
        cmocka_unit_test(nobody_needs_to_listen),
        cmocka_unit_test(the_threads_note_stands_behind_the_words),
        cmocka_unit_test(what_is_too_long_is_cut_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
