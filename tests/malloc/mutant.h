/*
 * mutant.h - between the two halves of a broken malloc: mutant.c and mutant_life.c.
 */
#ifndef FREEHOLD_TESTS_MALLOC_MUTANT_H
#define FREEHOLD_TESTS_MALLOC_MUTANT_H

#include <stdbool.h>
#include <stddef.h>

/* NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): glibc's own names */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t nmemb, size_t size);
extern void *__libc_realloc(void *ptr, size_t size);
extern void __libc_free(void *ptr);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void *__libc_valloc(size_t size);
extern void *__libc_pvalloc(size_t size);
extern int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void),
                             void *library);
/* NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming) */

/* Is this the fault that was asked for? */
bool mutant_is(const char *name);

/* Does `caller`, an address, lie in a file whose name holds `word`? */
bool mutant_calls_from(const char *word, const void *caller);

/* Is this a moment at which the fault refuses memory? */
bool mutant_life_refuses(const void *caller);

/* malloc and free with the faults of threads and forks. */
void *mutant_life_take(size_t size);
void mutant_life_give(void *block, const void *caller);

#endif
