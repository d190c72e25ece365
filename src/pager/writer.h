/*
 * writer.h - whose turn it is to write (W1).
 *
 * The turn is a flag behind a mutex, not a mutex itself: a transaction may begin in one
 * thread and end in another.
 */
#ifndef FREEHOLD_PAGER_WRITER_H
#define FREEHOLD_PAGER_WRITER_H

#include "pager/pager_internal.h"

/* Waits for its turn, or FH_BUSY with `try_only`. Given back by writer_leave, by any thread. */
fh_status writer_claim(struct pager *pager, bool try_only) MUST_CHECK;
bool writer_try(struct pager *pager); /* the same without a word */
void writer_leave(struct pager *pager);

/*
 * How many runs a commit looks at: some, and more for each that it has freed, which is looked at
 * when it is published, when a checkpoint begins and when one is durable. With fewer, large commits
 * would leave ever more pages behind that nobody holds.
 */
enum { WRITER_RELEASES = 1024, WRITER_RELEASES_PER_RUN = 4 };

/*
 * F3, by who has the turn, space_lock held. Looks at the runs of pins that have gone since the
 * last time, and at what was not published then: at so many runs at most (0: all); what is left is
 * pager->has_backlog. FH_NO_MEMORY: nothing was released.
 */
fh_status writer_release(struct pager *pager, uint32_t budget);

/* The oldest epoch that was pinned at the last release, by a reader or by the checkpoint. */
uint64_t writer_oldest_pin(const struct pager *pager);

/* The newest one, of all that readers or checkpoints pinned then. */
uint64_t writer_newest_pin(const struct pager *pager);

#endif
