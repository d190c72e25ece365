/*
 * arena.c - fh_arena_..., the heap inside a region.
 *
 * Arguments are checked, pointers become places, a change is planned and then made. The region
 * is memory that its users write to: what lies in it is checked and reported, never required.
 */
#include <inttypes.h>
#include <string.h>

#include "base/bits.h"
#include "base/check.h"
#include "base/note.h"
#include "freehold/heap.h"
#include "heap/heap_edit.h"
#include "heap/heap_list.h"

/* In the machine's own byte order: on another one it is none. */
static const uint64_t magic = UINT64_C(0x31616e6572614846);

static fh_status region_of(const fh_arena *arena, const char *function,
                           struct heap_region **ret_region);
static fh_status head_check(const struct heap_region *region);
static fh_status extent_check(const void *region, uint64_t bytes);
static fh_status options_read(const fh_arena_options *options, uint32_t *policy, uint32_t *order);
static fh_status name_find(const char *what, const char *name, const char *const *names,
                           uint32_t name_count, uint32_t *ret_number);
static fh_arena handle_of(void *region, uint64_t bytes, const fh_arena_options *options);
static fh_status request_check(uint64_t bytes);
static fh_status grow(fh_arena *arena, struct heap_region *region, uint64_t size);
static fh_status extend(struct heap_region *region, uint64_t bytes);
static fh_status take(fh_arena *arena, struct heap_region *region, uint64_t size, uint64_t *ret_at);
static fh_status plan_give(const struct heap_region *region, uint64_t at,
                           struct heap_join *ret_join);
static void give(struct heap_region *region, uint64_t at, const struct heap_join *join);
static fh_status shrink(struct heap_region *region, uint64_t at, uint64_t size);
static fh_status stretch(struct heap_region *region, uint64_t at, uint64_t size, bool *ret_done);
static fh_status move(fh_arena *arena, struct heap_region *region, uint64_t at, uint64_t size,
                      uint64_t *ret_at);
static void note_peak(struct heap_region *region);
static void *pointer_of(const struct heap_region *region, uint64_t at);

fh_status fh_arena_new(void *region, uint64_t bytes, const fh_arena_options *options,
                       fh_arena *ret_arena)
{
    struct heap_region head = {.magic = magic, .bytes = round_down(bytes, FH_ARENA_ALIGNMENT)};
    uint64_t size = head.bytes - HEAP_FIXED_BYTES;

    if (region == NULL || ret_arena == NULL)
        return fail(FH_INVALID, "fh_arena_new: a NULL argument");
    TRY(extent_check(region, bytes));
    if (bytes < FH_ARENA_BYTES_MIN)
        return fail(FH_INVALID, "a region of %" PRIu64 " bytes is too small for an arena: %d",
                    bytes, FH_ARENA_BYTES_MIN);
    TRY(options_read(options, &head.policy, &head.order));

    memcpy(region, &head, sizeof(head));
    heap_block_write(region, heap_block_end_at(region), HEAP_BEFORE_FREE);
    heap_block_write(region, HEAP_FIRST_AT, size | HEAP_FREE);
    heap_list_insert(region, HEAP_FIRST_AT, 0);
    *ret_arena = handle_of(region, bytes, options);
    return FH_OK;
}

fh_status fh_arena_open(void *region, uint64_t bytes, const fh_arena_options *options,
                        fh_arena *ret_arena)
{
    const struct heap_region *head = region;
    uint32_t policy, order;

    if (region == NULL || ret_arena == NULL)
        return fail(FH_INVALID, "fh_arena_open: a NULL argument");
    TRY(extent_check(region, bytes));
    if (bytes < FH_ARENA_BYTES_MIN)
        return fail(FH_CORRUPT, "a region of %" PRIu64 " bytes holds no arena", bytes);
    TRY(head_check(head));
    if (head->bytes > bytes)
        return fail(FH_TOO_LARGE, "the arena has %" PRIu64 " bytes, %" PRIu64 " can be seen",
                    head->bytes, bytes);
    policy = head->policy;
    order = head->order;
    TRY(options_read(options, &policy, &order));
    if (policy != head->policy || order != head->order)
        return fail(FH_MISMATCH, "the arena was made with policy \"%s\" and order \"%s\"",
                    heap_policy_names[head->policy], heap_order_names[head->order]);
    TRY(heap_edit_audit(head));
    *ret_arena = handle_of(region, bytes, options);
    return FH_OK;
}

