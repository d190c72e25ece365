/*
 * thread.h - mutex and condition: what pthread offers, with ranks.
 *
 * A mutex knows its rank (os/lock_rank.h): in audited builds taking one while holding
 * one of the same or a lower rank fails a REQUIRE, so that no order can deadlock.
 */
#ifndef FREEHOLD_OS_THREAD_H
#define FREEHOLD_OS_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "freehold/status.h"

struct mutex {
    pthread_mutex_t system;
    unsigned rank;
};

struct condition {
    pthread_cond_t system;
};

/* A thread may take a mutex only while all it holds have a larger rank. */
fh_status mutex_init(struct mutex *mutex, unsigned rank) MUST_CHECK;
void mutex_fini(struct mutex *mutex);
void mutex_lock(struct mutex *mutex);
bool mutex_try_lock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);

fh_status condition_init(struct condition *condition) MUST_CHECK;
void condition_fini(struct condition *condition);
/* Gives the mutex up while it waits; may return without a wake. */
void condition_wait(struct condition *condition, struct mutex *mutex);
/* The same, for at most so long. */
void condition_wait_for(struct condition *condition, struct mutex *mutex, uint64_t ns);
void condition_wake_one(struct condition *condition);
void condition_wake_all(struct condition *condition);

/* A thread of the library's own; `work` and `context` must live until thread_join returns. */
struct thread {
    pthread_t system;
    void (*work)(void *context);
    void *context;
};

/* FH_NO_MEMORY: the system has no more threads. Signals are blocked in it. */
fh_status thread_start(struct thread *thread, void (*work)(void *context),
                       void *context) MUST_CHECK;
void thread_join(struct thread *thread);

/* Lets another thread run: for who waits for something that takes nanoseconds as a rule. */
void thread_yield(void);

/*
 * `leave` is called in each thread that has asked (thread_ask_to_leave) when it ends, and again
 * if it asks again while it ends. Once a process. False: the system has no room for it.
 */
bool thread_on_leave(void (*leave)(void *nothing));
void thread_ask_to_leave(void);

/* Called around each fork: before it, then in the parent, in the child. Once a process. */
void thread_on_fork(void (*before)(void), void (*parent)(void), void (*child)(void));

#endif
