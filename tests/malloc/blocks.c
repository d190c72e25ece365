/*
 * blocks.c - duties of malloc, calloc and free: blocks are apart, aligned, writable, and reused.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "malloc/duty.h"
#include "malloc/family.h"

enum {
    SMALL_MAX = 4200,
    LIVE_COUNT = 6000,
    ROUND_COUNT = 120000,
    BATCH = 300,
    REUSE_COUNT = 100000,
    REUSE_BYTES = 8000
};

#define MIB ((size_t)1 << 20)

struct extent {
    uintptr_t first;
    uintptr_t end;
};

static int extents_compare(const void *a, const void *b)
{
    const struct extent *left = a;
    const struct extent *right = b;

    return left->first < right->first ? -1 : left->first > right->first;
}

static void check_apart(struct extent *extents, size_t count)
{
    qsort(extents, count, sizeof(*extents), extents_compare);
    for (size_t i = 1; i < count; i++)
        HOLDS(extents[i - 1].end <= extents[i].first,
              "blocks overlap: %#" PRIxPTR " to %#" PRIxPTR ", and %#" PRIxPTR,
              extents[i - 1].first, extents[i - 1].end, extents[i].first);
}

/* A block of every small size, all alive at once, every usable byte written. */
static void check_every_small_size(void)
{
    static void *blocks[SMALL_MAX];
    static size_t usable[SMALL_MAX];
    static struct extent extents[SMALL_MAX];

    for (size_t size = 0; size < SMALL_MAX; size++) {
        blocks[size] = duty_block(size);
        usable[size] = family_usable_size(blocks[size]);
        HOLDS(usable[size] >= size, "malloc(%zu) has %zu usable bytes", size, usable[size]);
        duty_mark(blocks[size], usable[size], (unsigned)size);
        extents[size].first = (uintptr_t)blocks[size];
        extents[size].end = extents[size].first + usable[size];
    }
    check_apart(extents, SMALL_MAX);
    for (size_t size = 0; size < SMALL_MAX; size++) {
        HOLDS(duty_holds(blocks[size], usable[size], (unsigned)size), "malloc(%zu) was overwritten",
              size);
        family_free(blocks[size]);
    }
}

/* Beside every power of two and three quarters of it, up to 64 MiB. */
static void check_every_large_size(void)
{
    for (size_t power = 4096; power <= 64 * MIB; power *= 2)
        for (size_t step = 0; step < 8; step++) {
            size_t size = power + power / 4 * (step / 2) - (step % 2);
            unsigned char *block = duty_block(size);
            unsigned char *beside = duty_block(size);
            size_t usable = family_usable_size(block);

            HOLDS(usable >= size, "malloc(%zu) has %zu usable bytes", size, usable);
            duty_mark(block, usable, 0x55);
            duty_mark(beside, size, 0xaa);
            HOLDS(duty_holds(block, usable, 0x55), "malloc(%zu): two blocks overlap", size);
            family_free(block);
            HOLDS(duty_holds(beside, size, 0xaa), "malloc(%zu) is lost with its neighbour", size);
            family_free(beside);
        }
}

/* Neighbours of one size fill all that they may use, and do not meet. */
static void check_usable_size(void)
{
    static const size_t sizes[] = {1,     8,     13,     24,     33,      100,
                                   200,   500,   1000,   1500,   3000,    10000,
                                   20000, 40000, 100000, 300000, 1000000, 3000000};
    void *blocks[64];

    for (size_t which = 0; which < sizeof(sizes) / sizeof(*sizes); which++) {
        size_t count = sizes[which] > 50000 ? 8 : 64;

        for (size_t i = 0; i < count; i++) {
            blocks[i] = duty_block(sizes[which]);
            duty_mark(blocks[i], family_usable_size(blocks[i]), (unsigned)i + 1);
        }
        for (size_t i = 0; i < count; i++) {
            HOLDS(duty_holds(blocks[i], family_usable_size(blocks[i]), (unsigned)i + 1),
                  "a block of %zu has lost its usable bytes", sizes[which]);
            family_free(blocks[i]);
        }
    }
    HOLDS(family_usable_size(NULL) == 0, "malloc_usable_size(NULL) is not 0");
}

static size_t any_size(uint64_t *random)
{
    size_t limit = (size_t)16 << duty_random(random, 13);

    return duty_random(random, limit);
}

