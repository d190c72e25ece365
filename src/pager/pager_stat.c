/*
 * pager_stat.c - figures and descriptions; nothing here changes anything.
 */
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "pager/pager_internal.h"
#include "pager/writer.h"

/* What a look shows must not be out of date, unless a writer is at work: it will see to it. */
static void refresh(struct pager *pager)
{
    if (pager->read_only || !writer_try(pager)) return;
    checkpoint_settle(pager);
    shrink_finish(pager);
    pager_release_pending(pager, 0);
    writer_leave(pager);
}

/* Pages that wait for readers first, and those that wait for checkpoints alone. */
static void count_pinned(struct pager *pager, struct pager_stat *stat)
{
    stat->pinned_pages = growth_pinned_pages(pager);
    stat->checkpoint_pages = pending_pages(&pager->pending, 0) - stat->pinned_pages +
                             checkpoint_old_pages(pager) + shrink_held_pages(pager);
    growth_note_peaks(pager);
    stat->growth = pager->growth;
    stat->punched_chunks = pager->shrink.punched;
}

fh_status pager_stat(struct pager *pager, struct pager_stat *ret_stat)
{
    struct pager_stat stat = {.page_bytes = pager->page_bytes, .chunk_pages = pager->chunk_pages};
    fh_status status;

    TRY(pager->os->size(pager->file, &stat.file));
    refresh(pager);
    wal_extent(&pager->wal, &stat.log_bytes, &stat.log_ring_bytes);
    if (pager->read_only && (pager->meta.flags & META_NO_LOG) == 0) {
        stat.log_bytes = pager->replay_end - pager->meta.lsn;
        stat.log_ring_bytes = pager->meta.wal_bytes;
    }
    mutex_lock(&pager->space_lock);
    status = recover_space(pager);
    if (status == FH_OK) {
        count_pinned(pager, &stat);
        alloc_stat(pager->alloc, &stat.alloc);
        stat.pending_pages = stat.alloc.page_count - stat.alloc.used_pages - stat.alloc.free_pages;
        stat.checkpoint_no = pager->meta.checkpoint_no;
        stat.checkpoint_txn_id = pager->meta.txn_id;
    }
    mutex_unlock(&pager->space_lock);
    TRY(status);
    snapshot_readers(&pager->snapshots, &stat.reader_count, &stat.oldest_reader_txn_id);
    *ret_stat = stat;
    return FH_OK;
}

fh_status pager_run_histogram(struct pager *pager, uint64_t histogram[32])
{
    struct run run;
    fh_status status;

    memset(histogram, 0, 32 * sizeof(*histogram));
    mutex_lock(&pager->space_lock);
    status = recover_space(pager);
    for (uint64_t at = 0; status == FH_OK && alloc_next_free(pager->alloc, at, &run);
         at = run_end(run))
        histogram[bit_highest(run.count)]++;
    mutex_unlock(&pager->space_lock);
    return status;
}

/* As many as there are, or a few more. */
static fh_status list_readers(struct pager *pager, struct pager_readers *readers)
{
    uint32_t wanted = snapshot_seat_count(&pager->snapshots), count;

    for (;;) {
        readers->readers = memory_take(wanted + 1, sizeof(*readers->readers));
        readers->pages = memory_take(wanted + 1, sizeof(*readers->pages));
        if (readers->readers == NULL || readers->pages == NULL)
            return fail(FH_NO_MEMORY, "no memory for %u readers", wanted);
        snapshot_list(&pager->snapshots, readers->readers, wanted, &count);
        if (count <= wanted) break;
        memory_give(readers->readers);
        memory_give(readers->pages);
        wanted = count;
    }
    readers->count = count;
    return FH_OK;
}

fh_status pager_readers(struct pager *pager, struct pager_readers *ret_readers)
{
    struct pager_readers readers = {.readers = NULL};
    fh_status status;

    refresh(pager);
    status = list_readers(pager, &readers);
    if (status != FH_OK) {
        memory_give(readers.readers);
        memory_give(readers.pages);
        return status;
    }
    mutex_lock(&pager->space_lock);
    for (uint32_t i = 0; i < readers.count; i++) {
        uint64_t epoch = readers.readers[i].epoch;

        if (i == 0 || epoch != readers.readers[i - 1].epoch)
            readers.pages[i] = pending_pages(&pager->pending, epoch);
    }
    mutex_unlock(&pager->space_lock);
    *ret_readers = readers;
    return FH_OK;
}

enum page_state pager_page_state(struct pager *pager, page_no page)
{
    enum page_state state = PAGE_STATE_PENDING;
    uint32_t chunk_no = page >> pager->chunk_shift;

    mutex_lock(&pager->space_lock);
    if (pager->alloc == NULL || alloc_is_used(pager->alloc, page))
        state = pager->alloc != NULL && alloc_is_covered(pager->alloc, chunk_no)
                    ? PAGE_STATE_COVERED
                    : PAGE_STATE_USED;
    else if (alloc_is_free(pager->alloc, page))
        state = PAGE_STATE_FREE;
    mutex_unlock(&pager->space_lock);
    return state;
}

static void mark(const struct pager *pager, struct run run, page_no first, uint32_t count,
                 uint64_t *bits)
{
    uint64_t begin = run.first > first ? run.first : first;
    uint64_t end = run_end(run) < (uint64_t)first + count ? run_end(run) : (uint64_t)first + count;

    for (uint64_t page = begin; page < end; page++)
        if (page % pager->chunk_pages != 0) bits_fill(bits, page - first, 1, true);
}

