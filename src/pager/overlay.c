/*
 * overlay.c - frames, their table, the mapping.
 *
 * A table is made when a chunk gets its first frame and hidden again with its last: the
 * memory stays, because a reader may still be looking. Frames are recycled last in,
 * first out, while they are warm in the cache.
 */
#include "pager/overlay.h"

#include "base/bits.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"

enum {
    CHUNK_COUNT_MAX = 1 << 24,
    FRAMES_BEYOND_BUDGET = 512,
    FRAMES_LEAST = 64,
    MAP_BYTES_LEAST = 1 << 30
};

static fh_status reserve_frames(struct overlay *overlay, uint64_t budget_bytes)
{
    uint64_t budget = budget_bytes >> overlay->page_shift;
    uint64_t frames;
    void *memory;

    if (budget < FRAMES_LEAST) budget = FRAMES_LEAST;
    if (budget > UINT32_MAX / 2) budget = UINT32_MAX / 2;
    frames = 2 * budget + FRAMES_BEYOND_BUDGET + 1; /* as many again may be retired */
    overlay->frame_max = (frame_no)budget;
    overlay->frame_end = 1;
    overlay->bodies_bytes = frames << overlay->page_shift;
    overlay->frames_bytes = frames * sizeof(struct frame);
    TRY(overlay->os->reserve(overlay->os, overlay->bodies_bytes, &memory));
    overlay->bodies = memory;
    TRY(overlay->os->reserve(overlay->os, overlay->frames_bytes, &memory));
    overlay->frames = memory;
    return FH_OK;
}

static fh_status reserve_tables(struct overlay *overlay, bool is_writable)
{
    void *memory;

    overlay->tables_bytes = sizeof(*overlay->tables) * (uint64_t)CHUNK_COUNT_MAX;
    TRY(overlay->os->reserve(overlay->os, overlay->tables_bytes, &memory));
    overlay->tables = memory;
    if (!is_writable) return FH_OK;
    TRY(overlay->os->reserve(overlay->os, overlay->tables_bytes, &memory));
    overlay->kept_tables = memory;
    return FH_OK;
}

fh_status overlay_init(struct overlay *overlay, struct os_file *file,
                       const struct overlay_options *options)
{
    const struct os *os = file->os;
    fh_status status;

    *overlay = (struct overlay){.os = os,
                                .file = file,
                                .page_shift = options->page_shift,
                                .chunk_shift = options->chunk_shift,
                                .chunk_max = CHUNK_COUNT_MAX};
    status = reserve_tables(overlay, options->is_writable);
    if (status == FH_OK && options->is_writable)
        status = reserve_frames(overlay, options->frame_bytes);
    if (status != FH_OK) overlay_fini(overlay);
    return status;
}

void overlay_want(const struct overlay *overlay, page_no page)
{
    overlay->os->advise(overlay->file, (uint64_t)page << overlay->page_shift,
                        UINT64_C(1) << overlay->page_shift, OS_ADVICE_WILL_NEED);
}

enum { VERIFIED_BITS = 64 };

static uint64_t verified_bytes(const struct overlay *overlay)
{
    uint64_t pages = (uint64_t)overlay->chunk_max << overlay->chunk_shift;

    return (pages < UINT32_MAX ? pages : UINT32_MAX) / 8 + sizeof(uint64_t);
}

void overlay_fini(struct overlay *overlay)
{
    const struct os *os = overlay->os;
    uint32_t chunks = (overlay->page_most >> overlay->chunk_shift) + 1;

    for (uint32_t i = 0; overlay->kept_tables != NULL && i < chunks; i++)
        memory_give((void *)(uintptr_t)overlay->kept_tables[i]);
    for (unsigned i = 0; i < overlay->map_count; i++)
        os->unmap(overlay->file, overlay->maps[i], overlay->maps_bytes[i]);
    if (overlay->tables != NULL)
        os->release(os, (void *)(uintptr_t)overlay->tables, overlay->tables_bytes);
    if (overlay->kept_tables != NULL)
        os->release(os, (void *)(uintptr_t)overlay->kept_tables, overlay->tables_bytes);
    if (overlay->verified != NULL)
        os->release(os, (void *)(uintptr_t)overlay->verified, verified_bytes(overlay));
    if (overlay->bodies != NULL) os->release(os, overlay->bodies, overlay->bodies_bytes);
    if (overlay->frames != NULL) os->release(os, overlay->frames, overlay->frames_bytes);
    *overlay = (struct overlay){.os = os};
}

