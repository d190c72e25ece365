/*
 * run_policy.h - the port of a policy over a tree of runs: all but which run is taken.
 *
 * What first, next, best, worst and by-size share. Each of them adds its take.
 */
#ifndef FREEHOLD_SPACE_RUN_POLICY_H
#define FREEHOLD_SPACE_RUN_POLICY_H

#include "space/policy.h"
#include "space/run_tree.h"

enum { RUN_POLICY_TRIES = 64 }; /* candidates that an alignment may refuse in a search */

struct policy {
    struct run_tree tree;
    uint64_t resume_at; /* next: where its search begins; no unit inside a free run but the first */
};

/* `memory` NULL: the nodes live beside. */
fh_status run_policy_open(uint64_t unit_count, bool has_lengths, const struct policy_memory *memory,
                          struct policy **ret_policy) MUST_CHECK;
void run_policy_close(struct policy *policy);

/* The functions of policy_ops. */
fh_status run_policy_reserve(struct policy *policy, uint64_t take_count, uint64_t give_count);
fh_status run_policy_grow(struct policy *policy, uint64_t unit_count);
void run_policy_shrink(struct policy *policy, uint64_t unit_count);
fh_status run_policy_take_at(struct policy *policy, struct run run);
fh_status run_policy_check_give(const struct policy *policy, struct run run);
void run_policy_give(struct policy *policy, struct run run);
bool run_policy_next_run(const struct policy *policy, uint64_t from, struct run *ret_run);
bool run_policy_is_free(const struct policy *policy, struct run run);
bool run_policy_is_taken(const struct policy *policy, struct run run);
void run_policy_stat(const struct policy *policy, struct policy_stat *ret_stat);
fh_status run_policy_audit(const struct policy *policy);

/* For a take that found nothing: FH_NO_SPACE, or FH_CORRUPT when that is why. */
fh_status run_policy_refuse(const struct policy *policy);

/*
 * The lowest fit that begins at or behind `from`, else the lowest of all. With an alignment
 * RUN_POLICY_TRIES candidates are looked at; then the lowest run behind them that is long
 * enough for any alignment; all runs only when there is none. False: no fit.
 */
bool run_policy_find_lowest(struct policy *policy, const struct policy_request *request,
                            uint64_t from, struct run *ret_run);

/* The fit in the shortest run, of equally short ones the lowest; with an alignment as above. */
bool run_policy_find_shortest(struct policy *policy, const struct policy_request *request,
                              struct run *ret_run);

/* The lowest run of exactly `count` units at or behind `near`, else the lowest of that length. */
bool run_policy_find_length(struct policy *policy, uint64_t count, uint64_t near,
                            struct run *ret_run);

#endif
