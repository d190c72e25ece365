/*
 * unit_map.c - a set of free units as bits, with summaries that find runs in it.
 *
 * Level 0 of the tree has a node a block, the top level one node. The nodes of a level
 * stand in one array, eight siblings in one cache line (three lines on the wide levels),
 * padded with nodes of nothing free. All arrays are one allocation.
 * A change climbs only as long as it alters a summary; in a map of many short runs that
 * is one level. A search starts where the last one of its length class ended, climbs to
 * the first node that holds the run and descends once.
 */
#include "space/unit_map.h"

#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "space/unit_block.h"
#include "space/unit_map_internal.h"

#define NOWHERE UINT64_MAX

enum { LINE_BYTES = 64, ALIGNED_TRIES = 64 };

static fh_status take_arrays(struct unit_map *map, uint64_t block_count);
static void copy_arrays(struct unit_map *to, const struct unit_map *from);
static bool bits_are_clear(const uint64_t *words, struct run run);
static uint64_t first_free(const struct unit_map *map, uint64_t from, uint64_t *looked);
static uint64_t first_fit(const struct unit_map *map, uint64_t from, uint64_t count,
                          uint64_t *looked);
static uint64_t first_fit_aligned(struct unit_map *map, uint64_t from, uint64_t count,
                                  uint64_t align);
static uint64_t lowest_fit(struct unit_map *map, uint64_t from, uint64_t count);
static uint64_t climb(const struct unit_map *map, uint64_t block, uint64_t tail, uint64_t count,
                      uint64_t *looked);
static uint64_t descend(const struct unit_map *map, unsigned level, uint64_t node, uint64_t count,
                        uint64_t *looked);
static uint64_t free_before(const struct unit_map *map, uint64_t unit);
static uint64_t free_behind(const struct unit_map *map, uint64_t unit);
static void search_earlier(struct unit_map *map, struct run run);
static bool is_inside(unsigned level, uint64_t node, struct run run);
static void lower_above(struct unit_map *map, unsigned level, uint64_t node, struct run run,
                        struct run whole);
static void raise_above(struct unit_map *map, unsigned level, uint64_t node, uint64_t length);
static bool lower_node(struct unit_map *map, unsigned level, uint64_t node, struct run run,
                       struct run whole);
static bool raise_node(struct unit_map *map, unsigned level, uint64_t node, struct run whole);

fh_status unit_map_init(struct unit_map *map, uint64_t unit_count)
{
    struct unit_map fresh = {.unit_count = unit_count};

    if (unit_count >> span_bits(UNIT_MAP_LEVELS - 1) != 0)
        return fail(FH_TOO_LARGE, "%" PRIu64 " units in one set", unit_count);
    TRY(take_arrays(&fresh, divide_up(unit_count, BLOCK_UNITS)));
    *map = fresh;
    return FH_OK;
}

void unit_map_fini(struct unit_map *map)
{
    memory_give(map->memory);
    map->memory = NULL;
}

fh_status unit_map_grow(struct unit_map *map, uint64_t unit_count)
{
    uint64_t block_count = divide_up(unit_count, BLOCK_UNITS);
    struct unit_map larger = *map;

    REQUIRE(unit_count >= map->unit_count);
    if (unit_count >> span_bits(UNIT_MAP_LEVELS - 1) != 0)
        return fail(FH_TOO_LARGE, "%" PRIu64 " units in one set", unit_count);
    if (block_count > map->block_count) {
        /* By half at least: many small steps must not copy the map each time. */
        if (block_count < map->block_count + map->block_count / 2)
            block_count = map->block_count + map->block_count / 2;
        TRY(take_arrays(&larger, block_count));
        copy_arrays(&larger, map);
        memory_give(map->memory);
    }
    larger.unit_count = unit_count;
    *map = larger;
    return FH_OK;
}

void unit_map_shrink(struct unit_map *map, uint64_t unit_count)
{
    REQUIRE(unit_count <= map->unit_count);
    map->unit_count = unit_count;
}

bool unit_map_find(struct unit_map *map, uint64_t count, uint64_t near, uint64_t align,
                   struct run *ret_run)
{
    uint64_t lowest;
    uint64_t first = NOWHERE;

    REQUIRE(count > 0);
    if (count > unit_map_largest(map)) {
        map->looked_count++;
        return false;
    }
    lowest = map->search_from[class_of(count)];
    if (near > lowest && near < map->unit_count) first = first_fit_aligned(map, near, count, align);
    if (first == NOWHERE && align > 1)
        first = first_fit_aligned(map, lowest, count, align);
    else if (first == NOWHERE)
        first = lowest_fit(map, lowest, count);
    if (first == NOWHERE) return false;
    *ret_run = (struct run){first, count};
    return true;
}

