/*
 * kv_lease.h - transactions that a writer may cut off: what they read they copy.
 *
 * Every call that looks at pages does so between kv_lease_enter and kv_lease_leave. The tree
 * handles of such a transaction are shut (kv_txn_tree), so that all other calls end before they
 * look at a page; an ordinary transaction pays nothing for it.
 */
#ifndef FREEHOLD_KV_KV_LEASE_H
#define FREEHOLD_KV_KV_LEASE_H

#include "kv/kv_txn.h"

/* FH_INVALID, FH_TOO_LARGE: options that make no sense. *ret_terms is NULL when nothing is said. */
fh_status kv_lease_terms(const struct fh_db *db, const fh_begin_options *options,
                         struct seat_terms **ret_terms) MUST_CHECK;

/* Nothing, for a transaction without a lease. FH_SNAPSHOT_TOO_OLD. */
fh_status kv_lease_enter(struct fh_txn *txn) MUST_CHECK;
void kv_lease_leave(struct fh_txn *txn);

/* FH_INVALID: the call lends what a lease could take away. */
fh_status kv_lease_refuse(void) MUST_CHECK;

/* The tree of a call that copies; FH_INVALID as kv_txn_tree. Within enter and leave. */
fh_status kv_lease_tree(struct fh_txn *txn, struct fh_tree *tree,
                        struct fh_tree **ret_tree) MUST_CHECK;

/* Into the cursor's own memory, `item` too. */
fh_status kv_lease_keep(struct fh_cursor *cursor, struct cursor_item *item) MUST_CHECK;

#endif
