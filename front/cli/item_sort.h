/*
 * item_sort.h - sorts items in memory by their keys, as the database orders them.
 *
 * Stable: of items with the same key the one that came last stays last.
 */
#ifndef FREEHOLD_CLI_ITEM_SORT_H
#define FREEHOLD_CLI_ITEM_SORT_H

#include <stddef.h>
#include <stdint.h>

#include "outcome.h"

/* An item in memory: its key and then its value lie behind it. */
struct item {
    uint32_t key_bytes;
    uint32_t value_bytes;
    unsigned char bytes[];
};

struct item_entry {
    uint64_t prefix; /* the sort's own */
    const struct item *item;
};

/* Takes as much memory again as the entries. */
enum outcome item_sort(struct item_entry *entries, size_t count);

/* Below zero, zero, above: as the keys compare. */
int item_sort_compare(const struct item *left, const struct item *right);

#endif
