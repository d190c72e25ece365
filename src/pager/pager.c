/*
 * pager.c - open, create, close; readers; questions that other layers ask.
 */
#include "pager/pager.h"

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "pager/pager_internal.h"
#include "pager/writer.h"

#define NS_PER_MS UINT64_C(1000000)

enum {
    LAZY_MS = 100,
    FRAME_BYTES_SHARE = 8,
    RING_BYTES_DEFAULT = 1 << 20,
    RING_BYTES_LEAST = 1 << 13
};
#define FRAME_BYTES_MOST (UINT64_C(1) << 30)

static fh_status set_up(struct pager *pager, const struct pager_options *options);
static fh_status create(struct pager *pager, const struct pager_options *options);
static fh_status give_end_back(struct pager *pager);
static void give_all(struct pager *pager);

static fh_status init_locks(struct pager *pager)
{
    TRY(mutex_init(&pager->writer_lock, PAGER_LOCK_WRITER));
    TRY(condition_init(&pager->writer_free));
    TRY(mutex_init(&pager->carrier_lock, PAGER_LOCK_CARRIER));
    TRY(condition_init(&pager->carrier_left));
    TRY(commit_init(pager));
    TRY(mutex_init(&pager->space_lock, PAGER_LOCK_SPACE));
    return snapshots_init(&pager->snapshots, pager->os);
}

/* Locked, so that two creators do not meet; what a cut-short creation left is removed. */
static fh_status open_draft(struct pager *pager, const char *draft)
{
    const struct os *os = pager->os;

    TRY(os_remove_leftover(os, draft));
    TRY(os->open(os, draft, OS_OPEN_CREATE, &pager->file));
    return os->lock(pager->file, true);
}

/* A new database gets its name when it is complete: a creation cut short leaves none. */
static fh_status create_under(struct pager *pager, const char *path, const char *draft,
                              const struct pager_options *options)
{
    const struct os *os = pager->os;
    fh_status status;

    TRY(open_draft(pager, draft));
    pager->is_new = true;
    status = create(pager, options);
    if (status == FH_OK) status = os->rename(os, draft, path);
    if (status != FH_OK) {
        (void)os->remove(os, draft); /* the failure before is the one to tell */
        return status;
    }
    return os->sync_directory(os, path);
}

static fh_status create_file(struct pager *pager, const char *path,
                             const struct pager_options *options)
{
    static const char suffix[] = "-new";
    size_t length = strlen(path);
    char *draft = memory_take(length + sizeof(suffix), 1);
    fh_status status;

    if (draft == NULL) return fail(FH_NO_MEMORY, "no memory for a path");
    memcpy(draft, path, length);
    memcpy(draft + length, suffix, sizeof(suffix));
    status = create_under(pager, path, draft, options);
    memory_give(draft);
    return status;
}

/* No log counts: none is named, or the one that is named is given up. */
static fh_status drop_log(struct pager *pager)
{
    struct meta meta = pager->meta;

    if ((meta.flags & META_NO_LOG) == 0) {
        meta.checkpoint_no++;
        meta.slot = meta_slot_of(meta.checkpoint_no);
        meta.flags = META_NO_LOG;
        TRY(checkpoint_write_meta(pager, &meta));
        pager->meta = meta;
    }
    log_clear(pager);
    return FH_OK;
}

/* An existing file; FH_NOT_FOUND is what a creation starts from. */
static fh_status open_file(struct pager *pager, const char *path,
                           const struct pager_options *options)
{
    const struct os *os = pager->os;

    TRY(os->open(os, path, options->read_only ? OS_OPEN_READ : OS_OPEN_WRITE, &pager->file));
    if (options->only_new) return fail(FH_EXISTS, "there is a file already");
    TRY(os->lock(pager->file, !options->read_only));
    /* Whoever gave the file its name may have stopped before that was durable. */
    if (!options->read_only) TRY(os->sync_directory(os, path));
    TRY(recover_metas(pager));
    pager->must_replay = (pager->meta.flags & META_NO_LOG) == 0 && !options->without_log;
    if (pager->must_replay) TRY(log_find(pager, &pager->replay_ring));
    if (!pager->read_only) TRY(recover_heal(pager));
    if (!pager->read_only && !pager->must_replay) TRY(drop_log(pager));
    return set_up(pager, options);
}

static fh_status keep_path(struct pager *pager, const char *path)
{
    size_t bytes = strlen(path) + 1;

    pager->path = memory_take(bytes, 1);
    if (pager->path == NULL) return fail(FH_NO_MEMORY, "no memory for a path");
    memcpy(pager->path, path, bytes);
    return FH_OK;
}

fh_status pager_open(const struct os *os, const char *path, const struct pager_options *options,
                     struct pager **ret_pager)
{
    struct pager *pager = memory_take_lines(1, sizeof(*pager));
    fh_status status;

