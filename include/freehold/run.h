/*
 * run.h - raw runs of pages inside transactions, for people who bring their own structures.
 *
 * A run is consecutive pages with a number, that of its first page, which never changes
 * while the run lives: link by it. Its body is whole pages, so whole powers of two; what it
 * is stands beside it, in the header page of its chunk. Runs are part of the same
 * transactions, snapshots and crash safety as trees, and the census of fh_check counts them.
 * A run once committed is immutable: to change it is to write a new one, which has another
 * number, and to link that (copy-on-write, as everywhere).
 *
 * Errors and threads as in kv.h. Idea: the page managers of Ayende's Gavran (headers apart
 * from bodies, a page tells its length) and of copy-on-write trees.
 */
#ifndef FH_RUN_H
#define FH_RUN_H

#include "freehold/kv.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Header and body of a run, as one unit. */
typedef struct fh_run_info {
    uint32_t page;       /* its number */
    uint32_t page_count; /* as asked for */
    uint32_t tag;        /* yours */
    fh_bytes body;       /* page_count pages; borrowed until the transaction ends */
} fh_run_info;

/*
 * Takes a run of `page_count` pages full of zeros; *ret_page is its number. `tag` is kept
 * with it. Errors: FH_INVALID no pages; FH_TOO_LARGE; FH_NO_SPACE; FH_QUOTA; FH_READ_ONLY.
 */
FH_API fh_status fh_run_take(fh_txn *txn, uint32_t page_count, uint32_t tag,
                             uint32_t *ret_page) FH_MUST_CHECK;

/* The run that begins at `page`: no length is asked for. Errors: FH_NOT_FOUND there is none. */
FH_API fh_status fh_run_get(fh_txn *txn, uint32_t page, fh_run_info *ret_info) FH_MUST_CHECK;

/*
 * Sets a run's body to `body`, the rest to zeros; the bytes are copied. A run that this
 * transaction took keeps its number, unless a savepoint came between; else the run is given
 * back and *ret_page is the number of a new one, with the same length and tag. Errors:
 * FH_NOT_FOUND; FH_TOO_LARGE longer than the run; as fh_run_take.
 */
FH_API fh_status fh_run_write(fh_txn *txn, uint32_t page, fh_bytes body,
                              uint32_t *ret_page) FH_MUST_CHECK;

/* Gives a run back. Errors: FH_NOT_FOUND (a second give, too), FH_READ_ONLY, FH_NO_SPACE. */
FH_API fh_status fh_run_give(fh_txn *txn, uint32_t page) FH_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
