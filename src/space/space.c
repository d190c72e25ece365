/*
 * space.c - a policy with its guard and its figures.
 *
 * Every wrong run is refused here, before a policy sees it: the policy's own answers to
 * is_free and is_taken decide, so there is no second copy of the set.
 */
#include "space/space.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/bits.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "space/space_memory.h"

struct space {
    /* Constant after open. */
    const struct policy_ops *ops;
    struct policy *policy;
    struct policy_memory memory; /* borrowed; .units NULL: none */

    /* Changed by the one thread that the caller's lock lets in. */
    uint64_t unit_count;
    uint64_t free_units;
    uint64_t take_count;
    uint64_t give_count;
    uint64_t refused_count;
};

static void audit_own(const struct space *space);
static fh_status refuse_name(const char *policy_name);
static fh_status check_run(const struct space *space, struct run run);
static fh_status refuse_give(const struct space *space, struct run run);

fh_status space_open(const char *policy_name, uint64_t unit_count, struct space **ret_space)
{
    return space_open_in(policy_name, unit_count, NULL, ret_space);
}

fh_status space_open_in(const char *policy_name, uint64_t unit_count,
                        const struct policy_memory *memory, struct space **ret_space)
{
    const struct policy_ops *ops = policy_find(policy_name);
    struct space *space;
    struct policy_stat stat;
    fh_status status;

    if (ops == NULL) return refuse_name(policy_name);
    if (memory != NULL) TRY(space_memory_check(ops, unit_count, memory));
    space = memory_take(1, sizeof(*space));
    if (space == NULL) return fail(FH_NO_MEMORY, "a space");
    status = memory == NULL ? ops->open(unit_count, &space->policy)
                            : ops->open_in(unit_count, memory, &space->policy);
    if (status != FH_OK) {
        memory_give(space);
        return status;
    }
    if (memory != NULL) space->memory = *memory;
    ops->stat(space->policy, &stat);
    space->ops = ops;
    space->unit_count = unit_count;
    space->free_units = stat.free_units;
    space_memory_note(space->ops, &space->memory, unit_count);
    *ret_space = space;
    return FH_OK;
}

fh_status space_attach(const char *policy_name, uint64_t unit_count,
                       const struct policy_memory *memory, struct space **ret_space)
{
    struct policy_memory old = *memory;
    const struct policy_ops *ops;

    TRY(space_memory_check_head(memory, unit_count, policy_name, &ops));
    old.is_old = true;
    return space_open_in(ops->name, old.head->unit_count, &old, ret_space);
}

void space_close(struct space *space)
{
    if (space == NULL) return;
    audit_own(space);
    space->ops->close(space->policy);
    memory_give(space);
}

fh_status space_reserve(struct space *space, uint64_t take_count, uint64_t give_count)
{
    return space->ops->reserve(space->policy, take_count, give_count);
}

fh_status space_take(struct space *space, const struct policy_request *request, struct run *ret_run)
{
    fh_status status;

    if (request->unit_count == 0) return fail(FH_INVALID, "a take of no units");
    if (request->align != 0 && !is_power_of_two(request->align))
        return fail(FH_INVALID, "%" PRIu64 " is no alignment: not a power of two", request->align);

    status = space->ops->take(space->policy, request, ret_run);
    if (status == FH_NO_SPACE) {
        space->refused_count++;
        return fail(FH_NO_SPACE, "%s: no free run of %" PRIu64 " units among %" PRIu64 " free ones",
                    space->ops->name, request->unit_count, space_free_units(space));
    }
    TRY(status);
    space->free_units -= ret_run->count;
    space->take_count++;
    return FH_OK;
}

fh_status space_take_at(struct space *space, struct run run)
{
    TRY(check_run(space, run));
    if (!space->ops->is_free(space->policy, run))
        return fail(FH_INVALID, "a take of %" PRIu64 " units at %" PRIu64 ": not all are free",
                    run.count, run.first);
    TRY(space->ops->take_at(space->policy, run));
    space->free_units -= run.count;
    space->take_count++;
    return FH_OK;
}

fh_status space_give(struct space *space, struct run run)
{
    bool is_taken;

    TRY(check_run(space, run));
    is_taken = space->ops->is_taken(space->policy, run);
    if (space->memory.units != NULL && space->ops->check_give != NULL)
        TRY(space->ops->check_give(space->policy, run));
    if (!is_taken) return refuse_give(space, run);
    TRY(space->ops->reserve(space->policy, 0, 1));
    space->ops->give(space->policy, run);
    space->free_units += run.count;
    space->give_count++;
    return FH_OK;
}

void space_put_back(struct space *space, struct run run)
{
    if (check_audits()) {
        REQUIRE(check_run(space, run) == FH_OK);
        REQUIRE(space->ops->is_taken(space->policy, run));
    }
    space->ops->give(space->policy, run);
    space->free_units += run.count;
    space->give_count++;
}