    if (pager == NULL) return fail(FH_NO_MEMORY, "no memory for a pager");
    pager->os = os;
    pager->read_only = options->read_only;
    pager->policy = options->policy == NULL ? "bitmap" : options->policy;
    pager->ring_bytes = options->ring_bytes == 0 ? RING_BYTES_DEFAULT : options->ring_bytes;
    pager->lazy_ns = (options->lazy_ms == 0 ? LAZY_MS : options->lazy_ms) * NS_PER_MS;
    status = init_locks(pager);
    if (status == FH_OK) status = keep_path(pager, path);
    if (status == FH_OK &&
        (!is_power_of_two(pager->ring_bytes) || pager->ring_bytes < RING_BYTES_LEAST))
        status = fail(FH_INVALID, "a log of %llu bytes: a power of two, 8192 or more",
                      (unsigned long long)pager->ring_bytes);
    if (status == FH_OK) {
        status = open_file(pager, path, options);
        if (status == FH_NOT_FOUND && options->create && pager->file == NULL)
            status = create_file(pager, path, options);
    }
    if (status == FH_OK && options->helper && !options->read_only)
        status = helper_start(&pager->helper, pager);
    if (status != FH_OK) {
        give_all(pager);
        return status;
    }
    *ret_pager = pager;
    return FH_OK;
}

static uint64_t frame_budget(const struct pager *pager, const struct pager_options *options)
{
    uint64_t share = pager->os->memory_bytes(pager->os) / FRAME_BYTES_SHARE;

    if (options->frame_bytes != 0) return options->frame_bytes;
    return share < FRAME_BYTES_MOST ? share : FRAME_BYTES_MOST;
}

struct alloc_options pager_alloc_options(const struct pager *pager)
{
    uint32_t page_min = INITIAL_BYTES >> pager->page_shift;

    return (struct alloc_options){
        .policy = pager->policy,
        .chunk_pages = pager->chunk_pages,
        .page_max =
            pager->chunk_shift == 8 ? UINT32_MAX - CHUNK_PAGES_MAX : pager->chunk_pages << 24,
        .page_min = page_min < 16 ? 16 : page_min,
        .fixed_pages = PAGER_FIXED_PAGES,
    };
}

/* What follows from the sizes, once they are known. */
static fh_status set_sizes(struct pager *pager, const struct pager_options *options)
{
    struct overlay_options overlay = {
        .page_shift = pager->page_shift,
        .chunk_shift = pager->chunk_shift,
        .frame_bytes = frame_budget(pager, options),
        .is_writable = !pager->read_only || pager->must_replay,
    };

    pager->page_bytes = 1U << pager->page_shift;
    pager->chunk_pages = 1U << pager->chunk_shift;
    pager->uuid_seed = slot_uuid_seed(pager->meta.uuid);
    TRY(pending_init(&pager->pending, pager->chunk_pages));
    /* Who may not write replays a log with pages that exist in memory alone (V7). */
    if (pager->read_only)
        pager->backing = backing_none();
    else
        TRY(backing_file_open(pager->file, pager->page_shift, &pager->backing));
    TRY(wal_init(&pager->wal, pager->file, commit_on_durable, pager));
    TRY(overlay_init(&pager->overlay, pager->file, &overlay));
    return options->verifies ? overlay_verify_with(&pager->overlay, verify_touch, pager) : FH_OK;
}

static void publish_meta(struct pager *pager)
{
    struct descriptor state = {
        .epoch = pager->meta.epoch,
        .txn_id = pager->meta.txn_id,
        .lsn_end = pager->meta.lsn,
        .catalog_items = pager->meta.catalog_items,
        .page_count = pager->meta.page_count,
        .root = pager->meta.root_page,
        .root_level = pager->meta.root_level,
    };

    pager->last = state;
    commit_publish(pager, &state);
}

static fh_status set_up(struct pager *pager, const struct pager_options *options)
{
    TRY(set_sizes(pager, options));
    TRY(overlay_extend(&pager->overlay, pager->meta.page_count));
    if (pager->must_verify) TRY(verify_all(pager));
    publish_meta(pager);
    return FH_OK;
}

