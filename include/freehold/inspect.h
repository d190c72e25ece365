/*
 * inspect.h - the inside of a database, described: pages, header pages, maps, snapshots.
 *
 * What the command's page, slots, map and stat stand on. Nothing here changes anything.
 * The descriptions are of the durable checkpoint, as the file holds it; free, pending and
 * pinned are as of now. Errors are those of kv.h, and FH_NOT_FOUND for a page or chunk
 * beyond the end. Any thread.
 */
#ifndef FH_INSPECT_H
#define FH_INSPECT_H

#include <stddef.h>
#include <stdint.h>

#include "freehold/kv.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Room for a reader's tag, with the byte 0 behind it. */
enum { FH_TAG_BYTES = 32 };

/* What a page is, as its slot says (docs/format.md: the numbers are on the medium). */
typedef enum fh_page_kind {
    FH_PAGE_UNUSED = 0,
    FH_PAGE_HEADER = 1,
    FH_PAGE_META = 2,
    FH_PAGE_MAP = 3,
    FH_PAGE_DIRECTORY = 4,
    FH_PAGE_BRANCH = 5,
    FH_PAGE_LEAF = 6,
    FH_PAGE_RUN_HEAD = 7,
    FH_PAGE_RUN_BODY = 8,
    FH_PAGE_RAW = 9
} fh_page_kind;

/* The kind's name: "leaf", "run-head" ...; "unknown" for a number that is none. Static. */
FH_API const char *fh_page_kind_name(fh_page_kind kind);

typedef enum fh_page_state {
    FH_STATE_USED = 0,    /* part of the newest state */
    FH_STATE_FREE = 1,    /* may be taken at any time */
    FH_STATE_PENDING = 2, /* freed, held by a snapshot or the durable checkpoint */
    FH_STATE_COVERED = 3  /* inside a long run, no slot of its own (such pages are used) */
} fh_page_state;

/* "used", "free", "pending", "covered". Static. */
FH_API const char *fh_page_state_name(fh_page_state state);

/* A slot: what a chunk's header page says about one of its pages. */
typedef struct fh_slot_info {
    uint32_t page_no;
    fh_page_kind kind;
    uint32_t level;
    uint32_t tree_id;
    uint64_t birth_epoch;
    uint32_t run_pages; /* head: length; body: distance to the head */
    uint32_t body_crc;
    int is_draft;  /* taken since the last checkpoint: no header page says so yet, there is
                      no checksum to compare, and the bytes are in memory */
    int is_proven; /* the slot's own checksum holds, or it is a draft */
    fh_page_state state;
} fh_slot_info;

typedef struct fh_page_info {
    fh_slot_info slot;
    uint64_t file_offset;
    uint32_t computed_crc;  /* of the body as it is */
    int is_intact;          /* body_crc == computed_crc, or there is none to judge: header, meta,
                               part of a run, a page that is free, pending or covered */
    uint32_t item_count;    /* leaf: items; branch: separators; else 0 */
    uint32_t prefix_bytes;  /* leaf, branch: cut from every key */
    uint32_t free_bytes;    /* leaf, branch */
    uint64_t node_epoch;    /* leaf, branch: the birth the body tells */
    uint64_t checkpoint_no; /* meta, header */
    uint64_t meta_txn_id;   /* meta */
    uint32_t meta_page_count;
    uint32_t meta_root_page;
} fh_page_info;

/* Describes page `page_no`. */
FH_API fh_status fh_page_describe(fh_db *db, uint32_t page_no,
                                  fh_page_info *ret_info) FH_MUST_CHECK;

typedef struct fh_chunk_info {
    uint32_t chunk_no;
    uint32_t first_page;
    uint32_t page_count;
    uint32_t free_pages;
    uint32_t used_pages;
    uint32_t pending_pages;
    int is_covered;         /* lies inside a long run: no header page */
    int is_proven;          /* slot 0's checksum holds */
    uint64_t checkpoint_no; /* that last wrote the header page */
} fh_chunk_info;

/*
 * Describes a chunk and, into `slots` (room for `slot_capacity`; may be NULL with 0), its
 * pages in order; *ret_slot_count says how many there are.
 */
FH_API fh_status fh_chunk_describe(fh_db *db, uint32_t chunk_no, fh_chunk_info *ret_info,
                                   fh_slot_info *slots, size_t slot_capacity,
                                   size_t *ret_slot_count) FH_MUST_CHECK;

/* One page of the picture. */
typedef struct fh_map_cell {
    uint8_t state;        /* of fh_page_state */
    uint8_t kind;         /* of fh_page_kind; FH_PAGE_UNUSED when free or pending */
    uint8_t fill_percent; /* leaf, branch: how full; else 0 */
    uint8_t is_pinned;    /* pending: and a reader sees it, so that it waits for a snapshot */
} fh_map_cell;

/*
 * The pages first_page .. of the picture into `cells`; *ret_count says how many were
 * written: less than `cell_count` only at the end of the file.
 */
FH_API fh_status fh_map_walk(fh_db *db, uint32_t first_page, fh_map_cell *cells, size_t cell_count,
                             size_t *ret_count) FH_MUST_CHECK;

/*
 * A state that readers hold. A page that is freed waits, among the snapshots that see it, for
 * the newest one: when that ends it is free, or waits for the next older one that sees it.
 */
typedef struct fh_snapshot_info {
    uint64_t txn_id;
    uint64_t reader_count;
    uint64_t pinned_pages; /* pending pages that wait for this snapshot: no newer one sees them */
    uint64_t age_ms;       /* of the reader that began first, and whose the rest is */
    uint32_t process_id;
    uint32_t thread_id; /* that began it */
    int is_leased;
    char tag[FH_TAG_BYTES]; /* as given to fh_begin_as; "": none */
} fh_snapshot_info;

/*
 * The snapshots that readers of this process hold, oldest first, into `snapshots`; *ret_count:
 * how many there are. One whose lease is over is not there any more. A thread's number is the
 * system's (gettid). The age is exact to some milliseconds.
 */
FH_API fh_status fh_snapshot_walk(fh_db *db, fh_snapshot_info *snapshots, size_t capacity,
                                  size_t *ret_count) FH_MUST_CHECK;

/* One reader. */
typedef struct fh_reader_info {
    uint64_t txn_id; /* of its snapshot */
    uint64_t age_ms;
    uint32_t process_id;
    uint32_t thread_id;
    int is_leased;
    char tag[FH_TAG_BYTES];
} fh_reader_info;

/* The same, reader by reader: oldest snapshot first, and of one snapshot the oldest reader. */
FH_API fh_status fh_reader_walk(fh_db *db, fh_reader_info *readers, size_t capacity,
                                size_t *ret_count) FH_MUST_CHECK;

/* histogram[i]: how many free runs are 2^i .. 2^(i+1) - 1 pages long. */
FH_API fh_status fh_run_histogram(fh_db *db, uint64_t histogram[32]) FH_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
