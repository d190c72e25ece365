/*
 * kv_sums.h - what all trees hold together, known without looking at them.
 *
 * A transaction adds up what it changes; a database remembers the totals of its last commits,
 * by number, so that the figures of the state that readers get can be told while newer ones wait
 * for the medium. What there was at the beginning is counted once, when it is asked for first.
 */
#ifndef FREEHOLD_KV_KV_SUMS_H
#define FREEHOLD_KV_KV_SUMS_H

#include "os/thread.h"
#include "tree/tree.h"

enum { KV_SUMS_KEPT = 256 };

/* Counts, or how they change: modulo 2^64. */
struct kv_sums {
    uint64_t trees; /* the unnamed one when it has items */
    uint64_t items;
    uint64_t payload_bytes;
    uint64_t raw_pages;
};

struct kv_total {
    uint64_t txn_id;
    struct kv_sums change; /* since the database was opened */
};

struct kv_totals {
    struct mutex lock;

    /* Guarded by the lock. */
    struct kv_total kept[KV_SUMS_KEPT]; /* a ring, ascending; the newest may have failed */
    uint64_t count;                     /* ever */
    struct kv_sums at_first;
    bool is_counted; /* at_first is */
};

fh_status kv_totals_init(struct kv_totals *totals) MUST_CHECK;
void kv_totals_fini(struct kv_totals *totals);

static inline void kv_sums_add(struct kv_sums *sums, const struct kv_sums *more)
{
    sums->trees += more->trees;
    sums->items += more->items;
    sums->payload_bytes += more->payload_bytes;
    sums->raw_pages += more->raw_pages;
}

/* A tree's record becomes another one; `name` is the catalog's, a system tree's is not counted. */
void kv_sums_record(struct kv_sums *sums, struct span name, const struct tree_state *before,
                    const struct tree_state *after);

/*
 * By the writer, before it commits `txn_id` on top of `base_id`. If that fails, or the commit
 * takes no number after all, the next one has the same and replaces it.
 */
void kv_totals_commit(struct kv_totals *totals, uint64_t base_id, uint64_t txn_id,
                      const struct kv_sums *change);

/* The change up to a state that readers get; false: it is forgotten, and others came since. */
bool kv_totals_change(struct kv_totals *totals, uint64_t txn_id, struct kv_sums *ret_change);

/* The sums of that state were counted. */
void kv_totals_set(struct kv_totals *totals, const struct kv_sums *change,
                   const struct kv_sums *counted);

/* The sums at a change; false: they were never counted. */
bool kv_totals_get(struct kv_totals *totals, const struct kv_sums *change,
                   struct kv_sums *ret_sums);

#endif
