/*
 * sim_os.h - a system wholly in memory, behind the port os/os.h, that can lose power.
 *
 * A file has two contents: the durable one, and the cache that reads and maps see. Every
 * change goes to the cache at once and into a list of pending operations; a sync carries
 * the file's pending operations to the durable content. A crash makes a new machine from
 * the durable contents and a chosen part of what was pending. Everything follows from
 * the seed and the calls: same calls, same machine. One lock inside, so any thread may
 * call; what a test asks of the machine itself is for one thread at a time.
 *
 * Memory comes from the C library and not from base/memory, so that a test can make the
 * engine's requests fail without the machine failing too.
 */
#ifndef FREEHOLD_TESTS_SIM_OS_H
#define FREEHOLD_TESTS_SIM_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/os.h"

/* What is torn: within a sector a write happens or does not. */
enum { SIM_SECTOR_BYTES = 512, SIM_BLOCK_BYTES = 4096 };

/* No file grows beyond; a write that would fails with FH_NO_SPACE. */
#define SIM_FILE_BYTES_MAX (UINT64_C(64) << 20)

struct sim;
struct sim_trace;

/* Kinds of calls, to be joined in a mask. */
enum sim_kind {
    SIM_CREATE = 1 << 0,
    SIM_REMOVE = 1 << 1,
    SIM_RENAME = 1 << 2,
    SIM_WRITE = 1 << 3,
    SIM_SYNC = 1 << 4,
    SIM_SYNC_DIRECTORY = 1 << 5,
    SIM_ALLOCATE = 1 << 6,
    SIM_PUNCH = 1 << 7,
    SIM_TRUNCATE = 1 << 8,
    SIM_MUTATIONS = (1 << 9) - 1, /* all of the above: what the trace has, what stop counts */

    SIM_OPEN = 1 << 9,
    SIM_LOCK = 1 << 10,
    SIM_READ = 1 << 11,
    SIM_SIZE = 1 << 12,
    SIM_MAP = 1 << 13,
    SIM_RESERVE = 1 << 14,
    SIM_ENTROPY = 1 << 15,
    SIM_ANY = (1 << 16) - 1
};

struct sim *sim_os_new(uint64_t seed);

/* Every file must be closed and every reserve released. `sim` may be NULL. */
void sim_os_delete(struct sim *sim);

const struct os *sim_os_port(struct sim *sim);

/* Called after each call of the port, without the machine's lock: a scheduler may switch then.
 * NULL: nothing. To be set while one thread is there. */
void sim_os_set_after_call(struct sim *sim, void (*after_call)(void));

/* Moves both clocks on. They also move by 1000 ns at each look. */
void sim_os_advance(struct sim *sim, uint64_t ns);

/*
 * Stopping.
 *
 * Mutations are numbered from 0. The one with number `n` and all later ones fail with FH_IO:
 * the machine lost power in the middle of number n, whose change is pending as any other.
 * Reading goes on. UINT64_MAX: never. */
void sim_os_stop_after(struct sim *sim, uint64_t n);
bool sim_os_has_stopped(struct sim *sim);
uint64_t sim_os_operation_count(struct sim *sim);

/*
 * Crashing.
 *
 * A state is a new machine, the caller's to delete; `sim` itself stays as it is, and so can
 * give the next state. Capacity, garbling and clocks go over, faults and stops do not.
 *
 * With n pending operations there are, in this order:
 *     1  none of them reached the medium (the only state when n = 0)
 *     1  all of them
 *     1  all new lengths and names but no byte
 *     n  all but one
 *     n  one alone
 * n - 1  the first 1 .. n - 1 of them
 *     t  all before the last write and its first 1 .. t sectors, t < its sectors, t <= 64
 *    32  each kept by chance
 *    32  each sector, length and name kept by chance: torn writes
 *    16  with garbling: as before, and chance fills sectors of the last write with garbage
 * A sector that holds a later write holds the earlier ones too, for it is written whole; and
 * so do the length and the name of a file.
 *
 * A rename is one mutation and two pending operations, the new name and the end of the old
 * one, each kept or lost by itself: after a crash the file has either name, both, or none.
 * Systems that rename in one step leave less behind.
 */
