/*
 * operators.c - duties of C++'s operators, called by the names that a linker knows them by.
 *
 * Without a preloaded allocator that has them they are libstdc++'s, over malloc.
 */
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "malloc/duty.h"
#include "malloc/family.h"

enum { BLOCK_COUNT = 200 };

typedef void *take_fn(size_t size);
typedef void *take_nothrow_fn(size_t size, const void *nothrow);
typedef void *take_aligned_fn(size_t size, size_t alignment);
typedef void *take_aligned_nothrow_fn(size_t size, size_t alignment, const void *nothrow);
typedef void give_fn(void *block);
typedef void give_sized_fn(void *block, size_t size);
typedef void give_nothrow_fn(void *block, const void *nothrow);
typedef void give_aligned_fn(void *block, size_t alignment);
typedef void give_sized_aligned_fn(void *block, size_t size, size_t alignment);
typedef void give_aligned_nothrow_fn(void *block, size_t alignment, const void *nothrow);

/* A function by its linker's name; the first library that has it, so a preloaded one. */
static void *operator_named(const char *name)
{
    void *found = NULL;

    if (dlopen("libstdc++.so.6", RTLD_NOW | RTLD_GLOBAL) == NULL)
        HOLDS(dlsym(RTLD_DEFAULT, "_Znwm") != NULL, "no libstdc++.so.6: %s", dlerror());
    found = dlsym(RTLD_DEFAULT, name);
    HOLDS(found != NULL, "no %s", name);
    return found;
}

static void check_taken(void *block, size_t size, size_t alignment, const char *name)
{
    HOLDS(block != NULL, "%s of %zu returns NULL", name, size);
    HOLDS((uintptr_t)block % alignment == 0, "%s of %zu returns %p", name, size, block);
    HOLDS(family_usable_size(block) >= size, "%s of %zu has %zu usable bytes", name, size,
          family_usable_size(block));
    duty_mark(block, size, (unsigned)size);
}

static void check_plain(const char *take_name, const char *give_name)
{
    take_fn *take = NULL;
    give_fn *give = NULL;
    void *blocks[BLOCK_COUNT];

    *(void **)&take = operator_named(take_name);
    *(void **)&give = operator_named(give_name);
    for (size_t i = 0; i < BLOCK_COUNT; i++) {
        blocks[i] = take(i * i);
        check_taken(blocks[i], i * i, i * i >= 16 ? 16 : 8, take_name);
    }
    for (size_t i = 0; i < BLOCK_COUNT; i++) {
        HOLDS(duty_holds(blocks[i], i * i, (unsigned)(i * i)), "%s: overwritten", take_name);
        give(blocks[i]);
    }
    give(NULL);
}

static void check_operators(void)
{
    check_plain("_Znwm", "_ZdlPv");
    check_plain("_Znam", "_ZdaPv");
}

/* Sized deletes take the size that was asked for. */
static void check_sized(void)
{
    static const char *const names[][3] = {{"_Znwm", "_ZdlPvm", "_ZdlPvmSt11align_val_t"},
                                           {"_Znam", "_ZdaPvm", "_ZdaPvmSt11align_val_t"}};

    for (size_t which = 0; which < 2; which++)
        for (size_t size = 0; size < 3000000; size += size / 3 + 1) {
            take_fn *take = NULL;
            give_sized_fn *give = NULL;
            void *block = NULL;

            *(void **)&take = operator_named(names[which][0]);
            *(void **)&give = operator_named(names[which][1]);
            block = take(size);
            check_taken(block, size, size >= 16 ? 16 : 8, names[which][0]);
            give(block, size);
        }
}

static void check_aligned_operators(void)
{
    static const char *const takes[] = {"_ZnwmSt11align_val_t", "_ZnamSt11align_val_t"};
    static const char *const gives[] = {"_ZdlPvSt11align_val_t", "_ZdaPvSt11align_val_t"};
    static const char *const sized[] = {"_ZdlPvmSt11align_val_t", "_ZdaPvmSt11align_val_t"};

    for (size_t which = 0; which < 2; which++)
        for (size_t alignment = 16; alignment <= 65536; alignment *= 2)
            for (size_t size = 1; size < 100000; size = size * 3 + 1) {
                take_aligned_fn *take = NULL;
                give_aligned_fn *give = NULL;
                give_sized_aligned_fn *give_sized = NULL;
                void *block = NULL;

                *(void **)&take = operator_named(takes[which]);
                *(void **)&give = operator_named(gives[which]);
                *(void **)&give_sized = operator_named(sized[which]);
                block = take(size, alignment);
                check_taken(block, size, alignment, takes[which]);
                give(block, alignment);
                block = take(size, alignment);
                check_taken(block, size, alignment, takes[which]);
                give_sized(block, size, alignment);
            }
}

/* The forms that promise not to throw return NULL. */
static void check_nothrow(void)
{
    static const char *const takes[] = {"_ZnwmRKSt9nothrow_t", "_ZnamRKSt9nothrow_t"};
    static const char *const gives[] = {"_ZdlPvRKSt9nothrow_t", "_ZdaPvRKSt9nothrow_t"};
    static const char *const aligned[] = {"_ZnwmSt11align_val_tRKSt9nothrow_t",
                                          "_ZnamSt11align_val_tRKSt9nothrow_t"};
    static const char *const aligned_gives[] = {"_ZdlPvSt11align_val_tRKSt9nothrow_t",
                                                "_ZdaPvSt11align_val_tRKSt9nothrow_t"};
    const void *nothrow = operator_named("_ZSt7nothrow");

    for (size_t which = 0; which < 2; which++) {
        take_nothrow_fn *take = NULL;
        give_nothrow_fn *give = NULL;
        take_aligned_nothrow_fn *take_aligned = NULL;
        give_aligned_nothrow_fn *give_aligned = NULL;
        void *block = NULL;

        *(void **)&take = operator_named(takes[which]);
        *(void **)&give = operator_named(gives[which]);
        *(void **)&take_aligned = operator_named(aligned[which]);
        *(void **)&give_aligned = operator_named(aligned_gives[which]);
        block = take(100, nothrow);
        check_taken(block, 100, 16, takes[which]);
        give(block, nothrow);
        block = take_aligned(100, 256, nothrow);
        check_taken(block, 100, 256, aligned[which]);
        give_aligned(block, 256, nothrow);
        HOLDS(take((size_t)PTRDIFF_MAX + 1, nothrow) == NULL, "%s finds 2^63 bytes", takes[which]);
        HOLDS(take_aligned(SIZE_MAX - 4096, 64, nothrow) == NULL, "%s finds 2^64 bytes",
              aligned[which]);
    }
}

static void take_too_much(void)
{
    take_fn *take = NULL;

    *(void **)&take = operator_named("_Znwm");
    (void)take((size_t)PTRDIFF_MAX + 1);
}

/* operator new never returns without a block: bad_alloc, which nobody here catches. */
static void check_new_throws(void)
{
    int state = 0;

    HOLDS(freopen("/dev/null", "w", stderr) != NULL, "/dev/null cannot be opened");
    state = duty_in_child(take_too_much);
    HOLDS(WIFSIGNALED(state) && WTERMSIG(state) == SIGABRT,
          "operator new without memory: status %#x", (unsigned)state);
}

const struct duty operators_duties[] = {
    {"operators", check_operators},
    {"sized-operators", check_sized},
    {"aligned-operators", check_aligned_operators},
    {"nothrow-operators", check_nothrow},
    {"new-throws", check_new_throws},
    {NULL, NULL},
};
