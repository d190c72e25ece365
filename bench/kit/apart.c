/*
 * apart.c - work in a process of its own.
 */
#include "apart.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stop.h"

static volatile sig_atomic_t was_interrupted;
static volatile sig_atomic_t child_id; /* 0: there is none */

static void note_interruption(int signal_no)
{
    was_interrupted = 1;
    if (child_id > 0) (void)kill((pid_t)child_id, signal_no);
}

void apart_mind_interruption(void)
{
    struct sigaction action = {.sa_handler = note_interruption};

    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
}

static _Noreturn void work_in_child(void (*work)(const void *task, void *answer), const void *task,
                                    size_t size, int pipe_end)
{
    void *answer = NULL;

    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    (void)signal(SIGHUP, SIG_DFL);
    answer = stop_or_memory(size);
    work(task, answer);
    if (write(pipe_end, answer, size) != (ssize_t)size) stop("no way back: %s", strerror(errno));
    (void)fflush(stdout);
    _Exit(EXIT_SUCCESS);
}

static bool read_answer(int pipe_end, char *answer, size_t size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t count = read(pipe_end, answer + done, size - done);

        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        done += (size_t)count;
    }
    return true;
}

bool apart_run(void (*work)(const void *task, void *answer), const void *task, void *answer,
               size_t size)
{
    bool is_good = false;
    int ends[2];
    int state = 0;
    pid_t child = 0;

    if (was_interrupted) return false;
    (void)fflush(NULL);
    if (pipe(ends) != 0) stop("no pipe: %s", strerror(errno));
    child = fork();
    if (child < 0) stop("no process could be started: %s", strerror(errno));
    if (child == 0) work_in_child(work, task, size, ends[1]);
    child_id = child;
    (void)close(ends[1]);
    is_good = read_answer(ends[0], answer, size);
    (void)close(ends[0]);
    while (waitpid(child, &state, 0) < 0)
        if (errno != EINTR) stop("waiting for a process: %s", strerror(errno));
    child_id = 0;
    if (WIFSIGNALED(state) && !was_interrupted)
        (void)fprintf(stderr, "bench: a process was ended by signal %d\n", WTERMSIG(state));
    return is_good && WIFEXITED(state) && WEXITSTATUS(state) == EXIT_SUCCESS;
}
