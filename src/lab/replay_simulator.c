/*
 * replay_simulator.c - the textbook's heap as the heap of a replay.
 *
 * The simulator is given what a block is charged, so that header and rounding are the same for
 * all. Its heap has a size; here it begins with none and grows. Buddies need a power of two to
 * halve: theirs is the whole space of addresses, and the heap is as much of it as blocks have
 * reached. Addresses are not aligned, as in the textbook.
 */
#include "base/bits.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "lab/replay_heap.h"

struct replay_heap {
    /* Constant after open. */
    struct simulator *simulator;
    uint64_t grow_bytes;
    bool is_buddy;

    uint64_t heap_bytes;
    fh_lab_run *runs; /* for walk */
    size_t run_capacity;
};

static fh_status simulator_heap_open(const struct replay_setup *setup,
                                     struct replay_heap **ret_heap)
{
    bool is_buddy = setup->simulator_policy == SIMULATOR_BUDDY;
    const struct simulator_setup inner = {
        .policy = setup->simulator_policy,
        .order = setup->order,
        .coalesces = setup->coalesces,
        .heap_bytes = is_buddy ? SIMULATOR_BYTES_MAX : 0,
    };
    struct replay_heap *heap = memory_take(1, sizeof(*heap));
    fh_status status;

    if (heap == NULL) return fail(FH_NO_MEMORY, "a heap of a replay");
    status = simulator_open(&inner, &heap->simulator);
    if (status != FH_OK) {
        memory_give(heap);
        return status;
    }
    heap->grow_bytes = setup->grow_bytes;
    heap->is_buddy = is_buddy;
    *ret_heap = heap;
    return FH_OK;
}

static void simulator_heap_close(struct replay_heap *heap)
{
    if (heap == NULL) return;
    simulator_close(heap->simulator);
    memory_give(heap->runs);
    memory_give(heap);
}

static fh_status take_list(struct replay_heap *heap, uint64_t charged_bytes, uint64_t *ret_start,
                           uint64_t *ret_searched)
{
    fh_status status = simulator_take(heap->simulator, charged_bytes, ret_start, ret_searched);
    uint64_t missing;
    uint64_t again;

    if (status != FH_NO_SPACE) return status;
    missing = charged_bytes - simulator_top_bytes(heap->simulator);
    missing = replay_round_up(missing, heap->grow_bytes);
    TRY(simulator_grow(heap->simulator, missing));
    heap->heap_bytes += missing;
    return simulator_take(heap->simulator, charged_bytes, ret_start, &again);
}

static fh_status simulator_heap_take(struct replay_heap *heap, uint64_t charged_bytes,
                                     uint64_t align, struct replay_block *ret_block,
                                     uint64_t *ret_searched)
{
    struct replay_block block = {.held_bytes = charged_bytes};
    uint64_t searched = 0;

    (void)align;
    if (heap->is_buddy) {
        if (!is_power_of_two(charged_bytes))
            block.held_bytes = UINT64_C(2) << bit_highest(charged_bytes);
        TRY(simulator_take(heap->simulator, charged_bytes, &block.start, &searched));
        if (block.start + block.held_bytes > heap->heap_bytes)
            heap->heap_bytes = replay_round_up(block.start + block.held_bytes, heap->grow_bytes);
    } else {
        TRY(take_list(heap, charged_bytes, &block.start, &searched));
    }
    if (ret_searched != NULL) *ret_searched = searched;
    *ret_block = block;
    return FH_OK;
}

static fh_status simulator_heap_give(struct replay_heap *heap, struct replay_block block)
{
    return simulator_give(heap->simulator, block.start);
}

static uint64_t simulator_heap_bytes(const struct replay_heap *heap)
{
    return heap->heap_bytes;
}

static uint64_t simulator_heap_free_count(const struct replay_heap *heap)
{
    return simulator_walk(heap->simulator, NULL, 0);
}

static fh_status simulator_heap_walk(struct replay_heap *heap,
                                     void (*visit)(void *context, uint64_t start, uint64_t bytes),
                                     void *context)
{
    size_t count = simulator_walk(heap->simulator, NULL, 0);

    if (count > heap->run_capacity) {
        fh_lab_run *runs = memory_resize(heap->runs, heap->run_capacity, 2 * count, sizeof(*runs));

        if (runs == NULL) return fail(FH_NO_MEMORY, "%zu free runs of a replay", count);
        heap->runs = runs;
        heap->run_capacity = 2 * count;
    }
    count = simulator_walk(heap->simulator, heap->runs, heap->run_capacity);
    for (size_t i = 0; i < count; i++) {
        fh_lab_run run = heap->runs[i];

        if (run.address >= heap->heap_bytes) continue;
        if (run.bytes > heap->heap_bytes - run.address) run.bytes = heap->heap_bytes - run.address;
        visit(context, run.address, run.bytes);
    }
    return FH_OK;
}

const struct replay_heap_ops replay_simulator_ops = {
    .open = simulator_heap_open,
    .close = simulator_heap_close,
    .take = simulator_heap_take,
    .give = simulator_heap_give,
    .heap_bytes = simulator_heap_bytes,
    .free_count = simulator_heap_free_count,
    .walk = simulator_heap_walk,
};
