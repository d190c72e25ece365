/*
 * malloc.c - the C library's names, over the heap of the process.
 *
 * malloc and free themselves are fh_malloc and fh_free under another name (the linker's
 * --defsym), so that no jump stands in their way.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "freehold/heap.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT void *calloc(size_t count, size_t bytes_each);
EXPORT void *realloc(void *block, size_t bytes);
EXPORT void *reallocarray(void *block, size_t count, size_t bytes_each);
EXPORT void *aligned_alloc(size_t alignment, size_t bytes);
EXPORT void *memalign(size_t alignment, size_t bytes);
EXPORT void *valloc(size_t bytes);
EXPORT void *pvalloc(size_t bytes);
EXPORT int posix_memalign(void **ret_block, size_t alignment, size_t bytes);
EXPORT size_t malloc_usable_size(void *block);

void *calloc(size_t count, size_t bytes_each)
{
    return fh_calloc(count, bytes_each);
}

void *realloc(void *block, size_t bytes)
{
    if (bytes == 0 && block != NULL) {
        fh_free(block);
        return NULL;
    }
    return fh_realloc(block, bytes);
}

void *reallocarray(void *block, size_t count, size_t bytes_each)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, bytes_each, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(block, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    return fh_aligned_alloc(alignment, bytes);
}

/* As glibc's: another alignment is rounded up to a power of two. */
void *memalign(size_t alignment, size_t bytes)
{
    size_t power = 1;

    if (alignment > SIZE_MAX / 2 + 1) {
        errno = EINVAL;
        return NULL;
    }
    while (power < alignment)
        power *= 2;
    return fh_aligned_alloc(power, bytes);
}

void *valloc(size_t bytes)
{
    return fh_aligned_alloc((size_t)sysconf(_SC_PAGESIZE), bytes);
}

void *pvalloc(size_t bytes)
{
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    size_t rounded;

    if (__builtin_add_overflow(bytes, page_bytes - 1, &rounded)) {
        errno = ENOMEM;
        return NULL;
    }
    rounded &= ~(page_bytes - 1);
    return fh_aligned_alloc(page_bytes, rounded == 0 ? page_bytes : rounded);
}

int posix_memalign(void **ret_block, size_t alignment, size_t bytes)
{
    int error_number = errno;
    void *block;

    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) return EINVAL;
    block = fh_aligned_alloc(alignment, bytes);
    errno = error_number;
    if (block == NULL) return ENOMEM;
    *ret_block = block;
    return 0;
}

size_t malloc_usable_size(void *block)
{
    return fh_usable_size(block);
}
