/*
 * checkpoint.c - the life of a checkpoint: frozen, carried on in steps, settled.
 *
 * Everything is written to pages that the checkpoint before does not use; then a barrier,
 * then the meta that names it, then a barrier. Until the second one nothing that the older
 * checkpoint needs has changed, so a stop anywhere leaves one of the two, whole. Failures
 * up to the first barrier are undone; behind it they poison the database.
 */
#include "pager/checkpoint.h"

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "pager/pager_internal.h"

static fh_status prepare(struct pager *pager, const struct descriptor *state,
                         const struct checkpoint_log *log)
{
    struct checkpoint *making = &pager->checkpoint;
    struct meta *meta = &making->meta;
    uint32_t frames = pager->overlay.frame_count + 1;

    *meta = pager->meta;
    meta->checkpoint_no++;
    meta->slot = meta_slot_of(meta->checkpoint_no);
    meta->flags = log->flags;
    meta->lsn = log->lsn;
    if ((log->flags & META_NO_LOG) != 0) meta->salt = meta->wal_id = meta->wal_bytes = 0;
    meta->epoch = state->epoch;
    meta->txn_id = state->txn_id;
    meta->root_page = state->root;
    meta->root_level = state->root_level;
    meta->catalog_items = state->catalog_items;
    meta->time_ns = pager->os->wall_ns(pager->os);
    page_writer_init(&making->writer, pager->file, pager->page_shift);
    making->page = memory_take(1, pager->page_bytes);
    making->frames = memory_take(frames, sizeof(*making->frames));
    if (making->page == NULL || making->frames == NULL)
        return fail(FH_NO_MEMORY, "no memory for a checkpoint of %u pages", frames);
    return FH_OK;
}

void checkpoint_forget(struct pager *pager)
{
    struct checkpoint *making = &pager->checkpoint;

    mutex_lock(&pager->space_lock); /* others count what it will free */
    for (uint32_t i = 0; making->images != NULL && i < making->group_count; i++)
        memory_give(making->images[i].used);
    memory_give(making->images);
    memory_give(making->groups);
    memory_give(making->old);
    memory_give(making->frames);
    memory_give(making->page);
    memory_give(making->directory_bytes);
    memset((uint8_t *)making + offsetof(struct checkpoint, failure), 0,
           sizeof(*making) - offsetof(struct checkpoint, failure));
    mutex_unlock(&pager->space_lock);
    atomic_store(&making->phase, CHECKPOINT_NONE);
}

fh_status checkpoint_freeze(struct pager *pager, const struct descriptor *state,
                            const struct checkpoint_log *log)
{
    fh_status status;

    REQUIRE(atomic_load(&pager->checkpoint.phase) == CHECKPOINT_NONE);
    status = prepare(pager, state, log);
    if (status == FH_OK) {
        mutex_lock(&pager->space_lock);
        status = checkpoint_take_image(pager);
        if (status != FH_OK) checkpoint_drop_image(pager);
        mutex_unlock(&pager->space_lock);
    }
    if (status != FH_OK) {
        checkpoint_forget(pager);
        return status;
    }
    log_note_need(pager);
    atomic_store(&pager->checkpoint.phase, CHECKPOINT_FRAMES);
    return FH_OK;
}

uint64_t checkpoint_old_pages(const struct pager *pager)
{
    uint64_t count = 0;

    for (uint32_t i = 0; i < pager->checkpoint.old_count; i++)
        count += pager->checkpoint.old[i].count;
    return count;
}

uint64_t checkpoint_held_pages(const struct pager *pager)
{
    uint64_t held = pending_pages(&pager->pending, pager->meta.epoch);

    if (atomic_load(&pager->checkpoint.phase) != CHECKPOINT_NONE)
        held += pending_pages(&pager->pending, pager->checkpoint.meta.epoch);
    return held;
}

static bool is_under_way(struct pager *pager)
{
    enum checkpoint_phase phase = atomic_load(&pager->checkpoint.phase);

    return phase >= CHECKPOINT_FRAMES && phase <= CHECKPOINT_METAS;
}

/* One thread carries it on at a time. */
static bool claim(struct pager *pager, bool waits)
{
    bool is_mine;

    mutex_lock(&pager->carrier_lock);
    while (pager->has_carrier && waits)
        condition_wait(&pager->carrier_left, &pager->carrier_lock);
    is_mine = !pager->has_carrier;
    pager->has_carrier = true;
    mutex_unlock(&pager->carrier_lock);
    return is_mine;
}

