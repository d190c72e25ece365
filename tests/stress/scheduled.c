/*
 * scheduled.c - the crowd in an order that a number repeats.
 *
 * One thread runs at a time, the one that has the turn. At every lock, wait, wake and call of
 * the system chance gives the turn to a thread that can go on; chance has a seed. To that end
 * this program brings its own os/thread.h: what is defined here is not taken from the library.
 * Between two atomic operations nobody comes: that is for the thread sanitizer and the model.
 * FREEHOLD_EFFORT multiplies the orders tried.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "os/lock_rank.h"
#include "os/thread.h"
#include "stress/crowd.h"
#include "support/seed.h"
#include "support/unit.h"
#include "support/where.h"

enum { THREADS_MAX = CROWD_WRITERS + CROWD_READERS_MAX, NOBODY = -1 };
enum { ORDERS = 60, COMMITS = 25, READERS = 3, CUT_WITHIN = 400, CUT_STATES = 4 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t moved[THREADS_MAX]; /* each waits for its own turn */
    struct random random;
    int turn;
    int count;
    uint64_t point_count;
    bool is_there[THREADS_MAX];
    const void *waits_for[THREADS_MAX]; /* a mutex or a condition; NULL: can go on */
} turns = {.lock = PTHREAD_MUTEX_INITIALIZER, .turn = NOBODY};

static _Thread_local int self = NOBODY;

/* Chance chooses of those that can go on; the lock is held. */
static void choose(void)
{
    int able[THREADS_MAX], able_count = 0;
    bool is_over = true;

    for (int i = 0; i < turns.count; i++) {
        is_over = is_over && !turns.is_there[i];
        if (turns.is_there[i] && turns.waits_for[i] == NULL) able[able_count++] = i;
    }
    turns.point_count++;
    if (able_count == 0 && !is_over) {
        (void)fprintf(stderr, "all threads wait: nobody can go on\n");
        abort();
    }
    turns.turn = able_count == 0 ? NOBODY : able[random_below(&turns.random, (uint64_t)able_count)];
    if (turns.turn != NOBODY) (void)pthread_cond_signal(&turns.moved[turns.turn]);
}

static void wait_for_turn(void)
{
    while (turns.turn != self)
        (void)pthread_cond_wait(&turns.moved[self], &turns.lock);
}

/* Here another thread may go on; this one, when `for_what` is not NULL, only after a wake. */
static void point(const void *for_what)
{
    if (self == NOBODY) return;
    (void)pthread_mutex_lock(&turns.lock);
    turns.waits_for[self] = for_what;
    choose();
    wait_for_turn();
    (void)pthread_mutex_unlock(&turns.lock);
}

static void any_point(void)
{
    point(NULL);
}

/* Only who has the turn calls it, so nobody else looks. */
static void wake(const void *what, bool all)
{
    int first = self == NOBODY ? 0 : (int)random_below(&turns.random, (uint64_t)turns.count);

    for (int i = 0; i < turns.count; i++) {
        int thread = (first + i) % turns.count;

        if (turns.waits_for[thread] != what) continue;
        turns.waits_for[thread] = NULL;
        if (!all) return;
    }
}

/* ---- os/thread.h ---- */

fh_status mutex_init(struct mutex *mutex, unsigned rank)
{
    mutex->rank = rank;
    return pthread_mutex_init(&mutex->system, NULL) == 0 ? FH_OK : FH_NO_MEMORY;
}

void mutex_fini(struct mutex *mutex)
{
    REQUIRE(pthread_mutex_destroy(&mutex->system) == 0);
}

static void take(struct mutex *mutex)
{
    while (pthread_mutex_trylock(&mutex->system) != 0) {
        REQUIRE(self != NOBODY);
        point(mutex);
    }
}

static void give(struct mutex *mutex)
{
    REQUIRE(pthread_mutex_unlock(&mutex->system) == 0);
    wake(mutex, true);
}

void mutex_lock(struct mutex *mutex)
{
    lock_rank_taken(mutex->rank);
    point(NULL);
    take(mutex);
}

bool mutex_try_lock(struct mutex *mutex)
{
    point(NULL);
    if (pthread_mutex_trylock(&mutex->system) != 0) return false;
    lock_rank_taken(mutex->rank);
    return true;
}

void mutex_unlock(struct mutex *mutex)
{
    lock_rank_given(mutex->rank);
    give(mutex);
    point(NULL);
}

