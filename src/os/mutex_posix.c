/*
 * mutex_posix.c - mutexes with ranks.
 *
 * The rank is noted before the lock is waited for, so that a wrong order is told of and
 * not met as a deadlock.
 */
#include "base/check.h"
#include "base/note.h"
#include "os/lock_rank.h"
#include "os/thread.h"

fh_status mutex_init(struct mutex *mutex, unsigned rank)
{
    int error_number = pthread_mutex_init(&mutex->system, NULL);

    if (error_number != 0) return fail_system(FH_NO_MEMORY, error_number, "making a mutex");
    mutex->rank = rank;
    return FH_OK;
}

void mutex_fini(struct mutex *mutex)
{
    REQUIRE(pthread_mutex_destroy(&mutex->system) == 0);
}

void mutex_lock(struct mutex *mutex)
{
    lock_rank_taken(mutex->rank);
    REQUIRE(pthread_mutex_lock(&mutex->system) == 0);
}

bool mutex_try_lock(struct mutex *mutex)
{
    if (pthread_mutex_trylock(&mutex->system) != 0) return false;
    lock_rank_taken(mutex->rank);
    return true;
}

void mutex_unlock(struct mutex *mutex)
{
    lock_rank_given(mutex->rank);
    REQUIRE(pthread_mutex_unlock(&mutex->system) == 0);
}
