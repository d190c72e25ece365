/*
 * file_posix.c - files: names, locks, bytes, and when they are on the medium.
 *
 * Calls that a signal cuts short go on; a transfer that the system does in pieces is one
 * transfer to the caller. The note of every failure names the file.
 */
#define _GNU_SOURCE /* OFD locks, RENAME_NOREPLACE */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "os/lock_rank.h"
#include "os/posix_internal.h"

/* Parts that one call to the system takes; its own limit is 1024. */
enum { PARTS_AT_ONCE = 256 };

static fh_status open_descriptor(const char *path, unsigned flags, int *ret_descriptor);
static fh_status require_regular_file(int descriptor, const char *path);
static fh_status status_of(int error_number);
static fh_status not_renamed(int error_number, const char *from, const char *to);
static size_t gather(const struct span **parts, size_t *part_count, size_t *skip,
                     struct iovec *vectors);

static struct posix_file *posix(struct os_file *file)
{
    return (struct posix_file *)(void *)file;
}

fh_status file_open(const struct os *os, const char *path, unsigned flags,
                    struct os_file **ret_file)
{
    size_t path_bytes = strlen(path) + 1;
    struct posix_file *opened = memory_take(1, sizeof(*opened));
    char *own_path = memory_take(path_bytes, 1);
    int descriptor = -1;
    fh_status status;

    if (opened == NULL || own_path == NULL) {
        status = fail(FH_NO_MEMORY, "opening \"%s\": no memory is left", path);
        goto out;
    }
    status = open_descriptor(path, flags, &descriptor);
    if (status != FH_OK) goto out;
    status = mutex_init(&opened->views_lock, LOCK_RANK_OS);
    if (status != FH_OK) goto out;
    memcpy(own_path, path, path_bytes);
    opened->file.os = os;
    opened->descriptor = descriptor;
    opened->path = own_path;
    list_init(&opened->views);
    *ret_file = &opened->file;
    return FH_OK;

out:
    if (descriptor >= 0) (void)close(descriptor);
    memory_give(own_path);
    memory_give(opened);
    return status;
}

void file_close(struct os_file *file)
{
    struct posix_file *opened = posix(file);

    if (file == NULL) return;
    REQUIRE(list_is_empty(&opened->views));
    (void)close(opened->descriptor);
    mutex_fini(&opened->views_lock);
    memory_give(opened->path);
    memory_give(opened);
}

fh_status file_lock(struct os_file *file, bool exclusive)
{
    struct flock whole_file = {
        .l_type = exclusive ? F_WRLCK : F_RDLCK,
        .l_whence = SEEK_SET,
    };

    while (fcntl(posix(file)->descriptor, F_OFD_SETLK, &whole_file) != 0) {
        if (errno == EINTR) continue;
        if (errno == EAGAIN || errno == EACCES)
            return fail(FH_BUSY, "\"%s\" is locked by another program or handle",
                        posix(file)->path);
        return fail_system(FH_IO, errno, "locking \"%s\"", posix(file)->path);
    }
    return FH_OK;
}

fh_status file_read(struct os_file *file, uint64_t at, void *buffer, size_t bytes,
                    size_t *ret_bytes)
{
    uint8_t *to = buffer;
    size_t done = 0;

    while (done < bytes) {
        ssize_t got = pread(posix(file)->descriptor, to + done, bytes - done, (off_t)(at + done));

        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            return fail_system(FH_IO, errno, "reading \"%s\" at byte %" PRIu64, posix(file)->path,
                               at + done);
        if (got == 0) break;
        done += (size_t)got;
    }
    *ret_bytes = done;
    return FH_OK;
}

fh_status file_write(struct os_file *file, uint64_t at, const struct span *parts, size_t part_count)
{
    struct iovec vectors[PARTS_AT_ONCE];
    size_t skip = 0;

    for (;;) {
        size_t vector_count = gather(&parts, &part_count, &skip, vectors);
        ssize_t wrote;

        if (vector_count == 0) return FH_OK;
        wrote = pwritev(posix(file)->descriptor, vectors, (int)vector_count, (off_t)at);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0)
            return fail_system(status_of(errno), errno, "writing \"%s\" at byte %" PRIu64,
                               posix(file)->path, at);
        if (wrote == 0)
            return fail(FH_IO, "writing \"%s\" at byte %" PRIu64 ": the system took nothing",
                        posix(file)->path, at);
        skip += (size_t)wrote;
        at += (uint64_t)wrote;
    }
}

/*
 * Drops the parts that *skip bytes already cover, and lists what follows; the first vector
 * starts *skip bytes into its part. Parts without bytes are left out.
 */
static size_t gather(const struct span **parts, size_t *part_count, size_t *skip,
                     struct iovec *vectors)
{
    size_t count = 0;
    size_t before = 0;

    while (*part_count > 0 && (*parts)->size <= *skip) {
        *skip -= (*parts)->size;
        (*parts)++;
        (*part_count)--;
    }
    before = *skip;
    for (size_t i = 0; i < *part_count && count < PARTS_AT_ONCE; i++) {
        struct span part = (*parts)[i];

        if (part.size == 0) continue;
        /* The system's struct has no const; it only reads. */
        vectors[count].iov_base = (void *)(uintptr_t)(part.data + before);
        vectors[count].iov_len = part.size - before;
        before = 0;
        count++;
    }
    return count;
}

fh_status file_sync(struct os_file *file, enum os_sync_kind kind)
{
    int descriptor = posix(file)->descriptor;

    while ((kind == OS_SYNC_DATA ? fdatasync(descriptor) : fsync(descriptor)) != 0)
        if (errno != EINTR)
            return fail_system(FH_IO, errno, "making \"%s\" durable", posix(file)->path);
    return FH_OK;
}

