/*
 * unit_map_audit.c - counts a unit map again: bits, summaries, figures, search starts.
 */
#include <inttypes.h>

#include "base/check.h"
#include "base/note.h"
#include "space/unit_block.h"
#include "space/unit_map_internal.h"

static fh_status audit_blocks(const struct unit_map *map);
static fh_status audit_levels(const struct unit_map *map);
static fh_status audit_runs(const struct unit_map *map);

fh_status unit_map_audit(const struct unit_map *map)
{
    TRY(audit_blocks(map));
    TRY(audit_levels(map));
    return audit_runs(map);
}

static fh_status audit_blocks(const struct unit_map *map)
{
    uint64_t end = map->block_count * BLOCK_UNITS;

    if (bits_count(map->words, map->unit_count, end - map->unit_count) != 0)
        return fail(FH_CORRUPT, "unit map: a free unit at or beyond %" PRIu64, map->unit_count);
    if (bits_count(map->words, 0, map->unit_count) != map->free_units)
        return fail(FH_CORRUPT, "unit map: %" PRIu64 " free units noted, not so many there",
                    map->free_units);
    for (uint64_t block = 0; block < map->block_count; block++) {
        const uint64_t *words = map->words + block * BLOCK_WORDS;
        struct unit_summary summary = {
            .prefix = block_behind(words, 0),
            .longest = block_longest(words, 0, BLOCK_UNITS),
            .suffix = block_before(words, BLOCK_UNITS),
        };

        if (!summary_equals(summary, summary_at(map, 0, block)))
            return fail(FH_CORRUPT, "unit map: wrong summary of block %" PRIu64, block);
    }
    return FH_OK;
}

static fh_status audit_levels(const struct unit_map *map)
{
    for (unsigned level = 1; level <= map->top; level++)
        for (uint64_t node = 0; node < nodes_at(map, level); node++)
            if (!summary_equals(summary_fold(map, level, node), summary_at(map, level, node)))
                return fail(FH_CORRUPT, "unit map: wrong summary of node %" PRIu64 " on level %u",
                            node, level);
    return FH_OK;
}

/* By the bits alone, without a look at the summaries. */
static fh_status audit_runs(const struct unit_map *map)
{
    uint64_t run_count = 0;
    uint64_t longest = 0;
    uint64_t length = 0;

    for (uint64_t unit = 0; unit <= map->unit_count; unit++) {
        if (unit_is_free(map, unit)) {
            length++;
            continue;
        }
        if (length > 0 && unit - length < map->search_from[class_of(length)])
            return fail(FH_CORRUPT, "unit map: searches would miss the run at %" PRIu64,
                        unit - length);
        run_count += length > 0;
        longest = length > longest ? length : longest;
        length = 0;
    }
    if (run_count != map->free_runs)
        return fail(FH_CORRUPT, "unit map: %" PRIu64 " free runs noted, %" PRIu64 " there",
                    map->free_runs, run_count);
    if (longest != unit_map_largest(map))
        return fail(FH_CORRUPT, "unit map: longest run %" PRIu64 " noted, %" PRIu64 " there",
                    unit_map_largest(map), longest);
    if (class_of(longest) > map->search_top)
        return fail(FH_CORRUPT, "unit map: no search start for the longest run, %" PRIu64, longest);
    for (unsigned class = 1; class <= map->search_top; class ++)
        if (map->search_from[class] < map->search_from[class - 1])
            return fail(FH_CORRUPT, "unit map: search starts descend at class %u", class);
    return FH_OK;
}
