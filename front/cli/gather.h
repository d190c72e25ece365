/*
 * gather.h - items in memory, one behind the other, until they are put into a tree.
 */
#ifndef FREEHOLD_CLI_GATHER_H
#define FREEHOLD_CLI_GATHER_H

#include "freehold/kv.h"

#include "item_sort.h"

struct gather_block;

struct gather {
    struct gather_block *blocks; /* newest first */
    size_t used_bytes;           /* of the newest block */
    size_t memory_bytes;         /* of the items and their entries, the sort's share included */
    struct item_entry *entries;
    size_t count;
    size_t capacity;
    int is_ascending; /* every key came after the one before */
};

void gather_init(struct gather *gather);
void gather_fini(struct gather *gather);

/* Copies an item. */
enum outcome gather_add(struct gather *gather, fh_bytes key, fh_bytes value);

/* Forgets all items, but keeps one block. */
void gather_clear(struct gather *gather);

/* Puts the items into ascending order, and of equal keys keeps the last. */
enum outcome gather_settle(struct gather *gather);

#endif
