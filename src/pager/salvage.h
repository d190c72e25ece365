/*
 * salvage.h - pages out of a file that may be damaged anywhere.
 *
 * Nothing is opened for writing, mapped or trusted: every page is read by itself, and proves
 * itself by its slot where that can. A place that cannot be read is damage like any other.
 * Slots are hints (a header page may be gone, or older than what it describes): what is
 * reached from above may do without one, what is found by searching may not.
 */
#ifndef FREEHOLD_PAGER_SALVAGE_H
#define FREEHOLD_PAGER_SALVAGE_H

#include "alloc/alloc.h"
#include "base/compiler.h"
#include "base/fault.h"
#include "os/os.h"
#include "pager/meta_format.h"
#include "wal/wal_format.h"

struct salvage {
    /* Constant after open. */
    const struct os *os;
    const char *path; /* borrowed */
    struct os_file *file;
    uint8_t page_shift;
    uint8_t chunk_shift;
    uint32_t page_bytes;
    uint32_t chunk_pages;
    uint32_t page_count; /* whole pages of the file, whatever the metas say */
    uint32_t uuid_seed;
    bool has_seed;                       /* slots can prove themselves */
    struct meta states[META_COPY_COUNT]; /* that a valid copy names, newest first, each once */
    unsigned state_count;
    bool hides_newer; /* V2: a state newer than the first may be there, its copies damaged */

    /* The state that is saved: salvage_choose. */
    uint64_t epoch_most; /* no page of it was born later */
    bool needs_proof;    /* its pages may have been used again: values must be proven */

    struct fault_list *notes; /* damage that loses nothing: metas, header pages */
    uint64_t *reached;        /* a bit a page: no page is saved twice */
    uint64_t *bad_headers;    /* a bit a chunk: its note was given */
    uint64_t pages_read;
    uint64_t unproven_pages; /* taken without a checksum */
    uint8_t *header;         /* the header page looked at last */
    uint32_t header_chunk;   /* whose it is */
    bool has_header;
};

/*
 * Opens the file and locks it against writers. FH_NOT_FOUND, FH_BUSY; FH_NOT_DATABASE;
 * FH_VERSION; FH_CORRUPT: it is one, but nothing in it can be proven. What the metas have
 * lost goes to `notes`, which is kept. `path` is borrowed until close.
 */
fh_status salvage_open(const struct os *os, const char *path, struct fault_list *notes,
                       struct salvage **ret_salvage) MUST_CHECK;
void salvage_close(struct salvage *salvage); /* may be NULL */

/* From now on pages of the state that ends with `epoch_most` count, and none is reached yet. */
void salvage_choose(struct salvage *salvage, uint64_t epoch_most, bool needs_proof);

/* Neither a header page nor one of the metas, all of them within the file, none of them 0. */
bool salvage_can_hold(const struct salvage *salvage, struct run run);

/* The pages' bytes. FH_CORRUPT: the medium says no, or the file ends before. */
fh_status salvage_read(struct salvage *salvage, struct run run, uint8_t *bytes) MUST_CHECK;

/* False: the page's slot does not prove itself. */
bool salvage_slot(struct salvage *salvage, page_no page, struct slot *ret_slot);

/*
 * Are these, read from `run`, the bytes that were written there as `wanted` (tag, level, tree,
 * epoch, 0 for any up to epoch_most)? FH_CORRUPT: no, or it cannot be told and must be.
 * Without a proof the header page is noted.
 */
fh_status salvage_judge(struct salvage *salvage, struct run run, const uint8_t *bytes,
                        const struct slot *wanted) MUST_CHECK;

/* Marks the pages; false: one of them was reached before, and none is marked. */
bool salvage_reach(struct salvage *salvage, struct run run);

/* salvage_find.c */

/*
 * The first page at or behind *page whose slot and checksum prove it to be a node, `body` its
 * bytes. FH_NOT_FOUND: there is none.
 */
fh_status salvage_next_node(struct salvage *salvage, page_no *page, uint8_t *body,
                            struct slot *ret_slot) MUST_CHECK;

/* Page sizes and what proves slots, from header pages alone. FH_NOT_FOUND. */
fh_status salvage_find_sizes(struct salvage *salvage) MUST_CHECK;

/* salvage_log.c: the records of the log that a state names, as far as they prove themselves. */
struct salvage_log {
    struct salvage *salvage;
    struct os_file *file; /* NULL: there is none */
    uint64_t ring_bytes;
    uint64_t salt;
    uint64_t first_lsn;
    uint64_t lsn; /* of the record that comes next */
    uint8_t *record;
    size_t record_capacity;
    size_t record_bytes;
};

/* FH_LOG_MISSING: no file beside the database holds it. Closed whatever is returned. */
fh_status salvage_log_open(struct salvage_log *log, struct salvage *salvage,
                           const struct meta *state) MUST_CHECK;
void salvage_log_close(struct salvage_log *log);

/* The next transaction; `ret_ops` is borrowed until the next call. FH_NOT_FOUND: no more. */
fh_status salvage_log_next(struct salvage_log *log, struct wal_record *ret_record,
                           struct span *ret_ops) MUST_CHECK;

/*
 * Behind `lsn`, where the log does not go on: *ret_txn_id is the newest transaction of which
 * a record is still there, 0: of none. *ret_is_rot: what is missing was on the medium once.
 */
fh_status salvage_log_behind(struct salvage_log *log, uint64_t lsn, uint64_t *ret_txn_id,
                             bool *ret_is_rot) MUST_CHECK;

#endif
