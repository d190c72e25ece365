/*
 * lifo.c - single units from a stack, the last given first; longer runs by address.
 *
 * The free units are a doubly linked list, top first, so a take or give of one unit is
 * O(1) and so is leaving the middle. The same set stands in a unit map, which serves what
 * the stack cannot: runs, alignment, iteration. A run that is given comes to lie with its
 * lowest unit on top.
 * No memory stands behind the units here, so the links live beside, in segments that are
 * taken with the universe: nothing but open and grow can fail. `near` is not followed for
 * single units: what was given last is what the caches know.
 */
#include <inttypes.h>

#include "base/bits.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "space/policy_table.h"
#include "space/unit_map.h"

enum { SEGMENT_BITS = 12, SEGMENT_UNITS = 1 << SEGMENT_BITS };

/* Unit numbers plus one; 0 is the end, so zeroed memory is ready. */
struct link {
    uint32_t below;
    uint32_t above;
};

struct policy {
    struct unit_map map;
    struct link **segments;
    uint64_t segment_count;
    uint32_t top; /* unit number plus one; 0: empty */
};

static fh_status grow_segments(struct policy *policy, uint64_t unit_count);
static void trim_segments(struct policy *policy, uint64_t segment_count);
static void push(struct policy *policy, uint64_t unit);
static void unlink_unit(struct policy *policy, uint64_t unit);

static inline struct link *link_of(const struct policy *policy, uint64_t unit)
{
    return &policy->segments[unit >> SEGMENT_BITS][unit & (SEGMENT_UNITS - 1)];
}

static void lifo_close(struct policy *policy)
{
    if (policy == NULL) return;
    trim_segments(policy, 0);
    memory_give(policy->segments);
    unit_map_fini(&policy->map);
    memory_give(policy);
}

static fh_status lifo_open(uint64_t unit_count, struct policy **ret_policy)
{
    struct policy *policy = memory_take(1, sizeof(*policy));
    fh_status status;

    if (policy == NULL) return fail(FH_NO_MEMORY, "a lifo policy");
    status = unit_map_init(&policy->map, unit_count);
    if (status == FH_OK) status = grow_segments(policy, unit_count);
    if (status != FH_OK) {
        lifo_close(policy);
        return status;
    }
    *ret_policy = policy;
    return FH_OK;
}

static fh_status lifo_reserve(struct policy *policy, uint64_t take_count, uint64_t give_count)
{
    (void)policy;
    (void)take_count;
    (void)give_count;
    return FH_OK;
}

static fh_status lifo_grow(struct policy *policy, uint64_t unit_count)
{
    uint64_t segment_count = policy->segment_count;
    fh_status status;

    TRY(grow_segments(policy, unit_count));
    status = unit_map_grow(&policy->map, unit_count);
    if (status != FH_OK) trim_segments(policy, segment_count);
    return status;
}

static void lifo_shrink(struct policy *policy, uint64_t unit_count)
{
    unit_map_shrink(&policy->map, unit_count);
    trim_segments(policy, divide_up(unit_count, SEGMENT_UNITS));
}

static fh_status lifo_take_at(struct policy *policy, struct run run)
{
    unit_map_take_at(&policy->map, run);
    for (uint64_t unit = run.first; unit < run_end(run); unit++)
        unlink_unit(policy, unit);
    return FH_OK;
}

static fh_status lifo_take(struct policy *policy, const struct policy_request *request,
                           struct run *ret_run)
{
    uint64_t count = request->unit_count;
    uint64_t align = request->align;

    if (count == 1 && policy->top != 0 && (policy->top - 1) % (align > 0 ? align : 1) == 0) {
        policy->map.looked_count++;
        *ret_run = (struct run){policy->top - 1, 1};
    } else if (!unit_map_find(&policy->map, count, request->near, align, ret_run)) {
        return answer(FH_NO_SPACE);
    }
    return lifo_take_at(policy, *ret_run);
}

static void lifo_give(struct policy *policy, struct run run)
{
    unit_map_give(&policy->map, run);
    for (uint64_t unit = run_end(run); unit > run.first; unit--)
        push(policy, unit - 1);
}

static bool lifo_next_run(const struct policy *policy, uint64_t from, struct run *ret_run)
{
    return unit_map_next_run(&policy->map, from, ret_run);
}

