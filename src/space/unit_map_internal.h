/*
 * unit_map_internal.h - the nodes of a unit map's tree: what its files share.
 *
 * Summaries of spans of up to 2^20 units are three numbers of 21 bits in one word, so
 * that eight siblings are one cache line; above that there are few nodes and they are wide.
 */
#ifndef FREEHOLD_SPACE_UNIT_MAP_INTERNAL_H
#define FREEHOLD_SPACE_UNIT_MAP_INTERNAL_H

#include "base/bits.h"
#include "space/unit_map.h"

enum { FANOUT = 8, NARROW_BITS = 21 };

/*
 * Searches are remembered by length classes, four to an octave: 1 2 3 | 4 5 6 7 | 8 10 12 14 |
 * 16 20 ... This is the last class that does not exceed the length.
 */
static inline unsigned class_of(uint64_t length)
{
    unsigned octave;

    if (length < 4) return (unsigned)length;
    octave = bit_highest(length);
    return 4 * (octave - 1) + (unsigned)(length >> (octave - 2) & 3);
}

/* Units in the span of a node: 2^this. */
static inline unsigned span_bits(unsigned level)
{
    return 8 + 3 * level;
}

static inline uint64_t pack(struct unit_summary summary)
{
    return summary.prefix | summary.longest << NARROW_BITS | summary.suffix << (2 * NARROW_BITS);
}

static inline struct unit_summary unpack(uint64_t packed)
{
    const uint64_t mask = (UINT64_C(1) << NARROW_BITS) - 1;

    return (struct unit_summary){
        .prefix = packed & mask,
        .longest = packed >> NARROW_BITS & mask,
        .suffix = packed >> (2 * NARROW_BITS),
    };
}

static inline struct unit_summary summary_at(const struct unit_map *map, unsigned level,
                                             uint64_t node)
{
    if (LIKELY(level < UNIT_MAP_NARROW_LEVELS)) return unpack(map->narrow[level][node]);
    return map->wide[level - UNIT_MAP_NARROW_LEVELS][node];
}

static inline bool summary_equals(struct unit_summary a, struct unit_summary b)
{
    return a.prefix == b.prefix && a.longest == b.longest && a.suffix == b.suffix;
}

/* Returns whether it was another one. */
static inline bool summary_put(struct unit_map *map, unsigned level, uint64_t node,
                               struct unit_summary summary)
{
    if (summary_equals(summary_at(map, level, node), summary)) return false;
    if (level < UNIT_MAP_NARROW_LEVELS)
        map->narrow[level][node] = pack(summary);
    else
        map->wide[level - UNIT_MAP_NARROW_LEVELS][node] = summary;
    return true;
}

static inline uint64_t nodes_at(const struct unit_map *map, unsigned level)
{
    return divide_up(map->block_count, UINT64_C(1) << (3 * level));
}

static inline bool unit_is_free(const struct unit_map *map, uint64_t unit)
{
    return unit < map->unit_count && bits_test(map->words, unit);
}

/* The summary of a node from its children's. */
static inline struct unit_summary summary_fold(const struct unit_map *map, unsigned level,
                                               uint64_t node)
{
    struct unit_summary sum = {0};
    uint64_t child = node * FANOUT;
    unsigned bits = span_bits(level - 1);
    uint64_t tail = 0;
    bool full = true;

    for (unsigned i = 0; i < FANOUT; i++) {
        struct unit_summary summary = summary_at(map, level - 1, child + i);

        tail += summary.prefix;
        if (full) sum.prefix = tail;
        if (sum.longest < tail) sum.longest = tail;
        if (sum.longest < summary.longest) sum.longest = summary.longest;
        if (summary.prefix >> bits == 0) {
            full = false;
            tail = summary.suffix;
        }
    }
    sum.suffix = tail;
    return sum;
}

static inline unsigned bit_if(bool is_set, unsigned at)
{
    return (unsigned)is_set << at;
}

/* Which of the eight nodes from `node` on have a free unit, a bit each. Without a branch: where
 * the first one stands is what no processor foresees. */
static inline unsigned free_among(const struct unit_map *map, unsigned level, uint64_t node)
{
    unsigned mask = 0;

    if (LIKELY(level < UNIT_MAP_NARROW_LEVELS)) {
        const uint64_t *eight = &map->narrow[level][node];

        return bit_if(eight[0] != 0, 0) | bit_if(eight[1] != 0, 1) | bit_if(eight[2] != 0, 2) |
               bit_if(eight[3] != 0, 3) | bit_if(eight[4] != 0, 4) | bit_if(eight[5] != 0, 5) |
               bit_if(eight[6] != 0, 6) | bit_if(eight[7] != 0, 7);
    }
    for (unsigned i = 0; i < FANOUT; i++)
        mask |= bit_if(summary_at(map, level, node + i).longest != 0, i);
    return mask;
}

static inline uint64_t longest_at(const struct unit_map *map, unsigned level, uint64_t node)
{
    return summary_at(map, level, node).longest;
}

static inline void longest_put(struct unit_map *map, unsigned level, uint64_t node,
                               uint64_t longest)
{
    const uint64_t mask = ((UINT64_C(1) << NARROW_BITS) - 1) << NARROW_BITS;

    if (LIKELY(level < UNIT_MAP_NARROW_LEVELS)) {
        uint64_t *packed = &map->narrow[level][node];

        *packed = (*packed & ~mask) | longest << NARROW_BITS;
    } else {
        map->wide[level - UNIT_MAP_NARROW_LEVELS][node].longest = longest;
    }
}

/* The longest run of a node from its children's; the caller knows that none exceeds `most`. Without
 * a branch in the loop, as above. */
static inline uint64_t children_longest(const struct unit_map *map, unsigned level, uint64_t node,
                                        uint64_t most)
{
    unsigned bits = span_bits(level - 1);
    uint64_t longest = 0;
    uint64_t tail = 0;

    if (most == 1) return free_among(map, level - 1, node * FANOUT) != 0;
    for (uint64_t child = node * FANOUT; child < (node + 1) * FANOUT; child++) {
        struct unit_summary summary = summary_at(map, level - 1, child);
        uint64_t joined = tail + summary.prefix;

        longest = longest > joined ? longest : joined;
        longest = longest > summary.longest ? longest : summary.longest;
        tail = summary.prefix >> bits == 0 ? summary.suffix : joined;
    }
    return longest;
}

#endif
