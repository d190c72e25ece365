/*
 * stop.c - how a bench ends when it cannot go on.
 */
#include "stop.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

_Noreturn void stop(const char *format, ...)
{
    va_list arguments;

    fflush(stdout);
    fputs("bench: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(EXIT_STOPPED);
}

void *stop_or_memory(size_t size)
{
    void *memory = malloc(size > 0 ? size : 1);

    if (memory == NULL) stop("no memory for %zu bytes", size);
    return memory;
}
