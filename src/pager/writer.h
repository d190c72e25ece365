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
 * The epochs that are pinned, by readers and by checkpoints, ascending, into pager->pins;
 * space_lock held. FH_NO_MEMORY: no list, so nothing may be released.
 */
fh_status writer_collect_pins(struct pager *pager, uint32_t *ret_count) MUST_CHECK;

/*
 * F3, by who has the turn, space_lock held; the pins are in pager->pins then, as above. Looks at
 * so many runs at most (0: all): what is left is pager->has_backlog.
 */
enum { WRITER_RELEASES = 1024 };
fh_status writer_release(struct pager *pager, uint32_t budget);

#endif
