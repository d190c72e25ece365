/*
 * buddy.c - binary buddies: blocks of a power of two units at a multiple of their length.
 *
 * Which blocks are free follows from the set of free units alone: the largest aligned ones
 * that are free whole. So the set stands in a unit map, and over its words stands a binary
 * tree in which each node says, one bit an order, which blocks its span holds. A take goes
 * down to the lowest block of the smallest order that will do; a take or give of any run
 * corrects the nodes above it, which is all the splitting and joining there is: O(log n),
 * and r / 64 for r units. The tree takes a quarter of a byte a unit.
 *
 * Stricter than L3: a take is refused when no free block has its rounded length, however
 * long a run may be. Without whole_blocks the rounding is free again at once; with it the
 * answer is the whole block. `near` is not followed. Idea: K. C. Knowlton's buddy system.
 */
#include <inttypes.h>

#include "base/bits.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "space/policy_table.h"
#include "space/unit_map.h"

enum {
    WORD_ORDER = 6, /* a leaf is a word of 64 units */
    MAP_WORDS = 4,  /* of one block of the unit map */
    ORDER_COUNT = 57
};

#define ORDER_BIT(order) (UINT64_C(1) << (order))

struct policy {
    struct unit_map map;
    uint64_t *masks; /* node 1 is the root, 2n and 2n + 1 are below n, leaves come last */
    uint64_t leaf_count;
    uint64_t looked_count; /* nodes that takes have looked at */
};

static uint64_t leaves_for(uint64_t unit_count);
static uint64_t word_at(const struct policy *policy, uint64_t leaf);
static uint64_t join(uint64_t firsts, unsigned order);
static uint64_t blocks_in_word(uint64_t word, unsigned order);
static uint64_t mask_of_word(uint64_t word);
static uint64_t mask_of_two(uint64_t left, uint64_t right, unsigned order);
static void correct(struct policy *policy, struct run run);
static void correct_all(struct policy *policy);
static uint64_t find_block(struct policy *policy, unsigned order);

static void buddy_close(struct policy *policy)
{
    if (policy == NULL) return;
    unit_map_fini(&policy->map);
    memory_give(policy->masks);
    memory_give(policy);
}

static fh_status buddy_open(uint64_t unit_count, struct policy **ret_policy)
{
    struct policy *policy = memory_take(1, sizeof(*policy));
    fh_status status;

    if (policy == NULL) return fail(FH_NO_MEMORY, "a buddy policy");
    status = unit_map_init(&policy->map, unit_count);
    if (status == FH_OK) {
        policy->leaf_count = leaves_for(unit_count);
        policy->masks = memory_take(policy->leaf_count, 2 * sizeof(*policy->masks));
        if (policy->masks == NULL) status = fail(FH_NO_MEMORY, "buddy: a tree of blocks");
    }
    if (status != FH_OK) {
        buddy_close(policy);
        return status;
    }
    *ret_policy = policy;
    return FH_OK;
}

static fh_status buddy_reserve(struct policy *policy, uint64_t take_count, uint64_t give_count)
{
    (void)policy;
    (void)take_count;
    (void)give_count;
    return FH_OK;
}

static fh_status buddy_grow(struct policy *policy, uint64_t unit_count)
{
    uint64_t *masks;
    fh_status status;

    if (unit_count <= policy->leaf_count << WORD_ORDER)
        return unit_map_grow(&policy->map, unit_count);
    if (unit_count >= ORDER_BIT(ORDER_COUNT - 1))
        return fail(FH_TOO_LARGE, "buddy: %" PRIu64 " units", unit_count);
    masks = memory_take(leaves_for(unit_count), 2 * sizeof(*masks));
    if (masks == NULL) return fail(FH_NO_MEMORY, "buddy: a tree of blocks");
    status = unit_map_grow(&policy->map, unit_count);
    if (status != FH_OK) {
        memory_give(masks);
        return status;
    }
    memory_give(policy->masks);
    policy->masks = masks;
    policy->leaf_count = leaves_for(unit_count);
    correct_all(policy);
    return FH_OK;
}

