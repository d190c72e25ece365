/*
 * guard.h - blocks that tell of wrong use: the process's heap, when it is asked to.
 *
 * Guarded blocks come from a heap of their own, so that those from before are known. Behind a
 * block of up to 32 KiB stand a canary, the size that was asked for and a mark that says live
 * or freed; what is freed is filled and waits in a queue before it is used again. A longer block
 * lies between pages that nobody may touch.
 */
#ifndef FREEHOLD_HEAP_GUARD_H
#define FREEHOLD_HEAP_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

/* Constant once the process has threads. */
extern HIDDEN bool guard_is_on;

void *guard_take(size_t alignment, size_t bytes) MUST_CHECK;
void *guard_take_zeroed(size_t bytes) MUST_CHECK;
/* Any pointer; NULL is fine. */
void guard_give(void *block);
void *guard_resize(void *block, size_t bytes) MUST_CHECK;
size_t guard_usable(const void *block);

/* Around a fork: the last latches but the supply's. */
void guard_lock(void);
void guard_unlock(void);
void guard_reset(void);

#endif
