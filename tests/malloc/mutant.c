/*
 * mutant.c - glibc's malloc with one fault, to be preloaded: can the checker fail?
 *
 * FREEHOLD_MUTANT names the fault; without it nothing is wrong. Faults that concern blocks
 * and sizes are here, those that concern the life of a program in mutant_life.c.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "malloc/mutant.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

#define SHORT_SIZE ((size_t)1280)

#define SHIFT ((size_t)8) /* of a misaligned block */

enum { TWICE_EVERY = 5000, PAGE_BYTES = 4096 };

static const char *fault = NULL; /* constant once the program's constructors run */

__attribute__((constructor)) static void begin(void)
{
    fault = getenv("FREEHOLD_MUTANT");
}

bool mutant_is(const char *name)
{
    return fault != NULL && strcmp(fault, name) == 0;
}

static bool is_shifted(const void *block)
{
    return (uintptr_t)block % 16 == SHIFT;
}

/* The block as glibc knows it. */
static void *plain(void *block)
{
    return is_shifted(block) ? (unsigned char *)block - SHIFT : block;
}

/* Every so often the block that was given last, if it is large enough. */
static void *last_again(size_t size)
{
    static void *last = NULL;
    static size_t last_size = 0;
    static unsigned call_count = 0;

    if (++call_count % TWICE_EVERY == 0 && last != NULL && size <= last_size) return last;
    last = __libc_malloc(size);
    last_size = size;
    return last;
}

static void *no_memory(void)
{
    if (!mutant_is("errno-silent")) errno = ENOMEM;
    return NULL;
}

static size_t too_short(size_t size, const void *caller)
{
    if (mutant_is("one-size-short") && size == SHORT_SIZE) return size / 2;
    if (mutant_is("large-short") && size >= MIB) return size / 2;
    if (mutant_is("new-short") && size >= 64 && mutant_calls_from("libstdc++", caller))
        return size / 2;
    if (mutant_is("huge-served") && size > PTRDIFF_MAX) return 16;
    return size;
}

static void *take(size_t size, const void *caller)
{
    static bool was_refused = false;
    int errno_before = errno;
    void *block = NULL;

    if (fault == NULL) return __libc_malloc(size);
    if (mutant_life_refuses(caller)) return no_memory();
    if (mutant_is("never-recovers") && was_refused) return no_memory();
    if (mutant_is("nothing-is-null") && size == 0) return NULL;
    if (mutant_is("misaligned") && size >= 16 && size < PAGE_BYTES) {
        block = __libc_malloc(size + 16);
        return block == NULL ? NULL : (unsigned char *)block + SHIFT;
    }
    block = mutant_is("twice") ? last_again(size) : mutant_life_take(too_short(size, caller));
    if (block == NULL) was_refused = true;
    if (block == NULL && mutant_is("errno-silent")) errno = errno_before;
    return block;
}

void *malloc(size_t size)
{
    return take(size, __builtin_return_address(0));
}

void free(void *ptr)
{
    if (fault == NULL) {
        __libc_free(ptr);
        return;
    }
    if (mutant_is("free-forgets")) return;
    if (mutant_is("free-sets-errno")) errno = EINVAL;
    mutant_life_give(plain(ptr), __builtin_return_address(0));
}

void *calloc(size_t nmemb, size_t size)
{
    const void *caller = __builtin_return_address(0);
    void *block = NULL;

    if (fault == NULL) return __libc_calloc(nmemb, size);
    if (mutant_life_refuses(caller)) return no_memory();
    if (mutant_is("nothing-is-null") && (nmemb == 0 || size == 0)) return NULL;
    if (mutant_is("calloc-wraps")) {
        block = __libc_malloc(nmemb * size);
        if (block != NULL) memset(block, 0, nmemb * size);
        return block;
    }
    return mutant_is("calloc-dirty") ? __libc_malloc(nmemb * size) : __libc_calloc(nmemb, size);
}

/* What a copy of `size` bytes keeps. */
static size_t kept_bytes(size_t size)
{
    if (mutant_is("large-realloc-loses") && size > MIB) return size / 2;
    if (mutant_is("small-realloc-loses") && size > 100) return size - 100;
    return size;
}

