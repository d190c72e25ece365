/*
 * mutex_posix_test.c - one thread at a time, and in the order of the ranks.
 */
#include <stdlib.h>

#include "os/lock_rank.h"
#include "os/thread.h"
#include "support/unit.h"

struct counter {
    struct mutex lock;
    unsigned long count;
};

static void *count_up(void *context)
{
    struct counter *counter = context;

    for (unsigned i = 0; i < 10000; i++) {
        mutex_lock(&counter->lock);
        counter->count++;
        mutex_unlock(&counter->lock);
    }
    return NULL;
}

static void one_thread_at_a_time_holds_a_mutex(void **state)
{
    struct counter counter = {.count = 0};
    pthread_t threads[4];

    (void)state;
    assert_ok(mutex_init(&counter.lock, 20));
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_up, &counter), 0);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(counter.count, 40000);
    mutex_fini(&counter.lock);
}

static void *try_it(void *context)
{
    struct counter *counter = context;

    if (!mutex_try_lock(&counter->lock)) return NULL;
    mutex_unlock(&counter->lock);
    return counter;
}

static void trying_does_not_wait(void **state)
{
    struct counter counter = {.count = 0};
    pthread_t thread;
    void *got = &counter;

    (void)state;
    assert_ok(mutex_init(&counter.lock, 20));
    mutex_lock(&counter.lock);
    assert_int_equal(pthread_create(&thread, NULL, try_it, &counter), 0);
    assert_int_equal(pthread_join(thread, &got), 0);
    assert_null(got);
    mutex_unlock(&counter.lock);
    assert_true(mutex_try_lock(&counter.lock));
    assert_true(lock_rank_held(20));
    mutex_unlock(&counter.lock);
    mutex_fini(&counter.lock);
}

static void a_mutex_of_a_higher_rank_is_refused_before_it_is_waited_for(void **state)
{
    struct mutex low;
    struct mutex high;

    (void)state;
    assert_ok(mutex_init(&low, 20));
    assert_ok(mutex_init(&high, 30));
    mutex_lock(&high);
    mutex_lock(&low);
    mutex_unlock(&low);
    mutex_unlock(&high);
    mutex_lock(&low);
    expect_assert_failure(mutex_lock(&high));
    assert_false(lock_rank_held(30));
    mutex_unlock(&low);
    mutex_fini(&low);
    mutex_fini(&high);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thread_at_a_time_holds_a_mutex),
        cmocka_unit_test(trying_does_not_wait),
        cmocka_unit_test(a_mutex_of_a_higher_rank_is_refused_before_it_is_waited_for),
    };

    if (setenv("FREEHOLD_AUDIT", "1", 1) != 0) return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
