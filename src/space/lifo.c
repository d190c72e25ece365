/*
 * lifo.c - single units from a stack, the last given first; longer runs by address.
 *
 * The free units are a list, top first, linked both ways, so a take or give of one unit is
 * O(1) and so is leaving the middle. The same set stands in a unit map, which serves what
 * the stack cannot: runs, alignment, iteration. A run that is given comes to lie with its
 * lowest unit on top. `near` is not followed for single units: what was given last is what
 * the caches know.
 *
 * With memory behind the units the links live in them, and with a head beside them the list
 * outlives the policy: the next one walks it once, refuses it unless each unit is met once and
 * links back, and so has its map again. Idea: the free list in free pages of many file formats.
 */
#include <inttypes.h>

#include "base/bits.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "space/policy_table.h"
#include "space/space_head.h"
#include "space/unit_links.h"
#include "space/unit_map.h"

struct policy {
    struct unit_map map;
    struct unit_links links;
    struct space_head *head; /* borrowed; NULL: none */
    uint32_t top;            /* unit number plus one; 0: empty */
};

static fh_status load_list(struct policy *policy);
static fh_status load_unit(struct policy *policy, uint64_t number, uint64_t above);
static fh_status check_links(const struct policy *policy, struct run run);
static void write_head(const struct policy *policy);

static void lifo_close(struct policy *policy)
{
    if (policy == NULL) return;
    unit_links_fini(&policy->links);
    unit_map_fini(&policy->map);
    memory_give(policy);
}

static fh_status lifo_open_in(uint64_t unit_count, const struct policy_memory *memory,
                              struct policy **ret_policy)
{
    struct policy *policy = memory_take(1, sizeof(*policy));
    fh_status status;

    if (policy == NULL) return fail(FH_NO_MEMORY, "a lifo policy");
    status = unit_links_init(&policy->links, unit_count, memory);
    if (status == FH_OK) status = unit_map_init(&policy->map, unit_count);
    if (status == FH_OK && memory != NULL) policy->head = memory->head;
    if (status == FH_OK && memory != NULL && memory->is_old) status = load_list(policy);
    if (status != FH_OK) {
        lifo_close(policy);
        return status;
    }
    write_head(policy);
    *ret_policy = policy;
    return FH_OK;
}

static fh_status lifo_open(uint64_t unit_count, struct policy **ret_policy)
{
    return lifo_open_in(unit_count, NULL, ret_policy);
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
    uint64_t old_count = policy->map.unit_count;
    fh_status status;

    TRY(unit_links_grow(&policy->links, unit_count));
    status = unit_map_grow(&policy->map, unit_count);
    if (status != FH_OK) unit_links_shrink(&policy->links, old_count);
    return status;
}

static void lifo_shrink(struct policy *policy, uint64_t unit_count)
{
    unit_map_shrink(&policy->map, unit_count);
    unit_links_shrink(&policy->links, unit_count);
}

static fh_status lifo_take_at(struct policy *policy, struct run run)
{
    TRY(check_links(policy, run));
    unit_map_take_at(&policy->map, run);
    for (uint64_t unit = run.first; unit < run_end(run); unit++)
        unit_links_drop(&policy->links, &policy->top, unit);
    write_head(policy);
    return FH_OK;
}

static fh_status lifo_take(struct policy *policy, const struct policy_request *request,
                           struct run *ret_run)
{
    uint64_t count = request->unit_count;
    uint64_t align = request->align;
    struct run run;

    if (count == 1 && policy->top != 0 && (policy->top - 1) % (align > 0 ? align : 1) == 0) {
        policy->map.looked_count++;
        run = (struct run){policy->top - 1, 1};
    } else if (!unit_map_find(&policy->map, count, request->near, align, &run)) {
        return answer(FH_NO_SPACE);
    }
    TRY(lifo_take_at(policy, run));
    *ret_run = run;
    return FH_OK;
}

