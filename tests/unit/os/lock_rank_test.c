/*
 * lock_rank_test.c - ranks are taken downwards, by each thread for itself.
 */
#include "os/lock_rank.h"

#include <pthread.h>
#include <stdlib.h>

#include "support/unit.h"

static void ranks_are_taken_from_high_to_low(void **state)
{
    (void)state;
    lock_rank_taken(60);
    lock_rank_taken(41);
    lock_rank_taken(40);
    expect_assert_failure(lock_rank_taken(40));
    expect_assert_failure(lock_rank_taken(50));
    lock_rank_given(40);
    lock_rank_given(41);
    lock_rank_given(60);
}

static void ranks_may_be_given_back_in_any_order(void **state)
{
    (void)state;
    lock_rank_taken(60);
    lock_rank_taken(50);
    lock_rank_taken(40);
    lock_rank_given(60);
    lock_rank_given(40);
    expect_assert_failure(lock_rank_taken(55));
    lock_rank_taken(45);
    lock_rank_given(45);
    lock_rank_given(50);
    lock_rank_taken(60);
    lock_rank_given(60);
}

static void what_is_held_is_known(void **state)
{
    (void)state;
    assert_false(lock_rank_held(30));
    lock_rank_taken(30);
    assert_true(lock_rank_held(30));
    assert_false(lock_rank_held(31));
    lock_rank_given(30);
    assert_false(lock_rank_held(30));
}

static void what_is_not_held_cannot_be_given_back(void **state)
{
    (void)state;
    expect_assert_failure(lock_rank_given(30));
}

static void *take_a_high_rank(void *holds_nothing)
{
    void *answer = lock_rank_held(10) ? NULL : holds_nothing;

    lock_rank_taken(60);
    lock_rank_given(60);
    return answer;
}

static void another_thread_holds_nothing_of_ours(void **state)
{
    pthread_t thread;
    int holds_nothing = 0;
    void *answer = NULL;

    (void)state;
    lock_rank_taken(10);
    assert_int_equal(pthread_create(&thread, NULL, take_a_high_rank, &holds_nothing), 0);
    assert_int_equal(pthread_join(thread, &answer), 0);
    assert_ptr_equal(answer, &holds_nothing);
    lock_rank_given(10);
}

static void no_thread_holds_more_than_sixteen(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 16; i++)
        lock_rank_taken(60 - i);
    expect_assert_failure(lock_rank_taken(1));
    for (unsigned i = 0; i < 16; i++)
        lock_rank_given(60 - i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_are_taken_from_high_to_low),
        cmocka_unit_test(ranks_may_be_given_back_in_any_order),
        cmocka_unit_test(what_is_held_is_known),
        cmocka_unit_test(what_is_not_held_cannot_be_given_back),
        cmocka_unit_test(another_thread_holds_nothing_of_ours),
        cmocka_unit_test(no_thread_holds_more_than_sixteen),
    };

    if (setenv("FREEHOLD_AUDIT", "1", 1) != 0) return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
