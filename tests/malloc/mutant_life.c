/*
 * mutant_life.c - faults towards threads, forks, libraries and the way out.
 */
#define _GNU_SOURCE /* RTLD_NEXT, dladdr */
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "malloc/mutant.h"

enum {
    RACE_EVERY = 64,
    RACE_US = 20,
    OWN_COUNT = 1000,
    CACHE_COUNT = 4096,
    CACHED_BYTES = 1000,
    KEPT_BYTES = 32768,
    DEEP_BYTES = 65536
};

/* What a thread has taken, and whether it has said goodbye. */
static _Thread_local void *own[OWN_COUNT];
static _Thread_local size_t own_count;
static _Thread_local bool has_begun;
static _Thread_local bool has_ended;

static bool is_leaving; /* exit() was called */
static pthread_key_t key;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *cache[CACHE_COUNT]; /* without a lock, on purpose */
static size_t cache_count;
static unsigned race_count;

static void lock_all(void)
{
    (void)pthread_mutex_lock(&lock);
}

static void unlock_all(void)
{
    (void)pthread_mutex_unlock(&lock);
}

static void end_thread(void *argument)
{
    (void)argument;
    has_ended = true;
    if (!mutant_is("blocks-die-with-thread")) return;
    for (size_t i = 0; i < own_count; i++)
        memset(own[i], 0xdd, malloc_usable_size(own[i]));
}

__attribute__((constructor)) static void begin(void)
{
    if (pthread_key_create(&key, end_thread) != 0) abort();
}

__attribute__((destructor)) static void end(void)
{
    if (mutant_is("talkative") && write(STDERR_FILENO, "bye\n", 4) != 4) abort();
}

bool mutant_calls_from(const char *word, const void *caller)
{
    Dl_info info;

    return dladdr(caller, &info) != 0 && info.dli_fname != NULL &&
           strstr(info.dli_fname, word) != NULL;
}

/* From here on the program's handlers of atexit run. */
_Noreturn void exit(int status)
{
    void (*next)(int status) = NULL;

    is_leaving = true;
    *(void **)&next = dlsym(RTLD_NEXT, "exit");
    next(status);
    abort(); /* nobody comes back from there */
}

/* Registers its own handlers behind everybody's, so that they run before. */
int pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
    int result = __register_atfork(prepare, parent, child, NULL);

    if (result != 0 || !mutant_is("fork-locks-early")) return result;
    return __register_atfork(lock_all, unlock_all, unlock_all, NULL);
}

char *strdup(const char *s)
{
    size_t size = strlen(s) + 1;
    char *copy = malloc(size + 16);

    if (copy == NULL) return NULL;
    if (mutant_is("strdup-inner")) copy += 16;
    return memcpy(copy, s, size);
}

bool mutant_life_refuses(const void *caller)
{
    return (is_leaving && mutant_is("null-at-exit")) ||
           (has_ended && mutant_is("null-after-goodbye")) ||
           (mutant_is("null-in-library") && mutant_calls_from("contract_plugin", caller));
}

/* Deeper than the smallest stack. */
__attribute__((noinline)) static void go_deep(void)
{
    volatile char deep[DEEP_BYTES];

    for (size_t at = 0; at < sizeof(deep); at += 256)
        deep[at] = 1;
}

static void begin_thread(void)
{
    if (has_begun) return;
    has_begun = true;
    if (pthread_setspecific(key, &has_begun) != 0) abort();
    if (mutant_is("threads-keep")) {
        void *kept = __libc_malloc(KEPT_BYTES);

        if (kept != NULL) memset(kept, 1, KEPT_BYTES);
    }
}

void *mutant_life_take(size_t size)
{
    bool is_locked = mutant_is("fork-locked") || mutant_is("fork-locks-early");
    void *block = NULL;

    begin_thread();
    if (mutant_is("stack-hungry")) go_deep();
    if (mutant_is("racy") && size <= CACHED_BYTES && cache_count > 0) {
        block = cache[cache_count - 1];
        if (++race_count % RACE_EVERY == 0) (void)usleep(RACE_US); /* others take the same */
        cache_count -= cache_count > 0;
        return block;
    }
    if (is_locked) lock_all();
    block = __libc_malloc(mutant_is("racy") && size < CACHED_BYTES ? CACHED_BYTES : size);
    if (is_locked) unlock_all();
    if (own_count < OWN_COUNT) own[own_count++] = block;
    return block;
}

void mutant_life_give(void *block, const void *caller)
{
    if (block == NULL) return;
    if (mutant_is("remote-free-forgets") && gettid() != getpid()) return;
    if (mutant_is("library-free-refused") && mutant_calls_from("libc.so", caller)) abort();
    if (mutant_is("racy") && cache_count < CACHE_COUNT) {
        size_t size = malloc_usable_size(block);

        if (size >= CACHED_BYTES && size < CACHED_BYTES + 32) {
            cache[cache_count++] = block;
            return;
        }
    }
    __libc_free(block);
}
