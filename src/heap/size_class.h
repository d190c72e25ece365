/*
 * size_class.h - which sizes slabs have, and how many pages a slab of each.
 *
 * Steps of 16 bytes to 256, then eight classes a doubling to 1 KiB, then four to 32 KiB: at
 * most an eighth, above 1 KiB a quarter, of a block is unused. A slab has eight blocks or more,
 * up to 16 KiB, so that the ways off the fast path are rare, and no more pages than that takes,
 * so that what lives pins little.
 */
#ifndef FREEHOLD_HEAP_SIZE_CLASS_H
#define FREEHOLD_HEAP_SIZE_CLASS_H

#include <stddef.h>
#include <stdint.h>

#include "base/bits.h"
#include "base/compiler.h"

enum {
    SIZE_CLASS_STEP = 16,
    SIZE_CLASS_STEPPED_MAX = 256, /* 16 classes */
    SIZE_CLASS_SHORT_MAX = 1024,  /* and 16 more: a table by steps of 16 finds them */
    SIZE_CLASS_MAX = 32768,       /* and 20 more */
    SIZE_CLASS_COUNT = 52,
    SIZE_CLASS_SHORT_STEPS = SIZE_CLASS_SHORT_MAX / SIZE_CLASS_STEP + 1
};

struct size_class {
    uint32_t bytes;    /* of a block */
    uint16_t pages;    /* of a slab */
    uint16_t capacity; /* blocks */
};

extern HIDDEN const struct size_class size_class_table[SIZE_CLASS_COUNT];

/* By (bytes + 15) / 16, for up to 1 KiB. */
extern HIDDEN const uint8_t size_class_short[SIZE_CLASS_SHORT_STEPS];

/* bytes <= SIZE_CLASS_MAX. */
static inline unsigned size_class_of(size_t bytes)
{
    unsigned high;

    if (bytes <= SIZE_CLASS_SHORT_MAX) return size_class_short[(bytes + 15) / 16];
    high = bit_highest(bytes - 1);
    return 32 + (high - 10) * 4 + (unsigned)(((bytes - 1) >> (high - 2)) & 3);
}

/* The first whose blocks all have the alignment, at most a page; the larger <= SIZE_CLASS_MAX. */
static inline unsigned size_class_aligned(size_t alignment, size_t bytes)
{
    unsigned class_no = size_class_of(bytes > alignment ? bytes : alignment);

    while ((size_class_table[class_no].bytes & (alignment - 1)) != 0)
        class_no++;
    return class_no;
}

#endif
