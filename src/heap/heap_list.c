/*
 * heap_list.c - searches through the free list, and the places of newcomers.
 */
#include "heap/heap_list.h"

#include <inttypes.h>

#include "base/check.h"
#include "base/note.h"

/* One step of a walk along the list. */
struct walk {
    uint64_t at; /* 0: the walk is over */
    uint64_t prev_at;
};

static fh_status walk_first(const struct heap_region *region, struct walk *walk);
static fh_status walk_next(const struct heap_region *region, struct walk *walk);
static fh_status link_check(const struct heap_region *region, uint64_t prev_at, uint64_t at);
static fh_status choose_from(const struct heap_region *region, struct walk walk, uint64_t stop_at,
                             uint64_t size, uint64_t *ret_at);
static bool is_better(const struct heap_region *region, uint64_t at, uint64_t than_at);
static uint64_t skip_leavers(const struct heap_region *region, const struct heap_newcomer *newcomer,
                             uint64_t at);
static bool goes_before(const struct heap_region *region, uint64_t at,
                        const struct heap_newcomer *newcomer);
static fh_status place_by_order(const struct heap_region *region,
                                const struct heap_newcomer *newcomer, uint64_t *ret_after_at);

const char *const heap_policy_names[HEAP_POLICY_COUNT] = {"best", "worst", "first", "next"};
const char *const heap_order_names[HEAP_ORDER_COUNT] = {"addr", "size+", "size-", "front", "back"};

fh_status heap_list_choose(const struct heap_region *region, uint64_t size, uint64_t *ret_at)
{
    uint64_t rover_at = region->rover_at;
    uint64_t chosen_at = 0;
    struct walk walk;

    if (region->policy == HEAP_NEXT && rover_at != 0) {
        if (!heap_block_is_whole(region, rover_at) || !heap_block_is_free(region, rover_at))
            return fail(FH_CORRUPT, "the search would go on at %" PRIu64 ", where no free block is",
                        rover_at);
        walk = (struct walk){rover_at, heap_block_at(region, rover_at)->prev_at};
        TRY(choose_from(region, walk, 0, size, &chosen_at));
    }
    if (chosen_at == 0) {
        TRY(walk_first(region, &walk));
        TRY(choose_from(region, walk, region->policy == HEAP_NEXT ? rover_at : 0, size,
                        &chosen_at));
    }
    *ret_at = chosen_at;
    return FH_OK;
}

fh_status heap_list_check(const struct heap_region *region, uint64_t at)
{
    const struct heap_block *block = heap_block_at(region, at);

    TRY(link_check(region, block->prev_at, at));
    return link_check(region, at, block->next_at);
}

fh_status heap_list_place(const struct heap_region *region, const struct heap_newcomer *newcomer,
                          uint64_t *ret_after_at)
{
    uint64_t swallowed_at = newcomer->behind_at != 0 ? newcomer->behind_at : newcomer->before_at;

    if (region->order == HEAP_ADDR && swallowed_at != 0)
        *ret_after_at = skip_leavers(region, newcomer, swallowed_at);
    else if (region->order == HEAP_FRONT)
        *ret_after_at = 0;
    else if (region->order == HEAP_BACK)
        *ret_after_at = skip_leavers(region, newcomer, region->last_at);
    else
        return place_by_order(region, newcomer, ret_after_at);
    /* The new neighbours' links, which will be written, are believed only if they agree. */
    if (*ret_after_at != 0) {
        if (!heap_block_is_whole(region, *ret_after_at) ||
            !heap_block_is_free(region, *ret_after_at))
            return link_check(region, 0, *ret_after_at);
        return heap_list_check(region, *ret_after_at);
    }
    return link_check(region, 0, region->first_at);
}

fh_status heap_list_place_rest(const struct heap_region *region,
                               const struct heap_newcomer *newcomer, uint64_t *ret_after_at)
{
    if (region->order == HEAP_SIZE_UP || region->order == HEAP_SIZE_DOWN)
        return place_by_order(region, newcomer, ret_after_at);
    *ret_after_at = heap_block_at(region, newcomer->before_at)->prev_at;
    return FH_OK;
}

void heap_list_insert(struct heap_region *region, uint64_t at, uint64_t after_at)
{
    struct heap_block *block = heap_block_at(region, at);

    block->prev_at = after_at;
    block->next_at = after_at == 0 ? region->first_at : heap_block_at(region, after_at)->next_at;
    if (after_at == 0)
        region->first_at = at;
    else
        heap_block_at(region, after_at)->next_at = at;
    if (block->next_at == 0)
        region->last_at = at;
    else
        heap_block_at(region, block->next_at)->prev_at = at;
    region->free_count++;
    region->free_bytes += heap_block_size(region, at);
}

void heap_list_remove(struct heap_region *region, uint64_t at)
{
    const struct heap_block *block = heap_block_at(region, at);

    if (block->prev_at == 0)
        region->first_at = block->next_at;
    else
        heap_block_at(region, block->prev_at)->next_at = block->next_at;
    if (block->next_at == 0)
        region->last_at = block->prev_at;
    else
        heap_block_at(region, block->next_at)->prev_at = block->prev_at;
    if (region->rover_at == at) region->rover_at = block->next_at;
    region->free_count--;
    region->free_bytes -= heap_block_size(region, at);
}

fh_status heap_list_largest(const struct heap_region *region, uint64_t *ret_size)
{
    uint64_t largest = 0;
    struct walk walk;

    TRY(walk_first(region, &walk));
    while (walk.at != 0) {
        if (heap_block_size(region, walk.at) > largest) largest = heap_block_size(region, walk.at);
        TRY(walk_next(region, &walk));
    }
    *ret_size = largest;
    return FH_OK;
}

