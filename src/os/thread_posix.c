/*
 * thread_posix.c - a thread of the library's own; giving way, the end of a thread, forks.
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
