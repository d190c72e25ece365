/*
 * note_test.c - each thread has one note, and what does not fit is cut off.
 */
#include "base/note.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "support/unit.h"

/* What fail() of note.h is: that name is cmocka's here. */
#define fail_here(status, ...) note_fail((status), __FILE__, __LINE__, __VA_ARGS__)

/* Returns its argument when the note is empty. */
static void *look_at_note(void *found)
{
    return note_text()[0] == '\0' && note_place()[0] == '\0' ? found : NULL;
}

static void a_new_thread_has_an_empty_note_whatever_others_failed_at(void **state)
{
    pthread_t thread;
    int empty = 0;
    void *found = NULL;

    (void)state;
    assert_int_equal(fail_here(FH_IO, "not empty"), FH_IO);
    assert_int_equal(pthread_create(&thread, NULL, look_at_note, &empty), 0);
    assert_int_equal(pthread_join(thread, &found), 0);
    assert_ptr_equal(found, &empty);
}

static void a_failure_returns_its_status_and_notes_sentence_and_place(void **state)
{
    (void)state;
    assert_int_equal(fail_here(FH_CORRUPT, "page %d: checksum", 7), FH_CORRUPT);
    assert_string_equal(note_text(), "page 7: checksum");
    assert_memory_equal(note_place(), "note_test.c:", strlen("note_test.c:"));
}

static void the_next_failure_takes_the_place_of_the_last(void **state)
{
    (void)state;
    assert_int_equal(fail_here(FH_IO, "a long sentence that was here first"), FH_IO);
    assert_int_equal(fail_here(FH_BUSY, "short"), FH_BUSY);
    assert_string_equal(note_text(), "short");
}

static void a_failure_of_the_system_has_its_sentence_behind_ours(void **state)
{
    (void)state;
    assert_int_equal(fail_system(FH_NOT_FOUND, ENOENT, "opening \"%s\"", "x"), FH_NOT_FOUND);
    assert_string_equal(note_text(), "opening \"x\": No such file or directory");
}

static void context_goes_in_front_and_the_status_goes_on(void **state)
{
    (void)state;
    assert_int_equal(fail_here(FH_IO, "page 7"), FH_IO);
    assert_int_equal(note_context(FH_IO, "opening \"%s\"", "db"), FH_IO);
    assert_string_equal(note_text(), "opening \"db\": page 7");
}

static void a_sentence_is_cut_at_511_bytes(void **state)
{
    char words[1001];

    (void)state;
    memset(words, 'w', 1000);
    words[1000] = '\0';
    assert_int_equal(fail_here(FH_IO, "%s", words), FH_IO);
    assert_int_equal(strlen(note_text()), 511);
    assert_int_equal(fail_system(FH_IO, EIO, "%s", words), FH_IO);
    assert_int_equal(strlen(note_text()), 511);
    assert_int_equal(note_context(FH_IO, "%s", "front"), FH_IO);
    assert_int_equal(strlen(note_text()), 511);
    assert_memory_equal(note_text(), "front: www", 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_thread_has_an_empty_note_whatever_others_failed_at),
        cmocka_unit_test(a_failure_returns_its_status_and_notes_sentence_and_place),
        cmocka_unit_test(the_next_failure_takes_the_place_of_the_last),
        cmocka_unit_test(a_failure_of_the_system_has_its_sentence_behind_ours),
        cmocka_unit_test(context_goes_in_front_and_the_status_goes_on),
        cmocka_unit_test(a_sentence_is_cut_at_511_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
