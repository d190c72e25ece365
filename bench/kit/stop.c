/*
 * stop.c - how a bench ends when it cannot go on.
 */
#include "stop.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void stop(const char *format, ...)
{
    va_list arguments;

    (void)fflush(stdout);
    (void)fputs("bench: ", stderr);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
    exit(EXIT_STOPPED);
}

void *stop_or_memory(size_t size)
{
    void *memory = malloc(size > 0 ? size : 1);

    if (memory == NULL) stop("no memory for %zu bytes", size);
    return memory;
}

FILE *stop_or_open(const char *path, const char *mode)
{
    FILE *file = fopen(path, mode);

    if (file == NULL) stop("%s: %s", path, strerror(errno));
    return file;
}
