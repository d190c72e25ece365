/*
 * pages_posix.c - the system's memory: mappings, advice, a coarse clock, entropy.
 *
 * An aligned mapping is cut out of a larger one; most of the time the system puts the next
 * one right below the last, where it is aligned by itself, so that is tried first.
 */
#define _GNU_SOURCE /* mremap, madvise, getrandom, CLOCK_..._COARSE, CLOCK_THREAD_... */
#include "os/pages.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/bits.h"

static void *map_anywhere(size_t bytes)
{
    void *mapped = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return mapped == MAP_FAILED ? NULL : mapped;
}

static void *map_aligned(size_t bytes, size_t alignment)
{
    uint8_t *mapped = map_anywhere(bytes);
    uint64_t mapped_bytes;
    size_t before;

    if (mapped == NULL || ((uintptr_t)mapped & (alignment - 1)) == 0) return mapped;
    (void)munmap(mapped, bytes);
    if (!add_fits(bytes, alignment, &mapped_bytes)) return NULL;
    mapped = map_anywhere(mapped_bytes);
    if (mapped == NULL) return NULL;
    before = (0 - (uintptr_t)mapped) & (alignment - 1);
    if (before > 0) (void)munmap(mapped, before);
    (void)munmap(mapped + before + bytes, alignment - before);
    return mapped + before;
}

static void *map(size_t bytes, size_t alignment)
{
    int error_number = errno;
    void *mapped = map_aligned(bytes, alignment);

    errno = error_number;
    return mapped;
}

static bool unmap(void *at, size_t bytes)
{
    int error_number = errno;
    bool is_done = munmap(at, bytes) == 0;

    errno = error_number;
    return is_done;
}

static bool extend(void *at, size_t bytes, size_t new_bytes)
{
    int error_number = errno;
    bool is_done = mremap(at, bytes, new_bytes, 0) != MAP_FAILED;

    errno = error_number;
    return is_done;
}

static bool move(void *at, size_t bytes, void *to, size_t new_bytes)
{
    int error_number = errno;
    bool is_done = mremap(at, bytes, new_bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to) != MAP_FAILED;

    errno = error_number;
    return is_done;
}

/* Pages of the system that are larger than the range stay as they are. */
static bool discard(void *at, size_t bytes)
{
    int error_number = errno;
    bool is_done = madvise(at, bytes, MADV_DONTNEED) == 0;

    errno = error_number;
    return is_done;
}

static bool forbid(void *at, size_t bytes)
{
    int error_number = errno;
    bool is_done = mprotect(at, bytes, PROT_NONE) == 0;

    errno = error_number;
    return is_done;
}

static bool allow(void *at, size_t bytes)
{
    int error_number = errno;
    bool is_done = mprotect(at, bytes, PROT_READ | PROT_WRITE) == 0;

    errno = error_number;
    return is_done;
}

static void enlarge(void *at, size_t bytes)
{
    int error_number = errno;

    (void)madvise(at, bytes, MADV_HUGEPAGE);
    errno = error_number;
}

static void divide(void *at, size_t bytes)
{
    int error_number = errno;

    (void)madvise(at, bytes, MADV_NOHUGEPAGE);
    errno = error_number;
}

static uint64_t now_ms(void)
{
    struct timespec now = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now); /* Linux: cannot fail */
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint64_t spent_ns(void)
{
    struct timespec spent = {0, 0};

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent); /* Linux: cannot fail */
    return (uint64_t)spent.tv_sec * 1000000000 + (uint64_t)spent.tv_nsec;
}

static void entropy(void *buffer, size_t bytes)
{
    int error_number = errno;

    if (getrandom(buffer, bytes, GRND_NONBLOCK) != (ssize_t)bytes) {
        uint64_t seed = (uint64_t)(uintptr_t)&seed ^ (now_ms() << 32) ^ (uint64_t)getpid();
        uint8_t *to = buffer;

        for (size_t i = 0; i < bytes; i++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            to[i] = (uint8_t)(seed >> 56);
        }
    }
    errno = error_number;
}

const struct pages *pages_posix(void)
{
    static const struct pages posix = {
        .name = "posix",
        .map = map,
        .unmap = unmap,
        .extend = extend,
        .move = move,
        .discard = discard,
        .forbid = forbid,
        .allow = allow,
        .enlarge = enlarge,
        .divide = divide,
        .now_ms = now_ms,
        .spent_ns = spent_ns,
        .entropy = entropy,
    };

    return &posix;
}
