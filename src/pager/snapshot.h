/*
 * snapshot.h - what readers see, and who reads: descriptor, seats, pins.
 *
 * A descriptor names one committed state. The newest one is published through a seqlock;
 * a reader copies it, says in its *seat* which epoch it pins, and looks again: unchanged,
 * it has its snapshot (R1). The writer publishes first and reads the seats after (R2), so
 * that one of the two always sees the other. All orders are sequentially consistent where
 * the two meet.
 */
#ifndef FREEHOLD_PAGER_SNAPSHOT_H
#define FREEHOLD_PAGER_SNAPSHOT_H

#include <stdatomic.h>

#include "alloc/slot_format.h"
#include "base/compiler.h"
#include "os/thread.h"

/* One committed state. */
struct descriptor {
    uint64_t epoch;
    uint64_t txn_id;
    uint64_t lsn_end;
    uint64_t catalog_items;
    uint32_t page_count;
    page_no root; /* of the catalog; 0: empty */
    uint8_t root_level;
};

enum { DESCRIPTOR_WORDS = 6, SEATS_PER_BLOCK = 64, SEAT_BLOCKS_MAX = 4096 };

/* A reader's place in the table: a cache line of its own. */
struct seat {
    _Atomic uint64_t pin; /* the epoch it reads; 0: none */
    _Atomic uint64_t txn_id;
    _Atomic uint64_t grace; /* the time when it began, as snapshot_next_grace counts */
    struct seat *next_free; /* guarded by the table's lock */
    uint8_t padding[32];
};

struct snapshots {
    struct mutex lock; /* guards the free seats and the adding of blocks */
    struct seat *blocks[SEAT_BLOCKS_MAX];
    _Atomic uint32_t block_count;
    struct seat *free_seats;

    _Atomic uint64_t grace;
    _Atomic uint64_t sequence; /* odd while the words change */
    _Atomic uint64_t words[DESCRIPTOR_WORDS];
};

fh_status snapshots_init(struct snapshots *snapshots) MUST_CHECK;
void snapshots_fini(struct snapshots *snapshots);

/* R1. The seat is the caller's until snapshot_unpin. FH_TOO_LARGE: too many readers. */
fh_status snapshot_pin(struct snapshots *snapshots, struct seat **ret_seat,
                       struct descriptor *ret_state) MUST_CHECK;
void snapshot_unpin(struct snapshots *snapshots, struct seat *seat);

/* P3. One thread at a time. */
void snapshot_publish(struct snapshots *snapshots, const struct descriptor *state);
void snapshot_newest(struct snapshots *snapshots, struct descriptor *ret_state);

/* Ends a time of grace and returns its number: who begins later has a larger one. */
uint64_t snapshot_next_grace(struct snapshots *snapshots);

/* The newest epoch pinned by readers that began in that time or before; 0: none. */
uint64_t snapshot_newest_pin(const struct snapshots *snapshots, uint64_t grace);

/* How many seats exist: no more can be pinned than this, as of now. */
uint32_t snapshot_seat_count(const struct snapshots *snapshots);

/* How many readers there are, and the oldest one's txn id; 0 when there is none. */
void snapshot_readers(const struct snapshots *snapshots, uint64_t *ret_count,
                      uint64_t *ret_oldest_txn_id);

/*
 * The pinned epochs, ascending, with repeats, into `pins`; at most `capacity`: when there
 * are more, *ret_count > capacity and the array is not to be used. `txn_ids` may be NULL.
 */
void snapshot_pins(const struct snapshots *snapshots, uint64_t *pins, uint64_t *txn_ids,
                   uint32_t capacity, uint32_t *ret_count);

#endif