static fh_status create(struct pager *pager, const struct pager_options *options)
{
    uint32_t page_bytes = options->page_bytes == 0 ? PAGE_BYTES_MAX : options->page_bytes;
    struct descriptor empty = {.epoch = 1};
    struct checkpoint_log log = {.flags = META_NO_LOG};
    struct alloc_options alloc;

    if (!is_power_of_two(page_bytes) || page_bytes < PAGE_BYTES_MIN ||
        page_bytes > PAGE_BYTES_MAX || page_bytes == 2048)
        return fail(FH_INVALID, "pages of %u bytes: 8192 or 4096 (tests: 512, 1024)", page_bytes);
    pager->page_shift = (uint8_t)bit_lowest(page_bytes);
    pager->chunk_shift = meta_chunk_shift(pager->page_shift);
    pager->meta = (struct meta){
        .major = META_MAJOR,
        .minor = META_MINOR,
        .page_shift = pager->page_shift,
        .chunk_shift = pager->chunk_shift,
        .flags = META_NO_LOG,
    };
    TRY(pager->os->entropy(pager->os, pager->meta.uuid, UUID_BYTES));
    TRY(set_sizes(pager, options));
    alloc = pager_alloc_options(pager);
    TRY(alloc_open(pager->backing, &alloc, &pager->alloc));
    TRY(alloc_grow(pager->alloc, alloc.page_min));
    TRY(overlay_extend(&pager->overlay, alloc_page_count(pager->alloc)));
    atomic_store(&pager->must_sync_all, true);
    TRY(checkpoint_run(pager, &empty, &log));
    alloc_settle(pager->alloc);
    TRY(pager->mirror_failure);
    TRY(recover_first_metas(pager));
    publish_meta(pager);
    return FH_OK;
}

fh_status pager_checkpoint_now(struct pager *pager)
{
    struct checkpoint_log log = {.flags = META_NO_LOG, .lsn = pager->last.lsn_end};
    fh_status status;

    checkpoint_drain(pager);
    if (pager->meta.epoch == pager->last.epoch) return FH_OK;
    if (wal_is_on(&pager->wal)) log.flags = 0;
    status = checkpoint_run(pager, &pager->last, &log);
    if (status == FH_OK) commit_on_durable(pager, pager->last.lsn_end);
    return status;
}

/* The ring that was begun becomes the log at once, unless somebody has the turn. */
static void finish_log(struct pager *pager)
{
    log_carry(pager, UINT64_MAX);
    if (atomic_load(&pager->next_phase) != LOG_NEXT_FULL || !writer_try(pager)) return;
    log_fit(pager);
    writer_leave(pager);
}

static fh_status checkpoint(struct pager *pager, bool again)
{
    fh_status status;

    TRY(pager_hold_writer(pager));
    shrink_expect_nothing(pager);
    if (again) pager->last.epoch++;
    status = pager_checkpoint_now(pager);
    if (status == FH_OK) commit_publish(pager, &pager->last);
    shrink_settle(pager);
    if (status == FH_OK) log_shrink(pager);
    pager_release_pending(pager, 0);
    pager_release_writer(pager);
    finish_log(pager);
    shrink_carry(pager);
    return status;
}

fh_status pager_checkpoint(struct pager *pager)
{
    return checkpoint(pager, false);
}

fh_status pager_checkpoint_again(struct pager *pager)
{
    return checkpoint(pager, true);
}

fh_status pager_poll(struct pager *pager)
{
    commit_carry(pager, CHECKPOINT_PIECE_PAGES);
    shrink_carry(pager);
    log_carry(pager, LOG_PIECE_BYTES);
    return commit_serve_lazy(pager);
}

fh_status pager_wait(struct pager *pager, uint64_t lsn)
{
    fh_status status = commit_wait(pager, lsn);

    return status == FH_BUSY ? pager_checkpoint(pager) : status;
}

bool pager_must_replay(const struct pager *pager)
{
    return pager->must_replay;
}

/* C11 at a clean close: the free end goes, once the meta that does without it is durable. */
static fh_status give_end_back(struct pager *pager)
{
    struct checkpoint_log log = {.flags = META_NO_LOG, .lsn = pager->last.lsn_end};
    bool must_write =
        pager->meta.epoch != pager->last.epoch || (pager->meta.flags & META_NO_LOG) == 0;
    fh_status status = FH_OK;
    bool is_cut = false;

    AUDIT(alloc_audit(pager->alloc));
    /* A round moves the maps down, so that the next finds a lower end. */
    for (int round = 0; round < 3 && status == FH_OK; round++) {
        uint32_t end = alloc_end_used(pager->alloc);

        if (end < alloc_page_count(pager->alloc)) {
            alloc_cut(pager->alloc, end);
            is_cut = true;
        } else if (!must_write) {
            break;
        }
        must_write = false;
        pager->last.epoch++;
        status = checkpoint_run(pager, &pager->last, &log);
        if (status == FH_OK) status = pager->mirror_failure;
        shrink_finish(pager);
        pager_release_pending(pager, 0);
    }
    if (status == FH_OK && (is_cut || wal_is_on(&pager->wal)))
        status = pager->os->sync(pager->file, OS_SYNC_DATA);
    if (status == FH_OK && is_cut)
        status = pager->backing->ops->shrink(pager->backing, pager->meta.page_count);
    if (status == FH_OK && wal_is_on(&pager->wal)) log_end(pager);
    return status;
}

