/*
 * alloc_extent.c - how many pages there are: load, growth, the end that may be cut.
 *
 * Growth is geometric, a sixteenth of what is there, between one chunk and 128 (256 MiB);
 * below one chunk it doubles, so that a tiny database is a tiny file.
 */
#include "alloc/alloc.h"

#include "alloc/alloc_internal.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"

enum { GROWTH_CHUNKS_MAX = 128, GROWTH_SHARE = 16 };

static fh_status reserve_groups(struct alloc *alloc, uint32_t page_count)
{
    uint32_t group_pages = GROUP_CHUNKS * alloc->options.chunk_pages;
    uint32_t groups = (uint32_t)divide_up(page_count, group_pages);
    uint32_t words = group_pages / 64;
    uint32_t capacity = alloc->group_capacity == 0 ? 1 : alloc->group_capacity;
    uint64_t *used;
    uint8_t *dirty;

    if (groups <= alloc->group_capacity) return FH_OK;
    while (capacity < groups)
        capacity *= 2;
    used = memory_resize(alloc->used, (size_t)alloc->group_capacity * words,
                         (size_t)capacity * words, sizeof(*used));
    if (used == NULL) return fail(FH_NO_MEMORY, "no memory for the map of %u pages", page_count);
    alloc->used = used;
    dirty = memory_resize(alloc->group_dirty, alloc->group_capacity, capacity, sizeof(*dirty));
    if (dirty == NULL) return fail(FH_NO_MEMORY, "no memory for %u groups", groups);
    alloc->group_dirty = dirty;
    bits_fill(alloc->used, (uint64_t)alloc->group_capacity * group_pages,
              (uint64_t)(capacity - alloc->group_capacity) * group_pages, true);
    alloc->group_capacity = capacity;
    return FH_OK;
}

/* Everything about more pages that can fail, but for the backing's part. */
static fh_status prepare(struct alloc *alloc, uint32_t page_count)
{
    uint32_t chunks = (uint32_t)divide_up(page_count, alloc->options.chunk_pages);

    TRY(reserve_groups(alloc, page_count));
    TRY(chunk_reserve(&alloc->chunks, chunks));
    TRY(space_grow(alloc->whole, chunks));
    TRY(space_grow(alloc->avail, page_count));
    return space_reserve(alloc->avail, 2, alloc->taken_parts + alloc->retired_parts + 1 + chunks);
}

static void unprepare(struct alloc *alloc)
{
    REQUIRE(space_shrink(alloc->avail, alloc->page_count) == FH_OK);
    REQUIRE(space_shrink(alloc->whole, alloc_chunk_count(alloc)) == FH_OK);
}

/* New pages are free, but for header pages and the fixed ones. */
static void add_pages(struct alloc *alloc, uint32_t page_count)
{
    uint32_t chunk_pages = alloc->options.chunk_pages;
    uint32_t first = alloc->page_count;

    alloc->page_count = page_count;
    for (uint32_t at = first; at < page_count;) {
        uint32_t chunk_no = alloc_chunk_of(alloc, at);
        uint64_t end = (uint64_t)(chunk_no + 1) * chunk_pages;
        struct run part = {at, (end < page_count ? end : page_count) - at};
        uint32_t kept = at % chunk_pages == 0 ? 1 : 0;

        if (at < alloc->options.fixed_pages) kept = alloc->options.fixed_pages - at;
        if (at % chunk_pages == 0) {
            struct chunk *chunk = &alloc->chunks.chunks[chunk_no]; /* may have drafts from before */

            chunk->used_pages = kept - 1;
            chunk->free_pages = 0;
            chunk->is_covered = false;
            chunk->room = CHUNK_ROOM_SURE;
        }
        alloc->used_pages += kept;
        at = (uint32_t)run_end(part);
        part.first += kept;
        part.count -= kept;
        bits_fill(alloc->used, part.first, part.count, false);
        alloc_free_part(alloc, part);
        alloc->group_dirty[chunk_no / GROUP_CHUNKS] = 1;
    }
}

/* How far to grow when `page_count` pages are needed at least. */
static uint32_t growth_target(const struct alloc *alloc, uint32_t page_count)
{
    uint32_t chunk_pages = alloc->options.chunk_pages;
    uint64_t step = round_down(alloc->page_count / GROWTH_SHARE, chunk_pages);
    uint64_t target;

    if (page_count <= chunk_pages && alloc->page_count < chunk_pages) {
        target = alloc->page_count == 0 ? alloc->options.page_min : 2ULL * alloc->page_count;
        while (target < page_count)
            target *= 2;
        return (uint32_t)(target < chunk_pages ? target : chunk_pages);
    }
    if (step < chunk_pages) step = chunk_pages;
    if (step > (uint64_t)GROWTH_CHUNKS_MAX * chunk_pages)
        step = (uint64_t)GROWTH_CHUNKS_MAX * chunk_pages;
    target = alloc->page_count < chunk_pages ? chunk_pages : alloc->page_count + step;
    if (target < page_count) target = page_count;
    target = round_up(target, chunk_pages);
    return (uint32_t)(target < alloc->options.page_max ? target : alloc->options.page_max);
}

static fh_status grow_to(struct alloc *alloc, uint32_t page_count)
{
    fh_status status = prepare(alloc, page_count);

    if (status == FH_OK)
        status = alloc->backing->ops->grow(alloc->backing, alloc->page_count, page_count);
    if (status != FH_OK) {
        unprepare(alloc);
        return status;
    }
    add_pages(alloc, page_count);
    return FH_OK;
}

