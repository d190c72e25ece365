/*
 * operators.c - C++'s operators new and delete, by the names that compilers give them.
 *
 * A plain new that finds no memory asks the program's new handler and tries again, and without
 * one throws std::bad_alloc, both by way of libstdc++, which every program that uses the
 * operators has loaded. A delete with a size or an alignment needs neither.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "freehold/heap.h"

#define EXPORT __attribute__((visibility("default")))
#define WEAK   __attribute__((weak))

typedef void (*new_handler)(void);

/* Of libstdc++; NULL in programs without it. */
WEAK new_handler std_get_new_handler(void) __asm__("_ZSt15get_new_handlerv");
WEAK void std_throw_bad_alloc(void) __asm__("_ZSt17__throw_bad_allocv");

static __attribute__((noinline, cold)) void *ask_again(size_t alignment, size_t bytes,
                                                       int may_throw)
{
    for (;;) {
        new_handler handler = std_get_new_handler ? std_get_new_handler() : NULL;
        void *block;

        if (handler == NULL) break;
        handler();
        block = fh_aligned_alloc(alignment, bytes);
        if (block != NULL) return block;
    }
    if (!may_throw) return NULL;
    if (std_throw_bad_alloc) std_throw_bad_alloc();
    abort();
}

#define NEW(name, may_throw)                                            \
    EXPORT void *name(size_t bytes);                                    \
    void *name(size_t bytes)                                            \
    {                                                                   \
        void *block = fh_malloc(bytes);                                 \
                                                                        \
        return block != NULL ? block : ask_again(16, bytes, may_throw); \
    }

#define NEW_NOTHROW(name)                                       \
    EXPORT void *name(size_t bytes, const void *nothrow);       \
    void *name(size_t bytes, const void *nothrow)               \
    {                                                           \
        void *block = fh_malloc(bytes);                         \
                                                                \
        (void)nothrow;                                          \
        return block != NULL ? block : ask_again(16, bytes, 0); \
    }

#define NEW_ALIGNED(name)                                              \
    EXPORT void *name(size_t bytes, size_t alignment);                 \
    void *name(size_t bytes, size_t alignment)                         \
    {                                                                  \
        void *block = fh_aligned_alloc(alignment, bytes);              \
                                                                       \
        return block != NULL ? block : ask_again(alignment, bytes, 1); \
    }

#define NEW_ALIGNED_NOTHROW(name)                                           \
    EXPORT void *name(size_t bytes, size_t alignment, const void *nothrow); \
    void *name(size_t bytes, size_t alignment, const void *nothrow)         \
    {                                                                       \
        void *block = fh_aligned_alloc(alignment, bytes);                   \
                                                                            \
        (void)nothrow;                                                      \
        return block != NULL ? block : ask_again(alignment, bytes, 0);      \
    }

/* The second and third arguments, of whatever kind, are nothing to a free. */
#define DELETE(name)                                            \
    EXPORT void name(void *block, size_t second, size_t third); \
    void name(void *block, size_t second, size_t third)         \
    {                                                           \
        (void)second;                                           \
        (void)third;                                            \
        fh_free(block);                                         \
    }

NEW(_Znwm, 1)
NEW(_Znam, 1)
NEW_NOTHROW(_ZnwmRKSt9nothrow_t)
NEW_NOTHROW(_ZnamRKSt9nothrow_t)
NEW_ALIGNED(_ZnwmSt11align_val_t)
NEW_ALIGNED(_ZnamSt11align_val_t)
NEW_ALIGNED_NOTHROW(_ZnwmSt11align_val_tRKSt9nothrow_t)
NEW_ALIGNED_NOTHROW(_ZnamSt11align_val_tRKSt9nothrow_t)
DELETE(_ZdlPv)
DELETE(_ZdaPv)
DELETE(_ZdlPvm)
DELETE(_ZdaPvm)
DELETE(_ZdlPvRKSt9nothrow_t)
DELETE(_ZdaPvRKSt9nothrow_t)
DELETE(_ZdlPvSt11align_val_t)
DELETE(_ZdaPvSt11align_val_t)
DELETE(_ZdlPvmSt11align_val_t)
DELETE(_ZdaPvmSt11align_val_t)
DELETE(_ZdlPvSt11align_val_tRKSt9nothrow_t)
DELETE(_ZdaPvSt11align_val_tRKSt9nothrow_t)
