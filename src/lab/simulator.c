/*
 * simulator.c - a heap from its setup to its end: what a request is charged, what is live.
 *
 * How a run is found and where it returns to is the method's: simulator_list.c,
 * simulator_buddy.c.
 */
#include "lab/simulator.h"

#include <inttypes.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "lab/simulator_internal.h"

static fh_status setup_check(const struct simulator_setup *setup);
static fh_status reserve_spares(struct simulator *simulator, size_t count);
static uint64_t charge_of(const struct simulator *simulator, uint64_t asked_bytes);

static bool is_buddy(const struct simulator *simulator)
{
    return simulator->setup.policy == SIMULATOR_BUDDY;
}

fh_status simulator_open(const struct simulator_setup *setup, struct simulator **ret_simulator)
{
    struct simulator *simulator;
    struct block *whole;
    fh_status status;

    TRY(setup_check(setup));
    simulator = memory_take(1, sizeof(*simulator));
    if (simulator == NULL) return fail(FH_NO_MEMORY, "a heap simulator");
    simulator->setup = *setup;
    live_init(&simulator->live);
    list_init(&simulator->spares);
    for (unsigned i = 0; i < SIMULATOR_LIST_COUNT; i++)
        list_init(&simulator->lists[i]);
    status = reserve_spares(simulator, 1);
    if (status != FH_OK) {
        simulator_close(simulator);
        return status;
    }
    if (setup->heap_bytes > 0) {
        whole = simulator_spare(simulator, setup->base, setup->heap_bytes);
        list_append(&simulator->lists[is_buddy(simulator) ? bit_highest(setup->heap_bytes) : 0],
                    &whole->place);
        simulator->free_count = 1;
    }
    AUDIT(simulator_audit(simulator));
    *ret_simulator = simulator;
    return FH_OK;
}

static void give_blocks(struct list *list)
{
    struct list *node;

    while ((node = list_take_first(list)) != NULL)
        memory_give(block_at(node));
}

void simulator_close(struct simulator *simulator)
{
    if (simulator == NULL) return;
    for (unsigned i = 0; i < SIMULATOR_LIST_COUNT; i++)
        give_blocks(&simulator->lists[i]);
    give_blocks(&simulator->spares);
    live_fini(&simulator->live);
    memory_give(simulator);
}

fh_status simulator_take(struct simulator *simulator, uint64_t asked_bytes, uint64_t *ret_start,
                         uint64_t *ret_searched)
{
    uint64_t charged_bytes = charge_of(simulator, asked_bytes);
    struct block *block;

    REQUIRE(asked_bytes > 0);
    TRY(live_reserve(&simulator->live));
    /* A split makes one more block; buddies may split down from the whole heap. */
    TRY(reserve_spares(simulator, is_buddy(simulator) ? SIMULATOR_LIST_COUNT : 1));

    block = is_buddy(simulator) ? simulator_buddy_take(simulator, charged_bytes, ret_searched)
                                : simulator_list_take(simulator, charged_bytes, ret_searched);
    if (block == NULL) return answer(FH_NO_SPACE);
    block->asked_bytes = asked_bytes;
    simulator->live_bytes += block->bytes;
    simulator->asked_bytes += asked_bytes;
    live_add(&simulator->live, block);
    AUDIT(simulator_audit(simulator));
    *ret_start = block->start;
    return FH_OK;
}

fh_status simulator_give(struct simulator *simulator, uint64_t start)
{
    struct block *block = live_remove(&simulator->live, start);

    if (block == NULL) return answer(FH_NOT_FOUND);
    simulator->live_bytes -= block->bytes;
    simulator->asked_bytes -= block->asked_bytes;
    if (is_buddy(simulator))
        simulator_buddy_give(simulator, block);
    else
        simulator_list_give(simulator, block);
    AUDIT(simulator_audit(simulator));
    return FH_OK;
}

/* The free run that ends where the heap does; NULL: the last byte is not free. */
static struct block *top_run(const struct simulator *simulator)
{
    const struct list *list = &simulator->lists[0];
    uint64_t end = simulator->setup.base + simulator->setup.heap_bytes;

    REQUIRE(!is_buddy(simulator));
    for (struct list *node = list->prev; node != list; node = node->prev)
        if (block_at(node)->start + block_at(node)->bytes == end) return block_at(node);
    return NULL;
}

