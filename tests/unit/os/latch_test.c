/*
 * latch_test.c - one thread at a time is behind a latch, and all come through.
 */
#include "os/latch.h"

#include <pthread.h>

#include "os/thread.h"
#include "support/unit.h"

enum { THREADS = 4, TURNS = 20000 };

static struct latch latch;
static unsigned long counter; /* guarded by the latch */

static void *count(void *nothing)
{
    for (unsigned i = 0; i < TURNS; i++) {
        latch_lock(&latch);
        counter++;
        if (i % 512 == 0) thread_yield();
        latch_unlock(&latch);
    }
    return nothing;
}

static void no_turn_is_lost(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count, NULL), 0);
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(counter, (unsigned long)THREADS * TURNS);
    assert_int_equal(atomic_load(&latch.state), 0);
}

static void a_latch_that_was_reset_is_open(void **state)
{
    (void)state;
    latch_lock(&latch);
    latch_reset(&latch);
    latch_lock(&latch);
    latch_unlock(&latch);
    assert_int_equal(atomic_load(&latch.state), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_turn_is_lost),
        cmocka_unit_test(a_latch_that_was_reset_is_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