static void leave(struct pager *pager)
{
    mutex_lock(&pager->carrier_lock);
    pager->has_carrier = false;
    condition_wake_all(&pager->carrier_left);
    mutex_unlock(&pager->carrier_lock);
}

static void carry(struct pager *pager, uint32_t page_count)
{
    uint32_t done = 0, pages;

    while (done < page_count && is_under_way(pager)) {
        fh_status status = checkpoint_step(pager, &pages);

        if (status != FH_OK) {
            pager->checkpoint.failure = status;
            atomic_store(&pager->checkpoint.phase, CHECKPOINT_FAILED);
            return;
        }
        done += pages;
    }
}

void checkpoint_advance(struct pager *pager, uint32_t page_count)
{
    if (!is_under_way(pager) || !claim(pager, false)) return;
    carry(pager, page_count);
    leave(pager);
}

/* C9: readers that began before may go on looking at the frames, later ones look at the file. */
static void retire_frames(struct pager *pager)
{
    const struct checkpoint *making = &pager->checkpoint;
    uint64_t grace = atomic_load(&pager->snapshots.grace);

    for (uint32_t i = 0; i < making->frame_count; i++) {
        page_no page = (page_no)(making->frames[i] >> 32);

        REQUIRE(overlay_find(&pager->overlay, page) == (frame_no)making->frames[i]);
        overlay_retire(&pager->overlay, (frame_no)making->frames[i], grace);
    }
    (void)snapshot_next_grace(&pager->snapshots);
    pager_reclaim_frames(pager);
}

/* C8: the new one is the durable one, the old one's maps are free. Nothing here can fail. */
static void finish(struct pager *pager)
{
    struct checkpoint *making = &pager->checkpoint;
    struct alloc *alloc = pager->alloc;

    alloc_drop_frozen(alloc);
    alloc_unpledge(alloc, making->directory);
    for (uint32_t i = 0; i < making->old_count; i++)
        alloc_give(alloc, making->old[i]);
    making->old_count = 0;
    for (uint32_t i = 0; i < making->group_count; i++) {
        if (making->images[i].used == NULL) continue;
        alloc_unpledge(alloc, (struct run){making->groups[i].map_page, 1});
        checkpoint_note_headers(pager, i);
    }
    /* A group that the file was cut short of comes back, if it does, with nothing in it. */
    if (making->group_count < pager->group_count)
        memset(pager->has_header + (size_t)making->group_count * SPACE_GROUP_CHUNKS, 0,
               (size_t)(pager->group_count - making->group_count) * SPACE_GROUP_CHUNKS);
    memory_give(pager->groups);
    pager->groups = making->groups;
    pager->group_count = making->group_count;
    making->groups = NULL;
    memory_give(pager->directory_bytes);
    pager->directory_bytes = making->directory_bytes;
    making->directory_bytes = NULL;
    pager->directory = making->directory;
    pager->meta = making->meta;
}

void checkpoint_settle(struct pager *pager)
{
    enum checkpoint_phase phase = atomic_load(&pager->checkpoint.phase);

    if (phase != CHECKPOINT_DONE && phase != CHECKPOINT_FAILED) return;
    (void)claim(pager, true); /* who has ended it is gone then */
    mutex_lock(&pager->space_lock);
    if (phase == CHECKPOINT_DONE)
        finish(pager);
    else
        checkpoint_drop_image(pager);
    mutex_unlock(&pager->space_lock);
    if (phase == CHECKPOINT_DONE) {
        shrink_plan(pager);
        retire_frames(pager);
        wal_pass(&pager->wal, pager->meta.lsn);
        commit_on_durable(pager, pager->meta.lsn);
    }
    checkpoint_forget(pager);
    leave(pager);
}

void checkpoint_drain(struct pager *pager)
{
    if (is_under_way(pager)) {
        (void)claim(pager, true);
        carry(pager, UINT32_MAX);
        leave(pager);
    }
    checkpoint_settle(pager);
}

fh_status checkpoint_run(struct pager *pager, const struct descriptor *state,
                         const struct checkpoint_log *log)
{
    fh_status status;

    checkpoint_drain(pager);
    if (atomic_load(&pager->is_poisoned))
        return fail(FH_POISONED, "an earlier sync or meta write failed: close and open again");
    TRY(checkpoint_freeze(pager, state, log));
    (void)claim(pager, true);
    carry(pager, UINT32_MAX);
    leave(pager);
    status = atomic_load(&pager->checkpoint.phase) == CHECKPOINT_DONE ? FH_OK
                                                                      : pager->checkpoint.failure;
    checkpoint_settle(pager);
    return status;
}
