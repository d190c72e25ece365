/*
 * kv.h - databases, transactions, trees, cursors.
 *
 * A database is one file that holds named trees of items: keys and values are bytes, keys are
 * in byte order. One write transaction at a time, any number of read transactions beside it;
 * each sees one snapshot. Nothing here starts a thread, keeps global state, calls back on a
 * hot path or raises a signal.
 *
 * Words in the contracts: the caller *owns* what it must close; it *borrows* what is valid
 * only until the moment named. Sizes are bytes unless the name says `_pages` or `_count`.
 *
 * Every function that returns fh_status can also return FH_INVALID (a NULL where none may be,
 * something of another transaction), FH_NO_MEMORY, FH_IO (the system failed), FH_CORRUPT (the
 * file holds wrong bytes) and, once a sync has failed, FH_POISONED; the lists below name the
 * rest. A handle that was closed, or whose transaction ended, must not be used any more. On
 * failure the output arguments are untouched and the database is as it was before the call,
 * unless the contract says otherwise. fh_note() tells the story.
 *
 * Threads: a database may be used by any number of threads. A transaction, with its trees,
 * cursors and loaders, belongs to no thread but may be used by only one at a time.
 */
#ifndef FH_KV_H
#define FH_KV_H

#include <stddef.h>
#include <stdint.h>

#include "freehold/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fh_db fh_db;
typedef struct fh_txn fh_txn;
typedef struct fh_tree fh_tree;
typedef struct fh_cursor fh_cursor;
typedef struct fh_loader fh_loader;

/* Bytes that somebody else owns. `data` may be NULL when size is 0. */
typedef struct fh_bytes {
    const void *data;
    size_t size;
} fh_bytes;

/* The largest value: 4 GiB - 1. The longest key depends on the page size: fh_key_max(). */
#define FH_VALUE_MAX UINT32_C(0xffffffff)

/* Called now and then by long work: `total` is 0 while it is not known. */
typedef void (*fh_progress)(void *context, uint64_t done, uint64_t total);

/* ---- The database ---------------------------------------------------------------------- */

enum fh_open_flags {
    FH_OPEN_CREATE = 1,      /* make the file when there is none */
    FH_OPEN_NEW = 2,         /* make the file; FH_EXISTS when there is one (implies CREATE) */
    FH_OPEN_READ_ONLY = 4,   /* read transactions only; nothing is ever written */
    FH_OPEN_WITHOUT_LOG = 8, /* a log that is missing or damaged is given up, and with it the
                               commits that only it held; with a log that is whole, too */
    FH_OPEN_VERIFY = 16,     /* a page's checksum is compared at the first reading: FH_CORRUPT */
    FH_OPEN_WITHOUT_RELOCATION = 32 /* only fh_compact moves pages: an emptied file stays large */
};

/*
 * When a commit is on the medium, and when readers see it. A commit always is whole or not
 * there; what differs is which one a power cut, or the end of the process, can lose.
 */
typedef enum fh_durability {
    FH_DURABILITY_DEFAULT = 0, /* in fh_options: durable; in fh_commit_as: the database's */
    FH_DURABLE = 1,            /* on the medium when the commit returns; visible then */
    FH_GROUP = 2,              /* when fh_wait with its ticket returns; visible then */
    FH_LAZY = 3,               /* visible at once, on the medium within lazy_ms */
    FH_NONE = 4 /* visible at once, not logged: on the medium with the next checkpoint */
} fh_durability;

