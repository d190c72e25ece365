/*
 * alloc.h - page runs of any length out of chunks, over a file or memory.
 *
 * A chunk is chunk_pages pages; its page 0 is its header page and is never free. A run
 * shorter than a chunk lies inside one chunk. A longer run of n pages ends where a chunk
 * ends: its first n mod chunk_pages pages are the last of a chunk that keeps its header
 * page, the rest are whole chunks, which it *covers*, header pages included; when
 * nothing would be left over, one page more is taken.
 *
 * A page is used, free, or neither: then its owner keeps it pending. What a used page
 * is, is told by its slot: taken pages have a *draft* of their slot until the owner has
 * written it to the header page and drops it.
 *
 * One thread at a time; the owner's lock guards it.
 */
#ifndef FREEHOLD_ALLOC_ALLOC_H
#define FREEHOLD_ALLOC_ALLOC_H

#include <stdbool.h>

#include "alloc/backing.h"
#include "alloc/chunk.h"
#include "alloc/slot_format.h"
#include "space/run.h"

struct alloc;

/* The settings that never change. */
struct alloc_options {
    const char *policy;
    uint32_t chunk_pages; /* a power of two, 16 .. 256 */
    uint32_t page_max;    /* never more pages than this */
    uint32_t page_min;    /* the first growth makes at least so many */
    uint32_t fixed_pages; /* at the start of chunk 0, used for ever: header and metas */
};

struct alloc_request {
    uint32_t page_count;
    uint32_t near;      /* a wish: at or behind this page */
    bool must_not_grow; /* FH_NO_SPACE instead of growth */
    bool from_reserve;  /* may use the last pages, kept for checkpoints and deletes (H39) */
    struct slot slot;   /* what the run is: tag, level, tree_id, epoch */
};

struct alloc_stat {
    const char *policy;
    uint32_t page_count;
    uint32_t chunk_count;
    uint32_t used_pages; /* header pages and the fixed pages included */
    uint32_t free_pages;
    uint64_t free_run_count;
    uint64_t largest_free_run_pages;
};

/* There is a policy of that name. */
bool alloc_knows_policy(const char *name);

/* The backing is kept until close. No page exists at first. FH_INVALID: no such policy. */
fh_status alloc_open(struct backing *backing, const struct alloc_options *options,
                     struct alloc **ret_alloc) MUST_CHECK;
void alloc_close(struct alloc *alloc);

/*
 * Takes over pages 0 .. page_count - 1 with what is used: bit p of `used` (header pages'
 * bits are 1), bit c of `covered` for chunk c. For an allocator without pages.
 */
fh_status alloc_load(struct alloc *alloc, uint32_t page_count, const uint64_t *used,
                     const uint64_t *covered) MUST_CHECK;

/* Pages are added until there are at least `page_count` (more, as growth goes). FH_NO_SPACE. */
fh_status alloc_grow(struct alloc *alloc, uint32_t page_count) MUST_CHECK;

/*
 * How many pages would be left if the free end were cut: a multiple of chunk_pages, or
 * for a database within its first chunk what is needed there.
 */
uint32_t alloc_end_used(const struct alloc *alloc);

/* It is never cut to fewer. */
uint32_t alloc_least_pages(const struct alloc *alloc);

/* Cuts the free end: page_count >= alloc_end_used(). The backing keeps its room. */
void alloc_cut(struct alloc *alloc, uint32_t page_count);

/*
 * Free pages become used. *ret_run has page_count pages, or one more for a run of whole
 * chunks. Grows when no run is long enough. FH_NO_SPACE; FH_QUOTA over the quota.
 */
fh_status alloc_take(struct alloc *alloc, const struct alloc_request *request,
                     struct run *ret_run) MUST_CHECK;

/* Grows, so that `page_count` pages are free where fewer are; at least by a step. FH_NO_SPACE. */
fh_status alloc_make_free(struct alloc *alloc, uint32_t page_count) MUST_CHECK;

/* Why the allocator grew last, by alloc_take or alloc_make_free. */
struct alloc_growth {
    uint64_t count; /* of growths since it was opened */
    uint32_t wanted_pages;
    uint64_t free_pages;    /* there were */
    uint64_t reserve_pages; /* of them, not for this request */
};
const struct alloc_growth *alloc_last_growth(const struct alloc *alloc);

/*
 * The moves between states; `run` is a whole run that alloc_take gave, in the state said.
 * Only the first can fail (FH_NO_MEMORY): it gets what all later moves of the run need.
 */