fh_status fh_arena_extend(fh_arena *arena, uint64_t bytes)
{
    struct heap_region *region;

    TRY(region_of(arena, "fh_arena_extend", &region));
    TRY(extent_check(region, bytes));
    if (bytes < region->bytes)
        return fail(FH_INVALID,
                    "the arena has %" PRIu64 " bytes already: %" PRIu64 " are no growth",
                    region->bytes, bytes);
    TRY(extend(region, bytes));
    arena->bytes = bytes;
    return FH_OK;
}

fh_status fh_arena_alloc(fh_arena *arena, uint64_t bytes, void **ret_pointer)
{
    struct heap_region *region;
    uint64_t at;

    if (ret_pointer == NULL) return fail(FH_INVALID, "fh_arena_alloc: a NULL argument");
    TRY(region_of(arena, "fh_arena_alloc", &region));
    TRY(request_check(bytes));
    TRY(take(arena, region, heap_block_size_for(bytes), &at));
    *ret_pointer = pointer_of(region, at);
    return FH_OK;
}

fh_status fh_arena_free(fh_arena *arena, void *pointer)
{
    struct heap_region *region;
    struct heap_join join;
    uint64_t at;

    TRY(region_of(arena, "fh_arena_free", &region));
    if (pointer == NULL) return FH_OK;
    TRY(heap_block_find(region, pointer, "double free", &at));
    TRY(plan_give(region, at, &join));
    if (region->root_at == at) region->root_at = 0;
    give(region, at, &join);
    return FH_OK;
}

fh_status fh_arena_realloc(fh_arena *arena, void *pointer, uint64_t bytes, void **ret_pointer)
{
    struct heap_region *region;
    bool is_done = false;
    uint64_t at, size;

    if (pointer == NULL) return fh_arena_alloc(arena, bytes, ret_pointer);
    if (ret_pointer == NULL) return fail(FH_INVALID, "fh_arena_realloc: a NULL argument");
    TRY(region_of(arena, "fh_arena_realloc", &region));
    TRY(request_check(bytes));
    TRY(heap_block_find(region, pointer, "freed block", &at));

    size = heap_block_size_for(bytes);
    if (size <= heap_block_size(region, at)) {
        TRY(shrink(region, at, size));
    } else {
        TRY(stretch(region, at, size, &is_done));
        if (!is_done) TRY(move(arena, region, at, size, &at));
    }
    *ret_pointer = pointer_of(region, at);
    return FH_OK;
}

fh_status fh_arena_usable_size(const fh_arena *arena, const void *pointer, uint64_t *ret_bytes)
{
    struct heap_region *region;
    uint64_t at;

    if (pointer == NULL || ret_bytes == NULL)
        return fail(FH_INVALID, "fh_arena_usable_size: a NULL argument");
    TRY(region_of(arena, "fh_arena_usable_size", &region));
    TRY(heap_block_find(region, pointer, "freed block", &at));
    *ret_bytes = heap_block_size(region, at) - HEAP_HEADER_BYTES;
    return FH_OK;
}

fh_status fh_arena_set_root(fh_arena *arena, void *pointer)
{
    struct heap_region *region;
    uint64_t at = 0;

    TRY(region_of(arena, "fh_arena_set_root", &region));
    if (pointer != NULL) TRY(heap_block_find(region, pointer, "freed block", &at));
    region->root_at = at;
    return FH_OK;
}

void *fh_arena_root(const fh_arena *arena)
{
    struct heap_region *region;

    if (region_of(arena, "fh_arena_root", &region) != FH_OK || region->root_at == 0) return NULL;
    return pointer_of(region, region->root_at);
}

