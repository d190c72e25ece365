/*
 * condition_posix.c - conditions, waited for with a mutex of a known rank.
 */
#include "base/check.h"
#include "base/note.h"
#include "os/lock_rank.h"
#include "os/thread.h"

fh_status condition_init(struct condition *condition)
{
    int error_number = pthread_cond_init(&condition->system, NULL);

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

void condition_wake_one(struct condition *condition)
{
    REQUIRE(pthread_cond_signal(&condition->system) == 0);
}

void condition_wake_all(struct condition *condition)
{
    REQUIRE(pthread_cond_broadcast(&condition->system) == 0);
}
