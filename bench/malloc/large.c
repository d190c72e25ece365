/*
 * large.c - rows of large blocks, of growth, and of memory that is to go back.
 */
#define _POSIX_C_SOURCE 200809L /* nanosleep */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "malloc/work.h"
#include "stop.h"

enum {
    LARGE_SLOTS = 16,
    VECTOR_COUNT = 8,
    SPIKE_LOW = 16,
    SPIKE_HIGH = 400,
    RUN_COUNT = 2000, /* blocks in a row that stay or go together */
    RUNS_PER_STAY = 20,
    TICK_NS = 1000000,
    TICK_CALLS = 50,
    LATER_NS = 2000000000,
    TRIVIAL_COUNT = 64,
    TRIVIAL_SIZES = 12
};

#define SPIKE_BYTES       (200 * MIB)
#define SPIKE_ROOM        (48 * MIB) /* of the program itself: resident from the start */
#define PLAIN_SPIKE_BYTES (320 * MIB)

struct held {
    void *block;
    size_t size;
};

static void run_large(uint64_t effort, struct told *told)
{
    void *slots[LARGE_SLOTS] = {NULL};
    struct dice dice = {.state = 1};

    (void)told;
    for (uint64_t i = 0; i < effort; i++) {
        size_t slot = dice_below(&dice, LARGE_SLOTS);
        size_t size = work_size(&dice, MIB, 16 * MIB);

        free(slots[slot]);
        slots[slot] = malloc(size);
        work_touch_each(slots[slot], size, 64 * KIB);
    }
    for (size_t slot = 0; slot < LARGE_SLOTS; slot++)
        free(slots[slot]);
}

static void *grown(void *block, size_t old_size, size_t size)
{
    unsigned char *bytes = realloc(block, size);

    if (bytes == NULL) stop("no block of %zu bytes", size);
    for (size_t at = old_size; at < size; at += 64)
        bytes[at] = 1;
    return bytes;
}

/* Vectors that grow by half, side by side, then one block of 64 MiB by 256 KiB. */
static void run_growth(uint64_t effort, struct told *told)
{
    (void)told;
    for (uint64_t round = 0; round < effort; round++) {
        void *vectors[VECTOR_COUNT] = {NULL};
        unsigned char *block = NULL;
        size_t size = 0;

        for (size_t next = 16; next < MIB; size = next, next += next / 2)
            for (size_t i = 0; i < VECTOR_COUNT; i++)
                vectors[i] = grown(vectors[i], size, next);
        for (size_t i = 0; i < VECTOR_COUNT; i++)
            free(vectors[i]);
        for (size = 0; size < 64 * MIB; size += 256 * KIB)
            block = grown(block, size, size + 256 * KIB);
        free(block);
    }
}

/* Fills `held` with small blocks of `bytes` in all; returns how many. */
static size_t rise(struct held *held, size_t bytes, struct dice *dice)
{
    size_t count = 0;

    for (size_t total = 0; total < bytes; count++) {
        held[count].size = work_size(dice, SPIKE_LOW, SPIKE_HIGH);
        held[count].block = malloc(held[count].size);
        if (held[count].block == NULL) stop("no memory for the spike");
        memset(held[count].block, 1, held[count].size);
        total += held[count].size;
    }
    return count;
}

/* Everything comes, everything goes. */
static void run_spike(uint64_t effort, struct told *told)
{
    struct held *held = work_room(PLAIN_SPIKE_BYTES / SPIKE_LOW * sizeof(*held));
    struct dice dice = {.state = 2};

    (void)told;
    for (uint64_t round = 0; round < effort; round++) {
        size_t count = rise(held, PLAIN_SPIKE_BYTES, &dice);

        for (size_t i = 0; i < count; i++)
            free(held[i].block);
    }
}

/* Fifty small pairs each millisecond, as a program that is not idle makes them. */
static void go_on(uint64_t for_ns)
{
    struct timespec tick = {.tv_nsec = TICK_NS};
    struct timespec now;
    struct dice dice = {.state = 3};
    uint64_t end = 0;
    uint64_t at = 0;

    do {
        for (size_t i = 0; i < TICK_CALLS; i++) {
            size_t size = work_size(&dice, 16, 512);

            free(work_touched(malloc(size), size));
        }
        (void)nanosleep(&tick, NULL);
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        at = (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
        if (end == 0) end = at + for_ns;
    } while (at < end);
}

/*
 * 200 MiB of small blocks, then all but one run in twenty are freed; a run is 2,000 blocks
 * that were taken one after the other. Which run of the twenty stays is random.
 */
static void run_give_back(uint64_t effort, struct told *told)
{
    struct held *held = work_room(SPIKE_ROOM);
    struct dice dice = {.state = 4};
    size_t count = 0;
    size_t stays = 0;

    (void)effort;
    memset(held, 0, SPIKE_ROOM);
    told->base_bytes = work_resident_bytes();
    count = rise(held, SPIKE_BYTES, &dice);
    for (size_t i = 0; i < count; i++) {
        size_t run_no = i / RUN_COUNT;

        if (i % (RUN_COUNT * RUNS_PER_STAY) == 0) stays = run_no + dice_below(&dice, RUNS_PER_STAY);
        if (run_no == stays)
            told->live_bytes += held[i].size;
        else
            free(held[i].block);
    }
    told->once_bytes = work_resident_bytes();
    go_on(LATER_NS);
    told->later_bytes = work_resident_bytes();
}

/* What a small program asks for, and keeps. */
static void run_trivial(uint64_t effort, struct told *told)
{
    static const size_t sizes[TRIVIAL_SIZES] = {8,   16,  24,  40,   64,   100,
                                                200, 400, 800, 1500, 3000, 8000};

    (void)effort;
    told->base_bytes = work_resident_bytes();
    for (size_t i = 0; i < TRIVIAL_COUNT; i++) {
        size_t size = sizes[i % TRIVIAL_SIZES];

        (void)work_touched(malloc(size), size);
        told->live_bytes += size;
    }
    told->once_bytes = work_resident_bytes();
    told->later_bytes = told->once_bytes;
}

const struct row large_rows[] = {
    {"large", "1 to 16 MiB, one page in sixteen touched", run_large, 6000},
    {"growth", "vectors by half, then 64 MiB by 256 KiB: realloc", run_growth, 4},
    {"spike", "320 MiB of small blocks come and go", run_spike, 1},
    {"give-back", "200 MiB of small blocks, 95 % freed, then two seconds", run_give_back, 1},
    {"trivial", "64 blocks in 12 sizes", run_trivial, 1},
    {NULL, NULL, NULL, 0},
};
