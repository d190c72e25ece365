/*
 * pager_internal.h - what the files of this layer share.
 */
#ifndef FREEHOLD_PAGER_PAGER_INTERNAL_H
#define FREEHOLD_PAGER_PAGER_INTERNAL_H

#include <stdatomic.h>

#include "base/bits.h"
#include "base/crc32c.h"
#include "os/lock_rank.h"
#include "os/thread.h"
#include "pager/checkpoint.h"
#include "pager/commit.h"
#include "pager/growth.h"
#include "pager/helper.h"
#include "pager/log.h"
#include "pager/meta_format.h"
#include "pager/page_writer.h"
#include "pager/pager.h"
#include "pager/pending.h"
#include "pager/shrink.h"
#include "pager/space_map.h"
#include "pager/txn.h"
#include "wal/wal.h"
#include "wal/wal_reader.h"

enum {
    PAGER_LOCK_WRITER = LOCK_RANK_PAGER + 1,
    PAGER_LOCK_CARRIER = LOCK_RANK_PAGER + 2,
    PAGER_LOCK_PUBLICATION = LOCK_RANK_PAGER + 3,
    PAGER_LOCK_HELPER = LOCK_RANK_PAGER + 4,
    PAGER_LOCK_SPACE = LOCK_RANK_ALLOC + 1 /* the seats' is below: snapshot.c */
};

enum { CHECKPOINT_PIECE_PAGES = 32, CHECKPOINT_SLACK_BYTES = 4 << 20 };

struct txn {
    struct pager *pager;
    struct descriptor base;
    uint64_t epoch; /* W2, W6 */
    uint64_t txn_id;
    uint64_t oldest_pin; /* of a reader, when it began; UINT64_MAX: none */
    uint64_t newest_pin; /* of a reader or a checkpoint, when it began */
    uint64_t spill_count;
    bool from_reserve;
    bool is_quiet;                 /* the state says the same as before */
    struct pending_entry *retired; /* as they will hang among the pending */
    uint32_t retired_count;
    uint32_t retired_capacity;
    struct redo *redo;
    struct txn_extents written; /* the large value that was written last */
    uint8_t *emit_buffer;
    struct page_writer emit;
};

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order of who may touch it */
struct pager {
    /* Constant after open. */
    const struct os *os;
    struct os_file *file;
    bool read_only;
    bool is_new;
    uint8_t page_shift;
    uint8_t chunk_shift;
    uint32_t page_bytes;
    uint32_t chunk_pages;
    uint32_t uuid_seed;
    const char *policy;
    struct backing *backing;

    struct overlay overlay;
    struct snapshots snapshots;

    /* Guarded by writer_lock. */
    struct mutex writer_lock;
    struct condition writer_free;
    _Atomic bool has_writer; /* guarded; looked at without the lock while it is waited for */
    _Atomic bool has_looker; /* somebody does so */

    /* Guarded by carrier_lock: somebody carries a checkpoint on. */
    struct mutex carrier_lock;
    struct condition carrier_left;
    bool has_carrier;

    /* Atomic, or with locks of their own. */
    atomic_bool is_poisoned;
    atomic_bool must_sync_all; /* the file's length changed since the last barrier */
    _Atomic uint32_t owed_pages;
    _Atomic uint32_t due_pages;  /* that the last commit should write, for what it had held */
    uint64_t held_pages;         /* the turn: by checkpoints, as of the last commit */
    uint32_t pace;               /* the turn: pages to write for each that one more is held */
    _Atomic uint64_t most_bytes; /* of operations between two checkpoints, as of the last commit */
    struct publication publication;
    struct wal wal;
    struct helper helper;
    _Atomic uint64_t lazy_since; /* when the oldest lazy commit was made; 0: none waits */
    _Atomic uint64_t lazy_lsn;

    /* Changed by the writer with space_lock held, looked at by others with it. */
    struct mutex space_lock;
    struct alloc *alloc; /* NULL until somebody needs it */
    struct pending pending;
    struct meta meta; /* of C, the durable checkpoint */
    struct group *groups;
    uint32_t group_count;
    uint8_t *has_header; /* by chunk: its header page has content in C */
    uint32_t has_header_capacity;
    struct run directory;
    uint8_t *directory_bytes; /* its entries */

