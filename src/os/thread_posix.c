/*
 * thread_posix.c - giving way to other threads.
 */
#include "os/thread.h"

#include <sched.h>

void thread_yield(void)
{
    (void)sched_yield(); /* Linux: cannot fail */
}
