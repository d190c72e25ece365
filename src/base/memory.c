/*
 * memory.c - counted memory that fails when a test says so.
 *
 * The counters are relaxed atomics: they order nothing, they only have to add up.
 */
#include "base/memory.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

enum { LINE_BYTES = 64 };

/* Atomic. */
static _Atomic uint64_t block_count;
static _Atomic uint64_t request_count;
static _Atomic uint64_t failing_request;
static _Atomic int failing_for_ever;

static bool is_granted(size_t count, size_t bytes_each, size_t *ret_bytes);

void *memory_take(size_t count, size_t bytes_each)
{
    size_t bytes;
    void *memory;

    if (!is_granted(count, bytes_each, &bytes)) return NULL;
    memory = calloc(1, bytes);
    if (memory != NULL) atomic_fetch_add_explicit(&block_count, 1, memory_order_relaxed);
    return memory;
}

void *memory_resize(void *memory, size_t old_count, size_t new_count, size_t bytes_each)
{
    size_t old_bytes = old_count * bytes_each;
    size_t bytes;
    uint8_t *resized;

    if (memory == NULL) return memory_take(new_count, bytes_each);
    if (!is_granted(new_count, bytes_each, &bytes)) return NULL;
    resized = realloc(memory, bytes);
    if (resized != NULL && bytes > old_bytes) memset(resized + old_bytes, 0, bytes - old_bytes);
    return resized;
}

void *memory_take_lines(size_t count, size_t bytes_each)
{
    size_t bytes;
    void *memory;

    if (!is_granted(count, bytes_each, &bytes) || bytes > SIZE_MAX - LINE_BYTES) return NULL;
    bytes = round_up(bytes, LINE_BYTES);
    memory = aligned_alloc(LINE_BYTES, bytes);
    if (memory == NULL) return NULL;
    memset(memory, 0, bytes);
    atomic_fetch_add_explicit(&block_count, 1, memory_order_relaxed);
    return memory;
}

void memory_give(void *memory)
{
    if (memory == NULL) return;
    atomic_fetch_sub_explicit(&block_count, 1, memory_order_relaxed);
    free(memory);
}

uint64_t memory_block_count(void)
{
    return atomic_load_explicit(&block_count, memory_order_relaxed);
}

uint64_t memory_fail_at(uint64_t n, int for_ever)
{
    atomic_store_explicit(&failing_request, n, memory_order_relaxed);
    atomic_store_explicit(&failing_for_ever, for_ever, memory_order_relaxed);
    return atomic_exchange_explicit(&request_count, 0, memory_order_relaxed);
}

/* Counts the request; false when a test wants it to fail or the product overflows. */
static bool is_granted(size_t count, size_t bytes_each, size_t *ret_bytes)
{
    uint64_t request = 1 + atomic_fetch_add_explicit(&request_count, 1, memory_order_relaxed);
    uint64_t failing = atomic_load_explicit(&failing_request, memory_order_relaxed);
    uint64_t bytes;

    if (failing != 0 &&
        (request == failing ||
         (request > failing && atomic_load_explicit(&failing_for_ever, memory_order_relaxed) != 0)))
        return false;
    if (!multiply_fits(count, bytes_each, &bytes) || bytes > SIZE_MAX) return false;
    *ret_bytes = bytes == 0 ? 1 : (size_t)bytes;
    return true;
}
