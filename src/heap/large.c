/*
 * large.c - blocks above 1 MiB: spans of chunks.
 *
 * A block that grows gets an eighth more addresses than it needs, which cost nothing until they
 * are touched: one that grows step by step is asked about once in a while, and then its pages
 * are moved, not its bytes.
 */
#include "heap/large.h"

#include "base/bits.h"
#include "heap/heap_probe.h"
#include "heap/supply.h"

#define SYSTEM_PAGE_BYTES ((size_t)4096)

static size_t block_at(const void *block);

void *large_take(struct fh_heap *heap, size_t alignment, size_t bytes, bool *ret_is_zero)
{
    size_t at = alignment > CHUNK_HEAD_BYTES ? alignment : CHUNK_HEAD_BYTES;
    struct heap_chunk *chunk;
    uint8_t *block;

    if (at > CHUNK_BYTES) at = CHUNK_BYTES;
    chunk = pool_take_large(&heap->pool, divide_up(at + bytes, CHUNK_BYTES),
                            alignment < CHUNK_BYTES ? 0 : alignment / CHUNK_BYTES, ret_is_zero);
    if (chunk == NULL) return NULL;
    block = (uint8_t *)chunk + at;
    (void)pool_fit_large(&heap->pool, chunk, at, round_up(bytes, SYSTEM_PAGE_BYTES));
    if (at < CHUNK_BYTES) slab_of(block)->kind = SLAB_LARGE;
    HEAP_PROBE(large__take, block, bytes);
    return block;
}

void large_give(void *block)
{
    struct heap_chunk *chunk = large_chunk(block);

    HEAP_PROBE(large__give, block, chunk->bytes);
    pool_give_large(&chunk->heap->pool, chunk);
}

void *large_resize(void *block, size_t bytes)
{
    struct heap_chunk *chunk = large_chunk(block);
    size_t at = block_at(block);
    size_t chunk_count = divide_up(at + bytes, CHUNK_BYTES);

    if (at == CHUNK_BYTES && chunk_count > chunk->chunk_count) return NULL;
    if (chunk_count > chunk->chunk_count)
        chunk = pool_resize_large(&chunk->heap->pool, chunk, chunk_count + chunk_count / 8);
    else if (chunk_count < chunk->chunk_count - chunk->chunk_count / 8)
        chunk = pool_resize_large(&chunk->heap->pool, chunk, chunk_count);
    if (chunk == NULL ||
        !pool_fit_large(&chunk->heap->pool, chunk, at, round_up(bytes, SYSTEM_PAGE_BYTES)))
        return NULL;
    return (uint8_t *)chunk + at;
}

size_t large_usable(const void *block)
{
    return large_chunk(block)->bytes;
}

struct heap_chunk *large_chunk(const void *block)
{
    if (((uintptr_t)block & (CHUNK_BYTES - 1)) != 0) return heap_chunk_of(block);
    return (struct heap_chunk *)((uintptr_t)block - CHUNK_BYTES);
}

static size_t block_at(const void *block)
{
    return (size_t)((const uint8_t *)block - (uint8_t *)large_chunk(block));
}
