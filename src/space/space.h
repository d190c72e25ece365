/*
 * space.h - a set of free units under one policy, with its figures and its guard.
 *
 * The face of the layer: it refuses what a policy must not see (double, wild and
 * overlapping gives, lengths of zero, sums that overflow) and counts what happened.
 * One thread at a time; the caller's lock guards it.
 */
#ifndef FREEHOLD_SPACE_SPACE_H
#define FREEHOLD_SPACE_SPACE_H

#include "space/policy.h"
#include "space/space_head.h"

struct space;

struct space_stat {
    const char *policy;
    uint64_t unit_count;
    uint64_t free_units;
    uint64_t free_runs;
    uint64_t largest_run_units;
    uint64_t take_count; /* since open */
    uint64_t give_count;
    uint64_t refused_count; /* takes that found no run */
    uint64_t looked_count;  /* nodes that takes looked at to find theirs */
};

/* FH_INVALID: no such policy (the note lists them). FH_NO_MEMORY. No unit is free at first. */
fh_status space_open(const char *policy_name, uint64_t unit_count,
                     struct space **ret_space) MUST_CHECK;
/* As space_open, in memory behind the units (NULL: none); it is the caller's and outlives the
 * space. FH_INVALID also: the policy lives beside, or cannot live in units so short or so placed,
 * or with a head. */
fh_status space_open_in(const char *policy_name, uint64_t unit_count,
                        const struct policy_memory *memory, struct space **ret_space) MUST_CHECK;

/* With the units and the free ones that the head in `memory` tells of; there is memory for
 * `unit_count` units. `policy_name` NULL: the head's. FH_CORRUPT: the head or the list is
 * damaged; nothing was written. FH_MISMATCH, FH_VERSION: another policy, another unit_bytes. */
fh_status space_attach(const char *policy_name, uint64_t unit_count,
                       const struct policy_memory *memory, struct space **ret_space) MUST_CHECK;

/* `space` may be NULL. */
void space_close(struct space *space);

/* Memory for so many takes and gives, so that they cannot fail for it (L5). */
fh_status space_reserve(struct space *space, uint64_t take_count, uint64_t give_count) MUST_CHECK;

/* FH_NO_SPACE: no run is long enough. FH_INVALID: a length of zero, an alignment that is no
 * power of two. */
fh_status space_take(struct space *space, const struct policy_request *request,
                     struct run *ret_run) MUST_CHECK;

/* FH_INVALID unless every unit of `run` is free. */
fh_status space_take_at(struct space *space, struct run run) MUST_CHECK;

/* FH_INVALID, and nothing changed: a unit of `run` is free already, or is none, or there is
 * none in it. FH_NO_MEMORY only when nothing was reserved. */
fh_status space_give(struct space *space, struct run run) MUST_CHECK;

/* As space_give for a caller that knows and has reserved: a wrong run fails a REQUIRE in
 * audited builds. */
void space_put_back(struct space *space, struct run run);

fh_status space_grow(struct space *space, uint64_t unit_count) MUST_CHECK;
/* FH_INVALID when a unit at or beyond unit_count is free. */
fh_status space_shrink(struct space *space, uint64_t unit_count) MUST_CHECK;

bool space_is_free(const struct space *space, struct run run);
uint64_t space_free_units(const struct space *space);

/* As policy_ops.next_run: `for (at = 0; space_next_run(s, at, &run); at = run_end(run))`. */
bool space_next_run(const struct space *space, uint64_t from, struct run *ret_run);

void space_stat(const struct space *space, struct space_stat *ret_stat);
fh_status space_audit(const struct space *space) MUST_CHECK;

#endif
