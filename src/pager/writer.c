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

fh_status writer_collect_pins(struct pager *pager, uint32_t *ret_count)
{
    uint32_t count, at;

    /* Readers may come between the two looks; then there are more seats the next time. */
    do {
        TRY(reserve_pins(pager, snapshot_seat_count(&pager->snapshots) + 1));
        snapshot_pins(&pager->snapshots, pager->pins, NULL, pager->pin_capacity - 1, &count);
    } while (count > pager->pin_capacity - 1);
    for (at = count; at > 0 && pager->pins[at - 1] > pager->meta.epoch; at--)
        pager->pins[at] = pager->pins[at - 1];
    pager->pins[at] = pager->meta.epoch;
    *ret_count = count + 1;
    return FH_OK;
}

/* F3 for all that waits. Without memory for the pins it is put off to the next time. */
void pager_release_pending(struct pager *pager)
{
    uint32_t count;

    mutex_lock(&pager->space_lock);
    if (pager->alloc != NULL && !pager->read_only && writer_collect_pins(pager, &count) == FH_OK)
        pending_release(&pager->pending, pager->pins, count, pager->meta.epoch, pager->alloc);
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
    pager_release_pending(pager);
    return FH_OK;
}

void pager_release_writer(struct pager *pager)
{
    writer_leave(pager);
}
