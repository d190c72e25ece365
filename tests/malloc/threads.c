/*
 * threads.c - duties towards threads: blocks outlive them, change hands, and come back.
 */
#define _GNU_SOURCE /* malloc.h beside the standard's names */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "malloc/duty.h"
#include "malloc/family.h"

enum {
    THREAD_COUNT = 4,
    SLOT_COUNT = 500,
    STEP_COUNT = 60000,
    LEFT_COUNT = 300,
    GENERATION_COUNT = 200,
    STORM_COUNT = 2000,
    QUEUE_COUNT = 1024,
    PASSED_COUNT = 300000,
    PASSED_BYTES = 1000,
    KEY_COUNT = 3,
    DESTRUCTOR_ROUNDS = 3
};

#define MIB ((size_t)1 << 20)

static pthread_t started(void *(*work)(void *), void *argument)
{
    pthread_t thread;
    int result = pthread_create(&thread, NULL, work, argument);

    HOLDS(result == 0, "pthread_create: %s", strerror(result));
    return thread;
}

static void *joined(pthread_t thread)
{
    void *answer = NULL;

    HOLDS(pthread_join(thread, &answer) == 0, "pthread_join");
    return answer;
}

/*
 * Blocks that all threads exchange through one table: most are freed by another thread. Each says
 * on which place of the shelf it stands, so that one that was given out twice is found.
 */
struct shelf {
    _Atomic(unsigned char *) blocks[SLOT_COUNT];
};

struct label {
    size_t size;
    size_t place;
};

static void check_and_free(unsigned char *block, size_t place)
{
    struct label label;

    if (block == NULL) return;
    memcpy(&label, block, sizeof(label));
    HOLDS(label.place == place, "a block stands in two places: %zu and %zu", place, label.place);
    HOLDS(label.size < MIB &&
              duty_holds(block + sizeof(label), label.size - sizeof(label), (unsigned)place),
          "a block was overwritten while it changed hands");
    family_free(block);
}

static void *exchange(void *argument)
{
    struct shelf *shelf = argument;
    uint64_t random = (uint64_t)pthread_self();

    for (unsigned step = 0; step < STEP_COUNT; step++) {
        size_t place = duty_random(&random, SLOT_COUNT);
        size_t limit = (size_t)16 << duty_random(&random, 11);
        struct label label = {.size = sizeof(label) + 1 + duty_random(&random, limit),
                              .place = place};
        unsigned char *block = duty_block(label.size);

        memcpy(block, &label, sizeof(label));
        duty_mark(block + sizeof(label), label.size - sizeof(label), (unsigned)place);
        check_and_free(atomic_exchange(&shelf->blocks[place], block), place);
    }
    return NULL;
}

static void check_exchange(void)
{
    static struct shelf shelf;
    pthread_t threads[THREAD_COUNT];

    for (size_t i = 0; i < THREAD_COUNT; i++)
        threads[i] = started(exchange, &shelf);
    for (size_t i = 0; i < THREAD_COUNT; i++)
        (void)joined(threads[i]);
    for (size_t i = 0; i < SLOT_COUNT; i++)
        check_and_free(shelf.blocks[i], i);
}

static void *leave_blocks(void *argument)
{
    void **blocks = argument;

    for (size_t i = 0; i < LEFT_COUNT; i++) {
        size_t size = 1 + i * 37 % 5000;

        blocks[i] = duty_block(size);
        duty_mark(blocks[i], size, (unsigned)i);
    }
    return NULL;
}

/* What a thread leaves behind is whole, can grow, and is memory again when it is freed. */
static void check_blocks_outlive_threads(void)
{
    void *blocks[LEFT_COUNT];
    size_t before = duty_resident_bytes();
    size_t after = 0;

    for (unsigned generation = 0; generation < GENERATION_COUNT; generation++) {
        (void)joined(started(leave_blocks, blocks));
        for (size_t i = 0; i < LEFT_COUNT; i++) {
            size_t size = 1 + i * 37 % 5000;

            HOLDS(duty_holds(blocks[i], size, (unsigned)i), "a block of %zu died with its thread",
                  size);
            if (i % 5 == 0) blocks[i] = family_realloc(blocks[i], size * 2);
            HOLDS(blocks[i] != NULL && duty_holds(blocks[i], size, (unsigned)i),
                  "realloc loses a block of a thread that is gone");
            family_free(blocks[i]);
        }
    }
    after = duty_resident_bytes();
    HOLDS(after < before + 32 * MIB, "%u threads that are gone keep %zu MiB", GENERATION_COUNT,
          (after - before) / MIB);
}

static void *allocate_once(void *argument)
{
    void *block = duty_block(64);
    void *large = duty_block(20000);

    duty_mark(block, 64, 1);
    duty_mark(large, 20000, 1);
    family_free(large);
    family_free(block);
    return argument;
}