void pager_pinned_map(struct pager *pager, page_no first, uint32_t count, uint64_t *bits)
{
    const struct pending *pending = &pager->pending;

    mutex_lock(&pager->space_lock);
    for (uint32_t i = 0; i + 1 < pending->bucket_count; i++) {
        const struct pending_bucket *bucket = &pending->buckets[i];

        if (!snapshot_is_pinned(&pager->snapshots, bucket->pin)) continue;
        for (uint32_t at = bucket->first; at != 0; at = pending->entries[at].next)
            mark(pager, pending->entries[at].run, first, count, bits);
    }
    mutex_unlock(&pager->space_lock);
}

void pager_chunk_counts(struct pager *pager, uint32_t chunk_no, uint32_t *ret_used,
                        uint32_t *ret_free)
{
    mutex_lock(&pager->space_lock);
    *ret_used = pager->alloc == NULL ? 0 : alloc_chunk_used(pager->alloc, chunk_no) + 1;
    *ret_free = pager->alloc == NULL ? 0 : alloc_chunk_free(pager->alloc, chunk_no);
    mutex_unlock(&pager->space_lock);
}

fh_status pager_slot(struct pager *pager, page_no page, struct slot *ret_slot, bool *ret_is_proven)
{
    const uint8_t *header;

    if (overlay_page(&pager->overlay, page) == NULL)
        return fail(FH_NOT_FOUND, "page %u is beyond the end", page);
    *ret_is_proven = false;
    if (page >= pager->meta.page_count) return FH_OK; /* too new for the file */
    header = overlay_mapped(&pager->overlay, pager_header_page(pager, page));
    *ret_is_proven = slot_decode(header + (size_t)(page % pager->chunk_pages) * SLOT_BYTES, page,
                                 pager->uuid_seed, ret_slot);
    return FH_OK;
}

void pager_make_tight(struct pager *pager, bool is_tight)
{
    atomic_store(&pager->shrink.is_tight, is_tight);
}

bool pager_is_loose(struct pager *pager)
{
    bool is_loose;

    mutex_lock(&pager->space_lock);
    is_loose = pager->alloc != NULL && shrink_is_loose(pager, SHRINK_AT_REST);
    mutex_unlock(&pager->space_lock);
    return is_loose;
}

bool pager_try_hold(struct pager *pager)
{
    return pager->read_only || writer_try(pager);
}

bool pager_draft(struct pager *pager, page_no page, struct slot *ret_slot)
{
    const struct slot *draft;

    mutex_lock(&pager->space_lock);
    draft = pager->alloc == NULL ? NULL : alloc_draft(pager->alloc, page);
    if (draft != NULL)
        *ret_slot = (struct slot){.tag = draft->tag,
                                  .level = draft->level,
                                  .tree_id = draft->tree_id,
                                  .epoch = draft->epoch,
                                  .run_pages = draft->run_pages};
    mutex_unlock(&pager->space_lock);
    return draft != NULL;
}

bool pager_has_header(struct pager *pager, uint32_t chunk_no)
{
    bool has;

    mutex_lock(&pager->space_lock);
    has = chunk_no < pager->has_header_capacity && pager->has_header[chunk_no] != 0;
    mutex_unlock(&pager->space_lock);
    return has;
}

bool pager_header_slot(struct pager *pager, uint32_t chunk_no, struct header_slot *ret_slot)
{
    page_no header = chunk_no << pager->chunk_shift;

    return slot_decode_header(overlay_mapped(&pager->overlay, header), header, pager->uuid_seed,
                              ret_slot);
}

fh_status pager_meta(struct pager *pager, page_no page, struct pager_meta *ret_meta)
{
    struct meta meta;

    if (page < META_FIRST_PAGE || page >= PAGER_FIXED_PAGES)
        return fail(FH_INVALID, "page %u is no meta", page);
    TRY(meta_decode(overlay_mapped(&pager->overlay, page), pager->page_shift, page, &meta));
    *ret_meta = (struct pager_meta){
        .checkpoint_no = meta.checkpoint_no,
        .txn_id = meta.txn_id,
        .page_count = meta.page_count,
        .root_page = meta.root_page,
    };
    return FH_OK;
}

fh_status pager_body_crc(struct pager *pager, page_no page, uint32_t page_count, uint32_t *ret_crc)
{
    uint32_t limit = atomic_load_explicit(&pager->overlay.page_limit, memory_order_acquire);

    if (page_count == 0 || page >= limit || page_count > limit - page)
        return fail(FH_CORRUPT, "page %u: a run of %u pages", page, page_count);
    *ret_crc = slot_body_crc(page, overlay_mapped(&pager->overlay, page),
                             (size_t)page_count << pager->page_shift);
    return FH_OK;
}

fh_status pager_audit(struct pager *pager)
{
    fh_status status = FH_OK;

    TRY(wal_audit(&pager->wal));
    TRY(pager_hold_writer(pager));
    mutex_lock(&pager->space_lock);
    if (pager->alloc != NULL) {
        status = alloc_audit(pager->alloc);
        if (status == FH_OK) status = pending_audit(&pager->pending, pager->alloc);
        if (status == FH_OK && (uint64_t)alloc_used_pages(pager->alloc) +
                                       alloc_free_pages(pager->alloc) +
                                       pending_pages(&pager->pending, 0) +
                                       checkpoint_old_pages(pager) + shrink_held_pages(pager) !=
                                   alloc_page_count(pager->alloc))
            status = fail(FH_CORRUPT, "I5: used, free and pending pages are not all pages");
    }
    if (status == FH_OK) status = overlay_audit(&pager->overlay);
    mutex_unlock(&pager->space_lock);
    pager_release_writer(pager);
    return status;
}
