/*
 * command.h - another program, run and timed.
 */
#ifndef FREEHOLD_BENCH_COMMAND_H
#define FREEHOLD_BENCH_COMMAND_H

#include "figures.h"

/*
 * Runs a program, found along PATH, with its standard output thrown away, and waits for it.
 * `words` ends with NULL, the first is the program. It must end well. The operations and the
 * size of the sample are the caller's to fill in.
 */
struct sample command_run(const char *const *words);

#endif
