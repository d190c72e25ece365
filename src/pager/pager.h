/*
 * pager.h - pages with versions: the face of the layer.
 *
 * A pager is a file of pages, a newest committed state that readers pin, and one writer
 * that copies what it changes. What a page holds is the business of the layer above; it
 * names the root of its catalog in the descriptor.
 */
#ifndef FREEHOLD_PAGER_PAGER_H
#define FREEHOLD_PAGER_PAGER_H

#include "alloc/alloc.h"
#include "base/fault.h"
#include "os/os.h"
#include "pager/growth.h"
#include "pager/overlay.h"
#include "pager/snapshot.h"

struct pager;

enum { PAGE_BYTES_MIN = 512, PAGE_BYTES_MAX = 8192 };

struct pager_options {
    const char *policy;
    uint64_t frame_bytes; /* 0: default */
    uint64_t ring_bytes;  /* of the log when it is made: a power of two, or 0 for the default */
    uint32_t lazy_ms;     /* 0: default */
    bool helper;          /* with a thread of its own */
    bool verifies;        /* pages of the file, at their first touch */
    bool without_log;     /* a log that is missing or damaged is given up */
    uint32_t page_bytes;  /* of a new file */
    bool create;          /* make the file when there is none */
    bool only_new;        /* FH_EXISTS when there is one */
    bool read_only;
};

/* Opens, creates, recovers (V1-V3). The errors of fh_open. */
fh_status pager_open(const struct os *os, const char *path, const struct pager_options *options,
                     struct pager **ret_pager) MUST_CHECK;

/*
 * There is a log to be replayed before anything else: begin, next and a transaction for each
 * record until FH_NOT_FOUND, end. FH_CORRUPT: it is damaged before its end.
 */
bool pager_must_replay(const struct pager *pager);
struct pager_replay {
    uint32_t op_count;
    struct span ops; /* as wal/redo.h reads them; borrowed until the next */
};
fh_status pager_replay_begin(struct pager *pager) MUST_CHECK;
fh_status pager_replay_next(struct pager *pager, struct pager_replay *ret_record) MUST_CHECK;
fh_status pager_replay_end(struct pager *pager) MUST_CHECK;

/*
 * Makes the newest state the one that recovery starts from, gives the free end back and
 * closes; no reader and no writer is left. Gone whatever it says.
 */
fh_status pager_close(struct pager *pager);

/* The newest state becomes durable by a checkpoint; waits for the writer. */
fh_status pager_checkpoint(struct pager *pager) MUST_CHECK;

/* The same also when nothing was committed since: maps move down, the free end is cut. */
fh_status pager_checkpoint_again(struct pager *pager) MUST_CHECK;

/* Does what has come due: lazy commits, a step of the checkpoint. FH_POISONED. Any thread. */
fh_status pager_poll(struct pager *pager) MUST_CHECK;

/* Returns when the commit whose txn_commit_as said `lsn` is on the medium. FH_POISONED. */
fh_status pager_wait(struct pager *pager, uint64_t lsn) MUST_CHECK;

/* A reader: the state it sees and its seat. */
struct reader {
    struct descriptor state;
    struct seat *seat;
};

fh_status pager_read_begin(struct pager *pager, struct reader *ret_reader) MUST_CHECK;
/* The same for one that says who it is or has a lease; `terms` is kept until its end. */
fh_status pager_read_begin_as(struct pager *pager, struct seat_terms *terms,
                              struct reader *ret_reader) MUST_CHECK;
void pager_read_end(struct pager *pager, struct reader *reader);

/*
 * For readers that come and go: the seat of one without terms is kept, and instead of
 * pager_read_end it is parked. The next one claims it, and renews it when that says SEAT_STALE;
 * then its state is another one. A pager has SEATS_KEPT_MAX of them at most, until it closes.
 */
void pager_read_keep(struct pager *pager, struct reader *reader);
void pager_read_park(struct reader *reader);
enum seat_claim pager_read_claim(const struct pager *pager, const struct reader *reader,
                                 uint32_t thread_id);
void pager_read_renew(struct pager *pager, struct reader *reader);
void pager_newest(struct pager *pager, struct descriptor *ret_state);

/* From now on, or no longer, what little is free at rest is too much as well. Any thread. */
void pager_make_tight(struct pager *pager, bool is_tight);

/* More than its share of the file is free. Any thread. */
bool pager_is_loose(struct pager *pager);

/* Pages of the state that the file holds, free ones too; with the writer held still. */
uint32_t pager_page_count(const struct pager *pager);

const struct overlay *pager_overlay(const struct pager *pager);
uint32_t pager_page_bytes(const struct pager *pager);
bool pager_is_new(const struct pager *pager); /* made by this open */
bool pager_is_read_only(const struct pager *pager);