/* Zero means the default in every member but `size`. */
typedef struct fh_options {
    size_t size;          /* sizeof(fh_options) */
    unsigned flags;       /* of fh_open_flags */
    uint32_t page_bytes;  /* of a new file: 8192 (default) or 4096; 512 and 1024 for tests */
    const char *policy;   /* how free runs are chosen, never stored: "bitmap" (default), "lifo",
                             "array", "by-size", "first", "next", "best", "worst",
                             "segregated", "buddy" */
    uint64_t quota_bytes; /* of a new file: the most that live pages may take; 0 for no limit */
    uint64_t frame_bytes; /* memory for changed pages; default the less of 1 GiB and RAM / 8 */
    uint64_t log_bytes;   /* the log's ring at first, a power of two; default 1 MiB. It grows as it
                             fills: to half of what is live, or 8 times this up to 8 MiB */
    unsigned durability;  /* of fh_durability: of commits that do not say; default FH_DURABLE */
    unsigned helper;      /* 1: the database has a thread of its own, which carries checkpoints
                             on and syncs lazy commits; else calls do it, a step each */
    uint32_t close_ms;    /* how long a close may go on making the file smaller; default 1000 */
    uint32_t lazy_ms;     /* FH_LAZY: no commit waits longer for the medium than this and the
                             time to the next call; default 100 */
} fh_options;

/*
 * Opens the database at `path` (a file; its directory must exist). `options` may be NULL:
 * the file must exist then. The caller owns *ret_db until fh_close. The file is locked:
 * one writing database, or any number of read-only ones, in this process and all others.
 * A file that a crash left behind is brought to its last committed state.
 * Errors: FH_NOT_FOUND no such file; FH_EXISTS (FH_OPEN_NEW); FH_BUSY locked by another;
 * FH_NOT_DATABASE, FH_VERSION a foreign file, a newer format; FH_CORRUPT; FH_READ_ONLY no
 * right to write; FH_NO_SPACE (creating); FH_LOG_MISSING. Idea: the two alternating meta
 * pages of LMDB and bbolt, each with a mirror.
 */
FH_API fh_status fh_open(const char *path, const fh_options *options, fh_db **ret_db) FH_MUST_CHECK;

/*
 * Ends the database and gives the file's free end back. All transactions must have ended:
 * else FH_BUSY and it stays open. `db` may be NULL. After any other result the handle is
 * gone, and everything committed is on the medium, but after FH_POISONED: then commits that
 * were not yet durable may be lost; after FH_NO_SPACE and FH_NO_MEMORY those of FH_NONE.
 */
FH_API fh_status fh_close(fh_db *db);

/* The longest key and tree name of the database: page_bytes / 8, 1024 by default. Any thread. */
FH_API uint32_t fh_key_max(const fh_db *db);

/*
 * Makes what is committed the state that recovery starts from, and durable if it was not;
 * when much of the file is free then, also makes it smaller, as fh_compact.
 * Never needed: the database makes checkpoints itself, in small steps inside commits. Waits
 * for the writer; a thread must not call it while it has a write transaction open itself.
 * Errors: FH_READ_ONLY, FH_NO_SPACE, FH_POISONED. Idea: the checkpoint of every log (Gray,
 * 1978), written beside the writer because pages are copied, not changed.
 */
FH_API fh_status fh_checkpoint(fh_db *db) FH_MUST_CHECK;

/*
 * Does what has come due: syncs lazy commits. Calls that begin and commit do it too; a program
 * that stops making them for a while calls this. Never waits for a writer. Any thread. Errors:
 * FH_READ_ONLY, FH_POISONED.
 */
FH_API fh_status fh_poll(fh_db *db) FH_MUST_CHECK;

typedef struct fh_compact_options {
    size_t size;             /* sizeof(fh_compact_options) */
    unsigned target_percent; /* ends when the file has no more of its live pages than this;
                                 0: when nothing more can be gained */
    fh_progress progress;    /* in pages of the file to be freed; may be NULL */
    void *context;
} fh_compact_options;

typedef struct fh_compact_info {
    uint64_t moved_pages;
    uint64_t file_pages_before;
    uint64_t file_pages_after;
} fh_compact_info;

/*
 * Makes the file small now: live pages move towards its beginning, thin leaves are joined, the
 * free end is cut off. In small transactions, between which readers and writers go on; pages
 * that a snapshot sees, and raw runs, stay where they are. The database does the same by
 * itself as it is written to, a few pages a commit: this is for the impatient. Waits for the
 * writer; a thread must not call it while it has a write transaction open itself. `options`
 * and `ret_info` may be NULL. Errors: FH_READ_ONLY, FH_NO_SPACE, FH_POISONED. Idea: a sweep
 * that copies what stands beyond where everything would fit, as file systems shrink.
 */
