/*
 * db_internal.h - the inside of a database, for this layer's files.
 */
#ifndef FREEHOLD_KV_DB_INTERNAL_H
#define FREEHOLD_KV_DB_INTERNAL_H

#include <stdatomic.h>

#include "kv/db.h"
#include "kv/kv_relocate.h"
#include "kv/kv_txn.h"

enum { DB_KEPT_MAX = SEATS_KEPT_MAX };

struct fh_db {
    const struct os *os;
    struct pager *pager;
    uint64_t quota_bytes;
    struct kv_relocation relocation;
    struct kv_totals totals;
    fh_durability durability;
    bool puts_late;        /* the writer's: the last commit asked for no sync (kv_late.h) */
    uint64_t close_ns;     /* how long a clean close may make the file smaller */
    atomic_uint txn_count; /* open transactions, but those that are kept */
    _Atomic(struct fh_txn *) spare; /* the memory of an ended one, or NULL */
    /* Read transactions that have ended, by thread: the next one of it goes on where this was. */
    _Atomic(struct fh_txn *) kept[DB_KEPT_MAX];
};

/* The catalog of a committed state. */
void db_catalog(const struct fh_db *db, const struct descriptor *state, struct txn *txn,
                struct tree *ret_catalog);

/* As fh_compact, when more than its share of the file is free, for so long at most. */
fh_status kv_compact_within(struct fh_db *db, uint64_t within_ns);

/* db_replay.c: the log's transactions, again. */
fh_status db_replay(struct fh_db *db) MUST_CHECK;

/* Copies what the caller's struct has of the options; FH_INVALID: its size is impossible. */
fh_status db_copy_struct(void *to, size_t to_bytes, const void *from, size_t from_bytes) MUST_CHECK;

#endif
