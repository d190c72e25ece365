/*
 * where.c - what a test is doing right now, printed when it fails or aborts.
 */
#include "support/where.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/seed.h"
#include "support/unit.h"

static char place[300];

static void print_at_abort(int signal_no)
{
    static const char words[] = "aborted at: ";
    ssize_t written = write(2, words, sizeof(words) - 1);

    written += write(2, place, strlen(place));
    written += write(2, "\n", 1);
    (void)written;
    (void)signal(signal_no, SIG_DFL);
}

void where_init(const char *program)
{
    print_message("To repeat: %s\n", seed_repeat(program, seed_get()));
    (void)signal(SIGABRT, print_at_abort);
}

void where_set(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(place, sizeof(place), format, arguments);
    va_end(arguments);
}

int where_teardown(void **state)
{
    (void)state;
    if (place[0] != '\0') print_message("failed at: %s\n", place);
    place[0] = '\0';
    return 0;
}

void where_done(void)
{
    place[0] = '\0';
}
