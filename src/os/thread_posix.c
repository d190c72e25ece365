/*
 * thread_posix.c - a thread of the library's own; giving way to other threads.
 */
#include "os/thread.h"

#include <sched.h>
#include <signal.h>

#include "base/check.h"
#include "base/note.h"

static void *run(void *context)
{
    struct thread *thread = context;

    thread->work(thread->context);
    return NULL;
}

/* The program's signals are for the program's threads. */
fh_status thread_start(struct thread *thread, void (*work)(void *context), void *context)
{
    sigset_t all, before;
    int error_number;

    thread->work = work;
    thread->context = context;
    REQUIRE(sigfillset(&all) == 0 && pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    error_number = pthread_create(&thread->system, NULL, run, thread);
    REQUIRE(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    if (error_number != 0) return fail_system(FH_NO_MEMORY, error_number, "starting a thread");
    return FH_OK;
}

void thread_join(struct thread *thread)
{
    REQUIRE(pthread_join(thread->system, NULL) == 0);
}

void thread_yield(void)
{
    (void)sched_yield(); /* Linux: cannot fail */
}
