/*
 * lock_rank.h - a lock knows its place: the order is checked, not only documented.
 *
 * Locks are taken from the highest rank to the lowest. A layer's ranks start at its
 * LOCK_RANK_* number; the layer adds 0..9 for its own locks. A lock that one thread may
 * release for another (a write transaction's) is not a mutex and has no rank.
 */
#ifndef FREEHOLD_OS_LOCK_RANK_H
#define FREEHOLD_OS_LOCK_RANK_H

#include "base/check.h"

enum lock_rank {
    LOCK_RANK_OS = 10,
    LOCK_RANK_ALLOC = 20,
    LOCK_RANK_WAL = 30,
    LOCK_RANK_PAGER = 40,
    LOCK_RANK_TREE = 50,
    LOCK_RANK_KV = 60
};

void lock_rank_add(unsigned rank);
void lock_rank_remove(unsigned rank);

/* Called by mutex_posix.c; a wrong order fails a REQUIRE in audited builds, else nothing. */
static inline void lock_rank_taken(unsigned rank)
{
    if (check_audits()) lock_rank_add(rank);
}

static inline void lock_rank_given(unsigned rank)
{
    if (check_audits()) lock_rank_remove(rank);
}

/* True when this thread holds a lock of that rank (always, in builds without audits). */
_Bool lock_rank_held(unsigned rank);

#endif
