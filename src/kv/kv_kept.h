/*
 * kv_kept.h - read transactions that are used again.
 *
 * Of each thread that reads, as far as threads can be told apart by a number, a database keeps
 * one that has ended, with its seat and the handle of the unnamed tree. The thread's next one
 * begins where that was, if nothing was committed since: without a lock, and without a look
 * into the catalog.
 */
#ifndef FREEHOLD_KV_KV_KEPT_H
#define FREEHOLD_KV_KV_KEPT_H

#include "kv/db_internal.h"

/* NULL: the thread has none, or it is in use. */
struct fh_txn *kv_kept_begin(struct fh_db *db);

/* A read transaction ends. False: it is none to be kept, and still open. */
bool kv_kept_end(struct fh_txn *txn);

/* Of those kept: how many are open. */
unsigned kv_kept_count(const struct fh_db *db);

/* Nobody uses the database any more. */
void kv_kept_give(struct fh_db *db);

#endif
