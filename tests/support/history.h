/*
 * history.h - random lives of a database, lived twice: in Freehold and in the oracle.
 *
 * A history does write transactions of random steps: puts of all sizes, erases, ranges,
 * compare and swap, trees made and dropped, bulk loads, a cursor that stays open while
 * its tree changes, nested savepoints, aborts. Beside it, read snapshots live across many
 * commits and are compared with their clone before they end. A commit may be durable later
 * than it is made: then the states that a crash may bring back are kept. The same seed is the
 * same life. A wrong answer fails the running cmocka test; an environment's error (memory,
 * space, I/O) is returned, for tests that cause them.
 */
#ifndef FREEHOLD_TESTS_SUPPORT_HISTORY_H
#define FREEHOLD_TESTS_SUPPORT_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/random.h"
#include "freehold/kv.h"
#include "support/history_runs.h"
#include "support/items.h"
#include "support/oracle.h"

enum { HISTORY_SAVEPOINTS = 6, HISTORY_SNAPSHOTS = 6, HISTORY_LENT = 4, HISTORY_TREES = 7 };
enum { HISTORY_EARLIER = 80 }; /* more than the pager lets wait for a sync */

struct history_profile {
    unsigned key_count;     /* how many different keys there are */
    unsigned step_count;    /* steps of a transaction, at most */
    unsigned abort_percent; /* of transactions */
    size_t value_max;       /* bytes; most values are far smaller */
};

enum history_place { PLACE_NEVER, PLACE_ON, PLACE_BEFORE, PLACE_BEHIND, PLACE_UNKNOWN };

/* A cursor that outlives changes, and where the order of keys says it stands. */
struct history_cursor {
    fh_cursor *cursor; /* NULL: none is open */
    unsigned tree_no;
    enum history_place place;
    bool was_erased; /* its item went at least once since the last move */
    size_t key_size;
    unsigned char key[ITEMS_KEY_MAX];
};

/* What a commit made, or would have made. */
struct history_state {
    struct oracle *oracle; /* NULL: there is no such state */
    struct history_runs runs;
    uint64_t txn_id;
    uint64_t ticket; /* for fh_wait */
    bool is_lazy;
};

struct history_savepoint {
    uint64_t savepoint;
    struct oracle *oracle;
    struct history_runs runs;
};

struct history_snapshot {
    fh_txn *txn;
    struct oracle *oracle;
    fh_bytes lent[HISTORY_LENT]; /* values got early, read again at the end */
    size_t lent_at[HISTORY_LENT];
    size_t lent_count;
};

struct history {
    /* Constant after init, page_bytes and key_max after attach. */
    struct history_profile profile;
    uint64_t page_bytes;
    uint32_t key_max;

    struct random random;
    fh_db *db;
    fh_durability durability; /* of the next commits */
    bool mixes_durability;    /* no: each has another */
    bool takes_runs;          /* transactions take and give raw runs too */
    bool may_fail;            /* any call may fail now: nothing is read back on the way */

    /* Oldest first: what a crash may show is one of these, `committed` or `in_flight`. */
    struct history_state earlier[HISTORY_EARLIER];
    size_t earlier_count;
    struct history_state committed; /* the newest */
    struct history_state in_flight; /* of the last commit, when it failed */
    uint64_t visible_txn_id;        /* readers see this one, or a later one */
    uint64_t shown_txn_id;          /* up to here readers may see what is not durable */
    uint64_t commit_count;
    unsigned char *value; /* profile.value_max bytes */

    /* Of the running write transaction. */
    fh_txn *txn;
    struct oracle *working;
    struct history_runs working_runs;
    bool is_torn; /* a failed step may have been done in part: the oracle does not know */
    struct history_cursor cursor;
    struct history_savepoint savepoints[HISTORY_SAVEPOINTS];
    size_t savepoint_count;

    struct history_snapshot snapshots[HISTORY_SNAPSHOTS];
    size_t snapshot_count;
};

/* Caller's storage. An empty database until told otherwise. */
void history_init(struct history *history, const struct history_profile *profile, uint64_t seed);

/* Ends what is running; the database is the caller's. */
void history_fini(struct history *history);

/* The database to go on with, whose state is history->committed. */
void history_attach(struct history *history, fh_db *db);

/* The state is known to be this one, and durable; takes a clone. */
void history_set_state(struct history *history, const struct history_state *state);

/* One write transaction in three parts. A failing step is not in the oracle. */
fh_status history_begin(struct history *history) FH_MUST_CHECK;
fh_status history_step(struct history *history) FH_MUST_CHECK;
fh_status history_commit(struct history *history) FH_MUST_CHECK;
void history_abort(struct history *history);

/* A whole one: up to step_count steps, then commit or abort; aborted on an error. */
fh_status history_txn(struct history *history) FH_MUST_CHECK;

/*
 * What makes commits durable, and with FH_OK tells the oracle: fh_wait for a random one of
 * those that may be lost; fh_poll, when lazy ones have waited for too long; a checkpoint.
 */
fh_status history_wait(struct history *history) FH_MUST_CHECK;
fh_status history_poll(struct history *history) FH_MUST_CHECK;
fh_status history_checkpoint(struct history *history) FH_MUST_CHECK;

/* All that is committed is durable: a close has returned. */
void history_acknowledge_all(struct history *history);

/* Takes a read snapshot; ends the one at `snapshot_no` after comparing it with its clone. */
fh_status history_take_snapshot(struct history *history) FH_MUST_CHECK;
void history_end_snapshot(struct history *history, size_t snapshot_no);

/* Ends all snapshots without a look: the database may be past answering. */
void history_drop_snapshots(struct history *history);

/* Fails the test unless a new read transaction sees exactly one state that it may see. */
void history_verify(struct history *history);

/* The state whose number `txn` has: one that a reader may see now. Fails the test without. */
const struct history_state *history_seen(struct history *history, const fh_txn *txn);

/*
 * After a crash or a failed commit: the state that `db` shows, of those that it may show:
 * none older than what was acknowledged as durable. Borrowed from the history. Fails the
 * test when it shows another.
 */
const struct history_state *history_recognize(const struct history *history, fh_db *db);

/* An error that comes from outside: memory, space, I/O, an earlier failure. */
bool history_is_outside(fh_status status);

#endif
