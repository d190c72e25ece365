/*
 * overlay.h - where a page's bytes are: in a frame, or in the mapped file.
 *
 * Pages that the file does not hold yet live in frames: private memory, found through a
 * two-level table (chunk, then page) that readers walk without a lock. Everything else
 * is the read-only mapping of the file. Only the writer adds, changes and drops frames;
 * a reader never meets a frame that can still change (I3).
 */
#ifndef FREEHOLD_PAGER_OVERLAY_H
#define FREEHOLD_PAGER_OVERLAY_H

#include <stdatomic.h>
#include <stdbool.h>

#include "alloc/slot_format.h"
#include "base/compiler.h"
#include "os/os.h"

typedef uint32_t frame_no; /* 0: none */

struct frame {
    page_no page;
    frame_no older; /* frames in use, newest first */
    frame_no newer;
    uint64_t epoch; /* born: may change while this is the writer's epoch */
    uint64_t grace; /* of a retired one: readers that began up to here may still look at it */
};

enum { OVERLAY_MAPS_MAX = 40 };

struct overlay {
    /* Constant after open. */
    const struct os *os;
    struct os_file *file;
    unsigned page_shift;
    unsigned chunk_shift;
    uint32_t chunk_max;
    frame_no frame_max; /* the budget; a few more exist for one step beyond it */
    uint8_t *bodies;
    struct frame *frames;
    uint64_t bodies_bytes;
    uint64_t frames_bytes;
    uint64_t tables_bytes;
    _Atomic(_Atomic(frame_no) *) *tables; /* by chunk; NULL: no page of it has a frame */

    /* Asked at the first touch of a page of the file; NULL: nobody is. Constant after open.
     * FH_NOT_FOUND: nothing is known of the page yet. */
    fh_status (*verify)(void *context, page_no page);
    void *verify_context;
    _Atomic uint64_t *verified; /* bit p: page p was found right since it was written last */

    /* Atomic. */
    _Atomic(const uint8_t *) map;
    _Atomic uint32_t page_limit; /* no page at or beyond it exists */

    /* The writer's own. */
    _Atomic(frame_no) **kept_tables; /* every table ever made, by chunk */
    uint32_t page_most;              /* page_limit was never larger */
    uint64_t map_bytes;
    const void *maps[OVERLAY_MAPS_MAX]; /* older ones stay for those who still look */
    uint64_t maps_bytes[OVERLAY_MAPS_MAX];
    unsigned map_count;
    frame_no newest;
    frame_no free_frames; /* through `older` */
    frame_no retired;     /* through `older`: the page is in the file, a reader may look here */
    uint32_t retired_count;
    frame_no frame_end;   /* frames from here on were never used */
    uint32_t frame_count; /* in use */
};

struct overlay_options {
    unsigned page_shift;
    unsigned chunk_shift;
    uint64_t frame_bytes; /* budget */
    bool is_writable;     /* else there are no frames */
};

fh_status overlay_init(struct overlay *overlay, struct os_file *file,
                       const struct overlay_options *options) MUST_CHECK;
void overlay_fini(struct overlay *overlay);

/* Pages 0 .. page_count - 1 exist and can be looked at. */
fh_status overlay_extend(struct overlay *overlay, uint32_t page_count) MUST_CHECK;

/* Pages from here on do not exist any more; nobody looks at any of them. */
void overlay_cut(struct overlay *overlay, uint32_t page_count);

/* The body of a page, or NULL when there is no such page: a number from a file may be wrong. */
static inline const uint8_t *overlay_page(const struct overlay *overlay, page_no page)
{
    _Atomic(frame_no) *table;
    frame_no frame;

    if (UNLIKELY(page >= atomic_load_explicit(&overlay->page_limit, memory_order_acquire)))
        return NULL;
    table =
        atomic_load_explicit(&overlay->tables[page >> overlay->chunk_shift], memory_order_acquire);
    if (UNLIKELY(table != NULL)) {
        frame = atomic_load_explicit(&table[page & ((1U << overlay->chunk_shift) - 1)],
                                     memory_order_acquire);
        if (frame != 0) return overlay->bodies + ((size_t)frame << overlay->page_shift);
    }
    return atomic_load_explicit(&overlay->map, memory_order_acquire) +
           ((size_t)page << overlay->page_shift);
}

/* From now on a page's first touch asks `verify`. Before anybody reads. FH_NO_MEMORY. */
fh_status overlay_verify_with(struct overlay *overlay,
                              fh_status (*verify)(void *context, page_no page),
                              void *context) MUST_CHECK;
fh_status overlay_verify(const struct overlay *overlay, page_no page) MUST_CHECK;

/* A page that is about to be read: FH_CORRUPT when its bytes are not what was written. */
static inline fh_status overlay_touch(const struct overlay *overlay, page_no page)
{
    return LIKELY(overlay->verify == NULL) ? FH_OK : overlay_verify(overlay, page);
}

/* These pages will hold other bytes; by the writer. */
void overlay_forget(struct overlay *overlay, page_no first, uint32_t page_count);

/* The page as the file holds it, whatever the frames say. */
static inline const uint8_t *overlay_mapped(const struct overlay *overlay, page_no page)
{
    return atomic_load_explicit(&overlay->map, memory_order_acquire) +
           ((size_t)page << overlay->page_shift);
}

/*
 * The page will be looked at soon: asked for at once, and alone. A look at a page that is not in
 * memory waits for all that the system reads with it, which is a great deal more.
 */
void overlay_want(const struct overlay *overlay, page_no page);

/* `address` points into a frame, whose bytes may change or move on. Any thread. */
static inline bool overlay_holds(const struct overlay *overlay, const void *address)
{
    return overlay->bodies != NULL &&
           (uintptr_t)address - (uintptr_t)overlay->bodies < overlay->bodies_bytes;
}

/* The rest is the writer's. */

/* The frame of a page; 0 when it has none. */
frame_no overlay_find(const struct overlay *overlay, page_no page);

static inline uint8_t *overlay_body(const struct overlay *overlay, frame_no frame)
{
    return overlay->bodies + ((size_t)frame << overlay->page_shift);
}

/* A frame for a page that has none; its bytes are anything. FH_NO_MEMORY beyond the budget. */
fh_status overlay_add(struct overlay *overlay, page_no page, uint64_t epoch,
                      frame_no *ret_frame) MUST_CHECK;

/* The page is what the file holds from now on; nobody looks at the frame any more. */
void overlay_drop(struct overlay *overlay, frame_no frame);

/*
 * C9. The same, but readers that began in the time `grace` or before may go on looking at
 * the frame. overlay_reclaim frees those that no reader can look at: `newest_pin` is asked
 * for the newest epoch that readers of that time or before have pinned, 0 for none.
 */
void overlay_retire(struct overlay *overlay, frame_no frame, uint64_t grace);
void overlay_reclaim(struct overlay *overlay,
                     uint64_t (*newest_pin)(const void *context, uint64_t grace),
                     const void *context);

/* No more frames can be had soon: it is time to spill. */
bool overlay_is_short(const struct overlay *overlay);

/* I10, I11. */
fh_status overlay_audit(const struct overlay *overlay) MUST_CHECK;

#endif