uint64_t simulator_top_bytes(const struct simulator *simulator)
{
    const struct block *top = top_run(simulator);

    return top != NULL ? top->bytes : 0;
}

fh_status simulator_grow(struct simulator *simulator, uint64_t bytes)
{
    struct simulator_setup *setup = &simulator->setup;
    struct block *top = top_run(simulator);
    uint64_t end = setup->base + setup->heap_bytes;

    if (bytes > SIMULATOR_BYTES_MAX - setup->heap_bytes)
        return fail(FH_TOO_LARGE, "a heap of more than 2^62 bytes");
    TRY(reserve_spares(simulator, 1));
    setup->heap_bytes += bytes;
    if (top != NULL)
        top->bytes += bytes;
    else
        simulator_list_give(simulator, simulator_spare(simulator, end, bytes));
    AUDIT(simulator_audit(simulator));
    return FH_OK;
}

size_t simulator_walk(const struct simulator *simulator, fh_lab_run *runs, size_t capacity)
{
    struct list *at[SIMULATOR_LIST_COUNT]; /* the next one of each list */

    for (unsigned i = 0; i < SIMULATOR_LIST_COUNT; i++)
        at[i] = simulator->lists[i].next;
    for (size_t run_no = 0; run_no < simulator->free_count && run_no < capacity; run_no++) {
        unsigned lowest = is_buddy(simulator) ? SIMULATOR_LIST_COUNT : 0;

        /* Buddies are shown by address, over all sizes. */
        for (unsigned i = 0; is_buddy(simulator) && i < SIMULATOR_LIST_COUNT; i++) {
            if (at[i] == &simulator->lists[i]) continue;
            if (lowest == SIMULATOR_LIST_COUNT ||
                block_at(at[i])->start < block_at(at[lowest])->start)
                lowest = i;
        }
        REQUIRE(lowest < SIMULATOR_LIST_COUNT);
        runs[run_no] = (fh_lab_run){block_at(at[lowest])->start, block_at(at[lowest])->bytes};
        at[lowest] = at[lowest]->next;
    }
    return simulator->free_count;
}

struct simulator_stat simulator_stat(const struct simulator *simulator)
{
    struct simulator_stat stat = {
        .free_bytes = simulator->setup.heap_bytes - simulator->live_bytes,
        .free_count = simulator->free_count,
        .live_bytes = simulator->live_bytes,
        .live_count = simulator->live.block_count,
        .asked_bytes = simulator->asked_bytes,
    };

    for (unsigned i = 0; i < SIMULATOR_LIST_COUNT; i++) {
        const struct list *list = &simulator->lists[i];

        for (struct list *node = list->next; node != list; node = node->next)
            if (block_at(node)->bytes > stat.largest_free_bytes)
                stat.largest_free_bytes = block_at(node)->bytes;
    }
    return stat;
}

struct block *simulator_spare(struct simulator *simulator, uint64_t start, uint64_t bytes)
{
    struct list *node = list_take_first(&simulator->spares);

    REQUIRE(node != NULL);
    simulator->spare_count--;
    block_at(node)->start = start;
    block_at(node)->bytes = bytes;
    return block_at(node);
}

void simulator_retire(struct simulator *simulator, struct block *block)
{
    list_append(&simulator->spares, &block->place);
    simulator->spare_count++;
}

static fh_status reserve_spares(struct simulator *simulator, size_t count)
{
    while (simulator->spare_count < count) {
        struct block *block = memory_take(1, sizeof(*block));

        if (block == NULL) return fail(FH_NO_MEMORY, "a block of the heap simulator");
        simulator_retire(simulator, block);
    }
    return FH_OK;
}

/*
 * What a request costs: rounded to the alignment first, then the header, then, with buddies, up
 * to a power of two. More than the heap has is only known to be too much.
 */
static uint64_t charge_of(const struct simulator *simulator, uint64_t asked_bytes)
{
    const struct simulator_setup *setup = &simulator->setup;
    uint64_t charged_bytes = asked_bytes;

    if (asked_bytes > setup->heap_bytes) return UINT64_MAX;
    if (setup->align_bytes > 1)
        charged_bytes = divide_up(charged_bytes, setup->align_bytes) * setup->align_bytes;
    charged_bytes += setup->header_bytes;
    if (!is_buddy(simulator) || charged_bytes > setup->heap_bytes) return charged_bytes;
    if (charged_bytes < setup->min_block_bytes) return setup->min_block_bytes;
    return is_power_of_two(charged_bytes) ? charged_bytes
                                          : UINT64_C(2) << bit_highest(charged_bytes);
}

