/*
 * unit_map.h - a set of free units as bits, with summaries that find runs in it.
 *
 * One bit a unit in blocks of 256, and over the blocks a tree with eight children a node.
 * A node knows of its span the free run at its beginning, the longest one and the one at
 * its end, so runs that cross borders are found as well. Everything but audit is
 * O(log unit_count), for a run of n units plus n / 64.
 * Policies use it as their set or as an index by address. One thread at a time.
 */
#ifndef FREEHOLD_SPACE_UNIT_MAP_H
#define FREEHOLD_SPACE_UNIT_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "freehold/status.h"
#include "space/run.h"

enum {
    UNIT_MAP_NARROW_LEVELS = 5, /* spans of up to 2^20 units: three lengths in one word */
    UNIT_MAP_LEVELS = 17,       /* 256 * 8^16 units = 2^56 */
    UNIT_MAP_SEARCH_STEP = 4,   /* search starts that are corrected at once */
    /* Lengths below 2^56, four classes to an octave; a step may go beyond them. */
    UNIT_MAP_CLASSES = 220 + UNIT_MAP_SEARCH_STEP
};

/* Lengths of free runs in the span of one node. */
struct unit_summary {
    uint64_t prefix;
    uint64_t longest;
    uint64_t suffix;
};

struct unit_map {
    /* Constant until the map grows. */
    void *memory;
    uint64_t *words;
    uint64_t *narrow[UNIT_MAP_NARROW_LEVELS];
    struct unit_summary *wide[UNIT_MAP_LEVELS - UNIT_MAP_NARROW_LEVELS];
    uint64_t block_count;
    unsigned top; /* the level with one node */

    /* Changed by every take and give. */
    uint64_t unit_count;
    uint64_t free_units;
    uint64_t free_runs;
    uint64_t looked_count; /* summaries that unit_map_find has looked at */

    /* No run of class n or of a longer one begins before search_from[n]; ascending in n, up to
     * search_top. Above that class there are no runs, and nothing is noted. */
    unsigned search_top;
    uint64_t search_from[UNIT_MAP_CLASSES];
};

/* The map is the caller's storage; no unit is free. FH_NO_MEMORY, FH_TOO_LARGE from 2^56 on. */
fh_status unit_map_init(struct unit_map *map, uint64_t unit_count) MUST_CHECK;
void unit_map_fini(struct unit_map *map);

/* New units are not free. On failure the map is as before. */
fh_status unit_map_grow(struct unit_map *map, uint64_t unit_count) MUST_CHECK;
/* No unit at or beyond unit_count is free. Keeps its memory. */
void unit_map_shrink(struct unit_map *map, uint64_t unit_count);

/*
 * The lowest run of `count` free units (count > 0) that begins at or behind `near`; when
 * there is none, the lowest of all. Only looks; take_at takes. False: no such run.
 * With `align` (0 or a power of two) the run begins at a multiple of it. Then the answer is
 * the lowest as long as fewer than 64 longer runs that hold no aligned one stand before it;
 * after them any aligned one will do, so that the search stays short.
 */
bool unit_map_find(struct unit_map *map, uint64_t count, uint64_t near, uint64_t align,
                   struct run *ret_run);

/* All units of `run` are free. */
void unit_map_take_at(struct unit_map *map, struct run run);
/* None of them is. */
void unit_map_give(struct unit_map *map, struct run run);

bool unit_map_is_free(const struct unit_map *map, struct run run);
bool unit_map_is_taken(const struct unit_map *map, struct run run);

/* As policy_ops.next_run. */
bool unit_map_next_run(const struct unit_map *map, uint64_t from, struct run *ret_run);

/* Length of the longest free run, O(1). */
uint64_t unit_map_largest(const struct unit_map *map);

/* Recomputes every summary and figure. */
fh_status unit_map_audit(const struct unit_map *map) MUST_CHECK;

#endif
