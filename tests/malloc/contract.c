/*
 * contract.c - is what answers to malloc's names a malloc?
 *
 * usage: contract [--list] [--seconds N] [--room MIB] [--without DUTY]... [DUTY...]
 *
 * Runs under whatever allocator the process was started with: LD_PRELOAD=x.so contract.
 * A line for each duty, `ok NAME` or `FAILED NAME: why`. Exit status 1 when one failed. A child
 * that a duty makes may take N seconds (20), the duty itself three times that. Of 256 MiB of
 * addresses blocks must get MIB (150).
 */
#define _GNU_SOURCE /* malloc.h beside the standard's names */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "malloc/duty.h"
#include "malloc/family.h"

enum {
    CHILD_SECONDS = 20,
    CHILD_SECONDS_MAX = 1000,
    ROOM_MIB = 150,
    ROOM_MIB_MAX = 256,
    LINE_BYTES = 400,
    EXIT_BROKEN = 1,
    EXIT_USAGE = 2,
    TABLE_COUNT = 9
};

static const struct duty *const tables[TABLE_COUNT] = {
    blocks_duties,  aligned_duties, realloc_duties, refusal_duties,  figures_duties,
    threads_duties, fork_duties,    program_duties, operators_duties};

static const char *duty_name = ""; /* of the process that checks it */
static unsigned child_seconds = CHILD_SECONDS;
size_t duty_room_mib = ROOM_MIB;
/* Duties that nobody asks for. */
enum { LEFT_OUT_MAX = 4 };
static const char *left_out[LEFT_OUT_MAX];
static unsigned left_out_count;

/* One write: lines of several processes stay lines. */
static void say(const char *line, size_t size)
{
    while (size > 0) {
        ssize_t written = write(STDOUT_FILENO, line, size);

        if (written <= 0) _exit(EXIT_BROKEN);
        line += written;
        size -= (size_t)written;
    }
}