fh_status alloc_retire(struct alloc *alloc, struct run run) MUST_CHECK; /* used -> neither */
/* A retire of this used run cannot fail until alloc_unpledge, which comes before it. */
void alloc_pledge(struct alloc *alloc, struct run run);
void alloc_unpledge(struct alloc *alloc, struct run run);
/* So many runs, each shorter than a chunk, can be retired without a failure. */
fh_status alloc_reserve_retires(struct alloc *alloc, uint32_t count) MUST_CHECK;
void alloc_restore(struct alloc *alloc, struct run run); /* neither -> used */
void alloc_give(struct alloc *alloc, struct run run);    /* neither -> free */
void alloc_untake(struct alloc *alloc, struct run run);  /* used since the last settle -> free */

/*
 * Takes exactly these pages, for a run as alloc_take would have given it; grows as far as it
 * must. FH_CORRUPT: they are not free, or no run can lie so.
 */
fh_status alloc_take_exact(struct alloc *alloc, struct run run, const struct slot *slot) MUST_CHECK;

/*
 * Chunks that have been wholly free for so long: marked before `since` by alloc_note_time. The
 * next one from chunk `from` on that still has room is held: neither used nor free, until
 * alloc_let_go, which says whether its room is gone. The header page of chunk 0 stays.
 */
void alloc_note_time(struct alloc *alloc, uint64_t now);
bool alloc_hold_whole(struct alloc *alloc, uint64_t since, uint32_t from, uint32_t *ret_chunk_no);
void alloc_let_go(struct alloc *alloc, uint32_t chunk_no, bool is_hole);

/* Parts taken since the last settle, and not untaken. */
uint64_t alloc_taken_count(const struct alloc *alloc);

/* Runs are taken as low as they can be, so that moving pages makes the end free. */
bool alloc_goes_low(const struct alloc *alloc);

/* Something was taken since the last settle and not untaken. */
bool alloc_has_taken(const struct alloc *alloc);

/* What was taken so far is there to stay: alloc_untake is not for it any more. */
void alloc_settle(struct alloc *alloc);

/* The most pages that may be used, 0 for no limit: then FH_QUOTA, but not from the reserve. */
void alloc_set_quota(struct alloc *alloc, uint64_t page_count);

/* The draft of a page's slot; NULL when it has none. Valid until the next take or drop. */
struct slot *alloc_draft(struct alloc *alloc, page_no page);

/* The n-th chunk that has drafts, not counting frozen ones; false behind the last. */
bool alloc_draft_chunk(const struct alloc *alloc, uint32_t n, uint32_t *ret_chunk_no);
void alloc_drop_drafts(struct alloc *alloc);

/*
 * For a checkpoint: the drafts so far are put aside, and stay where they are in memory, so
 * that it can look at those of pages that it uses while others change this allocator. Then
 * they are dropped, or become drafts again. alloc_draft finds them meanwhile.
 */
fh_status alloc_freeze_drafts(struct alloc *alloc) MUST_CHECK;
const struct frozen_draft *alloc_frozen(const struct alloc *alloc, uint32_t *ret_count);
void alloc_drop_frozen(struct alloc *alloc);
void alloc_thaw_drafts(struct alloc *alloc);

bool alloc_is_used(const struct alloc *alloc, page_no page);
bool alloc_is_free(const struct alloc *alloc, page_no page);
bool alloc_is_covered(const struct alloc *alloc, uint32_t chunk_no);

/* The used map, bit p for page p; valid until the next growth. And what is counted of it. */
const uint64_t *alloc_used_map(const struct alloc *alloc);
uint32_t alloc_chunk_used(const struct alloc *alloc, uint32_t chunk_no); /* header not counted */
uint32_t alloc_chunk_free(const struct alloc *alloc, uint32_t chunk_no);
uint32_t alloc_page_count(const struct alloc *alloc);
uint32_t alloc_used_pages(const struct alloc *alloc);
uint32_t alloc_free_pages(const struct alloc *alloc);

/* Groups of 256 chunks whose used map changed since the last call of alloc_clean. */
bool alloc_group_is_dirty(const struct alloc *alloc, uint32_t group_no);
void alloc_soil(struct alloc *alloc, uint32_t group_no); /* it is dirty again */
void alloc_clean(struct alloc *alloc);

/* How many free pages are kept for requests from the reserve (H39). */
uint32_t alloc_reserve_pages(const struct alloc *alloc);

/* Pages of the longest free run that lies in one chunk. */
uint64_t alloc_largest_free(const struct alloc *alloc);

/* Free runs by address: `for (at = 0; alloc_next_free(a, at, &run); at = run_end(run))`. */
bool alloc_next_free(const struct alloc *alloc, uint64_t from, struct run *ret_run);

void alloc_stat(const struct alloc *alloc, struct alloc_stat *ret_stat);
fh_status alloc_audit(const struct alloc *alloc) MUST_CHECK;

#endif
