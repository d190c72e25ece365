/*
 * family.c - the malloc family by its libc names, called so that no compiler looks through.
 */
#define _GNU_SOURCE /* reallocarray */
#include "malloc/family.h"

#include <stdlib.h>

void *(*volatile family_malloc)(size_t size) = malloc;
void *(*volatile family_calloc)(size_t count, size_t size) = calloc;
void *(*volatile family_realloc)(void *block, size_t size) = realloc;
void *(*volatile family_reallocarray)(void *block, size_t count, size_t size) = reallocarray;
void (*volatile family_free)(void *block) = free;
int (*volatile family_posix_memalign)(void **block, size_t alignment, size_t size) = posix_memalign;
void *(*volatile family_aligned_alloc)(size_t alignment, size_t size) = aligned_alloc;
void *(*volatile family_memalign)(size_t alignment, size_t size) = memalign;
void *(*volatile family_valloc)(size_t size) = valloc;
void *(*volatile family_pvalloc)(size_t size) = pvalloc;
size_t (*volatile family_usable_size)(void *block) = malloc_usable_size;
int (*volatile family_trim)(size_t pad) = malloc_trim;
struct mallinfo2 (*volatile family_mallinfo2)(void) = mallinfo2;
