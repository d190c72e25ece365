/*
 * supply.h - spans of chunks, from the system and back to it.
 *
 * One for the process, under a latch of its own, the last in the order of locks. Spans that
 * come back are kept for a while, because the next request is likely to come soon and fresh
 * memory costs a fault a page; then the system gets them. All memory of the heap's own (caches,
 * heaps, the register of chunks) comes from here too and is never given back.
 */
#ifndef FREEHOLD_HEAP_SUPPLY_H
#define FREEHOLD_HEAP_SUPPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "heap/heap_chunk.h"
#include "os/pages.h"

/* The port in use; tests put another one in its place before the first block. */
extern HIDDEN const struct pages *supply_pages;

/* Chunks in a row; *ret_is_zero: nobody has written to them. NULL: there is no memory. */
void *supply_take(size_t chunk_count, bool *ret_is_zero) MUST_CHECK;
/* Fresh ones, whose second chunk is at a multiple of `alignment` chunks. */
void *supply_take_aligned(size_t chunk_count, size_t alignment) MUST_CHECK;
void supply_give(void *span, size_t chunk_count);
/* One of which only the first `bytes` are still mapped. */
void supply_give_ragged(void *span, size_t chunk_count, size_t bytes);

/*
 * The span becomes new_count chunks long, at another address if need be, with its content; the
 * caller's slots move along. NULL: there is no memory, and it is as it was.
 */
void *supply_lengthen(void *span, size_t chunk_count, size_t new_count) MUST_CHECK;

/* Gives the system what has been kept since before `until_ms`. */
void supply_purge(uint64_t until_ms);
/* When the span that has been kept longest came; UINT64_MAX: there is none. */
uint64_t supply_kept_since_ms(void);

/* Zeroed memory for the heap's own use, for ever; `alignment` is a power of two, at most 4096. */
void *supply_own(size_t bytes, size_t alignment) MUST_CHECK;

/* True when the chunk of `address` is the first of a span in use. Any address, any thread. */
bool supply_has(const void *address);

struct supply_stat {
    uint64_t used_bytes; /* spans in use */
    uint64_t kept_bytes; /* spans kept */
    uint64_t own_bytes;
    uint64_t mapped_bytes_peak;
    uint64_t map_calls;
    uint64_t unmap_calls;
};

struct supply_stat supply_stat(void);

/* Around a fork. */
void supply_lock(void);
void supply_unlock(void);
void supply_reset(void);

#endif
