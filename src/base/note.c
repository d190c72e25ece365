/*
 * note.c - the thread's error note.
 *
 * One note a thread, of fixed size, so that telling of an error needs no memory. The
 * place is kept beside the sentence, not in it: sentences are compared by tests.
 */
#include "base/note.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_BYTES = 512, PLACE_BYTES = 64 };

struct note {
    char text[TEXT_BYTES];
    char place[PLACE_BYTES];
};

static _Thread_local struct note note;

static void note_born(const char *file, int line);
static void append(const char *words);

fh_status note_fail(fh_status status, const char *file, int line, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(note.text, sizeof(note.text), format, arguments);
    va_end(arguments);
    note_born(file, line);
    return status;
}

fh_status note_fail_system(fh_status status, int error_number, const char *file, int line,
                           const char *format, ...)
{
    char sentence[128];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(note.text, sizeof(note.text), format, arguments);
    va_end(arguments);
    if (strerror_r(error_number, sentence, sizeof(sentence)) != 0)
        (void)snprintf(sentence, sizeof(sentence), "error %d", error_number);
    append(": ");
    append(sentence);
    note_born(file, line);
    return status;
}

fh_status note_context(fh_status status, const char *format, ...)
{
    char sentence[TEXT_BYTES];
    va_list arguments;

    memcpy(sentence, note.text, sizeof(sentence));
    va_start(arguments, format);
    (void)vsnprintf(note.text, sizeof(note.text), format, arguments);
    va_end(arguments);
    append(": ");
    append(sentence);
    return status;
}

const char *note_text(void)
{
    return note.text;
}

const char *note_place(void)
{
    return note.place;
}

static void note_born(const char *file, int line)
{
    const char *slash = strrchr(file, '/');

    (void)snprintf(note.place, sizeof(note.place), "%s:%d", slash == NULL ? file : slash + 1, line);
}

/* What does not fit is cut off. */
static void append(const char *words)
{
    size_t length = strlen(note.text);

    (void)snprintf(note.text + length, sizeof(note.text) - length, "%s", words);
}