static bool lifo_is_free(const struct policy *policy, struct run run)
{
    return unit_map_is_free(&policy->map, run);
}

static bool lifo_is_taken(const struct policy *policy, struct run run)
{
    return unit_map_is_taken(&policy->map, run);
}

static void lifo_stat(const struct policy *policy, struct policy_stat *ret_stat)
{
    *ret_stat = (struct policy_stat){
        .free_units = policy->map.free_units,
        .free_runs = policy->map.free_runs,
        .largest_run_units = unit_map_largest(&policy->map),
        .looked_count = policy->map.looked_count,
    };
}

/* As many units on the stack as in the map, all of them free there, linked both ways. */
static fh_status lifo_audit(const struct policy *policy)
{
    uint64_t count = 0;
    uint32_t above = 0;

    TRY(unit_map_audit(&policy->map));
    for (uint32_t at = policy->top; at != 0; at = link_of(policy, at - 1)->below) {
        if (!unit_map_is_free(&policy->map, (struct run){at - 1, 1}))
            return fail(FH_CORRUPT, "lifo: unit %u is on the stack, not free", at - 1);
        if (link_of(policy, at - 1)->above != above)
            return fail(FH_CORRUPT, "lifo: unit %u has a wrong link upwards", at - 1);
        if (++count > policy->map.free_units)
            return fail(FH_CORRUPT, "lifo: more units on the stack than free ones");
        above = at;
    }
    if (count != policy->map.free_units)
        return fail(FH_CORRUPT, "lifo: %" PRIu64 " units on the stack, %" PRIu64 " free", count,
                    policy->map.free_units);
    return FH_OK;
}

static void push(struct policy *policy, uint64_t unit)
{
    struct link *link = link_of(policy, unit);

    link->above = 0;
    link->below = policy->top;
    if (policy->top != 0) link_of(policy, policy->top - 1)->above = (uint32_t)unit + 1;
    policy->top = (uint32_t)unit + 1;
}

static void unlink_unit(struct policy *policy, uint64_t unit)
{
    const struct link *link = link_of(policy, unit);

    if (link->above != 0)
        link_of(policy, link->above - 1)->below = link->below;
    else
        policy->top = link->below;
    if (link->below != 0) link_of(policy, link->below - 1)->above = link->above;
}

static fh_status grow_segments(struct policy *policy, uint64_t unit_count)
{
    uint64_t wanted = divide_up(unit_count, SEGMENT_UNITS);
    struct link **segments;

    if (unit_count >= UINT32_MAX)
        return fail(FH_TOO_LARGE, "lifo: %" PRIu64 " units, links hold 32 bits", unit_count);
    if (wanted <= policy->segment_count) return FH_OK;
    segments = memory_resize(policy->segments, policy->segment_count, wanted, sizeof(*segments));
    if (segments == NULL)
        return fail(FH_NO_MEMORY, "lifo: a table of %" PRIu64 " segments", wanted);
    policy->segments = segments;
    for (uint64_t old = policy->segment_count; policy->segment_count < wanted;
         policy->segment_count++) {
        segments[policy->segment_count] = memory_take(SEGMENT_UNITS, sizeof(struct link));
        if (segments[policy->segment_count] == NULL) {
            trim_segments(policy, old);
            return fail(FH_NO_MEMORY, "lifo: links for %u units", (unsigned)SEGMENT_UNITS);
        }
    }
    return FH_OK;
}

static void trim_segments(struct policy *policy, uint64_t segment_count)
{
    while (policy->segment_count > segment_count)
        memory_give(policy->segments[--policy->segment_count]);
}

const struct policy_ops lifo_policy = {
    .name = "lifo",
    .idea = "single units last in, first out; longer runs at the lowest address",
    .open = lifo_open,
    .close = lifo_close,
    .reserve = lifo_reserve,
    .grow = lifo_grow,
    .shrink = lifo_shrink,
    .take = lifo_take,
    .take_at = lifo_take_at,
    .give = lifo_give,
    .next_run = lifo_next_run,
    .is_free = lifo_is_free,
    .is_taken = lifo_is_taken,
    .stat = lifo_stat,
    .audit = lifo_audit,
};