void unit_map_take_at(struct unit_map *map, struct run run)
{
    struct run whole = {run.first - free_before(map, run.first), 0};
    uint64_t first = run.first >> span_bits(0);
    uint64_t last = (run_end(run) - 1) >> span_bits(0);
    bool changed = true;

    whole.count = run_end(run) + free_behind(map, run_end(run)) - whole.first;
    bits_fill(map->words, run.first, run.count, false);
    map->free_units -= run.count;
    map->free_runs -= 1;
    map->free_runs += whole.first < run.first;
    map->free_runs += run_end(run) < run_end(whole);

    for (unsigned level = 0; changed && level <= map->top; level++) {
        if (is_inside(level, first, whole)) {
            lower_above(map, level, first, run, whole);
            return;
        }
        changed = false;
        for (uint64_t node = first; node <= last; node++)
            changed |= lower_node(map, level, node, run, whole);
        first /= FANOUT;
        last /= FANOUT;
    }
}

void unit_map_give(struct unit_map *map, struct run run)
{
    struct run whole = {run.first - free_before(map, run.first), 0};
    uint64_t first = run.first >> span_bits(0);
    uint64_t last = (run_end(run) - 1) >> span_bits(0);
    bool changed = true;

    whole.count = run_end(run) + free_behind(map, run_end(run)) - whole.first;
    bits_fill(map->words, run.first, run.count, true);
    map->free_units += run.count;
    map->free_runs += 1;
    map->free_runs -= whole.first < run.first;
    map->free_runs -= run_end(run) < run_end(whole);
    search_earlier(map, whole);

    for (unsigned level = 0; changed && level <= map->top; level++) {
        if (is_inside(level, first, whole)) {
            raise_above(map, level, first, whole.count);
            return;
        }
        changed = false;
        for (uint64_t node = first; node <= last; node++)
            changed |= raise_node(map, level, node, whole);
        first /= FANOUT;
        last /= FANOUT;
    }
}

bool unit_map_is_free(const struct unit_map *map, struct run run)
{
    return run_holds((struct run){0, map->unit_count}, run) &&
           free_behind(map, run.first) >= run.count;
}

bool unit_map_is_taken(const struct unit_map *map, struct run run)
{
    uint64_t looked = 0;

    if (!run_holds((struct run){0, map->unit_count}, run)) return false;
    /* A give follows, and waits for these as long as for the bits themselves. */
    PREFETCH(&map->narrow[0][run.first / BLOCK_UNITS]);
    if (map->top > 0) PREFETCH(&map->narrow[1][run.first / BLOCK_UNITS / FANOUT]);
    if (LIKELY(run.count <= BLOCK_UNITS)) return bits_are_clear(map->words, run);
    return first_fit(map, run.first, 1, &looked) >= run_end(run);
}

bool unit_map_next_run(const struct unit_map *map, uint64_t from, struct run *ret_run)
{
    uint64_t looked = 0;
    uint64_t first = from < map->unit_count ? first_fit(map, from, 1, &looked) : NOWHERE;

    if (first == NOWHERE) return false;
    *ret_run = (struct run){first, free_behind(map, first)};
    return true;
}

uint64_t unit_map_largest(const struct unit_map *map)
{
    return summary_at(map, map->top, 0).longest;
}

static bool bits_are_clear(const uint64_t *words, struct run run)
{
    if (run.count - 1 < 64)
        return ((words[run.first / 64] >> run.first % 64 << (64 - run.count)) |
                (words[bits_last(run.first, run.count)] & bits_rest(run.first, run.count))) == 0;
    while (run.count > 0) {
        unsigned at = (unsigned)(run.first % 64);
        unsigned here = (unsigned)(run.count < 64 - at ? run.count : 64 - at);

        if ((words[run.first / 64] & bit_mask(at, here)) != 0) return false;
        run.first += here;
        run.count -= here;
    }
    return true;
}