/* What goes is not free: no block changes. */
static void buddy_shrink(struct policy *policy, uint64_t unit_count)
{
    unit_map_shrink(&policy->map, unit_count);
}

static fh_status buddy_take_at(struct policy *policy, struct run run)
{
    unit_map_take_at(&policy->map, run);
    correct(policy, run);
    return FH_OK;
}

static fh_status buddy_take(struct policy *policy, const struct policy_request *request,
                            struct run *ret_run)
{
    uint64_t count = request->unit_count;
    unsigned order = count > 1 ? bit_highest(count - 1) + 1 : 0;
    uint64_t orders;
    struct run run;

    if (request->align > 1 && bit_highest(request->align) > order)
        order = bit_highest(request->align);
    policy->looked_count++;
    if (order >= ORDER_COUNT) return answer(FH_NO_SPACE);
    orders = policy->masks[1] & ~(ORDER_BIT(order) - 1);
    if (orders == 0) return answer(FH_NO_SPACE);
    run = (struct run){find_block(policy, bit_lowest(orders)), count};
    if (request->whole_blocks) run.count = ORDER_BIT(order);
    *ret_run = run;
    return buddy_take_at(policy, run);
}

static void buddy_give(struct policy *policy, struct run run)
{
    unit_map_give(&policy->map, run);
    correct(policy, run);
}

static bool buddy_next_run(const struct policy *policy, uint64_t from, struct run *ret_run)
{
    return unit_map_next_run(&policy->map, from, ret_run);
}

static bool buddy_is_free(const struct policy *policy, struct run run)
{
    return unit_map_is_free(&policy->map, run);
}

static bool buddy_is_taken(const struct policy *policy, struct run run)
{
    return unit_map_is_taken(&policy->map, run);
}

static void buddy_stat(const struct policy *policy, struct policy_stat *ret_stat)
{
    *ret_stat = (struct policy_stat){
        .free_units = policy->map.free_units,
        .free_runs = policy->map.free_runs,
        .largest_run_units = unit_map_largest(&policy->map),
        .looked_count = policy->looked_count,
    };
}

static fh_status buddy_audit(const struct policy *policy)
{
    uint64_t level_first = policy->leaf_count;
    unsigned order = WORD_ORDER;

    TRY(unit_map_audit(&policy->map));
    for (uint64_t leaf = 0; leaf < policy->leaf_count; leaf++)
        if (policy->masks[policy->leaf_count + leaf] != mask_of_word(word_at(policy, leaf)))
            return fail(FH_CORRUPT, "buddy: wrong blocks in the 64 units at %" PRIu64,
                        leaf << WORD_ORDER);
    for (; level_first > 1; level_first /= 2, order++)
        for (uint64_t node = level_first / 2; node < level_first; node++)
            if (policy->masks[node] !=
                mask_of_two(policy->masks[2 * node], policy->masks[2 * node + 1], order))
                return fail(FH_CORRUPT, "buddy: wrong blocks in the 2^%u units at %" PRIu64,
                            order + 1, (node - level_first / 2) << (order + 1));
    return FH_OK;
}

/* A power of two. */
static uint64_t leaves_for(uint64_t unit_count)
{
    uint64_t words = divide_up(unit_count, ORDER_BIT(WORD_ORDER));

    return words > 1 ? ORDER_BIT(bit_highest(words - 1) + 1) : 1;
}

/* Behind the map nothing is free. */
static uint64_t word_at(const struct policy *policy, uint64_t leaf)
{
    return leaf < policy->map.block_count * MAP_WORDS ? policy->map.words[leaf] : 0;
}

