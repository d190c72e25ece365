/*
 * kv_compact.c - fh_compact: rounds of relocation, a checkpoint between them.
 */
#include "base/check.h"
#include "base/note.h"
#include "kv/db_internal.h"

enum { MOVES_PER_TXN = 256, MOVES_PER_CHECKPOINT = 2048, MOVES_PER_PAGE = 2, PERCENT = 100 };

struct compacting {
    struct fh_db *db;
    uint64_t until_ns; /* UINT64_MAX: takes the time it takes */
    fh_compact_options options;
    fh_compact_info info;
    uint64_t file_pages_first;
    uint64_t file_pages;
    uint64_t live_pages;
};

/* Writers beside it may have made the file larger than it was. */
static void tell(const struct compacting *compacting)
{
    uint64_t before = compacting->info.file_pages_before;
    uint64_t total = before > compacting->live_pages ? before - compacting->live_pages : 0;
    uint64_t done = before > compacting->file_pages ? before - compacting->file_pages : 0;

    if (compacting->options.progress != NULL)
        compacting->options.progress(compacting->options.context, done < total ? done : total,
                                     total);
}

static fh_status look(struct compacting *compacting)
{
    struct pager_stat stat;

    TRY(pager_stat(compacting->db->pager, &stat));
    compacting->file_pages = stat.alloc.page_count;
    compacting->live_pages = stat.alloc.used_pages;
    tell(compacting);
    return FH_OK;
}

static bool is_reached(const struct compacting *compacting)
{
    const struct os *os = compacting->db->os;

    if (compacting->until_ns != UINT64_MAX && os->monotonic_ns(os) >= compacting->until_ns)
        return true;
    /* Each page needs to move once; what moves much more often gains nothing. */
    if (compacting->info.moved_pages >
        MOVES_PER_PAGE * compacting->file_pages_first + MOVES_PER_CHECKPOINT)
        return true;
    return compacting->options.target_percent != 0 &&
           compacting->file_pages * PERCENT <=
               compacting->live_pages * compacting->options.target_percent;
}

/* One small transaction, which changes nothing that can be seen. */
static fh_status step(struct compacting *compacting, uint64_t *ret_moved)
{
    struct fh_txn *txn;
    fh_status status;

    TRY(fh_begin(compacting->db, FH_WRITE, &txn));
    txn_set_quiet(txn->txn);
    status = kv_relocate_now(txn, MOVES_PER_TXN, ret_moved);
    if (status != FH_OK) {
        fh_abort(txn);
        return status;
    }
    compacting->info.moved_pages += *ret_moved;
    return fh_commit_as(txn, FH_NONE, NULL);
}

/* What was moved is free only behind a checkpoint; when that gives nothing, it is the end. */
static fh_status move_down(struct compacting *compacting)
{
    uint64_t moved, since = 1;

    for (unsigned idle = 0; idle < 2 && !is_reached(compacting);) {
        TRY(step(compacting, &moved));
        since += moved;
        idle = moved > 0 ? 0 : idle + 1;
        if (moved > 0 && since < MOVES_PER_CHECKPOINT) continue;
        since = 0;
        TRY(pager_checkpoint(compacting->db->pager));
        TRY(look(compacting));
    }
    return FH_OK;
}

/* A shorter file has fewer header pages: what fitted before may stand too high then. */
static fh_status compact(struct compacting *compacting)
{
    uint64_t before;

    TRY(pager_checkpoint(compacting->db->pager));
    TRY(look(compacting));
    compacting->file_pages_first = compacting->file_pages;
    do {
        before = compacting->file_pages;
        TRY(move_down(compacting));
        /* The maps move down with the first, the end is cut with the second. */
        TRY(pager_checkpoint_again(compacting->db->pager));
        TRY(pager_checkpoint_again(compacting->db->pager));
        TRY(look(compacting));
    } while (compacting->file_pages < before && !is_reached(compacting));
    return FH_OK;
}

fh_status fh_compact(fh_db *db, const fh_compact_options *options, fh_compact_info *ret_info)
{
    struct compacting compacting = {
        .db = db, .until_ns = UINT64_MAX, .options = {.size = sizeof(fh_compact_options)}};
    struct pager_stat stat;
    fh_status status;

    if (db == NULL) return fail(FH_INVALID, "no database");
    if (options != NULL)
        TRY(db_copy_struct(&compacting.options, sizeof(compacting.options), options,
                           options->size));
    if (pager_is_read_only(db->pager))
        return fail(FH_READ_ONLY, "the database was opened for reading only");
    TRY(pager_stat(db->pager, &stat));
    compacting.info.file_pages_before = stat.alloc.page_count;
    pager_make_tight(db->pager, true);
    status = compact(&compacting);
    pager_make_tight(db->pager, false);
    TRY(status);
    compacting.info.file_pages_after = compacting.file_pages;
    if (ret_info != NULL) *ret_info = compacting.info;
    return FH_OK;
}

fh_status kv_compact_within(struct fh_db *db, uint64_t within_ns)
{
    struct compacting compacting = {.db = db,
                                    .until_ns = db->os->monotonic_ns(db->os) + within_ns,
                                    .options = {.size = sizeof(fh_compact_options)}};

    if (db->relocation.is_off || !pager_is_loose(db->pager)) return FH_OK;
    return compact(&compacting);
}
