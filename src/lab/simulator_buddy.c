/*
 * simulator_buddy.c - binary buddies: blocks of 2^k bytes at multiples of their size.
 *
 * Buddies are found by arithmetic on the offset from the base, not on the address, so any
 * base will do. Every list is kept by address: a buddy that is free is a neighbour in it.
 */
#include "base/check.h"
#include "lab/simulator_internal.h"

struct block *simulator_buddy_take(struct simulator *simulator, uint64_t charged_bytes,
                                   uint64_t *ret_searched)
{
    const uint64_t heap_bytes = simulator->setup.heap_bytes;
    struct block *block;
    unsigned wanted;
    unsigned found;

    *ret_searched = 0;
    if (charged_bytes > heap_bytes) return NULL;
    wanted = bit_highest(charged_bytes);
    found = wanted;
    while (found < bit_highest(heap_bytes) && list_is_empty(&simulator->lists[found]))
        found++;
    *ret_searched = found - wanted + 1;
    if (list_is_empty(&simulator->lists[found])) return NULL;

    block = block_at(list_take_first(&simulator->lists[found]));
    simulator->free_count--;
    while (found > wanted) {
        struct block *high;

        found--;
        block->bytes /= 2;
        high = simulator_spare(simulator, block->start + block->bytes, block->bytes);
        /* There was none of this size: else it would have been found. */
        REQUIRE(list_is_empty(&simulator->lists[found]));
        list_append(&simulator->lists[found], &high->place);
        simulator->free_count++;
    }
    return block;
}

/* The last free run of the list that begins before `start`; the list itself if none does. */
static struct list *place_before(struct list *list, uint64_t start)
{
    struct list *place = list;

    while (place->next != list && block_at(place->next)->start < start)
        place = place->next;
    return place;
}

static struct block *starts_at(const struct list *list, struct list *node, uint64_t start)
{
    return node != list && block_at(node)->start == start ? block_at(node) : NULL;
}

void simulator_buddy_give(struct simulator *simulator, struct block *block)
{
    const uint64_t base = simulator->setup.base;

    for (;;) {
        struct list *list = &simulator->lists[bit_highest(block->bytes)];
        struct list *place = place_before(list, block->start);
        uint64_t buddy_start = base + ((block->start - base) ^ block->bytes);
        struct block *buddy =
            starts_at(list, buddy_start < block->start ? place : place->next, buddy_start);

        if (buddy == NULL) {
            list_insert_after(place, &block->place);
            simulator->free_count++;
            return;
        }
        list_remove(&buddy->place);
        simulator->free_count--;
        if (buddy_start < block->start) block->start = buddy_start;
        block->bytes *= 2;
        simulator_retire(simulator, buddy);
    }
}
