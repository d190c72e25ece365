/*
 * alloc.c - page runs: taken, retired, restored, given.
 *
 * Two maps tell the state of a page: `used` and the free set `avail`; a page in neither
 * is pending, which is its owner's business. Whole free chunks are kept as a second,
 * smaller free set, so that runs longer than a chunk are found without looking at pages.
 */
#include "alloc/alloc.h"

#include "alloc/alloc_internal.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"

static fh_status take_short(struct alloc *alloc, const struct alloc_request *request,
                            struct run *ret_run);
static fh_status take_long(struct alloc *alloc, const struct alloc_request *request,
                           struct run *ret_run);
static void draft_run(struct alloc *alloc, struct run run, const struct slot *slot);
static void mark_used(struct alloc *alloc, struct run run, bool is_used);

fh_status alloc_open(struct backing *backing, const struct alloc_options *options,
                     struct alloc **ret_alloc)
{
    struct alloc *alloc = memory_take(1, sizeof(*alloc));
    fh_status status;

    if (alloc == NULL) return fail(FH_NO_MEMORY, "no memory for an allocator");
    alloc->backing = backing;
    alloc->options = *options;
    chunk_table_init(&alloc->chunks, options->chunk_pages);
    status = space_open(options->policy, 0, &alloc->avail);
    if (status == FH_OK) status = space_open("bitmap", 0, &alloc->whole);
    if (status != FH_OK) {
        alloc_close(alloc);
        return status;
    }
    *ret_alloc = alloc;
    return FH_OK;
}

void alloc_close(struct alloc *alloc)
{
    if (alloc == NULL) return;
    space_close(alloc->avail);
    space_close(alloc->whole);
    chunk_table_fini(&alloc->chunks);
    memory_give(alloc->used);
    memory_give(alloc->group_dirty);
    memory_give(alloc);
}

void alloc_occupy(struct alloc *alloc, struct run part)
{
    uint32_t chunk_no = alloc_chunk_of(alloc, part.first);
    struct chunk *chunk = &alloc->chunks.chunks[chunk_no];

    if (chunk->free_pages == alloc->options.chunk_pages - 1)
        REQUIRE(space_take_at(alloc->whole, (struct run){chunk_no, 1}) == FH_OK);
    chunk->free_pages -= (uint32_t)part.count;
}

void alloc_free_part(struct alloc *alloc, struct run part)
{
    uint32_t chunk_no = alloc_chunk_of(alloc, part.first);
    struct chunk *chunk = &alloc->chunks.chunks[chunk_no];

    space_put_back(alloc->avail, part);
    chunk->free_pages += (uint32_t)part.count;
    if (chunk->free_pages == alloc->options.chunk_pages - 1) {
        space_put_back(alloc->whole, (struct run){chunk_no, 1});
        chunk->whole_since = alloc->now;
    }
}

/* What was punched out gets its room again before anything is written there. */
static fh_status fill_holes(struct alloc *alloc, struct run run)
{
    struct run rest = run, part;

    while (alloc_next_part(alloc, &rest, &part)) {
        uint32_t chunk_no = alloc_chunk_of(alloc, part.first);
        struct chunk *chunk = &alloc->chunks.chunks[chunk_no];

        if (chunk->room == CHUNK_ROOM_SURE) continue;
        TRY(alloc->backing->ops->refill(alloc->backing, chunk_no * alloc->options.chunk_pages,
                                        alloc->options.chunk_pages));
        chunk->room = CHUNK_ROOM_SURE;
    }
    return FH_OK;
}

static fh_status grow_for(struct alloc *alloc, const struct alloc_request *request,
                          uint32_t page_count)
{
    struct alloc_growth growth = {
        .count = alloc->growth.count + 1,
        .wanted_pages = request->page_count,
        .free_pages = space_free_units(alloc->avail),
        .reserve_pages = request->from_reserve ? 0 : alloc_reserve_pages(alloc),
    };

    TRY(alloc_grow(alloc, page_count));
    alloc->growth = growth;
    return FH_OK;
}

fh_status alloc_make_free(struct alloc *alloc, uint32_t page_count)
{
    struct alloc_growth growth = {
        .count = alloc->growth.count + 1,
        .free_pages = space_free_units(alloc->avail),
        .reserve_pages = page_count,
    };

    if (growth.free_pages >= page_count) return FH_OK;
    TRY(alloc_grow(alloc, alloc->page_count + 1));
    alloc->growth = growth;
    return FH_OK;
}

