/*
 * worst.c - the longest run, of equal ones the lowest.
 *
 * A wish chooses among equally long runs: the lowest at or behind it, if there is one. With an
 * alignment the longest run serves whenever any run is sure to; only when it does not, all that
 * are long enough are looked at, from the longest down.
 */
#include "base/check.h"
#include "base/note.h"
#include "space/policy_table.h"
#include "space/run_policy.h"

static bool find_longest(struct policy *policy, const struct policy_request *request,
                         struct run *ret_run);

static fh_status worst_open_in(uint64_t unit_count, const struct policy_memory *memory,
                               struct policy **ret_policy)
{
    return run_policy_open(unit_count, true, memory, ret_policy);
}

static fh_status worst_open(uint64_t unit_count, struct policy **ret_policy)
{
    return worst_open_in(unit_count, NULL, ret_policy);
}

static fh_status worst_take(struct policy *policy, const struct policy_request *request,
                            struct run *ret_run)
{
    struct run run;

    if (!find_longest(policy, request, &run)) return run_policy_refuse(policy);
    TRY(run_policy_take_at(policy, run));
    *ret_run = run;
    return FH_OK;
}

static bool find_longest(struct policy *policy, const struct policy_request *request,
                         struct run *ret_run)
{
    struct run_tree *tree = &policy->tree;
    uint64_t count = request->unit_count;
    uint64_t length = run_tree_largest(tree);
    struct run run;

    if (length < count) return false;
    if (run_policy_find_length(policy, length, request->near, &run) &&
        run_tree_fit(run, count, request->align, ret_run))
        return true;
    for (; length >= count; length = run_tree_length_below(tree, length))
        for (struct run least = {0, length};
             run_tree_shortest(tree, least, &run) && run.count == length;
             least.first = run.first + 1)
            if (run_tree_fit(run, count, request->align, ret_run)) return true;
    return false;
}

const struct policy_ops worst_policy = {
    .name = "worst",
    .idea = "the longest run, the lowest of equal ones",
    .node_bytes = sizeof(struct run_node),
    .open = worst_open,
    .open_in = worst_open_in,
    .close = run_policy_close,
    .reserve = run_policy_reserve,
    .grow = run_policy_grow,
    .shrink = run_policy_shrink,
    .take = worst_take,
    .take_at = run_policy_take_at,
    .check_give = run_policy_check_give,
    .give = run_policy_give,
    .next_run = run_policy_next_run,
    .is_free = run_policy_is_free,
    .is_taken = run_policy_is_taken,
    .stat = run_policy_stat,
    .audit = run_policy_audit,
};
