/*
 * txn.h - the write transaction as pages see it: copy, change, drop, commit.
 *
 * There is one at a time. It belongs to no thread: whoever begins it may hand it on. A
 * page may be changed only in a frame born in the transaction's current epoch (W3);
 * savepoints begin a new epoch, so that what came before them stays as it was.
 */
#ifndef FREEHOLD_PAGER_TXN_H
#define FREEHOLD_PAGER_TXN_H

#include "base/bytes.h"
#include "pager/pager.h"

struct txn;
struct redo;

struct txn_mark {
    uint64_t epoch; /* pages born later are undone */
    uint32_t retired_count;
};

enum txn_durability {
    TXN_DURABLE, /* on the medium, then visible, when the commit returns */
    TXN_GROUP,   /* the same, when pager_wait returns */
    TXN_LAZY,    /* visible at once, on the medium soon */
    TXN_NONE     /* visible at once, on the medium with the next checkpoint or sync */
};

/* Waits for the writer before unless `try_only`: FH_BUSY then. FH_POISONED, FH_READ_ONLY. */
fh_status txn_begin(struct pager *pager, bool try_only, struct txn **ret_txn) MUST_CHECK;

/*
 * The state becomes the newest one; `catalog` of it is what `root` says. The transaction
 * is over whatever is returned; with an error nothing of it remains, but FH_POISONED: that
 * is not known. *ret_lsn is what pager_wait takes.
 */
fh_status txn_commit_as(struct txn *txn, const struct descriptor *root,
                        enum txn_durability durability, uint64_t *ret_lsn) MUST_CHECK;
fh_status txn_commit(struct txn *txn, const struct descriptor *root) MUST_CHECK; /* TXN_DURABLE */
void txn_abort(struct txn *txn);

/*
 * What the transaction does, for the log: whoever changes something says it here, or says
 * that it cannot be logged. A transaction that says nothing goes by checkpoint.
 */
struct redo *txn_redo(const struct txn *txn);

/* The newest committed state, which it began with, and its own number. */
const struct descriptor *txn_base(const struct txn *txn);
uint64_t txn_number(const struct txn *txn);

/*
 * O1, the reopened epoch. A page whose frame is younger than every state that anybody can come
 * back to - the durable checkpoint, the one under way, readers - may be changed where it is, if
 * nobody begins to read meanwhile. txn_frame: its body, and *ret_epoch when it was born; NULL: it
 * has no frame, or one too old by what was known when the transaction began.
 */
uint8_t *txn_frame(const struct txn *txn, page_no page, uint64_t *ret_epoch);

/*
 * Begins such a change of frames born at `since` or later: until txn_commit_here, which then must
 * come, no reader begins, and nothing may fail. The redo is complete. False: not now; as it was.
 */
bool txn_reopen(struct txn *txn, uint64_t since, enum txn_durability durability);
fh_status txn_commit_here(struct txn *txn, const struct descriptor *root,
                          enum txn_durability durability, uint64_t *ret_lsn) MUST_CHECK;

/* Anything was taken or retired since it began. */
bool txn_has_changes(const struct txn *txn);

/*
 * Between two operations of the layer above, when it holds no body: writes frames to the
 * file when there are too many (W8). FH_NO_SPACE, FH_IO: nothing lost.
 */
fh_status txn_step(struct txn *txn) MUST_CHECK;
uint64_t txn_spill_count(const struct txn *txn);

/* Pages may come from the last ones, kept for deletes, and over the quota. */
void txn_use_reserve(struct txn *txn, bool allowed);

/* So many txn_drop and txn_run_drop (of short runs) cannot fail. */
fh_status txn_reserve_drops(struct txn *txn, uint32_t count) MUST_CHECK;

/*
 * A body of `page` that may be changed: its frame, or a copy under a new number *ret_page
 * (the old page is retired). `what`: tag, level and tree of the page. Takes one drop.
 */
fh_status txn_edit(struct txn *txn, page_no page, const struct slot *what, page_no *ret_page,
                   uint8_t **ret_body) MUST_CHECK;

/* A new page; its bytes are anything. */
fh_status txn_new(struct txn *txn, const struct slot *what, page_no near, page_no *ret_page,
                  uint8_t **ret_body) MUST_CHECK;

/* The page leaves the state. */
fh_status txn_drop(struct txn *txn, page_no page) MUST_CHECK;

/*
 * A run of at least `page_count` pages (one more for whole chunks) with these bytes at its
 * start, zeros behind (W4). `what` says tag and tree.
 */
fh_status txn_run_take(struct txn *txn, const struct slot *what, uint32_t page_count,
                       struct span bytes, struct run *ret_run) MUST_CHECK;

/*
 * The same for a tree's value: in one run if one is free, else in pieces rather than have the
 * file grow, at most one for each 128 bytes of a page. All but the last are full.
 */
enum { TXN_EXTENTS_MAX = 64, TXN_EXTENT_SHARE = 128 };
struct txn_extents {
    uint32_t count;
    struct run runs[TXN_EXTENTS_MAX];
};
fh_status txn_run_spread(struct txn *txn, uint32_t tree_id, struct span bytes,
                         struct txn_extents *ret_extents) MUST_CHECK;
/* What it did last. */
const struct txn_extents *txn_run_written(const struct txn *txn);

/* A run born in the current epoch gets other bytes where it is; FH_BUSY: it is older. */
fh_status txn_run_rewrite(struct txn *txn, struct run run, struct span bytes) MUST_CHECK;
fh_status txn_run_drop(struct txn *txn, struct run run) MUST_CHECK;
/* The run that was taken just now is not wanted after all. */
void txn_run_undo(struct txn *txn, struct run run);
/* Recovery: a run that the log names, with this checksum, becomes a tree's. FH_CORRUPT. */
fh_status txn_run_adopt(struct txn *txn, uint32_t tree_id, struct run run, uint32_t crc) MUST_CHECK;
/* The checksum of a run born in this transaction. */
uint32_t txn_run_crc(const struct txn *txn, struct run run);
/* The part of txn_run_drop that finds a run corrupt. */
fh_status txn_run_check(const struct txn *txn, struct run run) MUST_CHECK;

/*
 * A new page that is complete: written once, through a buffer, without a frame. It can be
 * looked at after txn_flush.
 */
fh_status txn_emit(struct txn *txn, const struct slot *what, const uint8_t *body,
                   page_no *ret_page) MUST_CHECK;
fh_status txn_flush(struct txn *txn) MUST_CHECK;

/* W6. A mark is valid until an older one is rolled back to. */
void txn_savepoint(struct txn *txn, struct txn_mark *ret_mark);
void txn_rollback(struct txn *txn, const struct txn_mark *mark);

/*
 * More than its share of the file is free: pages from *ret_limit on should move below it, and
 * can. False with *ret_limit 0: they cannot, or need not. Cheap.
 */
bool txn_wants_relocation(const struct txn *txn, page_no *ret_limit);
/* A free page lies below: what moves now can come to lie there. */
bool txn_has_room_below(const struct txn *txn, page_no limit);
/* The same whatever the share: 0 when there is nothing to gain. */
page_no txn_relocation_limit(const struct txn *txn);
uint64_t txn_checkpoint_no(const struct txn *txn); /* of the durable one */
uint32_t txn_taken_count(const struct txn *txn);   /* runs that it has taken so far */

/* It says the same as the state before, in other pages: no number, nothing for the log. */
void txn_set_quiet(struct txn *txn);

/* The epoch that new pages are born in, for what stands inside the bodies. */
uint64_t txn_epoch(const struct txn *txn);

#endif