fh_status fh_arena_next(const fh_arena *arena, const void *pointer, fh_arena_block *ret_block)
{
    uint64_t at = HEAP_FIRST_AT;
    struct heap_region *region;

    if (ret_block == NULL) return fail(FH_INVALID, "fh_arena_next: a NULL argument");
    TRY(region_of(arena, "fh_arena_next", &region));
    if (pointer != NULL) {
        at = (uintptr_t)pointer - (uintptr_t)region - HEAP_HEADER_BYTES;
        if (!heap_block_is_whole(region, at) || at == heap_block_end_at(region))
            return heap_block_find(region, pointer, "inner pointer", &at);
        TRY(heap_block_behind(region, at, &at));
    }
    if (!heap_block_is_whole(region, at)) return fail(FH_CORRUPT, "broken header at %" PRIu64, at);
    if (at == heap_block_end_at(region)) return answer(FH_NOT_FOUND);
    *ret_block = (fh_arena_block){
        .pointer = pointer_of(region, at),
        .bytes = heap_block_size(region, at) - HEAP_HEADER_BYTES,
        .is_free = heap_block_is_free(region, at),
    };
    return FH_OK;
}

fh_status fh_arena_stat(const fh_arena *arena, fh_arena_info *ret_info)
{
    struct heap_region *region;
    uint64_t largest;

    if (ret_info == NULL) return fail(FH_INVALID, "fh_arena_stat: a NULL argument");
    TRY(region_of(arena, "fh_arena_stat", &region));
    TRY(heap_list_largest(region, &largest));
    *ret_info = (fh_arena_info){
        .policy = heap_policy_names[region->policy],
        .order = heap_order_names[region->order],
        .bytes = region->bytes,
        .used_bytes = region->bytes - HEAP_FIXED_BYTES - region->free_bytes,
        .used_count = region->used_count,
        .used_bytes_peak = region->used_peak,
        .free_bytes = region->free_bytes,
        .free_count = region->free_count,
        .largest_bytes = largest == 0 ? 0 : largest - HEAP_HEADER_BYTES,
        .alloc_calls = region->alloc_calls,
        .free_calls = region->free_calls,
        .fragmentation = largest == 0 ? 0 : 1.0 - (double)largest / (double)region->free_bytes,
    };
    return FH_OK;
}

fh_status fh_arena_audit(const fh_arena *arena)
{
    struct heap_region *region;

    TRY(region_of(arena, "fh_arena_audit", &region));
    return heap_edit_audit(region);
}

static fh_status region_of(const fh_arena *arena, const char *function,
                           struct heap_region **ret_region)
{
    struct heap_region *region;

    if (arena == NULL || arena->region == NULL) return fail(FH_INVALID, "%s: no arena", function);
    region = arena->region;
    TRY(head_check(region));
    if (region->bytes > arena->bytes)
        return fail(FH_TOO_LARGE,
                    "the arena has grown to %" PRIu64 " bytes, this handle covers %" PRIu64
                    ": open it again",
                    region->bytes, arena->bytes);
    *ret_region = region;
    return FH_OK;
}

static fh_status head_check(const struct heap_region *region)
{
    if (region->magic != magic) return fail(FH_CORRUPT, "this is no arena: its magic is wrong");
    if (region->bytes < FH_ARENA_BYTES_MIN || region->bytes % FH_ARENA_ALIGNMENT != 0 ||
        region->policy >= HEAP_POLICY_COUNT || region->order >= HEAP_ORDER_COUNT ||
        region->free_bytes > region->bytes - HEAP_FIXED_BYTES)
        return fail(FH_CORRUPT, "the arena's own figures are broken");
    return FH_OK;
}

static fh_status extent_check(const void *region, uint64_t bytes)
{
    if ((uintptr_t)region % FH_ARENA_ALIGNMENT != 0)
        return fail(FH_INVALID, "the region is at no multiple of %d", FH_ARENA_ALIGNMENT);
    if (bytes > UINTPTR_MAX - (uintptr_t)region)
        return fail(FH_INVALID, "a region of %" PRIu64 " bytes wraps around the address space",
                    bytes);
    return FH_OK;
}

