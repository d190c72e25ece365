/*
 * lab_trace.h - freehold lab --trace: policies compared on a recorded trace.
 */
#ifndef FREEHOLD_CLI_LAB_TRACE_H
#define FREEHOLD_CLI_LAB_TRACE_H

#include <stddef.h>

#include "freehold/lab.h"

#include "arguments.h"

enum { LAB_TRACE_POLICIES_MAX = 16 };

/* One policy's replay. */
struct lab_replay {
    const char *policy;
    fh_replay_info info;
    fh_replay_picture picture; /* of no columns: not drawn; owns its samples and cells */
};

struct lab_trace {
    const char *path;
    fh_trace *trace;
    fh_trace_info trace_info;
    fh_replay_options options; /* but for the policy */
    struct lab_replay replays[LAB_TRACE_POLICIES_MAX];
    size_t replay_count;
};

enum outcome lab_trace_run(const struct arguments *arguments);

#endif
