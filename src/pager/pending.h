/*
 * pending.h - runs freed by a transaction that somebody may still read.
 *
 * A run alive from epoch `born` until `freed` may be used again when its freeing is
 * published and no pin s with born <= s < freed is left (F3). Each run hangs on the
 * bucket of the largest pin that blocks it (F4), so that a pin that goes looks at its own
 * runs only; runs whose freeing is not published wait in a bucket of their own.
 */
#ifndef FREEHOLD_PAGER_PENDING_H
#define FREEHOLD_PAGER_PENDING_H

#include "alloc/alloc.h"
#include "base/compiler.h"

enum { PENDING_CHECKPOINTS = 2, PENDING_STALE_MAX = 64 };

struct pending_entry {
    struct run run;
    uint64_t born;
    uint64_t freed;
    uint32_t next; /* in its bucket or among the unused; 0: last */
    bool is_named; /* a log record may name it: stays until the durable checkpoint has passed */
};

/* The runs that wait for one pin. */
struct pending_bucket {
    uint64_t pin; /* UINT64_MAX: for the publication of their freeing */
    uint32_t first;
    uint64_t pages;
};

struct pending {
    struct pending_entry *entries; /* entry 0 is nobody's */
    uint32_t entry_capacity;
    uint32_t entry_end; /* entries from here on were never used */
    uint32_t unused;
    uint32_t unused_count;
    struct pending_bucket *buckets; /* by pin, ascending; the last is the unpublished one */
    uint32_t bucket_count;
    uint32_t bucket_capacity;
    uint32_t chunk_pages;
    uint64_t pages;
};

/* Header pages that a long run covers stay used and are not counted: `chunk_pages` tells which. */
fh_status pending_init(struct pending *pending, uint32_t chunk_pages) MUST_CHECK;
void pending_fini(struct pending *pending);

/* So many runs can be added without a failure. */
fh_status pending_reserve(struct pending *pending, uint32_t run_count) MUST_CHECK;
void pending_add(struct pending *pending, const struct pending_entry *entry);

/* What keeps runs from being used again, and where they go when nothing does. */
struct pending_release {
    const uint64_t *pins; /* ascending: the readers' */
    uint32_t pin_count;
    uint64_t checkpoints[PENDING_CHECKPOINTS]; /* more pins: the checkpoints' */
    uint32_t checkpoint_count;
    uint64_t published;  /* the epoch of the state that readers get */
    uint64_t checkpoint; /* the epoch of the durable one */
    uint32_t budget;     /* runs that are looked at, at most; 0: no limit */
    void (*give)(void *context, struct run run);
    void *context;
};

/*
 * Gives back what nothing blocks; false: the budget was too small to look at all that may have
 * come free. What cannot be moved for want of memory stays where it is.
 */
bool pending_release(struct pending *pending, const struct pending_release *release);

/* Pins that have gone, and whose runs were not all looked at since. */
struct pending_stale {
    uint64_t pins[PENDING_STALE_MAX];
    uint32_t count; /* more than fit: any may be stale */
};

void pending_stale_add(struct pending_stale *stale, uint64_t pin);

/*
 * As pending_release, when no pins but the stale ones have gone: looks at their runs, and at those
 * whose freeing was not published, and takes those that it is done with out of `stale`. A pin
 * that is back counts as there.
 */
bool pending_release_stale(struct pending *pending, const struct pending_release *release,
                           struct pending_stale *stale);

/* Pages that wait for a pin (0: all of them). */
uint64_t pending_pages(const struct pending *pending, uint64_t pin);

/* Pages whose freeing is not published, or was not when they were looked at last. */
uint64_t pending_unpublished_pages(const struct pending *pending);

/* True when the page is part of a pending run. Walks everything. */
bool pending_holds(const struct pending *pending, page_no page);

/* I5, I10: each run hangs once, on a pin that blocks it, and is neither used nor free. */
fh_status pending_audit(const struct pending *pending, const struct alloc *alloc) MUST_CHECK;

/* F4: no run waits for a pin that is gone. */
fh_status pending_audit_pins(const struct pending *pending,
                             const struct pending_release *release) MUST_CHECK;

#endif
