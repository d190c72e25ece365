/*
 * heap_api.c - fh_heap_..., heaps apart.
 *
 * The cache that a thread used last is remembered, so that a heap used again and again is as
 * quick to find as the process's.
 */
#include <errno.h>
#include <string.h>

#include "base/bits.h"
#include "base/note.h"
#include "freehold/heap.h"
#include "heap/heap.h"
#include "heap/heap_thread.h"

static struct heap_cache *find_cache(fh_heap *heap);

static ALWAYS_INLINE struct heap_cache *cache_of(fh_heap *heap)
{
    struct heap_cache *cache = heap_thread_recent;

    if (LIKELY(heap != NULL &&
               atomic_load_explicit(&cache->heap_no, memory_order_relaxed) == heap->no))
        return cache;
    return find_cache(heap);
}

static void *or_no_memory(void *block)
{
    if (UNLIKELY(block == NULL)) errno = ENOMEM;
    return block;
}

fh_status fh_heap_new(const fh_heap_options *options, fh_heap **ret_heap)
{
    struct fh_heap *heap;

    if (ret_heap == NULL) return fail(FH_INVALID, "fh_heap_new: a NULL argument");
    if (options != NULL && options->size < sizeof(*options))
        return fail(FH_INVALID, "fh_heap_options: size is %zu", options->size);
    heap = heap_thread_open();
    if (heap == NULL) return fail(FH_NO_MEMORY, "no memory for a heap");
    if (options != NULL) {
        if (options->limit_bytes != 0) heap->pool.limit_bytes = options->limit_bytes;
        if (options->decay_ms != 0) heap->pool.decay_ms = options->decay_ms;
        heap->pool.grow = options->grow;
        heap->pool.grow_context = options->context;
    }
    *ret_heap = heap;
    return FH_OK;
}

void fh_heap_delete(fh_heap *heap)
{
    if (heap != NULL) heap_thread_close(heap);
}

void *fh_heap_malloc(fh_heap *heap, size_t bytes)
{
    struct heap_cache *cache = cache_of(heap);

    if (LIKELY(bytes <= SIZE_CLASS_SHORT_MAX && cache != NULL)) {
        void *block = heap_cache_take(&cache->hands[size_class_of(bytes)]);

        if (LIKELY(block != NULL)) return block;
    }
    return or_no_memory(cache == NULL ? NULL : heap_take(cache, bytes));
}

void *fh_heap_calloc(fh_heap *heap, size_t count, size_t bytes_each)
{
    struct heap_cache *cache = cache_of(heap);
    uint64_t bytes;

    if (cache == NULL || !multiply_fits(count, bytes_each, &bytes)) return or_no_memory(NULL);
    return or_no_memory(heap_take_zeroed(cache, bytes));
}

void *fh_heap_aligned_alloc(fh_heap *heap, size_t alignment, size_t bytes)
{
    struct heap_cache *cache = cache_of(heap);

    if (!is_power_of_two(alignment)) {
        errno = EINVAL;
        return NULL;
    }
    return or_no_memory(cache == NULL ? NULL : heap_take_aligned(cache, alignment, bytes));
}

void *fh_heap_realloc(fh_heap *heap, void *block, size_t bytes)
{
    return block == NULL ? fh_heap_malloc(heap, bytes) : fh_realloc(block, bytes);
}

void fh_heap_free(fh_heap *heap, void *block)
{
    uintptr_t word;

    (void)heap;
    if (UNLIKELY(((uintptr_t)block & (CHUNK_BYTES - 1)) == 0)) {
        fh_free(block);
        return;
    }
    word = RELAXED_READ(*heap_chunk_word(block));
    if (UNLIKELY(!heap_cache_owns(heap_thread_recent, word))) {
        fh_free(block);
        return;
    }
    heap_cache_give((struct hand *)word, block);
}

fh_heap *fh_heap_of(const void *address)
{
    return heap_of(address);
}

static struct heap_cache *find_cache(fh_heap *heap)
{
    struct heap_cache *cache = heap_thread_cache(heap == NULL ? &heap_process : heap);

    if (cache != NULL && heap != NULL) heap_thread_recent = cache;
    return cache;
}
