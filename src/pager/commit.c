/*
 * commit.c - by the log, or by a checkpoint; and what else a commit's caller does on the way.
 */
#include "pager/commit.h"

#include "base/check.h"
#include "base/note.h"
#include "pager/pager_internal.h"
#include "pager/writer.h"

/*
 * The durable checkpoint holds at most as many pages as were live in it: more than are live now
 * only when much was erased, and then it is time. Less would mean writing each page again for each
 * few commits. The next one holds pages too while it is written: for each that a commit makes it
 * hold the commit writes PACE, so that it comes to no more than a quarter; of a cheap one it need
 * not be so many. HURRY_TIMES is beyond that. Decision 0021.
 */
enum {
    COMMITS_PER_LOOK = 64,
    HELD_TIMES = 1,
    HURRY_TIMES = 2,
    PACE = 4,
    CHEAP_PACE = 1,
    UNLOGGED_RINGS = 128,
    CHEAP_SHARE = 16,
    SYNCED_BYTES = 2 << 20,
    UNSYNCED_BYTES = 40 << 20
};

fh_status commit_init(struct pager *pager)
{
    return mutex_init(&pager->publication.lock, PAGER_LOCK_PUBLICATION);
}

void commit_fini(struct pager *pager)
{
    mutex_fini(&pager->publication.lock);
}

static void publish(struct pager *pager, const struct descriptor *state)
{
    struct publication *publication = &pager->publication;

    if (state->epoch <= atomic_load(&publication->epoch)) return;
    snapshot_publish(&pager->snapshots, state);
    atomic_store(&publication->epoch, state->epoch);
}

void commit_publish(struct pager *pager, const struct descriptor *state)
{
    mutex_lock(&pager->publication.lock);
    publish(pager, state);
    mutex_unlock(&pager->publication.lock);
}

void commit_on_durable(void *context, uint64_t lsn)
{
    struct pager *pager = context;
    struct publication *publication = &pager->publication;
    uint32_t count = 0;

    mutex_lock(&publication->lock);
    while (count < publication->waiting_count && publication->waiting[count].lsn_end <= lsn)
        count++;
    if (count > 0) {
        publish(pager, &publication->waiting[count - 1]);
        publication->waiting_count -= count;
        memmove(publication->waiting, publication->waiting + count,
                publication->waiting_count * sizeof(*publication->waiting));
    }
    mutex_unlock(&publication->lock);
}

fh_status commit_wait(struct pager *pager, uint64_t lsn)
{
    fh_status status = wal_wait(&pager->wal, lsn);

    if (status == FH_OK)
        commit_on_durable(pager, lsn); /* the leader may have come before the state was listed */
    else if (status != FH_BUSY)
        atomic_store(&pager->is_poisoned, true);
    return status;
}

/* The state waits for its sync; when too many do, one is made first. If that fails nobody
 * gets it: the pager is poisoned. */
static void publish_later(struct pager *pager, const struct descriptor *state)
{
    struct publication *publication = &pager->publication;
    bool is_full;

    do {
        mutex_lock(&publication->lock);
        is_full = publication->waiting_count == COMMIT_WAITING_MAX;
        if (!is_full) publication->waiting[publication->waiting_count++] = *state;
        mutex_unlock(&publication->lock);
    } while (is_full && commit_wait(pager, pager->last.lsn_end) == FH_OK);
}

/* The transaction's state is the newest one from now on. Nothing here can fail. */
static void install(struct txn *txn, const struct descriptor *state)
{
    struct pager *pager = txn->pager;

    mutex_lock(&pager->space_lock);
    alloc_settle(pager->alloc);
    for (uint32_t i = 0; i < txn->retired_count; i++)
        pending_add(&pager->pending, &txn->retired[i]);
    txn->retired_count = 0;
    mutex_unlock(&pager->space_lock);
    pager->last = *state;
    pager->last.page_count = alloc_page_count(pager->alloc);
}

