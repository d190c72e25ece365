/*
 * growth.h - why the file grew last, and how large things have been.
 */
#ifndef FREEHOLD_PAGER_GROWTH_H
#define FREEHOLD_PAGER_GROWTH_H

#include <stdint.h>

#include "base/compiler.h"
#include "freehold/status.h"

struct pager;

/* What would have made it unnecessary. The numbers are those of fh_growth_reason. */
enum growth_reason {
    GROWTH_NONE,
    GROWTH_NO_FREE_PAGES,
    GROWTH_NO_RUN_LONG_ENOUGH,
    GROWTH_HELD_BY_SNAPSHOT,
    GROWTH_HELD_BY_CHECKPOINT
};

/* Since the database was opened. */
struct growth {
    uint64_t count; /* of those known here; of growths in all is the allocator's business */
    enum growth_reason reason;
    uint64_t txn_id;
    uint64_t wanted_pages;
    uint64_t snapshot_txn_id; /* HELD_BY_SNAPSHOT: for which the most pages waited */
    uint64_t file_pages_peak;
    uint64_t pending_pages_peak;
    uint64_t pinned_pages_peak;
    uint64_t cut_pages; /* given back at the file's end */
};

/* By who has the turn: the file may have grown for a transaction; it had `page_count` pages. */
void growth_note(struct pager *pager, uint32_t page_count, uint64_t txn_id);

/* By who has the turn, between transactions: grows where fewer than so many pages are free. */
fh_status growth_ahead(struct pager *pager, uint32_t page_count) MUST_CHECK;

/* The same, with space_lock held, when it has. */
void growth_judge(struct pager *pager, uint64_t txn_id);

/* By who has the turn or looks, with space_lock held; before anything becomes less. */
void growth_note_peaks(struct pager *pager);

/* Pending pages that wait for readers first; space_lock held. */
uint64_t growth_pinned_pages(struct pager *pager);

#endif
