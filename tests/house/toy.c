/*
 * toy.c - the free run with the highest addresses, its upper end: last fit.
 *
 * A byte for each unit, every search a walk over all of them: what a policy is in its
 * simplest form. policy_test.sh plants it.
 */
#include <inttypes.h>
#include <string.h>

#include "base/bits.h"
#include "base/memory.h"
#include "base/note.h"
#include "space/policy_table.h"

struct policy {
    uint8_t *is_free; /* of each unit, and one byte more that stays zero */
    uint64_t unit_count;
    uint64_t room; /* units that is_free has bytes for */
    uint64_t free_units;
};

/* How many of the units from `unit` on are in this state without a gap; at most `most`. */
static uint64_t length_at(const struct policy *policy, uint64_t unit, uint64_t most, bool free)
{
    uint64_t count = 0;

    while (count < most && unit + count < policy->unit_count &&
           (policy->is_free[unit + count] != 0) == free)
        count++;
    return count;
}

static void mark(struct policy *policy, struct run run, bool free)
{
    memset(policy->is_free + run.first, free, run.count);
    policy->free_units += free ? run.count : 0;
    policy->free_units -= free ? 0 : run.count;
}

static void toy_close(struct policy *policy)
{
    if (policy == NULL) return;
    memory_give(policy->is_free);
    memory_give(policy);
}

static fh_status toy_grow(struct policy *policy, uint64_t unit_count)
{
    if (unit_count > policy->room || policy->is_free == NULL) {
        uint8_t *bytes = memory_resize(policy->is_free, policy->is_free ? policy->room + 1 : 0,
                                       unit_count + 1, 1);

        if (bytes == NULL) return fail(FH_NO_MEMORY, "toy: %" PRIu64 " units", unit_count);
        policy->is_free = bytes;
        policy->room = unit_count;
    }
    policy->unit_count = unit_count;
    return FH_OK;
}

static fh_status toy_open(uint64_t unit_count, struct policy **ret_policy)
{
    struct policy *policy = memory_take(1, sizeof(*policy));
    fh_status status;

    if (policy == NULL) return fail(FH_NO_MEMORY, "a toy policy");
    status = toy_grow(policy, unit_count);
    if (status != FH_OK) {
        toy_close(policy);
        return status;
    }
    *ret_policy = policy;
    return FH_OK;
}

static fh_status toy_reserve(struct policy *policy, uint64_t take_count, uint64_t give_count)
{
    (void)policy;
    (void)take_count;
    (void)give_count;
    return FH_OK;
}

static void toy_shrink(struct policy *policy, uint64_t unit_count)
{
    policy->unit_count = unit_count;
}

static fh_status toy_take(struct policy *policy, const struct policy_request *request,
                          struct run *ret_run)
{
    uint64_t align = request->align > 1 ? request->align : 1;
    uint64_t count = request->unit_count;

    if (count > policy->unit_count) return answer(FH_NO_SPACE);
    for (uint64_t first = round_down(policy->unit_count - count, align);; first -= align) {
        if (length_at(policy, first, count, true) == count) {
            *ret_run = (struct run){first, count};
            mark(policy, *ret_run, false);
            return FH_OK;
        }
        if (first < align) return answer(FH_NO_SPACE);
    }
}

static fh_status toy_take_at(struct policy *policy, struct run run)
{
    mark(policy, run, false);
    return FH_OK;
}

static void toy_give(struct policy *policy, struct run run)
{
    mark(policy, run, true);
}

static bool toy_next_run(const struct policy *policy, uint64_t from, struct run *ret_run)
{
    uint64_t first = from + length_at(policy, from, UINT64_MAX, false);

    if (first >= policy->unit_count) return false;
    *ret_run = (struct run){first, length_at(policy, first, UINT64_MAX, true)};
    return true;
}

static bool toy_is_free(const struct policy *policy, struct run run)
{
    return length_at(policy, run.first, run.count, true) == run.count;
}

static bool toy_is_taken(const struct policy *policy, struct run run)
{
    return length_at(policy, run.first, run.count, false) == run.count;
}

static void toy_stat(const struct policy *policy, struct policy_stat *ret_stat)
{
    struct policy_stat stat = {.free_units = policy->free_units};
    struct run run;

    for (uint64_t at = 0; toy_next_run(policy, at, &run); at = run_end(run)) {
        stat.free_runs++;
        if (stat.largest_run_units < run.count) stat.largest_run_units = run.count;
    }
    *ret_stat = stat;
}

static fh_status toy_audit(const struct policy *policy)
{
    uint64_t free_units = 0;
    struct run run;

    for (uint64_t at = 0; toy_next_run(policy, at, &run); at = run_end(run))
        free_units += run.count;
    if (free_units != policy->free_units)
        return fail(FH_CORRUPT, "toy: %" PRIu64 " free units, %" PRIu64 " noted", free_units,
                    policy->free_units);
    return FH_OK;
}

const struct policy_ops toy_policy = {
    .name = "toy",
    .idea = "the highest address, by a walk over all units",
    .open = toy_open,
    .close = toy_close,
    .reserve = toy_reserve,
    .grow = toy_grow,
    .shrink = toy_shrink,
    .take = toy_take,
    .take_at = toy_take_at,
    .give = toy_give,
    .next_run = toy_next_run,
    .is_free = toy_is_free,
    .is_taken = toy_is_taken,
    .stat = toy_stat,
    .audit = toy_audit,
};
