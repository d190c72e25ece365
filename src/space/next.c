/*
 * next.c - the first fit behind the run taken last, wrapping at the end.
 *
 * The search begins with the free run that came next when that run was taken. As in the textbook's
 * list, where the place is a node, a run that has since grown backwards is taken from its first
 * unit: to go on inside would leave a piece before each such run. A wish is followed instead, and
 * the next search goes on from there.
 */
#include "base/check.h"
#include "base/note.h"
#include "space/policy_table.h"
#include "space/run_policy.h"

static uint64_t next_first(const struct policy *policy, uint64_t unit);

static fh_status next_open_in(uint64_t unit_count, const struct policy_memory *memory,
                              struct policy **ret_policy)
{
    return run_policy_open(unit_count, false, memory, ret_policy);
}

static fh_status next_open(uint64_t unit_count, struct policy **ret_policy)
{
    return next_open_in(unit_count, NULL, ret_policy);
}

static fh_status next_take(struct policy *policy, const struct policy_request *request,
                           struct run *ret_run)
{
    uint64_t from = request->near > 0 ? request->near : policy->resume_at;
    struct run run;

    if (!run_policy_find_lowest(policy, request, from, &run)) return run_policy_refuse(policy);
    TRY(run_policy_take_at(policy, run));
    policy->resume_at = next_first(policy, run_end(run));
    *ret_run = run;
    return FH_OK;
}

/* The first free unit at or behind `unit`, which is no unit inside a free run; 0: none. */
static uint64_t next_first(const struct policy *policy, uint64_t unit)
{
    struct run run;

    return run_tree_next_run(&policy->tree, unit, &run) ? run.first : 0;
}

/* The place stays the first unit of its run. */
static void next_give(struct policy *policy, struct run run)
{
    struct run whole;

    run_policy_give(policy, run);
    if (run.first < policy->resume_at && policy->resume_at <= run_end(run) &&
        run_tree_around(&policy->tree, run.first, &whole) && run_end(whole) > policy->resume_at)
        policy->resume_at = whole.first;
}

const struct policy_ops next_policy = {
    .name = "next",
    .idea = "the first fit behind the run taken last, wrapping at the end",
    .node_bytes = sizeof(struct run_node),
    .open = next_open,
    .open_in = next_open_in,
    .close = run_policy_close,
    .reserve = run_policy_reserve,
    .grow = run_policy_grow,
    .shrink = run_policy_shrink,
    .take = next_take,
    .take_at = run_policy_take_at,
    .check_give = run_policy_check_give,
    .give = next_give,
    .next_run = run_policy_next_run,
    .is_free = run_policy_is_free,
    .is_taken = run_policy_is_taken,
    .stat = run_policy_stat,
    .audit = run_policy_audit,
};
