/*
 * status_test.c - every status has a number of its own, a name and a sentence.
 */
#include "freehold/status.h"

#include <stdio.h>
#include <string.h>

#include "base/note.h"
#include "freehold/version.h"
#include "support/unit.h"

static const struct {
    fh_status status;
    int number;
    const char *name;
} statuses[] = {
#define ROW(name, number, sentence) {FH_##name, number, "FH_" #name},
    FH_STATUS_TABLE(ROW)
#undef ROW
};

enum { STATUS_COUNT = sizeof(statuses) / sizeof(statuses[0]) };

static void ok_is_zero_and_all_others_are_negative(void **state)
{
    (void)state;
    assert_int_equal(FH_OK, 0);
    for (int i = 1; i < STATUS_COUNT; i++)
        assert_true(statuses[i].status < 0);
}

static void no_two_statuses_share_a_number_or_a_sentence(void **state)
{
    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++)
        for (int k = 0; k < i; k++) {
            assert_int_not_equal(statuses[i].number, statuses[k].number);
            assert_string_not_equal(fh_strerror(statuses[i].status),
                                    fh_strerror(statuses[k].status));
        }
}

static void every_status_has_its_name_and_a_sentence(void **state)
{
    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++) {
        assert_string_equal(fh_status_name(statuses[i].status), statuses[i].name);
        assert_true(strlen(fh_strerror(statuses[i].status)) > 3);
    }
}

static void a_number_that_is_no_status_is_called_unknown(void **state)
{
    (void)state;
    assert_string_equal(fh_strerror((fh_status)-999), "unknown status");
    assert_string_equal(fh_status_name((fh_status)-999), "FH_?");
}

static void the_public_note_is_the_threads_note(void **state)
{
    (void)state;
    assert_int_equal(note_fail(FH_IO, __FILE__, __LINE__, "so it was"), FH_IO);
    assert_string_equal(fh_note(), "so it was");
}

static void the_version_is_made_of_its_parts(void **state)
{
    char text[32];

    (void)state;
    (void)snprintf(text, sizeof(text), "%d.%d.%d", FH_VERSION_MAJOR, FH_VERSION_MINOR,
                   FH_VERSION_PATCH);
    assert_string_equal(fh_version(), text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ok_is_zero_and_all_others_are_negative),
        cmocka_unit_test(no_two_statuses_share_a_number_or_a_sentence),
        cmocka_unit_test(every_status_has_its_name_and_a_sentence),
        cmocka_unit_test(a_number_that_is_no_status_is_called_unknown),
        cmocka_unit_test(the_public_note_is_the_threads_note),
        cmocka_unit_test(the_version_is_made_of_its_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
