/*
 * snapshot.h - what readers see, and who reads: descriptor, seats, pins.
 *
 * A descriptor names one committed state. The newest one is published through a seqlock; a
 * reader copies it and enters its epoch among the pins, both under the lock of the seats
 * (R1). The writer publishes first and looks at the pins after (R2), under the same lock, so
 * that it sees the reader, or the reader the newer state.
 *
 * A reader may ask for a *lease*: limits past which whoever has the writer's turn may take the
 * pin away from it, between two of its calls (snapshot_enter and snapshot_leave). The pins of
 * all others are theirs until they end.
 *
 * A seat may be *kept*: when its reader ends it is parked, pin and all, and the next reader to
 * claim it goes on with the same state, if that is the newest still. That takes no lock. The
 * pin of a parked seat is taken from it by whoever looks at the pins, as that of a lease is.
 */
#ifndef FREEHOLD_PAGER_SNAPSHOT_H
#define FREEHOLD_PAGER_SNAPSHOT_H

#include <stdatomic.h>

#include "alloc/slot_format.h"
#include "base/compiler.h"
#include "base/list.h"
#include "os/os.h"
#include "os/thread.h"
#include "pager/pin_table.h"

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

enum {
    DESCRIPTOR_WORDS = 6,
    SEATS_PER_BLOCK = 64,
    SEAT_BLOCKS_MAX = 4096,
    SEATS_KEPT_MAX = 64,
    SEAT_TAG_MAX = 31 /* bytes */
};

enum lease_state { LEASE_NONE, LEASE_IDLE, LEASE_BUSY, LEASE_OVER };

/* What a reader said about itself at its beginning; the reader's, until it has ended. */
struct seat_terms {
    struct list link; /* of those with a lease; guarded by the table's lock */
    struct seat *seat;
    bool is_leased;
    uint64_t lease_ns;    /* after its beginning; 0: no limit */
    uint64_t lease_pages; /* that wait for its snapshot; 0: no limit */
    char tag[SEAT_TAG_MAX + 1];
};

/* A reader's place in the table: a cache line of its own. */
struct seat {
    _Atomic uint64_t pin;   /* the epoch it reads; 0: none */
    _Atomic uint64_t grace; /* the time when it began, as snapshot_next_grace counts */
    _Atomic uint32_t lease; /* of enum lease_state; a kept seat is idle when it is parked */
    _Atomic uint32_t thread_id;
    _Atomic uint64_t began_ns;

    /* Guarded by the table's lock. */
    uint64_t txn_id;
    struct seat *next_free;
    struct seat_terms *terms; /* NULL: it said nothing */

    uint64_t sequence; /* the reader's: of the state that it reads */
};

struct snapshots {
    struct mutex lock;
    const struct os *os; /* for the time */

    /* Guarded by the lock. */
    struct seat *blocks[SEAT_BLOCKS_MAX];
    struct seat *free_seats;
    struct pin_table pins;
    struct list leased;
    struct seat *kept[SEATS_KEPT_MAX];
    uint32_t kept_count;

    _Atomic uint32_t block_count;
    _Atomic uint32_t leased_count;
    _Atomic uint64_t grace;
    _Atomic uint64_t sequence; /* odd while the words change */
    _Atomic uint64_t words[DESCRIPTOR_WORDS];
};

fh_status snapshots_init(struct snapshots *snapshots, const struct os *os) MUST_CHECK;
void snapshots_fini(struct snapshots *snapshots);

/*
 * R1. The seat is the caller's until snapshot_unpin, and so must `terms` be, which may be
 * NULL. FH_TOO_LARGE: too many readers.
 */
fh_status snapshot_pin(struct snapshots *snapshots, struct seat_terms *terms,
                       struct seat **ret_seat, struct descriptor *ret_state) MUST_CHECK;
void snapshot_unpin(struct snapshots *snapshots, struct seat *seat);

