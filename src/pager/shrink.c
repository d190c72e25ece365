/*
 * shrink.c - the free end is cut, free chunks inside are punched.
 */
#include "pager/shrink.h"

#include "base/check.h"
#include "base/note.h"
#include "pager/pager_internal.h"

enum {
    GROWTH_SHARE = 16,
    SLACK_SHARE = 16,
    FREE_SHARE = 16,
    SLACK_CHUNKS = 1,
    PIECE_CHUNKS = 8,
    WAIT_CHECKPOINTS = 2,
    TIGHT_SHARE = 64, /* of what is live may be free when the file is to be small */
    TIGHT_FREE_SHARE = 32
};

void shrink_note_held(struct pager *pager, uint64_t held)
{
    if (held > pager->shrink.held_peak) pager->shrink.held_peak = held;
}

void shrink_note_freeze(struct pager *pager)
{
    pager->shrink.held_peak_before = pager->shrink.held_peak;
    pager->shrink.held_peak = 0;
}

void shrink_expect_nothing(struct pager *pager)
{
    pager->shrink.held_peak = pager->shrink.held_peak_before = 0;
}

/* What will be held at the worst; the durable one and the one under way have a page each. */
static uint64_t work_pages(const struct pager *pager)
{
    const struct shrink *shrink = &pager->shrink;
    uint64_t peak =
        shrink->held_peak > shrink->held_peak_before ? shrink->held_peak : shrink->held_peak_before;
    uint64_t most = 2ULL * alloc_used_pages(pager->alloc);

    return peak < most ? peak : most;
}

/* Of that, what is not held yet. */
static uint32_t work_left(const struct pager *pager)
{
    uint64_t held = checkpoint_held_pages(pager), work = work_pages(pager);

    return work > held ? (uint32_t)(work - held) : 0;
}

/* A free end of fewer pages than that would come back with the next growth, or the work. */
static uint32_t least_cut(const struct pager *pager)
{
    uint32_t step = alloc_page_count(pager->alloc) / GROWTH_SHARE;

    if (pager->shrink.is_tight) return 1;
    if (step < pager->chunk_pages) step = pager->chunk_pages;
    return step + work_left(pager) + pager->chunk_pages;
}

/* Where the free end begins, a chunk's first page: a part of a chunk is never free as a whole, and
 * would stay. 0: nothing to cut. */
static uint32_t free_end(const struct pager *pager)
{
    uint32_t end, count = alloc_page_count(pager->alloc);

    if (alloc_free_pages(pager->alloc) < least_cut(pager)) return 0;
    end = alloc_end_used(pager->alloc);
    if (count <= pager->chunk_pages || count - end < least_cut(pager)) return 0;
    end = (uint32_t)round_up((uint64_t)end + work_left(pager), pager->chunk_pages);
    return end < count ? end : 0;
}

/* Pages of the chunk that a checkpoint takes anew, lower: its maps and directory. */
static uint32_t metadata_pages(const struct pager *pager, uint32_t chunk_no)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < pager->group_count; i++)
        count += pager->groups[i].map_page >> pager->chunk_shift == chunk_no;
    for (uint32_t i = 0; i < pager->directory.count; i++)
        count += (pager->directory.first + i) >> pager->chunk_shift == chunk_no;
    return count;
}

/* Where the last chunk ends that has a page of a tree or a run; at least `limit`. */
static uint32_t live_end(const struct pager *pager, uint32_t limit)
{
    uint32_t end = (uint32_t)round_up(alloc_page_count(pager->alloc), pager->chunk_pages);

    while (end > limit) {
        uint32_t chunk_no = (end - 1) >> pager->chunk_shift;
        uint32_t used = alloc_chunk_used(pager->alloc, chunk_no);

        if (used > 0 && used != metadata_pages(pager, chunk_no)) break;
        end = chunk_no << pager->chunk_shift;
    }
    return end;
}

/* Nothing of the end is live, but a part waits for the durable checkpoint, and for no reader. */
static bool waits_for_checkpoint(const struct pager *pager)
{
    const struct pending *pending = &pager->pending;
    uint64_t waiting = pending_pages(pending, pager->meta.epoch);
    uint32_t limit = shrink_limit(pager, SHRINK_AT_WORK);

    if (limit > 0 && limit < alloc_least_pages(pager->alloc))
        limit = alloc_least_pages(pager->alloc);
    return limit > 0 && waiting > 0 &&
           waiting + pending_unpublished_pages(pending) == pending->pages &&
           live_end(pager, limit) + least_cut(pager) <= alloc_page_count(pager->alloc);
}

void shrink_cut(struct pager *pager)
{
    uint32_t end = free_end(pager);

    if (end == 0) return;
    growth_note_peaks(pager);
    alloc_cut(pager->alloc, end);
    overlay_cut(&pager->overlay, end);
}

bool shrink_wants_checkpoint(const struct pager *pager)
{
    return free_end(pager) != 0 || waits_for_checkpoint(pager);
}

