/*
 * space.h - a set of free units, and which run of them is taken next: the allocators alone.
 *
 * A space is a set over the units 0 .. unit_count - 1, each free or not. Units are numbers:
 * blocks of a device, ids, parts of a buffer; what they mean is the caller's business. Memory
 * behind them is touched only when fh_space_options name it, and then only in free units.
 * Which free run a take gets is the policy's choice, and every classic one is there, by name:
 * fh_space_policy lists them.
 *
 * All of it is deterministic: the same calls on two spaces of one policy have the same answers.
 *
 * Every function that returns fh_status can also return FH_INVALID for a NULL where none may
 * be. On failure the output arguments are untouched and the space is as it was. fh_note()
 * tells the story. A space belongs to no thread but may be used by only one at a time; two
 * spaces share nothing.
 */
#ifndef FH_SPACE_H
#define FH_SPACE_H

#include <stddef.h>
#include <stdint.h>

#include "freehold/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fh_space fh_space;

/* What memory behind the units, the length of a unit and a head are multiples of. */
#define FH_SPACE_ALIGNMENT 8

/* The size of a head, see fh_space_options. */
#define FH_SPACE_HEAD_BYTES 64

/* Units first .. first + count - 1. */
typedef struct fh_unit_run {
    uint64_t first;
    uint64_t count;
} fh_unit_run;

/* ---- Policies -------------------------------------------------------------------------- */

/* The name of the n-th policy, the default one ("bitmap") first; NULL behind the last. Static. */
FH_API const char *fh_space_policy(unsigned n);

/* What the policy does, in one line; NULL when there is none of that name. Static. */
FH_API const char *fh_space_policy_idea(const char *policy);

/*
 * With memory behind the units: how many bytes of a free unit the policy needs, which is the
 * shortest a unit can be: 8 for "lifo" and "segregated", 48 for "first", "next", "best",
 * "worst" and "by-size". 0: it keeps nothing in units ("bitmap", "buddy" and "array" are
 * indexes over all of them), or there is none of that name.
 */
FH_API size_t fh_space_policy_node_bytes(const char *policy);

/* ---- The space ------------------------------------------------------------------------- */

/*
 * Opens a space of `unit_count` units (0 is fine), none of them free: fh_space_give frees
 * them. `policy` NULL means the default. The caller owns *ret_space until fh_space_close.
 * Errors: FH_INVALID no such policy (the note lists them); FH_TOO_LARGE more units than the
 * policy can count, 2^56 - 1, for some 2^32 - 2; FH_NO_MEMORY.
 */
FH_API fh_status fh_space_open(const char *policy, uint64_t unit_count,
                               fh_space **ret_space) FH_MUST_CHECK;

/*
 * How a space is opened; zero means the default in every member but `size`.
 *
 * With memory behind the units (a heap, a mapped file) the policy keeps what it remembers of
 * the free runs in the free units themselves, in the first one of each ("lifo": in each), and
 * take and give allocate nothing. What stays beside, taken at open and when the space grows
 * and by nothing else: of "lifo" a sixth of a byte a unit, of "segregated" a quarter.
 * The memory is the caller's and stays mapped where it is until the close. Units are named by
 * number in it, so it may be mapped elsewhere the next time. A free unit is the space's from
 * the give to the take, its content after a take undefined; taken units are never read as
 * nodes nor written. When the caller writes into a free unit all the same, the call that would
 * follow what is there returns FH_CORRUPT and no link leads out of the units; "lifo" and
 * "segregated" are then as they were, of the others nothing more can be had. What looks just
 * like a node of this space is not found out; "lifo" and "segregated" hand out no taken unit
 * even then.
 */
typedef struct fh_space_options {
    size_t size;        /* sizeof(fh_space_options) */
    const char *policy; /* NULL: the default; with memory one that has node bytes */
    void *memory;       /* unit n lies at memory + n * unit_bytes; NULL: there is none */
    size_t unit_bytes;

    /*
     * "lifo" only, may be NULL: FH_SPACE_HEAD_BYTES that live as long as the memory, in a page
     * of the same file, say. They say where the list begins, after each take and give, so
     * that fh_space_attach finds it again. The numbers are in the order of the machine.
     */
    void *head;
} fh_space_options;

/*
 * As fh_space_open. Errors also: FH_INVALID a policy without node bytes, units too short or not
 * aligned, a head for a policy that writes none; FH_TOO_LARGE with memory from 2^32 - 1 units on.
 */
FH_API fh_status fh_space_open_with(const fh_space_options *options, uint64_t unit_count,
                                    fh_space **ret_space) FH_MUST_CHECK;

/*
 * Takes over the free units that the last space in this memory left, whose head is
 * options->head; options->policy is NULL or the same one. There is memory for `unit_count`
 * units; as many as the space had are in it, fh_space_grow adds the others. The list is walked
 * once, O(free units): each must be a unit, be met once and link back, and their number be
 * right. Nothing is written before. A process that ended inside a take or give may have left a
 * list that is refused. Errors: FH_CORRUPT no head, a damaged one, a damaged list; FH_MISMATCH
 * another policy or unit_bytes; FH_VERSION an unknown policy; FH_INVALID, FH_NO_MEMORY as above.
 * Idea: the free list that lies in the free pages of a file.
 */
FH_API fh_status fh_space_attach(const fh_space_options *options, uint64_t unit_count,
                                 fh_space **ret_space) FH_MUST_CHECK;

/* `space` may be NULL. What lies in memory behind the units, and a head, stay. */
FH_API void fh_space_close(fh_space *space);

/* The new units, from the old end to `unit_count`, are not free; memory behind them reaches as
 * far. FH_INVALID: fewer than now. FH_TOO_LARGE, FH_NO_MEMORY as of fh_space_open. */
