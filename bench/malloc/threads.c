/*
 * threads.c - rows of several threads, and of forks.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "malloc/work.h"
#include "stop.h"

enum {
    PAIR_OF = 2,
    RING_COUNT = 256,
    BATCH_COUNT = 100,
    SHELF_COUNT = 4096,
    LARSON_SLOTS = 1000,
    LARSON_LIFE = 100000,
    SHORT_COUNT = 200,
    BLOWUP_COUNT = 100000,
    WARM_COUNT = 400000,
    CHILD_COUNT = 1000
};

static pthread_t started(void *(*run)(void *), void *argument)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, run, argument) != 0) stop("no thread");
    return thread;
}

static void joined(pthread_t thread)
{
    if (pthread_join(thread, NULL) != 0) stop("a thread is lost");
}

/* Batches of blocks on their way from one thread to the other. */
struct batch {
    _Atomic bool is_full;
    void *blocks[BATCH_COUNT];
};

struct pipe_line {
    uint64_t batch_count;
    struct batch ring[RING_COUNT];
};

static void wait_until(_Atomic bool *flag, bool wanted)
{
    while (atomic_load_explicit(flag, memory_order_acquire) != wanted)
        (void)sched_yield();
}

static void *consume(void *argument)
{
    struct pipe_line *line = argument;

    for (uint64_t no = 0; no < line->batch_count; no++) {
        struct batch *batch = &line->ring[no % RING_COUNT];

        wait_until(&batch->is_full, true);
        for (size_t i = 0; i < BATCH_COUNT; i++)
            free(batch->blocks[i]);
        atomic_store_explicit(&batch->is_full, false, memory_order_release);
    }
    return NULL;
}

/* One thread takes, the other frees. */
static void run_prodcons(uint64_t effort, struct told *told)
{
    struct pipe_line *line = work_room(sizeof(*line));
    struct dice dice = {.state = 1};
    pthread_t consumer;

    (void)told;
    line->batch_count = effort;
    consumer = started(consume, line);
    for (uint64_t no = 0; no < effort; no++) {
        struct batch *batch = &line->ring[no % RING_COUNT];

        wait_until(&batch->is_full, false);
        for (size_t i = 0; i < BATCH_COUNT; i++) {
            size_t size = work_size(&dice, 16, 256);

            batch->blocks[i] = work_touched(malloc(size), size);
        }
        atomic_store_explicit(&batch->is_full, true, memory_order_release);
    }
    joined(consumer);
}

struct shelf {
    uint64_t effort;
    _Atomic uint64_t seed;
    _Atomic(void *) blocks[SHELF_COUNT];
};

static void *exchange(void *argument)
{
    struct shelf *shelf = argument;
    struct dice dice = {.state = atomic_fetch_add(&shelf->seed, 1)};

    for (uint64_t i = 0; i < shelf->effort; i++) {
        size_t size = work_size(&dice, 16, 512);
        void *block = work_touched(malloc(size), size);

        free(atomic_exchange(&shelf->blocks[dice_below(&dice, SHELF_COUNT)], block));
    }
    return NULL;
}

/* Two threads put their blocks on one shelf and free what was there: half is the other's. */
static void run_exchange(uint64_t effort, struct told *told)
{
    struct shelf *shelf = work_room(sizeof(*shelf));
    pthread_t threads[PAIR_OF];

    (void)told;
    shelf->effort = effort;
    for (size_t i = 0; i < PAIR_OF; i++)
        threads[i] = started(exchange, shelf);
    for (size_t i = 0; i < PAIR_OF; i++)
        joined(threads[i]);
    for (size_t i = 0; i < SHELF_COUNT; i++)
        free(shelf->blocks[i]);
}

struct server {
    uint64_t lives;
    struct dice dice;
    void *slots[LARSON_SLOTS];
};

static void *serve_once(void *argument)
{
    struct server *server = argument;

    for (size_t i = 0; i < LARSON_LIFE; i++) {
        size_t slot = dice_below(&server->dice, LARSON_SLOTS);
        size_t size = work_size(&server->dice, 16, 1024);

        free(server->slots[slot]);
        server->slots[slot] = work_touched(malloc(size), size);
    }
    return NULL;
}

static void *serve(void *argument)
{
    struct server *server = argument;

    for (uint64_t life = 0; life < server->lives; life++)
        joined(started(serve_once, server));
    return NULL;
}