/* The lowest free unit at or behind `from`, which is in the map. */
static uint64_t first_free(const struct unit_map *map, uint64_t from, uint64_t *looked)
{
    uint64_t node = from / BLOCK_UNITS;
    unsigned found = block_find(map->words + node * BLOCK_WORDS, (unsigned)(from % BLOCK_UNITS), 1);
    unsigned level = 0;
    unsigned here;

    ++*looked;
    if (found < BLOCK_UNITS) return node * BLOCK_UNITS + found;
    for (node++;; level++) {
        if (level >= map->top) return NOWHERE;
        here = node % FANOUT != 0 ? free_among(map, level, round_down(node, FANOUT)) : 0;
        here >>= node % FANOUT;
        ++*looked;
        if (here != 0) break;
        node = divide_up(node, FANOUT);
    }
    node += bit_lowest(here);
    *looked += level + 1;
    while (level > 0) {
        level--;
        node *= FANOUT;
        node += bit_lowest(free_among(map, level, node));
    }
    return node * BLOCK_UNITS + block_find(map->words + node * BLOCK_WORDS, 0, 1);
}

/* The lowest start at or behind `from` of a run of `count`; `from` is in the map. */
static uint64_t first_fit(const struct unit_map *map, uint64_t from, uint64_t count,
                          uint64_t *looked)
{
    uint64_t block = from / BLOCK_UNITS;
    unsigned at = (unsigned)(from % BLOCK_UNITS);
    struct unit_summary summary;

    if (count == 1) return first_free(map, from, looked);
    ++*looked;
    summary = summary_at(map, 0, block);
    if (summary.longest >= count) {
        unsigned found = block_find(map->words + block * BLOCK_WORDS, at, (unsigned)count);

        if (found < BLOCK_UNITS) return block * BLOCK_UNITS + found;
    }
    if (summary.suffix > BLOCK_UNITS - at) summary.suffix = BLOCK_UNITS - at;
    return climb(map, block, summary.suffix, count, looked);
}

/* To the first node behind `block` that holds the run; `tail` units before it are free. */
static uint64_t climb(const struct unit_map *map, uint64_t block, uint64_t tail, uint64_t count,
                      uint64_t *looked)
{
    uint64_t node = block + 1;
    unsigned level = 0;

    for (;;) {
        struct unit_summary summary;

        while (node % FANOUT == 0 && level < map->top) {
            node /= FANOUT;
            level++;
        }
        if (level >= map->top) return NOWHERE;
        summary = summary_at(map, level, node);
        ++*looked;
        if (tail + summary.prefix >= count) return (node << span_bits(level)) - tail;
        if (summary.longest >= count) return descend(map, level, node, count, looked);
        tail = summary.prefix >> span_bits(level) != 0 ? tail + summary.prefix : summary.suffix;
        node++;
    }
}

/* The lowest start inside a node whose longest run has `count` or more. */
static uint64_t descend(const struct unit_map *map, unsigned level, uint64_t node, uint64_t count,
                        uint64_t *looked)
{
    while (level > 0) {
        uint64_t tail = 0;

        level--;
        node *= FANOUT;
        if (LIKELY(level < UNIT_MAP_NARROW_LEVELS && count >> span_bits(level) == 0)) {
            const uint64_t *eight = &map->narrow[level][node];
            unsigned found = first_among(eight, count);

            node += found;
            *looked += found + 1;
            if (found > 0 && joined(eight[found - 1], eight[found]) >= count)
                return (node << span_bits(level)) - narrow_suffix(eight[found - 1]);
            continue;
        }
        for (;; node++) {
            struct unit_summary summary = summary_at(map, level, node);

            ++*looked;
            if (tail + summary.prefix >= count) return (node << span_bits(level)) - tail;
            if (summary.longest >= count) break;
            tail = summary.prefix >> span_bits(level) != 0 ? tail + summary.prefix : summary.suffix;
        }
    }
    return node * BLOCK_UNITS + block_find(map->words + node * BLOCK_WORDS, 0, (unsigned)count);
}

/* The lowest start of all; the next search of a length class begins where this one ends. */
static uint64_t lowest_fit(struct unit_map *map, uint64_t from, uint64_t count)
{
    uint64_t node = from / BLOCK_UNITS;
    unsigned level = 0;
    unsigned class = class_of(count - 1) + 1;
    uint64_t first;

    if (count == 1) {
        first = first_free(map, from, &map->looked_count);
    } else {
        map->looked_count++;
        for (; longest_at(map, level, node) < count; level++, node /= FANOUT)
            map->looked_count++;
        first = descend(map, level, node, count, &map->looked_count);
    }
    REQUIRE(first != NOWHERE);
    map->search_top = class_of(unit_map_largest(map));
    do {
        for (unsigned i = 0; i < UNIT_MAP_SEARCH_STEP; i++, class ++)
            map->search_from[class] = larger(map->search_from[class], first);
    } while (class <= map->search_top && map->search_from[class] < first);
    return first;
}

