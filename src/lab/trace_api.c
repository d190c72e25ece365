/*
 * trace_api.c - the traces and replays of freehold/lab.h: arguments checked, names.
 */
#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "freehold/lab.h"
#include "lab/lab_names.h"
#include "lab/trace_replay.h"
#include "space/policy.h"

enum { ALIGN_DEFAULT = 16 };

/* Sums of a size, a header and a rounding fit 64 bits below it. */
#define SETTING_MAX (UINT64_C(1) << 40)

struct fh_trace {
    struct trace trace;
    enum { READING, ENDED, FAILED } state;
};

fh_status fh_trace_new(fh_trace **ret_trace)
{
    struct fh_trace *trace;

    if (ret_trace == NULL) return fail(FH_INVALID, "no place for a trace");
    trace = memory_take(1, sizeof(*trace));
    if (trace == NULL) return fail(FH_NO_MEMORY, "a trace");
    trace_init(&trace->trace);
    *ret_trace = trace;
    return FH_OK;
}

void fh_trace_delete(fh_trace *trace)
{
    if (trace == NULL) return;
    trace_fini(&trace->trace);
    memory_give(trace);
}

static fh_status check_reading(const fh_trace *trace)
{
    if (trace->state == READING) return FH_OK;
    return fail(FH_ENDED, "the trace %s", trace->state == ENDED ? "is complete" : "was refused");
}

fh_status fh_trace_add(fh_trace *trace, const void *text, size_t size)
{
    fh_status status;

    if (trace == NULL || (text == NULL && size > 0)) return fail(FH_INVALID, "no trace, no text");
    TRY(check_reading(trace));
    status = trace_add(&trace->trace, text, size);
    if (status != FH_OK) trace->state = FAILED;
    return status;
}

fh_status fh_trace_end(fh_trace *trace)
{
    fh_status status;

    if (trace == NULL) return fail(FH_INVALID, "no trace");
    TRY(check_reading(trace));
    status = trace_end(&trace->trace);
    trace->state = status == FH_OK ? ENDED : FAILED;
    return status;
}

static fh_status check_ended(const fh_trace *trace)
{
    if (trace->state != ENDED) return fail(FH_INVALID, "the trace is not complete");
    return FH_OK;
}

fh_status fh_trace_stat(const fh_trace *trace, fh_trace_info *ret_info)
{
    fh_trace_info info;

    if (trace == NULL || ret_info == NULL || ret_info->size < sizeof(size_t))
        return fail(FH_INVALID, "no trace, or a struct without its size");
    TRY(check_ended(trace));
    info = (fh_trace_info){
        .size = ret_info->size,
        .op_count = trace->trace.op_count,
        .alloc_count = trace->trace.kind_count[TRACE_ALLOC],
        .realloc_count = trace->trace.kind_count[TRACE_REALLOC],
        .free_count = trace->trace.kind_count[TRACE_FREE],
        .live_count = trace->trace.live_count,
        .peak_asked_bytes = trace->trace.peak_bytes,
        .peak_op = trace->trace.peak_op,
        .peak_live_count = trace->trace.peak_blocks,
    };
    memcpy(ret_info, &info, info.size < sizeof(info) ? info.size : sizeof(info));
    return FH_OK;
}

static fh_status read_simulated(const fh_replay_options *given, struct replay_setup *setup)
{
    TRY(lab_names_policy(given->policy, &setup->simulator_policy));
    if (given->order != NULL) TRY(lab_names_order(given->order, &setup->order));
    if (setup->simulator_policy == SIMULATOR_BUDDY && setup->order != SIMULATOR_BY_ADDRESS)
        return fail(FH_INVALID, "the policy buddy has no other order than by address");
    setup->simulates = true;
    setup->coalesces = given->coalesces != 0;
    return FH_OK;
}

static fh_status read_options(const fh_replay_options *options, fh_replay_options *ret_given,
                              struct replay_setup *ret_setup)
{
    fh_replay_options given = {.size = sizeof(given)};
    struct replay_setup setup = {.order = SIMULATOR_BY_ADDRESS};

    if (options->size < sizeof(size_t) || options->size > 4096)
        return fail(FH_INVALID, "a struct of %zu bytes: set its size member", options->size);
    memcpy(&given, options, options->size < sizeof(given) ? options->size : sizeof(given));
    if (given.policy == NULL) return fail(FH_INVALID, "no policy");
    setup.policy = given.policy;
    setup.header_bytes = given.header_bytes;
    setup.align_bytes = given.align_bytes > 0 ? given.align_bytes : ALIGN_DEFAULT;
    setup.grow_bytes = given.grow_bytes > 0 ? given.grow_bytes : 1;
    if (setup.header_bytes > SETTING_MAX || setup.align_bytes > SETTING_MAX ||
        setup.grow_bytes > SETTING_MAX)
        return fail(FH_INVALID, "header, align and grow may be 2^40 at most");
    if (given.simulates)
        TRY(read_simulated(&given, &setup));
    else if (given.order != NULL || given.coalesces)
        return fail(FH_INVALID, "order and coalescing are for simulated heaps only");
    else if (policy_find(given.policy) == NULL)
        return fail(FH_INVALID, "no policy is called \"%s\"", given.policy);
    *ret_given = given;
    *ret_setup = setup;
    return FH_OK;
}

static fh_status check_picture(const fh_replay_picture *picture)
{
    if (picture->column_count == 0 || picture->samples == NULL)
        return fail(FH_INVALID, "a picture without samples");
    if (picture->row_count == 0) return FH_OK;
    if (picture->cells == NULL || picture->top_address == 0 ||
        picture->top_address % picture->row_count != 0)
        return fail(FH_INVALID, "a picture of %zu rows up to %" PRIu64, picture->row_count,
                    picture->top_address);
    return FH_OK;
}

fh_status fh_trace_replay(const fh_trace *trace, const fh_replay_options *options,
                          fh_replay_picture *picture, fh_replay_info *ret_info)
{
    struct replay_setup setup;
    fh_replay_options given;
    fh_replay_info info;

    if (trace == NULL || options == NULL) return fail(FH_INVALID, "no trace, or no options");
    if (ret_info != NULL && ret_info->size < sizeof(size_t))
        return fail(FH_INVALID, "a struct without its size");
    TRY(check_ended(trace));
    TRY(read_options(options, &given, &setup));
    if (picture != NULL) TRY(check_picture(picture));
    TRY(trace_replay_run(&trace->trace, &setup,
                         &(struct trace_replay_progress){given.progress, given.progress_context},
                         picture, &info));
    if (ret_info == NULL) return FH_OK;
    info.size = ret_info->size;
    memcpy(ret_info, &info, info.size < sizeof(info) ? info.size : sizeof(info));
    return FH_OK;
}
