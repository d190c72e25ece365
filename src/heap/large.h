/*
 * large.h - blocks above 1 MiB: spans of chunks.
 *
 * The block begins behind the head pages, or further on where its alignment asks for that; with
 * an alignment of 2 MiB or more it begins with the second chunk. So only such a block has an
 * address that masks to itself, and its head is the chunk before.
 */
#ifndef FREEHOLD_HEAP_LARGE_H
#define FREEHOLD_HEAP_LARGE_H

#include "heap/heap.h"

void *large_take(struct fh_heap *heap, size_t alignment, size_t bytes,
                 bool *ret_is_zero) MUST_CHECK;
void large_give(void *block);

/* In place or by moving the pages; NULL: the caller copies. */
void *large_resize(void *block, size_t bytes) MUST_CHECK;
size_t large_usable(const void *block);

/* The head of the block that begins at `block`; NULL: none does. */
struct heap_chunk *large_chunk(const void *block);

#endif