static fh_status setup_check(const struct simulator_setup *setup)
{
    const uint64_t most = SIMULATOR_BYTES_MAX;

    if (setup->heap_bytes > most || setup->base > most || setup->header_bytes > most ||
        setup->align_bytes > most)
        return fail(FH_INVALID, "no size or address may be larger than 2^62");
    if (setup->policy != SIMULATOR_BUDDY) {
        if (setup->min_block_bytes != 0)
            return fail(FH_INVALID, "only the policy buddy has a smallest block");
        return FH_OK;
    }
    if (setup->order != SIMULATOR_BY_ADDRESS)
        return fail(FH_INVALID, "the policy buddy has no other order than by address");
    if (!is_power_of_two(setup->heap_bytes))
        return fail(FH_INVALID, "buddy: a heap of %" PRIu64 " bytes is no power of two",
                    setup->heap_bytes);
    if (setup->min_block_bytes != 0 && !is_power_of_two(setup->min_block_bytes))
        return fail(FH_INVALID, "buddy: a smallest block of %" PRIu64 " bytes is no power of two",
                    setup->min_block_bytes);
    if (setup->min_block_bytes > setup->heap_bytes)
        return fail(FH_INVALID, "buddy: the smallest block is larger than the heap");
    return FH_OK;
}

static fh_status run_audit(const struct simulator *simulator, const struct block *run,
                           unsigned list_no)
{
    const struct simulator_setup *setup = &simulator->setup;
    uint64_t offset = run->start - setup->base;

    if (run->bytes == 0 || run->start < setup->base || offset > setup->heap_bytes ||
        run->bytes > setup->heap_bytes - offset)
        return fail(FH_CORRUPT, "free run %" PRIu64 "+%" PRIu64 ": not in the heap", run->start,
                    run->bytes);
    if (is_buddy(simulator) &&
        (run->bytes != UINT64_C(1) << list_no || (offset & (run->bytes - 1)) != 0))
        return fail(FH_CORRUPT, "free run %" PRIu64 "+%" PRIu64 ": no buddy's place", run->start,
                    run->bytes);
    return FH_OK;
}

/* What order by address promises of two neighbours in a list; the others promise nothing. */
static fh_status pair_audit(const struct simulator *simulator, const struct block *a,
                            const struct block *b)
{
    const struct simulator_setup *setup = &simulator->setup;

    if (setup->order != SIMULATOR_BY_ADDRESS) return FH_OK;
    if (a->start + a->bytes > b->start)
        return fail(FH_CORRUPT, "free runs at %" PRIu64 ", %" PRIu64 ": out of order", a->start,
                    b->start);
    if (is_buddy(simulator) && ((a->start - setup->base) ^ a->bytes) == b->start - setup->base)
        return fail(FH_CORRUPT, "free buddies at %" PRIu64 ", %" PRIu64, a->start, b->start);
    if (!is_buddy(simulator) && setup->coalesces && a->start + a->bytes == b->start)
        return fail(FH_CORRUPT, "free runs at %" PRIu64 ", %" PRIu64 ": not joined", a->start,
                    b->start);
    return FH_OK;
}

fh_status simulator_audit(const struct simulator *simulator)
{
    uint64_t free_bytes = 0;
    uint64_t free_count = 0;

    for (unsigned i = 0; i < SIMULATOR_LIST_COUNT; i++) {
        const struct list *list = &simulator->lists[i];

        for (struct list *node = list->next; node != list; node = node->next) {
            TRY(run_audit(simulator, block_at(node), i));
            if (node->next != list)
                TRY(pair_audit(simulator, block_at(node), block_at(node->next)));
            free_bytes += block_at(node)->bytes;
            free_count++;
        }
    }
    if (free_count != simulator->free_count)
        return fail(FH_CORRUPT, "%" PRIu64 " free runs, %" PRIu64 " counted", free_count,
                    simulator->free_count);
    if (free_bytes + simulator->live_bytes != simulator->setup.heap_bytes)
        return fail(FH_CORRUPT, "%" PRIu64 " bytes free and %" PRIu64 " live of %" PRIu64,
                    free_bytes, simulator->live_bytes, simulator->setup.heap_bytes);
    return FH_OK;
}
