/*
 * txn.c - copy, change, drop, and back.
 *
 * Whatever a transaction takes has a draft of its slot, with the epoch it was born in;
 * whatever it retires stands in a list, with the epoch it was retired in. Undoing is:
 * restore what was retired since, untake what was born since, drop the frames born since.
 */
#include "pager/txn.h"

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "pager/pager_internal.h"
#include "pager/writer.h"

static fh_status reload(struct txn *txn, page_no page, uint8_t **ret_body);
static void undo(struct txn *txn, uint64_t epoch, uint32_t retired_count);

const struct descriptor *txn_base(const struct txn *txn)
{
    return &txn->base;
}

uint64_t txn_number(const struct txn *txn)
{
    return txn->txn_id;
}

uint64_t txn_epoch(const struct txn *txn)
{
    return txn->epoch;
}

bool txn_wants_relocation(const struct txn *txn, page_no *ret_limit)
{
    *ret_limit = 0;
    if (!shrink_is_loose(txn->pager, SHRINK_AT_WORK)) return false;
    *ret_limit = shrink_limit(txn->pager, SHRINK_AT_WORK);
    return *ret_limit != 0;
}

bool txn_has_room_below(const struct txn *txn, page_no limit)
{
    struct run lowest;

    return alloc_next_free(txn->pager->alloc, 0, &lowest) && lowest.first < limit;
}

page_no txn_relocation_limit(const struct txn *txn)
{
    return shrink_limit(txn->pager, SHRINK_AT_REST);
}

uint64_t txn_checkpoint_no(const struct txn *txn)
{
    return txn->pager->meta.checkpoint_no;
}

uint32_t txn_taken_count(const struct txn *txn)
{
    return (uint32_t)alloc_taken_count(txn->pager->alloc);
}

void txn_set_quiet(struct txn *txn)
{
    txn->is_quiet = true;
}

bool txn_has_changes(const struct txn *txn)
{
    return txn->retired_count > 0 || alloc_has_taken(txn->pager->alloc);
}

void txn_use_reserve(struct txn *txn, bool allowed)
{
    txn->from_reserve = allowed;
}

uint64_t txn_spill_count(const struct txn *txn)
{
    return txn->spill_count;
}

/* A frame that is this transaction's, so that nobody else looks at it. */
static bool is_own(const struct txn *txn, frame_no frame)
{
    return frame != 0 && txn->pager->overlay.frames[frame].epoch > txn->base.epoch;
}

/* W8. Nobody holds a body now, so the transaction's frames may go where their pages are. */
fh_status txn_step(struct txn *txn)
{
    struct pager *pager = txn->pager;
    struct overlay *overlay = &pager->overlay;
    struct page_writer writer;
    frame_no frame;

    if (LIKELY(!overlay_is_short(overlay))) return FH_OK;
    if (pager->read_only)
        return fail(FH_NO_MEMORY, "the log changes more pages than %u frames: open for writing",
                    overlay->frame_max);
    page_writer_init(&writer, pager->file, pager->page_shift);
    for (frame = overlay->newest; is_own(txn, frame); frame = overlay->frames[frame].older) {
        page_no page = overlay->frames[frame].page;

        if (alloc_is_used(pager->alloc, page))
            TRY(page_writer_add(&writer, page, overlay_body(overlay, frame),
                                alloc_draft(pager->alloc, page)));
    }
    TRY(page_writer_flush(&writer));
    txn->spill_count++;
    /* Retired pages of an older savepoint may come back: those keep their frames. */
    for (frame = overlay->newest; is_own(txn, frame);) {
        frame_no older = overlay->frames[frame].older;

        if (alloc_is_used(pager->alloc, overlay->frames[frame].page)) overlay_drop(overlay, frame);
        frame = older;
    }
    return FH_OK;
}

/* Before the file grows, everything that is free is known to be. */
static fh_status take_or_release(struct pager *pager, const struct alloc_request *request,
                                 struct run *ret_run)
{
    struct alloc_request modest = *request;
    fh_status status;

    if (LIKELY(!pager->has_backlog)) return alloc_take(pager->alloc, request, ret_run);
    modest.must_not_grow = true;
    status = alloc_take(pager->alloc, &modest, ret_run);
    if (status != FH_NO_SPACE) return status;
    TRY(writer_release(pager, 0));
    return alloc_take(pager->alloc, request, ret_run);
}

