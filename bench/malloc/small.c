/*
 * small.c - rows of one thread and small or middling blocks.
 */
#include <malloc.h>
#include <stdlib.h>

#include "malloc/work.h"
#include "stop.h"

enum {
    PAIR_RING = 100,
    STACK_COUNT = 1000,
    STACK_BYTES = 32,
    QUEUE_COUNT = 200,
    QUEUE_BYTES = 2000,
    CHURN_SLOTS = 50000,
    BIG_SLOTS = 1000000,
    MID_SLOTS = 20000,
    MIXED_SLOTS = 1400,
    FEW_SLOTS = 1000,
    DRIFT_STAY = 10 /* one block in so many outlives its phase */
};

#define PAIR_BYTES  ((size_t)64)
#define DRIFT_BYTES (30 * MIB)

/* One block of 64 bytes alive. */
static void run_pair_one(uint64_t effort, struct told *told)
{
    (void)told;
    for (uint64_t i = 0; i < effort; i++) {
        unsigned char *block = malloc(PAIR_BYTES);

        block[0] = 1;
        free(block);
    }
}

/* A hundred blocks of 64 bytes alive; the oldest goes. */
static void run_pair(uint64_t effort, struct told *told)
{
    unsigned char *ring[PAIR_RING] = {NULL};
    size_t at = 0;

    (void)told;
    for (uint64_t i = 0; i < effort; i++) {
        free(ring[at]);
        ring[at] = malloc(PAIR_BYTES);
        ring[at][0] = 1;
        at = at + 1 < PAIR_RING ? at + 1 : 0;
    }
    for (at = 0; at < PAIR_RING; at++)
        free(ring[at]);
}

/* The empty asm keeps the compiler from seeing that nothing happens. */
__attribute__((noinline)) static void *no_malloc(size_t size)
{
    static unsigned char block[PAIR_BYTES];

    __asm__ volatile("" : : "r"(size) : "memory");
    return block;
}

__attribute__((noinline)) static void no_free(void *block)
{
    __asm__ volatile("" : : "r"(block) : "memory");
}

/* The loop of `pair` around calls that do nothing: what the loop itself costs. */
static void run_pair_loop(uint64_t effort, struct told *told)
{
    unsigned char *ring[PAIR_RING] = {NULL};
    size_t at = 0;

    (void)told;
    for (uint64_t i = 0; i < effort; i++) {
        no_free(ring[at]);
        ring[at] = no_malloc(PAIR_BYTES);
        ring[at][0] = 1;
        at = at + 1 < PAIR_RING ? at + 1 : 0;
    }
}

static void run_lifo(uint64_t effort, struct told *told)
{
    void **blocks = work_room(STACK_COUNT * sizeof(*blocks));

    (void)told;
    for (uint64_t round = 0; round < effort; round++) {
        for (size_t i = 0; i < STACK_COUNT; i++)
            blocks[i] = work_touched(malloc(STACK_BYTES), STACK_BYTES);
        for (size_t i = STACK_COUNT; i-- > 0;)
            free(blocks[i]);
    }
}

static void run_rounds(uint64_t effort, size_t count, size_t size)
{
    void **blocks = work_room(count * sizeof(*blocks));

    for (uint64_t round = 0; round < effort; round++) {
        for (size_t i = 0; i < count; i++)
            blocks[i] = work_touched(malloc(size), size);
        for (size_t i = 0; i < count; i++)
            free(blocks[i]);
    }
}

static void run_fifo(uint64_t effort, struct told *told)
{
    (void)told;
    run_rounds(effort, STACK_COUNT, STACK_BYTES);
}

static void run_queue(uint64_t effort, struct told *told)
{
    (void)told;
    run_rounds(effort, QUEUE_COUNT, QUEUE_BYTES);
}

/* Random slots get new blocks; sizes even from `low` to `high`, or even over the doublings. */
struct churn {
    size_t slot_count;
    size_t low;
    size_t high;
    size_t touch_step; /* 0: both ends */
    size_t (*size)(struct dice *dice, size_t low, size_t high);
};

static void churn(const struct churn *churn, uint64_t effort)
{
    void **slots = work_room(churn->slot_count * sizeof(*slots));
    struct dice dice = {.state = 1};

    for (uint64_t i = 0; i < effort; i++) {
        size_t slot = i < churn->slot_count ? (size_t)i : dice_below(&dice, churn->slot_count);
        size_t size = churn->size(&dice, churn->low, churn->high);

        free(slots[slot]);
        slots[slot] = malloc(size);
        if (churn->touch_step == 0)
            (void)work_touched(slots[slot], size);
        else
            work_touch_each(slots[slot], size, churn->touch_step);
    }
    for (size_t slot = 0; slot < churn->slot_count; slot++)
        free(slots[slot]);
}