fh_status alloc_grow(struct alloc *alloc, uint32_t page_count)
{
    uint32_t target = growth_target(alloc, page_count);
    uint32_t least = (uint32_t)round_up(page_count, alloc->options.chunk_pages);
    fh_status status;

    if (page_count <= alloc->page_count) return FH_OK;
    if (page_count > alloc->options.page_max || target <= alloc->page_count)
        return fail(FH_NO_SPACE, "%u pages are more than a database can have", page_count);
    status = grow_to(alloc, target);
    if (status == FH_NO_SPACE && least < target) status = grow_to(alloc, least);
    return status;
}

fh_status alloc_load(struct alloc *alloc, uint32_t page_count, const uint64_t *used,
                     const uint64_t *covered)
{
    uint32_t chunk_pages = alloc->options.chunk_pages;

    REQUIRE(alloc->page_count == 0);
    TRY(prepare(alloc, page_count));
    alloc->page_count = page_count;
    for (uint32_t chunk_no = 0; chunk_no < alloc_chunk_count(alloc); chunk_no++) {
        struct chunk *chunk = &alloc->chunks.chunks[chunk_no];
        uint64_t first = (uint64_t)chunk_no * chunk_pages;
        uint64_t end = first + chunk_pages < page_count ? first + chunk_pages : page_count;

        chunk->is_covered = bits_test(covered, chunk_no);
        chunk->room = CHUNK_ROOM_UNKNOWN;
        bits_fill(alloc->used, first + 1, end - first - 1, false);
        for (uint64_t at = first + 1; at < end;) {
            struct run part = {at, 1};
            bool is_used = bits_test(used, at);

            while (run_end(part) < end && bits_test(used, run_end(part)) == is_used)
                part.count++;
            at = run_end(part);
            if (is_used) {
                bits_fill(alloc->used, part.first, part.count, true);
                chunk->used_pages += (uint32_t)part.count;
                continue;
            }
            TRY(space_reserve(alloc->avail, 0, 1));
            alloc_free_part(alloc, part);
        }
        alloc->used_pages += chunk->used_pages + 1;
    }
    return FH_OK;
}

uint32_t alloc_end_used(const struct alloc *alloc)
{
    uint32_t chunk_pages = alloc->options.chunk_pages;
    uint32_t chunk_no = alloc_chunk_count(alloc) - 1;
    uint32_t end, least = alloc->options.page_min;

    while (chunk_no > 0 && space_is_free(alloc->whole, (struct run){chunk_no, 1}))
        chunk_no--;
    end = (chunk_no + 1) * chunk_pages;
    if (chunk_no > 0) {
        end = end > least ? end : least;
        return end < alloc->page_count ? end : alloc->page_count;
    }
    if (end > alloc->page_count) end = alloc->page_count;
    while (end > 1 && space_is_free(alloc->avail, (struct run){end - 1, 1}))
        end--;
    while (least < end)
        least *= 2;
    return least < alloc->page_count ? least : alloc->page_count;
}

void alloc_cut(struct alloc *alloc, uint32_t page_count)
{
    struct run rest = {page_count, alloc->page_count - page_count}, part;
    uint32_t old_chunks = alloc_chunk_count(alloc);

    REQUIRE(page_count >= alloc_end_used(alloc) && page_count > 0);
    if (page_count == alloc->page_count) return;
    while (alloc_next_part(alloc, &rest, &part)) {
        REQUIRE(space_take_at(alloc->avail, part) == FH_OK);
        alloc_occupy(alloc, part);
        alloc->group_dirty[alloc_chunk_of(alloc, part.first) / GROUP_CHUNKS] = 1;
    }
    bits_fill(alloc->used, page_count, alloc->page_count - page_count, true);
    alloc->page_count = page_count;
    alloc->used_pages -= old_chunks - alloc_chunk_count(alloc);
    unprepare(alloc);
    alloc->backing->ops->cut(alloc->backing, page_count);
}

void alloc_note_time(struct alloc *alloc, uint64_t now)
{
    alloc->now = now;
}

bool alloc_hold_whole(struct alloc *alloc, uint64_t since, uint32_t from, uint32_t *ret_chunk_no)
{
    struct run whole, part = {.count = alloc->options.chunk_pages - 1};

    for (uint64_t at = from; space_next_run(alloc->whole, at, &whole); at = run_end(whole)) {
        uint64_t chunk_no = whole.first < at ? at : whole.first;

        for (; chunk_no < run_end(whole); chunk_no++) {
            const struct chunk *chunk = &alloc->chunks.chunks[chunk_no];

            if (chunk_no == 0 || chunk->room == CHUNK_ROOM_GONE || chunk->whole_since >= since)
                continue;
            part.first = chunk_no * alloc->options.chunk_pages + 1;
            if (space_reserve(alloc->avail, 2, alloc->taken_parts + alloc->retired_parts + 1) !=
                FH_OK)
                return false;
            alloc->retired_parts++;
            REQUIRE(space_take_at(alloc->avail, part) == FH_OK);
            alloc_occupy(alloc, part);
            *ret_chunk_no = (uint32_t)chunk_no;
            return true;
        }
    }
    return false;
}

void alloc_let_go(struct alloc *alloc, uint32_t chunk_no, bool is_hole)
{
    struct run part = {(uint64_t)chunk_no * alloc->options.chunk_pages + 1,
                       alloc->options.chunk_pages - 1};

    alloc->retired_parts--;
    alloc_free_part(alloc, part);
    alloc->chunks.chunks[chunk_no].room = is_hole ? CHUNK_ROOM_GONE : CHUNK_ROOM_UNKNOWN;
}