FH_API fh_status fh_compact(fh_db *db, const fh_compact_options *options,
                            fh_compact_info *ret_info) FH_MUST_CHECK;

/* ---- Transactions ---------------------------------------------------------------------- */

enum fh_begin_flags {
    FH_READ = 0,     /* a snapshot of the newest committed state */
    FH_WRITE = 1,    /* the one writer; waits until the one before has ended */
    FH_TRY_WRITE = 3 /* FH_BUSY instead of waiting */
};

/*
 * Begins a transaction. The caller ends it with fh_commit or fh_abort, from any thread. A
 * read transaction never waits, and keeps the pages it sees from reuse until it ends: short
 * ones cost nothing, forgotten ones cost file size (fh_stat shows them). Errors: FH_BUSY
 * (FH_TRY_WRITE); FH_READ_ONLY; FH_POISONED for writers only; FH_TOO_LARGE 262,144 readers.
 * Idea: multi-version concurrency by copy-on-write, one writer (LMDB, bbolt).
 */
FH_API fh_status fh_begin(fh_db *db, unsigned flags, fh_txn **ret_txn) FH_MUST_CHECK;

/* Zero means none, or the default, in every member but `size`. */
typedef struct fh_begin_options {
    size_t size;          /* sizeof(fh_begin_options) */
    unsigned flags;       /* of fh_begin_flags */
    const char *tag;      /* who reads, for fh_reader_walk: 31 bytes at most, copied */
    uint32_t lease_ms;    /* of a reader: a writer may end it when it is older than this */
    uint64_t lease_bytes; /* of a reader: or when more bytes of pages than this wait for its
                             snapshot (pinned_pages of fh_snapshot_walk) */
} fh_begin_options;

/*
 * As fh_begin, for who says more; `options` may be NULL. With a lease, in time or in bytes or
 * both, a read transaction may be cut off: past a limit whoever writes next takes its pages
 * back, and from then on each of its calls that would read returns FH_SNAPSHOT_TOO_OLD; it is
 * still ended by fh_commit or fh_abort. That happens between its calls only, and never to a
 * transaction without a lease. Since its pages may go, nothing is lent: fh_get_copy copies into
 * the caller's memory, cursors into their own, fh_tree_open, fh_tree_describe and fh_tree_walk
 * work as ever; other calls are refused with FH_INVALID. Errors: FH_TOO_LARGE the tag; FH_INVALID
 * a lease for a writer; as fh_begin. Idea: the leases of Gray and Cheriton, 1989, and the
 * "snapshot too old" of database systems that bound what a reader may hold.
 */
FH_API fh_status fh_begin_as(fh_db *db, const fh_begin_options *options,
                             fh_txn **ret_txn) FH_MUST_CHECK;

/*
 * Ends a transaction; a write transaction's changes become durable, then visible, all at
 * once. `txn` is gone whatever is returned; with an error nothing of it remains. Trees,
 * cursors and loaders of it are gone too. Errors: FH_BUSY a loader is open (and all is
 * forgotten); FH_NO_SPACE; FH_POISONED: a sync failed, so it is not known whether the changes
 * will be there after reopening.
 */
FH_API fh_status fh_commit(fh_txn *txn) FH_MUST_CHECK;

/*
 * As fh_commit, with a durability for this commit; *ret_ticket (may be NULL) is for fh_wait.
 * A commit that is durable makes all before it durable. A read transaction has the ticket 0.
 */
FH_API fh_status fh_commit_as(fh_txn *txn, fh_durability durability,
                              uint64_t *ret_ticket) FH_MUST_CHECK;

/*
 * Returns when the commit with this ticket, and all before it, are on the medium and visible.
 * Threads that wait share one sync. For a commit of FH_NONE it may be fh_checkpoint, with its
 * errors. Errors: FH_POISONED: the sync failed. Idea: group commit (DeWitt and others, 1984).
 */