fh_status overlay_extend(struct overlay *overlay, uint32_t page_count)
{
    uint64_t bytes = (uint64_t)page_count << overlay->page_shift;
    uint64_t map_bytes = overlay->map_bytes == 0 ? MAP_BYTES_LEAST : overlay->map_bytes;
    const void *map;

    if (bytes > overlay->map_bytes) {
        while (map_bytes < 2 * bytes)
            map_bytes *= 2;
        if (overlay->map_count == OVERLAY_MAPS_MAX)
            return fail(FH_NO_MEMORY, "the file was mapped anew too often: reopen it");
        TRY(overlay->os->map(overlay->file, map_bytes, &map));
        overlay->os->advise(overlay->file, 0, 0, OS_ADVICE_RANDOM);
        overlay->maps[overlay->map_count] = map;
        overlay->maps_bytes[overlay->map_count++] = map_bytes;
        overlay->map_bytes = map_bytes;
        atomic_store_explicit(&overlay->map, map, memory_order_release);
    }
    if (page_count > overlay->page_most) overlay->page_most = page_count;
    if (page_count > atomic_load_explicit(&overlay->page_limit, memory_order_relaxed))
        atomic_store_explicit(&overlay->page_limit, page_count, memory_order_release);
    return FH_OK;
}

fh_status overlay_verify_with(struct overlay *overlay,
                              fh_status (*verify)(void *context, page_no page), void *context)
{
    void *memory;

    TRY(overlay->os->reserve(overlay->os, verified_bytes(overlay), &memory));
    overlay->verified = memory;
    overlay->verify = verify;
    overlay->verify_context = context;
    return FH_OK;
}

/* Two may ask at once: both get the same answer. */
fh_status overlay_verify(const struct overlay *overlay, page_no page)
{
    _Atomic uint64_t *word = &overlay->verified[page / VERIFIED_BITS];
    uint64_t bit = UINT64_C(1) << page % VERIFIED_BITS;
    fh_status status;

    if (page >= atomic_load_explicit(&overlay->page_limit, memory_order_acquire) ||
        overlay_holds(overlay, overlay_page(overlay, page)) ||
        (atomic_load_explicit(word, memory_order_relaxed) & bit) != 0)
        return FH_OK;
    status = overlay->verify(overlay->verify_context, page);
    if (status == FH_OK) atomic_fetch_or_explicit(word, bit, memory_order_relaxed);
    return status == FH_NOT_FOUND ? FH_OK : status;
}

void overlay_forget(struct overlay *overlay, page_no first, uint32_t page_count)
{
    if (LIKELY(overlay->verified == NULL)) return;
    for (page_no page = first; page < first + page_count; page++)
        atomic_fetch_and_explicit(&overlay->verified[page / VERIFIED_BITS],
                                  ~(UINT64_C(1) << page % VERIFIED_BITS), memory_order_relaxed);
}

void overlay_cut(struct overlay *overlay, uint32_t page_count)
{
    atomic_store_explicit(&overlay->page_limit, page_count, memory_order_release);
}

static _Atomic(frame_no) *entry_of(const struct overlay *overlay, page_no page)
{
    _Atomic(frame_no) *table = overlay->kept_tables[page >> overlay->chunk_shift];

    return &table[page & ((1U << overlay->chunk_shift) - 1)];
}

frame_no overlay_find(const struct overlay *overlay, page_no page)
{
    if (overlay->kept_tables[page >> overlay->chunk_shift] == NULL) return 0;
    return atomic_load_explicit(entry_of(overlay, page), memory_order_relaxed);
}

