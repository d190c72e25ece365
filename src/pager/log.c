/*
 * log.c - logs and metas, in an order that a stop anywhere survives.
 *
 * Made: file, filled and synced under its name; then the meta that names it. Of another size:
 * the same, with the records copied before the meta names the new one. Ended: the meta that
 * says there is none; then the file goes. At each moment the newest meta names a log that
 * is whole, or none.
 */
#include "pager/log.h"

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "pager/pager_internal.h"

/* Of records that will be left out as much is gathered as one put may take. */
enum { SKIPPED_BYTES = 1 << 13 };
enum { GROWTH = 4, NEED_FADES = 4, SHRINK_TIMES = 4, RETRY_COMMITS = 256 };
#define RING_BYTES_FREE UINT64_C(8388608) /* what any database may have */
#define RING_BYTES_MAX  (UINT64_C(1) << 30)

/* True when the file is a log of this database, or one that never came to be. */
static bool is_ours(struct pager *pager, const char *path)
{
    uint8_t page[WAL_HEADER_BYTES] = {0};
    struct wal_header header;
    struct os_file *file;
    size_t read = 0;
    bool is_ours = false;

    if (pager->os->open(pager->os, path, OS_OPEN_READ, &file) != FH_OK) return false;
    if (pager->os->read(file, 0, page, sizeof(page), &read) == FH_OK)
        is_ours = bytes_are_zero(page, read) ||
                  (read == sizeof(page) && wal_header_decode(page, &header) &&
                   memcmp(header.uuid, pager->meta.uuid, sizeof(header.uuid)) == 0);
    pager->os->close(file);
    return is_ours;
}

void log_clear(struct pager *pager)
{
    for (unsigned name = 0; name < WAL_NAMES; name++) {
        char *path;

        if (wal_ring_path(pager->path, name, &path) != FH_OK) return;
        /* What stays is not read by anybody; the next who opens tries again. */
        if (is_ours(pager, path)) (void)pager->os->remove(pager->os, path);
        memory_give(path);
    }
}

/* A new ring under a name that is free, or holds only what is ours. */
static fh_status create(struct pager *pager, uint64_t ring_bytes, struct wal_ring *ring)
{
    for (unsigned name = 0; name < WAL_NAMES; name++) {
        struct os_file *file;
        fh_status status;
        char *path;

        TRY(wal_ring_path(pager->path, name, &path));
        if (wal_is_on(&pager->wal) && strcmp(path, pager->wal.ring.path) == 0) {
            memory_give(path);
            continue;
        }
        status = pager->os->open(pager->os, path, OS_OPEN_READ, &file);
        if (status == FH_OK) pager->os->close(file);
        if (status != FH_NOT_FOUND && !is_ours(pager, path)) {
            memory_give(path);
            continue;
        }
        *ring = (struct wal_ring){.ring_bytes = ring_bytes};
        memcpy(ring->uuid, pager->meta.uuid, sizeof(ring->uuid));
        status = pager->os->entropy(pager->os, &ring->wal_id, sizeof(ring->wal_id));
        if (status != FH_OK) {
            memory_give(path);
            return status;
        }
        return wal_ring_create(ring, pager->os, path);
    }
    return fail(FH_EXISTS, "%s-wal and %s-wal2 are there and are not this database's", pager->path,
                pager->path);
}

/* The meta again, naming this ring. */
static fh_status name_ring(struct pager *pager, const struct wal_ring *ring, uint64_t salt,
                           uint64_t lsn)
{
    struct meta meta = pager->meta;

    meta.checkpoint_no++;
    meta.slot = meta_slot_of(meta.checkpoint_no);
    meta.flags = 0;
    meta.salt = salt;
    meta.lsn = lsn;
    meta.wal_id = ring->wal_id;
    meta.wal_bytes = ring->ring_bytes;
    TRY(checkpoint_write_meta(pager, &meta));
    mutex_lock(&pager->space_lock);
    pager->meta = meta;
    mutex_unlock(&pager->space_lock);
    return FH_OK;
}