FH_API fh_status fh_wait(fh_db *db, uint64_t ticket) FH_MUST_CHECK;

/* Ends a transaction and forgets its changes. `txn` may be NULL. */
FH_API void fh_abort(fh_txn *txn);

/*
 * The transaction's number: of a snapshot the last commit it sees, of a writer the one it
 * makes, if it commits changes. Commits' numbers only grow, also over reopening, and are
 * never used twice; one that is aborted, or changed nothing, leaves its number to the next.
 */
FH_API uint64_t fh_txn_id(const fh_txn *txn);

/*
 * Marks a place in a write transaction; savepoints nest, the newest is *ret_savepoint. At
 * most 64 at a time: FH_TOO_LARGE. FH_READ_ONLY; FH_BUSY a loader is open. Idea: SQL's
 * SAVEPOINT; LMDB's nested transactions.
 */
FH_API fh_status fh_savepoint(fh_txn *txn, uint64_t *ret_savepoint) FH_MUST_CHECK;

/*
 * Undoes everything since the savepoint, which stays; newer ones are gone. Cursors and
 * loaders opened in the transaction must be closed first: FH_BUSY. Tree handles made since
 * are invalid. Errors: FH_ENDED no such savepoint.
 */
FH_API fh_status fh_rollback(fh_txn *txn, uint64_t savepoint) FH_MUST_CHECK;

/* Forgets the savepoint and newer ones, keeps the changes. FH_ENDED no such savepoint. */
FH_API fh_status fh_release(fh_txn *txn, uint64_t savepoint) FH_MUST_CHECK;

/* ---- Trees ----------------------------------------------------------------------------- */

enum fh_tree_flags {
    FH_TREE_CREATE = 1 /* make it when there is none (write transactions) */
};

/*
 * Finds a tree by name: 1 to fh_key_max() bytes, the first not zero; an empty name is the
 * unnamed tree, which always exists and for which every call below also takes a NULL tree.
 * The handle is borrowed until the transaction ends; the same name gives the same handle.
 * Errors: FH_NOT_FOUND; FH_READ_ONLY create in a read transaction; FH_TOO_LARGE; FH_NO_SPACE;
 * FH_QUOTA.
 */
FH_API fh_status fh_tree_open(fh_txn *txn, fh_bytes name, unsigned flags,
                              fh_tree **ret_tree) FH_MUST_CHECK;

/*
 * Erases the tree with all its items; its handle and cursors are invalid then. The unnamed
 * tree becomes empty and stays. Errors: FH_READ_ONLY, FH_NO_SPACE, FH_BUSY cursors are open
 * on it.
 */
FH_API fh_status fh_tree_drop(fh_txn *txn, fh_tree *tree) FH_MUST_CHECK;

typedef struct fh_tree_stat {
    uint64_t item_count;
    uint64_t payload_bytes; /* key and value bytes */
    uint64_t branch_pages;
    uint64_t leaf_pages;
    uint64_t run_pages; /* of values in runs of their own */
    uint32_t depth;     /* levels; 0 when empty */
    uint32_t tree_id;
} fh_tree_stat;

/* What a tree holds, changes of this transaction included. O(1). */
FH_API fh_status fh_tree_describe(fh_txn *txn, fh_tree *tree, fh_tree_stat *ret_stat) FH_MUST_CHECK;

/*
 * A cursor over the names of all trees, the unnamed one first with an empty name if it has
 * items. Only first and next work on it; values are empty. Closed as any cursor.
 */
FH_API fh_status fh_tree_walk(fh_txn *txn, fh_cursor **ret_cursor) FH_MUST_CHECK;

/* ---- Items ----------------------------------------------------------------------------- */

/*
 * The value of `key`. *ret_value points into the database: borrowed until the transaction ends,
 * in a write transaction until its next change. Allocates nothing, but for a value in pieces.
 * Errors: FH_NOT_FOUND; FH_TOO_LARGE or FH_INVALID no key can be that long, or be empty; FH_BUSY.
 */
