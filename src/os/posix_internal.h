/*
 * posix_internal.h - what the files of the POSIX system share.
 *
 * An open file owns its descriptor and remembers its views, so that advice about a
 * range reaches the views of it too.
 */
#ifndef FREEHOLD_OS_POSIX_INTERNAL_H
#define FREEHOLD_OS_POSIX_INTERNAL_H

#include "base/list.h"
#include "os/os.h"
#include "os/thread.h"

struct posix_file {
    struct os_file file;

    /* Constant after open. */
    int descriptor;
    char *path;

    /* Guarded by views_lock. */
    struct list views;
    struct mutex views_lock;
};

/* file_posix.c; the contracts are those of struct os. */
fh_status file_open(const struct os *os, const char *path, unsigned flags,
                    struct os_file **ret_file);
void file_close(struct os_file *file);
fh_status file_lock(struct os_file *file, bool exclusive);
fh_status file_read(struct os_file *file, uint64_t at, void *buffer, size_t bytes,
                    size_t *ret_bytes);
fh_status file_write(struct os_file *file, uint64_t at, const struct span *parts,
                     size_t part_count);
fh_status file_sync(struct os_file *file, enum os_sync_kind kind);
fh_status file_sync_directory(const struct os *os, const char *path);
fh_status file_remove(const struct os *os, const char *path);
fh_status file_rename(const struct os *os, const char *from, const char *to);

/*
 * What rename does where the file system cannot refuse a taken name by itself: a second
 * name, then the first one goes; and where a file has one name only, a look before. The
 * look does not see a `to` that somebody makes right after it.
 */
fh_status file_rename_by_link(const char *from, const char *to);
fh_status file_rename_by_look(const char *from, const char *to);

/* extent_posix.c. */
fh_status extent_allocate(struct os_file *file, uint64_t at, uint64_t bytes);
fh_status extent_punch(struct os_file *file, uint64_t at, uint64_t bytes);
fh_status extent_truncate(struct os_file *file, uint64_t bytes);
fh_status extent_size(struct os_file *file, struct os_file_size *ret_size);

/*
 * What allocate and punch do where the file system cannot: zeros are written from the
 * end of the file on, or over the part of the range that lies before the end.
 */
fh_status extent_write_zeros_behind(struct os_file *file, uint64_t end_at);
fh_status extent_write_zeros_over(struct os_file *file, uint64_t at, uint64_t bytes);

/* map_posix.c. */
fh_status map_open(struct os_file *file, uint64_t bytes, const void **ret_view);
fh_status map_open_parts(struct os_file *file, const struct os_part *parts, size_t part_count,
                         const void **ret_view);
void map_close_parts(struct os_file *file, const void *view, uint64_t bytes);
void map_close(struct os_file *file, const void *view, uint64_t bytes);
void map_advise(struct os_file *file, uint64_t at, uint64_t bytes, enum os_advice advice);
fh_status map_reserve(const struct os *os, uint64_t bytes, void **ret_memory);
void map_release(const struct os *os, void *memory, uint64_t bytes);

/* clock_posix.c. */
uint64_t clock_wall_ns(const struct os *os);
uint64_t clock_monotonic_ns(const struct os *os);
uint64_t clock_coarse_ns(const struct os *os);

#endif
