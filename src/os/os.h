/*
 * os.h - the port to the system: files, maps, memory, clock, entropy.
 *
 * Everything the engine asks of the system goes through one struct of functions; the
 * tests have a simulated system behind the same struct, which records every write and
 * sync. No store reaches a file but through `write`, so that record is the whole
 * history of the medium. An implementation embeds `struct os` and `struct os_file` as
 * the first members of its own structs.
 *
 * Every function may be called by several threads at once, on one file too.
 */
#ifndef FREEHOLD_OS_OS_H
#define FREEHOLD_OS_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "freehold/status.h"

struct os;

struct os_file {
    const struct os *os;
};

enum os_open_flags {
    OS_OPEN_READ = 0,      /* an existing file, for reading */
    OS_OPEN_WRITE = 1,     /* an existing file, for reading and writing */
    OS_OPEN_CREATE = 1 | 2 /* a new file; FH_EXISTS when the name is taken */
};

enum os_sync_kind {
    OS_SYNC_DATA, /* bytes, and the length when it grew */
    OS_SYNC_ALL   /* everything about the file */
};

enum os_advice { OS_ADVICE_RANDOM, OS_ADVICE_SEQUENTIAL, OS_ADVICE_WILL_NEED };

struct os_file_size {
    uint64_t bytes;           /* where the file ends */
    uint64_t allocated_bytes; /* what it takes on the medium */
};

struct os_part {
    uint64_t at;
    uint64_t bytes;
};

struct os {
    const char *name;

    /*
     * FH_NOT_FOUND: no such file (no OS_OPEN_CREATE). FH_EXISTS: as above. FH_IO: anything
     * else, a directory included. FH_READ_ONLY: no right to write. The file is the caller's.
     */
    fh_status (*open)(const struct os *os, const char *path, unsigned flags,
                      struct os_file **ret_file);
    void (*close)(struct os_file *file);

    /* A lock on the open file, kept until close: FH_BUSY when somebody else's stands against it. */
    fh_status (*lock)(struct os_file *file, bool exclusive);

    /* As many bytes as there are before the end of the file: *ret_bytes <= bytes. */
    fh_status (*read)(struct os_file *file, uint64_t at, void *buffer, size_t bytes,
                      size_t *ret_bytes);

    /* The parts one after the other from `at` on; all of them or an error. FH_NO_SPACE, FH_IO. */
    fh_status (*write)(struct os_file *file, uint64_t at, const struct span *parts,
                       size_t part_count);

    /* Returns when everything written so far is on the medium. After FH_IO nothing is known. */
    fh_status (*sync)(struct os_file *file, enum os_sync_kind kind);

    /* Makes the directory entry of `path` durable. */
    fh_status (*sync_directory)(const struct os *os, const char *path);

    /* Space for at .. at + bytes, the file made longer when it ends before. FH_NO_SPACE. */
    fh_status (*allocate)(struct os_file *file, uint64_t at, uint64_t bytes);

    /* Gives the medium back; the range reads as zeros, the length stays. */
    fh_status (*punch)(struct os_file *file, uint64_t at, uint64_t bytes);

    /* Cuts or extends to `bytes`. */
    fh_status (*truncate)(struct os_file *file, uint64_t bytes);
    fh_status (*size)(struct os_file *file, struct os_file_size *ret_size);

    /*
     * A shared, read-only view of the first `bytes` bytes, which may lie beyond the end: it
     * shows what is written later too. Touching beyond the end is the caller's fault.
     */
    fh_status (*map)(struct os_file *file, uint64_t bytes, const void **ret_view);
    void (*unmap)(struct os_file *file, const void *view, uint64_t bytes);
    /*
     * A read-only view of a few parts of the file side by side, until unmap_parts. FH_NO_MEMORY:
     * there are thousands of such views, or a part is not of whole pages of the system.
     */
    fh_status (*map_parts)(struct os_file *file, const struct os_part *parts, size_t part_count,
                           const void **ret_view);
    void (*unmap_parts)(struct os_file *file, const void *view, uint64_t bytes);
    /* A wish about the file and the views of it that stand. */
    void (*advise)(struct os_file *file, uint64_t at, uint64_t bytes, enum os_advice advice);

    fh_status (*remove)(const struct os *os, const char *path);

    /*
     * The file `from` is called `to` from now on; both are in one directory. FH_EXISTS, and
     * nothing changed, when there is a `to`. FH_NOT_FOUND: no `from`. Durable after
     * sync_directory. Open files, locks and maps stay.
     */
    fh_status (*rename)(const struct os *os, const char *from, const char *to);

    /*
     * Zeroed memory that costs only what is touched, aligned to 2 MiB when it is that large
     * or larger, with large pages when the system has them. FH_NO_MEMORY.
     */
    fh_status (*reserve)(const struct os *os, uint64_t bytes, void **ret_memory);
    void (*release)(const struct os *os, void *memory, uint64_t bytes);

    /* How much memory the machine has. */
    uint64_t (*memory_bytes)(const struct os *os);

    uint64_t (*wall_ns)(const struct os *os);      /* since 1970 */
    uint64_t (*monotonic_ns)(const struct os *os); /* since some start, never back */
    uint64_t (*coarse_ns)(const struct os *os);    /* the same, cheaper, some ms late */
    fh_status (*entropy)(const struct os *os, void *buffer, size_t bytes);

    /* Numbers by which the system knows this process, and this thread of it. */
    uint32_t (*process_id)(const struct os *os);
    uint32_t (*thread_id)(const struct os *os);

    /* A place where another thread might run: the tests' scheduler; else nothing. */
    void (*yield)(const struct os *os);
};

/* The system this program runs on. */
const struct os *os_posix(void);

/* All `bytes` bytes at `at`; FH_CORRUPT when the file ends before. */
fh_status os_read_all(struct os_file *file, uint64_t at, void *buffer, size_t bytes) MUST_CHECK;

/*
 * Removes what somebody left at `path` who is gone: FH_OK also when there is nothing,
 * FH_BUSY while the file is locked. Only the name is taken away: a file that got another
 * name meanwhile keeps it, and its bytes.
 */
fh_status os_remove_leftover(const struct os *os, const char *path) MUST_CHECK;

#endif