/* Of the blocks of 2^order units that `firsts` begin, the first bits of joined pairs. */
static uint64_t join(uint64_t firsts, unsigned order)
{
    static const uint64_t multiples[WORD_ORDER] = {
        UINT64_C(0x5555555555555555), UINT64_C(0x1111111111111111), UINT64_C(0x0101010101010101),
        UINT64_C(0x0001000100010001), UINT64_C(0x0000000100000001), UINT64_C(0x0000000000000001),
    };

    return firsts & firsts >> ORDER_BIT(order) & multiples[order];
}

/* The first bits of the blocks in a word that have 2^order units and no free buddy. */
static uint64_t blocks_in_word(uint64_t word, unsigned order)
{
    uint64_t joined;

    for (unsigned at = 0; at < order; at++)
        word = join(word, at);
    joined = join(word, order);
    return word & ~(joined | joined << ORDER_BIT(order));
}

static uint64_t mask_of_word(uint64_t word)
{
    uint64_t mask = 0;

    for (unsigned order = 0; order < WORD_ORDER && word != 0; order++) {
        uint64_t joined = join(word, order);

        if ((word & ~(joined | joined << ORDER_BIT(order))) != 0) mask |= ORDER_BIT(order);
        word = joined;
    }
    return word != 0 ? mask | ORDER_BIT(WORD_ORDER) : mask;
}

/* Of a node over two that span 2^order units each. */
static uint64_t mask_of_two(uint64_t left, uint64_t right, unsigned order)
{
    uint64_t whole = ORDER_BIT(order);

    return left == whole && right == whole ? whole << 1 : left | right;
}

/* The nodes above `run`. */
static void correct(struct policy *policy, struct run run)
{
    uint64_t from = policy->leaf_count + (run.first >> WORD_ORDER);
    uint64_t to = policy->leaf_count + ((run_end(run) - 1) >> WORD_ORDER);
    unsigned order = WORD_ORDER;

    for (uint64_t leaf = from; leaf <= to; leaf++)
        policy->masks[leaf] = mask_of_word(word_at(policy, leaf - policy->leaf_count));
    for (from /= 2, to /= 2; from > 0; from /= 2, to /= 2, order++) {
        bool has_changed = false;

        for (uint64_t node = from; node <= to; node++) {
            uint64_t mask =
                mask_of_two(policy->masks[2 * node], policy->masks[2 * node + 1], order);

            has_changed = has_changed || mask != policy->masks[node];
            policy->masks[node] = mask;
        }
        if (!has_changed) return;
    }
}

static void correct_all(struct policy *policy)
{
    correct(policy, (struct run){0, policy->leaf_count << WORD_ORDER});
}

/* The first unit of the lowest block of 2^order units; there is one. */
static uint64_t find_block(struct policy *policy, unsigned order)
{
    unsigned span = WORD_ORDER + bit_highest(policy->leaf_count);
    uint64_t node = 1;
    uint64_t leaf;

    while (node < policy->leaf_count && span > order) {
        node = 2 * node + ((policy->masks[2 * node] & ORDER_BIT(order)) == 0);
        span--;
    }
    policy->looked_count += bit_highest(node);
    if (span == order) return (node ^ ORDER_BIT(bit_highest(node))) << span;
    leaf = node - policy->leaf_count;
    return (leaf << WORD_ORDER) + bit_lowest(blocks_in_word(word_at(policy, leaf), order));
}

const struct policy_ops buddy_policy = {
    .name = "buddy",
    .idea = "aligned blocks of a power of two units, the smallest that will do",
    .is_strict = true,
    .open = buddy_open,
    .close = buddy_close,
    .reserve = buddy_reserve,
    .grow = buddy_grow,
    .shrink = buddy_shrink,
    .take = buddy_take,
    .take_at = buddy_take_at,
    .give = buddy_give,
    .next_run = buddy_next_run,
    .is_free = buddy_is_free,
    .is_taken = buddy_is_taken,
    .stat = buddy_stat,
    .audit = buddy_audit,
};