fh_status space_grow(struct space *space, uint64_t unit_count)
{
    if (unit_count < space->unit_count)
        return fail(FH_INVALID, "growth from %" PRIu64 " to %" PRIu64 " units", space->unit_count,
                    unit_count);
    if (space->memory.units != NULL)
        TRY(space_memory_check(space->ops, unit_count, &space->memory));
    TRY(space->ops->grow(space->policy, unit_count));
    space->unit_count = unit_count;
    space_memory_note(space->ops, &space->memory, unit_count);
    audit_own(space);
    return FH_OK;
}

fh_status space_shrink(struct space *space, uint64_t unit_count)
{
    struct run run;

    if (unit_count > space->unit_count)
        return fail(FH_INVALID, "shrinking from %" PRIu64 " to %" PRIu64 " units",
                    space->unit_count, unit_count);
    if (space_next_run(space, unit_count, &run))
        return fail(FH_INVALID, "shrinking to %" PRIu64 " units: unit %" PRIu64 " is free",
                    unit_count, run.first);
    space->ops->shrink(space->policy, unit_count);
    space->unit_count = unit_count;
    space_memory_note(space->ops, &space->memory, unit_count);
    audit_own(space);
    return FH_OK;
}

bool space_is_free(const struct space *space, struct run run)
{
    return run_holds((struct run){0, space->unit_count}, run) &&
           space->ops->is_free(space->policy, run);
}

uint64_t space_free_units(const struct space *space)
{
    return space->free_units;
}

bool space_next_run(const struct space *space, uint64_t from, struct run *ret_run)
{
    return from < space->unit_count && space->ops->next_run(space->policy, from, ret_run);
}

void space_stat(const struct space *space, struct space_stat *ret_stat)
{
    struct policy_stat stat;

    space->ops->stat(space->policy, &stat);
    *ret_stat = (struct space_stat){
        .policy = space->ops->name,
        .unit_count = space->unit_count,
        .free_units = stat.free_units,
        .free_runs = stat.free_runs,
        .largest_run_units = stat.largest_run_units,
        .take_count = space->take_count,
        .give_count = space->give_count,
        .refused_count = space->refused_count,
        .looked_count = stat.looked_count,
    };
}

/* Memory behind the units is written by others, too: what they do is for them to ask about. */
static void audit_own(const struct space *space)
{
    if (space->memory.units == NULL) AUDIT(space_audit(space));
}

/* The policy's own audit, then its face: what next_run shows must give stat's figures. */
fh_status space_audit(const struct space *space)
{
    struct policy_stat stat;
    struct policy_stat seen = {0};
    struct run run;
    uint64_t at = 0;

    TRY(space->ops->audit(space->policy));
    space->ops->stat(space->policy, &stat);
    for (; space_next_run(space, at, &run); at = run_end(run)) {
        if (run.count == 0 || run.first < at || run_end(run) > space->unit_count ||
            (at > 0 && run.first == at))
            return fail(FH_CORRUPT, "%s: free run %" PRIu64 " of %" PRIu64 " units out of place",
                        space->ops->name, run.first, run.count);
        seen.free_units += run.count;
        seen.free_runs++;
        if (seen.largest_run_units < run.count) seen.largest_run_units = run.count;
    }
    if (seen.free_units != space->free_units || seen.free_units != stat.free_units ||
        seen.free_runs != stat.free_runs || seen.largest_run_units != stat.largest_run_units)
        return fail(FH_CORRUPT,
                    "%s: the runs hold %" PRIu64 " units in %" PRIu64 " runs, the figures say "
                    "%" PRIu64 " in %" PRIu64,
                    space->ops->name, seen.free_units, seen.free_runs, stat.free_units,
                    stat.free_runs);
    return FH_OK;
}

static fh_status refuse_name(const char *policy_name)
{
    char names[256] = "";
    size_t used = 0;

    for (unsigned n = 0; policy_at(n) != NULL && used < sizeof(names); n++) {
        int length = snprintf(names + used, sizeof(names) - used, " %s", policy_at(n)->name);

        used += length > 0 ? (size_t)length : 0;
    }
    return fail(FH_INVALID, "no policy is called \"%s\"; there are:%s", policy_name, names);
}

static fh_status check_run(const struct space *space, struct run run)
{
    if (run.count == 0) return fail(FH_INVALID, "a run of no units at %" PRIu64, run.first);
    if (!run_holds((struct run){0, space->unit_count}, run))
        return fail(FH_INVALID, "%" PRIu64 " units at %" PRIu64 ": there are %" PRIu64 " units",
                    run.count, run.first, space->unit_count);
    return FH_OK;
}

static fh_status refuse_give(const struct space *space, struct run run)
{
    struct run there = run;

    (void)space_next_run(space, run.first, &there);
    return fail(FH_INVALID,
                "a give of %" PRIu64 " units at %" PRIu64 ": unit %" PRIu64 " is free already",
                run.count, run.first, there.first);
}
