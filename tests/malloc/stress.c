/*
 * stress.c - threads that take, grow, hand over and free blocks at random; every byte is checked.
 *
 * usage: stress [THREADS [STEPS]]
 *
 * By the libc names, so it is linked with the allocator or runs under LD_PRELOAD. Each thread
 * takes its numbers from FREEHOLD_SEED (1); the order of the threads is the system's.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "malloc/family.h"

#define ON_SHELF UINT32_C(0x80000000)

enum {
    THREADS_MAX = 64,
    OWN_COUNT = 300,
    SHELF_COUNT = 1000,
    LIFE_STEPS = 5000, /* then the thread ends, its blocks on the shelf, and another begins */
    EXIT_FAILED = 1,
    EXIT_USAGE = 2
};

/* Who has it stands in the block: one that was given out twice is found. */
struct block {
    uint32_t size;
    uint32_t mark;
    uint32_t holder; /* the number of a life, or ON_SHELF and a place */
    unsigned char bytes[];
};

/* Where blocks wait for another thread. */
static _Atomic(struct block *) shelf[SHELF_COUNT];
static _Atomic unsigned long steps_left;
static _Atomic uint32_t life_count;

static _Noreturn void broken(const char *what, size_t size)
{
    (void)fprintf(stderr, "stress: %s (%zu bytes)\n", what, size);
    exit(EXIT_FAILED);
}

static size_t below(uint64_t *random, size_t limit)
{
    uint64_t number = *random += UINT64_C(0x9e3779b97f4a7c15);

    number = (number ^ (number >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    number = (number ^ (number >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (size_t)((number ^ (number >> 31)) % limit);
}

/* Mostly small, now and then some hundred kilobytes. */
static size_t any_size(uint64_t *random)
{
    size_t limit = (size_t)16 << below(random, below(random, 50) == 0 ? 15 : 9);

    return sizeof(struct block) + below(random, limit);
}

static void fill(struct block *block, size_t size, uint32_t mark)
{
    block->size = (uint32_t)size;
    block->mark = mark;
    memset(block->bytes, (int)(mark & 0xff), size - sizeof(*block));
}

static void check(const struct block *block, size_t size)
{
    for (size_t i = 0; i < size - sizeof(*block); i++)
        if (block->bytes[i] != (block->mark & 0xff)) broken("a block was overwritten", size);
}

static struct block *take(uint64_t *random)
{
    size_t size = any_size(random);
    size_t kind = below(random, 8);
    size_t alignment = (size_t)16 << below(random, 9);
    struct block *block = kind == 0   ? family_calloc(1, size)
                          : kind == 1 ? family_memalign(alignment, size)
                                      : family_malloc(size);

    if (block == NULL) broken("no memory", size);
    if (kind == 1 && (uintptr_t)block % alignment != 0) broken("not aligned", alignment);
    if (family_usable_size(block) < size) broken("too few usable bytes", size);
    if (kind == 0) check(block, size);
    fill(block, size, (uint32_t)below(random, UINT32_MAX));
    return block;
}

static void check_holder(const struct block *block, uint32_t holder)
{
    if (block->holder != holder) broken("a block has two holders", block->size);
}

static void give(struct block *block, uint32_t holder)
{
    if (block == NULL) return;
    check_holder(block, holder);
    check(block, block->size);
    family_free(block);
}

/* Puts the block, if any, on a place of the shelf, and takes what was there. */
static struct block *swap(struct block *block, size_t place, uint32_t holder)
{
    if (block != NULL) {
        check_holder(block, holder);
        block->holder = ON_SHELF | (uint32_t)place;
    }
    block = atomic_exchange(&shelf[place], block);
    if (block != NULL) {
        check_holder(block, ON_SHELF | (uint32_t)place);
        block->holder = holder;
    }
    return block;
}

static struct block *resize(struct block *block, uint64_t *random)
{
    size_t size = any_size(random);
    size_t kept = size < block->size ? size : block->size;

    block = family_realloc(block, size);
    if (block == NULL) broken("no memory to grow", size);
    check(block, kept);
    fill(block, size, block->mark + 1);
    return block;
}

static void live(uint64_t *random)
{
    struct block *own[OWN_COUNT] = {NULL};
    uint32_t holder = atomic_fetch_add(&life_count, 1);

    for (unsigned step = 0; step < LIFE_STEPS; step++) {
        size_t i = below(random, OWN_COUNT);
        size_t kind = below(random, 10);

        if (own[i] == NULL) {
            own[i] = take(random);
            own[i]->holder = holder;
        } else if (kind < 2) {
            check_holder(own[i], holder);
            own[i] = resize(own[i], random);
        } else if (kind < 6) {
            own[i] = swap(own[i], below(random, SHELF_COUNT), holder);
        } else {
            give(own[i], holder);
            own[i] = NULL;
        }
    }
    for (size_t i = 0; i < OWN_COUNT; i++)
        give(swap(own[i], below(random, SHELF_COUNT), holder), holder);
}

static void *live_once(void *argument)
{
    live(argument);
    return NULL;
}

/* One of the lives that go on side by side; each runs in a thread of its own. */
static void *live_again_and_again(void *argument)
{
    while (atomic_load(&steps_left) > 0) {
        pthread_t thread;
        unsigned long left = atomic_load(&steps_left);
        unsigned long next = left > LIFE_STEPS ? left - LIFE_STEPS : 0;

        if (!atomic_compare_exchange_strong(&steps_left, &left, next)) continue;
        if (pthread_create(&thread, NULL, live_once, argument) != 0 ||
            pthread_join(thread, NULL) != 0)
            broken("no thread", 0);
    }
    return NULL;
}

static unsigned long read_number(const char *word, unsigned long largest)
{
    char *end = NULL;
    unsigned long number = strtoul(word, &end, 10);

    if (*word < '0' || *word > '9' || *end != '\0' || number == 0 || number > largest) {
        (void)fprintf(stderr, "stress: %s: not a number from 1 to %lu\n", word, largest);
        exit(EXIT_USAGE);
    }
    return number;
}

int main(int argument_count, char **arguments)
{
    static pthread_t threads[THREADS_MAX];
    static uint64_t random[THREADS_MAX];
    const char *seed = getenv("FREEHOLD_SEED");
    size_t thread_count = argument_count > 1 ? read_number(arguments[1], THREADS_MAX) : 4;

    steps_left = argument_count > 2 ? read_number(arguments[2], 1000000000) : 600000;
    for (size_t i = 0; i < thread_count; i++) {
        random[i] = (seed == NULL ? 1 : strtoull(seed, NULL, 10)) * THREADS_MAX + i;
        if (pthread_create(&threads[i], NULL, live_again_and_again, &random[i]) != 0)
            broken("no thread", 0);
    }
    for (size_t i = 0; i < thread_count; i++)
        if (pthread_join(threads[i], NULL) != 0) broken("a thread is lost", 0);
    for (size_t i = 0; i < SHELF_COUNT; i++)
        give(shelf[i], ON_SHELF | (uint32_t)i);
    return EXIT_SUCCESS;
}
