/*
 * writer.c - the writer's turn: one at a time, and what no pin blocks is free when it begins.
 */
#include "pager/writer.h"

#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"

/* A turn takes so long, or less, as a rule: some ten microseconds. */
enum { LOOKS_MAX = 1500 };

/*
 * One of those who want the turn looks for it before it sleeps: the turn passes on without a wake
 * in between, which would take longer than the turn itself.
 */
static void look_for_turn(struct pager *pager)
{
    if (!atomic_load_explicit(&pager->has_writer, memory_order_relaxed) ||
        atomic_exchange_explicit(&pager->has_looker, true, memory_order_relaxed))
        return;
    for (unsigned i = 0;
         i < LOOKS_MAX && atomic_load_explicit(&pager->has_writer, memory_order_relaxed); i++)
        CPU_PAUSE();
    atomic_store_explicit(&pager->has_looker, false, memory_order_relaxed);
}

fh_status writer_claim(struct pager *pager, bool try_only)
{
    fh_status status = FH_OK;

    if (!try_only) look_for_turn(pager);
    mutex_lock(&pager->writer_lock);
    while (pager->has_writer && !try_only)
        condition_wait(&pager->writer_free, &pager->writer_lock);
    if (pager->has_writer)
        status = fail(FH_BUSY, "another write transaction is open");
    else
        pager->has_writer = true;
    mutex_unlock(&pager->writer_lock);
    return status;
}

bool writer_try(struct pager *pager)
{
    bool is_mine;

    mutex_lock(&pager->writer_lock);
    is_mine = !pager->has_writer;
    pager->has_writer = true;
    mutex_unlock(&pager->writer_lock);
    return is_mine;
}

void writer_leave(struct pager *pager)
{
    mutex_lock(&pager->writer_lock);
    pager->has_writer = false;
    mutex_unlock(&pager->writer_lock);
    condition_wake_one(&pager->writer_free); /* who wakes finds the lock free */
}

/* A page that is free again has no frame. */
static void give(void *context, struct run run)
{
    struct pager *pager = context;
    frame_no frame = overlay_find(&pager->overlay, (page_no)run.first);

    if (frame != 0) overlay_drop(&pager->overlay, frame);
    alloc_give(pager->alloc, run);
}

static uint64_t pages_of(const void *context, uint64_t epoch)
{
    return pending_pages(context, epoch);
}

/* The pins that recovery has: the durable checkpoint, and the one under way. */
static void add_checkpoints(const struct pager *pager, struct pending_release *release)
{
    release->checkpoints[release->checkpoint_count++] = pager->meta.epoch;
    if (atomic_load(&pager->checkpoint.phase) != CHECKPOINT_NONE)
        release->checkpoints[release->checkpoint_count++] = pager->checkpoint.meta.epoch;
}

/* Runs wait for a reader or a checkpoint until it has gone: which ones have since the last time. */
static void add_stale(struct pager *pager, const struct pending_release *release)
{
    const struct pin_look *look = &pager->look;

    for (uint32_t i = 0; i < look->gone_count && i < PIN_TABLE_GONE_MAX; i++)
        pending_stale_add(&pager->stale, look->gone[i]);
    if (look->gone_count > PIN_TABLE_GONE_MAX) pager->stale.count = PENDING_STALE_MAX + 1;
    for (uint32_t i = 0; i < pager->checkpoint_pin_count; i++)
        if (pager->checkpoint_pins[i] != release->checkpoints[0] &&
            pager->checkpoint_pins[i] != release->checkpoints[1])
            pending_stale_add(&pager->stale, pager->checkpoint_pins[i]);
    memcpy(pager->checkpoint_pins, release->checkpoints, sizeof(pager->checkpoint_pins));
    pager->checkpoint_pin_count = release->checkpoint_count;
}

fh_status writer_release(struct pager *pager, uint32_t budget)
{
    struct pending_release release = {
        .budget = budget,
        .published = atomic_load(&pager->publication.epoch),
        .checkpoint = pager->meta.epoch,
        .give = give,
        .context = pager,
    };

    growth_note_peaks(pager);
    if (alloc_last_growth(pager->alloc)->count != pager->growth.count)
        growth_judge(pager, pager->last.txn_id); /* a checkpoint's */
    snapshot_expire(&pager->snapshots, &(struct snapshot_judge){pages_of, &pager->pending});
    add_checkpoints(pager, &release);
    TRY(snapshot_look(&pager->snapshots, &pager->look, &pager->look_capacity));
    release.pins = pager->look.pins;
    release.pin_count = pager->look.pin_count;
    add_stale(pager, &release);
    pager->has_backlog = !pending_release_stale(&pager->pending, &release, &pager->stale);
    if (!pager->has_backlog) AUDIT(pending_audit_pins(&pager->pending, &release));
    return FH_OK;
}

uint64_t writer_oldest_pin(const struct pager *pager)
{
    const struct pin_look *look = &pager->look;

    return look->pin_count > 0 && look->pins[0] < pager->meta.epoch ? look->pins[0]
                                                                    : pager->meta.epoch;
}

uint64_t writer_newest_pin(const struct pager *pager)
{
    const struct pin_look *look = &pager->look;
    uint64_t newest = pager->meta.epoch;

    if (look->pin_count > 0 && look->pins[look->pin_count - 1] > newest)
        newest = look->pins[look->pin_count - 1];
    if (atomic_load(&pager->checkpoint.phase) != CHECKPOINT_NONE &&
        pager->checkpoint.meta.epoch > newest)
        newest = pager->checkpoint.meta.epoch;
    return newest;
}

static uint64_t newest_pin(const void *context, uint64_t grace)
{
    return snapshot_newest_pin(context, grace);
}

void pager_reclaim_frames(struct pager *pager)
{
    if (pager->overlay.retired == 0) return;
    snapshot_meet(&pager->snapshots);
    overlay_reclaim(&pager->overlay, newest_pin, &pager->snapshots);
}

/* F3 for all that waits. Without memory for the pins it is put off to the next time. */
void pager_release_pending(struct pager *pager, uint32_t budget)
{
    mutex_lock(&pager->space_lock);
    if (pager->alloc != NULL && !pager->read_only) (void)writer_release(pager, budget);
    AUDIT(overlay_audit(&pager->overlay));
    if (pager->alloc != NULL) AUDIT(pending_audit(&pager->pending, pager->alloc));
    mutex_unlock(&pager->space_lock);
}

fh_status pager_hold_writer(struct pager *pager)
{
    fh_status status;

    TRY(writer_claim(pager, false));
    if (atomic_load(&pager->is_poisoned)) {
        writer_leave(pager);
        return fail(FH_POISONED, "an earlier sync or meta write failed: close and open again");
    }
    mutex_lock(&pager->space_lock);
    status = recover_space(pager);
    mutex_unlock(&pager->space_lock);
    if (status != FH_OK) {
        writer_leave(pager);
        return status;
    }
    checkpoint_settle(pager);
    shrink_finish(pager);
    pager_release_pending(pager, 0);
    return FH_OK;
}

fh_status pager_hold_still(struct pager *pager)
{
    fh_status status;

    TRY(pager_hold_writer(pager));
    status = pager->read_only ? FH_OK : pager_checkpoint_now(pager);
    if (status != FH_OK) {
        pager_release_writer(pager);
        return status;
    }
    pager_release_pending(pager, 0);
    return FH_OK;
}

void pager_release_writer(struct pager *pager)
{
    writer_leave(pager);
}