FH_API fh_status fh_get(fh_txn *txn, fh_tree *tree, fh_bytes key,
                        fh_bytes *ret_value) FH_MUST_CHECK;

/*
 * fh_get of `count` keys, which go down the tree side by side: none waits alone for memory. A key
 * that is not there has the value {NULL, 0}; *ret_found (may be NULL): how many are. Errors: as
 * fh_get, FH_INVALID and FH_TOO_LARGE before any value is set, others behind some of them.
 */
FH_API fh_status fh_get_many(fh_txn *txn, fh_tree *tree, const fh_bytes *keys, size_t count,
                             fh_bytes *ret_values, size_t *ret_found) FH_MUST_CHECK;

/*
 * The value of `key`, copied into `buffer`, which has room for `capacity` bytes; *ret_size is
 * its size. For any transaction; the only get of one with a lease (fh_begin_as). `buffer` may
 * be NULL when capacity is 0. Errors: FH_NOT_FOUND; FH_TOO_LARGE the value has more bytes than
 * `capacity`: nothing is copied, and *ret_size says how many (untouched when it is the key that
 * is too long); FH_SNAPSHOT_TOO_OLD; as fh_get.
 */
FH_API fh_status fh_get_copy(fh_txn *txn, fh_tree *tree, fh_bytes key, void *buffer,
                             size_t capacity, size_t *ret_size) FH_MUST_CHECK;

enum fh_put_flags {
    FH_NO_OVERWRITE = 1 /* FH_EXISTS, and nothing changed, when the key is there */
};

/*
 * Stores an item, in place of one with the same key. The bytes are copied. An empty value
 * is a value. Errors: FH_EXISTS; FH_TOO_LARGE key or value; FH_NO_SPACE; FH_QUOTA;
 * FH_READ_ONLY.
 */
FH_API fh_status fh_put(fh_txn *txn, fh_tree *tree, fh_bytes key, fh_bytes value,
                        unsigned flags) FH_MUST_CHECK;

/*
 * Compare and swap: stores `value` if the key's present value equals *expected; expected
 * NULL means "absent", value NULL means "erase". Errors: FH_MISMATCH the present value is
 * another one or there is none; else as fh_put.
 */
FH_API fh_status fh_put_if(fh_txn *txn, fh_tree *tree, fh_bytes key, const fh_bytes *expected,
                           const fh_bytes *value) FH_MUST_CHECK;

/* Erases an item. Errors: FH_NOT_FOUND; FH_READ_ONLY; FH_NO_SPACE (a copy of a page was needed). */
FH_API fh_status fh_erase(fh_txn *txn, fh_tree *tree, fh_bytes key) FH_MUST_CHECK;

/*
 * Erases all items with from <= key < to; an empty `to` means to the end. *ret_count (may be
 * NULL) says how many. Whole leaves go at once. On an error some may be gone: use a
 * savepoint, or abort. Errors as fh_erase, but for FH_NOT_FOUND.
 */
FH_API fh_status fh_erase_range(fh_txn *txn, fh_tree *tree, fh_bytes from, fh_bytes to,
                                uint64_t *ret_count) FH_MUST_CHECK;

/* ---- Cursors --------------------------------------------------------------------------- */

/*
 * A cursor on a tree, on no item yet. The caller closes it before its transaction ends (the
 * end closes forgotten ones). FH_BUSY: a loader is open on the tree. It survives changes of
 * its tree, its own and others': it keeps its place in the order of keys.
 */
FH_API fh_status fh_cursor_open(fh_txn *txn, fh_tree *tree, fh_cursor **ret_cursor) FH_MUST_CHECK;
FH_API void fh_cursor_close(fh_cursor *cursor);

/*
 * All moves: *ret_key and *ret_value (either may be NULL) are the item moved to, borrowed until
 * the cursor moves or closes, the value not beyond the next change; a value in pieces is in room
 * of the cursor, and in a transaction with a lease both are copies. FH_NOT_FOUND: there is
 * no such item, and the cursor stands before the first or behind the last: `next` from
 * before the first is the first, `prev` from behind the last is the last.
 */

