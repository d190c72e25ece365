/*
 * living.h - the items that are in a database now: what an aging run must find there.
 *
 * An item is a number and a version; its key, its value and the value's size follow from them.
 * The items are in the order in which they came, but that an erased one in the middle is
 * replaced by the last.
 */
#ifndef FREEHOLD_BENCH_LIVING_H
#define FREEHOLD_BENCH_LIVING_H

#include <stdbool.h>

#include "items.h"

enum { LIVING_KEY_BYTES = 16 };

struct living_item {
    uint64_t number;
    uint32_t version;
    uint32_t value_size;
};

struct living {
    /* Chosen by the caller. */
    uint32_t value_min; /* sizes in between are spread evenly on a logarithmic scale */
    uint32_t value_max;
    bool is_ascending; /* a new key comes behind all that there were; else anywhere */

    struct living_item *item; /* item[first] .. item[end - 1] */
    size_t first;
    size_t end;
    size_t capacity;
    uint64_t next_number;
    uint64_t payload_bytes; /* of keys and values */
};

void living_fini(struct living *living);

static inline size_t living_count(const struct living *living)
{
    return living->end - living->first;
}

/* A new item; its place, until the next one goes. `value_size` 0: as sizes are spread. */
size_t living_add(struct living *living, uint32_t value_size);

/* Another version of the item there. */
void living_renew(struct living *living, size_t place);

/* The item there goes. */
void living_remove(struct living *living, size_t place);

/* All go. */
void living_clear(struct living *living);

/* The item there as bytes; the key into `key`, of LIVING_KEY_BYTES. */
struct item living_item(const struct living *living, size_t place, unsigned char *key);

/* All of them in the order of their keys. Owned by the caller until items_fini. */
void living_sorted(const struct living *living, struct items *ret_items);

#endif
