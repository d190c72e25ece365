/*
 * backing_none.c - pages that have no place: for who looks at a state and may not write it.
 */
#include "alloc/backing.h"

static fh_status backing_none_grow(struct backing *backing, uint32_t old_count, uint32_t page_count)
{
    (void)backing;
    (void)old_count;
    (void)page_count;
    return FH_OK;
}

static fh_status backing_none_shrink(struct backing *backing, uint32_t page_count)
{
    (void)backing;
    (void)page_count;
    return FH_OK;
}

static void backing_none_cut(struct backing *backing, uint32_t page_count)
{
    (void)backing;
    (void)page_count;
}

static fh_status backing_none_keep(struct backing *backing, uint32_t page, uint32_t page_count)
{
    (void)backing;
    (void)page;
    (void)page_count;
    return FH_OK;
}

static void backing_none_close(struct backing *backing)
{
    (void)backing;
}

struct backing *backing_none(void)
{
    static const struct backing_ops ops = {
        .name = "none",
        .grow = backing_none_grow,
        .cut = backing_none_cut,
        .shrink = backing_none_shrink,
        .punch = backing_none_keep,
        .refill = backing_none_keep,
        .close = backing_none_close,
    };
    static struct backing none = {&ops};

    return &none;
}
