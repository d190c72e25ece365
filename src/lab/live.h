/*
 * live.h - the live blocks, found by where they start.
 */
#ifndef FREEHOLD_LAB_LIVE_H
#define FREEHOLD_LAB_LIVE_H

#include <stddef.h>

#include "base/compiler.h"
#include "freehold/status.h"
#include "lab/block.h"

struct live {
    struct block **cells; /* owns the table and, until live_remove, the blocks */
    unsigned cell_bits;   /* 2^cell_bits cells, at most half of them filled */
    size_t block_count;
};

/* Zeroed is empty. */
void live_init(struct live *live);

/* Gives back every block and the table. */
void live_fini(struct live *live);

/* Makes room for one more block; FH_NO_MEMORY. */
fh_status live_reserve(struct live *live) MUST_CHECK;

/* There is room, and no block that starts where this one does. Keeps the block. */
void live_add(struct live *live, struct block *block);

/* The block that starts there, which is the caller's again; NULL if there is none. */
struct block *live_remove(struct live *live, uint64_t start);

#endif
