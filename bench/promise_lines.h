/*
 * promise_lines.h - the table of promises: a line for each, what it is bound by, what came out.
 */
#ifndef FREEHOLD_BENCH_PROMISE_LINES_H
#define FREEHOLD_BENCH_PROMISE_LINES_H

#include "promise_run.h"

struct promise_verdict {
    unsigned kept_count;
    unsigned broken_count;
};

/*
 * Freehold's figures against their bounds, the peers' beside them. Lines of runs that were not
 * wanted are left out; without `with_times`, so are those that depend on the machine.
 */
struct promise_verdict promise_lines_print(const struct promise_options *options,
                                           const struct promise_results *results, bool with_times,
                                           FILE *file);

/* An object for each figure of each engine. */
void promise_lines_json(const struct promise_options *options,
                        const struct promise_results *results, FILE *file);

#endif