fh_status alloc_take(struct alloc *alloc, const struct alloc_request *request, struct run *ret_run)
{
    uint64_t wanted = request->page_count;
    struct run run = {0, 0};
    fh_status status;

    if (wanted == 0 || wanted > alloc->options.page_max)
        return fail(FH_TOO_LARGE, "a run of %u pages", request->page_count);
    if (!request->from_reserve) {
        if (alloc->quota_pages != 0 && alloc->used_pages + wanted > alloc->quota_pages)
            return fail(FH_QUOTA, "%u pages are live, %u more would pass the quota of %llu",
                        alloc->used_pages, request->page_count,
                        (unsigned long long)alloc->quota_pages);
        if (space_free_units(alloc->avail) < wanted + alloc_reserve_pages(alloc)) {
            if (request->must_not_grow) return answer(FH_NO_SPACE);
            TRY(grow_for(alloc, request, alloc->page_count + 1));
        }
    }
    TRY(space_reserve(alloc->avail, 2,
                      alloc->taken_parts + alloc->retired_parts + 1 +
                          wanted / alloc->options.chunk_pages));
    if (wanted < alloc->options.chunk_pages)
        status = take_short(alloc, request, &run);
    else
        status = take_long(alloc, request, &run);
    TRY(status);
    status = fill_holes(alloc, run);
    if (status == FH_OK) status = chunk_draft(&alloc->chunks, alloc_chunk_of(alloc, run.first));
    if (status != FH_OK) {
        struct run rest = run, part;

        while (alloc_next_part(alloc, &rest, &part))
            alloc_free_part(alloc, part);
        return status;
    }
    mark_used(alloc, run, true);
    draft_run(alloc, run, &request->slot);
    alloc->taken_parts += alloc_part_count(alloc, run);
    *ret_run = run;
    return FH_OK;
}

/* All or nothing; a run that ends where no run can end is refused before. */
static fh_status take_parts(struct alloc *alloc, struct run run)
{
    struct run rest = run, part;

    while (alloc_next_part(alloc, &rest, &part))
        if (!space_is_free(alloc->avail, part))
            return fail(FH_CORRUPT, "pages %llu to %llu are not free",
                        (unsigned long long)run.first, (unsigned long long)run_end(run) - 1);
    for (rest = run; alloc_next_part(alloc, &rest, &part);) {
        REQUIRE(space_take_at(alloc->avail, part) == FH_OK);
        alloc_occupy(alloc, part);
    }
    return FH_OK;
}

fh_status alloc_take_exact(struct alloc *alloc, struct run run, const struct slot *slot)
{
    uint64_t chunk_pages = alloc->options.chunk_pages;
    uint64_t at = run.first % chunk_pages;

    if (run.count == 0 || at == 0 || run_end(run) > alloc->options.page_max ||
        (at + run.count > chunk_pages && (at + run.count) % chunk_pages != 0) ||
        (at + run.count > chunk_pages && run.count <= chunk_pages))
        return fail(FH_CORRUPT, "no run lies at pages %llu to %llu", (unsigned long long)run.first,
                    (unsigned long long)run_end(run) - 1);
    if (run_end(run) > alloc->page_count) TRY(alloc_grow(alloc, (uint32_t)run_end(run)));
    TRY(space_reserve(alloc->avail, 2 * alloc_part_count(alloc, run),
                      alloc->taken_parts + alloc->retired_parts + alloc_part_count(alloc, run)));
    TRY(chunk_draft(&alloc->chunks, alloc_chunk_of(alloc, run.first)));
    TRY(fill_holes(alloc, run));
    TRY(take_parts(alloc, run));
    mark_used(alloc, run, true);
    draft_run(alloc, run, slot);
    alloc->taken_parts += alloc_part_count(alloc, run);
    return FH_OK;
}

/*
 * By the policy, or, where one refuses what lies open before it (buddy), the first run there
 * is: a file must not grow while a run exists.
 */
static fh_status take_from_avail(struct alloc *alloc, const struct policy_request *wish,
                                 struct run *ret_run)
{
    fh_status status = space_take(alloc->avail, wish, ret_run);
    struct run run;

    if (status != FH_NO_SPACE || !policy_find(alloc->options.policy)->is_strict) return status;
    for (uint64_t at = 0; space_next_run(alloc->avail, at, &run); at = run_end(run)) {
        if (run.count < wish->unit_count) continue;
        run.count = wish->unit_count;
        TRY(space_take_at(alloc->avail, run));
        *ret_run = run;
        return FH_OK;
    }
    return status;
}

