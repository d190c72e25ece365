/*
 * refusals.c - duties towards who asks for what cannot be: NULL, the right errno, nothing lost.
 */
#define _GNU_SOURCE /* malloc.h beside the standard's names */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "malloc/duty.h"
#include "malloc/family.h"

enum { HOARD_MAX = 4096, SMALL_COUNT = 10000, SMALL_BYTES = 100 };

#define MIB ((size_t)1 << 20)

#define LARGEST ((size_t)PTRDIFF_MAX)

static void check_no_memory(const void *block, const char *call)
{
    HOLDS(block == NULL, "%s returns %p", call, block);
    HOLDS(errno == ENOMEM, "%s leaves errno at %d", call, errno);
    errno = 0;
}

/* Above PTRDIFF_MAX no object can be; just below it there is no room. */
static void check_too_large(void)
{
    static const size_t sizes[] = {LARGEST - 5000,  LARGEST - 1,     LARGEST,       LARGEST + 1,
                                   SIZE_MAX - 8200, SIZE_MAX - 4096, SIZE_MAX - 15, SIZE_MAX};

    errno = 0;
    for (size_t which = 0; which < sizeof(sizes) / sizeof(*sizes); which++) {
        size_t size = sizes[which];
        void *block = &block;

        check_no_memory(family_malloc(size), "malloc of almost all");
        check_no_memory(family_calloc(1, size), "calloc of almost all");
        check_no_memory(family_realloc(NULL, size), "realloc to almost all");
        check_no_memory(family_memalign(64, size), "memalign of almost all");
        check_no_memory(family_memalign(MIB, size), "memalign of almost all, 1 MiB aligned");
        check_no_memory(family_aligned_alloc(64, size), "aligned_alloc of almost all");
        check_no_memory(family_valloc(size), "valloc of almost all");
        check_no_memory(family_pvalloc(size), "pvalloc of almost all");
        HOLDS(family_posix_memalign(&block, 64, size) == ENOMEM,
              "posix_memalign(64, %zu) does not return ENOMEM", size);
        HOLDS(block == (void *)&block, "a refused posix_memalign writes the pointer");
        errno = 0;
    }
}

/* A product that does not fit into a size_t is no size. */
static void check_product_overflow(void)
{
    static const size_t counts[][2] = {{SIZE_MAX, SIZE_MAX},
                                       {SIZE_MAX / 2 + 1, 2},
                                       {2, SIZE_MAX / 2 + 1},
                                       {(size_t)1 << 32, (size_t)1 << 32},
                                       {SIZE_MAX / 8 + 2, 8},
                                       {SIZE_MAX / 24 + 1, 24},
                                       {(size_t)1 << 33, (size_t)1 << 31},
                                       {3, SIZE_MAX / 3 + 1}};

    errno = 0;
    for (size_t which = 0; which < sizeof(counts) / sizeof(*counts); which++) {
        check_no_memory(family_calloc(counts[which][0], counts[which][1]), "calloc of an overflow");
        check_no_memory(family_reallocarray(NULL, counts[which][0], counts[which][1]),
                        "reallocarray of an overflow");
    }
}

/* An alignment that leaves no room for the block beside it. */
static void check_too_aligned(void)
{
    void *block = NULL;

    errno = 0;
    check_no_memory(family_memalign((size_t)1 << 62, SIZE_MAX / 2), "memalign of all at 2^62");
    check_no_memory(family_aligned_alloc((size_t)1 << 62, 100), "aligned_alloc at 2^62");
    HOLDS(family_posix_memalign(&block, (size_t)1 << 62, 100) == ENOMEM,
          "posix_memalign at 2^62 does not return ENOMEM");
}

/* free leaves errno alone, also when the block goes back to the system. */
static void check_free_keeps_errno(void)
{
    for (size_t size = 1; size <= 256 * MIB; size *= 4) {
        void *block = duty_block(size);

        duty_mark(block, size < MIB ? size : MIB, 1);
        errno = 4711;
        family_free(block);
        HOLDS(errno == 4711, "free of %zu sets errno to %d", size, errno);
    }
    errno = 4711;
    family_free(NULL);
    HOLDS(errno == 4711, "free(NULL) sets errno to %d", errno);
}

static size_t address_space_bytes(void)
{
    char text[128] = "";
    size_t pages = 0;
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

    HOLDS(file >= 0 && read(file, text, sizeof(text) - 1) > 0, "/proc/self/statm cannot be read");
    (void)close(file);
    for (const char *digit = text; *digit >= '0' && *digit <= '9'; digit++)
        pages = pages * 10 + (size_t)(*digit - '0');
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* Takes blocks of `size` until there is none; returns how many. */
static size_t hoard(void **blocks, size_t size)
{
    size_t count = 0;

    errno = 0;
    while (count < HOARD_MAX && (blocks[count] = family_malloc(size)) != NULL)
        count++;
    HOLDS(count < HOARD_MAX, "the limit of the address space is not met");
    HOLDS(errno == ENOMEM, "malloc without memory leaves errno at %d", errno);
    return count;
}

/* When the address space ends, malloc says so; what is freed then can be taken again. */
static void check_exhaustion(void)
{
    static void *blocks[HOARD_MAX];
    static void *small[SMALL_COUNT];
    struct rlimit limit = {0};
    static const size_t sizes[] = {MIB, 200000, 3 * MIB};

    HOLDS(getrlimit(RLIMIT_AS, &limit) == 0, "getrlimit");
    limit.rlim_cur = address_space_bytes() + 256 * MIB;
    HOLDS(setrlimit(RLIMIT_AS, &limit) == 0, "setrlimit");
    for (size_t which = 0; which < sizeof(sizes) / sizeof(*sizes); which++) {
        size_t count = hoard(blocks, sizes[which]);
        size_t again;

        HOLDS(count * sizes[which] > duty_room_mib * MIB, "%zu blocks of %zu fill 256 MiB", count,
              sizes[which]);
        HOLDS(family_calloc(64, MIB) == NULL, "calloc finds 64 MiB where malloc found nothing");
        for (size_t i = 0; i < count; i++)
            family_free(blocks[i]);
        again = hoard(blocks, sizes[which]);
        HOLDS(again >= count, "of %zu blocks of %zu, freed, %zu can be taken again", count,
              sizes[which], again);
        for (size_t i = 0; i < again; i++)
            family_free(blocks[i]);
        for (size_t i = 0; i < SMALL_COUNT; i++) {
            small[i] = family_malloc(SMALL_BYTES);
            HOLDS(small[i] != NULL, "after memory ran out and was freed, malloc(%d) fails",
                  SMALL_BYTES);
            duty_mark(small[i], SMALL_BYTES, 5);
        }
        for (size_t i = 0; i < SMALL_COUNT; i++)
            family_free(small[i]);
    }
}

const struct duty refusal_duties[] = {
    {"too-large", check_too_large},     {"product-overflow", check_product_overflow},
    {"too-aligned", check_too_aligned}, {"free-keeps-errno", check_free_keeps_errno},
    {"exhaustion", check_exhaustion},   {NULL, NULL},
};
