/*
 * runner.c - a process under an allocator, measured.
 */
#define _DEFAULT_SOURCE /* wait4 */
#include "malloc/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "stop.h"

enum { NO_EXEC = 127 };

#define KIB 1024.0

/* execvp's words are not const, but only read. */
static char *const *plain(const char *const *words)
{
    union {
        const char *const *words;
        char *const *plain;
    } same = {.words = words};

    return same.plain;
}

/* `out` and `errors` become the child's standard output and error; -1 is /dev/null. */
static pid_t start(const char *const *words, const char *preload, int out, int errors)
{
    pid_t child = 0;

    (void)fflush(NULL);
    child = fork();
    if (child < 0) stop("fork: %s", strerror(errno));
    if (child > 0) return child;
    if (out < 0) out = open("/dev/null", O_WRONLY);
    if (errors < 0) errors = open("/dev/null", O_WRONLY);
    if (dup2(out, STDOUT_FILENO) < 0 || dup2(errors, STDERR_FILENO) < 0) _exit(NO_EXEC);
    if (preload == NULL ? unsetenv("LD_PRELOAD") : setenv("LD_PRELOAD", preload, 1)) _exit(NO_EXEC);
    execvp(words[0], plain(words));
    _exit(NO_EXEC);
}

static struct rusage waited(pid_t child, const char *what)
{
    struct rusage usage;
    int state = 0;

    while (wait4(child, &state, 0, &usage) < 0)
        if (errno != EINTR) stop("%s: %s", what, strerror(errno));
    if (!WIFEXITED(state) || WEXITSTATUS(state) != 0)
        stop("%s did not end well (status %#x, LD_PRELOAD=%s)", what, (unsigned)state,
             getenv("LD_PRELOAD") == NULL ? "" : getenv("LD_PRELOAD"));
    return usage;
}

static void ask(const char *const *words, const char *preload, bool errors, char *ret_answer)
{
    int ends[2];
    size_t size = 0;
    ssize_t got = 0;
    pid_t child = 0;
    char rest[RUNNER_ANSWER_BYTES];

    if (pipe(ends) != 0 || fcntl(ends[0], F_SETFD, FD_CLOEXEC) != 0) stop("pipe");
    child = start(words, preload, errors ? -1 : ends[1], errors ? ends[1] : -1);
    (void)close(ends[1]);
    while (size < RUNNER_ANSWER_BYTES - 1 &&
           (got = read(ends[0], ret_answer + size, RUNNER_ANSWER_BYTES - 1 - size)) > 0)
        size += (size_t)got;
    while (got > 0)
        got = read(ends[0], rest, sizeof(rest));
    ret_answer[size] = '\0';
    (void)close(ends[0]);
    (void)waited(child, words[0]);
}

void runner_ask(const char *const *words, const char *preload, char *ret_answer)
{
    ask(words, preload, false, ret_answer);
}

void runner_ask_errors(const char *const *words, const char *preload, char *ret_answer)
{
    ask(words, preload, true, ret_answer);
}

struct trial runner_work(const char *work, const char *row, const char *preload)
{
    const char *const words[] = {work, row, NULL};
    char answer[RUNNER_ANSWER_BYTES] = "";
    struct trial trial = {0};

    runner_ask(words, preload, answer);
    if (sscanf(answer, "%lf %lf %lf %lf %lf %lf %lf %lf", &trial.wall_ns, &trial.cpu_ns,
               &trial.peak_bytes, &trial.end_bytes, &trial.base_bytes, &trial.live_bytes,
               &trial.once_bytes, &trial.later_bytes) != 8)
        stop("%s %s under %s says: %s", work, row, preload, answer);
    return trial;
}

static double clock_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double time_ns(struct timeval time)
{
    return (double)time.tv_sec * 1e9 + (double)time.tv_usec * 1e3;
}

struct trial runner_program(const char *line, const char *beside, const char *preload)
{
    const char *const words[] = {"sh", "-c", line, NULL};
    const char *const beside_words[] = {"sh", "-c", beside, NULL};
    double began = clock_ns();
    pid_t beside_child = beside == NULL ? 0 : start(beside_words, NULL, -1, STDERR_FILENO);
    pid_t child = start(words, preload, -1, STDERR_FILENO);
    struct rusage usage = waited(child, line);
    double wall_ns = clock_ns() - began;

    if (beside != NULL) (void)waited(beside_child, beside);
    return (struct trial){.wall_ns = wall_ns,
                          .cpu_ns = time_ns(usage.ru_utime) + time_ns(usage.ru_stime),
                          .peak_bytes = (double)usage.ru_maxrss * KIB};
}
