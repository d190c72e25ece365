/*
 * layout.c - a state of any number of free runs.
 */
#include "layout.h"

#include <stdlib.h>
#include <string.h>

#include "stop.h"

enum { SEED = 11, OCTAVES = 8 };

uint32_t layout_length(enum run_kind kind, struct dice *dice)
{
    uint64_t number;

    if (kind == RUN_SINGLE) return 1;
    number = dice_next(dice);
    return 1U << number % OCTAVES | (uint32_t)(number >> 32 & ((1U << number % OCTAVES) - 1));
}

/* Chooses exactly *wanted of the `left` that are still to come, each as likely. */
static bool choose(struct dice *dice, size_t left, size_t *wanted)
{
    bool is_chosen = dice_below(dice, left) < *wanted;

    *wanted -= is_chosen;
    return is_chosen;
}

void layout_init(struct layout *layout, enum run_kind kind, size_t free_runs)
{
    struct dice dice = {SEED};
    size_t step_count = 2 * free_runs;
    size_t live_max = kind == RUN_SINGLE ? free_runs : step_count;
    struct stretch *free = stop_or_memory(free_runs * sizeof(*free));
    struct piece *live = stop_or_memory(live_max * sizeof(*live));
    size_t wanted = free_runs;
    uint64_t end = 0;

    *layout = (struct layout){.free = free, .live = live};
    for (size_t left = step_count; left > 0; left--) {
        bool is_free = choose(&dice, left, &wanted);

        if (kind == RUN_SINGLE) end++; /* the unit between */
        if (kind != RUN_SINGLE || !is_free) {
            live[layout->live_count].first = end;
            live[layout->live_count].handle = 0;
            live[layout->live_count].count = layout_length(kind, &dice);
            end += live[layout->live_count++].count;
        }
        if (is_free) {
            free[layout->free_count].first = end;
            free[layout->free_count].count = layout_length(kind, &dice);
            end += free[layout->free_count++].count;
        }
    }
    layout->unit_count = end + 1;
}

void layout_fini(struct layout *layout)
{
    union {
        const void *kept;
        void *owned;
    } free_runs = {.kept = layout->free}, live_runs = {.kept = layout->live};

    free(free_runs.owned);
    free(live_runs.owned);
    memset(layout, 0, sizeof(*layout));
}
