/*
 * replay_space.c - a policy of the layer space as the heap of a replay.
 *
 * Its unit is the largest that all blocks are multiples of. The policy is asked through
 * struct space, guard included: what is timed is what a caller of fh_space pays. Buddies keep
 * their whole block, as the textbook's do.
 */
#include <inttypes.h>

#include "base/bits.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "lab/replay_heap.h"
#include "space/space.h"

/* What all policies can count: some have links of 32 bits. */
#define UNITS_MAX (UINT64_C(0xffff0000))

struct replay_heap {
    /* Constant after open. */
    struct space *space;
    uint64_t unit_bytes;
    uint64_t grow_units;
    bool is_strict;

    uint64_t unit_count;
    uint64_t looked_count; /* as of the last look at the space's figures */
};

static fh_status grow(struct replay_heap *heap, uint64_t count, uint64_t align);

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

static fh_status space_heap_open(const struct replay_setup *setup, struct replay_heap **ret_heap)
{
    const struct policy_ops *ops = policy_find(setup->policy);
    struct replay_heap *heap = memory_take(1, sizeof(*heap));
    fh_status status;

    if (heap == NULL) return fail(FH_NO_MEMORY, "a heap of a replay");
    status = space_open(setup->policy, 0, &heap->space);
    if (status != FH_OK) {
        memory_give(heap);
        return status;
    }
    heap->unit_bytes = common_divisor(setup->align_bytes, setup->header_bytes);
    heap->grow_units = divide_up(setup->grow_bytes, heap->unit_bytes);
    heap->is_strict = ops->is_strict;
    *ret_heap = heap;
    return FH_OK;
}

static void space_heap_close(struct replay_heap *heap)
{
    if (heap == NULL) return;
    space_close(heap->space);
    memory_give(heap);
}

/* What takes have looked at since the last call. */
static uint64_t looked_since(struct replay_heap *heap)
{
    struct space_stat stat;
    uint64_t before = heap->looked_count;

    space_stat(heap->space, &stat);
    heap->looked_count = stat.looked_count;
    return stat.looked_count - before;
}

static fh_status space_heap_take(struct replay_heap *heap, uint64_t charged_bytes, uint64_t align,
                                 struct replay_block *ret_block, uint64_t *ret_searched)
{
    struct policy_request request = {
        .unit_count = charged_bytes / heap->unit_bytes,
        .align = align > heap->unit_bytes ? align / heap->unit_bytes : 1,
        .whole_blocks = true,
    };
    struct run run;
    fh_status status;

    if (align > heap->unit_bytes && align % heap->unit_bytes != 0)
        return fail(FH_INVALID,
                    "an alignment of %" PRIu64 " with units of %" PRIu64 " bytes: choose an align "
                    "and a header that are powers of two",
                    align, heap->unit_bytes);
    status = space_take(heap->space, &request, &run);
    if (ret_searched != NULL) *ret_searched = looked_since(heap);
    if (status == FH_NO_SPACE) {
        TRY(grow(heap, request.unit_count, request.align));
        status = space_take(heap->space, &request, &run);
        if (ret_searched != NULL) (void)looked_since(heap);
    }
    TRY(status);
    *ret_block = (struct replay_block){
        .start = run.first * heap->unit_bytes,
        .held_bytes = run.count * heap->unit_bytes,
    };
    return FH_OK;
}

static fh_status space_heap_give(struct replay_heap *heap, struct replay_block block)
{
    return space_give(heap->space, (struct run){.first = block.start / heap->unit_bytes,
                                                .count = block.held_bytes / heap->unit_bytes});
}

static uint64_t space_heap_bytes(const struct replay_heap *heap)
{
    return heap->unit_count * heap->unit_bytes;
}

static uint64_t space_heap_free_count(const struct replay_heap *heap)
{
    struct space_stat stat;

    space_stat(heap->space, &stat);
    return stat.free_runs;
}

static fh_status space_heap_walk(struct replay_heap *heap,
                                 void (*visit)(void *context, uint64_t start, uint64_t bytes),
                                 void *context)
{
    struct run run;

    for (uint64_t at = 0; space_next_run(heap->space, at, &run); at = run_end(run))
        visit(context, run.first * heap->unit_bytes, run.count * heap->unit_bytes);
    return FH_OK;
}

/* The first unit of the free run at the heap's end: by doubling, then by halves. */
static uint64_t top_first(const struct replay_heap *heap)
{
    const uint64_t end = heap->unit_count;
    uint64_t free_count = 0;
    uint64_t step = 1;

    while (step <= end - free_count &&
           space_is_free(heap->space, (struct run){end - free_count - step, step})) {
        free_count += step;
        step *= 2;
    }
    for (; step > 0; step /= 2)
        if (step <= end - free_count &&
            space_is_free(heap->space, (struct run){end - free_count - step, step}))
            free_count += step;
    return end - free_count;
}

/* As far as a run of `count` units at a multiple of `align` needs it: nothing shorter fits. */
static fh_status grow(struct replay_heap *heap, uint64_t count, uint64_t align)
{
    uint64_t end;
    struct run fresh = {.first = heap->unit_count};

    if (heap->is_strict) {
        count = is_power_of_two(count) ? count : UINT64_C(2) << bit_highest(count);
        if (count < align) count = align;
        align = count;
    }
    end = replay_round_up(top_first(heap), align) + count;
    REQUIRE(end > heap->unit_count);
    if (end > UNITS_MAX)
        return fail(FH_TOO_LARGE,
                    "a heap of more than 2^32 units of %" PRIu64 " bytes (choose a larger align)",
                    heap->unit_bytes);
    fresh.count = replay_round_up(end - heap->unit_count, heap->grow_units);
    if (fresh.count > UNITS_MAX - fresh.first) fresh.count = UNITS_MAX - fresh.first;
    TRY(space_grow(heap->space, fresh.first + fresh.count));
    heap->unit_count += fresh.count;
    return space_give(heap->space, fresh);
}

const struct replay_heap_ops replay_space_ops = {
    .open = space_heap_open,
    .close = space_heap_close,
    .take = space_heap_take,
    .give = space_heap_give,
    .heap_bytes = space_heap_bytes,
    .free_count = space_heap_free_count,
    .walk = space_heap_walk,
};
