/*
 * latch_posix.c - waiting for a latch: a short spin, then the system's futex.
 *
 * Drepper's three states ("Futexes are tricky"): who has waited leaves 2 behind, so that the
 * one who opens knows that somebody may sleep.
 */
#define _GNU_SOURCE /* syscall */
#include "os/latch.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SPIN_COUNT = 100 };

void latch_wait(struct latch *latch)
{
    int error_number = errno;

    for (unsigned i = 0; i < SPIN_COUNT; i++) {
        uint32_t open = 0;

        if (atomic_load_explicit(&latch->state, memory_order_relaxed) == 0 &&
            atomic_compare_exchange_weak_explicit(&latch->state, &open, 1, memory_order_acquire,
                                                  memory_order_relaxed))
            return;
        CPU_PAUSE();
    }
    while (atomic_exchange_explicit(&latch->state, 2, memory_order_acquire) != 0)
        (void)syscall(SYS_futex, &latch->state, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
    errno = error_number;
}

void latch_wake(struct latch *latch)
{
    int error_number = errno;

    (void)syscall(SYS_futex, &latch->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    errno = error_number;
}
