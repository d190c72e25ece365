/*
 * fork.c - duties when a program with threads divides.
 */
#define _GNU_SOURCE /* malloc.h beside the standard's names */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "malloc/duty.h"
#include "malloc/family.h"

enum {
    THREAD_COUNT = 3,
    SLOT_COUNT = 100,
    FORK_COUNT = 300,
    FEW_FORKS = 100,
    CHILD_STEP_COUNT = 2000,
    KEPT_COUNT = 200,
    KEPT_BYTES = 300,
    HANDLER_EXIT = 42
};

static _Atomic bool is_over;
static void *kept[KEPT_COUNT]; /* the parent's, alive over every fork */

static void replace(unsigned char **blocks, size_t *sizes, uint64_t *random)
{
    size_t i = duty_random(random, SLOT_COUNT);

    if (blocks[i] != NULL)
        HOLDS(duty_holds(blocks[i], sizes[i], (unsigned)i), "a block was overwritten");
    family_free(blocks[i]);
    sizes[i] = 1 + duty_random(random, (size_t)16 << duty_random(random, 14));
    blocks[i] = duty_block(sizes[i]);
    duty_mark(blocks[i], sizes[i], (unsigned)i);
}

static void *churn(void *argument)
{
    unsigned char *blocks[SLOT_COUNT] = {NULL};
    size_t sizes[SLOT_COUNT] = {0};
    uint64_t random = (uint64_t)pthread_self();

    while (!is_over)
        replace(blocks, sizes, &random);
    for (size_t i = 0; i < SLOT_COUNT; i++)
        family_free(blocks[i]);
    return argument;
}

/* In the child: what came over is whole and can be freed, and there is memory for more. */
static void live_on(void)
{
    unsigned char *blocks[SLOT_COUNT] = {NULL};
    size_t sizes[SLOT_COUNT] = {0};
    uint64_t random = (uint64_t)getpid();

    for (size_t i = 0; i < KEPT_COUNT; i++) {
        HOLDS(duty_holds(kept[i], KEPT_BYTES, (unsigned)i), "a block did not survive the fork");
        if (i % 2 == 0) family_free(kept[i]);
    }
    for (unsigned step = 0; step < CHILD_STEP_COUNT; step++)
        replace(blocks, sizes, &random);
}

static void *live_on_in_thread(void *argument)
{
    live_on();
    return argument;
}

/* A child may have threads of its own. */
static void live_on_with_threads(void)
{
    pthread_t thread;

    HOLDS(pthread_create(&thread, NULL, live_on_in_thread, NULL) == 0, "pthread_create");
    HOLDS(pthread_join(thread, NULL) == 0, "pthread_join");
    family_free(duty_block(100));
}

static void allocate_in_handler(void)
{
    void *small = duty_block(40);
    void *large = duty_block(70000);

    duty_mark(large, 70000, 1);
    family_free(small);
    family_free(large);
}

static void allocate_and_leave(void)
{
    allocate_in_handler();
    _exit(HANDLER_EXIT);
}

/* exit() runs the handlers: one more who allocates. */
static void leave_by_exit(void)
{
    HOLDS(atexit(allocate_and_leave) == 0, "atexit");
    exit(EXIT_SUCCESS);
}

static void fork_often(void (*work)(void), unsigned count, int expected)
{
    pthread_t threads[THREAD_COUNT];

    for (size_t i = 0; i < KEPT_COUNT; i++) {
        kept[i] = duty_block(KEPT_BYTES);
        duty_mark(kept[i], KEPT_BYTES, (unsigned)i);
    }
    for (size_t i = 0; i < THREAD_COUNT; i++)
        HOLDS(pthread_create(&threads[i], NULL, churn, NULL) == 0, "pthread_create");
    for (unsigned i = 0; i < count; i++) {
        int state = duty_in_child(work);

        HOLDS(state == expected, "fork %u: the child's status is %#x, not %#x", i, (unsigned)state,
              (unsigned)expected);
    }
    is_over = true;
    for (size_t i = 0; i < THREAD_COUNT; i++)
        HOLDS(pthread_join(threads[i], NULL) == 0, "pthread_join");
    for (size_t i = 0; i < KEPT_COUNT; i++) {
        HOLDS(duty_holds(kept[i], KEPT_BYTES, (unsigned)i), "a child wrote into its parent");
        family_free(kept[i]);
    }
}

static void check_fork_in_threads(void)
{
    fork_often(live_on, FORK_COUNT, 0);
}

static void check_threads_of_children(void)
{
    fork_often(live_on_with_threads, FEW_FORKS, 0);
}

static void check_fork_and_exit(void)
{
    fork_often(leave_by_exit, FEW_FORKS, HANDLER_EXIT << 8);
}

static void check_fork_handlers(void)
{
    HOLDS(pthread_atfork(allocate_in_handler, allocate_in_handler, allocate_in_handler) == 0,
          "pthread_atfork");
    fork_often(live_on, FEW_FORKS, 0);
}

const struct duty fork_duties[] = {
    {"fork-in-threads", check_fork_in_threads},
    {"threads-of-children", check_threads_of_children},
    {"fork-and-exit", check_fork_and_exit},
    {"fork-handlers", check_fork_handlers},
    {NULL, NULL},
};
