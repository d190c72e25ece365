/*
 * redo.h - what a transaction did, as operations in a log record.
 *
 * Operations are logical: a tree, a key, a value; page numbers appear only where bytes
 * are left in the data file (large values). A tree is named once, and all that
 * follows is about it until another one is. Idea: logical redo over a copy-on-write
 * checkpoint, as in WiredTiger; replaying twice from the same checkpoint is the same.
 */
#ifndef FREEHOLD_WAL_REDO_H
#define FREEHOLD_WAL_REDO_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "freehold/status.h"

enum redo_kind {
    REDO_PUT = 1,         /* key, value */
    REDO_ERASE = 2,       /* key */
    REDO_ERASE_RANGE = 3, /* from, to */
    REDO_PUT_RUNS = 4,    /* key, length, extents with checksums */
    REDO_TREE = 7,        /* id, name: what follows is about this tree, made if it is not there */
    REDO_TREE_DROP = 8    /* the tree and all its items */
};

enum { REDO_EXTENTS_MAX = 64, REDO_EXTENT_BYTES = 12 };

struct redo_extent {
    uint32_t page;
    uint32_t page_count;
    uint32_t crc; /* of the run's body, as in its slot */
};

/* The operations of one transaction, growing. */
struct redo {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    size_t limit; /* a larger transaction is not logged (W11) */
    uint32_t op_count;
    uint32_t tree_id; /* the one named last; 0: none yet */
    bool names_runs;
    bool is_lost;      /* the transaction cannot go by the log */
    bool is_long;      /* for its size alone */
    uint64_t left_out; /* bytes of operations since then */
};

/* Where a savepoint can come back to. */
struct redo_mark {
    size_t size;
    uint32_t op_count;
    uint32_t tree_id;
};

void redo_begin(struct redo *redo, size_t limit); /* keeps its memory from before */
void redo_fini(struct redo *redo);

/* Nothing here fails: what cannot be logged makes the redo lost. */
void redo_lose(struct redo *redo);
void redo_leave_out(struct redo *redo, size_t bytes);
void redo_tree(struct redo *redo, uint32_t tree_id, struct span name);
void redo_put(struct redo *redo, struct span key, struct span value);
void redo_put_runs(struct redo *redo, struct span key, uint64_t value_bytes,
                   const struct redo_extent *extents, uint32_t extent_count);
void redo_erase(struct redo *redo, struct span key);
void redo_erase_range(struct redo *redo, struct span from, struct span to);
void redo_tree_drop(struct redo *redo);

struct redo_mark redo_mark(const struct redo *redo);
void redo_rewind(struct redo *redo, struct redo_mark mark);

/* One operation, read back; spans point into the record. */
struct redo_op {
    enum redo_kind kind;
    uint32_t tree_id;
    struct span name;
    struct span key; /* of a range: from */
    struct span value;
    struct span to;
    uint64_t value_bytes;
    uint32_t extent_count;
    const uint8_t *extents;
};

/* Takes the next operation off `rest`; FH_CORRUPT: there is none that makes sense. */
fh_status redo_next(struct span *rest, struct redo_op *ret_op) MUST_CHECK;
struct redo_extent redo_extent(const struct redo_op *op, uint32_t i);

#endif
