/*
 * rival.h - the port: what the bench of free space asks of an allocator of units.
 *
 * To add one: rival_NAME.c with its `struct rival`, and its place in rival.c.
 */
#ifndef FREEHOLD_BENCH_RIVAL_H
#define FREEHOLD_BENCH_RIVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A run that was taken. */
struct piece {
    uint64_t first;
    uint32_t count;  /* 0: the take was refused, there is nothing to give */
    uint32_t handle; /* what an allocator that hands out handles wants back; others: 0 */
};

struct stretch {
    uint64_t first;
    uint64_t count;
};

struct totals {
    uint64_t free_runs;
    uint64_t free_units;
};

/* The state an allocator begins with; both arrays ascend. What is in neither is never given. */
struct layout {
    uint64_t unit_count;
    const struct stretch *free;
    size_t free_count;
    const struct piece *live;
    size_t live_count;
};

struct rival {
    const char *name;
    const char *words; /* one line for people */

    /* Handles of the live pieces go to `live`, a copy of the layout's. */
    void *(*open)(const struct rival *rival, const struct layout *layout, struct piece *live);
    void (*close)(void *allocator);

    /* False: it has no run that it would use. */
    bool (*take)(void *allocator, uint32_t count, struct piece *ret_piece);
    void (*give)(void *allocator, const struct piece *piece);

    /* Walks, if it must. */
    struct totals (*count)(void *allocator);
};

extern const struct rival rival_list;
extern const struct rival rival_offset;

/* A policy of Freehold behind the port; the name is kept, not copied. */
struct rival rival_freehold(const char *policy, const char *idea);

enum { RIVALS_MAX = 32 };

/* All of them, Freehold's policies first; how many. */
unsigned rival_all(struct rival *ret_rivals);

#endif
