/*
 * argument.h - words of a bench's command line, or one line on what is wrong with them and the
 * usage, and exit code 2.
 */
#ifndef FREEHOLD_BENCH_ARGUMENT_H
#define FREEHOLD_BENCH_ARGUMENT_H

#include <stdint.h>

#include "driver.h"

_Noreturn void argument_refuse(const char *usage, const char *what, const char *word);

/* From 1 to `largest`. */
uint64_t argument_number(const char *usage, const char *option, const char *word, uint64_t largest);

/* An engine of this build that has transactions: without snapshots there is nothing to compare. */
const struct driver *argument_engine(const char *usage, const char *word);

/* Those engines, a line each, and the ones that this build lacks; names take so many columns. */
void argument_list_engines(int columns);

#endif
