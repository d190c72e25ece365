/*
 * history_runs.h - the raw runs of a state: page numbers, and what their bodies are made from.
 */
#ifndef FREEHOLD_TESTS_SUPPORT_HISTORY_RUNS_H
#define FREEHOLD_TESTS_SUPPORT_HISTORY_RUNS_H

#include <stdint.h>

#include "freehold/run.h"

enum { HISTORY_RUNS = 4, HISTORY_RUN_PAGES_MAX = 20 };

struct history_run {
    uint32_t page;
    uint32_t page_count;
    uint32_t tag;
    uint64_t seed; /* of the body; 0: zeros */
};

struct history_runs {
    struct history_run runs[HISTORY_RUNS];
    unsigned count;
};

/* NULL when `txn` sees these runs so; else a sentence, borrowed until the next call. */
const char *history_runs_difference(const struct history_runs *runs, fh_txn *txn);

#endif
