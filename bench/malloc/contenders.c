/*
 * contenders.c - the allocators of a match: how each gets in front of a program.
 */
#include "malloc/contenders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "malloc/runner.h"
#include "stop.h"

/* glibc too is named: a program may be linked with another allocator. */
static const struct {
    const char *name;
    const char *preload;
} known[] = {
    {"glibc", "libc.so.6"},
    {"mimalloc", "libmimalloc.so.2"},
    {"jemalloc", "libjemalloc.so.2"},
    {"tcmalloc", "libtcmalloc_minimal.so.4"},
};

enum { KNOWN_COUNT = sizeof(known) / sizeof(*known) };

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

/* Does a program that is started so take its malloc from there? */
static bool is_here(const char *work, struct contender *contender)
{
    const char *const words[] = {work, "--which", NULL};
    char answer[RUNNER_ANSWER_BYTES] = "";

    runner_ask(words, contender->preload, answer);
    answer[strcspn(answer, "\n")] = '\0';
    if (strcmp(last_part(answer), last_part(contender->preload)) != 0) return false;
    (void)snprintf(contender->file, sizeof(contender->file), "%s", answer);
    return true;
}

unsigned contenders_find(const char *work, const char *freehold, struct contender *ret_contenders)
{
    unsigned count = 0;

    for (size_t i = 0; i < KNOWN_COUNT + (freehold != NULL ? 1 : 0); i++) {
        struct contender *contender = &ret_contenders[count];
        bool is_ours = i == KNOWN_COUNT;

        contender->name = is_ours ? "freehold" : known[i].name;
        (void)snprintf(contender->preload, sizeof(contender->preload), "%s",
                       is_ours ? freehold : known[i].preload);
        if (is_here(work, contender))
            count++;
        else if (is_ours || i == 0)
            stop("%s does not give a program its malloc", contender->preload);
        else
            (void)fprintf(stderr, "bench: no %s here (%s)\n", contender->name, contender->preload);
    }
    return count;
}

unsigned contenders_choose(struct contender *contenders, unsigned count, const char *const *names,
                           unsigned name_count)
{
    unsigned kept = 1;

    for (unsigned i = 0; i < name_count; i++) {
        bool is_known = false;

        for (unsigned k = 0; k < count; k++)
            is_known = is_known || strcmp(contenders[k].name, names[i]) == 0;
        if (!is_known) stop("%s: no such allocator here", names[i]);
    }
    for (unsigned i = 1; i < count; i++)
        for (unsigned k = 0; k < name_count; k++)
            if (strcmp(contenders[i].name, names[k]) == 0) {
                contenders[kept++] = contenders[i];
                break;
            }
    return name_count == 0 ? count : kept;
}