fh_status txn_take(struct txn *txn, const struct alloc_request *request, struct run *ret_run)
{
    struct pager *pager = txn->pager;
    uint32_t page_count = alloc_page_count(pager->alloc);
    fh_status status;

    mutex_lock(&pager->space_lock);
    status = take_or_release(pager, request, ret_run);
    if (status == FH_OK) {
        status = overlay_extend(&pager->overlay, alloc_page_count(pager->alloc));
        if (status != FH_OK) alloc_untake(pager->alloc, *ret_run);
    }
    mutex_unlock(&pager->space_lock);
    if (status == FH_OK)
        overlay_forget(&pager->overlay, (page_no)ret_run->first, (uint32_t)ret_run->count);
    growth_note(pager, page_count, txn->txn_id);
    return status;
}

void txn_untake(struct txn *txn, struct run run)
{
    mutex_lock(&txn->pager->space_lock);
    alloc_untake(txn->pager->alloc, run);
    mutex_unlock(&txn->pager->space_lock);
}

fh_status txn_new(struct txn *txn, const struct slot *what, page_no near, page_no *ret_page,
                  uint8_t **ret_body)
{
    struct alloc_request request = {
        .page_count = 1,
        .near = near,
        .from_reserve = txn->from_reserve,
        .slot = *what,
    };
    struct run run;
    frame_no frame;
    fh_status status;

    request.slot.epoch = txn->epoch;
    TRY(txn_take(txn, &request, &run));
    status = overlay_add(&txn->pager->overlay, (page_no)run.first, txn->epoch, &frame);
    if (status != FH_OK) {
        txn_untake(txn, run);
        return status;
    }
    *ret_page = (page_no)run.first;
    *ret_body = overlay_body(&txn->pager->overlay, frame);
    return FH_OK;
}

fh_status txn_edit(struct txn *txn, page_no page, const struct slot *what, page_no *ret_page,
                   uint8_t **ret_body)
{
    struct pager *pager = txn->pager;
    frame_no frame = overlay_find(&pager->overlay, page);
    const struct slot *draft;
    fh_status status;
    page_no copy;
    uint8_t *body;

    if (frame != 0 && pager->overlay.frames[frame].epoch == txn->epoch) {
        *ret_page = page;
        *ret_body = overlay_body(&pager->overlay, frame);
        return FH_OK;
    }
    TRY(txn_check_run(txn, (struct run){page, 1}));
    draft = alloc_draft(pager->alloc, page);
    if (frame == 0 && draft != NULL && draft->epoch == txn->epoch) {
        *ret_page = page;
        return reload(txn, page, ret_body);
    }
    TRY(txn_new(txn, what, 0, &copy, &body));
    memcpy(body, overlay_page(&pager->overlay, page), pager->page_bytes);
    status = txn_retire(txn, (struct run){page, 1});
    if (status != FH_OK) {
        overlay_drop(&pager->overlay, overlay_find(&pager->overlay, copy));
        txn_untake(txn, (struct run){copy, 1});
        return status;
    }
    *ret_page = copy;
    *ret_body = body;
    return FH_OK;
}

/* A spilled page of this epoch: nobody else knows it, so it may change where it is. */
static fh_status reload(struct txn *txn, page_no page, uint8_t **ret_body)
{
    struct pager *pager = txn->pager;
    frame_no frame;

    TRY(overlay_add(&pager->overlay, page, txn->epoch, &frame));
    *ret_body = overlay_body(&pager->overlay, frame);
    memcpy(*ret_body, overlay_mapped(&pager->overlay, page), pager->page_bytes);
    return FH_OK;
}

/* Page numbers come from the file: a wrong one must not reach the allocator. */
fh_status txn_check_run(const struct txn *txn, struct run run)
{
    const struct alloc *alloc = txn->pager->alloc;
    uint64_t chunk_pages = txn->pager->chunk_pages;
    uint64_t left = chunk_pages - run.first % chunk_pages;

    if (run.first < PAGER_FIXED_PAGES || run.first % chunk_pages == 0 || run.count == 0 ||
        run.count > alloc_page_count(alloc) || run_end(run) > alloc_page_count(alloc) ||
        (run.count > left && run_end(run) % chunk_pages != 0) ||
        (run.count > left && run.count < chunk_pages) ||
        bits_count(alloc_used_map(alloc), run.first, run.count) != run.count)
        return fail(FH_CORRUPT, "a tree refers to pages %llu to %llu, which are not in use so",
                    (unsigned long long)run.first, (unsigned long long)run_end(run) - 1);
    return FH_OK;
}