/* The most pages that may be live, 0 for no limit. The writer's, or before there is one. */
void pager_set_quota(struct pager *pager, uint64_t page_count);

struct pager_stat {
    struct alloc_stat alloc;
    struct os_file_size file;
    uint64_t pending_pages; /* neither used nor free */
    uint64_t pinned_pages;  /* of those: held by readers */
    uint64_t reader_count;
    uint64_t oldest_reader_txn_id;
    uint64_t checkpoint_pages; /* of those: held by checkpoints alone */
    uint64_t checkpoint_no;
    uint64_t checkpoint_txn_id;
    uint64_t log_bytes; /* that recovery would read */
    uint64_t log_ring_bytes;
    struct growth growth;
    uint64_t punched_chunks;
    uint32_t page_bytes;
    uint32_t chunk_pages;
};

/* Figures as of now; any thread. Loads the maps when nobody has yet. */
fh_status pager_stat(struct pager *pager, struct pager_stat *ret_stat) MUST_CHECK;

/* Free runs by length: histogram[i] counts those of 2^i .. 2^(i+1) - 1 pages. */
fh_status pager_run_histogram(struct pager *pager, uint64_t histogram[32]) MUST_CHECK;

/*
 * The readers, as snapshot_list has them, and how many pages wait for the state of each first,
 * told at the first of its readers. The caller gives both arrays back with memory_give.
 */
struct pager_readers {
    struct snapshot_reader *readers;
    uint64_t *pages;
    uint32_t count;
};
fh_status pager_readers(struct pager *pager, struct pager_readers *ret_readers) MUST_CHECK;

/* Where a page stands; only for a page below the end. Maps must be loaded (pager_stat does). */
enum page_state { PAGE_STATE_USED, PAGE_STATE_FREE, PAGE_STATE_PENDING, PAGE_STATE_COVERED };
enum page_state pager_page_state(struct pager *pager, page_no page);
/* Sets, in `bits`, bit n for page first + n of `count` when it waits for a reader. Walks all
 * runs that do. */
void pager_pinned_map(struct pager *pager, page_no first, uint32_t count, uint64_t *bits);
void pager_chunk_counts(struct pager *pager, uint32_t chunk_no, uint32_t *ret_used,
                        uint32_t *ret_free);

/*
 * The slot of a page as the file's header page has it: *ret_is_proven says whether it
 * proves itself. FH_NOT_FOUND beyond the end.
 */
fh_status pager_slot(struct pager *pager, page_no page, struct slot *ret_slot,
                     bool *ret_is_proven) MUST_CHECK;
/* What the page is, when no header page says so yet: it was taken since the last checkpoint.
 * The checksum is not known. */
bool pager_draft(struct pager *pager, page_no page, struct slot *ret_slot);
/* The chunk's header page has content: one of its pages was used when it was written last. */
bool pager_has_header(struct pager *pager, uint32_t chunk_no);
bool pager_header_slot(struct pager *pager, uint32_t chunk_no, struct header_slot *ret_slot);

/* A meta copy, decoded: pages 1 to 4. FH_CORRUPT. */
struct pager_meta {
    uint64_t checkpoint_no;
    uint64_t txn_id;
    uint32_t page_count;
    page_no root_page;
};
fh_status pager_meta(struct pager *pager, page_no page, struct pager_meta *ret_meta) MUST_CHECK;

/* The checksum of what begins at `page` and is so many pages long, as a slot would have it. */
fh_status pager_body_crc(struct pager *pager, page_no page, uint32_t page_count,
                         uint32_t *ret_crc) MUST_CHECK;

/* Every structure in memory audits itself; no write transaction is open. */
fh_status pager_audit(struct pager *pager) MUST_CHECK;

/* Keeps writers out. FH_POISONED. */
fh_status pager_hold_writer(struct pager *pager) MUST_CHECK;
/* The same, with the file holding the newest state, for checks that look at it as a whole. */
fh_status pager_hold_still(struct pager *pager) MUST_CHECK;
void pager_release_writer(struct pager *pager);
/* For a look at pages that a writer could be changing; false: one is at work. */
bool pager_try_hold(struct pager *pager);

/*
 * The pager's part of a check, with the writer held: metas, header pages, directory, maps,
 * slots, checksums. Sets in `reached` (a bit a page) the pages that are metadata, and
 * says how many. The slots of pages that `reached` misses are judged as well.
 */
struct pager_check {
    struct fault_list *faults;
    uint64_t *reached;
    uint64_t metadata_pages;
    void (*progress)(void *context, uint64_t done, uint64_t total); /* may be NULL */
    void *context;
};
fh_status pager_check(struct pager *pager, struct pager_check *check) MUST_CHECK;

#endif
