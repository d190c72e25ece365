/*
 * heap_edit.c - cutting and joining free blocks, and the proof that all of it still agrees.
 */
#include "heap/heap_edit.h"

#include <inttypes.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/note.h"
#include "heap/heap_list.h"

fh_status heap_edit_plan_cut(const struct heap_region *region, uint64_t at, uint64_t bytes,
                             struct heap_cut *ret_cut)
{
    uint64_t size = heap_block_size(region, at);
    struct heap_cut cut = {.at = at, .taken_bytes = size};

    TRY(heap_list_check(region, at));
    TRY(heap_block_behind(region, at, &cut.behind_at));
    if (size - bytes >= HEAP_BLOCK_MIN) {
        struct heap_newcomer rest = {.at = at + bytes, .size = size - bytes, .before_at = at};

        cut.taken_bytes = bytes;
        cut.rest_bytes = rest.size;
        TRY(heap_list_place_rest(region, &rest, &cut.after_at));
    }
    *ret_cut = cut;
    return FH_OK;
}

void heap_edit_cut(struct heap_region *region, const struct heap_cut *cut)
{
    bool is_rover = region->rover_at == cut->at;
    uint64_t rest_at = cut->at + cut->taken_bytes;

    heap_list_remove(region, cut->at);
    heap_block_wipe(region, cut->at);
    if (cut->rest_bytes == 0) {
        heap_block_mark(region, cut->behind_at, false);
        return;
    }
    heap_block_write(region, rest_at, cut->rest_bytes | HEAP_FREE);
    heap_list_insert(region, rest_at, cut->after_at);
    if (is_rover) region->rover_at = rest_at;
}

fh_status heap_edit_plan_join(const struct heap_region *region, uint64_t at, uint64_t size,
                              bool before_is_free, struct heap_join *ret_join)
{
    struct heap_join join = {.at = at, .size = size, .end_at = at + size};
    struct heap_newcomer newcomer;

    if (before_is_free) {
        TRY(heap_block_before(region, at, &join.before_at));
        TRY(heap_list_check(region, join.before_at));
        join.size += heap_block_size(region, join.before_at);
    }
    if (join.end_at < heap_block_end_at(region) && heap_block_is_free(region, join.end_at)) {
        join.behind_at = join.end_at;
        TRY(heap_list_check(region, join.behind_at));
        TRY(heap_block_behind(region, join.behind_at, &join.end_at));
        join.size += heap_block_size(region, join.behind_at);
    }
    newcomer = (struct heap_newcomer){
        .at = join.before_at != 0 ? join.before_at : at,
        .size = join.size,
        .before_at = join.before_at,
        .behind_at = join.behind_at,
    };
    TRY(heap_list_place(region, &newcomer, &join.after_at));
    *ret_join = join;
    return FH_OK;
}

void heap_edit_join(struct heap_region *region, const struct heap_join *join)
{
    uint64_t start_at = join->before_at != 0 ? join->before_at : join->at;
    uint64_t rover_at = region->rover_at;

    if (join->before_at != 0) {
        heap_list_remove(region, join->before_at);
        heap_block_wipe(region, join->at);
    }
    if (join->behind_at != 0) {
        heap_list_remove(region, join->behind_at);
        heap_block_wipe(region, join->behind_at);
    }
    heap_block_write(region, start_at, join->size | HEAP_FREE);
    heap_list_insert(region, start_at, join->after_at);
    heap_block_mark(region, join->end_at, true);
    if (rover_at != 0 && (rover_at == join->before_at || rover_at == join->behind_at))
        region->rover_at = start_at;
}

fh_status heap_edit_audit(const struct heap_region *region)
{
    uint64_t used_count = 0, free_count = 0, used_bytes = 0;
    bool before_is_free = false, root_is_met = region->root_at == 0;

    for (uint64_t at = HEAP_FIRST_AT; at < heap_block_end_at(region);) {
        uint64_t before_at, behind_at;

        if (!heap_block_is_whole(region, at))
            return fail(FH_CORRUPT, "broken header at %" PRIu64, at);
        TRY(heap_block_behind(region, at, &behind_at));
        if (heap_block_is_free(region, at)) {
            TRY(heap_block_before(region, behind_at, &before_at));
            if (before_at != at || before_is_free)
                return fail(FH_CORRUPT, "two free blocks touch at %" PRIu64, at);
            free_count++;
        } else {
            used_count++;
            used_bytes += heap_block_size(region, at);
            root_is_met = root_is_met || at == region->root_at;
        }
        before_is_free = heap_block_is_free(region, at);
        at = behind_at;
    }
    /* A region without blocks has no place where this could have failed. */
    if (!heap_block_is_whole(region, heap_block_end_at(region)))
        return fail(FH_CORRUPT, "broken end mark");
    if (used_count != region->used_count || free_count != region->free_count)
        return fail(FH_CORRUPT,
                    "%" PRIu64 " used and %" PRIu64 " free blocks, %" PRIu64 " and %" PRIu64
                    " counted",
                    used_count, free_count, region->used_count, region->free_count);
    if (region->used_peak < used_bytes ||
        region->alloc_calls - region->free_calls != region->used_count)
        return fail(FH_CORRUPT,
                    "figures that cannot be: a peak of %" PRIu64 " bytes, %" PRIu64
                    " blocks of %" PRIu64 " - %" PRIu64,
                    region->used_peak, region->used_count, region->alloc_calls, region->free_calls);
    if (!root_is_met) return fail(FH_CORRUPT, "the root is no block");
    if (!bytes_are_zero(region->zero, sizeof(region->zero)))
        return fail(FH_CORRUPT, "the reserved bytes are not zero");
    return heap_list_audit(region);
}