/* F2: a page without a draft was there at C; its slot knows, if anybody needs to. */
static uint64_t birth_of(const struct txn *txn, page_no page)
{
    const struct slot *draft = alloc_draft(txn->pager->alloc, page);
    struct slot slot;
    bool is_proven;

    if (draft != NULL) return draft->epoch;
    if (txn->oldest_pin >= txn->pager->meta.epoch ||
        pager_slot(txn->pager, page, &slot, &is_proven) != FH_OK || !is_proven)
        return 0;
    return slot.epoch;
}

static fh_status reserve_retired(struct txn *txn, uint32_t count)
{
    uint32_t capacity = txn->retired_capacity == 0 ? 64 : txn->retired_capacity;
    struct pending_entry *retired;

    TRY(pending_reserve(&txn->pager->pending, txn->retired_count + count));
    if (txn->retired_count + count <= txn->retired_capacity) return FH_OK;
    while (capacity < txn->retired_count + count)
        capacity *= 2;
    retired = memory_resize(txn->retired, txn->retired_capacity, capacity, sizeof(*txn->retired));
    if (retired == NULL) return fail(FH_NO_MEMORY, "no memory for %u retired pages", capacity);
    txn->retired = retired;
    txn->retired_capacity = capacity;
    return FH_OK;
}

fh_status txn_retire(struct txn *txn, struct run run)
{
    struct pager *pager = txn->pager;
    const struct slot *draft = alloc_draft(pager->alloc, (page_no)run.first);
    struct pending_entry retired = {
        .run = run,
        .born = birth_of(txn, (page_no)run.first),
        .freed = txn->epoch,
        .is_named = draft != NULL && draft->tag == PAGE_RUN_HEAD,
    };
    fh_status status;

    mutex_lock(&pager->space_lock);
    status = reserve_retired(txn, 1);
    if (status == FH_OK) status = alloc_retire(pager->alloc, run);
    mutex_unlock(&pager->space_lock);
    TRY(status);
    txn->retired[txn->retired_count++] = retired;
    return FH_OK;
}

fh_status txn_reserve_drops(struct txn *txn, uint32_t count)
{
    struct pager *pager = txn->pager;
    fh_status status;

    mutex_lock(&pager->space_lock);
    status = reserve_retired(txn, count);
    if (status == FH_OK) status = alloc_reserve_retires(pager->alloc, count);
    mutex_unlock(&pager->space_lock);
    return status;
}

fh_status txn_drop(struct txn *txn, page_no page)
{
    struct overlay *overlay = &txn->pager->overlay;
    frame_no frame = overlay_find(overlay, page);

    if (frame == 0 || overlay->frames[frame].epoch != txn->epoch)
        return txn_drop_run(txn, (struct run){page, 1});
    overlay_drop(overlay, frame); /* F1 */
    txn_untake(txn, (struct run){page, 1});
    return FH_OK;
}

fh_status txn_drop_run(struct txn *txn, struct run run)
{
    const struct slot *draft;

    TRY(txn_check_run(txn, run));
    draft = alloc_draft(txn->pager->alloc, (page_no)run.first);
    if (draft == NULL || draft->epoch != txn->epoch) return txn_retire(txn, run);
    if (draft->tag == PAGE_RUN_HEAD) {
        /* The record names it, or will, so its bytes must stay. */
        if (txn->pager->is_replaying) return txn_retire(txn, run);
        if (!txn->redo->is_lost && txn_retire(txn, run) == FH_OK) return FH_OK;
        redo_lose(txn->redo);
    }
    txn_untake(txn, run);
    return FH_OK;
}