static void run_churn(uint64_t effort, struct told *told)
{
    (void)told;
    churn(&(struct churn){CHURN_SLOTS, 16, 512, 0, work_size}, effort);
}

static void run_churn_big(uint64_t effort, struct told *told)
{
    (void)told;
    churn(&(struct churn){BIG_SLOTS, 16, 176, 0, work_size}, effort);
}

static void run_mid(uint64_t effort, struct told *told)
{
    (void)told;
    churn(&(struct churn){MID_SLOTS, 16, 32 * KIB, 4 * KIB, work_size_log}, effort);
}

static void run_mixed(uint64_t effort, struct told *told)
{
    (void)told;
    churn(&(struct churn){MIXED_SLOTS, 16, MIB, 4 * KIB, work_size_log}, effort);
}

static void run_aligned(uint64_t effort, struct told *told)
{
    void **slots = work_room(FEW_SLOTS * sizeof(*slots));
    struct dice dice = {.state = 2};

    (void)told;
    for (uint64_t i = 0; i < effort; i++) {
        size_t slot = dice_below(&dice, FEW_SLOTS);
        size_t alignment = (size_t)16 << dice_below(&dice, 9);
        size_t size = work_size(&dice, 16, 2048);

        free(slots[slot]);
        slots[slot] = work_touched(memalign(alignment, size), size);
    }
    for (size_t slot = 0; slot < FEW_SLOTS; slot++)
        free(slots[slot]);
}

static void run_calloc(uint64_t effort, struct told *told)
{
    void **slots = work_room(FEW_SLOTS * sizeof(*slots));
    struct dice dice = {.state = 3};

    (void)told;
    for (uint64_t i = 0; i < effort; i++) {
        size_t slot = dice_below(&dice, FEW_SLOTS);
        size_t size = work_size(&dice, 16, dice_below(&dice, 20) == 0 ? 32 * KIB : KIB);

        free(slots[slot]);
        slots[slot] = work_touched(calloc(1, size), size);
    }
    for (size_t slot = 0; slot < FEW_SLOTS; slot++)
        free(slots[slot]);
}

/* Sizes shift from phase to phase; one block in ten outlives its phase by all the others. */
static void run_drift(uint64_t effort, struct told *told)
{
    size_t slot_max = DRIFT_BYTES / 16;
    void **slots = work_room(slot_max * sizeof(*slots));
    void **kept = work_room(slot_max * sizeof(*kept));
    struct dice dice = {.state = 4};

    (void)told;
    for (uint64_t round = 0; round < effort; round++) {
        size_t kept_count = 0;
        size_t kept_bytes = 0;

        for (size_t phase = 0; phase < 12; phase++) {
            size_t low = 16 + phase * 80;
            size_t live = kept_bytes;
            size_t count = 0;

            while (live < DRIFT_BYTES) {
                size_t size = work_size(&dice, low, low + 80);

                slots[count++] = work_touched(malloc(size), size);
                live += size;
            }
            for (size_t i = 0; i < count; i++)
                if (dice_below(&dice, DRIFT_STAY) == 0) {
                    kept[kept_count++] = slots[i];
                    kept_bytes += low;
                } else {
                    free(slots[i]);
                }
        }
        while (kept_count > 0)
            free(kept[--kept_count]);
    }
}

const struct row small_rows[] = {
    {"pair-one", "64 bytes, one alive", run_pair_one, 60000000},
    {"pair", "64 bytes, a hundred alive, first in first out", run_pair, 50000000},
    {"pair-loop", "the loop of `pair` alone", run_pair_loop, 50000000},
    {"lifo", "1000 of 32 bytes, the last goes first", run_lifo, 40000},
    {"fifo", "1000 of 32 bytes, the first goes first", run_fifo, 40000},
    {"queue", "200 of 2000 bytes, the first goes first", run_queue, 3000},
    {"churn", "50,000 alive, 16 to 512 bytes, random", run_churn, 6000000},
    {"churn-big", "a million alive, 16 to 176 bytes, random", run_churn_big, 4000000},
    {"mid", "16 bytes to 32 KiB by doublings, 85 MiB alive", run_mid, 2500000},
    {"mixed", "16 bytes to 1 MiB by doublings, 128 MiB alive", run_mixed, 250000},
    {"aligned", "aligned to 16 .. 4096, up to 2 KiB", run_aligned, 2500000},
    {"calloc", "zeroed, up to 1 KiB, one in twenty to 32 KiB", run_calloc, 4000000},
    {"drift", "30 MiB alive; sizes shift, one block in ten stays", run_drift, 2},
    {NULL, NULL, NULL, 0},
};
