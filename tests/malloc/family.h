/*
 * family.h - the malloc family by its libc names, called so that no compiler looks through.
 *
 * A compiler knows what malloc promises, and takes out a call whose result it can foretell.
 * Behind a volatile pointer every call is made, also the ones that must fail.
 */
#ifndef FREEHOLD_TESTS_MALLOC_FAMILY_H
#define FREEHOLD_TESTS_MALLOC_FAMILY_H

#include <malloc.h>
#include <stddef.h>

extern void *(*volatile family_malloc)(size_t size);
extern void *(*volatile family_calloc)(size_t count, size_t size);
extern void *(*volatile family_realloc)(void *block, size_t size);
extern void *(*volatile family_reallocarray)(void *block, size_t count, size_t size);
extern void (*volatile family_free)(void *block);
extern int (*volatile family_posix_memalign)(void **block, size_t alignment, size_t size);
extern void *(*volatile family_aligned_alloc)(size_t alignment, size_t size);
extern void *(*volatile family_memalign)(size_t alignment, size_t size);
extern void *(*volatile family_valloc)(size_t size);
extern void *(*volatile family_pvalloc)(size_t size);
extern size_t (*volatile family_usable_size)(void *block);
extern int (*volatile family_trim)(size_t pad);
extern struct mallinfo2 (*volatile family_mallinfo2)(void);

#endif
