/*
 * latch.h - a lock of four bytes that needs no making: zero is open.
 *
 * For the heap, which locks before anything else of the process works, and whose locks a
 * forked child opens again (latch_reset). It has no rank: who uses it writes down its order.
 */
#ifndef FREEHOLD_OS_LATCH_H
#define FREEHOLD_OS_LATCH_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/compiler.h"

struct latch {
    _Atomic uint32_t state; /* 0 open, 1 taken, 2 taken and somebody waits */
};

void latch_wait(struct latch *latch);
void latch_wake(struct latch *latch);

static inline void latch_lock(struct latch *latch)
{
    uint32_t open = 0;

    if (UNLIKELY(!atomic_compare_exchange_strong_explicit(
            &latch->state, &open, 1, memory_order_acquire, memory_order_relaxed)))
        latch_wait(latch);
}

static inline void latch_unlock(struct latch *latch)
{
    if (UNLIKELY(atomic_exchange_explicit(&latch->state, 0, memory_order_release) == 2))
        latch_wake(latch);
}

/* In a child that was forked while this thread held the latch: nobody waits there. */
static inline void latch_reset(struct latch *latch)
{
    atomic_store_explicit(&latch->state, 0, memory_order_release);
}

#endif
