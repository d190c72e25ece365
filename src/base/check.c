/*
 * check.c - where a broken requirement ends, and whether structures are audited.
 */
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/note.h"

_Atomic int check_audit = AUDITS_UNKNOWN;

REPLACEABLE _Noreturn void check_failed(const char *expression, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: required: %s\n", file, line, expression);
    if (note_text()[0] != '\0')
        (void)fprintf(stderr, "%s: the last failure noted: %s\n", note_place(), note_text());
    abort();
}

/* Every thread that finds it unknown comes to the same answer, so a race is harmless. */
bool check_environment(void)
{
    int present = atomic_load_explicit(&check_audit, memory_order_relaxed);

    if (UNLIKELY(present == AUDITS_UNKNOWN)) {
        const char *asked = getenv("FREEHOLD_AUDIT");

        present = asked != NULL && strcmp(asked, "1") == 0 ? AUDITS_ON : AUDITS_OFF;
        atomic_store_explicit(&check_audit, present, memory_order_relaxed);
    }
    return present == AUDITS_ON;
}