void duty_broken(const char *format, ...)
{
    char line[LINE_BYTES];
    va_list arguments;
    int head = snprintf(line, sizeof(line), "FAILED  %s: ", duty_name);
    int tail = 0;
    size_t size = 0;

    va_start(arguments, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it was started a line above */
    tail = vsnprintf(line + head, sizeof(line) - (size_t)head, format, arguments);
    va_end(arguments);
    size = strnlen(line, sizeof(line) - 1);
    line[size] = '\n';
    say(line, size + 1);
    (void)tail;
    _exit(EXIT_BROKEN);
}

void *duty_block(size_t size)
{
    void *block = family_malloc(size);
    size_t alignment = size >= 16 ? 16 : size >= 8 ? 8 : 1;

    HOLDS(block != NULL, "malloc(%zu) returns NULL", size);
    HOLDS((uintptr_t)block % alignment == 0, "malloc(%zu) returns %p", size, block);
    return block;
}

void duty_mark(void *block, size_t size, unsigned mark)
{
    memset(block, (int)(mark & 0xff), size);
}

bool duty_holds(const void *block, size_t size, unsigned mark)
{
    const unsigned char *bytes = block;

    return size == 0 || (bytes[0] == (mark & 0xff) && memcmp(bytes, bytes + 1, size - 1) == 0);
}

size_t duty_random(uint64_t *state, size_t limit)
{
    uint64_t number = *state += UINT64_C(0x9e3779b97f4a7c15);

    number = (number ^ (number >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    number = (number ^ (number >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (size_t)((number ^ (number >> 31)) % limit);
}

size_t duty_resident_bytes(void)
{
    char text[128] = "";
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t size = file < 0 ? -1 : read(file, text, sizeof(text) - 1);
    const char *second = size > 0 ? strchr(text, ' ') : NULL;

    HOLDS(second != NULL, "/proc/self/statm cannot be read");
    (void)close(file);
    return strtoul(second, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

int duty_in_child(void (*work)(void))
{
    int state = 0;
    pid_t child = fork();

    HOLDS(child >= 0, "fork: %s", strerror(errno));
    if (child == 0) {
        (void)alarm(child_seconds);
        work();
        _exit(EXIT_SUCCESS);
    }
    while (waitpid(child, &state, 0) < 0)
        HOLDS(errno == EINTR, "waitpid: %s", strerror(errno));
    return state;
}

/* In a child, so that a crash is a finding and not the end of the checker. */
static bool fulfils(const struct duty *duty)
{
    char line[LINE_BYTES];
    int state = 0;
    int size = 0;
    pid_t child = fork();

    if (child == 0) {
        (void)setpgid(0, 0);
        duty_name = duty->name;
        (void)alarm(3 * child_seconds);
        duty->check();
        _exit(EXIT_SUCCESS);
    }
    while (child > 0 && waitpid(child, &state, 0) < 0 && errno == EINTR)
        continue;
    if (child > 0) (void)kill(-child, SIGKILL); /* children of a duty that hung */
    if (child > 0 && WIFEXITED(state) && WEXITSTATUS(state) == EXIT_SUCCESS) {
        size = snprintf(line, sizeof(line), "ok      %s\n", duty->name);
        say(line, (size_t)size);
        return true;
    }
    if (child < 0)
        size = snprintf(line, sizeof(line), "FAILED  %s: no process for it\n", duty->name);
    else if (WIFSIGNALED(state))
        size = snprintf(line, sizeof(line), "FAILED  %s: %s\n", duty->name,
                        WTERMSIG(state) == SIGALRM ? "hangs" : strsignal(WTERMSIG(state)));
    else if (WEXITSTATUS(state) != EXIT_BROKEN)
        size = snprintf(line, sizeof(line), "FAILED  %s: exit status %d\n", duty->name,
                        WEXITSTATUS(state));
    say(line, (size_t)size);
    return false;
}

static bool is_known(const char *name)
{
    for (size_t table = 0; table < TABLE_COUNT; table++)
        for (const struct duty *duty = tables[table]; duty->name != NULL; duty++)
            if (strcmp(duty->name, name) == 0) return true;
    return false;
}

static _Noreturn void refuse(const char *word, const char *why)
{
    (void)fprintf(
        stderr,
        "contract: %s: %s\n"
        "usage: contract [--list] [--seconds N] [--room MIB] [--without DUTY]... [DUTY...]\n",
        word, why);
    exit(EXIT_USAGE);
}

static void list_duties(void)
{
    for (size_t table = 0; table < TABLE_COUNT; table++)
        for (const struct duty *duty = tables[table]; duty->name != NULL; duty++)
            (void)puts(duty->name);
    exit(EXIT_SUCCESS);
}

/* An option's value, 1 to `most` of what `unit` names. */
static unsigned number(const char *word, unsigned most, const char *unit)
{
    unsigned long value = strtoul(word, NULL, 10);
    char why[80];

    if (value > 0 && value <= most) return (unsigned)value;
    (void)snprintf(why, sizeof(why), "not a number of %s, 1 to %u", unit, most);
    refuse(word, why);
}

/* Options first; returns where the names of duties begin. */
static int read_options(int argument_count, char **arguments)
{
    int at = 1;

    for (; at < argument_count && arguments[at][0] == '-'; at++)
        if (strcmp(arguments[at], "--list") == 0) {
            list_duties();
        } else if (strcmp(arguments[at], "--seconds") == 0 && at + 1 < argument_count) {
            child_seconds = number(arguments[++at], CHILD_SECONDS_MAX, "seconds");
        } else if (strcmp(arguments[at], "--room") == 0 && at + 1 < argument_count) {
            duty_room_mib = number(arguments[++at], ROOM_MIB_MAX, "MiB");
        } else if (strcmp(arguments[at], "--without") == 0 && at + 1 < argument_count) {
            if (left_out_count == LEFT_OUT_MAX) refuse(arguments[at], "four of them are the most");
            if (!is_known(arguments[++at]))
                refuse(arguments[at], "no such duty (see: contract --list)");
            left_out[left_out_count++] = arguments[at];
        } else {
            refuse(arguments[at], "no such option, or it wants a value");
        }
    for (int i = at; i < argument_count; i++)
        if (!is_known(arguments[i])) refuse(arguments[i], "no such duty (see: contract --list)");
    return at;
}

/* Every duty when nobody names one. */
static bool is_wanted(const char *name, int word_count, char **words)
{
    for (int i = 0; i < word_count; i++)
        if (strcmp(words[i], name) == 0) return true;
    for (unsigned i = 0; i < left_out_count; i++)
        if (strcmp(name, left_out[i]) == 0) return false;
    return word_count == 0;
}

int main(int argument_count, char **arguments)
{
    int first = read_options(argument_count, arguments);
    unsigned failed_count = 0;

    for (size_t table = 0; table < TABLE_COUNT; table++)
        for (const struct duty *duty = tables[table]; duty->name != NULL; duty++)
            if (is_wanted(duty->name, argument_count - first, arguments + first) && !fulfils(duty))
                failed_count++;
    return failed_count == 0 ? EXIT_SUCCESS : EXIT_BROKEN;
}
