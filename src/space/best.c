/*
 * best.c - the shortest run that is long enough, of equal ones the lowest.
 *
 * A wish chooses among equally short runs: the lowest at or behind it, if there is one. It
 * never costs a longer run. When the run so chosen holds no aligned fit, the others follow in
 * order of length.
 */
#include "base/check.h"
#include "base/note.h"
#include "space/policy_table.h"
#include "space/run_policy.h"

static bool find_wished(struct policy *policy, const struct policy_request *request,
                        struct run *ret_run);

static fh_status best_open_in(uint64_t unit_count, const struct policy_memory *memory,
                              struct policy **ret_policy)
{
    return run_policy_open(unit_count, true, memory, ret_policy);
}

static fh_status best_open(uint64_t unit_count, struct policy **ret_policy)
{
    return best_open_in(unit_count, NULL, ret_policy);
}

static fh_status best_take(struct policy *policy, const struct policy_request *request,
                           struct run *ret_run)
{
    struct run run;

    if (!find_wished(policy, request, &run) && !run_policy_find_shortest(policy, request, &run))
        return run_policy_refuse(policy);
    TRY(run_policy_take_at(policy, run));
    *ret_run = run;
    return FH_OK;
}

/* Of the shortest runs that are long enough. */
static bool find_wished(struct policy *policy, const struct policy_request *request,
                        struct run *ret_run)
{
    struct run run;

    return run_tree_shortest(&policy->tree, (struct run){0, request->unit_count}, &run) &&
           run_policy_find_length(policy, run.count, request->near, &run) &&
           run_tree_fit(run, request->unit_count, request->align, ret_run);
}

const struct policy_ops best_policy = {
    .name = "best",
    .idea = "the shortest run that is long enough, the lowest of equal ones",
    .node_bytes = sizeof(struct run_node),
    .open = best_open,
    .open_in = best_open_in,
    .close = run_policy_close,
    .reserve = run_policy_reserve,
    .grow = run_policy_grow,
    .shrink = run_policy_shrink,
    .take = best_take,
    .take_at = run_policy_take_at,
    .check_give = run_policy_check_give,
    .give = run_policy_give,
    .next_run = run_policy_next_run,
    .is_free = run_policy_is_free,
    .is_taken = run_policy_is_taken,
    .stat = run_policy_stat,
    .audit = run_policy_audit,
};