static fh_status by_checkpoint(struct txn *txn, struct descriptor *state)
{
    struct pager *pager = txn->pager;
    struct checkpoint_log log = {.flags = META_NO_LOG, .lsn = pager->meta.lsn};

    if (wal_is_on(&pager->wal)) log = (struct checkpoint_log){.lsn = wal_head(&pager->wal)};
    state->lsn_end = log.lsn;
    TRY(checkpoint_run(pager, state, &log)); /* W11 */
    install(txn, state);
    commit_on_durable(pager, log.lsn);
    commit_publish(pager, &pager->last);
    return FH_OK;
}

/* Nobody is owed its record, and the log may do without: a checkpoint will have what it did. */
static bool may_skip(const struct txn *txn, enum txn_durability durability)
{
    return durability == TXN_NONE && (txn->redo->is_long || wal_may_skip(&txn->pager->wal));
}

/* Room in the log; FH_BUSY: there is none, now or ever, and a checkpoint must do. */
static fh_status make_room(struct txn *txn, enum txn_durability durability)
{
    struct pager *pager = txn->pager;
    const struct redo *redo = txn->redo;
    fh_status status;

    if (redo->is_long ? durability != TXN_NONE : redo->is_lost || redo->op_count == 0)
        return answer(FH_BUSY);
    if (!wal_is_on(&pager->wal)) TRY(log_start(pager));
    if (may_skip(txn, durability)) return redo->is_long ? wal_flush(&pager->wal) : FH_OK;
    if (redo->size > wal_redo_limit(&pager->wal)) return answer(FH_BUSY);
    status = wal_prepare(&pager->wal, redo);
    if (status != FH_BUSY) return status;
    checkpoint_drain(pager);
    return wal_prepare(&pager->wal, redo);
}

static bool holds_much(const struct pager *pager, uint32_t times)
{
    uint64_t least = CHECKPOINT_SLACK_BYTES >> pager->page_shift;

    return pager->held_pages > least + (uint64_t)alloc_used_pages(pager->alloc) * times;
}

/*
 * One that writes two pages or fewer for each sync that was made since the one before is hardly
 * felt; nor, in a file of some size, one that writes half as many pages as it gives back, though it
 * syncs values that nobody waits for. Decision 0025.
 */
static bool is_cheap(struct pager *pager)
{
    uint64_t live = alloc_used_pages(pager->alloc), held = pager->held_pages;
    uint64_t frames = pager->overlay.frame_count;
    uint64_t unsynced = UNSYNCED_BYTES >> pager->page_shift;

    if (held <= live / CHEAP_SHARE + (SYNCED_BYTES >> pager->page_shift)) return false;
    if (frames <= 2 * (wal_sync_count(&pager->wal) - pager->sync_count)) return true;
    return held > unsynced && live >= 4 * unsynced && frames * 2 <= held;
}

/* The file cannot grow, and what deletes need comes from checkpoints (H39). */
static bool is_short_of_pages(struct pager *pager)
{
    uint32_t reserve = alloc_reserve_pages(pager->alloc);

    if (alloc_free_pages(pager->alloc) >= 2 * reserve) return false;
    if (pending_pages(&pager->pending, pager->meta.epoch) < reserve) return false;
    return growth_ahead(pager, 2 * reserve) != FH_OK;
}

/*
 * How many bytes of operations there may be since the durable checkpoint: what the ring has room
 * for; or, while the log does without them, 128 rings of the first size, or as much as is live.
 */
static void note_most(struct pager *pager)
{
    uint64_t live = (uint64_t)alloc_used_pages(pager->alloc) << pager->page_shift;
    uint64_t most = pager->wal.ring.ring_bytes;

    if (wal_is_skipping(&pager->wal)) {
        most = pager->ring_bytes * UNLOGGED_RINGS;
        if (most < live) most = live;
    }
    atomic_store(&pager->most_bytes, most);
}