fh_status heap_list_audit(const struct heap_region *region)
{
    bool rover_is_met = region->rover_at == 0;
    uint64_t count = 0, bytes = 0;
    struct walk walk;

    TRY(walk_first(region, &walk));
    while (walk.at != 0) {
        /* The one before it, were it new, would go before this one. */
        struct heap_newcomer prev = {.at = walk.prev_at};

        if (prev.at != 0) prev.size = heap_block_size(region, prev.at);
        if (prev.at != 0 && region->order == HEAP_ADDR && !goes_before(region, walk.at, &prev))
            return fail(FH_CORRUPT, "the free list is not by address at %" PRIu64, walk.at);
        if (prev.at != 0 && !goes_before(region, walk.at, &prev) &&
            heap_block_size(region, walk.at) != prev.size &&
            (region->order == HEAP_SIZE_UP || region->order == HEAP_SIZE_DOWN))
            return fail(FH_CORRUPT, "the free list is not by size at %" PRIu64, walk.at);
        rover_is_met = rover_is_met || walk.at == region->rover_at;
        count++;
        bytes += heap_block_size(region, walk.at);
        TRY(walk_next(region, &walk));
    }
    if (count != region->free_count || bytes != region->free_bytes)
        return fail(FH_CORRUPT,
                    "%" PRIu64 " blocks and %" PRIu64 " bytes in the free list, %" PRIu64
                    " and %" PRIu64 " counted",
                    count, bytes, region->free_count, region->free_bytes);
    if (!rover_is_met)
        return fail(FH_CORRUPT, "the search would go on at %" PRIu64 ", where no free block is",
                    region->rover_at);
    return FH_OK;
}

static fh_status walk_first(const struct heap_region *region, struct walk *walk)
{
    TRY(link_check(region, 0, region->first_at));
    *walk = (struct walk){region->first_at, 0};
    return FH_OK;
}

/* A circle is impossible: its entry would have two blocks before it, and names but one. */
static fh_status walk_next(const struct heap_region *region, struct walk *walk)
{
    uint64_t next_at = heap_block_at(region, walk->at)->next_at;

    TRY(link_check(region, walk->at, next_at));
    *walk = (struct walk){next_at, walk->at};
    return FH_OK;
}

/* Each names the other; 0 before the first and behind the last. */
static fh_status link_check(const struct heap_region *region, uint64_t prev_at, uint64_t at)
{
    bool is_right = true;

    if (prev_at != 0)
        is_right = heap_block_is_whole(region, prev_at) && heap_block_is_free(region, prev_at);
    if (at != 0)
        is_right = is_right && heap_block_is_whole(region, at) && heap_block_is_free(region, at);
    is_right = is_right &&
               (prev_at == 0 ? region->first_at : heap_block_at(region, prev_at)->next_at) == at &&
               (at == 0 ? region->last_at : heap_block_at(region, at)->prev_at) == prev_at;
    if (!is_right)
        return fail(FH_CORRUPT,
                    "broken link between the free blocks at %" PRIu64 " and %" PRIu64
                    ": somebody wrote to a block that he had given back",
                    prev_at, at);
    return FH_OK;
}

/* From `walk` to before `stop_at`. */
static fh_status choose_from(const struct heap_region *region, struct walk walk, uint64_t stop_at,
                             uint64_t size, uint64_t *ret_at)
{
    uint64_t chosen_at = 0;

    while (walk.at != 0 && walk.at != stop_at) {
        uint64_t present = heap_block_size(region, walk.at);

        if (present >= size && (chosen_at == 0 || is_better(region, walk.at, chosen_at))) {
            chosen_at = walk.at;
            if (region->policy == HEAP_FIRST || region->policy == HEAP_NEXT) break;
            if (region->policy == HEAP_BEST && present == size) break;
        }
        TRY(walk_next(region, &walk));
    }
    *ret_at = chosen_at;
    return FH_OK;
}

static bool is_better(const struct heap_region *region, uint64_t at, uint64_t than_at)
{
    uint64_t size = heap_block_size(region, at);
    uint64_t than_size = heap_block_size(region, than_at);

    return region->policy == HEAP_WORST ? size > than_size : size < than_size;
}

/* The first block from `at` back to the list's beginning that stays. */
static uint64_t skip_leavers(const struct heap_region *region, const struct heap_newcomer *newcomer,
                             uint64_t at)
{
    while (at != 0 && (at == newcomer->before_at || at == newcomer->behind_at))
        at = heap_block_at(region, at)->prev_at;
    return at;
}

/* In an order by address or size: the newcomer goes before the block at `at`. */
static bool goes_before(const struct heap_region *region, uint64_t at,
                        const struct heap_newcomer *newcomer)
{
    switch (region->order) {
    case HEAP_SIZE_UP:
        return newcomer->size < heap_block_size(region, at);
    case HEAP_SIZE_DOWN:
        return newcomer->size > heap_block_size(region, at);
    default:
        return newcomer->at < at;
    }
}

static fh_status place_by_order(const struct heap_region *region,
                                const struct heap_newcomer *newcomer, uint64_t *ret_after_at)
{
    uint64_t after_at = 0;
    struct walk walk;

    TRY(walk_first(region, &walk));
    while (walk.at != 0) {
        if (walk.at != newcomer->before_at && walk.at != newcomer->behind_at) {
            if (goes_before(region, walk.at, newcomer)) break;
            after_at = walk.at;
        }
        TRY(walk_next(region, &walk));
    }
    *ret_after_at = after_at;
    return FH_OK;
}