static void lifo_give(struct policy *policy, struct run run)
{
    unit_map_give(&policy->map, run);
    for (uint64_t unit = run_end(run); unit > run.first; unit--)
        unit_links_push(&policy->links, &policy->top, unit - 1);
    write_head(policy);
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
    uint64_t unit = policy->top == 0 ? 0 : policy->top - 1;
    uint64_t count = 0;

    TRY(unit_map_audit(&policy->map));
    for (bool has_more = policy->top != 0; has_more; count++) {
        uint64_t next;

        if (count == policy->map.free_units)
            return fail(FH_CORRUPT, "lifo: more units on the stack than free ones");
        if (!unit_map_is_free(&policy->map, (struct run){unit, 1}))
            return fail(FH_CORRUPT, "lifo: unit %" PRIu64 " is on the stack, not free", unit);
        if (!unit_links_agree(&policy->links, policy->top, unit))
            return fail(FH_CORRUPT, "lifo: unit %" PRIu64 " has wrong links", unit);
        next = unit_links_next(&policy->links, unit);
        has_more = next != unit;
        unit = next;
    }
    if (count != policy->map.free_units)
        return fail(FH_CORRUPT, "lifo: %" PRIu64 " units on the stack, %" PRIu64 " free", count,
                    policy->map.free_units);
    return FH_OK;
}

/* The list that the head tells of, from the top; nothing is written before all is right. */
static fh_status load_list(struct policy *policy)
{
    const struct space_head *head = policy->head;
    uint64_t number = head->top;
    uint64_t above = number;

    for (uint64_t count = 0; count < head->free_units; count++) {
        TRY(load_unit(policy, number, above));
        above = number;
        number = unit_links_at(&policy->links, number - 1)->next;
        if (number == above && count + 1 < head->free_units)
            return fail(FH_CORRUPT,
                        "the list of free units ends after %" PRIu64 " of %" PRIu64 " units",
                        count + 1, head->free_units);
    }
    if (number != above)
        return fail(FH_CORRUPT, "the list of free units goes on behind its %" PRIu64 " units",
                    head->free_units);
    if (head->free_units == 0 && head->top != 0)
        return fail(FH_CORRUPT, "a list of no free units begins at unit %" PRIu64, head->top - 1);
    policy->top = (uint32_t)head->top;
    return FH_OK;
}

/* A unit number plus one and that of the unit above it, the same at the top. */
static fh_status load_unit(struct policy *policy, uint64_t number, uint64_t above)
{
    struct run run = {number - 1, 1};

    if (number == 0) return fail(FH_CORRUPT, "the list of free units leads nowhere");
    if (number > policy->map.unit_count)
        return fail(FH_CORRUPT, "the list of free units leads to unit %" PRIu64 " of %" PRIu64,
                    run.first, policy->map.unit_count);
    if (unit_map_is_free(&policy->map, run))
        return fail(FH_CORRUPT, "unit %" PRIu64 " is on the list of free units twice", run.first);
    if (unit_links_at(&policy->links, run.first)->prev != above)
        return fail(FH_CORRUPT, "free unit %" PRIu64 " does not link back to the one above it",
                    run.first);
    unit_map_give(&policy->map, run);
    return FH_OK;
}

/* Before the free units of `run` leave the list: links inside may have been written over. */
static fh_status check_links(const struct policy *policy, struct run run)
{
    if (LIKELY(policy->links.inside == NULL)) return FH_OK;
    for (uint64_t unit = run.first; unit < run_end(run); unit++)
        if (!unit_links_agree(&policy->links, policy->top, unit) ||
            !bits_test(policy->map.words, unit_links_at(&policy->links, unit)->next - 1) ||
            !bits_test(policy->map.words, unit_links_at(&policy->links, unit)->prev - 1))
            return fail(FH_CORRUPT,
                        "lifo: free unit %" PRIu64 " or one beside it on the list was written into",
                        unit);
    return FH_OK;
}

static void write_head(const struct policy *policy)
{
    if (LIKELY(policy->head == NULL)) return;
    policy->head->top = policy->top;
    policy->head->free_units = policy->map.free_units;
}

const struct policy_ops lifo_policy = {
    .name = "lifo",
    .idea = "single units last in, first out; longer runs at the lowest address",
    .has_head = true,
    .node_bytes = sizeof(struct unit_link),
    .open = lifo_open,
    .open_in = lifo_open_in,
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