    /* The writer's own. */
    struct txn txn;
    struct redo redo;
    struct descriptor last; /* the newest committed state, maybe not yet durable */
    struct checkpoint checkpoint;
    struct shrink shrink;
    struct growth growth;                          /* guarded by space_lock, as alloc is */
    struct pin_look look;                          /* at the readers, when it was taken last */
    uint64_t checkpoint_pins[PENDING_CHECKPOINTS]; /* likewise */
    struct pending_stale stale;                    /* pins that have gone, and hold runs still */
    uint32_t checkpoint_pin_count;
    uint32_t look_capacity;
    uint32_t file_pages;      /* that the file has room for, at least */
    bool has_backlog;         /* runs that no pin holds any more are pending still */
    fh_status mirror_failure; /* of the last meta, which holds all the same */
    uint64_t commit_count;    /* since the database was opened */
    uint64_t failed_fill;     /* of the log, when a checkpoint could not begin */
    uint64_t sync_count;      /* of the log, when the last one began */
    uint64_t log_need;        /* bytes in the log when a checkpoint began; fades */
    int log_retry;            /* commits until a log is tried again */
    _Atomic enum log_next_phase next_phase;
    struct wal_ring next_ring; /* that will take the log's place; whose it is, says its phase */

    /* Set at open. */
    char *path;
    uint64_t ring_bytes; /* of the first log */
    uint64_t lazy_ns;
    bool must_verify; /* V2: the meta in use may be older than the newest */
    bool must_replay; /* V4: until replay_end */
    bool is_replaying;
    struct wal_ring replay_ring;
    struct wal_reader replay;
    uint64_t replay_end; /* where the log ends */
    uint64_t replay_lsn; /* behind the record being replayed */
    uint64_t quota_pages;
};

enum { PAGER_FIXED_PAGES = META_FIRST_PAGE + META_COPY_COUNT, INITIAL_BYTES = 128 * 1024 };

/* recover.c */
fh_status recover_metas(struct pager *pager);
fh_status recover_heal(struct pager *pager);        /* V6: the state in use is on the medium then */
fh_status recover_first_metas(struct pager *pager); /* of a new file: all four copies */
fh_status recover_space(struct pager *pager);       /* space_lock held; loads once */

/* commit.c: the end of txn_commit but for giving up the turn; and what its caller does after. */
fh_status commit_state(struct txn *txn, struct descriptor *state, enum txn_durability durability);

/* The log has room for what the transaction says, and readers have the state before: then
 * commit_by_log makes its state the newest, and cannot fail. */
bool commit_is_ready(struct txn *txn, enum txn_durability durability);
void commit_by_log(struct txn *txn, struct descriptor *state, enum txn_durability durability);
fh_status commit_serve(struct pager *pager, enum txn_durability durability, uint64_t lsn,
                       uint64_t bytes) MUST_CHECK;

/* verify.c: FH_CORRUPT unless the slot of a used page is true, as far as the pager can tell. */
fh_status verify_page(struct pager *pager, page_no page, struct slot *ret_slot);
fh_status verify_all(struct pager *pager);
fh_status verify_touch(void *context, page_no page); /* any thread; for overlay_verify_with */

/* writer.c, by who has the turn: what no pin blocks any more becomes free. */
void pager_release_pending(struct pager *pager, uint32_t budget); /* 0: all of it */
void pager_reclaim_frames(struct pager *pager);

/* txn.c: what txn_run.c stands on. */
fh_status txn_take(struct txn *txn, const struct alloc_request *request, struct run *ret_run);
void txn_untake(struct txn *txn, struct run run);
fh_status txn_check_run(const struct txn *txn, struct run run); /* FH_CORRUPT */
fh_status txn_retire(struct txn *txn, struct run run);
fh_status txn_drop_run(struct txn *txn, struct run run);

/* pager.c, by who has the turn: the newest state becomes C, if it is not. */
fh_status pager_checkpoint_now(struct pager *pager);

/* pager.c */
struct alloc_options pager_alloc_options(const struct pager *pager);

static inline uint32_t pager_group_pages(const struct pager *pager)
{
    return SPACE_GROUP_CHUNKS * pager->chunk_pages;
}

static inline page_no pager_header_page(const struct pager *pager, page_no page)
{
    return page & ~(pager->chunk_pages - 1);
}

#endif