/* To the first item whose key is `key` or comes after it. */
FH_API fh_status fh_cursor_seek(fh_cursor *cursor, fh_bytes key, fh_bytes *ret_key,
                                fh_bytes *ret_value) FH_MUST_CHECK;
FH_API fh_status fh_cursor_first(fh_cursor *cursor, fh_bytes *ret_key,
                                 fh_bytes *ret_value) FH_MUST_CHECK;
FH_API fh_status fh_cursor_last(fh_cursor *cursor, fh_bytes *ret_key,
                                fh_bytes *ret_value) FH_MUST_CHECK;
/* On a cursor that was never moved: the first, the last. */
FH_API fh_status fh_cursor_next(fh_cursor *cursor, fh_bytes *ret_key,
                                fh_bytes *ret_value) FH_MUST_CHECK;
FH_API fh_status fh_cursor_prev(fh_cursor *cursor, fh_bytes *ret_key,
                                fh_bytes *ret_value) FH_MUST_CHECK;

/*
 * Erases the item the cursor stands on; `next` and `prev` then go to its neighbours. Errors:
 * FH_NOT_FOUND it stands on none, or the item is gone; as fh_erase.
 */
FH_API fh_status fh_cursor_erase(fh_cursor *cursor) FH_MUST_CHECK;

/* ---- Bulk load ------------------------------------------------------------------------- */

/*
 * Loads many items in ascending order into a tree: an empty one is built bottom up, pages are
 * filled whole and each byte is written once, straight to the file. All keys must come after
 * the last key of the tree. While a loader is open nothing else may touch its tree. Errors:
 * FH_READ_ONLY; FH_BUSY cursors are open on the tree.
 */
FH_API fh_status fh_loader_open(fh_txn *txn, fh_tree *tree, fh_loader **ret_loader) FH_MUST_CHECK;

/* Errors: FH_ORDER the key does not come after the last one (nothing changed); as fh_put. */
FH_API fh_status fh_loader_add(fh_loader *loader, fh_bytes key, fh_bytes value) FH_MUST_CHECK;

/*
 * Completes the tree and ends the loader, also on an error: abort or roll back then. After an
 * add that failed (FH_ORDER is no failure) its status again.
 */
FH_API fh_status fh_loader_finish(fh_loader *loader) FH_MUST_CHECK;

/* ---- Figures, check, copy -------------------------------------------------------------- */

/*
 * Why a file had to grow: what would have made it unnecessary. A quota is no reason: it is an
 * error of its own, FH_QUOTA, and nothing grows.
 */
typedef enum fh_growth_reason {
    FH_GROWTH_NONE = 0,               /* it has not grown since it was opened */
    FH_GROWTH_NO_FREE_PAGES = 1,      /* what was free and what was held were too few */
    FH_GROWTH_NO_RUN_LONG_ENOUGH = 2, /* enough were free, but not in one piece */
    FH_GROWTH_HELD_BY_SNAPSHOT = 3,   /* with the pages that readers held it were enough */
    FH_GROWTH_HELD_BY_CHECKPOINT = 4  /* with those too that waited for the durable checkpoint, or
                                         for their commit to be on the medium */
} fh_growth_reason;

/* "none", "no_free_pages" ...; "unknown" for a number that is none. Static, any thread. */
FH_API const char *fh_growth_reason_name(fh_growth_reason reason);

