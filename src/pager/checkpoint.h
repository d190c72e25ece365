/*
 * checkpoint.h - makes a state the one that recovery starts from, beside a working writer.
 *
 * A checkpoint is frozen under the writer's turn, between two transactions: from then on
 * all that it writes is out of everybody's reach (W3, F3), so its bytes go to the file in
 * steps, by whatever thread takes one, without any lock. Under the turn again it is
 * settled: what it replaced is free, or, when it failed, all is as if it had not begun.
 */
#ifndef FREEHOLD_PAGER_CHECKPOINT_H
#define FREEHOLD_PAGER_CHECKPOINT_H

#include <stdatomic.h>

#include "alloc/alloc.h"
#include "pager/meta_format.h"
#include "pager/page_writer.h"
#include "pager/snapshot.h"
#include "pager/space_map.h"

struct pager;

/* A group of chunks as a checkpoint has it. */
struct group {
    page_no map_page;
    uint32_t map_crc;
    uint32_t free_pages;
    uint16_t longest_run;
};

/* A group as it was frozen. */
struct group_image {
    uint64_t *used; /* NULL: unchanged since the checkpoint before */
    uint8_t covered[DIRECTORY_COVERED_BYTES];
};

enum checkpoint_phase {
    CHECKPOINT_NONE,
    CHECKPOINT_FRAMES,  /* what is left to write, in this order */
    CHECKPOINT_MAPS,    /* and the directory */
    CHECKPOINT_HEADERS, /* they hold the checksums of all the rest */
    CHECKPOINT_METAS,   /* barrier A, meta, barrier B, mirror */
    CHECKPOINT_DONE,
    CHECKPOINT_FAILED
};

struct checkpoint {
    /* Anybody may look at these two. */
    _Atomic enum checkpoint_phase phase;
    _Atomic uint32_t left; /* frames not yet written */

    /* The rest belongs to who carries it on, and before and after to who has the turn. */
    fh_status failure; /* FAILED: why */
    struct meta meta;

    struct group *groups;
    struct group_image *images;
    uint32_t group_count;
    uint32_t kept_groups; /* that the one before has too */
    struct run *old;      /* maps and directory of the one before */
    uint32_t old_count;
    struct run directory; /* count 0: not yet taken */
    uint8_t *directory_bytes;
    struct slot *directory_slot;
    uint64_t *frames; /* page << 32 | frame, ascending */
    uint32_t frame_count;

    uint32_t frame_at; /* how far it is */
    uint32_t draft_at; /* the frozen draft of the last frame's chunk */
    uint32_t map_at;
    uint32_t header_at;
    uint32_t unsynced_pages;
    uint8_t *page; /* a page to compose in */
    struct page_writer writer;
};

/* What the new meta says beside the state. */
struct checkpoint_log {
    uint8_t flags; /* META_NO_LOG, or 0 */
    uint64_t lsn;
};

/*
 * C2 to C4, by who has the turn, and no checkpoint is under way. With an error all is as it
 * was.
 */
fh_status checkpoint_freeze(struct pager *pager, const struct descriptor *state,
                            const struct checkpoint_log *log) MUST_CHECK;

/* C5 to C7: writes so many pages, or what is left. Returns at once when another thread does. */
void checkpoint_advance(struct pager *pager, uint32_t page_count);

/* C8 to C10, by who has the turn: ends a checkpoint that is done or has failed. */
void checkpoint_settle(struct pager *pager);

/* By who has the turn: ends the one under way, if any, whatever becomes of it. */
void checkpoint_drain(struct pager *pager);

/* Gives back the memory of one, if there is one; pages that it took stay taken. */
void checkpoint_forget(struct pager *pager);

/* By who has the turn: all of it, now. FH_POISONED when it is not known which state holds. */
fh_status checkpoint_run(struct pager *pager, const struct descriptor *state,
                         const struct checkpoint_log *log) MUST_CHECK;

/* Barrier A, the meta, barrier B, the mirror (C6, C7). */
fh_status checkpoint_write_meta(struct pager *pager, const struct meta *meta) MUST_CHECK;

/* checkpoint_write.c: the next piece of the phase it is in; says how many pages it wrote. */
fh_status checkpoint_step(struct pager *pager, uint32_t *ret_pages) MUST_CHECK;

/* Pages that it will free when it is done; space_lock held, or the turn. */
uint64_t checkpoint_old_pages(const struct pager *pager);

/* Pages that the durable one and the one under way hold, as far as no reader does; the turn. */
uint64_t checkpoint_held_pages(const struct pager *pager);

/* What header pages have content in the image that was made durable. */
void checkpoint_note_headers(struct pager *pager, uint32_t group_no);

/* checkpoint_image.c: what freezing is made of, with space_lock held. */
fh_status checkpoint_take_image(struct pager *pager) MUST_CHECK;
void checkpoint_drop_image(struct pager *pager);

#endif
