/*
 * kv_kept.c - one ended read transaction for each thread.
 *
 * A kept one is found in its place by any thread that has the same place, and belongs to who
 * has claimed its seat. Places are filled and never emptied.
 */
#include "kv/kv_kept.h"

#include "base/check.h"
#include "base/memory.h"

static _Atomic(struct fh_txn *) *place_of(struct fh_db *db, uint32_t thread_id)
{
    return &db->kept[thread_id % DB_KEPT_MAX];
}

/* What it knew was of another state. */
static struct fh_txn *renew(struct fh_txn *txn)
{
    pager_read_renew(txn->db->pager, &txn->reader);
    list_init(&txn->trees);
    txn->unnamed.txn = NULL;
    db_catalog(txn->db, &txn->reader.state, NULL, &txn->catalog);
    return txn;
}

struct fh_txn *kv_kept_begin(struct fh_db *db)
{
    uint32_t thread_id = db->os->thread_id(db->os);
    struct fh_txn *txn = atomic_load_explicit(place_of(db, thread_id), memory_order_acquire);

    if (UNLIKELY(txn == NULL)) return NULL;
    switch (pager_read_claim(db->pager, &txn->reader, thread_id)) {
    case SEAT_CURRENT:
        return txn;
    case SEAT_STALE:
        return renew(txn);
    case SEAT_TAKEN:
        break;
    }
    return NULL;
}

/* The user has closed all but the handle of the unnamed tree, which stays. */
static bool is_bare(const struct fh_txn *txn)
{
    return list_is_empty(&txn->cursors) && list_is_empty(&txn->buffers) &&
           txn->trees.next == txn->trees.prev &&
           (list_is_empty(&txn->trees) || txn->trees.next == &txn->unnamed.link);
}

static void make_bare(struct fh_txn *txn)
{
    kv_txn_clear(txn);
    txn->unnamed.cursor_count = 0;
    if (txn->unnamed.txn != NULL) list_append(&txn->trees, &txn->unnamed.link);
}

/* An ordinary one is kept from now on, if the place of its thread is free. */
static bool keep(struct fh_txn *txn)
{
    struct fh_db *db = txn->db;
    struct fh_txn *none = NULL;

    if (txn->terms != NULL ||
        !atomic_compare_exchange_strong(place_of(db, db->os->thread_id(db->os)), &none, txn))
        return false;
    pager_read_keep(db->pager, &txn->reader);
    txn->is_kept = true;
    atomic_fetch_sub(&db->txn_count, 1);
    return true;
}

bool kv_kept_end(struct fh_txn *txn)
{
    if (UNLIKELY(!txn->is_kept) && !keep(txn)) return false;
    if (UNLIKELY(!is_bare(txn))) make_bare(txn);
    pager_read_park(&txn->reader);
    return true;
}

unsigned kv_kept_count(const struct fh_db *db)
{
    unsigned count = 0;

    for (unsigned i = 0; i < DB_KEPT_MAX; i++) {
        const struct fh_txn *txn = atomic_load(&db->kept[i]);

        count += txn != NULL && !snapshot_is_parked(txn->reader.seat);
    }
    return count;
}

void kv_kept_give(struct fh_db *db)
{
    for (unsigned i = 0; i < DB_KEPT_MAX; i++)
        memory_give(atomic_load(&db->kept[i]));
}