/* What the options do not say stays as it is. */
static fh_status options_read(const fh_arena_options *options, uint32_t *policy, uint32_t *order)
{
    if (options == NULL) return FH_OK;
    if (options->size < sizeof(*options))
        return fail(FH_INVALID, "fh_arena_options: size is %zu", options->size);
    if (options->policy != NULL)
        TRY(name_find("policy", options->policy, heap_policy_names, HEAP_POLICY_COUNT, policy));
    if (options->order != NULL)
        TRY(name_find("order", options->order, heap_order_names, HEAP_ORDER_COUNT, order));
    return FH_OK;
}

static fh_status name_find(const char *what, const char *name, const char *const *names,
                           uint32_t name_count, uint32_t *ret_number)
{
    for (uint32_t i = 0; i < name_count; i++) {
        if (strcmp(name, names[i]) != 0) continue;
        *ret_number = i;
        return FH_OK;
    }
    return fail(FH_INVALID, "an arena has no %s \"%s\"", what, name);
}

static fh_arena handle_of(void *region, uint64_t bytes, const fh_arena_options *options)
{
    return (fh_arena){
        .region = region,
        .bytes = bytes,
        .grow = options == NULL ? NULL : options->grow,
        .context = options == NULL ? NULL : options->context,
    };
}

static fh_status request_check(uint64_t bytes)
{
    if (bytes == 0) return fail(FH_INVALID, "a block of zero bytes");
    if (bytes > FH_ARENA_ALLOC_MAX)
        return fail(FH_TOO_LARGE, "a block of %" PRIu64 " bytes", bytes);
    return FH_OK;
}

/* Asks the caller for what a block of `size` lacks, at the end. */
static fh_status grow(fh_arena *arena, struct heap_region *region, uint64_t size)
{
    uint64_t end_at = heap_block_end_at(region);
    uint64_t last_at, wanted, bytes;

    if (arena->grow == NULL)
        return fail(FH_NO_SPACE, "no free block of %" PRIu64 " bytes in an arena of %" PRIu64, size,
                    region->bytes);
    if (!heap_block_is_whole(region, end_at)) return fail(FH_CORRUPT, "broken end mark");
    if (heap_block_at(region, end_at)->word & HEAP_BEFORE_FREE) {
        TRY(heap_block_before(region, end_at, &last_at));
        size -= heap_block_size(region, last_at);
    }
    if (!add_fits(region->bytes, size, &wanted))
        return fail(FH_NO_SPACE, "an arena of %" PRIu64 " bytes more", size);
    bytes = arena->grow(arena->context, wanted);
    if (bytes < wanted)
        return fail(FH_NO_SPACE, "the region of %" PRIu64 " bytes did not grow to %" PRIu64,
                    region->bytes, wanted);
    TRY(extent_check(region, bytes));
    TRY(extend(region, bytes));
    arena->bytes = bytes;
    return FH_OK;
}

/* The old end mark becomes the header of the new bytes. */
static fh_status extend(struct heap_region *region, uint64_t bytes)
{
    uint64_t extra = round_down(bytes, FH_ARENA_ALIGNMENT) - region->bytes;
    uint64_t end_at = heap_block_end_at(region);
    struct heap_join join;
    bool before_is_free;

    if (!heap_block_is_whole(region, end_at)) return fail(FH_CORRUPT, "broken end mark");
    before_is_free = (heap_block_at(region, end_at)->word & HEAP_BEFORE_FREE) != 0;
    if (extra == 0 || (extra < HEAP_BLOCK_MIN && !before_is_free)) return FH_OK;

    TRY(heap_edit_plan_join(region, end_at, extra, before_is_free, &join));
    region->bytes += extra;
    heap_block_write(region, heap_block_end_at(region), 0);
    heap_edit_join(region, &join);
    return FH_OK;
}

