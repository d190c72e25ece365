/*
 * backing_memory.c - pages of memory, addresses reserved once, touched as they are used.
 *
 * The whole range is reserved at open, so pages never move; the system gives memory when
 * a page is touched first.
 */
#include "alloc/backing.h"
#include "base/memory.h"
#include "base/note.h"

struct backing_memory {
    struct backing backing;
    const struct os *os;
    void *base;
    uint64_t bytes;
    uint32_t page_max;
};

static fh_status backing_memory_grow(struct backing *backing, uint32_t old_count,
                                     uint32_t page_count)
{
    const struct backing_memory *self = (const struct backing_memory *)backing;

    (void)old_count;
    if (page_count > self->page_max)
        return fail(FH_NO_SPACE, "%u pages are more than the %u reserved", page_count,
                    self->page_max);
    return FH_OK;
}

static fh_status backing_memory_shrink(struct backing *backing, uint32_t page_count)
{
    (void)backing;
    (void)page_count;
    return FH_OK;
}

static void backing_memory_cut(struct backing *backing, uint32_t page_count)
{
    (void)backing;
    (void)page_count;
}

static fh_status backing_memory_keep(struct backing *backing, uint32_t page, uint32_t page_count)
{
    (void)backing;
    (void)page;
    (void)page_count;
    return FH_OK;
}

static void backing_memory_close(struct backing *backing)
{
    struct backing_memory *self = (struct backing_memory *)backing;

    self->os->release(self->os, self->base, self->bytes);
    memory_give(self);
}

fh_status backing_memory_open(const struct os *os, unsigned page_shift, uint32_t page_max,
                              struct backing **ret_backing)
{
    static const struct backing_ops ops = {
        .name = "memory",
        .grow = backing_memory_grow,
        .cut = backing_memory_cut,
        .shrink = backing_memory_shrink,
        .punch = backing_memory_keep,
        .refill = backing_memory_keep,
        .close = backing_memory_close,
    };
    struct backing_memory *self = memory_take(1, sizeof(*self));
    fh_status status;

    if (self == NULL) return fail(FH_NO_MEMORY, "no memory for a memory's pages");
    self->backing.ops = &ops;
    self->os = os;
    self->page_max = page_max;
    self->bytes = (uint64_t)page_max << page_shift;
    status = os->reserve(os, self->bytes, &self->base);
    if (status != FH_OK) {
        memory_give(self);
        return status;
    }
    *ret_backing = &self->backing;
    return FH_OK;
}

void *backing_memory_base(const struct backing *backing)
{
    return ((const struct backing_memory *)backing)->base;
}
