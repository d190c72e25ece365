/*
 * steady.c - one allocator kept busy.
 *
 * What a batch gives stands at the end of the live runs, where what it takes goes too: the
 * measured loop touches no memory at random but the allocator's own.
 */
#include "steady.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "stop.h"

enum { SEED = 5 };

void steady_init(struct steady *steady, const struct rival *rival, const struct layout *layout,
                 enum run_kind kind)
{
    size_t live_bytes = layout->live_count * sizeof(*steady->live);

    *steady = (struct steady){.rival = rival, .kind = kind, .dice = {SEED}};
    steady->live = stop_or_memory(live_bytes);
    memcpy(steady->live, layout->live, live_bytes);
    steady->live_count = layout->live_count;
    steady->allocator = rival->open(rival, layout, steady->live);
}

static uint64_t live_units(const struct piece *live, size_t live_count)
{
    uint64_t unit_count = 0;

    for (size_t i = 0; i < live_count; i++)
        unit_count += live[i].count;
    return unit_count;
}

void steady_fini(struct steady *steady, const struct layout *layout)
{
    uint64_t left = live_units(layout->live, layout->live_count);
    uint64_t now = live_units(steady->live, steady->live_count);

    for (size_t i = 0; i < layout->free_count; i++)
        left += layout->free[i].count;
    left -= now;
    now = steady->rival->count(steady->allocator).free_units;
    if (now != left)
        stop("%s: %" PRIu64 " units are free, %" PRIu64 " should be", steady->rival->name, now,
             left);
    steady->rival->close(steady->allocator);
    free(steady->live);
}

size_t steady_pairs_max(const struct steady *steady)
{
    size_t half = steady->live_count / 2;

    if (half > STEADY_PAIRS_MAX) half = STEADY_PAIRS_MAX;
    return half / STEADY_BURST * STEADY_BURST;
}

void steady_choose(struct steady *steady, size_t pair_count)
{
    for (size_t i = 0; i < pair_count; i++) {
        struct piece *last = &steady->live[steady->live_count - 1 - i];
        struct piece *chosen = &steady->live[dice_below(&steady->dice, steady->live_count - i)];
        struct piece piece = *chosen;

        *chosen = *last;
        *last = piece;
        steady->lengths[i] = layout_length(steady->kind, &steady->dice);
    }
}

void steady_run(struct steady *steady, size_t pair_count)
{
    const struct rival *rival = steady->rival;
    struct piece *piece = &steady->live[steady->live_count - pair_count];
    const uint32_t *length = steady->lengths;

    for (; pair_count > 0; pair_count -= STEADY_BURST, piece += STEADY_BURST) {
        for (unsigned i = 0; i < STEADY_BURST; i++)
            if (piece[i].count > 0) rival->give(steady->allocator, &piece[i]);
        for (unsigned i = 0; i < STEADY_BURST; i++) {
            if (rival->take(steady->allocator, *length++, &piece[i])) continue;
            piece[i].count = 0;
            steady->refused_count++;
        }
    }
}
