/*
 * commit.h - how a state becomes the newest, and when readers get it.
 *
 * A transaction's state is committed when its record is in the log's buffer, or, when it is
 * too large for the log, when its checkpoint is durable. Readers get a state once it is on
 * the medium, unless its commit asked for less.
 */
#ifndef FREEHOLD_PAGER_COMMIT_H
#define FREEHOLD_PAGER_COMMIT_H

#include "pager/snapshot.h"

struct pager;

enum { COMMIT_WAITING_MAX = 64 };

/* States that wait for the sync of their records, oldest first. */
struct publication {
    struct mutex lock;
    struct descriptor waiting[COMMIT_WAITING_MAX];
    uint32_t waiting_count;
    _Atomic uint64_t epoch; /* of the state that readers get */
};

fh_status commit_init(struct pager *pager) MUST_CHECK;
void commit_fini(struct pager *pager);

/* Readers get this state, unless they have a newer one already (I7). */
void commit_publish(struct pager *pager, const struct descriptor *state);

/* The log's leader calls it when all before `lsn` is on the medium; `context` is the pager. */
void commit_on_durable(void *context, uint64_t lsn);

/* Syncs lazy commits that have waited long enough. FH_POISONED. */
fh_status commit_serve_lazy(struct pager *pager) MUST_CHECK;

/* The next piece of a checkpoint under way, `page_count` pages at most, and its end. */
void commit_carry(struct pager *pager, uint32_t page_count);

/* Returns when all before `lsn` is on the medium; FH_POISONED, and so is the pager. */
fh_status commit_wait(struct pager *pager, uint64_t lsn) MUST_CHECK;

#endif