static fh_status start(struct pager *pager, struct wal_ring *ring)
{
    uint64_t lsn = round_up(pager->meta.lsn, WAL_BLOCK_BYTES), salt;
    bool is_full;

    TRY(create(pager, pager->ring_bytes, ring));
    TRY(wal_ring_fill(ring, UINT64_MAX, &is_full));
    TRY(wal_ring_seal(ring));
    TRY(pager->os->entropy(pager->os, &salt, sizeof(salt)));
    TRY(name_ring(pager, ring, salt, lsn));
    wal_start(&pager->wal, ring, salt, lsn);
    pager->last.lsn_end = lsn;
    return FH_OK;
}

fh_status log_start(struct pager *pager)
{
    struct wal_ring ring = {.file = NULL};
    fh_status status;

    if (pager->log_retry > 0) {
        pager->log_retry--;
        return answer(FH_BUSY);
    }
    status = start(pager, &ring);
    if (status == FH_OK) return FH_OK;
    pager->log_retry = RETRY_COMMITS;
    if (atomic_load(&pager->is_poisoned))
        wal_ring_close(&ring); /* the meta may name it */
    else
        (void)wal_ring_remove(&ring); /* the failure before is the one to tell */
    return status;
}

/* The first commit after opening goes without: many a program makes just one. */
size_t log_redo_limit(const struct pager *pager)
{
    if (pager->is_replaying) return 0;
    if (wal_is_skipping(&pager->wal)) return SKIPPED_BYTES;
    if (wal_is_on(&pager->wal)) return wal_redo_limit(&pager->wal);
    return pager->commit_count == 0 || pager->ring_bytes == 0 ? 0 : (size_t)pager->ring_bytes / 4;
}

fh_status log_find(struct pager *pager, struct wal_ring *ret_ring)
{
    for (unsigned name = 0; name < WAL_NAMES; name++) {
        struct wal_ring ring;
        fh_status status;
        char *path;

        TRY(wal_ring_path(pager->path, name, &path));
        status = wal_ring_open(&ring, pager->os, path, pager->read_only);
        if (status == FH_OK && ring.wal_id == pager->meta.wal_id &&
            ring.ring_bytes == pager->meta.wal_bytes &&
            memcmp(ring.uuid, pager->meta.uuid, sizeof(ring.uuid)) == 0) {
            *ret_ring = ring;
            return FH_OK;
        }
        wal_ring_close(&ring);
        if (status != FH_OK && status != FH_NOT_FOUND) return status;
    }
    return fail(FH_LOG_MISSING,
                "commits are in a log that is not there: bring %s-wal back, or open without it "
                "and lose them",
                pager->path);
}

/* The most that a ring becomes: half of what is live, or what any database may have. */
static uint64_t most_bytes(const struct pager *pager)
{
    uint64_t live = (uint64_t)alloc_used_pages(pager->alloc) << pager->page_shift;
    uint64_t asked = pager->ring_bytes * 8; /* who asked for little is content with little */
    uint64_t most = asked < RING_BYTES_FREE ? asked : RING_BYTES_FREE;

    if (live / 2 > most) most = live / 2;
    return most < RING_BYTES_MAX ? most : RING_BYTES_MAX;
}

void log_note_need(struct pager *pager)
{
    uint64_t bytes, ring_bytes;

    wal_extent(&pager->wal, &bytes, &ring_bytes);
    pager->log_need -= pager->log_need / NEED_FADES;
    if (bytes > pager->log_need) pager->log_need = bytes;
}

/*
 * What the ring should have: four times what was in it when lately a checkpoint began, which is at
 * half at the latest; what the user asked for at least.
 */
static uint64_t wanted_bytes(const struct pager *pager)
{
    uint64_t most = most_bytes(pager), bytes = pager->ring_bytes;

    while (bytes < pager->log_need * GROWTH && bytes * 2 <= most)
        bytes *= 2;
    return bytes;
}

/* A small step down is not worth a file. */
static bool is_wanted(const struct pager *pager, uint64_t ring_bytes)
{
    uint64_t now = pager->wal.ring.ring_bytes;

    return ring_bytes > now || ring_bytes <= now / SHRINK_TIMES;
}

