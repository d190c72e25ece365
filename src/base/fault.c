/*
 * fault.c - faults found in data, worded and counted.
 */
#include "base/fault.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/note.h"

enum { FAULT_BYTES = 1024 };

static void add(struct fault_list *faults, const char *tail, const char *format, va_list arguments)
    PRINTF_LIKE(3, 0);

static void add(struct fault_list *faults, const char *tail, const char *format, va_list arguments)
{
    char sentence[FAULT_BYTES];
    int length = vsnprintf(sentence, sizeof(sentence), format, arguments);

    faults->count++;
    if (faults->report == NULL || length < 0) return;
    if (tail[0] != 0 && (size_t)length < sizeof(sentence))
        (void)snprintf(sentence + length, sizeof(sentence) - (size_t)length, ": %s", tail);
    faults->report(faults->context, sentence);
}

void fault_add(struct fault_list *faults, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(faults, "", format, arguments);
    va_end(arguments);
}

void fault_add_note(struct fault_list *faults, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(faults, note_text(), format, arguments);
    va_end(arguments);
}
