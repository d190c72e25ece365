/*
 * extent_posix.c - how long a file is, and what it takes on the medium.
 *
 * Not every file system can allocate ahead or give back a hole. There the promise is
 * kept by writing zeros: slower, and on copying file systems no guarantee of space.
 */
#define _GNU_SOURCE /* fallocate */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "os/posix_internal.h"

enum { ZEROS_BYTES = 64 * 1024, STAT_BLOCK_BYTES = 512 };

static fh_status write_zeros(struct os_file *file, uint64_t at, uint64_t end_at);
static bool is_unsupported(int error_number);
static fh_status fail_extent(struct os_file *file, int error_number, const char *what,
                             uint64_t bytes);

static struct posix_file *posix(struct os_file *file)
{
    return (struct posix_file *)(void *)file;
}

fh_status extent_allocate(struct os_file *file, uint64_t at, uint64_t bytes)
{
    if (bytes == 0) return FH_OK;
    while (fallocate(posix(file)->descriptor, 0, (off_t)at, (off_t)bytes) != 0) {
        if (errno == EINTR) continue;
        if (is_unsupported(errno)) return extent_write_zeros_behind(file, at + bytes);
        return fail_extent(file, errno, "allocating", bytes);
    }
    return FH_OK;
}

fh_status extent_punch(struct os_file *file, uint64_t at, uint64_t bytes)
{
    int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;

    if (bytes == 0) return FH_OK;
    while (fallocate(posix(file)->descriptor, mode, (off_t)at, (off_t)bytes) != 0) {
        if (errno == EINTR) continue;
        if (is_unsupported(errno)) return extent_write_zeros_over(file, at, bytes);
        return fail_extent(file, errno, "giving back", bytes);
    }
    return FH_OK;
}

fh_status extent_truncate(struct os_file *file, uint64_t bytes)
{
    while (ftruncate(posix(file)->descriptor, (off_t)bytes) != 0)
        if (errno != EINTR) return fail_extent(file, errno, "setting the length to", bytes);
    return FH_OK;
}

fh_status extent_size(struct os_file *file, struct os_file_size *ret_size)
{
    struct stat about;

    if (fstat(posix(file)->descriptor, &about) != 0)
        return fail_system(FH_IO, errno, "looking at \"%s\"", posix(file)->path);
    *ret_size = (struct os_file_size){
        .bytes = (uint64_t)about.st_size,
        .allocated_bytes = (uint64_t)about.st_blocks * STAT_BLOCK_BYTES,
    };
    return FH_OK;
}

fh_status extent_write_zeros_behind(struct os_file *file, uint64_t end_at)
{
    struct os_file_size size = {0};

    TRY(extent_size(file, &size));
    return write_zeros(file, size.bytes, end_at);
}

fh_status extent_write_zeros_over(struct os_file *file, uint64_t at, uint64_t bytes)
{
    struct os_file_size size = {0};

    TRY(extent_size(file, &size));
    if (at >= size.bytes) return FH_OK;
    return write_zeros(file, at, bytes < size.bytes - at ? at + bytes : size.bytes);
}

static fh_status write_zeros(struct os_file *file, uint64_t at, uint64_t end_at)
{
    uint8_t *zeros;
    fh_status status = FH_OK;

    if (at >= end_at) return FH_OK;
    zeros = memory_take(ZEROS_BYTES, 1);
    if (zeros == NULL) return fail(FH_NO_MEMORY, "no memory for a block of zeros");
    while (at < end_at && status == FH_OK) {
        size_t bytes = (size_t)(end_at - at < ZEROS_BYTES ? end_at - at : ZEROS_BYTES);

        status = file_write(file, at, &(struct span){.data = zeros, .size = bytes}, 1);
        at += bytes;
    }
    memory_give(zeros);
    return status;
}

static bool is_unsupported(int error_number)
{
    return error_number == EOPNOTSUPP || error_number == ENOSYS;
}

static fh_status fail_extent(struct os_file *file, int error_number, const char *what,
                             uint64_t bytes)
{
    bool is_full = error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;

    return fail_system(is_full ? FH_NO_SPACE : FH_IO, error_number, "\"%s\": %s %" PRIu64 " bytes",
                       posix(file)->path, what, bytes);
}
