/*
 * kv_late.h - a put that waits for the commit.
 *
 * The first put of a transaction is in the redo and nowhere else, where its leaf could take it as
 * it is (tree_here.h). If the commit comes next, and asks for no sync, the leaf and the catalog's
 * record change in place: no page is copied. Whatever else the transaction is asked for, the put
 * is done first, as any other.
 */
#ifndef FREEHOLD_KV_KV_LATE_H
#define FREEHOLD_KV_KV_LATE_H

#include "kv/kv_txn.h"

/* The put is left for later, and the redo has it; false: do it now. FH_EXISTS is for who does. */
bool kv_late_put(struct fh_tree *tree, struct span key, struct span value, bool must_be_new);

/* Does the put that waits, if there is one. A failure stays the transaction's: it cannot commit. */
fh_status kv_late_settle(struct fh_txn *txn) MUST_CHECK;

/* Commits it in place; false: not this time, and nothing was done. */
bool kv_late_commit(struct fh_txn *txn, enum txn_durability durability, uint64_t *ret_lsn,
                    fh_status *ret_status);

#endif
