/*
 * programs.h - real programs as rows of the malloc bench.
 *
 * Their scripts are those of tests/malloc/programs: $PROGRAMS in the lines of shell; $SCRATCH
 * is a folder to leave things in.
 */
#ifndef FREEHOLD_BENCH_MALLOC_PROGRAMS_H
#define FREEHOLD_BENCH_MALLOC_PROGRAMS_H

#include <stdbool.h>

struct program {
    const char *name;
    const char *words;
    const char *command; /* must be on the path */
    const char *prepare; /* a line of shell that runs once, or NULL */
    const char *line;
    const char *beside; /* what the program serves meanwhile, or NULL */
};

/* Ended by a name of NULL. */
extern const struct program programs_table[];

/* Is its command here? Who is not is named on standard error. */
bool programs_is_here(const struct program *program);

/* The one of that name, or NULL. */
const struct program *programs_named(const char *name);

#endif
