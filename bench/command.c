/*
 * command.c - another program, run and timed.
 */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stop.h"
#include "stopwatch.h"

extern char **environ;

/* posix_spawn's words are not const, but only read. */
static char *const *plain(const char *const *words)
{
    union {
        const char *const *words;
        char *const *plain;
    } same = {.words = words};

    return same.plain;
}

struct sample command_run(const char *const *words)
{
    posix_spawn_file_actions_t actions;
    struct stopwatch watch;
    pid_t child = 0;
    int state = 0;
    int result = posix_spawn_file_actions_init(&actions);

    if (result == 0)
        result =
            posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    stopwatch_start(&watch, WATCH_CHILDREN);
    if (result == 0) result = posix_spawnp(&child, words[0], &actions, NULL, plain(words), environ);
    if (result != 0) stop("%s: %s", words[0], strerror(result));
    while (waitpid(child, &state, 0) < 0)
        if (errno != EINTR) stop("%s: %s", words[0], strerror(errno));
    stopwatch_stop(&watch);
    posix_spawn_file_actions_destroy(&actions);
    if (!WIFEXITED(state) || WEXITSTATUS(state) != 0) stop("%s did not end well", words[0]);
    return (struct sample){.wall_ns = watch.wall_ns, .cpu_ns = watch.cpu_ns};
}