static fh_status take_short(struct alloc *alloc, const struct alloc_request *request,
                            struct run *ret_run)
{
    struct policy_request wish = {.unit_count = request->page_count, .near = request->near};
    fh_status status = take_from_avail(alloc, &wish, ret_run);

    if (status == FH_NO_SPACE && !request->must_not_grow) {
        uint32_t enough = alloc->page_count < alloc->options.chunk_pages
                              ? alloc->page_count + request->page_count
                              : alloc->page_count + 1;

        TRY(grow_for(alloc, request, enough));
        status = take_from_avail(alloc, &wish, ret_run);
    }
    TRY(status);
    alloc_occupy(alloc, *ret_run);
    return FH_OK;
}

/* A free end of a chunk with enough whole free chunks behind it, lowest first. */
static bool find_long(const struct alloc *alloc, struct run *run)
{
    uint32_t chunk_pages = alloc->options.chunk_pages;
    uint64_t head = run->count % chunk_pages;
    uint64_t covered = run->count / chunk_pages;
    struct run whole;

    for (uint64_t at = 0; space_next_run(alloc->whole, at, &whole); at = run_end(whole)) {
        struct run end = {whole.first * chunk_pages - head, head};

        if (whole.count >= covered && space_is_free(alloc->avail, end))
            run->first = end.first;
        else if (whole.count > covered)
            run->first = (whole.first + 1) * chunk_pages - head;
        else
            continue;
        return true;
    }
    return false;
}

static fh_status take_long(struct alloc *alloc, const struct alloc_request *request,
                           struct run *ret_run)
{
    uint32_t chunk_pages = alloc->options.chunk_pages, page_count = request->page_count;
    struct run run = {0, page_count % chunk_pages == 0 ? (uint64_t)page_count + 1 : page_count};
    struct run rest, part;

    while (!find_long(alloc, &run)) {
        if (request->must_not_grow) return answer(FH_NO_SPACE);
        uint32_t chunks = alloc_chunk_count(alloc);
        uint32_t free_end = 0;
        uint64_t wanted;

        while (free_end < chunks &&
               space_is_free(alloc->whole, (struct run){chunks - 1 - free_end, 1}))
            free_end++;
        wanted = (uint64_t)chunks + run.count / chunk_pages + (free_end == 0 ? 1 : 0) -
                 (free_end > 0 ? free_end - 1 : 0);
        if (wanted <= chunks) wanted = (uint64_t)chunks + 1;
        if (wanted > alloc->options.page_max / chunk_pages)
            return fail(FH_NO_SPACE, "no room for a run of %u pages", page_count);
        TRY(grow_for(alloc, request, (uint32_t)(wanted * chunk_pages)));
    }
    for (rest = run; alloc_next_part(alloc, &rest, &part);) {
        REQUIRE(space_take_at(alloc->avail, part) == FH_OK);
        alloc_occupy(alloc, part);
    }
    *ret_run = run;
    return FH_OK;
}

/* Head and body slots, as far as the run lies in the chunk it begins in. */
static void draft_run(struct alloc *alloc, struct run run, const struct slot *slot)
{
    uint32_t chunk_pages = alloc->options.chunk_pages;
    struct slot *draft = alloc->chunks.chunks[alloc_chunk_of(alloc, run.first)].draft;
    uint64_t at = run.first % chunk_pages;

    draft[at] = *slot;
    draft[at].run_pages = (uint32_t)run.count;
    for (uint64_t i = 1; i < run.count && at + i < chunk_pages; i++) {
        draft[at + i] = *slot;
        draft[at + i].tag = PAGE_RUN_BODY;
        draft[at + i].run_pages = (uint32_t)i;
        draft[at + i].body_crc = 0;
    }
}

static void forget_draft(struct alloc *alloc, struct run run)
{
    struct chunk *chunk = &alloc->chunks.chunks[alloc_chunk_of(alloc, run.first)];
    uint32_t chunk_pages = alloc->options.chunk_pages;
    uint64_t at = run.first % chunk_pages;

    for (uint64_t i = 0; i < run.count && at + i < chunk_pages; i++) {
        if (chunk->draft != NULL) chunk->draft[at + i] = (struct slot){.tag = PAGE_UNUSED};
        if (chunk->frozen != NULL) chunk->frozen[at + i] = (struct slot){.tag = PAGE_UNUSED};
    }
}

