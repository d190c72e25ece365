/*
 * writer.c - the writer's turn: one at a time, and what no pin blocks is free when it begins.
 */
#include "pager/writer.h"

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"

fh_status writer_claim(struct pager *pager, bool try_only)
{
    fh_status status = FH_OK;

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
    condition_wake_one(&pager->writer_free);
    mutex_unlock(&pager->writer_lock);
}

static fh_status reserve_pins(struct pager *pager, uint32_t wanted)
{
    uint64_t *pins;

    if (wanted <= pager->pin_capacity) return FH_OK;
    pins = memory_resize(pager->pins, pager->pin_capacity, wanted, sizeof(*pager->pins));
    if (pins == NULL) return fail(FH_NO_MEMORY, "no memory for %u readers", wanted);
    pager->pins = pins;
    pager->pin_capacity = wanted;
    return FH_OK;
}

static void insert_pin(struct pager *pager, uint32_t *count, uint64_t epoch)
{
    uint32_t at = (*count)++;

    for (; at > 0 && pager->pins[at - 1] > epoch; at--)
        pager->pins[at] = pager->pins[at - 1];
    pager->pins[at] = epoch;
}

fh_status writer_collect_pins(struct pager *pager, uint32_t *ret_count)
{
    enum { CHECKPOINTS = 2 };
    uint32_t count;

    /* Readers may come between the two looks; then there are more seats the next time. */
    do {
        TRY(reserve_pins(pager, snapshot_seat_count(&pager->snapshots) + CHECKPOINTS));
        snapshot_pins(&pager->snapshots, pager->pins, NULL, pager->pin_capacity - CHECKPOINTS,
                      &count);
    } while (count > pager->pin_capacity - CHECKPOINTS);
    insert_pin(pager, &count, pager->meta.epoch);
    if (atomic_load(&pager->checkpoint.phase) != CHECKPOINT_NONE)
        insert_pin(pager, &count, pager->checkpoint.meta.epoch);
    *ret_count = count;
    return FH_OK;
}

/* A page that is free again has no frame. */
static void give(void *context, struct run run)
{
    struct pager *pager = context;
    frame_no frame = overlay_find(&pager->overlay, (page_no)run.first);

    if (frame != 0) overlay_drop(&pager->overlay, frame);
    alloc_give(pager->alloc, run);
}

fh_status writer_release(struct pager *pager)
{
    struct pending_release release = {
        .published = atomic_load(&pager->publication.epoch),
        .checkpoint = pager->meta.epoch,
        .give = give,
        .context = pager,
    };

    TRY(writer_collect_pins(pager, &release.pin_count));
    release.pins = pager->pins;
    pending_release(&pager->pending, &release);
    return FH_OK;
}

static uint64_t newest_pin(const void *context, uint64_t grace)
{
    return snapshot_newest_pin(context, grace);
}

void pager_reclaim_frames(struct pager *pager)
{
    if (pager->overlay.retired != 0)
        overlay_reclaim(&pager->overlay, newest_pin, &pager->snapshots);
}

/* F3 for all that waits. Without memory for the pins it is put off to the next time. */
void pager_release_pending(struct pager *pager)
{
    mutex_lock(&pager->space_lock);
    if (pager->alloc != NULL && !pager->read_only) (void)writer_release(pager);
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
    pager_release_pending(pager);
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
    pager_release_pending(pager);
    return FH_OK;
}

void pager_release_writer(struct pager *pager)
{
    writer_leave(pager);
}
