/*
 * held.h - a database in which readers hold pages that were freed, and small commits beside them.
 */
#ifndef FREEHOLD_BENCH_HELD_H
#define FREEHOLD_BENCH_HELD_H

#include "freehold/kv.h"

struct held {
    fh_db *db;
    uint32_t item_count; /* each in a leaf of its own */
    uint32_t next;       /* that a commit overwrites */
    fh_txn **readers;
    uint32_t reader_count;
};

/* A new database at `path`, filled; small pages, and commits that wait for no medium. */
void held_open(struct held *held, const char *path, uint32_t item_count);
void held_close(struct held *held);

/*
 * The first reader sees all items, each of which is overwritten then, so that a run for each is
 * pending; the others begin on the way, each with a snapshot of its own.
 */
void held_begin(struct held *held, uint32_t reader_count);
void held_end(struct held *held);

/* So many commits of one item. */
void held_commit(struct held *held, uint32_t commit_count);

/* A reader that begins, reads an item, and ends, before each of so many commits. */
void held_read_and_commit(struct held *held, uint32_t commit_count);

fh_stat_info held_stat(const struct held *held);

#endif
