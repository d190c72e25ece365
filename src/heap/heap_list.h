/*
 * heap_list.h - the free list: kept in one of five orders, searched by one of four policies.
 *
 * The links lie in the free blocks, where a user who writes to what he gave back destroys them:
 * every link is checked before it is followed, and a change is planned before it is made.
 */
#ifndef FREEHOLD_HEAP_HEAP_LIST_H
#define FREEHOLD_HEAP_HEAP_LIST_H

#include "heap/heap_block.h"

enum heap_policy { HEAP_BEST, HEAP_WORST, HEAP_FIRST, HEAP_NEXT, HEAP_POLICY_COUNT };
enum heap_order {
    HEAP_ADDR,
    HEAP_SIZE_UP,
    HEAP_SIZE_DOWN,
    HEAP_FRONT,
    HEAP_BACK,
    HEAP_ORDER_COUNT
};

/* The names that the options have for them. */
extern const char *const heap_policy_names[HEAP_POLICY_COUNT];
extern const char *const heap_order_names[HEAP_ORDER_COUNT];

/* The block that the policy gives for `size`; 0 when none is large enough. */
fh_status heap_list_choose(const struct heap_region *region, uint64_t size,
                           uint64_t *ret_at) MUST_CHECK;

/* A free block's links and those of its neighbours in the list agree: it can be removed. */
fh_status heap_list_check(const struct heap_region *region, uint64_t at) MUST_CHECK;

/* A free block to be, and up to two that leave the list before it enters; 0: none. */
struct heap_newcomer {
    uint64_t at;
    uint64_t size;
    uint64_t before_at; /* a neighbour that it swallows, whose links were checked */
    uint64_t behind_at;
};

/* After which block of the list the newcomer belongs, now that it is freed; 0: it is first. */
fh_status heap_list_place(const struct heap_region *region, const struct heap_newcomer *newcomer,
                          uint64_t *ret_after_at) MUST_CHECK;

/* As heap_list_place, for what is left of a free block that was split: `newcomer->before_at`. */
fh_status heap_list_place_rest(const struct heap_region *region,
                               const struct heap_newcomer *newcomer,
                               uint64_t *ret_after_at) MUST_CHECK;

/* Its size is free then, too: figures and links. `after_at` 0: first. */
void heap_list_insert(struct heap_region *region, uint64_t at, uint64_t after_at);

/* The rover, if it is there, goes on to the next block. */
void heap_list_remove(struct heap_region *region, uint64_t at);

/* The largest block's size; 0 when none is free. */
fh_status heap_list_largest(const struct heap_region *region, uint64_t *ret_size) MUST_CHECK;

/* Links, order, figures, the rover: FH_CORRUPT with the first fault. */
fh_status heap_list_audit(const struct heap_region *region) MUST_CHECK;

#endif
