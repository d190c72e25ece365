/*
 * promise_run.h - the runs behind the table of promises: which there are, and all of them run.
 */
#ifndef FREEHOLD_BENCH_PROMISE_RUN_H
#define FREEHOLD_BENCH_PROMISE_RUN_H

#include "aging_report.h"
#include "promise_work.h"

enum promise_run_no {
    RUN_CHURN,
    RUN_READER,
    RUN_EMPTIED,
    RUN_PRUNED,
    RUN_COMPACTED,
    RUN_WORKED_ON,
    RUN_CHURN_STILL, /* the same without relocation */
    RUN_WORKED_ON_STILL,
    RUN_BESIDE, /* no workload: commits beside free pages */
    RUN_COUNT
};

struct promise_options {
    /* Chosen by the caller. */
    const struct driver *driver[AGING_ENGINES_MAX]; /* the first is Freehold */
    unsigned engine_count;
    uint64_t payload_bytes;
    uint64_t free_pages;
    unsigned round_count; /* of churn */
    unsigned seconds_max; /* for one run of one engine */
    bool wants[RUN_COUNT];
    bool never_syncs;  /* where no times are wanted: commits do not wait for the medium */
    bool is_talkative; /* says on standard error where it is */
    const char *folder;
};

struct promise_results {
    struct aging_set set[RUN_COUNT];
    struct promise_commit beside_none;
    struct promise_commit beside_many;
};

/* For --run; NULL behind the last. */
const char *promise_run_name(enum promise_run_no no);
const char *promise_run_words(enum promise_run_no no);

/*
 * Each run of each engine in a process of its own; the files are gone afterwards. False: it was
 * interrupted, or an engine failed and said so.
 */
bool promise_run_all(const struct promise_options *options, struct promise_results *ret_results);

#endif
