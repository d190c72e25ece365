/*
 * shrink.h - what a file needs no more goes back to the system, while it is used.
 *
 * Free chunks at the end are cut off by a checkpoint, and the file behind it when that is
 * durable. Free chunks inside are punched out when they have stayed free for a while. The
 * system's part is done without the writer's turn.
 */
#ifndef FREEHOLD_PAGER_SHRINK_H
#define FREEHOLD_PAGER_SHRINK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct pager;

enum { SHRINK_PUNCHES = 4 };

enum shrink_phase { SHRINK_NONE, SHRINK_WANTED, SHRINK_BUSY, SHRINK_DONE };

struct shrink {
    _Atomic enum shrink_phase phase;
    atomic_bool is_tight; /* while the file is made as small as it can be */
    /* Until it is WANTED, and when it is DONE, of who has the turn; between, of who is BUSY. */
    bool truncates;
    uint32_t page_count; /* the file's new end */
    uint32_t end;        /* and its end so far: it is cut in pieces */
    uint32_t chunk_count;
    uint32_t chunks[SHRINK_PUNCHES]; /* held while they are punched */
    bool is_hole[SHRINK_PUNCHES];
    uint64_t punched;          /* chunks, since the file was opened */
    uint64_t held_peak;        /* the turn: the most that was held since the last freeze */
    uint64_t held_peak_before; /* and between the two before */
};

/*
 * Commits copy, and what they copied from is held until it is published and the next checkpoint is
 * done. Giving those pages back only to take them again would be work for nothing: as many as were
 * held lately, twice the live ones at most, are not loose while one works. Noted at each commit and
 * each freeze.
 */
void shrink_note_held(struct pager *pager, uint64_t held);
void shrink_note_freeze(struct pager *pager);

/* No more commits are expected: all that is free may go. */
void shrink_expect_nothing(struct pager *pager);

/* The end goes, if it is worth it; by who freezes a checkpoint, space_lock held. */
void shrink_cut(struct pager *pager);

/* A checkpoint would cut off enough of the end to be worth it, or let the next do so; the turn. */
bool shrink_wants_checkpoint(const struct pager *pager);

/* Whether the work that is expected counts as a need. */
enum shrink_view { SHRINK_AT_WORK, SHRINK_AT_REST };

/* More than its share of the file is free, or will be behind a checkpoint; at rest, space_lock. */
bool shrink_is_loose(const struct pager *pager, enum shrink_view view);

/* Where live pages should be: below. 0: no page needs to move, or none could. */
uint32_t shrink_limit(const struct pager *pager, enum shrink_view view);

/* By who has the turn, when a checkpoint has become durable; and later, to end it. */
void shrink_plan(struct pager *pager);
void shrink_settle(struct pager *pager);

/* The system's part, if one is planned; any thread. */
void shrink_carry(struct pager *pager);

/* By who has the turn: all of it, now. */
void shrink_finish(struct pager *pager);

/* Pages held meanwhile; the turn, or space_lock. */
uint64_t shrink_held_pages(const struct pager *pager);

#endif
