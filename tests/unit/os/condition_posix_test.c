/*
 * condition_posix_test.c - who waits gives the mutex up, and is woken.
 */
#include <stdlib.h>

#include "os/lock_rank.h"
#include "os/thread.h"
#include "support/unit.h"

struct gate {
    struct mutex lock;
    struct condition changed;
    unsigned waiting_count;
    unsigned passed_count;
    unsigned open_count; /* how many may still pass */
};

static void gate_init(struct gate *gate)
{
    assert_ok(mutex_init(&gate->lock, 20));
    assert_ok(condition_init(&gate->changed));
    gate->waiting_count = 0;
    gate->passed_count = 0;
    gate->open_count = 0;
}

static void *pass(void *context)
{
    struct gate *gate = context;

    mutex_lock(&gate->lock);
    gate->waiting_count++;
    condition_wake_all(&gate->changed);
    while (gate->open_count == 0)
        condition_wait(&gate->changed, &gate->lock);
    gate->open_count--;
    gate->passed_count++;
    mutex_unlock(&gate->lock);
    return NULL;
}

static void who_waits_gives_the_mutex_up_and_is_woken(void **state)
{
    struct gate gate;
    pthread_t threads[3];

    (void)state;
    gate_init(&gate);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, pass, &gate), 0);
    mutex_lock(&gate.lock);
    while (gate.waiting_count < 3)
        condition_wait(&gate.changed, &gate.lock);
    assert_int_equal(gate.passed_count, 0);
    gate.open_count = 3;
    condition_wake_all(&gate.changed);
    mutex_unlock(&gate.lock);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(gate.passed_count, 3);
    condition_fini(&gate.changed);
    mutex_fini(&gate.lock);
}

static void one_wake_lets_one_of_them_go_on(void **state)
{
    struct gate gate;
    pthread_t thread;

    (void)state;
    gate_init(&gate);
    assert_int_equal(pthread_create(&thread, NULL, pass, &gate), 0);
    mutex_lock(&gate.lock);
    while (gate.waiting_count < 1)
        condition_wait(&gate.changed, &gate.lock);
    gate.open_count = 1;
    condition_wake_one(&gate.changed);
    mutex_unlock(&gate.lock);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(gate.passed_count, 1);
    condition_fini(&gate.changed);
    mutex_fini(&gate.lock);
}

static void nobody_waits_while_holding_a_mutex_of_a_lower_rank(void **state)
{
    struct gate gate;
    struct mutex low;

    (void)state;
    gate_init(&gate);
    assert_ok(mutex_init(&low, 10));
    mutex_lock(&gate.lock);
    mutex_lock(&low);
    expect_assert_failure(condition_wait(&gate.changed, &gate.lock));
    mutex_unlock(&low);
    assert_false(lock_rank_held(20));
    assert_int_equal(pthread_mutex_unlock(&gate.lock.system), 0);
    mutex_fini(&low);
    condition_fini(&gate.changed);
    mutex_fini(&gate.lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_waits_gives_the_mutex_up_and_is_woken),
        cmocka_unit_test(one_wake_lets_one_of_them_go_on),
        cmocka_unit_test(nobody_waits_while_holding_a_mutex_of_a_lower_rank),
    };

    if (setenv("FREEHOLD_AUDIT", "1", 1) != 0) return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
