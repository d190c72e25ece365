/*
 * aligned.c - duties of the calls that take an alignment.
 */
#define _GNU_SOURCE /* malloc.h beside the standard's names */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "malloc/duty.h"
#include "malloc/family.h"

enum { BLOCK_COUNT = 24, AT_ONCE = 8, FEW_FROM = 100000 /* bytes */ };

#define ALIGNMENT_MAX ((size_t)64 << 20)

enum caller { POSIX_MEMALIGN, ALIGNED_ALLOC, MEMALIGN, CALLER_COUNT };

static const char *const caller_names[CALLER_COUNT] = {"posix_memalign", "aligned_alloc",
                                                       "memalign"};

static void *take(enum caller caller, size_t alignment, size_t size)
{
    void *block = NULL;

    if (caller == POSIX_MEMALIGN)
        HOLDS(family_posix_memalign(&block, alignment, size) == 0,
              "posix_memalign(%zu, %zu) is refused", alignment, size);
    else
        block = caller == MEMALIGN ? family_memalign(alignment, size)
                                   : family_aligned_alloc(alignment, size);
    HOLDS(block != NULL, "%s(%zu, %zu) returns NULL", caller_names[caller], alignment, size);
    HOLDS((uintptr_t)block % alignment == 0, "%s(%zu, %zu) returns %p", caller_names[caller],
          alignment, size, block);
    return block;
}

/* Blocks of one alignment, some freed and some grown while the others live. */
static void check_alignment(enum caller caller, size_t alignment, size_t size)
{
    void *blocks[BLOCK_COUNT];
    size_t usable[BLOCK_COUNT];
    size_t count = alignment * BLOCK_COUNT > ALIGNMENT_MAX || size > FEW_FROM ? 3 : BLOCK_COUNT;

    for (size_t i = 0; i < count; i++) {
        blocks[i] = take(caller, alignment, size);
        usable[i] = family_usable_size(blocks[i]);
        HOLDS(usable[i] >= size, "%s(%zu, %zu) has %zu usable bytes", caller_names[caller],
              alignment, size, usable[i]);
        duty_mark(blocks[i], usable[i], (unsigned)i);
    }
    for (size_t i = 0; i < count; i += 3) {
        HOLDS(duty_holds(blocks[i], usable[i], (unsigned)i), "%s(%zu, %zu) was overwritten",
              caller_names[caller], alignment, size);
        blocks[i] = family_realloc(blocks[i], 2 * size + 100);
        HOLDS(blocks[i] != NULL && duty_holds(blocks[i], size, (unsigned)i),
              "realloc of an aligned block loses it: %zu, %zu", alignment, size);
        usable[i] = size;
    }
    for (size_t i = 0; i < count; i++) {
        HOLDS(duty_holds(blocks[i], usable[i], (unsigned)i), "%s(%zu, %zu) was overwritten",
              caller_names[caller], alignment, size);
        family_free(blocks[i]);
    }
}

static void check_every_alignment(void)
{
    static const size_t sizes[] = {0, 1, 16, 40, 100, 700, 4096, 9000, 70000, 1500000};

    for (size_t alignment = sizeof(void *); alignment <= ALIGNMENT_MAX; alignment *= 2)
        for (size_t which = 0; which < sizeof(sizes) / sizeof(*sizes); which++)
            for (int caller = 0; caller < CALLER_COUNT; caller++)
                check_alignment((enum caller)caller, alignment, sizes[which]);
}

/* Sizes beside multiples of the alignment, where a size class may or may not be aligned. */
static void check_aligned_sizes(void)
{
    for (size_t alignment = 16; alignment <= 8192; alignment *= 2)
        for (size_t size = 8; size < 20000; size += size % 16 == 0 ? 1 : 15) {
            void *blocks[AT_ONCE];

            for (size_t i = 0; i < AT_ONCE; i++) {
                blocks[i] = take((enum caller)(i % CALLER_COUNT), alignment, size);
                memset(blocks[i], 1, size);
            }
            for (size_t i = 0; i < AT_ONCE; i++)
                family_free(blocks[i * 3 % AT_ONCE]);
        }
}

/* Below a pointer's size, aligned_alloc and memalign still answer. */
static void check_small_alignments(void)
{
    for (size_t alignment = 1; alignment < sizeof(void *); alignment *= 2)
        for (size_t size = 0; size < 100; size++) {
            family_free(take(ALIGNED_ALLOC, alignment, size));
            family_free(take(MEMALIGN, alignment, size));
        }
}

static void check_bad_posix_memalign(void)
{
    static const size_t bad[] = {0, 1, 2, 3, 4, 7, 12, 24, 48, 100, 4095, 4097, SIZE_MAX};

    for (size_t which = 0; which < sizeof(bad) / sizeof(*bad); which++) {
        void *block = &block;

        errno = 0;
        HOLDS(family_posix_memalign(&block, bad[which], 64) == EINVAL,
              "posix_memalign of alignment %zu does not return EINVAL", bad[which]);
        HOLDS(block == (void *)&block, "a refused posix_memalign writes the pointer");
        HOLDS(errno == 0, "posix_memalign sets errno to %d", errno);
    }
}

/* An alignment that is no power of two is refused, or the next power of two is served. */
static void check_bad_alignment(void)
{
    static const size_t bad[] = {3, 24, 48, 100, 4097};

    for (size_t which = 0; which < sizeof(bad) / sizeof(*bad); which++)
        for (int caller = ALIGNED_ALLOC; caller < CALLER_COUNT; caller++) {
            size_t power = 1;
            void *block = NULL;

            errno = 0;
            while (power < bad[which])
                power *= 2;
            block = caller == MEMALIGN ? family_memalign(bad[which], 64)
                                       : family_aligned_alloc(bad[which], 64);
            if (block == NULL)
                HOLDS(errno == EINVAL, "%s of alignment %zu: NULL, and errno is %d",
                      caller_names[caller], bad[which], errno);
            else
                HOLDS((uintptr_t)block % power == 0, "%s of alignment %zu returns %p",
                      caller_names[caller], bad[which], block);
            family_free(block);
        }
}

static void check_whole_pages(void)
{
    static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 100000, 5000000};
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    for (size_t which = 0; which < sizeof(sizes) / sizeof(*sizes); which++) {
        size_t size = sizes[which];
        size_t rounded = (size + page - 1) / page * page;
        void *block = family_valloc(size);
        void *pages = family_pvalloc(size);

        HOLDS(block != NULL && (uintptr_t)block % page == 0, "valloc(%zu) returns %p", size, block);
        HOLDS(pages != NULL && (uintptr_t)pages % page == 0, "pvalloc(%zu) returns %p", size,
              pages);
        HOLDS(family_usable_size(block) >= size, "valloc(%zu) is too small", size);
        HOLDS(family_usable_size(pages) >= rounded, "pvalloc(%zu) is not whole pages", size);
        duty_mark(block, size, 1);
        duty_mark(pages, rounded, 2);
        HOLDS(duty_holds(block, size, 1), "valloc and pvalloc overlap");
        family_free(block);
        family_free(pages);
    }
}

const struct duty aligned_duties[] = {
    {"every-alignment", check_every_alignment},
    {"aligned-sizes", check_aligned_sizes},
    {"small-alignments", check_small_alignments},
    {"bad-posix-memalign", check_bad_posix_memalign},
    {"bad-alignment", check_bad_alignment},
    {"whole-pages", check_whole_pages},
    {NULL, NULL},
};