uint32_t shrink_limit(const struct pager *pager, enum shrink_view view)
{
    uint32_t used = alloc_used_pages(pager->alloc), count = alloc_page_count(pager->alloc);
    uint64_t limit = used + used / SLACK_SHARE + pager->chunk_pages;
    struct run lowest;

    if (view == SHRINK_AT_WORK) limit += work_pages(pager);
    limit = round_up(limit, pager->chunk_pages);
    if (view == SHRINK_AT_REST && pager->shrink.is_tight)
        limit = used + used / TIGHT_SHARE + pager->chunk_pages / TIGHT_SHARE;
    if (limit >= count || !alloc_goes_low(pager->alloc)) return 0;
    if (!alloc_next_free(pager->alloc, 0, &lowest) || lowest.first >= limit) return 0;
    return (uint32_t)limit;
}

/* More than its share is free. */
bool shrink_is_loose(const struct pager *pager, enum shrink_view view)
{
    uint32_t used = alloc_used_pages(pager->alloc);
    uint64_t free_pages = alloc_free_pages(pager->alloc);
    uint64_t work = view == SHRINK_AT_WORK ? work_left(pager) : 0;

    if (view == SHRINK_AT_REST) free_pages += pending_pages(&pager->pending, pager->meta.epoch);
    if (view == SHRINK_AT_REST && pager->shrink.is_tight)
        return free_pages > used / TIGHT_FREE_SHARE + pager->chunk_pages / 2;
    return free_pages > used / FREE_SHARE + SLACK_CHUNKS * pager->chunk_pages + work;
}

void shrink_plan(struct pager *pager)
{
    struct shrink *shrink = &pager->shrink;
    uint64_t now = pager->meta.checkpoint_no;
    uint32_t from = 1;

    shrink_settle(pager);
    mutex_lock(&pager->space_lock);
    if (pager->file_pages < alloc_page_count(pager->alloc))
        pager->file_pages = alloc_page_count(pager->alloc);
    alloc_note_time(pager->alloc, now);
    if (atomic_load(&shrink->phase) == SHRINK_NONE) {
        shrink->chunk_count = 0;
        shrink->page_count = pager->meta.page_count;
        shrink->end = pager->file_pages;
        shrink->truncates = pager->meta.page_count < pager->file_pages;
        while (shrink->chunk_count < SHRINK_PUNCHES && shrink_is_loose(pager, SHRINK_AT_WORK) &&
               now > WAIT_CHECKPOINTS &&
               alloc_hold_whole(pager->alloc, now - WAIT_CHECKPOINTS, from,
                                &shrink->chunks[shrink->chunk_count]))
            from = shrink->chunks[shrink->chunk_count++] + 1;
        if (shrink->truncates || shrink->chunk_count > 0)
            atomic_store(&shrink->phase, SHRINK_WANTED);
    }
    mutex_unlock(&pager->space_lock);
}

/* What fails is room that stays taken: nothing is lost, and a later checkpoint tries again. */
void shrink_carry(struct pager *pager)
{
    struct shrink *shrink = &pager->shrink;
    enum shrink_phase wanted = SHRINK_WANTED;
    const struct backing_ops *ops = pager->backing->ops;

    if (atomic_load_explicit(&shrink->phase, memory_order_relaxed) != SHRINK_WANTED) return;
    if (!atomic_compare_exchange_strong(&shrink->phase, &wanted, SHRINK_BUSY)) return;
    if (shrink->truncates && shrink->end - shrink->page_count > PIECE_CHUNKS * pager->chunk_pages) {
        shrink->end -= PIECE_CHUNKS * pager->chunk_pages;
        shrink->truncates = ops->shrink(pager->backing, shrink->end) == FH_OK;
        atomic_store(&shrink->phase, SHRINK_WANTED);
        return;
    }
    if (shrink->truncates)
        shrink->truncates = ops->shrink(pager->backing, shrink->page_count) == FH_OK;
    for (uint32_t i = 0; i < shrink->chunk_count; i++)
        shrink->is_hole[i] =
            ops->punch(pager->backing, (shrink->chunks[i] << pager->chunk_shift) + 1,
                       pager->chunk_pages - 1) == FH_OK;
    atomic_store(&shrink->phase, SHRINK_DONE);
}

void shrink_settle(struct pager *pager)
{
    struct shrink *shrink = &pager->shrink;

    if (atomic_load(&shrink->phase) != SHRINK_DONE) return;
    mutex_lock(&pager->space_lock);
    for (uint32_t i = 0; i < shrink->chunk_count; i++) {
        alloc_let_go(pager->alloc, shrink->chunks[i], shrink->is_hole[i]);
        shrink->punched += shrink->is_hole[i];
    }
    if (shrink->truncates) {
        pager->growth.cut_pages += pager->file_pages - shrink->page_count;
        pager->file_pages = shrink->page_count;
    }
    shrink->chunk_count = 0;
    mutex_unlock(&pager->space_lock);
    if (shrink->truncates) atomic_store(&pager->must_sync_all, true);
    atomic_store(&shrink->phase, SHRINK_NONE);
}

void shrink_finish(struct pager *pager)
{
    while (atomic_load(&pager->shrink.phase) == SHRINK_WANTED)
        shrink_carry(pager);
    shrink_settle(pager);
}

uint64_t shrink_held_pages(const struct pager *pager)
{
    return (uint64_t)pager->shrink.chunk_count * (pager->chunk_pages - 1);
}
