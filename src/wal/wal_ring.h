/*
 * wal_ring.h - the log's file: made, filled, opened, written at an lsn, removed.
 *
 * The file is written with zeros from end to end before it is used, so that a commit's
 * sync finds nothing of the file system's to write. The filling is done in steps, so that
 * whoever makes a larger ring can do so between other work.
 */
#ifndef FREEHOLD_WAL_WAL_RING_H
#define FREEHOLD_WAL_WAL_RING_H

#include "os/os.h"
#include "wal/wal_format.h"

struct wal_ring {
    struct os_file *file;
    char *path;
    uint64_t wal_id;
    uint64_t ring_bytes;
    uint64_t filled_bytes;
    uint8_t uuid[WAL_UUID_BYTES];
};

/* The two names that a log can have beside its database. */
enum { WAL_NAMES = 2 };
fh_status wal_ring_path(const char *database, unsigned name, char **ret_path) MUST_CHECK;

/*
 * A new file at the path, in place of any that is there; `ring` says id, size and uuid, and
 * owns `path` from now on, whatever is returned. It holds nothing until it is sealed.
 */
fh_status wal_ring_create(struct wal_ring *ring, const struct os *os, char *path) MUST_CHECK;

/* Writes up to so many more zeros; *ret_is_full: all are written. FH_NO_SPACE, FH_IO. */
fh_status wal_ring_fill(struct wal_ring *ring, uint64_t bytes, bool *ret_is_full) MUST_CHECK;

/* The first page, then everything of the file and its name to the medium. */
fh_status wal_ring_seal(struct wal_ring *ring) MUST_CHECK;

/* An existing file: FH_NOT_FOUND, also when its first page proves nothing. */
fh_status wal_ring_open(struct wal_ring *ring, const struct os *os, char *path,
                        bool read_only) MUST_CHECK;

void wal_ring_close(struct wal_ring *ring);

/* Closes it and takes its name away. */
fh_status wal_ring_remove(struct wal_ring *ring);

/* Bytes whose first is `lsn`, over the ring's end if need be. */
fh_status wal_ring_write(struct wal_ring *ring, uint64_t lsn, const uint8_t *bytes,
                         size_t size) MUST_CHECK;
fh_status wal_ring_read(struct wal_ring *ring, uint64_t lsn, uint8_t *bytes,
                        size_t size) MUST_CHECK;

#endif