/* R4. The seat of a reader without terms is kept from now on; SEATS_KEPT_MAX at most. */
void snapshot_keep(struct snapshots *snapshots, struct seat *seat);

/* R6. The reader of a kept seat ends; whoever claims the seat next sees what it did. */
void snapshot_park(struct seat *seat);

/*
 * R6. A reader begins on a kept seat, by any number of threads that want it. SEAT_CURRENT: with
 * the state that the reader before it had. SEAT_STALE: that is not the newest one, or not
 * pinned any more; the seat is the caller's, and needs snapshot_renew.
 */
enum seat_claim { SEAT_TAKEN, SEAT_STALE, SEAT_CURRENT };
enum seat_claim snapshot_claim(const struct snapshots *snapshots, struct seat *seat,
                               uint32_t thread_id);
void snapshot_renew(struct snapshots *snapshots, struct seat *seat, struct descriptor *ret_state);

/* A kept seat without a reader. */
bool snapshot_is_parked(const struct seat *seat);

/*
 * Around each call of a reader with a lease: what it pins stays until snapshot_leave. false:
 * its lease is over, and it must not look at a page any more.
 */
bool snapshot_enter(struct seat *seat);
void snapshot_leave(struct seat *seat);

/* A limit of a lease, and how many pages wait for an epoch. */
struct snapshot_judge {
    uint64_t (*pages_of)(const void *context, uint64_t epoch);
    const void *context;
};

/* By who has the writer's turn: leases that have passed their limits are over. */
void snapshot_expire(struct snapshots *snapshots, const struct snapshot_judge *judge);

/*
 * O1. By who has the turn: no reader begins until the next snapshot_publish. False: one reads a
 * state of epoch `since` or later, and nothing is shut.
 */
bool snapshot_shut(struct snapshots *snapshots, uint64_t since);

/* P3. One thread at a time. */
void snapshot_publish(struct snapshots *snapshots, const struct descriptor *state);
void snapshot_newest(struct snapshots *snapshots, struct descriptor *ret_state);

/* Ends a time of grace and returns its number: who begins later has a larger one. */
uint64_t snapshot_next_grace(struct snapshots *snapshots);

/* Of the readers, those before it are seen by what follows, those behind it see what was before. */
void snapshot_meet(struct snapshots *snapshots);

/*
 * The newest epoch pinned by readers that began in that time or before; 0: none. Behind a
 * snapshot_meet that came behind the end of that time.
 */
uint64_t snapshot_newest_pin(const struct snapshots *snapshots, uint64_t grace);

/* How many seats exist: no more can be pinned than this, as of now. */
uint32_t snapshot_seat_count(const struct snapshots *snapshots);

/*
 * How many readers there are, and the oldest one's txn id; 0 when there is none. Neither this nor
 * what is below knows of parked seats.
 */
void snapshot_readers(struct snapshots *snapshots, uint64_t *ret_count,
                      uint64_t *ret_oldest_txn_id);

/* A reader pins that epoch. */
bool snapshot_is_pinned(struct snapshots *snapshots, uint64_t epoch);

/*
 * R2, by who has the turn: the pinned epochs into `look`, whose room is `capacity` and grows
 * with it. FH_NO_MEMORY: nothing is told, and nothing forgotten.
 */
fh_status snapshot_look(struct snapshots *snapshots, struct pin_look *look,
                        uint32_t *capacity) MUST_CHECK;

/* A reader, described; one whose lease is over is none any more. */
struct snapshot_reader {
    uint64_t epoch;
    uint64_t txn_id;
    uint64_t age_ns;
    uint32_t thread_id;
    bool is_leased;
    char tag[SEAT_TAG_MAX + 1];
};

/*
 * All readers, oldest state first, and of one state the one that began first. *ret_count says
 * how many there are; when they are more than `capacity` the array is not to be used.
 */
void snapshot_list(struct snapshots *snapshots, struct snapshot_reader *readers, uint32_t capacity,
                   uint32_t *ret_count);

#endif
