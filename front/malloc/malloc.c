/*
 * malloc.c - the C library's names, over the heap of the process.
 *
 * malloc and free themselves are fh_malloc and fh_free under another name (the linker's
 * --defsym), so that no jump stands in their way. Where systems differ, all is as in glibc: a
 * realloc to zero bytes frees, memalign rounds its alignment up, posix_memalign leaves errno.
 */
#define _GNU_SOURCE /* malloc.h, reallocarray */
#include <errno.h>
#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "freehold/heap.h"
#include "report.h"

#define EXPORT __attribute__((visibility("default")))

/* No header of this C library has these. */
EXPORT void cfree(void *block);
EXPORT void free_sized(void *block, size_t bytes);
EXPORT void free_aligned_sized(void *block, size_t alignment, size_t bytes);

static size_t page_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

EXPORT void *calloc(size_t count, size_t bytes_each)
{
    return fh_calloc(count, bytes_each);
}

EXPORT void *realloc(void *block, size_t bytes)
{
    if (bytes == 0 && block != NULL) {
        fh_free(block);
        return NULL;
    }
    return fh_realloc(block, bytes);
}

EXPORT void *reallocarray(void *block, size_t count, size_t bytes_each)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, bytes_each, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(block, bytes);
}

EXPORT void *aligned_alloc(size_t alignment, size_t bytes)
{
    return fh_aligned_alloc(alignment, bytes);
}

EXPORT void *memalign(size_t alignment, size_t bytes)
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

EXPORT void *valloc(size_t bytes)
{
    return fh_aligned_alloc(page_bytes(), bytes);
}

EXPORT void *pvalloc(size_t bytes)
{
    size_t page = page_bytes();
    size_t pages = bytes / page + (bytes % page != 0);

    if (pages > PTRDIFF_MAX / page) {
        errno = ENOMEM;
        return NULL;
    }
    return fh_aligned_alloc(page, pages == 0 ? page : pages * page);
}

EXPORT int posix_memalign(void **ret_block, size_t alignment, size_t bytes)
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

EXPORT void cfree(void *block)
{
    fh_free(block);
}

EXPORT void free_sized(void *block, size_t bytes)
{
    (void)bytes;
    fh_free(block);
}

EXPORT void free_aligned_sized(void *block, size_t alignment, size_t bytes)
{
    (void)alignment;
    (void)bytes;
    fh_free(block);
}

EXPORT size_t malloc_usable_size(void *block)
{
    return fh_usable_size(block);
}

EXPORT int malloc_trim(size_t pad)
{
    (void)pad;
    return fh_heap_trim(NULL) > 0;
}

EXPORT void malloc_stats(void)
{
    report_figures(STDERR_FILENO, REPORT_TEXT);
}

EXPORT int malloc_info(int options, FILE *stream)
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

EXPORT struct mallinfo2 mallinfo2(void)
{
    fh_heap_info info;

    fh_heap_stat(NULL, &info);
    return (struct mallinfo2){
        .arena = info.page_bytes - info.large_bytes + info.dirty_bytes,
        .ordblks = info.slab_count + info.run_count,
        .hblks = info.large_count,
        .hblkhd = info.large_bytes,
        .uordblks = info.block_bytes - info.large_bytes,
        .fordblks = info.page_bytes + info.dirty_bytes - info.block_bytes,
        .keepcost = info.dirty_bytes,
    };
}

static int as_int(size_t figure)
{
    return figure > INT32_MAX ? INT32_MAX : (int)figure;
}

/* What does not fit is shown as the largest number that does. */
EXPORT struct mallinfo mallinfo(void)
{
    struct mallinfo2 wide = mallinfo2();

    return (struct mallinfo){
        .arena = as_int(wide.arena),
        .ordblks = as_int(wide.ordblks),
        .hblks = as_int(wide.hblks),
        .hblkhd = as_int(wide.hblkhd),
        .uordblks = as_int(wide.uordblks),
        .fordblks = as_int(wide.fordblks),
        .keepcost = as_int(wide.keepcost),
    };
}

/* glibc's parameters have no meaning here: none is set. */
EXPORT int mallopt(int parameter, int value)
{
    (void)parameter;
    (void)value;
    return 0;
}
