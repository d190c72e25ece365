/*
 * heap_threads.c - threads take, resize and give each other's blocks, come and go, and fork.
 *
 * Blocks pass through one table of places by exchange; each carries its size and a mark at both
 * ends, compared by whoever takes it out. Threads end with blocks alive and others adopt what
 * they leave; heaps apart are used by all of them at once. Children forked from the middle of
 * that use the heap too. Meant for the thread sanitizer (the forks are left out there: it does
 * not follow them). The number of steps is fixed, their order is the system's.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/random.h"
#include "freehold/heap.h"
#include "support/seed.h"
#include "support/unit.h"

enum { PLACES = 500, THREADS = 4, GENERATIONS = 6, STEPS = 4000, FORKS = 12 };

struct label {
    size_t bytes;
    unsigned char mark;
};

static _Atomic(unsigned char *) places[PLACES];
static _Atomic unsigned faults;
static fh_heap *apart;

/* Threads cannot fail a test: they count. */
static void expect(bool is_true)
{
    if (!is_true) atomic_fetch_add(&faults, 1);
}

static size_t some_size(struct random *random)
{
    uint64_t kind = random_below(random, 50);

    if (kind == 0) return 64 + random_below(random, 3U << 20);
    if (kind < 4) return 64 + random_below(random, 300000);
    if (kind < 10) return 64 + random_below(random, 30000);
    return 64 + random_below(random, 500);
}

static void label(unsigned char *block, size_t bytes, struct random *random)
{
    struct label label = {.bytes = bytes, .mark = (unsigned char)random_next(random)};

    memcpy(block, &label, sizeof(label));
    block[bytes - 1] = label.mark;
}

static struct label check(const unsigned char *block)
{
    struct label label;

    memcpy(&label, block, sizeof(label));
    expect(fh_usable_size(block) >= label.bytes);
    expect(block[label.bytes - 1] == label.mark);
    return label;
}

static unsigned char *take(struct random *random)
{
    size_t bytes = some_size(random);
    unsigned char *block;

    switch (random_below(random, 6)) {
    case 0:
        block = fh_heap_malloc(apart, bytes);
        break;
    case 1:
        block = fh_calloc(1, bytes);
        expect(block != NULL && block[0] == 0 && block[bytes - 1] == 0);
        break;
    case 2:
        block = fh_aligned_alloc((size_t)16 << random_below(random, 10), bytes);
        break;
    default:
        block = fh_malloc(bytes);
        break;
    }
    expect(block != NULL);
    if (block != NULL) label(block, bytes, random);
    return block;
}

static unsigned char *resize(unsigned char *block, struct random *random)
{
    size_t bytes = some_size(random);
    struct label before = check(block);
    struct label after;

    block = fh_realloc(block, bytes);
    expect(block != NULL);
    if (block == NULL) return NULL;
    memcpy(&after, block, sizeof(after));
    expect(after.bytes == before.bytes && after.mark == before.mark);
    label(block, bytes, random);
    return block;
}

static void *run(void *argument)
{
    struct random random;

    random_init(&random, seed_get() * 1000 + (uintptr_t)argument);
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned char *block = random_below(&random, 3) > 0 ? take(&random) : NULL;

        block = atomic_exchange(&places[random_below(&random, PLACES)], block);
        if (block != NULL && random_below(&random, 8) == 0) block = resize(block, &random);
        if (block == NULL) continue;
        (void)check(block);
        fh_free(block);
    }
    return NULL;
}

static void run_generation(uintptr_t generation, bool with_forks)
{
    pthread_t threads[THREADS];

    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run, (void *)(generation * THREADS + i)),
                         0);
    for (unsigned i = 0; with_forks && i < FORKS; i++) {
        pid_t child = fork();
        int status = 1;

        if (child == 0) {
            (void)run((void *)(generation * THREADS + 100 + i));
            _exit(atomic_load(&faults) == 0 ? 0 : 1);
        }
        assert_true(child > 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void empty_places(void)
{
    for (unsigned i = 0; i < PLACES; i++) {
        unsigned char *block = atomic_exchange(&places[i], NULL);

        if (block == NULL) continue;
        (void)check(block);
        fh_free(block);
    }
}

static void blocks_pass_between_threads_that_come_and_go(void **state)
{
    (void)state;
    for (uintptr_t i = 0; i < GENERATIONS * seed_effort(); i++)
        run_generation(i, false);
    empty_places();
    assert_int_equal(atomic_load(&faults), 0);
}

static void children_use_the_heap_of_a_busy_parent(void **state)
{
    (void)state;
#ifndef COMPILER_TSAN
    run_generation(1, true);
    empty_places();
    assert_int_equal(atomic_load(&faults), 0);
#endif
}

static void all_of_it_goes_back(void **state)
{
    fh_heap_info info;

    (void)state;
    (void)fh_heap_trim(NULL);
    (void)fh_heap_trim(apart);
    fh_heap_stat(apart, &info);
    assert_int_equal(info.large_count, 0);
    assert_true(info.dirty_bytes == 0);
}

static int open_heap(void **state)
{
    (void)state;
    return fh_heap_new(NULL, &apart) == FH_OK ? 0 : -1;
}

static int close_heap(void **state)
{
    (void)state;
    fh_heap_delete(apart);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_pass_between_threads_that_come_and_go),
        cmocka_unit_test(children_use_the_heap_of_a_busy_parent),
        cmocka_unit_test(all_of_it_goes_back),
    };

    return cmocka_run_group_tests(tests, open_heap, close_heap);
}