/* Random blocks replace each other; all that live keep what was written and stay apart. */
static void check_apart_at_all_times(void)
{
    static unsigned char *blocks[LIVE_COUNT];
    static size_t sizes[LIVE_COUNT];
    static struct extent extents[LIVE_COUNT];
    uint64_t random = 1;

    for (unsigned round = 0; round < ROUND_COUNT; round++) {
        size_t i = duty_random(&random, LIVE_COUNT);
        size_t extent_count = 0;

        if (blocks[i] != NULL)
            HOLDS(duty_holds(blocks[i], sizes[i], (unsigned)i), "a block of %zu was overwritten",
                  sizes[i]);
        family_free(blocks[i]);
        sizes[i] = any_size(&random);
        blocks[i] = duty_block(sizes[i]);
        duty_mark(blocks[i], sizes[i], (unsigned)i);
        if (round % (ROUND_COUNT / 4) != 0) continue;
        for (size_t k = 0; k < LIVE_COUNT; k++)
            if (blocks[k] != NULL) {
                extents[extent_count].first = (uintptr_t)blocks[k];
                extents[extent_count++].end = (uintptr_t)blocks[k] + sizes[k];
            }
        check_apart(extents, extent_count);
    }
    for (size_t i = 0; i < LIVE_COUNT; i++)
        family_free(blocks[i]);
}

static void check_zero_batch(size_t size)
{
    void *blocks[BATCH];
    size_t count = size > 100000 ? 4 : BATCH;

    for (size_t i = 0; i < count; i++) {
        blocks[i] = duty_block(size);
        duty_mark(blocks[i], family_usable_size(blocks[i]), 0xff);
    }
    for (size_t i = 0; i < count; i++)
        family_free(blocks[i]);
    for (size_t i = 0; i < count; i++) {
        blocks[i] = i % 2 == 0 ? family_calloc(1, size) : family_calloc(size, 1);
        HOLDS(blocks[i] != NULL, "calloc(1, %zu) returns NULL", size);
        HOLDS((uintptr_t)blocks[i] % (size >= 16 ? 16 : 8) == 0 || size < 8, "calloc(1, %zu): %p",
              size, blocks[i]);
        HOLDS(duty_holds(blocks[i], size, 0), "calloc(1, %zu) is not zero", size);
        duty_mark(blocks[i], size, 0xee);
    }
    for (size_t i = 0; i < count; i++)
        family_free(blocks[i]);
}

/* calloc is zero also where another block has been. */
static void check_calloc_is_zero(void)
{
    for (size_t size = 1; size < 600; size += 7)
        check_zero_batch(size);
    for (size_t size = 600; size < 8 * MIB; size += size / 3)
        check_zero_batch(size);
}

/* Blocks of nothing are blocks: not NULL, different, and free takes them. */
static void check_blocks_of_nothing(void)
{
    void *blocks[BATCH];

    for (size_t i = 0; i < BATCH; i++) {
        blocks[i] = i % 3 == 0   ? family_malloc(0)
                    : i % 3 == 1 ? family_calloc(0, 8)
                                 : family_calloc(8, 0);
        HOLDS(blocks[i] != NULL, "%s returns NULL", i % 3 == 0 ? "malloc(0)" : "calloc(0, n)");
        for (size_t k = 0; k < i; k++)
            HOLDS(blocks[k] != blocks[i], "two blocks of nothing are the same");
    }
    for (size_t i = 0; i < BATCH; i++)
        family_free(blocks[i]);
    family_free(NULL);
}

/* What was freed is taken again: 800 MB pass through a few. */
static void check_freed_is_reused(void)
{
    size_t before = duty_resident_bytes();
    size_t after = 0;
    uint64_t random = 2;

    for (unsigned i = 0; i < REUSE_COUNT; i++) {
        size_t size = 4000 + duty_random(&random, REUSE_BYTES);
        unsigned char *block = duty_block(size);

        duty_mark(block, size, 1);
        family_free(block);
    }
    after = duty_resident_bytes();
    HOLDS(after < before + 64 * MIB, "%zu MiB more are resident after all was freed",
          (after - before) / MIB);
}

const struct duty blocks_duties[] = {
    {"every-small-size", check_every_small_size}, {"every-large-size", check_every_large_size},
    {"usable-size", check_usable_size},           {"apart-at-all-times", check_apart_at_all_times},
    {"calloc-is-zero", check_calloc_is_zero},     {"blocks-of-nothing", check_blocks_of_nothing},
    {"freed-is-reused", check_freed_is_reused},   {NULL, NULL},
};
