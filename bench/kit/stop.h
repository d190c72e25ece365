/*
 * stop.h - how a bench ends when it cannot go on: one line, and exit code 3.
 *
 * A bench has no half results: whatever fails, fails here, so nobody passes a status on.
 */
#ifndef FREEHOLD_BENCH_STOP_H
#define FREEHOLD_BENCH_STOP_H

#include <stddef.h>
#include <stdio.h>

enum { EXIT_USAGE = 2, EXIT_STOPPED = 3 };

#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
_Noreturn void
stop(const char *format, ...);

/* Memory or the end. The caller owns it, until free(). */
void *stop_or_memory(size_t size);

/* An open file or the end; `mode` as for fopen. */
FILE *stop_or_open(const char *path, const char *mode);

#endif
