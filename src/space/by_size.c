/*
 * by_size.c - a run of exactly the length asked, else the shortest longer one.
 *
 * Of equal ones the lowest, so that the same calls give the same file. A wish chooses among
 * the runs of the exact length; a longer one is taken at its lowest address. A run that is
 * given joins with those on both sides.
 */
#include "base/check.h"
#include "base/note.h"
#include "space/policy_table.h"
#include "space/run_policy.h"

static fh_status by_size_open_in(uint64_t unit_count, const struct policy_memory *memory,
                                 struct policy **ret_policy)
{
    return run_policy_open(unit_count, true, memory, ret_policy);
}

static fh_status by_size_open(uint64_t unit_count, struct policy **ret_policy)
{
    return by_size_open_in(unit_count, NULL, ret_policy);
}

static fh_status by_size_take(struct policy *policy, const struct policy_request *request,
                              struct run *ret_run)
{
    struct run run;
    struct run exact;

    if (!run_policy_find_length(policy, request->unit_count, request->near, &exact) ||
        !run_tree_fit(exact, request->unit_count, request->align, &run))
        if (!run_policy_find_shortest(policy, request, &run)) return run_policy_refuse(policy);
    TRY(run_policy_take_at(policy, run));
    *ret_run = run;
    return FH_OK;
}

const struct policy_ops by_size_policy = {
    .name = "by-size",
    .idea = "exactly the length asked, else the shortest longer run, the lowest of equal ones",
    .node_bytes = sizeof(struct run_node),
    .open = by_size_open,
    .open_in = by_size_open_in,
    .close = run_policy_close,
    .reserve = run_policy_reserve,
    .grow = run_policy_grow,
    .shrink = run_policy_shrink,
    .take = by_size_take,
    .take_at = run_policy_take_at,
    .check_give = run_policy_check_give,
    .give = run_policy_give,
    .next_run = run_policy_next_run,
    .is_free = run_policy_is_free,
    .is_taken = run_policy_is_taken,
    .stat = run_policy_stat,
    .audit = run_policy_audit,
};
