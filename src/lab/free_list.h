/*
 * free_list.h - the free list of a page file, as scripts see it, over the store's own parts.
 *
 * Which pages are free is a space with a policy. When a freed run may be used again is
 * decided by pager/pending.h. That gives back to an allocator, whose pages stand in chunks
 * with header pages, while scripts count theirs without gaps: so each run that waits has a
 * *stand-in* there, one page of an allocator without a medium, and becomes free when its
 * stand-in does.
 *
 * A call that answers FH_INVALID was refused and has changed nothing. The laws are in
 * README.md. One thread at a time.
 */
#ifndef FREEHOLD_LAB_FREE_LIST_H
#define FREEHOLD_LAB_FREE_LIST_H

#include "lab/numbers.h"
#include "pager/pending.h"
#include "space/space.h"

enum {
    FREE_LIST_PAGES_MAX = 1 << 20,
    FREE_LIST_FIRST_PAGE = 2 /* 0 and 1 are the metas', for ever */
};

/* A run is known from when it is taken, or freed, until it is free. */
enum known_state {
    KNOWN_USED,
    KNOWN_RETIRED, /* freed; the freeing may be undone */
    KNOWN_PENDING  /* freed and published */
};

struct known_run {
    struct run run;
    uint64_t born;  /* the transaction that took it; 0: not known */
    uint64_t freed; /* not in use: the transaction that freed it */
    enum known_state state;
    bool was_taken;   /* out of this list; else its length is not known either */
    bool is_settled;  /* was_taken: that can't be undone any more */
    page_no stand_in; /* pending */
};

struct free_list {
    const char *policy;
    uint64_t page_count; /* pages are 0 .. page_count - 1 */
    struct space *space;

    struct known_run *known; /* those not in use stand in the order in which they were freed */
    size_t known_count;
    size_t known_capacity;
    uint64_t waiting_pages; /* retired or pending */

    struct numbers readers; /* the snapshots that are read, each as often as it is */
    struct alloc *stand_ins;
    struct pending pending;
};

/* No page is free; all but 0 and 1 are in use by somebody unknown. FH_INVALID, FH_NO_MEMORY. */
fh_status free_list_open(const char *policy, uint64_t page_count,
                         struct free_list **ret_list) MUST_CHECK;
/* `list` may be NULL. */
void free_list_close(struct free_list *list);

/*
 * The list of the same file opened again: nothing is free, waits or reads, but runs in use keep
 * their births, because a database has those in slots. `list` stays as it is. FH_NO_MEMORY.
 */
fh_status free_list_reopen(const struct free_list *list, struct free_list **ret_list) MUST_CHECK;

/* The new pages are in use. FH_INVALID: fewer than now, or too many. */
fh_status free_list_grow(struct free_list *list, uint64_t page_count) MUST_CHECK;

/*
 * What is free is what `pages` says: ascending, each a page of the file that nobody has taken
 * and that does not wait. The only way in which a set comes in, so all indexes are made anew.
 */
fh_status free_list_load(struct free_list *list, const struct numbers *pages) MUST_CHECK;

/* As free_list_load, without those of `pages` that wait. */
fh_status free_list_reload(struct free_list *list, const struct numbers *pages) MUST_CHECK;

/* FH_NO_SPACE: no run is long enough, or it is one of no pages. */
fh_status free_list_take(struct free_list *list, uint64_t txn, uint64_t page_count,
                         uint64_t *ret_first) MUST_CHECK;

/*
 * A transaction frees a whole run, as it was taken, or pages of which nobody knows when they
 * were taken. What it has taken itself is free at once (F1).
 */
fh_status free_list_free(struct free_list *list, uint64_t txn, struct run run) MUST_CHECK;

/* Pages in use become free at once, in the order given. */
fh_status free_list_merge(struct free_list *list, const struct run *runs,
                          size_t run_count) MUST_CHECK;

/* Snapshots that are read. To unpin one that is not pinned does nothing. */
fh_status free_list_pin(struct free_list *list, uint64_t snapshot) MUST_CHECK;
void free_list_unpin(struct free_list *list, uint64_t snapshot);

/* All that transactions up to `txn` freed becomes free, whoever reads. */
fh_status free_list_release(struct free_list *list, uint64_t txn) MUST_CHECK;

/* What no snapshot but those from `begin` to `end` can see becomes free. */
fh_status free_list_release_range(struct free_list *list, uint64_t begin, uint64_t end) MUST_CHECK;

/* A writer starts: what no pinned snapshot can see becomes free (F3). */
fh_status free_list_release_unseen(struct free_list *list) MUST_CHECK;

/*
 * Undoes all that a transaction took and freed; one that is not known has done nothing.
 * FH_INVALID: some of it was published, or freed by another one since.
 */
fh_status free_list_undo(struct free_list *list, uint64_t txn) MUST_CHECK;

/* The page is free, or waits to be. */
bool free_list_holds(const struct free_list *list, uint64_t page);

/* Equal for equal states: what is free, known and read. */
uint64_t free_list_digest(const struct free_list *list);

/*
 * Free and waiting pages: counted right, none twice, none in use, neither 0 nor 1, in order,
 * held; every part audits itself. FH_CORRUPT, FH_NO_MEMORY.
 */
fh_status free_list_audit(const struct free_list *list) MUST_CHECK;

#endif