fh_status txn_emit(struct txn *txn, const struct slot *what, const uint8_t *body, page_no *ret_page)
{
    struct pager *pager = txn->pager;
    struct alloc_request request = {
        .page_count = 1, .from_reserve = txn->from_reserve, .slot = *what};
    struct run run;
    uint8_t *kept;
    fh_status status;

    if (txn->emit_buffer == NULL) {
        txn->emit_buffer = memory_take(PAGE_WRITER_PAGES, pager->page_bytes);
        if (txn->emit_buffer == NULL) return fail(FH_NO_MEMORY, "no memory for a buffer of pages");
        page_writer_init(&txn->emit, pager->file, pager->page_shift);
    }
    if (txn->emit.count == PAGE_WRITER_PAGES) TRY(txn_flush(txn));
    request.slot.epoch = txn->epoch;
    TRY(txn_take(txn, &request, &run));
    if (txn->emit.count > 0 && txn->emit.first + txn->emit.count != run.first) {
        status = txn_flush(txn);
        if (status != FH_OK) {
            txn_untake(txn, run);
            return status;
        }
    }
    kept = txn->emit_buffer + ((size_t)txn->emit.count << pager->page_shift);
    memcpy(kept, body, pager->page_bytes);
    TRY(page_writer_add(&txn->emit, (page_no)run.first, kept,
                        alloc_draft(pager->alloc, (page_no)run.first)));
    *ret_page = (page_no)run.first;
    return FH_OK;
}

fh_status txn_flush(struct txn *txn)
{
    return txn->emit_buffer == NULL ? FH_OK : page_writer_flush(&txn->emit);
}

void txn_savepoint(struct txn *txn, struct txn_mark *ret_mark)
{
    *ret_mark = (struct txn_mark){.epoch = txn->epoch++, .retired_count = txn->retired_count};
}

void txn_rollback(struct txn *txn, const struct txn_mark *mark)
{
    undo(txn, mark->epoch, mark->retired_count);
}

static void untake_chunk(struct txn *txn, uint32_t chunk_no, uint64_t epoch)
{
    struct pager *pager = txn->pager;
    page_no first = chunk_no << pager->chunk_shift;

    for (page_no page = first + 1; page < first + pager->chunk_pages; page++) {
        const struct slot *draft = alloc_draft(pager->alloc, page);

        if (draft != NULL && draft->tag != PAGE_RUN_BODY && draft->epoch > epoch &&
            alloc_is_used(pager->alloc, page))
            alloc_untake(pager->alloc, (struct run){page, draft->run_pages});
    }
}

static void undo(struct txn *txn, uint64_t epoch, uint32_t retired_count)
{
    struct overlay *overlay = &txn->pager->overlay;
    uint32_t chunk_no;

    txn->emit.count = 0;
    while (overlay->newest != 0 && overlay->frames[overlay->newest].epoch > epoch)
        overlay_drop(overlay, overlay->newest);
    mutex_lock(&txn->pager->space_lock);
    while (txn->retired_count > retired_count)
        alloc_restore(txn->pager->alloc, txn->retired[--txn->retired_count].run);
    for (uint32_t i = 0; alloc_draft_chunk(txn->pager->alloc, i, &chunk_no); i++)
        untake_chunk(txn, chunk_no, epoch);
    mutex_unlock(&txn->pager->space_lock);
}

/* What must be so before a transaction can begin; the turn is held. */
static fh_status settle(struct pager *pager, uint64_t *ret_oldest_pin)
{
    fh_status status;

    if (atomic_load(&pager->is_poisoned))
        return fail(FH_POISONED, "an earlier sync or meta write failed: close and open again");
    checkpoint_settle(pager);
    shrink_settle(pager);
    if (atomic_load(&pager->next_phase) == LOG_NEXT_FULL) log_fit(pager);
    mutex_lock(&pager->space_lock);
    status = recover_space(pager);
    if (status == FH_OK) status = writer_release(pager, WRITER_RELEASES);
    mutex_unlock(&pager->space_lock);
    if (status == FH_OK) *ret_oldest_pin = writer_oldest_pin(pager);
    return status;
}

