/*
 * note.h - the thread's error note: where a status was born, and its sentence.
 *
 * fail() is the only birthplace of a status other than FH_OK. It writes one sentence
 * into the thread's note and returns the status, so `return fail(FH_CORRUPT, ...)`.
 */
#ifndef FREEHOLD_BASE_NOTE_H
#define FREEHOLD_BASE_NOTE_H

#include "base/compiler.h"
#include "freehold/status.h"

/*
 * `status`, after noting the sentence, cut at 511 bytes. Any thread. A macro, so that the
 * status stays visible to compilers and analyzers.
 */
#define fail(status, ...) ((void)note_fail((status), __FILE__, __LINE__, __VA_ARGS__), (status))

/* As fail(), with the sentence of the system's error `error_number` behind it. */
#define fail_system(status, error_number, ...) \
    ((void)note_fail_system((status), (error_number), __FILE__, __LINE__, __VA_ARGS__), (status))

/* For answers that are no accidents (FH_NOT_FOUND on a read path): no sentence is composed. */
#define answer(status) (status)

fh_status note_fail(fh_status status, const char *file, int line, const char *format, ...)
    PRINTF_LIKE(4, 5);
fh_status note_fail_system(fh_status status, int error_number, const char *file, int line,
                           const char *format, ...) PRINTF_LIKE(5, 6);

/* Puts words in front of the note's sentence: once, at a public call. Returns `status`. */
fh_status note_context(fh_status status, const char *format, ...) PRINTF_LIKE(2, 3);

/* The note's sentence; "" before the first failure of this thread. */
const char *note_text(void);

/* Where the status was born, "file.c:31"; "" before the first failure of this thread. */
const char *note_place(void);

#endif
