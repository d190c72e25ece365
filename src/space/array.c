/*
 * array.c - a sorted array of free runs; first fit at the lowest address.
 *
 * The structure that everybody writes first, kept for comparison and as an oracle: one entry
 * of 16 bytes a run, neighbours merged. Looking a unit up is a search by halves, but a take
 * walks over all runs that are too short and a change in the middle moves what stands behind
 * it: the one policy that may be O(free runs). Idea: the array free list of bbolt, with runs
 * in place of single pages.
 */
#include <inttypes.h>
#include <string.h>

#include "base/bits.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "space/policy_table.h"

enum { CAPACITY_MIN = 64 }; /* runs */

struct policy {
    struct run *runs; /* ascending; between two of them a unit is not free */
    uint64_t run_count;
    uint64_t capacity;
    uint64_t unit_count;
    uint64_t free_units;
    uint64_t looked_count; /* entries that find_fit has looked at */
};

static fh_status array_ensure(struct policy *policy, uint64_t more);
static uint64_t position_behind(const struct policy *policy, uint64_t unit);
static bool find_fit(struct policy *policy, const struct policy_request *request, uint64_t near,
                     uint64_t *ret_at, struct run *ret_run);
static void cut(struct policy *policy, uint64_t at, struct run run);
static void replace(struct policy *policy, uint64_t at, uint64_t old_count, const struct run *fresh,
                    uint64_t fresh_count);

static void array_close(struct policy *policy)
{
    if (policy == NULL) return;
    memory_give(policy->runs);
    memory_give(policy);
}

static fh_status array_open(uint64_t unit_count, struct policy **ret_policy)
{
    struct policy *policy = memory_take(1, sizeof(*policy));
    fh_status status;

    if (policy == NULL) return fail(FH_NO_MEMORY, "an array policy");
    policy->unit_count = unit_count;
    status = array_ensure(policy, 1);
    if (status != FH_OK) {
        array_close(policy);
        return status;
    }
    *ret_policy = policy;
    return FH_OK;
}

/* A take out of the middle makes one run more, and so does a give beside nothing. */
static fh_status array_reserve(struct policy *policy, uint64_t take_count, uint64_t give_count)
{
    uint64_t more;

    if (!add_fits(take_count, give_count, &more))
        return fail(FH_NO_MEMORY, "array: so many takes and gives");
    return array_ensure(policy, more);
}

static fh_status array_grow(struct policy *policy, uint64_t unit_count)
{
    policy->unit_count = unit_count;
    return FH_OK;
}

static void array_shrink(struct policy *policy, uint64_t unit_count)
{
    policy->unit_count = unit_count;
}

static fh_status array_take(struct policy *policy, const struct policy_request *request,
                            struct run *ret_run)
{
    struct run run;
    uint64_t at;

    if (!find_fit(policy, request, request->near, &at, &run) &&
        (request->near == 0 || !find_fit(policy, request, 0, &at, &run)))
        return answer(FH_NO_SPACE);
    TRY(array_ensure(policy, 1));
    cut(policy, at, run);
    *ret_run = run;
    return FH_OK;
}

static fh_status array_take_at(struct policy *policy, struct run run)
{
    TRY(array_ensure(policy, 1));
    cut(policy, position_behind(policy, run.first), run);
    return FH_OK;
}

static void array_give(struct policy *policy, struct run run)
{
    uint64_t at = position_behind(policy, run.first);
    uint64_t old_count = 0;

    REQUIRE(array_ensure(policy, 1) == FH_OK);
    policy->free_units += run.count;
    if (at < policy->run_count && policy->runs[at].first == run_end(run)) {
        run.count += policy->runs[at].count;
        old_count++;
    }
    if (at > 0 && run_end(policy->runs[at - 1]) == run.first) {
        at--;
        run.first = policy->runs[at].first;
        run.count += policy->runs[at].count;
        old_count++;
    }
    replace(policy, at, old_count, &run, 1);
}

static bool array_next_run(const struct policy *policy, uint64_t from, struct run *ret_run)
{
    uint64_t at = position_behind(policy, from);
    struct run run;

    if (at == policy->run_count) return false;
    run = policy->runs[at];
    if (run.first < from) run = (struct run){from, run_end(run) - from};
    *ret_run = run;
    return true;
}

static bool array_is_free(const struct policy *policy, struct run run)
{
    uint64_t at = position_behind(policy, run.first);

    return at < policy->run_count && run_holds(policy->runs[at], run);
}

static bool array_is_taken(const struct policy *policy, struct run run)
{
    uint64_t at = position_behind(policy, run.first);

    return run_holds((struct run){0, policy->unit_count}, run) &&
           (at == policy->run_count || policy->runs[at].first >= run_end(run));
}

