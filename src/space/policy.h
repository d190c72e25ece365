/*
 * policy.h - the port behind which every free-space policy lives.
 *
 * A policy keeps a set of free units, of a universe 0 .. unit_count - 1, and answers one
 * question: which run is taken next? It sees integers only; bytes, files and locks are
 * its caller's. It is not told what units mean and keeps nothing but the set.
 * To add one: a file beside this one, and its line in policy_table.h.
 *
 * The laws (L for law; tests run them over every policy):
 *   L1 take returns a run that was free whole, of the asked length, aligned as asked.
 *   L2 after take none of its units is free; after give all of them are.
 *   L3 take fails with FH_NO_SPACE only when no free run is long enough (with alignment:
 *      no aligned one), and leaves the set as it was. `buddy` may be stricter; it says so.
 *   L4 same calls, same answers: nothing random, no address, no clock.
 *   L5 after reserve(t, g), t takes and g gives need no memory and cannot fail for it; opened
 *      in memory, no take or give ever does.
 */
#ifndef FREEHOLD_SPACE_POLICY_H
#define FREEHOLD_SPACE_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "freehold/status.h"
#include "space/run.h"

struct policy;
struct space_head;

/*
 * The memory behind the units, where there is some: what a policy remembers of a free run then
 * lives in the run's first unit (lifo: in each free unit), and take and give allocate nothing.
 * What lies in a free unit is the policy's until it is taken. Units are named by number there,
 * never by address. Whoever writes into a free unit is found out when the policy reads it:
 * FH_CORRUPT, and no link is followed out of the units.
 */
struct policy_memory {
    void *units; /* unit n lies at units + n * unit_bytes */
    size_t unit_bytes;
    struct space_head *head; /* NULL: none; only where has_head */
    bool is_old;             /* the free units are those that the head tells of */
};

struct policy_request {
    uint64_t unit_count; /* at least 1 */
    uint64_t near;       /* a wish: at or behind this unit; 0 for none */
    uint64_t align;      /* the first unit is a multiple of this; 0 and 1: any */
    bool whole_blocks;   /* buddy: keep the rounding instead of giving it back at once */
};

struct policy_stat {
    uint64_t free_units;
    uint64_t free_runs;
    uint64_t largest_run_units;
    uint64_t looked_count; /* nodes that takes have looked at, since open; README.md: which */
};

struct policy_ops {
    const char *name;
    const char *idea; /* one line for people */
    bool is_strict;   /* L3: wants a whole aligned block where a long enough run would do */
    bool has_head;    /* the set outlives the policy: it is all in the units and a head */

    /* What it keeps in a free unit when memory is there; 0: nothing, its index lives beside. */
    size_t node_bytes;

    /* No unit is free at first. The caller owns *ret_policy until close. */
    fh_status (*open)(uint64_t unit_count, struct policy **ret_policy);
    /* As open, in memory that the caller owns. NULL where node_bytes is 0. */
    fh_status (*open_in)(uint64_t unit_count, const struct policy_memory *memory,
                         struct policy **ret_policy);
    void (*close)(struct policy *policy);

    /* L5. */
    fh_status (*reserve)(struct policy *policy, uint64_t take_count, uint64_t give_count);

    /* The universe becomes larger; the new units are not free. */
    fh_status (*grow)(struct policy *policy, uint64_t unit_count);
    /* It becomes smaller; no unit at or beyond unit_count is free. */
    void (*shrink)(struct policy *policy, uint64_t unit_count);

    fh_status (*take)(struct policy *policy, const struct policy_request *request,
                      struct run *ret_run);

    /* Takes exactly this run, which is free whole. Counts as a take for L5. */
    fh_status (*take_at)(struct policy *policy, struct run run);

    /* Where memory is there, and right behind is_taken: FH_CORRUPT when this or a give of `run`
     * would follow what somebody has written into a free unit. NULL: they follow nothing. */
    fh_status (*check_give)(const struct policy *policy, struct run run);

    /* No unit of `run` is free, all are below unit_count. */
    void (*give)(struct policy *policy, struct run run);

    /* The first free run (maximal, never a part) that ends behind unit `from`, in order of
     * address; a run that begins before `from` is reported from `from` on. */
    bool (*next_run)(const struct policy *policy, uint64_t from, struct run *ret_run);

    /* All units of `run` are free. */
    bool (*is_free)(const struct policy *policy, struct run run);
    /* None of them is. */
    bool (*is_taken)(const struct policy *policy, struct run run);

    /* free_units is O(1); the others may walk. */
    void (*stat)(const struct policy *policy, struct policy_stat *ret_stat);

    /* Counts everything again; the error note names the first law that is broken. */
    fh_status (*audit)(const struct policy *policy);
};

/* NULL when no policy has that name. */
const struct policy_ops *policy_find(const char *name);

/* The n-th policy, the default one first; NULL behind the last. */
const struct policy_ops *policy_at(unsigned n);

#endif
