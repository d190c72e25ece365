/*
 * crash_script.h - a database's life as a word of acts, run on a machine that may lose power.
 *
 *     o  open, creating          t  a random write transaction     s  take a snapshot
 *     r  close and open again    f  fill: many items, one commit   e  end the oldest snapshot
 *     c  close                   x  erase everything, one commit   y  copy to "copy.fh"
 *     k  checkpoint              b  one value over several chunks  v  read everything
 *     h  check                   d  one of half a MiB beside it    i  look at the figures
 *                                a  add: few items, one commit
 *
 * Commits are durable, but for these:
 *     g  t as group              A D F B X  a, d, f, b, x as group
 *     l  t as lazy               m  t in any way                   w  wait for one that is not
 *     n  t as none               z  m with raw runs              p  time goes by, then a poll
 *
 * A run ends with the word or with the first error from outside; then the oracle knows what
 * was acknowledged, and what was in flight. Pages have 512 bytes.
 */
#ifndef FREEHOLD_TESTS_CRASH_SCRIPT_H
#define FREEHOLD_TESTS_CRASH_SCRIPT_H

#include "crash/sim_os.h"
#include "support/history.h"

#define CRASH_PATH      "life.fh"
#define CRASH_COPY_PATH "copy.fh"

struct crash_script {
    const char *name;
    const char *acts;
    const char *policy;
    uint64_t seed;
};

struct crash_run {
    const struct crash_script *script;
    struct sim *sim;
    struct history history;
    bool was_created;       /* an open with FH_OPEN_CREATE has returned */
    uint64_t created_at;    /* mutations until then */
    struct oracle *copied;  /* what a copy, begun at least, holds; else NULL */
    bool was_copied;        /* it has returned */
    bool misses_slots;      /* a power cut before this life destroyed a header page */
    bool will_miss_slots;   /* the one that crash_script_cut made last did, or one before */
    bool copy_misses_slots; /* the same of the copy, which no life goes on with */
    fh_status status;       /* of the last act */
};

/* Caller's storage; `sim` is kept until fini. Nothing has been done yet. */
void crash_script_init(struct crash_run *run, const struct crash_script *script, struct sim *sim);

/* Does the acts in order until one fails; the last one's status is also in run->status. */
fh_status crash_script_act(struct crash_run *run, const char *acts);

/* Ends transactions and the database, whatever state they are in. */
void crash_script_fini(struct crash_run *run);

/*
 * The power goes: state `index` of the run's machine, the caller's to delete. A header page
 * that is being written then may become garbage. Nothing is lost with it, for maps tell
 * what is used and trees where things are; but the check misses the slots, then and later.
 */
void crash_script_cut(struct crash_run *run, uint64_t index, struct sim **ret_after);

/*
 * Opens what a crash left on `sim` and fails the test unless the state is one that was
 * committed or in flight, and none before what was acknowledged as durable, the check finds
 * nothing, and the database works on: commits, closes, opens. With `depth` > 0 it crashes
 * while it does so, and so on. Returns how many states were looked at. `run` is only read.
 */
uint64_t crash_script_require(const struct crash_run *run, struct sim *sim, uint64_t seed,
                              unsigned depth);

/*
 * Opens what state `index` of the run left, and the power goes in the middle of that, after
 * `stop` mutations; then as crash_script_require. Returns 0 when opening took fewer.
 */
uint64_t crash_script_recover(struct crash_run *run, uint64_t index, uint64_t stop, uint64_t seed);

#endif
