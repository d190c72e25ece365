/*
 * trace_replay.h - a trace carried out on a heap, and what the heap came to.
 */
#ifndef FREEHOLD_LAB_TRACE_REPLAY_H
#define FREEHOLD_LAB_TRACE_REPLAY_H

#include "freehold/lab.h"
#include "lab/replay_heap.h"
#include "lab/trace.h"

struct trace_replay_progress {
    void (*report)(void *context, uint64_t done, uint64_t total); /* may be NULL */
    void *context;
};

/* The contract is that of fh_trace_replay. *ret_info has its `size` already. */
fh_status trace_replay_run(const struct trace *trace, const struct replay_setup *setup,
                           const struct trace_replay_progress *progress, fh_replay_picture *picture,
                           fh_replay_info *ret_info) MUST_CHECK;

#endif
