/*
 * first.c - the lowest address first, in a balanced tree of the free runs.
 *
 * What bitmap answers, at a cost that depends on the free runs and not on the units. A wish
 * moves the search behind it; when nothing there fits, the lowest of all is taken.
 */
#include "base/check.h"
#include "base/note.h"
#include "space/policy_table.h"
#include "space/run_policy.h"

static fh_status first_open_in(uint64_t unit_count, const struct policy_memory *memory,
                               struct policy **ret_policy)
{
    return run_policy_open(unit_count, false, memory, ret_policy);
}

static fh_status first_open(uint64_t unit_count, struct policy **ret_policy)
{
    return first_open_in(unit_count, NULL, ret_policy);
}

static fh_status first_take(struct policy *policy, const struct policy_request *request,
                            struct run *ret_run)
{
    struct run run;

    if (!run_policy_find_lowest(policy, request, request->near, &run))
        return run_policy_refuse(policy);
    TRY(run_policy_take_at(policy, run));
    *ret_run = run;
    return FH_OK;
}

const struct policy_ops first_policy = {
    .name = "first",
    .idea = "the lowest address first, in a tree of the free runs",
    .node_bytes = sizeof(struct run_node),
    .open = first_open,
    .open_in = first_open_in,
    .close = run_policy_close,
    .reserve = run_policy_reserve,
    .grow = run_policy_grow,
    .shrink = run_policy_shrink,
    .take = first_take,
    .take_at = run_policy_take_at,
    .check_give = run_policy_check_give,
    .give = run_policy_give,
    .next_run = run_policy_next_run,
    .is_free = run_policy_is_free,
    .is_taken = run_policy_is_taken,
    .stat = run_policy_stat,
    .audit = run_policy_audit,
};
