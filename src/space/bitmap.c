/*
 * bitmap.c - the default policy: the lowest address first, through summaries over a bitmap.
 *
 * All in unit_map. No call but open and grow needs memory, takes of any length are
 * O(log unit_count), and low addresses fill up first, so that the end of a file empties.
 */
#include "base/memory.h"
#include "base/note.h"
#include "space/policy_table.h"
#include "space/unit_map.h"

struct policy {
    struct unit_map map;
};

static fh_status bitmap_open(uint64_t unit_count, struct policy **ret_policy)
{
    struct policy *policy = memory_take_lines(1, sizeof(*policy));
    fh_status status;

    if (policy == NULL) return fail(FH_NO_MEMORY, "a bitmap policy");
    status = unit_map_init(&policy->map, unit_count);
    if (status != FH_OK) {
        memory_give(policy);
        return status;
    }
    *ret_policy = policy;
    return FH_OK;
}

static void bitmap_close(struct policy *policy)
{
    if (policy == NULL) return;
    unit_map_fini(&policy->map);
    memory_give(policy);
}

static fh_status bitmap_reserve(struct policy *policy, uint64_t take_count, uint64_t give_count)
{
    (void)policy;
    (void)take_count;
    (void)give_count;
    return FH_OK;
}

static fh_status bitmap_grow(struct policy *policy, uint64_t unit_count)
{
    return unit_map_grow(&policy->map, unit_count);
}

static void bitmap_shrink(struct policy *policy, uint64_t unit_count)
{
    unit_map_shrink(&policy->map, unit_count);
}

static fh_status bitmap_take(struct policy *policy, const struct policy_request *request,
                             struct run *ret_run)
{
    if (!unit_map_find(&policy->map, request->unit_count, request->near, request->align, ret_run))
        return answer(FH_NO_SPACE);
    unit_map_take_at(&policy->map, *ret_run);
    return FH_OK;
}

static fh_status bitmap_take_at(struct policy *policy, struct run run)
{
    unit_map_take_at(&policy->map, run);
    return FH_OK;
}

static void bitmap_give(struct policy *policy, struct run run)
{
    unit_map_give(&policy->map, run);
}

static bool bitmap_next_run(const struct policy *policy, uint64_t from, struct run *ret_run)
{
    return unit_map_next_run(&policy->map, from, ret_run);
}

static bool bitmap_is_free(const struct policy *policy, struct run run)
{
    return unit_map_is_free(&policy->map, run);
}

static bool bitmap_is_taken(const struct policy *policy, struct run run)
{
    return unit_map_is_taken(&policy->map, run);
}

static void bitmap_stat(const struct policy *policy, struct policy_stat *ret_stat)
{
    *ret_stat = (struct policy_stat){
        .free_units = policy->map.free_units,
        .free_runs = policy->map.free_runs,
        .largest_run_units = unit_map_largest(&policy->map),
        .looked_count = policy->map.looked_count,
    };
}

static fh_status bitmap_audit(const struct policy *policy)
{
    return unit_map_audit(&policy->map);
}

const struct policy_ops bitmap_policy = {
    .name = "bitmap",
    .idea = "the lowest address first, through summaries over a bitmap",
    .open = bitmap_open,
    .close = bitmap_close,
    .reserve = bitmap_reserve,
    .grow = bitmap_grow,
    .shrink = bitmap_shrink,
    .take = bitmap_take,
    .take_at = bitmap_take_at,
    .give = bitmap_give,
    .next_run = bitmap_next_run,
    .is_free = bitmap_is_free,
    .is_taken = bitmap_is_taken,
    .stat = bitmap_stat,
    .audit = bitmap_audit,
};