/* Tries the runs that are long enough one by one, few of them while a sure one exists. */
static uint64_t first_fit_aligned(struct unit_map *map, uint64_t from, uint64_t count,
                                  uint64_t align)
{
    uint64_t sure;

    if (align <= 1) return first_fit(map, from, count, &map->looked_count);
    if (count > map->unit_count || align > map->unit_count)
        return from == 0 && unit_is_free(map, 0) && free_behind(map, 0) >= count ? 0 : NOWHERE;
    sure = count + align - 1;
    for (unsigned tries = 0; from < map->unit_count; tries++) {
        uint64_t first;
        uint64_t end;

        if (tries == ALIGNED_TRIES && unit_map_largest(map) >= sure) {
            first = first_fit(map, from, sure, &map->looked_count);
            if (first != NOWHERE) return round_up(first, align);
        }
        first = first_fit(map, from, count, &map->looked_count);
        if (first == NOWHERE) return NOWHERE;
        end = first + free_behind(map, first);
        first = round_up(first, align);
        if (first < end && end - first >= count) return first;
        from = end;
    }
    return NOWHERE;
}

/* How many units right before `unit` are free without a gap. */
static uint64_t free_before(const struct unit_map *map, uint64_t unit)
{
    uint64_t node = unit / BLOCK_UNITS;
    unsigned at = (unsigned)(unit % BLOCK_UNITS);
    uint64_t count = at > 0 ? block_before(map->words + node * BLOCK_WORDS, at) : 0;
    unsigned level = 0;

    if (count < at) return count;
    while (node > 0) {
        uint64_t suffix;

        if (node % FANOUT == 0) {
            node /= FANOUT;
            level++;
            continue;
        }
        node--;
        suffix = summary_at(map, level, node).suffix;
        count += suffix;
        if (suffix >> span_bits(level) == 0) break;
    }
    return count;
}

/* How many units from `unit` on are free without a gap. */
static uint64_t free_behind(const struct unit_map *map, uint64_t unit)
{
    uint64_t node = unit / BLOCK_UNITS;
    unsigned at = (unsigned)(unit % BLOCK_UNITS);
    uint64_t count;
    unsigned level = 0;

    if (unit >= map->unit_count) return 0;
    count = block_behind(map->words + node * BLOCK_WORDS, at);
    if (at + count < BLOCK_UNITS) return count;
    for (node++;; node++) {
        uint64_t prefix;

        while (node % FANOUT == 0 && level < map->top) {
            node /= FANOUT;
            level++;
        }
        if (level >= map->top) return count;
        prefix = summary_at(map, level, node).prefix;
        count += prefix;
        if (prefix >> span_bits(level) == 0) return count;
    }
}

/* Searches of the length of `run` and of shorter ones may begin at it. */
static void search_earlier(struct unit_map *map, struct run run)
{
    unsigned class = class_of(run.count);
    unsigned top = map->search_top;

    if (class > top) {
        for (map->search_top = class; class > top; class --)
            map->search_from[class] = run.first;
    }
    /* Some in any case: whether it is one or three is what no processor foresees. */
    do {
        for (unsigned i = 0; i < UNIT_MAP_SEARCH_STEP; i++) {
            map->search_from[class] = smaller(map->search_from[class], run.first);
            class -= class > 0;
        }
    } while (map->search_from[class] > run.first);
}

/* The run touches no border of the node, so that here and above only `longest` can change. */
static bool is_inside(unsigned level, uint64_t node, struct run run)
{
    uint64_t begin = node << span_bits(level);

    return run.first > begin && run_end(run) - begin < UINT64_C(1) << span_bits(level);
}

/* From this node up, after `run`, a part of the free run `whole`, was taken. */
static void lower_above(struct unit_map *map, unsigned level, uint64_t node, struct run run,
                        struct run whole)
{
    uint64_t before = run.first - whole.first;
    uint64_t behind = run_end(whole) - run_end(run);
    uint64_t longest = longest_at(map, level, node);
    uint64_t now = longest;

    if (longest == whole.count && level == 0)
        now = block_longest(map->words + node * BLOCK_WORDS, (unsigned)larger(before, behind),
                            (unsigned)longest);
    else if (longest == whole.count)
        now = children_longest(map, level, node, longest);
    while (now != longest) {
        longest_put(map, level, node, now);
        if (level == map->top) return;
        level++;
        node /= FANOUT;
        longest = longest_at(map, level, node);
        now = longest == whole.count ? children_longest(map, level, node, longest) : longest;
    }
}

/* From this node up: a run of this length is new in it. The first is written in any case, so that
 * a give does not stop to wait for it. */