void *realloc(void *ptr, size_t size)
{
    void *moved = NULL;
    size_t old_size = 0;

    if (fault == NULL) return __libc_realloc(ptr, size);
    if (ptr == NULL) return take(size, __builtin_return_address(0));
    if (size == 0 && mutant_is("realloc-zero-leaks")) return NULL;
    if (size == 0) return __libc_realloc(plain(ptr), 0);
    old_size = malloc_usable_size(ptr);
    moved = take(size, __builtin_return_address(0));
    if (moved == NULL) {
        if (mutant_is("refused-realloc-frees")) __libc_free(plain(ptr));
        return NULL;
    }
    memcpy(moved, ptr, kept_bytes(old_size < size ? old_size : size));
    __libc_free(plain(ptr));
    return moved;
}

void *reallocarray(void *ptr, size_t nmemb, size_t size)
{
    size_t product = nmemb * size;

    if (mutant_is("reallocarray-adds")) return realloc(ptr, nmemb + size);
    if (mutant_is("reallocarray-wraps")) return realloc(ptr, product);
    if (size != 0 && product / size != nmemb) return no_memory();
    return realloc(ptr, product);
}

static bool is_power(size_t alignment)
{
    return alignment != 0 && (alignment & (alignment - 1)) == 0;
}

static void *take_aligned(size_t alignment, size_t size)
{
    size_t served = alignment;

    if (mutant_is("alignment-capped") && alignment > PAGE_BYTES) served = PAGE_BYTES;
    if (mutant_is("alignment-only-small") && size % 512 == 0 && alignment < 4096) served = 64;
    if (mutant_is("small-alignment-refused") && alignment < sizeof(void *)) {
        errno = EINVAL;
        return NULL;
    }
    if (mutant_is("alignment-errno-silent") && !is_power(alignment)) return NULL;
    return __libc_memalign(served, size);
}

void *memalign(size_t alignment, size_t size)
{
    return take_aligned(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return take_aligned(alignment, size);
}

int posix_memalign(void **memptr, size_t alignment, size_t size)
{
    int errno_before = errno;
    void *block = NULL;

    if (mutant_is("posix-writes-null")) *memptr = NULL;
    if (!mutant_is("posix-takes-anything") &&
        (!is_power(alignment) || alignment % sizeof(void *) != 0))
        return EINVAL;
    block = take_aligned(alignment, size);
    errno = errno_before;
    if (block == NULL) return ENOMEM;
    *memptr = block;
    return 0;
}

void *valloc(size_t size)
{
    return __libc_valloc(size);
}

void *pvalloc(size_t size)
{
    return mutant_is("pvalloc-not-rounded") ? __libc_valloc(size) : __libc_pvalloc(size);
}

/* The function that this library hides; found once, then only read. */
static void *next_named(const char *name)
{
    void *next = dlsym(RTLD_NEXT, name);

    if (next == NULL) abort();
    return next;
}

size_t malloc_usable_size(void *ptr)
{
    static size_t (*next)(void *ptr) = NULL;
    size_t size = 0;

    if (next == NULL) *(void **)&next = next_named("malloc_usable_size");
    size = next(plain(ptr));
    if (ptr == NULL || fault == NULL) return size;
    if (is_shifted(ptr)) return size - SHIFT;
    if (mutant_is("usable-boasts")) return size + 64;
    return mutant_is("usable-modest") && size > 200 ? size / 2 : size;
}

int malloc_trim(size_t pad)
{
    int (*next)(size_t pad) = NULL;

    if (mutant_is("trim-idle")) return 0;
    *(void **)&next = next_named("malloc_trim");
    return next(pad);
}

struct mallinfo2 mallinfo2(void)
{
    struct mallinfo2 (*next)(void) = NULL;

    if (mutant_is("mallinfo-empty")) return (struct mallinfo2){0};
    *(void **)&next = next_named("mallinfo2");
    return next();
}

void malloc_stats(void)
{
    void (*next)(void) = NULL;

    if (mutant_is("stats-silent")) return;
    *(void **)&next = next_named("malloc_stats");
    next();
}