/* As `freehold stat --json` names them; bytes unless the name says otherwise. */
typedef struct fh_stat_info {
    size_t size; /* in: sizeof(fh_stat_info) */
    uint64_t page_bytes;
    uint64_t chunk_pages;
    uint64_t file_bytes;      /* where the file ends */
    uint64_t allocated_bytes; /* what it takes on the medium */
    uint64_t file_pages;      /* live + free + pending */
    uint64_t live_pages;      /* reachable from the newest state, metadata included */
    uint64_t free_pages;
    uint64_t pending_pages;    /* freed, but maybe still visible to somebody */
    uint64_t pinned_pages;     /* of those: held by readers */
    uint64_t checkpoint_pages; /* of those: held by the durable checkpoint alone */
    uint64_t raw_held_pages;
    uint64_t log_bytes;
    uint64_t log_ring_bytes;
    uint64_t chunk_count;
    uint64_t free_run_count;
    uint64_t largest_free_run_pages;
    uint64_t txn_id;
    uint64_t checkpoint_txn_id;
    uint64_t reader_count;
    uint64_t oldest_reader_txn_id; /* 0: no reader */
    uint64_t tree_count;           /* the unnamed one counts when it has items */
    uint64_t item_count;
    uint64_t payload_bytes;
    uint64_t quota_bytes; /* 0: no limit */
    const char *policy;   /* static */

    /* Since the database was opened, by this process. */
    fh_growth_reason growth_reason;  /* of the last growth of the file */
    uint64_t growth_txn_id;          /* that asked for pages then */
    uint64_t growth_wanted_pages;    /* so many, in one run */
    uint64_t growth_snapshot_txn_id; /* HELD_BY_SNAPSHOT: the one that held the most; else 0 */
    uint64_t file_pages_peak;        /* the most that these figures were */
    uint64_t pending_pages_peak;
    uint64_t pinned_pages_peak;
    uint64_t relocated_pages; /* live pages that were moved down */
    uint64_t punched_chunks;  /* free chunks inside that were given back to the system */
    uint64_t cut_bytes;       /* given back at the file's end, but for what closing cuts */
} fh_stat_info;

/*
 * The newest committed state's figures, those of free space as of now. Waits for no writer to
 * end. O(1), but for the first call since the database was opened, which counts the trees, and
 * if nobody has written yet loads the maps.
 */
FH_API fh_status fh_stat(fh_db *db, fh_stat_info *ret_stat) FH_MUST_CHECK;

/* Called by fh_check for each fault, with one line of text borrowed until it returns. */
typedef void (*fh_fault_report)(void *context, const char *fault);

typedef struct fh_check_options {
    size_t size;            /* sizeof(fh_check_options) */
    fh_fault_report report; /* may be NULL */
    fh_progress progress;   /* in pages; may be NULL */
    void *context;          /* for both */
} fh_check_options;

typedef struct fh_check_info {
    uint64_t fault_count;
    uint64_t page_count; /* pages of the file: the four below add up to it */
    uint64_t used_pages; /* by trees and their values */
    uint64_t metadata_pages;
    uint64_t pending_pages;
    uint64_t free_pages;
    uint64_t tree_count;
    uint64_t item_count;
} fh_check_info;

/*
 * Looks at everything: metas and mirrors, directory, maps, header pages and their slots,
 * every node's order and fences, every checksum, and the census (each page is exactly one of
 * used, metadata, pending, free). Writers wait meanwhile, readers do not; a thread must not
 * call it while it has a write transaction open itself. FH_OK also when faults were found:
 * see fault_count. When the maps cannot be read the rest is not looked at, and counts are 0.
 * `options` may be NULL.
 */
FH_API fh_status fh_check(fh_db *db, const fh_check_options *options,
                          fh_check_info *ret_info) FH_MUST_CHECK;

typedef struct fh_copy_options {
    size_t size;          /* sizeof(fh_copy_options) */
    fh_progress progress; /* in items; may be NULL */
    void *context;
} fh_copy_options;

/*
 * Writes what a transaction sees into a new database at `path`, compact, while readers and
 * the writer go on; on an error the new file is removed. Errors: FH_EXISTS; FH_NO_SPACE;
 * FH_INVALID there are raw runs (run.h), whose numbers a copy cannot keep.
 */
FH_API fh_status fh_copy(fh_txn *txn, const char *path,
                         const fh_copy_options *options) FH_MUST_CHECK;

/* ---- Repair ---------------------------------------------------------------------------- */

