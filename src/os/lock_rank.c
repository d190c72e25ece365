/*
 * lock_rank.c - the ranks that this thread holds.
 *
 * Kept in the order of taking, which is descending, so the last is the smallest. A lock
 * given out of order leaves the rest in order.
 */
#include "os/lock_rank.h"

#include <stdbool.h>

enum { HELD_MAX = 16 };

static _Thread_local unsigned held[HELD_MAX];
static _Thread_local unsigned held_count;

void lock_rank_add(unsigned rank)
{
    REQUIRE(held_count < HELD_MAX);
    REQUIRE(held_count == 0 || rank < held[held_count - 1]);
    held[held_count++] = rank;
}

void lock_rank_remove(unsigned rank)
{
    unsigned i = held_count;

    while (i > 0 && held[i - 1] != rank)
        i--;
    REQUIRE(i > 0);
    for (; i < held_count; i++)
        held[i - 1] = held[i];
    held_count--;
}

_Bool lock_rank_held(unsigned rank)
{
    bool found = !check_audits();

    for (unsigned i = 0; i < held_count; i++)
        found = found || held[i] == rank;
    return found;
}
