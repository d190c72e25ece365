/*
 * oracle.h - a database that is obviously right: named trees as sorted arrays.
 *
 * Model, crash and fault tests do everything twice, once in Freehold and once here, and
 * compare. Items are never changed, only shared and counted, so a clone (for a snapshot
 * or a savepoint) costs a pointer an item. A hash stands for a whole state: the same
 * number is computed from an oracle and from a transaction. An empty tree name means the
 * unnamed tree. Nothing here fails but by abort; one thread at a time.
 */
#ifndef FREEHOLD_TESTS_SUPPORT_ORACLE_H
#define FREEHOLD_TESTS_SUPPORT_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "freehold/kv.h"

struct oracle;

/* The caller owns the result until oracle_close. */
struct oracle *oracle_open(void);
struct oracle *oracle_clone(const struct oracle *oracle);
void oracle_close(struct oracle *oracle);

/* The unnamed tree is always there. Names come in byte order, the unnamed one first. */
bool oracle_has_tree(const struct oracle *oracle, fh_bytes name);
void oracle_make_tree(struct oracle *oracle, fh_bytes name);
void oracle_drop_tree(struct oracle *oracle, fh_bytes name);
size_t oracle_tree_count(const struct oracle *oracle);
fh_bytes oracle_tree_name(const struct oracle *oracle, size_t tree_no);

/* Items of a tree that is there. Bytes given out are borrowed until the item changes. */
bool oracle_get(const struct oracle *oracle, fh_bytes name, fh_bytes key, fh_bytes *ret_value);
void oracle_put(struct oracle *oracle, fh_bytes name, fh_bytes key, fh_bytes value);
bool oracle_erase(struct oracle *oracle, fh_bytes name, fh_bytes key);
uint64_t oracle_erase_range(struct oracle *oracle, fh_bytes name, fh_bytes from, fh_bytes to);

/* Items by their place in the order of keys; seek: how many keys come before `key`. */
size_t oracle_item_count(const struct oracle *oracle, fh_bytes name);
size_t oracle_seek(const struct oracle *oracle, fh_bytes name, fh_bytes key);
fh_bytes oracle_key(const struct oracle *oracle, fh_bytes name, size_t item_no);
fh_bytes oracle_value(const struct oracle *oracle, fh_bytes name, size_t item_no);

/* Of the whole state; empty named trees count, an empty unnamed one does not. */
uint64_t oracle_hash(const struct oracle *oracle);

/* The same number from what a transaction sees, by cursors alone. */
fh_status oracle_hash_txn(fh_txn *txn, uint64_t *ret_hash) FH_MUST_CHECK;

/*
 * Compares names, both directions of every tree, gets and figures. NULL when the transaction
 * sees exactly this state; else a sentence, borrowed until the thread's next call.
 */
const char *oracle_difference(const struct oracle *oracle, fh_txn *txn);

#endif