static void mark_used(struct alloc *alloc, struct run run, bool is_used)
{
    uint32_t chunk_pages = alloc->options.chunk_pages;
    struct run rest = run, part;

    while (alloc_next_part(alloc, &rest, &part)) {
        uint32_t chunk_no = alloc_chunk_of(alloc, part.first);
        struct chunk *chunk = &alloc->chunks.chunks[chunk_no];

        bits_fill(alloc->used, part.first, part.count, is_used);
        alloc->group_dirty[chunk_no / GROUP_CHUNKS] = 1;
        if (is_used) {
            chunk->used_pages += (uint32_t)part.count;
            alloc->used_pages += (uint32_t)part.count;
        } else {
            chunk->used_pages -= (uint32_t)part.count;
            alloc->used_pages -= (uint32_t)part.count;
        }
        if (part.first % chunk_pages == 1 && run.first < part.first) chunk->is_covered = is_used;
    }
}

static void free_run(struct alloc *alloc, struct run run)
{
    struct run rest = run, part;

    forget_draft(alloc, run);
    while (alloc_next_part(alloc, &rest, &part))
        alloc_free_part(alloc, part);
}

fh_status alloc_reserve_retires(struct alloc *alloc, uint32_t count)
{
    return space_reserve(alloc->avail, 2, alloc->taken_parts + alloc->retired_parts + count);
}

fh_status alloc_retire(struct alloc *alloc, struct run run)
{
    uint64_t parts = alloc_part_count(alloc, run);

    TRY(space_reserve(alloc->avail, 2, alloc->taken_parts + alloc->retired_parts + parts));
    alloc->retired_parts += parts;
    mark_used(alloc, run, false);
    return FH_OK;
}

void alloc_pledge(struct alloc *alloc, struct run run)
{
    alloc->retired_parts += alloc_part_count(alloc, run);
}

void alloc_unpledge(struct alloc *alloc, struct run run)
{
    alloc->retired_parts -= alloc_part_count(alloc, run);
}

void alloc_restore(struct alloc *alloc, struct run run)
{
    alloc->retired_parts -= alloc_part_count(alloc, run);
    mark_used(alloc, run, true);
}

void alloc_give(struct alloc *alloc, struct run run)
{
    alloc->retired_parts -= alloc_part_count(alloc, run);
    free_run(alloc, run);
}

void alloc_untake(struct alloc *alloc, struct run run)
{
    alloc->taken_parts -= alloc_part_count(alloc, run);
    mark_used(alloc, run, false);
    free_run(alloc, run);
}

uint64_t alloc_taken_count(const struct alloc *alloc)
{
    return alloc->taken_parts;
}

bool alloc_has_taken(const struct alloc *alloc)
{
    return alloc->taken_parts > 0;
}

void alloc_settle(struct alloc *alloc)
{
    alloc->taken_parts = 0;
}

/* H39: checkpoints and deletes need pages before they can give any back. */
uint32_t alloc_reserve_pages(const struct alloc *alloc)
{
    uint32_t quarter = alloc->page_count / 4;
    uint32_t few = quarter < 64 ? quarter : 64;
    uint32_t share = alloc->page_count / 100;

    return share > few ? share : few;
}

void alloc_set_quota(struct alloc *alloc, uint64_t page_count)
{
    alloc->quota_pages = page_count;
}

struct slot *alloc_draft(struct alloc *alloc, page_no page)
{
    uint32_t at = page % alloc->options.chunk_pages;
    const struct chunk *chunk;

    if (page >= alloc->page_count) return NULL;
    chunk = &alloc->chunks.chunks[alloc_chunk_of(alloc, page)];
    if (chunk->draft != NULL && chunk->draft[at].tag != PAGE_UNUSED) return &chunk->draft[at];
    if (chunk->frozen != NULL && chunk->frozen[at].tag != PAGE_UNUSED) return &chunk->frozen[at];
    return NULL;
}

bool alloc_draft_chunk(const struct alloc *alloc, uint32_t n, uint32_t *ret_chunk_no)
{
    if (n >= alloc->chunks.drafted_count) return false;
    *ret_chunk_no = alloc->chunks.drafted[n];
    return true;
}

void alloc_drop_drafts(struct alloc *alloc)
{
    chunk_drop_drafts(&alloc->chunks);
}

fh_status alloc_freeze_drafts(struct alloc *alloc)
{
    return chunk_freeze_drafts(&alloc->chunks);
}

const struct frozen_draft *alloc_frozen(const struct alloc *alloc, uint32_t *ret_count)
{
    *ret_count = alloc->chunks.frozen_count;
    return alloc->chunks.frozen;
}

void alloc_drop_frozen(struct alloc *alloc)
{
    chunk_drop_frozen(&alloc->chunks);
}

void alloc_thaw_drafts(struct alloc *alloc)
{
    chunk_thaw_drafts(&alloc->chunks);
}