fh_status condition_init(struct condition *condition)
{
    return pthread_cond_init(&condition->system, NULL) == 0 ? FH_OK : FH_NO_MEMORY;
}

void condition_fini(struct condition *condition)
{
    REQUIRE(pthread_cond_destroy(&condition->system) == 0);
}

void condition_wait(struct condition *condition, struct mutex *mutex)
{
    lock_rank_given(mutex->rank);
    lock_rank_taken(mutex->rank);
    give(mutex);
    point(condition);
    take(mutex);
}

/* Nobody asks for a helper here, and only helpers wait for a time or are threads of the library. */
void condition_wait_for(struct condition *condition, struct mutex *mutex, uint64_t ns)
{
    (void)ns;
    condition_wait(condition, mutex);
}

fh_status thread_start(struct thread *thread, void (*work)(void *context), void *context)
{
    (void)thread;
    (void)work;
    (void)context;
    return FH_NO_MEMORY;
}

void thread_join(struct thread *thread)
{
    (void)thread;
}

void condition_wake_one(struct condition *condition)
{
    wake(condition, false);
    point(NULL);
}

void condition_wake_all(struct condition *condition)
{
    wake(condition, true);
    point(NULL);
}

void thread_yield(void)
{
    point(NULL);
}

/* ---- The crowd ---- */

struct player {
    struct crowd_member member;
    void *(*run)(void *);
    int number;
};

static void *play(void *context)
{
    struct player *player = context;

    self = player->number;
    (void)pthread_mutex_lock(&turns.lock);
    wait_for_turn();
    (void)pthread_mutex_unlock(&turns.lock);
    (void)player->run(&player->member);
    (void)pthread_mutex_lock(&turns.lock);
    turns.is_there[self] = false;
    choose();
    (void)pthread_mutex_unlock(&turns.lock);
    return NULL;
}

static void run_crowd(struct crowd *crowd, struct random *random)
{
    struct player players[CROWD_WRITERS + READERS];
    pthread_t threads[CROWD_WRITERS + READERS];

    random_init(&turns.random, random_next(random));
    turns.count = CROWD_WRITERS + READERS;
    turns.point_count = 0;
    for (int i = 0; i < turns.count; i++) {
        turns.is_there[i] = true;
        turns.waits_for[i] = NULL;
        players[i] = (struct player){.member.crowd = crowd,
                                     .run = i < CROWD_WRITERS ? crowd_write : crowd_read,
                                     .number = i};
        random_init(&players[i].member.random, random_next(random));
        assert_int_equal(pthread_create(&threads[i], NULL, play, &players[i]), 0);
    }
    (void)pthread_mutex_lock(&turns.lock);
    choose();
    (void)pthread_mutex_unlock(&turns.lock);
    for (int i = 0; i < turns.count; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

/* One order; half of them are cut by a power failure. What came of it, as a number. */
static uint64_t try_order(uint64_t seed)
{
    static struct crowd crowd;
    struct random random;
    uint64_t result;

    random_init(&random, seed);
    crowd_open(&crowd, COMMITS, random_next(&random));
    if (random_below(&random, 2) == 0)
        sim_os_stop_after(crowd.sim,
                          sim_os_operation_count(crowd.sim) + random_below(&random, CUT_WITHIN));
    sim_os_set_after_call(crowd.sim, any_point);
    run_crowd(&crowd, &random);
    sim_os_set_after_call(crowd.sim, NULL);
    result = turns.point_count * 31 + sim_os_operation_count(crowd.sim) * 7 +
             atomic_load(&crowd.read_count) + atomic_load(&crowd.durable);
    crowd_require_crashes(&crowd, CUT_STATES, &random);
    crowd_close(&crowd);
    return result;
}

static void in_any_order_each_snapshot_is_one_commit(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < ORDERS * seed_effort(); i++) {
        where_set("order %" PRIu64, i);
        (void)try_order(seed_get() * 1000000 + i);
    }
    where_done();
}

static void the_same_number_is_the_same_order(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 3; i++) {
        uint64_t first = try_order(i);

        where_set("order %" PRIu64, i);
        assert_int_equal(try_order(i), first);
    }
    where_done();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(in_any_order_each_snapshot_is_one_commit, where_teardown),
        cmocka_unit_test_teardown(the_same_number_is_the_same_order, where_teardown),
    };

    (void)argc;
    for (int i = 0; i < THREADS_MAX; i++)
        assert_int_equal(pthread_cond_init(&turns.moved[i], NULL), 0);
    where_init(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
