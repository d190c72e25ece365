/*
 * realloc.c - duties of realloc and reallocarray.
 */
#include <errno.h>
#include <string.h>

#include "malloc/duty.h"
#include "malloc/family.h"

enum { BLOCK_COUNT = 400, ROUND_COUNT = 40000, NOTHING_COUNT = 60000, NOTHING_BYTES = 4000 };

#define MIB ((size_t)1 << 20)

/* Bytes that depend on their place, so that a copy to the wrong one shows. */
static void write_places(unsigned char *block, size_t from, size_t to)
{
    for (size_t at = from; at < to; at++)
        block[at] = (unsigned char)(at ^ (at >> 8) ^ (at >> 16));
}

static void check_places(const unsigned char *block, size_t to, size_t size)
{
    for (size_t at = 0; at < to; at++)
        HOLDS(block[at] == (unsigned char)(at ^ (at >> 8) ^ (at >> 16)),
              "realloc to %zu: byte %zu is lost", size, at);
}

static void *resized(void *block, size_t size)
{
    void *moved = family_realloc(block, size);

    HOLDS(moved != NULL, "realloc to %zu returns NULL", size);
    HOLDS((uintptr_t)moved % (size >= 16 ? 16 : 8) == 0 || size < 8, "realloc to %zu returns %p",
          size, moved);
    HOLDS(family_usable_size(moved) >= size, "realloc to %zu has %zu usable bytes", size,
          family_usable_size(moved));
    return moved;
}

/* One block from a byte to 100 MB and back. */
static void check_growth_and_shrinking(void)
{
    unsigned char *block = resized(NULL, 1);
    size_t size = 1;

    write_places(block, 0, 1);
    while (size < 100 * MIB) {
        size_t larger = size + size / 2 + 1;

        block = resized(block, larger);
        check_places(block, size < MIB ? size : MIB, larger);
        HOLDS(block[size - 1] ==
                  (unsigned char)((size - 1) ^ ((size - 1) >> 8) ^ ((size - 1) >> 16)),
              "realloc to %zu: the last byte is lost", larger);
        write_places(block, size, larger);
        size = larger;
    }
    while (size > 1) {
        size -= size / 3 + (size < 3);
        block = resized(block, size);
        check_places(block, size < MIB ? size : MIB, size);
    }
    family_free(block);
}

/* Blocks of all sizes change size beside each other. */
static void check_random_sizes(void)
{
    static unsigned char *blocks[BLOCK_COUNT];
    static size_t sizes[BLOCK_COUNT];
    uint64_t random = 3;

    for (unsigned round = 0; round < ROUND_COUNT; round++) {
        size_t i = duty_random(&random, BLOCK_COUNT);
        size_t size = 1 + duty_random(&random, (size_t)16 << duty_random(&random, 15));
        size_t kept = size < sizes[i] ? size : sizes[i];

        blocks[i] = resized(blocks[i], size);
        HOLDS(duty_holds(blocks[i], kept, (unsigned)i), "realloc from %zu to %zu loses bytes",
              sizes[i], size);
        duty_mark(blocks[i], size, (unsigned)i);
        sizes[i] = size;
    }
    for (size_t i = 0; i < BLOCK_COUNT; i++) {
        HOLDS(duty_holds(blocks[i], sizes[i], (unsigned)i), "a block was overwritten");
        family_free(blocks[i]);
    }
}

/* realloc(p, 0) frees, or gives a block of nothing: either way nothing is lost. */
static void check_realloc_to_nothing(void)
{
    size_t before = duty_resident_bytes();
    size_t after = 0;
    void *block = family_realloc(NULL, 0);

    HOLDS(block != NULL, "realloc(NULL, 0) returns NULL; malloc(0) does not");
    family_free(block);
    for (unsigned i = 0; i < NOTHING_COUNT; i++) {
        block = duty_block(NOTHING_BYTES);
        duty_mark(block, NOTHING_BYTES, 1);
        family_free(family_realloc(block, 0));
    }
    after = duty_resident_bytes();
    HOLDS(after < before + 64 * MIB, "realloc(p, 0) keeps the block: %zu MiB",
          (after - before) / MIB);
}

static void check_refused(void *block, void *answer, size_t size)
{
    HOLDS(answer == NULL, "a realloc that cannot be returns %p", answer);
    HOLDS(errno == ENOMEM, "a refused realloc leaves errno at %d", errno);
    HOLDS(duty_holds(block, size, 7), "a refused realloc changes the block of %zu", size);
    errno = 0;
}

/* What cannot grow stays as it is. */
static void check_refused_growth(void)
{
    static const size_t sizes[] = {1, 100, 5000, 300000, 4 * MIB};

    for (size_t which = 0; which < sizeof(sizes) / sizeof(*sizes); which++) {
        size_t size = sizes[which];
        void *block = duty_block(size);

        duty_mark(block, size, 7);
        errno = 0;
        check_refused(block, family_realloc(block, (size_t)PTRDIFF_MAX + 1), size);
        check_refused(block, family_realloc(block, SIZE_MAX), size);
        check_refused(block, family_reallocarray(block, SIZE_MAX, SIZE_MAX), size);
        check_refused(block, family_reallocarray(block, SIZE_MAX / 2 + 1, 2), size);
        check_refused(block, family_reallocarray(block, (size_t)1 << 32, (size_t)1 << 32), size);
        family_free(block);
    }
}

static void check_reallocarray(void)
{
    void *block = family_reallocarray(NULL, 10, 30);

    HOLDS(block != NULL && family_usable_size(block) >= 300, "reallocarray(NULL, 10, 30): %p",
          block);
    duty_mark(block, 300, 9);
    block = family_reallocarray(block, 1000, 1000);
    HOLDS(block != NULL && family_usable_size(block) >= 1000000, "reallocarray to a million: %p",
          block);
    HOLDS(duty_holds(block, 300, 9), "reallocarray loses bytes");
    family_free(block);
}

const struct duty realloc_duties[] = {
    {"growth-and-shrinking", check_growth_and_shrinking},
    {"realloc-random-sizes", check_random_sizes},
    {"realloc-to-nothing", check_realloc_to_nothing},
    {"refused-growth", check_refused_growth},
    {"reallocarray", check_reallocarray},
    {NULL, NULL},
};
