/*
 * failure.c - the one line on stderr with which a command says what went wrong.
 *
 * The table below is the only place where a status becomes an exit code.
 */
#include "failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4096 };

struct ending {
    fh_status status;
    enum outcome item; /* when it is about an item or a tree */
    enum outcome file; /* when it is about the database */
    const char *advice;
};

static const struct ending endings[] = {
    {FH_NOT_FOUND, OUTCOME_NO, OUTCOME_WRONG, "make a database with: freehold init DB"},
    {FH_EXISTS, OUTCOME_NO, OUTCOME_WRONG, "choose another name, or remove it first"},
    {FH_BUSY, OUTCOME_FAILED, OUTCOME_FAILED, "wait until the other program closes it"},
    {FH_MISMATCH, OUTCOME_NO, OUTCOME_NO, NULL},
    {FH_IO, OUTCOME_FAILED, OUTCOME_FAILED, NULL},
    {FH_NO_SPACE, OUTCOME_FAILED, OUTCOME_FAILED, "make room on the disk and try again"},
    {FH_NO_MEMORY, OUTCOME_FAILED, OUTCOME_FAILED, "free some memory and try again"},
    {FH_READ_ONLY, OUTCOME_FAILED, OUTCOME_FAILED, "check the rights of the file"},
    {FH_POISONED, OUTCOME_FAILED, OUTCOME_FAILED, "check the disk, then run it again"},
    {FH_QUOTA, OUTCOME_FAILED, OUTCOME_FAILED, "delete something first"},
    {FH_CORRUPT, OUTCOME_WRONG, OUTCOME_WRONG, "see what is damaged with: freehold check DB"},
    {FH_VERSION, OUTCOME_WRONG, OUTCOME_WRONG, "use a newer freehold"},
    {FH_NOT_DATABASE, OUTCOME_WRONG, OUTCOME_WRONG, "is it the right file?"},
    {FH_LOG_MISSING, OUTCOME_WRONG, OUTCOME_WRONG, "or use --without-log"},
    {FH_INVALID, OUTCOME_WRONG, OUTCOME_WRONG, NULL},
    {FH_TOO_LARGE, OUTCOME_WRONG, OUTCOME_WRONG, NULL},
    {FH_ORDER, OUTCOME_WRONG, OUTCOME_WRONG, NULL},
    {FH_ENDED, OUTCOME_WRONG, OUTCOME_WRONG, NULL},
    {FH_SNAPSHOT_TOO_OLD, OUTCOME_FAILED, OUTCOME_FAILED, "run it again"},
};

static const struct ending *ending_of(fh_status status)
{
    static const struct ending unknown = {FH_OK, OUTCOME_FAILED, OUTCOME_FAILED, NULL};

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
        if (endings[i].status == status) return &endings[i];
    return &unknown;
}

/* Writes the finished line with one call, so that lines of several programs do not mix. */
static void print_line(char *line, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f) line[i] = '?';
    line[size] = '\n';
    (void)!write(STDERR_FILENO, line, size + 1);
}

static void print_failure(const char *what, const char *format, va_list list)
    __attribute__((format(printf, 2, 0)));

static void print_failure(const char *what, const char *format, va_list list)
{
    char line[LINE_MAX_BYTES];
    size_t room = sizeof(line) - 1;
    int head = snprintf(line, room, "freehold: %.1024s: ", what);
    size_t size = head > 0 ? (size_t)head : 0;
    int tail = vsnprintf(line + size, room - size, format, list);

    if (tail > 0) size += (size_t)tail < room - size ? (size_t)tail : room - size - 1;
    print_line(line, size);
}

enum outcome failure_wrong(const char *what, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    print_failure(what, format, list);
    va_end(list);
    return OUTCOME_WRONG;
}

enum outcome failure_no(const char *what, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    print_failure(what, format, list);
    va_end(list);
    return OUTCOME_NO;
}

/* The library's story, without the name that the line begins with anyway. */
static const char *story_of(const char *what, fh_status status)
{
    const char *note = fh_note();
    size_t size = strlen(what);

    if (note == NULL || note[0] == '\0') return fh_strerror(status);
    if (strncmp(note, what, size) == 0 && strncmp(note + size, ": ", 2) == 0)
        return note + size + 2;
    return note;
}

static void print_status(const char *what, fh_status status)
{
    const char *advice = ending_of(status)->advice;
    const char *why = story_of(what, status);

    if (advice != NULL)
        (void)failure_wrong(what, "%s (%s)", why, advice);
    else
        (void)failure_wrong(what, "%s", why);
}

enum outcome failure_status(const char *what, fh_status status)
{
    print_status(what, status);
    return ending_of(status)->item;
}

enum outcome failure_file(const char *what, fh_status status)
{
    print_status(what, status);
    return ending_of(status)->file;
}

enum outcome failure_system(const char *what, int error)
{
    (void)failure_wrong(what, "%s", strerror(error));
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case ENAMETOOLONG:
        return OUTCOME_WRONG;
    default:
        return OUTCOME_FAILED;
    }
}

enum outcome failure_memory(const char *what)
{
    (void)failure_wrong(what, "%s (%s)", fh_strerror(FH_NO_MEMORY),
                        ending_of(FH_NO_MEMORY)->advice);
    return OUTCOME_FAILED;
}
