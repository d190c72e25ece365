/*
 * condition_posix.c - conditions, waited for with a mutex of a known rank.
 */
#include <errno.h>
#include <time.h>

#include "base/check.h"
#include "base/note.h"
#include "os/lock_rank.h"
#include "os/thread.h"

fh_status condition_init(struct condition *condition)
{
    pthread_condattr_t attributes;
    int error_number = pthread_condattr_init(&attributes);

    if (error_number == 0) {
        error_number = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        if (error_number == 0) error_number = pthread_cond_init(&condition->system, &attributes);
        REQUIRE(pthread_condattr_destroy(&attributes) == 0);
    }
    if (error_number != 0) return fail_system(FH_NO_MEMORY, error_number, "making a condition");
    return FH_OK;
}

void condition_fini(struct condition *condition)
{
    REQUIRE(pthread_cond_destroy(&condition->system) == 0);
}

/* The mutex is given and taken again, so its rank is: what else is held must lie above it. */
void condition_wait(struct condition *condition, struct mutex *mutex)
{
    lock_rank_given(mutex->rank);
    lock_rank_taken(mutex->rank);
    REQUIRE(pthread_cond_wait(&condition->system, &mutex->system) == 0);
}

void condition_wait_for(struct condition *condition, struct mutex *mutex, uint64_t ns)
{
    enum { NS_PER_S = 1000000000 };
    struct timespec until;
    int error_number;

    REQUIRE(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
    ns += (uint64_t)until.tv_nsec;
    until.tv_sec += (time_t)(ns / NS_PER_S);
    until.tv_nsec = (long)(ns % NS_PER_S);
    lock_rank_given(mutex->rank);
    lock_rank_taken(mutex->rank);
    error_number = pthread_cond_timedwait(&condition->system, &mutex->system, &until);
    REQUIRE(error_number == 0 || error_number == ETIMEDOUT);
}

void condition_wake_one(struct condition *condition)
{
    REQUIRE(pthread_cond_signal(&condition->system) == 0);
}

void condition_wake_all(struct condition *condition)
{
    REQUIRE(pthread_cond_broadcast(&condition->system) == 0);
}