/* Threads come and go without a trace. */
static void check_thread_storm(void)
{
    size_t before = duty_resident_bytes();
    size_t after = 0;

    for (unsigned i = 0; i < STORM_COUNT; i += THREAD_COUNT) {
        pthread_t threads[THREAD_COUNT];

        for (size_t k = 0; k < THREAD_COUNT; k++)
            threads[k] = started(allocate_once, NULL);
        for (size_t k = 0; k < THREAD_COUNT; k++)
            (void)joined(threads[k]);
    }
    after = duty_resident_bytes();
    HOLDS(after < before + 32 * MIB, "%u threads leave %zu MiB", STORM_COUNT,
          (after - before) / MIB);
}

static void check_smallest_stack(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int result = 0;

    HOLDS(pthread_attr_init(&attributes) == 0, "pthread_attr_init");
    HOLDS(pthread_attr_setstacksize(&attributes, (size_t)sysconf(_SC_THREAD_STACK_MIN)) == 0,
          "pthread_attr_setstacksize");
    result = pthread_create(&thread, &attributes, allocate_once, NULL);
    HOLDS(result == 0, "a thread with the smallest stack: %s", strerror(result));
    (void)joined(thread);
    HOLDS(pthread_attr_destroy(&attributes) == 0, "pthread_attr_destroy");
}

struct queue {
    _Atomic(void *) blocks[QUEUE_COUNT];
};

static void *free_what_comes(void *argument)
{
    struct queue *queue = argument;

    for (size_t i = 0; i < PASSED_COUNT; i++) {
        void *block = NULL;

        while ((block = atomic_exchange(&queue->blocks[i % QUEUE_COUNT], NULL)) == NULL)
            (void)usleep(10);
        HOLDS(duty_holds(block, PASSED_BYTES, (unsigned)i), "a block was overwritten on its way");
        family_free(block);
    }
    return NULL;
}

/* 300 MB made by one thread and freed by another do not pile up. */
static void check_remote_frees_return(void)
{
    static struct queue queue;
    size_t before = duty_resident_bytes();
    size_t after = 0;
    pthread_t consumer = started(free_what_comes, &queue);

    for (size_t i = 0; i < PASSED_COUNT; i++) {
        void *block = duty_block(PASSED_BYTES);
        void *expected = NULL;

        duty_mark(block, PASSED_BYTES, (unsigned)i);
        while (!atomic_compare_exchange_weak(&queue.blocks[i % QUEUE_COUNT], &expected, block)) {
            if (expected != NULL) (void)usleep(10);
            expected = NULL;
        }
    }
    after = duty_resident_bytes();
    (void)joined(consumer);
    HOLDS(after < before + 64 * MIB, "blocks freed elsewhere do not come back: %zu MiB",
          (after - before) / MIB);
}

static pthread_key_t keys[KEY_COUNT];
static _Atomic unsigned destructor_count;

struct parting {
    size_t key_no;
    unsigned round_count;
};

/* Runs again as long as it sets its key again: allocators are asked after they said goodbye. */
static void part(void *argument)
{
    struct parting *old = argument;
    struct parting *next = duty_block(sizeof(*next));
    void *large = duty_block(100000);

    duty_mark(large, 100000, 3);
    *next = *old;
    next->round_count++;
    family_free(old);
    family_free(large);
    destructor_count++;
    if (next->round_count < DESTRUCTOR_ROUNDS)
        HOLDS(pthread_setspecific(keys[next->key_no], next) == 0, "pthread_setspecific");
    else
        family_free(next);
}

static void *set_keys(void *argument)
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        struct parting *parting = duty_block(sizeof(*parting));

        *parting = (struct parting){.key_no = i};
        HOLDS(pthread_setspecific(keys[i], parting) == 0, "pthread_setspecific");
    }
    return argument;
}

static void check_key_destructors(void)
{
    for (size_t i = 0; i < KEY_COUNT; i++)
        HOLDS(pthread_key_create(&keys[i], part) == 0, "pthread_key_create");
    for (unsigned i = 0; i < GENERATION_COUNT; i++)
        (void)joined(started(set_keys, NULL));
    HOLDS(destructor_count == GENERATION_COUNT * KEY_COUNT * DESTRUCTOR_ROUNDS,
          "%u destructors ran", destructor_count);
}

const struct duty threads_duties[] = {
    {"exchange", check_exchange},
    {"blocks-outlive-threads", check_blocks_outlive_threads},
    {"thread-storm", check_thread_storm},
    {"smallest-stack", check_smallest_stack},
    {"remote-frees-return", check_remote_frees_return},
    {"key-destructors", check_key_destructors},
    {NULL, NULL},
};