FH_API fh_status fh_space_grow(fh_space *space, uint64_t unit_count) FH_MUST_CHECK;

/*
 * The units from `unit_count` on cease to exist. None of them may be free: take those first
 * (fh_space_take_at), so that nothing that may still be handed out goes away unseen.
 * Errors: FH_INVALID one is free, or there are fewer units already.
 */
FH_API fh_status fh_space_shrink(fh_space *space, uint64_t unit_count) FH_MUST_CHECK;

/*
 * Memory for so many takes and gives from now on: until they are used up none of them returns
 * FH_NO_MEMORY. Errors: FH_NO_MEMORY.
 */
FH_API fh_status fh_space_reserve(fh_space *space, uint64_t take_count,
                                  uint64_t give_count) FH_MUST_CHECK;

/* ---- Take and give --------------------------------------------------------------------- */

/* More about a take; zero means nothing asked. */
typedef struct fh_space_wish {
    uint64_t near;    /* at or behind this unit if possible; some policies do not listen */
    uint64_t align;   /* the first unit is a multiple of this: 0 or a power of two; a must */
    int whole_blocks; /* "buddy": the run is the whole block, a power of two units */
} fh_space_wish;

/*
 * Takes a run of `unit_count` free units, which the policy chooses: after that none of them is
 * free. `wish` may be NULL. The answer is exactly as long as asked, but for whole_blocks.
 * Errors: FH_NO_SPACE no free run is long enough and aligned ("buddy": no free block);
 * FH_INVALID a length of zero, a wrong alignment; FH_NO_MEMORY; FH_CORRUPT somebody wrote into
 * a free unit.
 */
FH_API fh_status fh_space_take(fh_space *space, uint64_t unit_count, const fh_space_wish *wish,
                               fh_unit_run *ret_run) FH_MUST_CHECK;

/* Takes exactly this run. Errors: FH_INVALID unless all of it is free; FH_NO_MEMORY; FH_CORRUPT
 * as of fh_space_take. */
FH_API fh_status fh_space_take_at(fh_space *space, fh_unit_run run) FH_MUST_CHECK;

/*
 * Makes a run free: one that was taken, any part of it, or several that lie side by side. It
 * joins its free neighbours. Errors: FH_NO_MEMORY; FH_CORRUPT as of fh_space_take; FH_INVALID,
 * and the note begins with which:
 *   "empty give"        no units
 *   "overflowing give"  first + count is beyond 2^64
 *   "wild give"         some unit is beyond the end
 *   "double give"       all units are free already
 *   "overlapping give"  some are
 */
FH_API fh_status fh_space_give(fh_space *space, fh_unit_run run) FH_MUST_CHECK;

/* ---- Looking --------------------------------------------------------------------------- */

/*
 * The first free run that ends behind unit `from`, in order of address; one that begins before
 * `from` is reported from there on. Runs are maximal, so this is all of them:
 *   for (at = 0; fh_space_next_run(space, at, &run) == FH_OK; at = run.first + run.count)
 * Errors: FH_NOT_FOUND no free unit at or behind `from`.
 */
FH_API fh_status fh_space_next_run(const fh_space *space, uint64_t from,
                                   fh_unit_run *ret_run) FH_MUST_CHECK;

typedef struct fh_space_info {
    const char *policy; /* static */
    uint64_t unit_count;
    uint64_t free_units;
    uint64_t free_runs;
    uint64_t largest_run_units;
    uint64_t take_count;    /* since open */
    uint64_t give_count;    /* a load gives each run once */
    uint64_t refused_count; /* takes that found no run */

    /* 1 - largest_run_units / free_units: the part of the free units that the longest possible
     * take cannot get. 0 when all are one run, or when none is free; below 1. */
    double fragmentation;

    uint64_t histogram[64]; /* [i]: free runs of 2^i .. 2^(i+1) - 1 units */
} fh_space_info;

/* The figures as they are. Walks over all free runs. */
FH_API fh_status fh_space_stat(const fh_space *space, fh_space_info *ret_info) FH_MUST_CHECK;

/* Counts everything again, for tests and doubts. Errors: FH_CORRUPT, what is wrong is the note. */
FH_API fh_status fh_space_audit(const fh_space *space) FH_MUST_CHECK;

/* ---- Save and load --------------------------------------------------------------------- */

/* How many bytes fh_space_save needs now: 48, and 16 for each free run. 0 when `space` is NULL. */
FH_API uint64_t fh_space_save_bytes(const fh_space *space);

/*
 * Writes the space into `buffer`: a header with the policy's name, the number of units and of
 * runs, and a CRC-32C over all; then first and count of each free run, in order. All numbers
 * are little endian, so the bytes are the same everywhere. *ret_bytes (may be NULL) is how many
 * were written. What a policy remembers beside the set (which run was given last) is not
 * saved. Errors: FH_TOO_LARGE more than `capacity` bytes are needed.
 */
FH_API fh_status fh_space_save(const fh_space *space, void *buffer, size_t capacity,
                               size_t *ret_bytes) FH_MUST_CHECK;

/*
 * Opens a space with what fh_space_save wrote: `size` bytes, no more and no fewer. `policy`
 * NULL means the one that was saved; any other will do as well. The caller owns *ret_space.
 * Errors: FH_CORRUPT damaged bytes; FH_VERSION saved with a policy that is not there (name
 * another one); FH_INVALID no such policy; FH_TOO_LARGE, FH_NO_MEMORY as of fh_space_open.
 */
FH_API fh_status fh_space_load(const char *policy, const void *buffer, size_t size,
                               fh_space **ret_space) FH_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
