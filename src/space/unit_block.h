/*
 * unit_block.h - 256 units in four words: scans and run lengths inside one block.
 *
 * A set bit is a free unit. All positions are inside the block, 0 .. 256.
 */
#ifndef FREEHOLD_SPACE_UNIT_BLOCK_H
#define FREEHOLD_SPACE_UNIT_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bits.h"
#include "base/compiler.h"

enum {
    BLOCK_WORDS = 4,
    BLOCK_UNITS = 256,
    BLOCK_TRIES = 4 /* places that block_find looks at one by one */
};

/* How many units right before `at` are free without a gap. */
static inline unsigned block_before(const uint64_t *words, unsigned at)
{
    unsigned count = 0;

    while (at > 0) {
        unsigned last = (at - 1) % 64;
        uint64_t taken = ~words[(at - 1) / 64] << (63 - last);

        if (taken != 0) return count + 63 - bit_highest(taken);
        count += last + 1;
        at -= last + 1;
    }
    return count;
}

/* How many units from `at` on are free without a gap. */
static inline unsigned block_behind(const uint64_t *words, unsigned at)
{
    unsigned count = 0;

    while (at < BLOCK_UNITS) {
        uint64_t taken = ~words[at / 64] >> (at % 64);
        unsigned here = 64 - at % 64;

        if (taken != 0) return count + bit_lowest(taken);
        count += here;
        at += here;
    }
    return count;
}

static inline bool block_is_empty(const uint64_t *words)
{
    return (words[0] | words[1] | words[2] | words[3]) == 0;
}

/*
 * Keeps bit p only where p and p + distance are set; 0 < distance < 256. Of the starts of
 * runs of n or more it makes the starts of runs of n + distance or more, for distance <= n.
 */
static inline void block_lengthen(uint64_t *words, unsigned distance)
{
    unsigned skip = distance / 64;
    unsigned shift = distance % 64;

    /* The shift of a higher word is done in two, because a shift by 64 is none. */
    if (LIKELY(skip == 0)) {
        words[0] &= words[0] >> shift | words[1] << 1 << (63 - shift);
        words[1] &= words[1] >> shift | words[2] << 1 << (63 - shift);
        words[2] &= words[2] >> shift | words[3] << 1 << (63 - shift);
        words[3] &= words[3] >> shift;
        return;
    }
    for (unsigned i = 0; i < BLOCK_WORDS; i++) {
        uint64_t low = i + skip < BLOCK_WORDS ? words[i + skip] : 0;
        uint64_t high = i + skip + 1 < BLOCK_WORDS ? words[i + skip + 1] : 0;

        words[i] &= low >> shift | high << 1 << (63 - shift);
    }
}

/* Makes of free units the starts of runs of `count` or more; 0 < count <= 256. */
static inline void block_starts(uint64_t *words, unsigned count)
{
    unsigned length = 1;

    while (length < count) {
        unsigned distance = length < count - length ? length : count - length;

        block_lengthen(words, distance);
        length += distance;
    }
}

/* The first set bit of the block at or behind `from`; 256 when there is none. */
static inline unsigned block_first(const uint64_t *words, unsigned from)
{
    for (unsigned i = from / 64; i < BLOCK_WORDS; i++) {
        uint64_t here = i == from / 64 ? words[i] >> (from % 64) << (from % 64) : words[i];

        if (here != 0) return i * 64 + bit_lowest(here);
    }
    return BLOCK_UNITS;
}

/* The first position at or behind `from` where `count` units are free; 256 when there is none.
 * Where a run of them begins, its first and its last unit are free: few other places pass that. */
static inline unsigned block_find(const uint64_t *words, unsigned from, unsigned count)
{
    uint64_t both[BLOCK_WORDS] = {words[0], words[1], words[2], words[3]};
    unsigned tries = 0;

    if (count == 1) return block_first(words, from);
    block_lengthen(both, count - 1);
    for (;;) {
        unsigned length;

        from = block_first(both, from);
        if (from == BLOCK_UNITS) return BLOCK_UNITS;
        length = block_behind(words, from);
        if (length >= count) return from;
        from += length;
        if (++tries == BLOCK_TRIES) break;
    }
    for (unsigned i = 0; i < BLOCK_WORDS; i++)
        both[i] = words[i];
    block_starts(both, count);
    return block_first(both, from);
}

/* The longest run of set bits in a word, or `at_least`. */
static inline unsigned word_longest(uint64_t word, unsigned at_least)
{
    while (word != 0) {
        uint64_t first = word & (0 - word);
        uint64_t behind = word + first;
        unsigned count = (behind != 0 ? bit_lowest(behind) : 64) - bit_lowest(word);

        at_least = at_least > count ? at_least : count;
        word &= behind;
    }
    return at_least;
}

/*
 * The longest run; the caller knows that there is one of `at_least` (which may be 0), and none
 * longer than `at_most`. First the runs at the borders of words, then those between: most words
 * have none that is longer, and show it by having no two units that are so far apart.
 */
static inline unsigned block_longest(const uint64_t *words, unsigned at_least, unsigned at_most)
{
    unsigned longest = at_least;
    unsigned tail = 0;

    if (at_most == 1) return !block_is_empty(words);
    for (unsigned i = 0; i < BLOCK_WORDS; i++) {
        uint64_t taken = ~words[i];
        unsigned front = taken != 0 ? bit_lowest(taken) : 64;

        tail += front;
        longest = longest > tail ? longest : tail;
        if (taken != 0) tail = 63 - bit_highest(taken);
    }
    longest = longest > tail ? longest : tail;
    if (longest >= at_most || longest >= 62) return longest;
    if (((words[0] & words[0] >> longest) | (words[1] & words[1] >> longest) |
         (words[2] & words[2] >> longest) | (words[3] & words[3] >> longest)) == 0)
        return longest;
    for (unsigned i = 0; i < BLOCK_WORDS; i++)
        if ((words[i] & words[i] >> longest) != 0) longest = word_longest(words[i], longest);
    return longest;
}

#endif