/* With all records in the new ring, the meta names it; then it is the one in use. */
static fh_status change(struct pager *pager, struct wal_ring *ring)
{
    fh_status status = wal_change_begin(&pager->wal, ring);

    if (status == FH_POISONED) atomic_store(&pager->is_poisoned, true);
    if (status == FH_OK) status = name_ring(pager, ring, pager->meta.salt, pager->meta.lsn);
    wal_change_end(&pager->wal, ring, status == FH_OK);
    return status;
}

/* Its file is there, and has its length; what it will hold is written without the turn. */
static void begin(struct pager *pager, uint64_t ring_bytes)
{
    if (create(pager, ring_bytes, &pager->next_ring) == FH_OK) {
        atomic_store(&pager->next_phase, LOG_NEXT_BEGUN);
        return;
    }
    pager->log_retry = RETRY_COMMITS;
    (void)wal_ring_remove(&pager->next_ring);
}

void log_carry(struct pager *pager, uint64_t bytes)
{
    enum log_next_phase begun = LOG_NEXT_BEGUN;
    bool is_full = false;
    fh_status status;

    if (LIKELY(atomic_load(&pager->next_phase) != LOG_NEXT_BEGUN) ||
        !atomic_compare_exchange_strong(&pager->next_phase, &begun, LOG_NEXT_BUSY))
        return;
    status = wal_ring_fill(&pager->next_ring, bytes, &is_full);
    if (status == FH_OK) /* each piece, or the last sync would wait for all of them */
        status = is_full ? wal_ring_seal(&pager->next_ring)
                         : pager->os->sync(pager->next_ring.file, OS_SYNC_DATA);
    if (status != FH_OK)
        atomic_store(&pager->next_phase, LOG_NEXT_FAILED);
    else
        atomic_store(&pager->next_phase, is_full ? LOG_NEXT_FULL : LOG_NEXT_BEGUN);
}

void log_forget(struct pager *pager)
{
    (void)wal_ring_remove(&pager->next_ring);
    atomic_store(&pager->next_phase, LOG_NEXT_NONE);
}

/* What is live, and so what is wanted, may be another than when it was begun. */
static bool is_on_the_way(const struct pager *pager, uint64_t ring_bytes)
{
    uint64_t now = pager->wal.ring.ring_bytes, wanted = wanted_bytes(pager);

    return ring_bytes > now ? ring_bytes <= wanted : ring_bytes >= wanted;
}

static void take_next(struct pager *pager)
{
    struct wal_ring *ring = &pager->next_ring;
    fh_status status = FH_OK;

    if (is_on_the_way(pager, ring->ring_bytes)) {
        if (ring->ring_bytes < pager->wal.ring.ring_bytes &&
            !wal_fits(&pager->wal, ring->ring_bytes))
            return; /* at another checkpoint */
        status = change(pager, ring);
    }
    if (status != FH_OK) pager->log_retry = RETRY_COMMITS;
    if (atomic_load(&pager->is_poisoned)) wal_ring_close(ring); /* a meta may name it */
    log_forget(pager); /* the old one, or the new one that did not come to be */
}

void log_fit(struct pager *pager)
{
    enum log_next_phase phase = atomic_load(&pager->next_phase);
    uint64_t wanted;

    if (!wal_is_on(&pager->wal) || wal_is_skipping(&pager->wal) ||
        atomic_load(&pager->is_poisoned) ||
        atomic_load(&pager->checkpoint.phase) != CHECKPOINT_NONE)
        return;
    if (phase == LOG_NEXT_FAILED) {
        log_forget(pager);
        pager->log_retry = RETRY_COMMITS;
    } else if (phase == LOG_NEXT_FULL) {
        take_next(pager);
    } else if (phase == LOG_NEXT_NONE && pager->log_retry-- <= 0) {
        pager->log_retry = 0;
        wanted = wanted_bytes(pager);
        if (is_wanted(pager, wanted)) begin(pager, wanted);
    }
}

void log_shrink(struct pager *pager)
{
    if (wal_is_on(&pager->wal) && wanted_bytes(pager) < pager->wal.ring.ring_bytes) log_fit(pager);
}

void log_end(struct pager *pager)
{
    (void)wal_ring_remove(
        &pager->wal.ring); /* a log that stays is stale, and goes at the next open */
    log_clear(pager);
}
