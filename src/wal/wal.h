/*
 * wal.h - the log at work: records are appended to a buffer, one leader carries it to the
 * medium, who waits is woken.
 *
 * Appending is for the writer, whose turn orders the records. Waiting is for anybody: the
 * first who waits leads, takes what the buffer holds, writes and syncs it; who comes
 * meanwhile waits for the next round, which one of them will lead. There is no timer and
 * no thread. Idea: group commit by leader and followers (DeWitt 1984; PostgreSQL, InnoDB).
 *
 * Every group begins at a block of its own, so that bytes that were acknowledged are never
 * written again.
 */
#ifndef FREEHOLD_WAL_WAL_H
#define FREEHOLD_WAL_WAL_H

#include "os/thread.h"
#include "wal/redo.h"
#include "wal/wal_ring.h"

enum { WAL_LOCK = 30 /* LOCK_RANK_WAL */ };

struct wal {
    /* Constant after init. */
    struct os_file *data_file;
    void (*on_durable)(void *context, uint64_t lsn); /* by the leader, without the lock */
    void *context;

    struct mutex lock;
    struct condition round_ended[2]; /* who waits for the round under way, and for the next */

    /* Guarded by lock; the ring changes only in the hands of who has the turn and leads. */
    struct wal_ring ring; /* without a file: there is no log */
    uint64_t salt;
    uint64_t tail;    /* no record before it is needed: L(C) */
    uint64_t head;    /* where the next record goes, at least */
    uint64_t written; /* before it, the file has everything */
    uint64_t durable; /* before it, the medium has everything */
    uint8_t *buffer;  /* written .. head */
    size_t buffer_capacity;
    uint8_t *spare; /* the other one, for the leader */
    size_t spare_capacity;
    bool names_runs;       /* the buffer does: the data file goes first */
    uint64_t owed;         /* behind the last record that somebody wants on the medium */
    uint64_t patience;     /* so many bytes without one, and records are left out */
    uint64_t skipped_from; /* between these two the log has nothing (G10) */
    uint64_t skipped_to;   /* behind `tail`: what is left out is not in a checkpoint yet */
    bool is_led;
    uint64_t sync_count;
    unsigned round; /* its lowest bit says which condition is that of the round under way */
    bool is_broken; /* a write or sync failed: nothing more is taken */
};

fh_status wal_init(struct wal *wal, struct os_file *data_file,
                   void (*on_durable)(void *context, uint64_t lsn), void *context) MUST_CHECK;
void wal_fini(struct wal *wal); /* closes the ring; removes nothing */

/* Takes a sealed ring into use, with nothing in it that counts: all begins at `lsn`. */
void wal_start(struct wal *wal, struct wal_ring *ring, uint64_t salt, uint64_t lsn);

static inline bool wal_is_on(const struct wal *wal)
{
    return wal->ring.file != NULL;
}

/* The most bytes of operations that one record may have. */
size_t wal_redo_limit(const struct wal *wal);

/*
 * Makes room for a record: FH_OK; FH_BUSY: the ring is full, or lacks records before this one,
 * until a checkpoint has moved the tail; FH_NO_MEMORY; FH_POISONED. After FH_OK wal_append
 * cannot fail.
 */
fh_status wal_prepare(struct wal *wal, const struct redo *redo) MUST_CHECK;

/* The record of a transaction; returns the lsn behind it, to wait for. Owed: somebody may wait. */
uint64_t wal_append(struct wal *wal, const struct redo *redo, uint64_t txn_id, bool is_owed);

/*
 * Whether a record that nobody is owed may be left out: others before it are, or for long nobody
 * was owed any. Only a checkpoint makes such a transaction durable, and those after it. Once true
 * it stays so until the tail moves, or a record is appended.
 */
bool wal_may_skip(struct wal *wal);

/* Leaves out a record of so many bytes, and what the buffer holds; returns the lsn behind it. */
uint64_t wal_skip(struct wal *wal, uint64_t bytes);

/* Some are left out, and C does not have them yet. By who has the turn. */
static inline bool wal_is_skipping(const struct wal *wal)
{
    return wal->skipped_to > wal->tail;
}

/*
 * Returns when all before `lsn` is on the medium. FH_BUSY: some of it was left out; FH_POISONED,
 * FH_IO. Any thread.
 */
fh_status wal_wait(struct wal *wal, uint64_t lsn) MUST_CHECK;

/* Hands what the buffer holds to the system, without a sync. */
fh_status wal_flush(struct wal *wal) MUST_CHECK;

/* All before `lsn` is in a durable checkpoint. */
void wal_pass(struct wal *wal, uint64_t lsn);

/* Bytes of records since the tail, also of those left out. */
uint64_t wal_fill(struct wal *wal);

/* Bytes that recovery would read, and what the ring has room for. */
void wal_extent(struct wal *wal, uint64_t *ret_bytes, uint64_t *ret_ring_bytes);
uint64_t wal_durable(struct wal *wal);
uint64_t wal_sync_count(struct wal *wal);
uint64_t wal_head(struct wal *wal);

/* The records that recovery would read lie between two ends of a ring of so many bytes. */
bool wal_fits(struct wal *wal, uint64_t ring_bytes);

/*
 * Changing rings (G7), to a larger one or one that they fit in, by who has the writer's turn:
 * everything to the medium, what is needed into `ring`, which is sealed, and synced there.
 * Between the two calls nobody leads, and the caller makes the meta name the new ring; `adopt`
 * false: the old one stays.
 */
fh_status wal_change_begin(struct wal *wal, struct wal_ring *ring) MUST_CHECK;
void wal_change_end(struct wal *wal, struct wal_ring *ring, bool adopt);

/* I9, and what the counters must say of each other. */
fh_status wal_audit(struct wal *wal) MUST_CHECK;

#endif
