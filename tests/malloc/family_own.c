/*
 * family_own.c - the names of family.h over fh_malloc: for builds whose malloc is a sanitizer's.
 *
 * Only what stress.c calls is here.
 */
#include "freehold/heap.h"
#include "malloc/family.h"

static size_t own_usable_size(void *block)
{
    return fh_usable_size(block);
}

void *(*volatile family_malloc)(size_t size) = fh_malloc;
void *(*volatile family_calloc)(size_t count, size_t size) = fh_calloc;
void *(*volatile family_realloc)(void *block, size_t size) = fh_realloc;
void *(*volatile family_memalign)(size_t alignment, size_t size) = fh_aligned_alloc;
void (*volatile family_free)(void *block) = fh_free;
size_t (*volatile family_usable_size)(void *block) = own_usable_size;
