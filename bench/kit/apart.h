/*
 * apart.h - work in a process of its own.
 *
 * So no engine's threads, memory or caches meet another's, its private memory can be told,
 * and the process that asks stays one that may fork.
 */
#ifndef FREEHOLD_BENCH_APART_H
#define FREEHOLD_BENCH_APART_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Calls work(task, answer) in a child and brings the `size` bytes of its answer back. False:
 * the child did not end well; it has said why on standard error.
 */
bool apart_run(void (*work)(const void *task, void *answer), const void *task, void *answer,
               size_t size);

/* From now on an interruption lets the work that goes on fail, and apart_run do no more. */
void apart_mind_interruption(void);

#endif
