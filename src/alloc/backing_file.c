/*
 * backing_file.c - pages of a file, preallocated so that later writes cannot run out.
 *
 * Growth asks the file system for the space itself, not only for a longer file: a full
 * disk is an answer here and never a surprise at a write.
 */
#include "alloc/backing.h"
#include "base/memory.h"
#include "base/note.h"

struct backing_file {
    struct backing backing;
    struct os_file *file;
    unsigned page_shift;
};

static fh_status backing_file_grow(struct backing *backing, uint32_t old_count, uint32_t page_count)
{
    struct backing_file *self = (struct backing_file *)backing;
    uint64_t from = (uint64_t)old_count << self->page_shift;
    uint64_t to = (uint64_t)page_count << self->page_shift;

    return self->file->os->allocate(self->file, from, to - from);
}

static fh_status backing_file_shrink(struct backing *backing, uint32_t page_count)
{
    struct backing_file *self = (struct backing_file *)backing;

    return self->file->os->truncate(self->file, (uint64_t)page_count << self->page_shift);
}

static void backing_file_close(struct backing *backing)
{
    memory_give(backing);
}

fh_status backing_file_open(struct os_file *file, unsigned page_shift, struct backing **ret_backing)
{
    static const struct backing_ops ops = {
        .name = "file",
        .grow = backing_file_grow,
        .shrink = backing_file_shrink,
        .close = backing_file_close,
    };
    struct backing_file *self = memory_take(1, sizeof(*self));

    if (self == NULL) return fail(FH_NO_MEMORY, "no memory for a file's pages");
    self->backing.ops = &ops;
    self->file = file;
    self->page_shift = page_shift;
    *ret_backing = &self->backing;
    return FH_OK;
}