fh_status file_sync_directory(const struct os *os, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - path);
    char *directory = memory_take(length + 2, 1);
    int descriptor;
    fh_status status = FH_OK;

    (void)os;
    if (directory == NULL) return fail(FH_NO_MEMORY, "no memory for the name of a directory");
    if (slash == NULL)
        directory[0] = '.';
    else if (length == 0)
        directory[0] = '/';
    else
        memcpy(directory, path, length);

    descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        status = fail_system(FH_IO, errno, "opening the directory \"%s\"", directory);
        goto out;
    }
    /* EINVAL: a file system whose directories need no sync. */
    while (fsync(descriptor) != 0 && errno != EINVAL) {
        if (errno == EINTR) continue;
        status = fail_system(FH_IO, errno, "making the directory \"%s\" durable", directory);
        break;
    }
    (void)close(descriptor);

out:
    memory_give(directory);
    return status;
}

fh_status file_remove(const struct os *os, const char *path)
{
    (void)os;
    if (unlink(path) == 0) return FH_OK;
    if (errno == ENOENT || errno == ENOTDIR)
        return fail_system(FH_NOT_FOUND, errno, "removing \"%s\"", path);
    if (errno == EROFS || errno == EACCES || errno == EPERM)
        return fail_system(FH_READ_ONLY, errno, "removing \"%s\"", path);
    return fail_system(FH_IO, errno, "removing \"%s\"", path);
}

fh_status file_rename(const struct os *os, const char *from, const char *to)
{
    struct stat about;

    (void)os;
    if (lstat(from, &about) == 0 && S_ISDIR(about.st_mode))
        return fail(FH_IO, "\"%s\" is a directory", from);
    /* Not every C library has a function for it. */
    if (syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return FH_OK;
    if (errno == EINVAL || errno == ENOSYS) return file_rename_by_link(from, to);
    return not_renamed(errno, from, to);
}

fh_status file_rename_by_link(const char *from, const char *to)
{
    int error_number;

    if (link(from, to) != 0) {
        if (errno == EPERM || errno == EOPNOTSUPP || errno == EMLINK || errno == ENOSYS)
            return file_rename_by_look(from, to);
        return not_renamed(errno, from, to);
    }
    if (unlink(from) == 0) return FH_OK;
    error_number = errno;
    (void)unlink(to);
    return not_renamed(error_number, from, to);
}

fh_status file_rename_by_look(const char *from, const char *to)
{
    struct stat about;

    if (lstat(from, &about) != 0) return not_renamed(errno, from, to);
    if (lstat(to, &about) == 0) return not_renamed(EEXIST, from, to);
    if (errno != ENOENT) return not_renamed(errno, from, to);
    return rename(from, to) == 0 ? FH_OK : not_renamed(errno, from, to);
}

static fh_status not_renamed(int error_number, const char *from, const char *to)
{
    fh_status status = status_of(error_number);

    if (error_number == EEXIST) return fail(FH_EXISTS, "\"%s\" is already there", to);
    if (error_number == ENOENT || error_number == ENOTDIR) status = FH_NOT_FOUND;
    if (error_number == EROFS || error_number == EACCES || error_number == EPERM)
        status = FH_READ_ONLY;
    return fail_system(status, error_number, "renaming \"%s\" to \"%s\"", from, to);
}

static fh_status open_descriptor(const char *path, unsigned flags, int *ret_descriptor)
{
    bool writes = (flags & OS_OPEN_WRITE) != 0;
    bool creates = flags == OS_OPEN_CREATE;
    /* O_NONBLOCK: a pipe is refused below and not waited for. */
    int mode = (writes ? O_RDWR : O_RDONLY) | (creates ? O_CREAT | O_EXCL : 0) | O_CLOEXEC |
               O_NOCTTY | O_NONBLOCK;
    int descriptor;
    fh_status status;

    do
        descriptor = open(path, mode, 0666);
    while (descriptor < 0 && errno == EINTR);
    if (descriptor < 0) {
        if (errno == EEXIST) return fail(FH_EXISTS, "\"%s\" is already there", path);
        if (errno == EISDIR) return fail(FH_IO, "\"%s\" is a directory", path);
        if (errno == ENOENT || errno == ENOTDIR)
            return fail_system(FH_NOT_FOUND, errno, "opening \"%s\"", path);
        if (writes && (errno == EROFS || errno == EACCES || errno == EPERM))
            return fail_system(FH_READ_ONLY, errno, "opening \"%s\" for writing", path);
        return fail_system(status_of(errno), errno, "opening \"%s\"", path);
    }
    status = require_regular_file(descriptor, path);
    if (status != FH_OK) {
        (void)close(descriptor);
        return status;
    }
    *ret_descriptor = descriptor;
    return FH_OK;
}

static fh_status require_regular_file(int descriptor, const char *path)
{
    struct stat about;

    if (fstat(descriptor, &about) != 0) return fail_system(FH_IO, errno, "looking at \"%s\"", path);
    if (S_ISDIR(about.st_mode)) return fail(FH_IO, "\"%s\" is a directory", path);
    if (!S_ISREG(about.st_mode)) return fail(FH_IO, "\"%s\" is not a regular file", path);
    return FH_OK;
}

/* What a failed transfer means to the caller. */
static fh_status status_of(int error_number)
{
    if (error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG)
        return FH_NO_SPACE;
    return FH_IO;
}
