/*
 * wal_ring.c - a file of zeros that becomes a log.
 */
#include "wal/wal_ring.h"

#include <stdio.h>

#include "base/bits.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"

enum { ZERO_BYTES = 65536, ZERO_PARTS = 16 };

static const uint8_t zeros[ZERO_BYTES];

fh_status wal_ring_path(const char *database, unsigned name, char **ret_path)
{
    static const char *const endings[WAL_NAMES] = {"-wal", "-wal2"};
    size_t length = strlen(database), more = strlen(endings[name]) + 1;
    char *path = memory_take(length + more, 1);

    if (path == NULL) return fail(FH_NO_MEMORY, "no memory for a path");
    (void)snprintf(path, length + more, "%s%s", database, endings[name]);
    *ret_path = path;
    return FH_OK;
}

fh_status wal_ring_create(struct wal_ring *ring, const struct os *os, char *path)
{
    fh_status status;

    ring->path = path;
    ring->file = NULL;
    ring->filled_bytes = 0;
    status = os->remove(os, path);
    if (status != FH_OK && status != FH_NOT_FOUND) return status;
    TRY(os->open(os, path, OS_OPEN_CREATE, &ring->file));
    return os->allocate(ring->file, 0, WAL_HEADER_BYTES + ring->ring_bytes);
}

fh_status wal_ring_fill(struct wal_ring *ring, uint64_t bytes, bool *ret_is_full)
{
    const struct os *os = ring->file->os;
    uint64_t left = ring->ring_bytes - ring->filled_bytes;

    bytes = bytes < left ? bytes : left;
    while (bytes > 0) {
        struct span parts[ZERO_PARTS];
        size_t count = 0, sum = 0;

        while (count < ZERO_PARTS && sum < bytes) {
            parts[count] = span_of(zeros, size_min(sizeof(zeros), (size_t)(bytes - sum)));
            sum += parts[count++].size;
        }
        TRY(os->write(ring->file, WAL_HEADER_BYTES + ring->filled_bytes, parts, count));
        ring->filled_bytes += sum;
        bytes -= sum;
    }
    *ret_is_full = ring->filled_bytes == ring->ring_bytes;
    return FH_OK;
}

fh_status wal_ring_seal(struct wal_ring *ring)
{
    const struct os *os = ring->file->os;
    uint8_t page[WAL_HEADER_BYTES];
    struct span part = {page, sizeof(page)};
    struct wal_header header = {.wal_id = ring->wal_id, .ring_bytes = ring->ring_bytes};

    memcpy(header.uuid, ring->uuid, sizeof(header.uuid));
    wal_header_encode(page, &header);
    TRY(os->write(ring->file, 0, &part, 1));
    TRY(os->sync(ring->file, OS_SYNC_ALL));
    return os->sync_directory(os, ring->path);
}

fh_status wal_ring_open(struct wal_ring *ring, const struct os *os, char *path, bool read_only)
{
    uint8_t page[WAL_HEADER_BYTES] = {0};
    struct wal_header header;
    struct os_file_size size;
    size_t read;

    *ring = (struct wal_ring){.path = path};
    TRY(os->open(os, path, read_only ? OS_OPEN_READ : OS_OPEN_WRITE, &ring->file));
    TRY(os->read(ring->file, 0, page, sizeof(page), &read));
    TRY(os->size(ring->file, &size));
    if (read < sizeof(page) || !wal_header_decode(page, &header) ||
        size.bytes < WAL_HEADER_BYTES + header.ring_bytes)
        return fail(FH_NOT_FOUND, "%s is no log, or is cut short", path);
    ring->wal_id = header.wal_id;
    ring->ring_bytes = header.ring_bytes;
    ring->filled_bytes = header.ring_bytes;
    memcpy(ring->uuid, header.uuid, sizeof(ring->uuid));
    return FH_OK;
}

void wal_ring_close(struct wal_ring *ring)
{
    if (ring->file != NULL) ring->file->os->close(ring->file);
    memory_give(ring->path);
    *ring = (struct wal_ring){.file = NULL};
}

fh_status wal_ring_remove(struct wal_ring *ring)
{
    fh_status status = FH_OK;

    if (ring->file != NULL) status = ring->file->os->remove(ring->file->os, ring->path);
    wal_ring_close(ring);
    return status == FH_NOT_FOUND ? FH_OK : status;
}

/* How many of the bytes come before the ring's end, and where they are in the file. */
static size_t place(const struct wal_ring *ring, uint64_t lsn, size_t size, uint64_t *ret_at)
{
    uint64_t at = lsn & (ring->ring_bytes - 1);

    *ret_at = WAL_HEADER_BYTES + at;
    return size_min(size, (size_t)(ring->ring_bytes - at));
}

fh_status wal_ring_write(struct wal_ring *ring, uint64_t lsn, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        uint64_t at;
        size_t here = place(ring, lsn, size, &at);
        struct span part = {bytes, here};

        TRY(ring->file->os->write(ring->file, at, &part, 1));
        lsn += here;
        bytes += here;
        size -= here;
    }
    return FH_OK;
}

fh_status wal_ring_read(struct wal_ring *ring, uint64_t lsn, uint8_t *bytes, size_t size)
{
    while (size > 0) {
        uint64_t at;
        size_t here = place(ring, lsn, size, &at);

        TRY(os_read_all(ring->file, at, bytes, here));
        lsn += here;
        bytes += here;
        size -= here;
    }
    return FH_OK;
}