/* What a repair says: damage that loses nothing, or what is lost, or what could be had. */
typedef enum fh_finding_kind {
    FH_FINDING_NOTE = 0,    /* nothing is lost with it: a meta, a header page */
    FH_FINDING_ITEMS = 1,   /* lost: items of `tree` with from <= key < to */
    FH_FINDING_TREES = 2,   /* lost: trees with from <= name < to; unnamed is "\0main" */
    FH_FINDING_COMMITS = 3, /* lost: the newest commits, or it is not known that they are not */
    FH_FINDING_RUN = 4,     /* lost: a raw run (run.h), whose number a new file cannot keep */
    FH_FINDING_OFFER = 5    /* leaves that nothing refers to: FH_REPAIR_ORPHANS saves them */
} fh_finding_kind;

/* Borrowed, with all that it points to, until the report returns. */
typedef struct fh_finding {
    fh_finding_kind kind;
    const char *text; /* one line that says all of it, for people */
    uint64_t page;    /* where the damage is; 0: in no page */
    fh_bytes tree;    /* of FH_FINDING_ITEMS: its name, empty for the unnamed tree */
    fh_bytes from;    /* empty: from the first on */
    fh_bytes to;      /* empty: to the end */
} fh_finding;

typedef void (*fh_finding_report)(void *context, const fh_finding *finding);

enum fh_repair_flags {
    FH_REPAIR_ORPHANS = 1 /* what leaves that nothing refers to hold goes into trees of its own */
};

typedef struct fh_repair_options {
    size_t size;              /* sizeof(fh_repair_options) */
    unsigned flags;           /* of fh_repair_flags */
    fh_finding_report report; /* may be NULL */
    fh_progress progress;     /* in pages of the damaged file; may be NULL */
    void *context;            /* for both */
} fh_repair_options;

typedef struct fh_repair_info {
    size_t size;                /* in: sizeof(fh_repair_info) */
    uint64_t loss_count;        /* findings of the four kinds that say "lost" */
    uint64_t note_count;        /* FH_FINDING_NOTE */
    uint64_t tree_count;        /* in the new file, as fh_stat counts them */
    uint64_t item_count;        /* likewise; what came from orphans is not in it */
    uint64_t unproven_pages;    /* saved, but their checksums were lost with a header page */
    uint64_t commit_count;      /* that the log held and the checkpoint did not */
    uint64_t orphan_leaf_count; /* leaves of the damaged trees that nothing refers to */
    uint64_t orphan_item_count; /* items in the trees made of them */
} fh_repair_info;

/*
 * Saves what can be read of the database at `path` into a new one at `new_path`. The file at
 * `path` and its log are only read, page by page, and need not be fit to open: a damaged
 * meta, directory, map, header page or log is gone around, a damaged node is lost with what
 * is below it, a damaged value with its item, and each loss is reported. What is saved has
 * proven itself by checksums, but for unproven_pages.
 *
 * Old copies of pages that were freed look like the leaves that a damaged branch has lost, so
 * such orphans are saved only if asked for, into trees called `lost+found/ID` (a number
 * behind it if that name is taken), ID being the number of the tree they were of: where two
 * overlap the younger one counts, and what the damaged tree itself still has is left out.
 * `lost+found/0` is what was the catalog.
 *
 * The new file has its name when it is complete, and is removed on an error. FH_OK also when
 * something was lost: see loss_count. `options` may be NULL. It takes memory for the
 * largest value, a bit a page, and 24 bytes for each leaf of a tree that orphans are looked
 * for. Errors: FH_NOT_FOUND no such file; FH_EXISTS there is a `new_path`; FH_BUSY
 * somebody writes to the database; FH_NOT_DATABASE nothing in the file proves anything;
 * FH_VERSION; FH_NO_SPACE; FH_INVALID also when `path` is `new_path` with "-copy" behind it,
 * the name that the new file has at first. Idea: fsck's lost+found; btrfs restore, which reads
 * trees from their roots around what is bad.
 */
FH_API fh_status fh_repair(const char *path, const char *new_path, const fh_repair_options *options,
                           fh_repair_info *ret_info) FH_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
