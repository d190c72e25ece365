/*
 * runner.h - a process under an allocator, measured.
 */
#ifndef FREEHOLD_BENCH_MALLOC_RUNNER_H
#define FREEHOLD_BENCH_MALLOC_RUNNER_H

#include <stddef.h>

enum { RUNNER_ANSWER_BYTES = 4096 };

/* One run of a row; what a row does not tell is 0. */
struct trial {
    double wall_ns;
    double cpu_ns;
    double peak_bytes;  /* most that was resident */
    double end_bytes;   /* resident at the end */
    double base_bytes;  /* resident before the first call */
    double live_bytes;  /* asked for and not freed */
    double once_bytes;  /* resident after the frees */
    double later_bytes; /* resident after the ordinary calls */
};

/* Runs `words` under `preload`; `ret_answer` gets the start of what they print. */
void runner_ask(const char *const *words, const char *preload, char *ret_answer);

/* The same, of standard error: what tools say there. */
void runner_ask_errors(const char *const *words, const char *preload, char *ret_answer);

/* A row of the program `work`, measured by itself. */
struct trial runner_work(const char *work, const char *row, const char *preload);

/*
 * A line of shell under `preload`, with all the processes it waits for, measured from here;
 * `beside`, if not NULL, is a line of shell that runs meanwhile, without the allocator and
 * without being measured.
 */
struct trial runner_program(const char *line, const char *beside, const char *preload);

#endif
