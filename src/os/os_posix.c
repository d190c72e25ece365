/*
 * os_posix.c - the system this program runs on: Linux, through its POSIX calls.
 *
 * The table, and the figures that belong to no file: entropy, memory, yield.
 */
#define _GNU_SOURCE /* getrandom, gettid */
#include "os/os.h"

#include <errno.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/note.h"
#include "os/posix_internal.h"

static uint64_t memory_bytes(const struct os *os)
{
    long pages = sysconf(_SC_PHYS_PAGES);
    long page_bytes = sysconf(_SC_PAGESIZE);

    (void)os;
    return pages <= 0 || page_bytes <= 0 ? 0 : (uint64_t)pages * (uint64_t)page_bytes;
}

static fh_status entropy(const struct os *os, void *buffer, size_t bytes)
{
    uint8_t *to = buffer;

    (void)os;
    while (bytes > 0) {
        ssize_t got = getrandom(to, bytes, 0);

        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return fail_system(FH_IO, errno, "asking the system for random bytes");
        to += got;
        bytes -= (size_t)got;
    }
    return FH_OK;
}

static uint32_t process_id(const struct os *os)
{
    (void)os;
    return (uint32_t)getpid();
}

/* Asked for with every reader, and a call to the system each time: so a thread remembers. */
static uint32_t thread_id(const struct os *os)
{
    static EARLY_THREAD_LOCAL uint32_t known;

    (void)os;
    if (UNLIKELY(known == 0)) known = (uint32_t)gettid();
    return known;
}

static void yield(const struct os *os)
{
    (void)os;
}

static const struct os posix = {
    .name = "posix",
    .open = file_open,
    .close = file_close,
    .lock = file_lock,
    .read = file_read,
    .write = file_write,
    .sync = file_sync,
    .sync_directory = file_sync_directory,
    .allocate = extent_allocate,
    .punch = extent_punch,
    .truncate = extent_truncate,
    .size = extent_size,
    .map = map_open,
    .unmap = map_close,
    .map_parts = map_open_parts,
    .unmap_parts = map_close_parts,
    .advise = map_advise,
    .remove = file_remove,
    .rename = file_rename,
    .reserve = map_reserve,
    .release = map_release,
    .memory_bytes = memory_bytes,
    .wall_ns = clock_wall_ns,
    .monotonic_ns = clock_monotonic_ns,
    .coarse_ns = clock_coarse_ns,
    .entropy = entropy,
    .process_id = process_id,
    .thread_id = thread_id,
    .yield = yield,
};

const struct os *os_posix(void)
{
    return &posix;
}
