/*
 * thread_posix.c - giving way to other threads, the end of a thread, forks.
 */
#include "os/thread.h"

#include <sched.h>

static pthread_key_t leave_key;
static bool has_leave_key;

void thread_yield(void)
{
    (void)sched_yield(); /* Linux: cannot fail */
}

bool thread_on_leave(void (*leave)(void *nothing))
{
    has_leave_key = pthread_key_create(&leave_key, leave) == 0;
    return has_leave_key;
}

void thread_ask_to_leave(void)
{
    /* Any value but NULL: it is what the system looks at. */
    if (has_leave_key) (void)pthread_setspecific(leave_key, &leave_key);
}

void thread_on_fork(void (*before)(void), void (*parent)(void), void (*child)(void))
{
    (void)pthread_atfork(before, parent, child);
}