fh_status overlay_add(struct overlay *overlay, page_no page, uint64_t epoch, frame_no *ret_frame)
{
    uint32_t chunk_no = page >> overlay->chunk_shift;
    _Atomic(frame_no) *table = overlay->kept_tables[chunk_no];
    frame_no frame = overlay->free_frames;

    if (table == NULL) {
        /* One entry more than pages: the last counts the frames of the chunk. */
        table = memory_take((1U << overlay->chunk_shift) + 1U, sizeof(*table));
        if (table == NULL)
            return fail(FH_NO_MEMORY, "no memory for the frames of chunk %u", chunk_no);
        overlay->kept_tables[chunk_no] = table;
    }
    if (frame != 0) {
        overlay->free_frames = overlay->frames[frame].older;
    } else if (overlay->frame_end <= 2 * overlay->frame_max + FRAMES_BEYOND_BUDGET) {
        frame = overlay->frame_end++;
    } else {
        return fail(FH_NO_MEMORY, "all %u frames hold changed pages, or what readers look at",
                    2 * overlay->frame_max);
    }
    overlay->frames[frame] = (struct frame){.page = page, .older = overlay->newest, .epoch = epoch};
    if (overlay->newest != 0) overlay->frames[overlay->newest].newer = frame;
    overlay->newest = frame;
    overlay->frame_count++;
    if (table[1U << overlay->chunk_shift]++ == 0)
        atomic_store_explicit(&overlay->tables[chunk_no], table, memory_order_release);
    atomic_store_explicit(entry_of(overlay, page), frame, memory_order_release);
    *ret_frame = frame;
    return FH_OK;
}

/* Takes the frame off the table and the list of those in use. */
static void unlink_frame(struct overlay *overlay, frame_no frame)
{
    struct frame *it = &overlay->frames[frame];
    uint32_t chunk_no = it->page >> overlay->chunk_shift;

    atomic_store_explicit(entry_of(overlay, it->page), 0, memory_order_release);
    if (--overlay->kept_tables[chunk_no][1U << overlay->chunk_shift] == 0)
        atomic_store_explicit(&overlay->tables[chunk_no], NULL, memory_order_release);
    if (it->newer != 0)
        overlay->frames[it->newer].older = it->older;
    else
        overlay->newest = it->older;
    if (it->older != 0) overlay->frames[it->older].newer = it->newer;
    it->page = 0;
    overlay->frame_count--;
}

static void push_free(struct overlay *overlay, frame_no frame)
{
    overlay->frames[frame].older = overlay->free_frames;
    overlay->free_frames = frame;
}

void overlay_drop(struct overlay *overlay, frame_no frame)
{
    unlink_frame(overlay, frame);
    push_free(overlay, frame);
}

void overlay_retire(struct overlay *overlay, frame_no frame, uint64_t grace)
{
    unlink_frame(overlay, frame);
    overlay->frames[frame].grace = grace;
    overlay->frames[frame].older = overlay->retired;
    overlay->retired = frame;
    overlay->retired_count++;
}

void overlay_reclaim(struct overlay *overlay,
                     uint64_t (*newest_pin)(const void *context, uint64_t grace),
                     const void *context)
{
    frame_no frame = overlay->retired;
    uint64_t grace = 0, pin = 0;
    bool is_asked = false;

    overlay->retired = 0;
    overlay->retired_count = 0;
    while (frame != 0) {
        struct frame *it = &overlay->frames[frame];
        frame_no older = it->older;

        if (!is_asked || it->grace != grace) {
            grace = it->grace;
            pin = newest_pin(context, grace);
            is_asked = true;
        }
        if (pin < it->epoch) {
            push_free(overlay, frame); /* no snapshot that old has the page */
        } else {
            it->older = overlay->retired;
            overlay->retired = frame;
            overlay->retired_count++;
        }
        frame = older;
    }
}

bool overlay_is_short(const struct overlay *overlay)
{
    return overlay->frame_count >= overlay->frame_max;
}

fh_status overlay_audit(const struct overlay *overlay)
{
    uint32_t seen = 0;
    frame_no newer = 0;

    if (overlay->frames == NULL) return FH_OK;
    for (frame_no frame = overlay->newest; frame != 0; frame = overlay->frames[frame].older) {
        const struct frame *it = &overlay->frames[frame];

        if (it->newer != newer || ++seen > overlay->frame_count)
            return fail(FH_CORRUPT, "I10: frame %u is on the list twice", frame);
        if (overlay_find(overlay, it->page) != frame)
            return fail(FH_CORRUPT, "I11: frame %u is not the one of page %u", frame, it->page);
        newer = frame;
    }
    if (seen != overlay->frame_count)
        return fail(FH_CORRUPT, "I10: %u frames listed, %u counted", seen, overlay->frame_count);
    return FH_OK;
}