uint64_t sim_crash_count(struct sim *sim);
void sim_crash_state(struct sim *sim, uint64_t index, struct sim **ret_sim);

/* What the state is, in words, for a failing test to print; good until the next call. */
const char *sim_crash_name(struct sim *sim, uint64_t index);

/* The write that has garbage in it in this state; false: none has. */
bool sim_crash_garbled(struct sim *sim, uint64_t index, struct sim_trace *ret_write);

enum sim_crash_choice { SIM_CRASH_NONE = 0, SIM_CRASH_ALL = 1 };
struct sim *sim_os_crash(struct sim *sim, enum sim_crash_choice choice);

void sim_os_set_garbling(struct sim *sim, bool garbles);
uint64_t sim_os_pending_count(struct sim *sim);

/*
 * Faults.
 *
 * The n-th call from now on (0: none) whose kind is in `mask` fails with `status`, and with
 * `for_ever` all later ones of these kinds. Returns how many calls of the kinds asked for
 * last were made since. A failing write has written some of its sectors.
 */
uint64_t sim_os_fail_at(struct sim *sim, unsigned mask, uint64_t n, bool for_ever,
                        fh_status status);

/* After a sync that failed by a fault the file's pending operations are taken for done: */
enum sim_failed_sync {
    SIM_FAILED_SYNC_LOST,    /* the cache has them, the medium never gets them */
    SIM_FAILED_SYNC_KEPT,    /* the medium has them */
    SIM_FAILED_SYNC_REVERTED /* the cache goes back to what the medium has */
};
void sim_os_set_failed_sync(struct sim *sim, enum sim_failed_sync effect);

/* FH_NO_SPACE when files would take more, counted by blocks of 4 KiB. UINT64_MAX: no limit. */
void sim_os_set_capacity(struct sim *sim, uint64_t bytes);
uint64_t sim_os_allocated_bytes(struct sim *sim);

/* Opening for writing, creating, removing and renaming fail with FH_READ_ONLY. */
void sim_os_set_read_only(struct sim *sim, bool is_read_only);

/*
 * Files, past the port: nothing of this is traced, counted, stopped or fails.
 */
bool sim_os_file_exists(struct sim *sim, const char *path);
uint64_t sim_os_file_size(struct sim *sim, const char *path); /* 0 when there is none */

/* Returns how many bytes there were. */
size_t sim_os_read_file(struct sim *sim, const char *path, uint64_t at, void *buffer, size_t bytes);

/* Makes the file, or replaces what it holds; durable at once. It is not open. */
void sim_os_put_file(struct sim *sim, const char *path, const void *data, size_t bytes);

/* Each of the bytes is xored with `pattern`, in the durable content and in the cache. */
void sim_os_corrupt(struct sim *sim, const char *path, uint64_t at, size_t bytes, uint8_t pattern);

/* FH_CORRUPT when a cache is not what durable content and pending operations make of it:
 * somebody has stored through a map. */
fh_status sim_os_audit(struct sim *sim);

/*
 * The trace: every mutation that was tried, in order.
 */
struct sim_trace {
    uint64_t sequence; /* its number, as sim_os_stop_after counts */
    enum sim_kind kind;
    const char *path; /* the machine's: the file's first name; of names, the one that changes */
    uint64_t at;      /* where it starts; the new length for SIM_TRUNCATE */
    uint64_t bytes;
    bool completed; /* false for the one that the stop met */
};

uint64_t sim_os_trace_count(struct sim *sim);
bool sim_os_trace(struct sim *sim, uint64_t index, struct sim_trace *ret_entry);

#endif