fh_status txn_begin(struct pager *pager, bool try_only, struct txn **ret_txn)
{
    struct txn *txn = &pager->txn;
    uint64_t oldest_pin = 0;
    fh_status status;

    if (pager->read_only && !pager->is_replaying)
        return fail(FH_READ_ONLY, "the database was opened for reading only");
    TRY(writer_claim(pager, try_only));
    status = settle(pager, &oldest_pin);
    if (status != FH_OK) {
        writer_leave(pager);
        return status;
    }
    txn->pager = pager;
    txn->base = pager->last;
    txn->epoch = txn->base.epoch + 1;
    txn->txn_id = txn->base.txn_id + 1;
    txn->oldest_pin = oldest_pin;
    txn->newest_pin = writer_newest_pin(pager);
    txn->from_reserve = false;
    txn->is_quiet = false;
    txn->retired_count = 0;
    txn->redo = &pager->redo;
    redo_begin(txn->redo, log_redo_limit(pager));
    *ret_txn = txn;
    return FH_OK;
}

struct redo *txn_redo(const struct txn *txn)
{
    return txn->redo;
}

static void end(struct txn *txn)
{
    memory_give(txn->emit_buffer);
    txn->emit_buffer = NULL;
    txn->emit.count = 0;
    writer_leave(txn->pager);
}

void txn_abort(struct txn *txn)
{
    undo(txn, txn->base.epoch, 0);
    end(txn);
}

/* It is committed, and has freed so many runs; what is left is what its caller does on the way. */
static fh_status finish(struct txn *txn, const struct descriptor *state,
                        enum txn_durability durability, uint64_t bytes, uint32_t freed_count)
{
    struct pager *pager = txn->pager;

    pager->commit_count++;
    pager_release_pending(pager, WRITER_RELEASES + WRITER_RELEASES_PER_RUN * freed_count);
    end(txn);
    if (pager->is_replaying) return FH_OK;
    if (durability == TXN_DURABLE) TRY(commit_wait(pager, state->lsn_end));
    return commit_serve(pager, durability, state->lsn_end, bytes);
}

fh_status txn_commit_as(struct txn *txn, const struct descriptor *root,
                        enum txn_durability durability, uint64_t *ret_lsn)
{
    struct pager *pager = txn->pager;
    struct descriptor state = *root;
    uint64_t bytes = txn->redo->size + txn->redo->left_out + WAL_BLOCK_BYTES;
    uint32_t freed_count;
    fh_status status;

    *ret_lsn = 0;
    if (!txn_has_changes(txn) && !pager->is_replaying) {
        uint64_t before = pager->last.lsn_end; /* what is durable makes all before it durable */

        end(txn);
        return durability == TXN_DURABLE ? pager_wait(pager, before) : FH_OK;
    }
    state.epoch = txn->epoch;
    state.txn_id = txn->is_quiet ? txn->base.txn_id : txn->txn_id;
    status = txn_flush(txn);
    freed_count = txn->retired_count;
    if (status == FH_OK) status = commit_state(txn, &state, durability);
    if (status != FH_OK) {
        txn_abort(txn);
        return status;
    }
    *ret_lsn = state.lsn_end;
    return finish(txn, &state, durability, bytes, freed_count);
}

uint8_t *txn_frame(const struct txn *txn, page_no page, uint64_t *ret_epoch)
{
    const struct overlay *overlay = &txn->pager->overlay;
    frame_no frame = overlay_find(overlay, page);

    if (frame == 0 || overlay->frames[frame].epoch <= txn->newest_pin) return NULL;
    *ret_epoch = overlay->frames[frame].epoch;
    return overlay_body(overlay, frame);
}

/* Pages that should move are moved by commits that copy. */
bool txn_reopen(struct txn *txn, uint64_t since, enum txn_durability durability)
{
    page_no limit;

    return durability >= TXN_LAZY && !txn->pager->is_replaying &&
           !txn_wants_relocation(txn, &limit) && commit_is_ready(txn, durability) &&
           snapshot_shut(&txn->pager->snapshots, since);
}

fh_status txn_commit_here(struct txn *txn, const struct descriptor *root,
                          enum txn_durability durability, uint64_t *ret_lsn)
{
    struct descriptor state = *root;
    uint64_t bytes = txn->redo->size + txn->redo->left_out + WAL_BLOCK_BYTES;

    state.epoch = txn->epoch;
    state.txn_id = txn->txn_id;
    commit_by_log(txn, &state, durability);
    *ret_lsn = state.lsn_end;
    return finish(txn, &state, durability, bytes, 0);
}

fh_status txn_commit(struct txn *txn, const struct descriptor *root)
{
    uint64_t lsn;

    return txn_commit_as(txn, root, TXN_DURABLE, &lsn);
}
