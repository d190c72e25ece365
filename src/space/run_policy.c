/*
 * run_policy.c - a tree of runs behind the port of the policies, and its searches.
 */
#include "space/run_policy.h"

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"

static bool find_behind(struct policy *policy, const struct policy_request *request, uint64_t from,
                        struct run *ret_run);
static bool enough_for_any(const struct policy_request *request, uint64_t *ret_count);

fh_status run_policy_open(uint64_t unit_count, bool has_lengths, const struct policy_memory *memory,
                          struct policy **ret_policy)
{
    struct policy *policy = memory_take(1, sizeof(*policy));
    fh_status status;

    if (policy == NULL) return fail(FH_NO_MEMORY, "a policy over runs");
    status = run_tree_init(&policy->tree, unit_count, has_lengths, memory);
    if (status != FH_OK) {
        memory_give(policy);
        return status;
    }
    *ret_policy = policy;
    return FH_OK;
}

void run_policy_close(struct policy *policy)
{
    if (policy == NULL) return;
    run_tree_fini(&policy->tree);
    memory_give(policy);
}

fh_status run_policy_reserve(struct policy *policy, uint64_t take_count, uint64_t give_count)
{
    uint64_t run_count;

    if (!add_fits(take_count, give_count, &run_count)) run_count = UINT64_MAX;
    return run_tree_reserve(&policy->tree, run_count);
}

fh_status run_policy_grow(struct policy *policy, uint64_t unit_count)
{
    return run_tree_grow(&policy->tree, unit_count);
}

void run_policy_shrink(struct policy *policy, uint64_t unit_count)
{
    run_tree_shrink(&policy->tree, unit_count);
}

fh_status run_policy_take_at(struct policy *policy, struct run run)
{
    TRY(run_tree_check(&policy->tree));
    TRY(run_tree_reserve(&policy->tree, 1));
    run_tree_take_at(&policy->tree, run);
    return run_tree_check(&policy->tree);
}

fh_status run_policy_refuse(const struct policy *policy)
{
    TRY(run_tree_check(&policy->tree));
    return answer(FH_NO_SPACE);
}

fh_status run_policy_check_give(const struct policy *policy, struct run run)
{
    (void)run;
    return run_tree_check(&policy->tree);
}

void run_policy_give(struct policy *policy, struct run run)
{
    REQUIRE(run_tree_reserve(&policy->tree, 1) == FH_OK);
    run_tree_give(&policy->tree, run);
}

bool run_policy_next_run(const struct policy *policy, uint64_t from, struct run *ret_run)
{
    return run_tree_next_run(&policy->tree, from, ret_run);
}

bool run_policy_is_free(const struct policy *policy, struct run run)
{
    return run_tree_is_free(&policy->tree, run);
}

bool run_policy_is_taken(const struct policy *policy, struct run run)
{
    return run_tree_is_taken(&policy->tree, run);
}

void run_policy_stat(const struct policy *policy, struct policy_stat *ret_stat)
{
    *ret_stat = (struct policy_stat){
        .free_units = policy->tree.free_units,
        .free_runs = policy->tree.run_count,
        .largest_run_units = run_tree_largest(&policy->tree),
        .looked_count = policy->tree.looked_count,
    };
}

fh_status run_policy_audit(const struct policy *policy)
{
    return run_tree_audit(&policy->tree);
}

bool run_policy_find_lowest(struct policy *policy, const struct policy_request *request,
                            uint64_t from, struct run *ret_run)
{
    struct run run;

    if (find_behind(policy, request, from, ret_run)) return true;
    if (from > 0 && find_behind(policy, request, 0, ret_run)) return true;
    for (from = 0; run_tree_lowest(&policy->tree, request->unit_count, from, &run);
         from = run_end(run))
        if (run_tree_fit(run, request->unit_count, request->align, ret_run)) return true;
    return false;
}

bool run_policy_find_shortest(struct policy *policy, const struct policy_request *request,
                              struct run *ret_run)
{
    struct run_tree *tree = &policy->tree;
    uint64_t count = request->unit_count;
    struct run least = {0, count};
    struct run run;
    uint64_t enough;

    for (unsigned i = 0; i < RUN_POLICY_TRIES; i++) {
        if (!run_tree_shortest(tree, least, &run)) return false;
        if (run_tree_fit(run, count, request->align, ret_run)) return true;
        least = (struct run){run.first + 1, run.count};
    }
    if (enough_for_any(request, &enough) &&
        run_tree_shortest(tree, (struct run){0, enough}, &run) &&
        run_tree_fit(run, count, request->align, ret_run))
        return true;
    for (; run_tree_shortest(tree, least, &run); least = (struct run){run.first + 1, run.count})
        if (run_tree_fit(run, count, request->align, ret_run)) return true;
    return false;
}

bool run_policy_find_length(struct policy *policy, uint64_t count, uint64_t near,
                            struct run *ret_run)
{
    struct run run;

    if (!run_tree_shortest(&policy->tree, (struct run){near, count}, &run) || run.count != count)
        if (near == 0 || !run_tree_shortest(&policy->tree, (struct run){0, count}, &run) ||
            run.count != count)
            return false;
    *ret_run = run;
    return true;
}

static bool find_behind(struct policy *policy, const struct policy_request *request, uint64_t from,
                        struct run *ret_run)
{
    struct run run;
    uint64_t enough;

    for (unsigned i = 0; i < RUN_POLICY_TRIES; i++) {
        if (!run_tree_lowest(&policy->tree, request->unit_count, from, &run)) return false;
        if (run_tree_fit(run, request->unit_count, request->align, ret_run)) return true;
        from = run_end(run);
    }
    return enough_for_any(request, &enough) && run_tree_lowest(&policy->tree, enough, from, &run) &&
           run_tree_fit(run, request->unit_count, request->align, ret_run);
}

/* A run of so many units holds an aligned fit wherever it begins. */
static bool enough_for_any(const struct policy_request *request, uint64_t *ret_count)
{
    return add_fits(request->unit_count, request->align > 1 ? request->align - 1 : 0, ret_count);
}
