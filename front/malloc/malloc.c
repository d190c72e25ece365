/*
 * malloc.c - the C library's names, over the heap of the process.
 *
 * malloc and free themselves are fh_malloc and fh_free under another name (the linker's
 * --defsym), so that no jump stands in their way. Where systems differ, all is as in glibc: a
 * realloc to zero bytes frees, memalign rounds its alignment up, posix_memalign leaves errno.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "freehold/heap.h"
#include "report.h"

#define EXPORT __attribute__((visibility("default")))

/* Not from the system's headers, which differ in what they have of it. */
EXPORT void *calloc(size_t count, size_t bytes_each);
EXPORT void *realloc(void *block, size_t bytes);
EXPORT void *reallocarray(void *block, size_t count, size_t bytes_each);
EXPORT void *aligned_alloc(size_t alignment, size_t bytes);
EXPORT void *memalign(size_t alignment, size_t bytes);
EXPORT void *valloc(size_t bytes);
EXPORT void *pvalloc(size_t bytes);
EXPORT int posix_memalign(void **ret_block, size_t alignment, size_t bytes);
EXPORT size_t malloc_usable_size(void *block);
EXPORT int malloc_trim(size_t pad);
EXPORT void malloc_stats(void);
EXPORT int malloc_info(int options, FILE *stream);
EXPORT int mallopt(int parameter, int value);
EXPORT void cfree(void *block);
EXPORT void free_sized(void *block, size_t bytes);
EXPORT void free_aligned_sized(void *block, size_t alignment, size_t bytes);

static size_t page_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

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

void *memalign(size_t alignment, size_t bytes)
{
    size_t power = 1;

    if (alignment > 0 && (alignment & (alignment - 1)) == 0)
        return fh_aligned_alloc(alignment, bytes);
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
    return fh_aligned_alloc(page_bytes(), bytes);
}

void *pvalloc(size_t bytes)
{
    size_t page = page_bytes();
    size_t pages = bytes / page + (bytes % page != 0);

    if (pages > PTRDIFF_MAX / page) {
        errno = ENOMEM;
        return NULL;
    }
    return fh_aligned_alloc(page, pages == 0 ? page : pages * page);
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

void cfree(void *block)
{
    fh_free(block);
}

void free_sized(void *block, size_t bytes)
{
    (void)bytes;
    fh_free(block);
}

void free_aligned_sized(void *block, size_t alignment, size_t bytes)
{
    (void)alignment;
    (void)bytes;
    fh_free(block);
}

size_t malloc_usable_size(void *block)
{
    return fh_usable_size(block);
}

int malloc_trim(size_t pad)
{
    (void)pad;
    return fh_heap_trim(NULL) > 0;
}

void malloc_stats(void)
{
    report_figures(STDERR_FILENO, REPORT_TEXT);
}

int malloc_info(int options, FILE *stream)
{
    fh_heap_info info;

    if (options != 0) return EINVAL;
    fh_heap_stat(NULL, &info);
    return fprintf(stream,
                   "<malloc version=\"freehold-1\">\n"
                   "<total type=\"blocks\" count=\"%llu\" size=\"%llu\"/>\n"
                   "<total type=\"pages\" size=\"%llu\" peak=\"%llu\"/>\n"
                   "<total type=\"free\" size=\"%llu\"/>\n"
                   "<total type=\"mapped\" size=\"%llu\"/>\n"
                   "</malloc>\n",
                   (unsigned long long)info.block_count, (unsigned long long)info.block_bytes,
                   (unsigned long long)info.page_bytes, (unsigned long long)info.page_bytes_peak,
                   (unsigned long long)info.dirty_bytes, (unsigned long long)info.chunk_bytes) < 0
               ? -1
               : 0;
}

/* glibc's parameters have no meaning here: none is set. */
int mallopt(int parameter, int value)
{
    (void)parameter;
    (void)value;
    return 0;
}
