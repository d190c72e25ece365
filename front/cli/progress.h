/*
 * progress.h - how far long work has come: one line on a terminal, silence elsewhere.
 */
#ifndef FREEHOLD_CLI_PROGRESS_H
#define FREEHOLD_CLI_PROGRESS_H

#include <stdint.h>
#include <time.h>

struct progress {
    const char *what; /* borrowed */
    int is_shown;     /* stderr is a terminal */
    int is_dirty;     /* a line stands there */
    struct timespec last;
};

void progress_init(struct progress *progress, const char *what);

/* Of the type fh_progress, with a struct progress as context: shown ten times a second at most. */
void progress_step(void *context, uint64_t done, uint64_t total);

/* Wipes the line. */
void progress_fini(struct progress *progress);

#endif
