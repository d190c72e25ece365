/*
 * mallinfo.c - glibc's figures, filled in from the heap's.
 *
 * arena: pages of slabs and runs and what is free but kept; hblks, hblkhd: blocks above 1 MiB;
 * uordblks: blocks below; fordblks: all the rest; keepcost: what a trim would give back.
 */
#include <malloc.h>
#include <stdint.h>

#include "freehold/heap.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT struct mallinfo2 mallinfo2(void)
{
    fh_heap_info info;

    fh_heap_stat(NULL, &info);
    return (struct mallinfo2){
        .arena = info.page_bytes - info.large_bytes + info.dirty_bytes,
        .ordblks = info.slab_count + info.run_count,
        .hblks = info.large_count,
        .hblkhd = info.large_bytes,
        .uordblks = info.block_bytes - info.large_bytes,
        .fordblks = info.page_bytes + info.dirty_bytes - info.block_bytes,
        .keepcost = info.dirty_bytes,
    };
}

static int as_int(size_t figure)
{
    return figure > INT32_MAX ? INT32_MAX : (int)figure;
}

/* What does not fit is shown as the largest number that does. */
EXPORT struct mallinfo mallinfo(void)
{
    struct mallinfo2 wide = mallinfo2();

    return (struct mallinfo){
        .arena = as_int(wide.arena),
        .ordblks = as_int(wide.ordblks),
        .hblks = as_int(wide.hblks),
        .hblkhd = as_int(wide.hblkhd),
        .uordblks = as_int(wide.uordblks),
        .fordblks = as_int(wide.fordblks),
        .keepcost = as_int(wide.keepcost),
    };
}
