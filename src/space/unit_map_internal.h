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

enum { FANOUT = 8, NARROW_BITS = 21, LONGEST_AT = 2 * NARROW_BITS };

#define NARROW_MASK ((UINT64_C(1) << NARROW_BITS) - 1)

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
    return summary.prefix | summary.suffix << NARROW_BITS | summary.longest << LONGEST_AT;
}

static inline struct unit_summary unpack(uint64_t packed)
{
    return (struct unit_summary){
        .prefix = packed & NARROW_MASK,
        .longest = packed >> LONGEST_AT,
        .suffix = packed >> NARROW_BITS & NARROW_MASK,
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
    if (LIKELY(level < UNIT_MAP_NARROW_LEVELS)) return map->narrow[level][node] >> LONGEST_AT;
    return map->wide[level - UNIT_MAP_NARROW_LEVELS][node].longest;
}

static inline void longest_put(struct unit_map *map, unsigned level, uint64_t node,
                               uint64_t longest)
{
    const uint64_t mask = (UINT64_C(1) << LONGEST_AT) - 1;

    if (LIKELY(level < UNIT_MAP_NARROW_LEVELS)) {
        uint64_t *packed = &map->narrow[level][node];

        *packed = (*packed & mask) | longest << LONGEST_AT;
    } else {
        map->wide[level - UNIT_MAP_NARROW_LEVELS][node].longest = longest;
    }
}

static inline uint64_t narrow_suffix(uint64_t node)
{
    return node >> NARROW_BITS & NARROW_MASK;
}

/* The run across the border between two narrow nodes; right unless one of them is free whole. */
static inline uint64_t joined(uint64_t left, uint64_t right)
{
    return ((left >> NARROW_BITS) + right) & NARROW_MASK;
}

/* Appends a bit: neither `node` nor the run that ends one that begins in `before` has `count`
 * units. Both differences show it by what they borrow. */
static inline uint64_t append_short(uint64_t bits, uint64_t before, uint64_t node, uint64_t count)
{
    uint64_t borrows = (node - (count << LONGEST_AT)) & (joined(before, node) - count);

    return 2 * bits + (borrows >> 63);
}

/* The first of eight narrow siblings, of which one does, that holds a run of `count` or ends one
 * that begins in the sibling before it. None is shorter than `count` when it is free whole. */
static inline unsigned first_among(const uint64_t *eight, uint64_t count)
{
    uint64_t bits = append_short(0, 0, eight[0], count);

    bits = append_short(bits, eight[0], eight[1], count);
    bits = append_short(bits, eight[1], eight[2], count);
    bits = append_short(bits, eight[2], eight[3], count);
    bits = append_short(bits, eight[3], eight[4], count);
    bits = append_short(bits, eight[4], eight[5], count);
    bits = append_short(bits, eight[5], eight[6], count);
    bits = append_short(bits, eight[6], eight[7], count);
    return FANOUT - 1 - bit_highest(~bits & ((1U << FANOUT) - 1));
}

static inline uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static inline uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The longest run of a node from its children's; the caller knows that none exceeds `most`. Without
 * a branch while no child is free whole, as above. */
static inline uint64_t children_longest(const struct unit_map *map, unsigned level, uint64_t node,
                                        uint64_t most)
{
    unsigned bits = span_bits(level - 1);
    uint64_t longest = 0;
    uint64_t tail = 0;

    if (most == 1) return free_among(map, level - 1, node * FANOUT) != 0;
    if (LIKELY(level <= UNIT_MAP_NARROW_LEVELS)) {
        const uint64_t *eight = &map->narrow[level - 1][node * FANOUT];

        longest = larger(larger(larger(eight[0], eight[1]), larger(eight[2], eight[3])),
                         larger(larger(eight[4], eight[5]), larger(eight[6], eight[7])));
        longest >>= LONGEST_AT;
        if (longest < most) {
            tail = larger(larger(joined(eight[0], eight[1]), joined(eight[1], eight[2])),
                          larger(joined(eight[2], eight[3]), joined(eight[3], eight[4])));
            tail = larger(tail, larger(joined(eight[4], eight[5]), joined(eight[5], eight[6])));
            longest = larger(longest, larger(tail, joined(eight[6], eight[7])));
        }
        if (longest >> bits == 0) return longest;
        tail = 0;
    }
    for (uint64_t child = node * FANOUT; child < (node + 1) * FANOUT; child++) {
        struct unit_summary summary = summary_at(map, level - 1, child);
        uint64_t across = tail + summary.prefix;

        longest = larger(longest, larger(across, summary.longest));
        tail = summary.prefix >> bits == 0 ? summary.suffix : across;
    }
    return longest;
}

#endif
