/*
 * block.h - consecutive bytes of the heap: a free run, or what somebody was given.
 *
 * One record serves both lives, so that giving back needs no memory.
 */
#ifndef FREEHOLD_LAB_BLOCK_H
#define FREEHOLD_LAB_BLOCK_H

#include <stdint.h>

#include "base/list.h"

struct block {
    struct list place; /* among the free runs; alone while it is live */
    uint64_t start;
    uint64_t bytes;       /* header and rounding included */
    uint64_t asked_bytes; /* live: what was asked for */
};

/* The block whose `place` this is. */
#define block_at(node) list_item(node, struct block, place)

#endif
