/*
 * log.h - the life of the log beside its database: made, found, made larger or smaller, removed.
 *
 * A database at rest has none: its meta says so. The first commit that wants one makes it;
 * a meta that names it is durable before any record is acknowledged.
 */
#ifndef FREEHOLD_PAGER_LOG_H
#define FREEHOLD_PAGER_LOG_H

#include "base/compiler.h"
#include "freehold/status.h"
#include "wal/wal_ring.h"

struct pager;

/* By who has the turn; the newest state is the durable checkpoint. */
fh_status log_start(struct pager *pager) MUST_CHECK;

/* How large a transaction the log takes; 0: none, for now. */
size_t log_redo_limit(const struct pager *pager);

/* The log that the meta names; FH_LOG_MISSING. The caller closes the ring. */
fh_status log_find(struct pager *pager, struct wal_ring *ret_ring) MUST_CHECK;

/* Takes away what logs of this database stand there and are of no use. Other files stay. */
void log_clear(struct pager *pager);

/* By who has the turn, after a checkpoint: a step towards the ring that is wanted. */
void log_fit(struct pager *pager);

/* The same, if that is a smaller one. */
void log_shrink(struct pager *pager);

/* Closes and removes the log in use: the meta says that there is none. */
void log_end(struct pager *pager);

#endif