static fh_status take(fh_arena *arena, struct heap_region *region, uint64_t size, uint64_t *ret_at)
{
    struct heap_cut cut;
    uint64_t at;

    TRY(heap_list_choose(region, size, &at));
    if (at == 0) {
        TRY(grow(arena, region, size));
        TRY(heap_list_choose(region, size, &at));
    }
    TRY(heap_edit_plan_cut(region, at, size, &cut));
    region->rover_at = at; /* so that it goes on to what is left, or to what follows */
    heap_edit_cut(region, &cut);
    heap_block_write(region, at, cut.taken_bytes);
    region->used_count++;
    region->alloc_calls++;
    note_peak(region);
    *ret_at = at;
    return FH_OK;
}

static fh_status plan_give(const struct heap_region *region, uint64_t at,
                           struct heap_join *ret_join)
{
    uint64_t behind_at;

    TRY(heap_block_behind(region, at, &behind_at));
    return heap_edit_plan_join(region, at, behind_at - at,
                               (heap_block_at(region, at)->word & HEAP_BEFORE_FREE) != 0, ret_join);
}

static void give(struct heap_region *region, uint64_t at, const struct heap_join *join)
{
    REQUIRE(join->at == at);
    heap_edit_join(region, join);
    region->used_count--;
    region->free_calls++;
}

/* The tail becomes free, unless it is too short to be a block and has no free one behind it. */
static fh_status shrink(struct heap_region *region, uint64_t at, uint64_t size)
{
    uint64_t flag = heap_block_at(region, at)->word & HEAP_BEFORE_FREE;
    uint64_t tail_bytes = heap_block_size(region, at) - size;
    struct heap_join join;
    uint64_t behind_at;

    TRY(heap_block_behind(region, at, &behind_at));
    if (tail_bytes == 0 || (tail_bytes < HEAP_BLOCK_MIN && !heap_block_is_free(region, behind_at)))
        return FH_OK;
    TRY(heap_edit_plan_join(region, at + size, tail_bytes, false, &join));
    heap_block_write(region, at, size | flag);
    heap_edit_join(region, &join);
    return FH_OK;
}

/* Into the free block behind, if that is enough. */
static fh_status stretch(struct heap_region *region, uint64_t at, uint64_t size, bool *ret_done)
{
    uint64_t flag = heap_block_at(region, at)->word & HEAP_BEFORE_FREE;
    uint64_t present = heap_block_size(region, at);
    struct heap_cut cut;
    uint64_t behind_at;

    TRY(heap_block_behind(region, at, &behind_at));
    *ret_done = heap_block_is_free(region, behind_at) &&
                heap_block_size(region, behind_at) >= size - present;
    if (!*ret_done) return FH_OK;
    TRY(heap_edit_plan_cut(region, behind_at, size - present, &cut));
    heap_edit_cut(region, &cut);
    heap_block_write(region, at, (present + cut.taken_bytes) | flag);
    note_peak(region);
    return FH_OK;
}

static fh_status move(fh_arena *arena, struct heap_region *region, uint64_t at, uint64_t size,
                      uint64_t *ret_at)
{
    struct heap_join join;
    uint64_t new_at;

    /* Asked before anything changes: after a take it has the same answer but other neighbours. */
    TRY(plan_give(region, at, &join));
    TRY(take(arena, region, size, &new_at));
    memcpy(pointer_of(region, new_at), pointer_of(region, at),
           heap_block_size(region, at) - HEAP_HEADER_BYTES);
    TRY(plan_give(region, at, &join));
    give(region, at, &join);
    region->alloc_calls--;
    region->free_calls--;
    if (region->root_at == at) region->root_at = new_at;
    *ret_at = new_at;
    return FH_OK;
}

static void note_peak(struct heap_region *region)
{
    uint64_t used_bytes = region->bytes - HEAP_FIXED_BYTES - region->free_bytes;

    if (used_bytes > region->used_peak) region->used_peak = used_bytes;
}

static void *pointer_of(const struct heap_region *region, uint64_t at)
{
    return (void *)((uintptr_t)region + at + HEAP_HEADER_BYTES);
}