/* C1. */
static bool is_time(struct pager *pager, bool is_short)
{
    uint64_t fill = wal_fill(&pager->wal), most = atomic_load(&pager->most_bytes);

    if (pager->failed_fill != 0 && fill < pager->failed_fill + most / 16) return false;
    if (fill >= most / 2 || pager->overlay.frame_count >= pager->overlay.frame_max / 2) return true;
    if (holds_much(pager, HELD_TIMES) || is_cheap(pager) || is_short) return true;
    return pager->commit_count % COMMITS_PER_LOOK == 0 && shrink_wants_checkpoint(pager);
}

/* What this commit owes the checkpoint under way, and what may be needed again. */
static void note_held(struct pager *pager, bool is_short)
{
    uint64_t before = pager->held_pages, held = checkpoint_held_pages(pager);
    uint64_t due = held > before ? (held - before) * pager->pace : 0;

    pager->held_pages = held;
    if (is_short || holds_much(pager, HURRY_TIMES)) due = UINT32_MAX;
    atomic_store(&pager->due_pages, due < UINT32_MAX ? (uint32_t)due : UINT32_MAX);
    shrink_note_held(pager, held + pending_unpublished_pages(&pager->pending));
}

/* Without a checkpoint now the log goes on; it is asked again at the next commit. */
static void begin_checkpoint(struct pager *pager)
{
    struct checkpoint_log log = {.lsn = pager->last.lsn_end};
    bool is_short;

    checkpoint_settle(pager);
    note_most(pager);
    is_short = is_short_of_pages(pager);
    note_held(pager, is_short);
    if (atomic_load(&pager->checkpoint.phase) != CHECKPOINT_NONE) return;
    if (!is_time(pager, is_short)) return;
    pager->pace = is_cheap(pager) ? CHEAP_PACE : PACE;
    if (checkpoint_freeze(pager, &pager->last, &log) != FH_OK)
        pager->failed_fill = wal_fill(&pager->wal);
    else
        pager->failed_fill = 0;
    pager->sync_count = wal_sync_count(&pager->wal);
    shrink_note_freeze(pager);
    helper_wake(&pager->helper);
}

void commit_by_log(struct txn *txn, struct descriptor *state, enum txn_durability durability)
{
    struct pager *pager = txn->pager;

    if (may_skip(txn, durability))
        state->lsn_end = wal_skip(&pager->wal, txn->redo->size + txn->redo->left_out);
    else
        state->lsn_end = wal_append(&pager->wal, txn->redo, state->txn_id, durability < TXN_NONE);
    install(txn, state);
    if (durability >= TXN_LAZY)
        commit_publish(pager, &pager->last);
    else
        publish_later(pager, &pager->last);
    begin_checkpoint(pager);
}

bool commit_is_ready(struct txn *txn, enum txn_durability durability)
{
    struct pager *pager = txn->pager;

    if (atomic_load(&pager->publication.epoch) != pager->last.epoch || !wal_is_on(&pager->wal) ||
        txn->redo->is_lost)
        return false;
    return may_skip(txn, durability) || (txn->redo->size <= wal_redo_limit(&pager->wal) &&
                                         wal_prepare(&pager->wal, txn->redo) == FH_OK);
}

/* The same content in other pages: what the log and the checkpoint say stays true. */
static void by_nothing(struct txn *txn, struct descriptor *state)
{
    struct pager *pager = txn->pager;
    bool is_seen = atomic_load(&pager->publication.epoch) == txn->base.epoch;

    state->lsn_end = pager->last.lsn_end;
    install(txn, state);
    if (is_seen) {
        commit_publish(pager, &pager->last);
        if (wal_is_on(&pager->wal)) begin_checkpoint(pager);
        return;
    }
    publish_later(pager, &pager->last);
    commit_on_durable(pager, wal_durable(&pager->wal));
    begin_checkpoint(pager);
}

/* A replayed transaction is in the log already. */
static fh_status by_replay(struct txn *txn, struct descriptor *state)
{
    struct pager *pager = txn->pager;
    struct checkpoint_log log = {.lsn = pager->replay_lsn};

    state->lsn_end = pager->replay_lsn;
    install(txn, state);
    atomic_store(&pager->publication.epoch, state->epoch); /* nobody reads yet */
    if (pager->read_only || pager->overlay.frame_count < pager->overlay.frame_max / 2) return FH_OK;
    return checkpoint_run(pager, &pager->last, &log);
}