static void raise_above(struct unit_map *map, unsigned level, uint64_t node, uint64_t length)
{
    longest_put(map, level, node, larger(longest_at(map, level, node), length));
    while (++level <= map->top) {
        node /= FANOUT;
        if (longest_at(map, level, node) >= length) return;
        longest_put(map, level, node, length);
    }
}

/*
 * A node's summary after `run`, a part of the free run `whole`, was taken. The other runs
 * of the node matter only if this one was the longest and what remains of it is not.
 * Returns whether the summary became another one.
 */
static bool lower_node(struct unit_map *map, unsigned level, uint64_t node, struct run run,
                       struct run whole)
{
    struct unit_summary summary = summary_at(map, level, node);
    uint64_t span = UINT64_C(1) << span_bits(level);
    uint64_t begin = node << span_bits(level);
    uint64_t at = run.first > begin ? run.first - begin : 0;
    uint64_t end = run_end(run) - begin < span ? run_end(run) - begin : span;
    uint64_t whole_at = whole.first > begin ? whole.first - begin : 0;
    uint64_t whole_end = run_end(whole) - begin < span ? run_end(whole) - begin : span;
    uint64_t rest = at - whole_at > whole_end - end ? at - whole_at : whole_end - end;

    if (summary.longest == whole_end - whole_at) {
        if (whole_at <= rest && span - whole_end <= rest)
            summary.longest = rest;
        else if (level == 0)
            summary.longest = block_longest(map->words + node * BLOCK_WORDS, (unsigned)rest,
                                            (unsigned)summary.longest);
        else
            summary.longest = children_longest(map, level, node, summary.longest);
    }
    if (summary.prefix > at) summary.prefix = at;
    if (summary.suffix > span - end) summary.suffix = span - end;
    return summary_put(map, level, node, summary);
}

/* A node's summary after units were given that are now part of the free run `whole`. */
static bool raise_node(struct unit_map *map, unsigned level, uint64_t node, struct run whole)
{
    struct unit_summary summary = summary_at(map, level, node);
    uint64_t span = UINT64_C(1) << span_bits(level);
    uint64_t begin = node << span_bits(level);
    uint64_t at = whole.first > begin ? whole.first - begin : 0;
    uint64_t end = run_end(whole) - begin < span ? run_end(whole) - begin : span;

    if (summary.longest < end - at) summary.longest = end - at;
    if (at == 0) summary.prefix = end;
    if (end == span) summary.suffix = span - at;
    return summary_put(map, level, node, summary);
}

/* New arrays, nothing free; the map's own are not given back. */
static fh_status take_arrays(struct unit_map *map, uint64_t block_count)
{
    uint64_t lines[UNIT_MAP_LEVELS] = {0};
    uint64_t word_lines;
    uint64_t all_lines;
    uint8_t *next;

    map->block_count = block_count > 0 ? block_count : 1;
    map->top = 0;
    while (nodes_at(map, map->top) > 1)
        map->top++;
    word_lines = divide_up(map->block_count, LINE_BYTES / (BLOCK_UNITS / 8));
    all_lines = word_lines;
    for (unsigned level = 0; level <= map->top; level++) {
        lines[level] = divide_up(nodes_at(map, level), FANOUT);
        if (level >= UNIT_MAP_NARROW_LEVELS)
            lines[level] *= sizeof(struct unit_summary) * FANOUT / LINE_BYTES;
        all_lines += lines[level];
    }

    next = memory_take_lines(all_lines, LINE_BYTES);
    if (next == NULL) return fail(FH_NO_MEMORY, "a map of %" PRIu64 " blocks", map->block_count);
    map->memory = next;
    map->words = (uint64_t *)(void *)next;
    next += word_lines * LINE_BYTES;
    for (unsigned level = 0; level <= map->top; level++) {
        if (level < UNIT_MAP_NARROW_LEVELS)
            map->narrow[level] = (uint64_t *)(void *)next;
        else
            map->wide[level - UNIT_MAP_NARROW_LEVELS] = (struct unit_summary *)(void *)next;
        next += lines[level] * LINE_BYTES;
    }
    return FH_OK;
}

/* Into larger, empty arrays. */
static void copy_arrays(struct unit_map *to, const struct unit_map *from)
{
    memcpy(to->words, from->words, from->block_count * BLOCK_WORDS * sizeof(*from->words));
    for (unsigned level = 0; level <= from->top; level++)
        for (uint64_t node = 0; node < nodes_at(from, level); node++)
            (void)summary_put(to, level, node, summary_at(from, level, node));
    for (unsigned level = from->top + 1; level <= to->top; level++)
        (void)summary_put(to, level, 0, summary_fold(to, level, 0));
}
