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
    SIZE_CLASS_SHORT_MAX = 1024,  /* and 16 more */
    SIZE_CLASS_MAX = 32768,       /* and 20 more */
    SIZE_CLASS_SHORT_COUNT = 32,
    SIZE_CLASS_COUNT = 52,
    SIZE_CLASS_LONG_STEP = 256,
    SIZE_CLASS_SHORT_STEPS = SIZE_CLASS_SHORT_MAX / SIZE_CLASS_STEP + 1,
    SIZE_CLASS_LONG_STEPS = (SIZE_CLASS_MAX - SIZE_CLASS_SHORT_MAX) / SIZE_CLASS_LONG_STEP,
    SIZE_CLASS_STEPS = SIZE_CLASS_SHORT_STEPS + SIZE_CLASS_LONG_STEPS
};

struct size_class {
    uint32_t bytes;    /* of a block */
    uint16_t pages;    /* of a slab */
    uint16_t capacity; /* blocks */
};

extern HIDDEN const struct size_class size_class_table[SIZE_CLASS_COUNT];

/* By steps of 16 bytes from 0 to 1 KiB, then by steps of 256. */
extern HIDDEN const uint8_t size_class_steps[SIZE_CLASS_STEPS];

/* bytes <= SIZE_CLASS_MAX. */
static inline unsigned size_class_of(size_t bytes)
{
    size_t step = (bytes + SIZE_CLASS_STEP - 1) / SIZE_CLASS_STEP;
    size_t long_step = (bytes + SIZE_CLASS_LONG_STEP - 1) / SIZE_CLASS_LONG_STEP;

    size_t is_long = 0 - (size_t)(bytes > SIZE_CLASS_SHORT_MAX);

    /* A mask, for no processor guesses which of the two it is where sizes are mixed. */
    long_step += SIZE_CLASS_SHORT_STEPS - 1 - SIZE_CLASS_SHORT_MAX / SIZE_CLASS_LONG_STEP;
    return size_class_steps[step ^ ((step ^ long_step) & is_long)];
}

/*
 * The first whose blocks all have the alignment, at most a page; the larger <= SIZE_CLASS_MAX.
 * It is that of the size rounded up to the alignment: within a doubling classes are the multiples
 * of a power of two, so a class above that has the alignment, or the size is a class itself.
 */
static inline unsigned size_class_aligned(size_t alignment, size_t bytes)
{
    return size_class_of(round_up(bytes > 0 ? bytes : 1, alignment));
}

#endif
