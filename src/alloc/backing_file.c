/*
 * backing_file.c - pages of a file, preallocated so that later writes cannot run out.
 *
 * Growth asks the file system for the space itself, not only for a longer file: a full
 * disk is an answer here and never a surprise at a write. Room is given back beside a
 * working allocator, so what grows and what cuts meet at a lock.
 */
#include "alloc/backing.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "os/lock_rank.h"
#include "os/thread.h"

enum { BACKING_LOCK = LOCK_RANK_OS + 5 };

struct backing_file {
    struct backing backing;
    struct os_file *file;
    unsigned page_shift;
    struct mutex lock;
    uint32_t page_count; /* wanted */
};

static fh_status backing_file_grow(struct backing *backing, uint32_t old_count, uint32_t page_count)
{
    struct backing_file *self = (struct backing_file *)backing;
    uint64_t from = (uint64_t)old_count << self->page_shift;
    uint64_t to = (uint64_t)page_count << self->page_shift;
    fh_status status;

    mutex_lock(&self->lock);
    status = self->file->os->allocate(self->file, from, to - from);
    if (status == FH_OK) self->page_count = page_count;
    mutex_unlock(&self->lock);
    return status;
}

static void backing_file_cut(struct backing *backing, uint32_t page_count)
{
    struct backing_file *self = (struct backing_file *)backing;

    mutex_lock(&self->lock);
    self->page_count = page_count;
    mutex_unlock(&self->lock);
}

static fh_status backing_file_shrink(struct backing *backing, uint32_t page_count)
{
    struct backing_file *self = (struct backing_file *)backing;
    fh_status status;

    mutex_lock(&self->lock);
    if (page_count < self->page_count) page_count = self->page_count;
    status = self->file->os->truncate(self->file, (uint64_t)page_count << self->page_shift);
    mutex_unlock(&self->lock);
    return status;
}

static fh_status backing_file_punch(struct backing *backing, uint32_t page, uint32_t page_count)
{
    const struct backing_file *self = (const struct backing_file *)backing;

    return self->file->os->punch(self->file, (uint64_t)page << self->page_shift,
                                 (uint64_t)page_count << self->page_shift);
}

static fh_status backing_file_refill(struct backing *backing, uint32_t page, uint32_t page_count)
{
    const struct backing_file *self = (const struct backing_file *)backing;

    return self->file->os->allocate(self->file, (uint64_t)page << self->page_shift,
                                    (uint64_t)page_count << self->page_shift);
}

static void backing_file_close(struct backing *backing)
{
    struct backing_file *self = (struct backing_file *)backing;

    mutex_fini(&self->lock);
    memory_give(self);
}

fh_status backing_file_open(struct os_file *file, unsigned page_shift, struct backing **ret_backing)
{
    static const struct backing_ops ops = {
        .name = "file",
        .grow = backing_file_grow,
        .cut = backing_file_cut,
        .shrink = backing_file_shrink,
        .punch = backing_file_punch,
        .refill = backing_file_refill,
        .close = backing_file_close,
    };
    struct backing_file *self = memory_take(1, sizeof(*self));
    fh_status status;

    if (self == NULL) return fail(FH_NO_MEMORY, "no memory for a file's pages");
    status = mutex_init(&self->lock, BACKING_LOCK);
    if (status != FH_OK) {
        memory_give(self);
        return status;
    }
    self->backing.ops = &ops;
    self->file = file;
    self->page_shift = page_shift;
    *ret_backing = &self->backing;
    return FH_OK;
}
