/*
 * unit_bits.h - a set of units as bits: is one in it, which is the next, which the one before.
 *
 * Over the bits stand summaries, one bit for a word of 64 below, so a look at six words at
 * most passes over any gap: O(log unit_count) to the base of 64. One thread at a time.
 */
#ifndef FREEHOLD_SPACE_UNIT_BITS_H
#define FREEHOLD_SPACE_UNIT_BITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "freehold/status.h"

enum { UNIT_BITS_LEVELS = 10 }; /* 64^10 = 2^60 units */

#define UNIT_BITS_NONE UINT64_MAX

struct unit_bits {
    /* Constant until the set grows. */
    uint64_t *levels[UNIT_BITS_LEVELS]; /* all in one allocation, that of level 0 */
    uint64_t word_counts[UNIT_BITS_LEVELS];
    unsigned top; /* the level of one word */
};

/* The set is the caller's storage; it is empty. FH_NO_MEMORY, FH_TOO_LARGE from 2^60 on. */
fh_status unit_bits_init(struct unit_bits *bits, uint64_t unit_count) MUST_CHECK;
void unit_bits_fini(struct unit_bits *bits);

/* Room for units below unit_count; the members stay. On failure the set is as before. */
fh_status unit_bits_grow(struct unit_bits *bits, uint64_t unit_count) MUST_CHECK;

/* What is left of the functions below when one word does not settle it. */
void unit_bits_summarize(struct unit_bits *bits, uint64_t unit);
uint64_t unit_bits_far_next(const struct unit_bits *bits, uint64_t from);
uint64_t unit_bits_far_prev(const struct unit_bits *bits, uint64_t from);

/* False also of a unit there is no room for. */
static inline bool unit_bits_has(const struct unit_bits *bits, uint64_t unit)
{
    return unit / 64 < bits->word_counts[0] && bits_test(bits->levels[0], unit);
}

/* Of a unit there is room for; it is no member. */
static inline void unit_bits_add(struct unit_bits *bits, uint64_t unit)
{
    uint64_t *word = &bits->levels[0][unit / 64];
    bool was_empty = *word == 0;

    *word |= UINT64_C(1) << unit % 64;
    if (was_empty) unit_bits_summarize(bits, unit);
}

/* It is a member. */
static inline void unit_bits_drop(struct unit_bits *bits, uint64_t unit)
{
    uint64_t *word = &bits->levels[0][unit / 64];

    *word &= ~(UINT64_C(1) << unit % 64);
    if (*word == 0) unit_bits_summarize(bits, unit);
}

/* The first member at or behind `from`, or UNIT_BITS_NONE. */
static inline uint64_t unit_bits_next(const struct unit_bits *bits, uint64_t from)
{
    uint64_t word = from / 64 < bits->word_counts[0] ? bits->levels[0][from / 64] : 0;

    word >>= from % 64;
    return LIKELY(word != 0) ? from + bit_lowest(word) : unit_bits_far_next(bits, from);
}

/* The last member at or before `from`, which there is room for, or UNIT_BITS_NONE. */
static inline uint64_t unit_bits_prev(const struct unit_bits *bits, uint64_t from)
{
    uint64_t word = bits->levels[0][from / 64] << (63 - from % 64);

    return LIKELY(word != 0) ? from - (63 - bit_highest(word)) : unit_bits_far_prev(bits, from);
}

/* Every summary again. */
fh_status unit_bits_audit(const struct unit_bits *bits) MUST_CHECK;

#endif
