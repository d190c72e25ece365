/*
 * heap_edit.h - the two changes that there are: a free block is cut, a block joins the free.
 *
 * Each has a plan, which reads and checks all that the change will write to and may fail, and
 * the change itself, which cannot. Between the two the region must not change.
 */
#ifndef FREEHOLD_HEAP_HEAP_EDIT_H
#define FREEHOLD_HEAP_HEAP_EDIT_H

#include "heap/heap_block.h"

/* The low end of a free block is taken, or all of it when too little would be left. */
struct heap_cut {
    uint64_t at;
    uint64_t taken_bytes;
    uint64_t rest_bytes; /* 0: nothing is left */
    uint64_t after_at;   /* in the list, of what is left */
    uint64_t behind_at;  /* the block behind all */
};

fh_status heap_edit_plan_cut(const struct heap_region *region, uint64_t at, uint64_t bytes,
                             struct heap_cut *ret_cut) MUST_CHECK;

/* The taken bytes have no header then: the caller writes one, or has one before them. */
void heap_edit_cut(struct heap_region *region, const struct heap_cut *cut);

/* Bytes that are not free become free, together with the free blocks beside them. */
struct heap_join {
    uint64_t at;
    uint64_t before_at; /* the free neighbours; 0: none */
    uint64_t behind_at;
    uint64_t size;     /* of all together */
    uint64_t after_at; /* in the list */
    uint64_t end_at;   /* the block behind all */
};

/*
 * `size` bytes from `at`, up to a whole block, to the end mark, or beyond it: then the region
 * must have grown, with a new end mark there, before the change is made. `before_is_free` is
 * what the header at `at` said, and false for bytes that have none.
 */
fh_status heap_edit_plan_join(const struct heap_region *region, uint64_t at, uint64_t size,
                              bool before_is_free, struct heap_join *ret_join) MUST_CHECK;
void heap_edit_join(struct heap_region *region, const struct heap_join *join);

/* Everything, as fh_arena_audit says; the head itself was checked. */
fh_status heap_edit_audit(const struct heap_region *region) MUST_CHECK;

#endif
