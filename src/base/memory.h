/*
 * memory.h - the only malloc of Freehold's own bookkeeping.
 *
 * Counted, so that a test can see a leak, and replaceable, so that a test can make the
 * n-th request fail. NULL means that there is none; the caller makes that FH_NO_MEMORY.
 */
#ifndef FREEHOLD_BASE_MEMORY_H
#define FREEHOLD_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/* Zeroed bytes, aligned to 16; NULL when there are none or the product overflows. Any thread. */
void *memory_take(size_t count, size_t bytes_each) MUST_CHECK;

/* As realloc, the new part zeroed; on NULL the old block is untouched. `memory` may be NULL. */
void *memory_resize(void *memory, size_t old_count, size_t new_count, size_t bytes_each) MUST_CHECK;

/* Zeroed bytes at a multiple of 64, given back by memory_give like all others. */
void *memory_take_lines(size_t count, size_t bytes_each) MUST_CHECK;

/* `memory` may be NULL. */
void memory_give(void *memory);

/* Blocks taken and not yet given back, in the whole process. */
uint64_t memory_block_count(void);

/*
 * Tests: the n-th request from now on fails (0: none does), and, with `for_ever`, all
 * after it. Returns how many requests were made since the last call. Not for threads.
 */
uint64_t memory_fail_at(uint64_t n, int for_ever);

#endif