fh_status commit_state(struct txn *txn, struct descriptor *state, enum txn_durability durability)
{
    struct pager *pager = txn->pager;
    fh_status status;

    if (pager->is_replaying) return by_replay(txn, state);
    if (txn->is_quiet) {
        by_nothing(txn, state);
        return FH_OK;
    }
    status = make_room(txn, durability);
    if (status == FH_OK) {
        commit_by_log(txn, state, durability);
        return FH_OK;
    }
    /* Whatever the log lacks, a checkpoint may do without; but for what poisons. */
    if (status == FH_POISONED) atomic_store(&pager->is_poisoned, true);
    if (!atomic_load(&pager->is_poisoned)) return by_checkpoint(txn, state);
    return status == FH_BUSY
               ? fail(FH_POISONED, "an earlier sync or meta write failed: close and open again")
               : status;
}

/* How many pages of the checkpoint under way a commit of so many bytes should write. */
static uint32_t share_of(struct pager *pager, uint64_t bytes)
{
    uint32_t left = atomic_load(&pager->checkpoint.left);
    uint32_t due = atomic_load(&pager->due_pages);
    uint64_t fill = wal_fill(&pager->wal), most = atomic_load(&pager->most_bytes), share;

    most -= most / 8;
    if (fill + bytes >= most || due == UINT32_MAX) return UINT32_MAX;
    share = (left + 4ULL) * 2 * bytes / (most - fill) + 1;
    return share > due ? (uint32_t)share : due;
}

static void note_lazy(struct pager *pager, uint64_t lsn)
{
    uint64_t none = 0;

    atomic_store(&pager->lazy_lsn, lsn);
    if (atomic_load_explicit(&pager->lazy_since, memory_order_relaxed) == 0)
        (void)atomic_compare_exchange_strong(&pager->lazy_since, &none,
                                             pager->os->monotonic_ns(pager->os));
}

fh_status commit_serve_lazy(struct pager *pager)
{
    uint64_t since = atomic_load(&pager->lazy_since);

    if (LIKELY(since == 0) || pager->os->monotonic_ns(pager->os) - since < pager->lazy_ns)
        return FH_OK;
    atomic_store(&pager->lazy_since, 0); /* what is committed from here on waits anew */
    return commit_wait(pager, atomic_load(&pager->lazy_lsn));
}

fh_status commit_serve(struct pager *pager, enum txn_durability durability, uint64_t lsn,
                       uint64_t bytes)
{
    uint32_t owed;

    if (durability == TXN_LAZY) note_lazy(pager, lsn);
    if (atomic_load(&pager->checkpoint.phase) != CHECKPOINT_NONE) {
        owed = share_of(pager, bytes);
        if (owed < UINT32_MAX / 2) owed += atomic_fetch_add(&pager->owed_pages, owed);
        if (owed == UINT32_MAX || (owed >= CHECKPOINT_PIECE_PAGES && !pager->helper.is_on)) {
            atomic_store(&pager->owed_pages, 0);
            commit_carry(pager, owed);
        }
    }
    if (!pager->helper.is_on) {
        shrink_carry(pager);
        log_carry(pager, LOG_PIECE_BYTES + LOG_PACE * bytes);
    }
    return commit_serve_lazy(pager);
}

void commit_carry(struct pager *pager, uint32_t page_count)
{
    checkpoint_advance(pager, page_count);
    if (atomic_load(&pager->checkpoint.phase) < CHECKPOINT_DONE) return;
    if (!writer_try(pager)) return; /* the one whose turn it is will see it */
    checkpoint_settle(pager);
    log_fit(pager);
    pager_release_pending(pager, WRITER_RELEASES);
    writer_leave(pager);
    shrink_carry(pager);
}
