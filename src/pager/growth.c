/*
 * growth.c - why the file grew last, and how large things have been.
 */
#include "pager/growth.h"

#include "base/check.h"
#include "pager/pager_internal.h"

/* A pin's pages when no reader has it; its bucket is as the last release left it. */
static uint64_t pages_without_reader(const struct pager *pager, uint64_t pin)
{
    return pin_table_find(&pager->snapshots.pins, pin) == NULL ? pending_pages(&pager->pending, pin)
                                                               : 0;
}

static bool is_told(const uint64_t *pins, uint32_t count, uint64_t pin)
{
    for (uint32_t i = 0; i < count; i++)
        if (pins[i] == pin) return true;
    return false;
}

/* Pages of pins that have gone, which wait for nobody now: not yet released, and newer ones. */
static uint64_t pages_of_gone(const struct pager *pager)
{
    const struct pin_table *pins = &pager->snapshots.pins;
    const struct pending_stale *stale = &pager->stale;
    uint64_t pages = 0;

    for (uint32_t i = 0; i < pins->gone_count; i++)
        if (!is_told(pager->checkpoint_pins, pager->checkpoint_pin_count, pins->gone[i]) &&
            !is_told(pins->gone, i, pins->gone[i]))
            pages += pages_without_reader(pager, pins->gone[i]);
    for (uint32_t i = 0; i < stale->count; i++)
        if (!is_told(pager->checkpoint_pins, pager->checkpoint_pin_count, stale->pins[i]) &&
            !is_told(pins->gone, pins->gone_count, stale->pins[i]) &&
            !is_told(stale->pins, i, stale->pins[i]))
            pages += pages_without_reader(pager, stale->pins[i]);
    return pages;
}

static uint64_t sum_of_buckets(const struct pager *pager)
{
    const struct pending *pending = &pager->pending;
    uint64_t pages = 0;

    for (uint32_t i = 0; i + 1 < pending->bucket_count; i++)
        if (pin_table_find(&pager->snapshots.pins, pending->buckets[i].pin) != NULL)
            pages += pending->buckets[i].pages;
    return pages;
}

uint64_t growth_pinned_pages(struct pager *pager)
{
    const struct pending *pending = &pager->pending;
    uint64_t pages;

    mutex_lock(&pager->snapshots.lock);
    if (pager->snapshots.pins.gone_count > PIN_TABLE_GONE_MAX ||
        pager->stale.count > PENDING_STALE_MAX) {
        pages = sum_of_buckets(pager);
    } else {
        pages = pending_pages(pending, 0) - pending_unpublished_pages(pending);
        for (uint32_t i = 0; i < pager->checkpoint_pin_count; i++)
            pages -= pages_without_reader(pager, pager->checkpoint_pins[i]);
        pages -= pages_of_gone(pager);
    }
    mutex_unlock(&pager->snapshots.lock);
    return pages;
}

static void raise(uint64_t *peak, uint64_t now)
{
    if (now > *peak) *peak = now;
}

void growth_note_peaks(struct pager *pager)
{
    struct growth *growth = &pager->growth;
    const struct alloc *alloc = pager->alloc;

    raise(&growth->file_pages_peak, alloc_page_count(alloc));
    raise(&growth->pending_pages_peak,
          (uint64_t)alloc_page_count(alloc) - alloc_used_pages(alloc) - alloc_free_pages(alloc));
    /* Nothing waits for a reader unless there was one at the last look. */
    if (pager->look.pin_count > 0 && pager->pending.bucket_count > 1)
        raise(&growth->pinned_pages_peak, growth_pinned_pages(pager));
}

/* The snapshot for which the most pages wait; 0: for none. */
static uint64_t largest_holder(struct pager *pager)
{
    uint64_t most = 0, txn_id = 0;

    mutex_lock(&pager->snapshots.lock);
    for (uint32_t i = 0; i < pager->snapshots.pins.count; i++) {
        const struct pin_entry *entry = &pager->snapshots.pins.entries[i];
        uint64_t pages = pending_pages(&pager->pending, entry->epoch);

        if (pages <= most) continue;
        most = pages;
        txn_id = entry->txn_id;
    }
    mutex_unlock(&pager->snapshots.lock);
    return txn_id;
}

/* The first that would be enough: what was free, with what readers hold, with what all do. */
static enum growth_reason reason_of(struct pager *pager, const struct alloc_growth *last)
{
    uint64_t needed = last->wanted_pages + last->reserve_pages, have = last->free_pages;
    uint64_t pinned = growth_pinned_pages(pager);

    if (have >= needed) return GROWTH_NO_RUN_LONG_ENOUGH;
    if (pinned > 0 && have + pinned >= needed) return GROWTH_HELD_BY_SNAPSHOT;
    have +=
        pending_pages(&pager->pending, 0) + checkpoint_old_pages(pager) + shrink_held_pages(pager);
    return have >= needed ? GROWTH_HELD_BY_CHECKPOINT : GROWTH_NO_FREE_PAGES;
}

void growth_judge(struct pager *pager, uint64_t txn_id)
{
    const struct alloc_growth *last = alloc_last_growth(pager->alloc);
    struct growth *growth = &pager->growth;

    growth->count = last->count;
    growth->reason = reason_of(pager, last);
    growth->txn_id = txn_id;
    growth->wanted_pages = last->wanted_pages;
    growth->snapshot_txn_id = growth->reason == GROWTH_HELD_BY_SNAPSHOT ? largest_holder(pager) : 0;
    growth_note_peaks(pager);
}

void growth_note(struct pager *pager, uint32_t page_count, uint64_t txn_id)
{
    if (alloc_page_count(pager->alloc) == page_count) return;
    atomic_store(&pager->must_sync_all, true);
    mutex_lock(&pager->space_lock);
    if (alloc_last_growth(pager->alloc)->count != pager->growth.count) growth_judge(pager, txn_id);
    if (pager->file_pages < alloc_page_count(pager->alloc))
        pager->file_pages = alloc_page_count(pager->alloc);
    mutex_unlock(&pager->space_lock);
}

fh_status growth_ahead(struct pager *pager, uint32_t page_count)
{
    uint32_t before = alloc_page_count(pager->alloc);
    fh_status status;

    mutex_lock(&pager->space_lock);
    status = alloc_make_free(pager->alloc, page_count);
    if (status == FH_OK) status = overlay_extend(&pager->overlay, alloc_page_count(pager->alloc));
    mutex_unlock(&pager->space_lock);
    growth_note(pager, before, pager->last.txn_id);
    return status;
}
