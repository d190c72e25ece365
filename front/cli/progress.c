/*
 * progress.c - how far long work has come: one line on a terminal, silence elsewhere.
 */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { STEP_MILLISECONDS = 100 };

void progress_init(struct progress *progress, const char *what)
{
    progress->what = what;
    progress->is_shown = isatty(STDERR_FILENO);
    progress->is_dirty = 0;
    progress->last.tv_sec = 0;
    progress->last.tv_nsec = 0;
}

void progress_step(void *context, uint64_t done, uint64_t total)
{
    struct progress *progress = context;
    struct timespec now;
    int64_t milliseconds;

    if (!progress->is_shown) return;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    milliseconds = (int64_t)(now.tv_sec - progress->last.tv_sec) * 1000 +
                   (now.tv_nsec - progress->last.tv_nsec) / 1000000;
    if (milliseconds < STEP_MILLISECONDS) return;
    progress->last = now;
    progress->is_dirty = 1;
    if (total > 0)
        (void)fprintf(stderr, "\r%s: %3.0f %%\033[K", progress->what,
                      100.0 * (double)done / (double)total);
    else
        (void)fprintf(stderr, "\r%s: %" PRIu64 "\033[K", progress->what, done);
    (void)fflush(stderr);
}

void progress_fini(struct progress *progress)
{
    if (!progress->is_dirty) return;
    (void)fputs("\r\033[K", stderr);
    (void)fflush(stderr);
    progress->is_dirty = 0;
}