static void array_stat(const struct policy *policy, struct policy_stat *ret_stat)
{
    *ret_stat = (struct policy_stat){
        .free_units = policy->free_units,
        .free_runs = policy->run_count,
        .looked_count = policy->looked_count,
    };
    for (uint64_t at = 0; at < policy->run_count; at++)
        if (ret_stat->largest_run_units < policy->runs[at].count)
            ret_stat->largest_run_units = policy->runs[at].count;
}

static fh_status array_audit(const struct policy *policy)
{
    uint64_t free_units = 0;

    for (uint64_t at = 0; at < policy->run_count; at++) {
        struct run run = policy->runs[at];

        if (run.count == 0 || !run_holds((struct run){0, policy->unit_count}, run))
            return fail(FH_CORRUPT, "array: %" PRIu64 " units at %" PRIu64 " are no run", run.count,
                        run.first);
        if (at > 0 && run_end(policy->runs[at - 1]) >= run.first)
            return fail(FH_CORRUPT, "array: the run at %" PRIu64 " touches the one before it",
                        run.first);
        free_units += run.count;
    }
    if (free_units != policy->free_units)
        return fail(FH_CORRUPT, "array: %" PRIu64 " units in the runs, %" PRIu64 " counted",
                    free_units, policy->free_units);
    return FH_OK;
}

/* Room for so many runs more. */
static fh_status array_ensure(struct policy *policy, uint64_t more)
{
    uint64_t capacity = policy->capacity > 0 ? policy->capacity : CAPACITY_MIN;
    uint64_t wanted;
    struct run *runs;

    if (!add_fits(policy->run_count, more, &wanted) || wanted > UINT64_MAX / 4)
        return fail(FH_NO_MEMORY, "array: %" PRIu64 " runs more", more);
    if (wanted <= policy->capacity) return FH_OK;
    while (capacity < wanted)
        capacity *= 2;
    runs = memory_resize(policy->runs, policy->capacity, capacity, sizeof(*runs));
    if (runs == NULL) return fail(FH_NO_MEMORY, "array: %" PRIu64 " runs", capacity);
    policy->runs = runs;
    policy->capacity = capacity;
    return FH_OK;
}

/* The place of the first run that ends behind `unit`. */
static uint64_t position_behind(const struct policy *policy, uint64_t unit)
{
    uint64_t low = 0;
    uint64_t high = policy->run_count;

    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        if (run_end(policy->runs[middle]) > unit)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* The first run with room for the request at or behind `near`, and the lowest place in it. */
static bool find_fit(struct policy *policy, const struct policy_request *request, uint64_t near,
                     uint64_t *ret_at, struct run *ret_run)
{
    uint64_t align = request->align > 1 ? request->align : 1;
    uint64_t from = position_behind(policy, near);

    for (uint64_t at = from; at < policy->run_count; at++) {
        struct run run = policy->runs[at];
        struct run fit = {run.first > near ? run.first : near, request->unit_count};

        if (add_fits(fit.first, -fit.first & (align - 1), &fit.first) && run_holds(run, fit)) {
            policy->looked_count += at - from + 1;
            *ret_at = at;
            *ret_run = fit;
            return true;
        }
    }
    policy->looked_count += policy->run_count - from;
    return false;
}

/* Takes `run` out of the run at place `at`, which holds it. */
static void cut(struct policy *policy, uint64_t at, struct run run)
{
    struct run whole = policy->runs[at];
    struct run rest[2];
    uint64_t rest_count = 0;

    if (run.first > whole.first)
        rest[rest_count++] = (struct run){whole.first, run.first - whole.first};
    if (run_end(run) < run_end(whole))
        rest[rest_count++] = (struct run){run_end(run), run_end(whole) - run_end(run)};
    replace(policy, at, 1, rest, rest_count);
    policy->free_units -= run.count;
}

/* Puts `fresh` in the place of `old_count` runs. */
static void replace(struct policy *policy, uint64_t at, uint64_t old_count, const struct run *fresh,
                    uint64_t fresh_count)
{
    uint64_t behind = at + old_count;

    if (old_count != fresh_count)
        memmove(policy->runs + at + fresh_count, policy->runs + behind,
                (policy->run_count - behind) * sizeof(*fresh));
    for (uint64_t i = 0; i < fresh_count; i++)
        policy->runs[at + i] = fresh[i];
    policy->run_count = policy->run_count - old_count + fresh_count;
}

const struct policy_ops array_policy = {
    .name = "array",
    .idea = "a sorted array of runs, the lowest address first; O(free runs)",
    .open = array_open,
    .close = array_close,
    .reserve = array_reserve,
    .grow = array_grow,
    .shrink = array_shrink,
    .take = array_take,
    .take_at = array_take_at,
    .give = array_give,
    .next_run = array_next_run,
    .is_free = array_is_free,
    .is_taken = array_is_taken,
    .stat = array_stat,
    .audit = array_audit,
};