/* Each of two servers is a line of threads: one dies and leaves its blocks to the next. */
static void run_larson(uint64_t effort, struct told *told)
{
    struct server *servers = work_room(PAIR_OF * sizeof(*servers));
    pthread_t threads[PAIR_OF];

    (void)told;
    for (size_t i = 0; i < PAIR_OF; i++) {
        servers[i].lives = effort;
        servers[i].dice.state = i;
        threads[i] = started(serve, &servers[i]);
    }
    for (size_t i = 0; i < PAIR_OF; i++)
        joined(threads[i]);
    for (size_t i = 0; i < PAIR_OF; i++)
        for (size_t slot = 0; slot < LARSON_SLOTS; slot++)
            free(servers[i].slots[slot]);
}

static void *live_shortly(void *argument)
{
    void *blocks[SHORT_COUNT];
    struct dice dice = {.state = 5};

    for (size_t i = 0; i < SHORT_COUNT; i++) {
        size_t size = work_size(&dice, 16, 512);

        blocks[i] = work_touched(malloc(size), size);
    }
    for (size_t i = 0; i < SHORT_COUNT; i++)
        free(blocks[i]);
    return argument;
}

static void run_threads(uint64_t effort, struct told *told)
{
    (void)told;
    for (uint64_t i = 0; i < effort; i += PAIR_OF) {
        pthread_t threads[PAIR_OF];

        for (size_t k = 0; k < PAIR_OF; k++)
            threads[k] = started(live_shortly, NULL);
        for (size_t k = 0; k < PAIR_OF; k++)
            joined(threads[k]);
    }
}

/* Two threads that take turns: who took before now frees, and takes while the other frees. */
struct swap {
    uint64_t round_count;
    pthread_barrier_t barrier;
    void **shelves[PAIR_OF];
    _Atomic size_t next_no;
};

static void *take_and_free(void *argument)
{
    struct swap *swap = argument;
    size_t no = atomic_fetch_add(&swap->next_no, 1);
    struct dice dice = {.state = no};

    for (uint64_t round = 0; round < swap->round_count; round++) {
        void **mine = swap->shelves[no];
        void **theirs = swap->shelves[1 - no];

        for (size_t i = 0; i < BLOWUP_COUNT; i++) {
            size_t size = work_size(&dice, 16, 256);

            mine[i] = work_touched(malloc(size), size);
        }
        (void)pthread_barrier_wait(&swap->barrier);
        for (size_t i = 0; i < BLOWUP_COUNT; i++)
            free(theirs[i]);
        (void)pthread_barrier_wait(&swap->barrier);
    }
    return NULL;
}

static void run_blowup(uint64_t effort, struct told *told)
{
    struct swap *swap = work_room(sizeof(*swap));
    pthread_t threads[PAIR_OF];

    (void)told;
    swap->round_count = effort;
    if (pthread_barrier_init(&swap->barrier, NULL, PAIR_OF) != 0) stop("no barrier");
    for (size_t i = 0; i < PAIR_OF; i++)
        swap->shelves[i] = work_room(BLOWUP_COUNT * sizeof(void *));
    for (size_t i = 0; i < PAIR_OF; i++)
        threads[i] = started(take_and_free, swap);
    for (size_t i = 0; i < PAIR_OF; i++)
        joined(threads[i]);
}

static void live_in_child(void)
{
    for (size_t i = 0; i < CHILD_COUNT; i++)
        (void)work_touched(malloc(16 + i), 16 + i);
    _exit(EXIT_SUCCESS);
}

/* A process with 40 MiB in its heap makes children that ask for a little. */
static void run_fork(uint64_t effort, struct told *told)
{
    void **blocks = work_room(WARM_COUNT * sizeof(*blocks));

    (void)told;
    for (size_t i = 0; i < WARM_COUNT; i++)
        blocks[i] = work_touched(malloc(100), 100);
    for (uint64_t i = 0; i < effort; i++) {
        int state = 0;
        pid_t child = fork();

        if (child == 0) live_in_child();
        if (child < 0 || waitpid(child, &state, 0) != child || state != 0)
            stop("a child did not end well");
        free(blocks[i % WARM_COUNT]);
        blocks[i % WARM_COUNT] = work_touched(malloc(100), 100);
    }
    for (size_t i = 0; i < WARM_COUNT; i++)
        free(blocks[i]);
}

const struct row threads_rows[] = {
    {"prodcons", "one thread takes, another frees", run_prodcons, 40000},
    {"exchange", "two threads, half of the frees are of the other's", run_exchange, 4000000},
    {"larson", "two servers, a line of dying threads each", run_larson, 60},
    {"threads", "threads of 200 blocks come and go", run_threads, 12000},
    {"blowup", "two threads swap the roles of who takes and who frees", run_blowup, 12},
    {"fork", "a warm heap and its children", run_fork, 150},
    {NULL, NULL, NULL, 0},
};
