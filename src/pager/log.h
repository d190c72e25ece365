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

/*
 * What a commit fills of a ring that was begun: a piece, and for each byte that it adds to the log
 * so many that the ring is full when the next checkpoint begins.
 */
enum { LOG_PIECE_BYTES = 1 << 17, LOG_PACE = 16 };

/* BEGUN: nobody's. BUSY: of who fills it. Else of who has the turn. */
enum log_next_phase {
    LOG_NEXT_NONE,
    LOG_NEXT_BEGUN,
    LOG_NEXT_BUSY,
    LOG_NEXT_FULL,
    LOG_NEXT_FAILED
};

/* By who has the turn; the newest state is the durable checkpoint. */
fh_status log_start(struct pager *pager) MUST_CHECK;

/* How large a transaction the log takes; 0: none, for now. */
size_t log_redo_limit(const struct pager *pager);

/* The log that the meta names; FH_LOG_MISSING. The caller closes the ring. */
fh_status log_find(struct pager *pager, struct wal_ring *ret_ring) MUST_CHECK;

/* Takes away what logs of this database stand there and are of no use. Other files stay. */
void log_clear(struct pager *pager);

/*
 * A ring of another size. By who has the turn, after a checkpoint: it is begun, if another one is
 * wanted, or taken into use, if it is full and what recovery would read fits.
 */
void log_fit(struct pager *pager);

/* A checkpoint begins: so much is in the log. */
void log_note_need(struct pager *pager);

/* As log_fit, if that is a smaller one. */
void log_shrink(struct pager *pager);

/* Fills so many more bytes of the one that was begun, and syncs them; any thread, not the turn. */
void log_carry(struct pager *pager, uint64_t bytes);

/* Gives up the one that was begun; the turn, and nobody fills it. */
void log_forget(struct pager *pager);

/* Closes and removes the log in use: the meta says that there is none. */
void log_end(struct pager *pager);

#endif
