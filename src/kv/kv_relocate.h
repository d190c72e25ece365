/*
 * kv_relocate.h - the file stays small by itself: live pages move down, so that its end is free.
 *
 * When more than its share of the file is free, each commit moves a few pages on, at most
 * RELOCATE_PER_PAGE for each page that it writes anyway, tree after tree, round after round.
 * What moves has the same items before and after, so the log is not told.
 */
#ifndef FREEHOLD_KV_KV_RELOCATE_H
#define FREEHOLD_KV_KV_RELOCATE_H

#include <stdatomic.h>

#include "kv/kv_txn.h"
#include "tree/tree_sweep.h"

enum { RELOCATE_PER_PAGE = 2 };

/* Where the relocation of a database stands; it belongs to who has the writer's turn. */
struct kv_relocation {
    bool is_off;      /* constant after open: only who asks for it moves pages */
    size_t name_size; /* the catalog's key of the tree it is in */
    uint8_t name[TREE_KEY_MAX];
    bool has_name;
    struct tree_sweep sweep;
    uint64_t moved_in_round;
    uint64_t idle_until;    /* a checkpoint's number: a round had nothing to move, */
    page_no idle_limit;     /* which was to be below this */
    _Atomic uint64_t moved; /* since the database was opened; anybody may look */
};

/* A part of the work in a transaction that is about to commit. What fails is left undone. */
void kv_relocate(struct fh_txn *txn);

/* So many pages' worth, asked for; *ret_moved: how many it was. */
fh_status kv_relocate_now(struct fh_txn *txn, uint32_t moves, uint64_t *ret_moved) MUST_CHECK;

#endif
