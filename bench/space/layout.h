/*
 * layout.h - a state of any number of free runs, the same on every machine.
 */
#ifndef FREEHOLD_BENCH_LAYOUT_H
#define FREEHOLD_BENCH_LAYOUT_H

#include "dice.h"
#include "rival.h"

enum run_kind {
    RUN_SINGLE,   /* one unit */
    RUN_1_TO_255, /* every octave of lengths as often, and all lengths in it */
    RUN_KIND_COUNT
};

/* A length of this kind. */
uint32_t layout_length(enum run_kind kind, struct dice *dice);

/*
 * Single units: 2 * free_runs of them, every second one of the universe, half of them free at
 * random; between them stand units that are never given, so that the free ones never join and
 * their number stays what it is.
 * Longer runs: 2 * free_runs live ones, a free one behind half of them at random. A give joins
 * one neighbour on average, so the number of free runs is about where it would settle (the
 * fifty-percent rule), and stays near it.
 */
void layout_init(struct layout *layout, enum run_kind kind, size_t free_runs);
void layout_fini(struct layout *layout);

#endif