static void give_all(struct pager *pager)
{
    log_forget(pager);
    if (pager->wal.on_durable != NULL) wal_fini(&pager->wal);
    checkpoint_forget(pager);
    redo_fini(&pager->redo);
    wal_reader_fini(&pager->replay);
    wal_ring_close(&pager->replay_ring);
    overlay_fini(&pager->overlay);
    alloc_close(pager->alloc);
    pending_fini(&pager->pending);
    snapshots_fini(&pager->snapshots);
    if (pager->backing != NULL) pager->backing->ops->close(pager->backing);
    if (pager->file != NULL) pager->os->close(pager->file);
    commit_fini(pager);
    condition_fini(&pager->carrier_left);
    mutex_fini(&pager->carrier_lock);
    condition_fini(&pager->writer_free);
    mutex_fini(&pager->writer_lock);
    mutex_fini(&pager->space_lock);
    memory_give(pager->txn.retired);
    memory_give(pager->groups);
    memory_give(pager->has_header);
    memory_give(pager->directory_bytes);
    memory_give(pager->look.pins);
    memory_give(pager->path);
    memory_give(pager);
}

/* What a checkpoint had no room for stays in the log, which must be whole then. */
static fh_status close_file(struct pager *pager)
{
    fh_status status;

    TRY(pager_hold_writer(pager));
    checkpoint_drain(pager);
    shrink_finish(pager);
    status = give_end_back(pager);
    if ((status == FH_NO_SPACE || status == FH_NO_MEMORY) && wal_is_on(&pager->wal)) {
        fh_status logged = commit_wait(pager, wal_head(&pager->wal));

        if (logged != FH_BUSY) status = logged; /* else there are commits that only memory has */
    } else if (status == FH_NO_SPACE || status == FH_NO_MEMORY)
        status = FH_OK; /* the end just stays; all is committed anyway */
    pager_release_writer(pager);
    return status;
}

/* Nothing more is written; what was to be durable later is not. */
static fh_status close_poisoned(struct pager *pager)
{
    if (!wal_is_on(&pager->wal) || wal_durable(&pager->wal) >= pager->last.lsn_end) return FH_OK;
    return fail(FH_POISONED, "a sync failed: commits that were not yet durable may be lost");
}

fh_status pager_close(struct pager *pager)
{
    fh_status status = FH_OK;

    helper_stop(&pager->helper);
    if (!pager->read_only && pager->alloc != NULL && !pager->must_replay)
        status = atomic_load(&pager->is_poisoned) ? close_poisoned(pager) : close_file(pager);
    give_all(pager);
    return status;
}

fh_status pager_read_begin(struct pager *pager, struct reader *ret_reader)
{
    return snapshot_pin(&pager->snapshots, NULL, &ret_reader->seat, &ret_reader->state);
}

fh_status pager_read_begin_as(struct pager *pager, struct seat_terms *terms,
                              struct reader *ret_reader)
{
    return snapshot_pin(&pager->snapshots, terms, &ret_reader->seat, &ret_reader->state);
}

void pager_read_end(struct pager *pager, struct reader *reader)
{
    snapshot_unpin(&pager->snapshots, reader->seat);
}

void pager_read_keep(struct pager *pager, struct reader *reader)
{
    snapshot_keep(&pager->snapshots, reader->seat);
}

void pager_read_park(struct reader *reader)
{
    snapshot_park(reader->seat);
}

enum seat_claim pager_read_claim(const struct pager *pager, const struct reader *reader,
                                 uint32_t thread_id)
{
    return snapshot_claim(&pager->snapshots, reader->seat, thread_id);
}

void pager_read_renew(struct pager *pager, struct reader *reader)
{
    snapshot_renew(&pager->snapshots, reader->seat, &reader->state);
}

void pager_newest(struct pager *pager, struct descriptor *ret_state)
{
    snapshot_newest(&pager->snapshots, ret_state);
}

uint32_t pager_page_count(const struct pager *pager)
{
    return pager->read_only ? alloc_page_count(pager->alloc) : pager->meta.page_count;
}

const struct overlay *pager_overlay(const struct pager *pager)
{
    return &pager->overlay;
}

uint32_t pager_page_bytes(const struct pager *pager)
{
    return pager->page_bytes;
}

bool pager_is_new(const struct pager *pager)
{
    return pager->is_new;
}

bool pager_is_read_only(const struct pager *pager)
{
    return pager->read_only;
}

void pager_set_quota(struct pager *pager, uint64_t page_count)
{
    mutex_lock(&pager->space_lock);
    pager->quota_pages = page_count;
    if (pager->alloc != NULL) alloc_set_quota(pager->alloc, page_count);
    mutex_unlock(&pager->space_lock);
}
