/*
 * checkpoint_image.c - the state of free space that a checkpoint will write (C3, C4).
 */
#include <stdlib.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "pager/pager_internal.h"

static fh_status reserve_headers(struct pager *pager, uint32_t chunk_count)
{
    uint8_t *has_header;

    if (chunk_count <= pager->has_header_capacity) return FH_OK;
    has_header = memory_resize(pager->has_header, pager->has_header_capacity, chunk_count, 1);
    if (has_header == NULL) return fail(FH_NO_MEMORY, "no memory for %u chunks", chunk_count);
    pager->has_header = has_header;
    pager->has_header_capacity = chunk_count;
    return FH_OK;
}

/* The arrays by group follow the growth that taking map pages may cause. */
static fh_status follow_growth(struct pager *pager)
{
    struct checkpoint *making = &pager->checkpoint;
    uint32_t before = making->group_count;
    uint32_t count = space_map_groups(alloc_page_count(pager->alloc), pager->chunk_pages);
    uint32_t known = making->kept_groups < count ? making->kept_groups : count;
    uint32_t old_room = making->old == NULL ? 0 : pager->group_count + 1;
    void *groups, *images, *old;

    if (count == before && making->groups != NULL) return FH_OK;
    groups = memory_resize(making->groups, before, count, sizeof(*making->groups));
    making->groups = groups != NULL ? groups : making->groups;
    images = memory_resize(making->images, before, count, sizeof(*making->images));
    making->images = images != NULL ? images : making->images;
    /* At most every map of the checkpoint before, and its directory. */
    old = memory_resize(making->old, old_room, pager->group_count + 1U, sizeof(*making->old));
    making->old = old != NULL ? old : making->old;
    if (groups == NULL || images == NULL || old == NULL)
        return fail(FH_NO_MEMORY, "no memory for a checkpoint of %u groups", count);
    for (uint32_t i = before; i < known; i++)
        making->groups[i] = pager->groups[i];
    making->group_count = count;
    return reserve_headers(pager, count * SPACE_GROUP_CHUNKS);
}

static fh_status take(struct pager *pager, enum page_tag tag, uint32_t page_count,
                      struct run *ret_run)
{
    struct alloc_request request = {
        .page_count = page_count,
        .from_reserve = true,
        .slot = {.tag = (uint8_t)tag, .epoch = pager->checkpoint.meta.epoch},
    };

    return alloc_take(pager->alloc, &request, ret_run);
}

static fh_status retire_old(struct pager *pager, struct run run)
{
    struct checkpoint *making = &pager->checkpoint;

    TRY(alloc_retire(pager->alloc, run));
    making->old[making->old_count++] = run;
    return FH_OK;
}

static fh_status renew_map(struct pager *pager, uint32_t group_no)
{
    struct checkpoint *making = &pager->checkpoint;
    page_no old = making->groups[group_no].map_page;
    uint32_t words = pager_group_pages(pager) / 64;
    uint64_t *used = memory_take(words, sizeof(*used));
    struct run run;
    fh_status status;

    if (used == NULL) return fail(FH_NO_MEMORY, "no memory for the map of group %u", group_no);
    status = take(pager, PAGE_MAP, 1, &run);
    if (status != FH_OK) {
        memory_give(used);
        return status;
    }
    making->images[group_no].used = used;
    making->groups[group_no].map_page = (page_no)run.first;
    return old == 0 ? FH_OK : retire_old(pager, (struct run){old, 1});
}

static fh_status renew_directory(struct pager *pager, uint32_t page_count)
{
    struct checkpoint *making = &pager->checkpoint;
    bool is_first = making->directory.count == 0;

    if (!is_first) alloc_untake(pager->alloc, making->directory);
    making->directory.count = 0;
    TRY(take(pager, PAGE_DIRECTORY, page_count, &making->directory));
    return is_first && pager->directory.count > 0 ? retire_old(pager, pager->directory) : FH_OK;
}

/* Groups that the file has been cut short of have no map any more. */
static fh_status retire_lost_groups(struct pager *pager)
{
    for (uint32_t i = pager->checkpoint.kept_groups; i < pager->group_count; i++)
        TRY(retire_old(pager, (struct run){pager->groups[i].map_page, 1}));
    return FH_OK;
}

/*
 * Taking a map page changes the map of its own group, whose map page must be new too then;
 * each group gets at most one, so the loop ends.
 */
static fh_status take_pages(struct pager *pager)
{
    struct checkpoint *making = &pager->checkpoint;
    uint32_t limit = shrink_limit(pager, SHRINK_AT_WORK);
    bool has_changed;

    if (limit == 0) limit = UINT32_MAX; /* else maps that stand high are written again, lower */
    do {
        uint32_t pages;

        has_changed = false;
        TRY(follow_growth(pager));
        for (uint32_t i = 0; i < making->group_count; i++) {
            if (making->images[i].used != NULL ||
                (!alloc_group_is_dirty(pager->alloc, i) && making->groups[i].map_page < limit))
                continue;
            TRY(renew_map(pager, i));
            has_changed = true;
        }
        pages = space_map_directory_pages(making->group_count, pager->page_bytes);
        if (making->directory.count < pages) {
            TRY(renew_directory(pager, pages));
            has_changed = true;
        }
    } while (has_changed);
    return follow_growth(pager);
}

static int compare_frames(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

/* The frames of pages that the image uses: none of them can change or go before the end. */
static void list_frames(struct pager *pager)
{
    struct checkpoint *making = &pager->checkpoint;
    const struct overlay *overlay = &pager->overlay;

    for (frame_no frame = overlay->newest; frame != 0; frame = overlay->frames[frame].older) {
        page_no page = overlay->frames[frame].page;

        if (alloc_is_used(pager->alloc, page))
            making->frames[making->frame_count++] = (uint64_t)page << 32 | frame;
    }
    qsort(making->frames, making->frame_count, sizeof(*making->frames), compare_frames);
}

static void copy_maps(struct pager *pager)
{
    struct checkpoint *making = &pager->checkpoint;
    uint32_t words = pager_group_pages(pager) / 64;

    for (uint32_t i = 0; i < making->group_count; i++) {
        struct group_image *image = &making->images[i];

        if (image->used == NULL) continue;
        memcpy(image->used, alloc_used_map(pager->alloc) + (size_t)i * words,
               words * sizeof(*image->used));
        for (uint32_t chunk = 0; chunk < SPACE_GROUP_CHUNKS; chunk++)
            if (alloc_is_covered(pager->alloc, i * SPACE_GROUP_CHUNKS + chunk))
                image->covered[chunk / 8] |= (uint8_t)(1U << chunk % 8);
    }
}

fh_status checkpoint_take_image(struct pager *pager)
{
    struct checkpoint *making = &pager->checkpoint;
    uint32_t count;

    shrink_cut(pager);
    count = space_map_groups(alloc_page_count(pager->alloc), pager->chunk_pages);
    making->kept_groups = pager->group_count < count ? pager->group_count : count;
    TRY(follow_growth(pager));
    TRY(retire_lost_groups(pager));
    TRY(take_pages(pager));
    TRY(overlay_extend(&pager->overlay, alloc_page_count(pager->alloc)));
    making->directory_bytes = memory_take(making->directory.count, pager->page_bytes);
    if (making->directory_bytes == NULL) return fail(FH_NO_MEMORY, "no memory for the directory");
    TRY(alloc_freeze_drafts(pager->alloc));
    making->meta.page_count = alloc_page_count(pager->alloc);
    making->meta.used_pages = alloc_used_pages(pager->alloc);
    making->directory_slot = alloc_draft(pager->alloc, (page_no)making->directory.first);
    list_frames(pager);
    copy_maps(pager);
    alloc_pledge(pager->alloc, making->directory);
    for (uint32_t i = 0; i < making->group_count; i++)
        if (making->images[i].used != NULL)
            alloc_pledge(pager->alloc, (struct run){making->groups[i].map_page, 1});
    alloc_clean(pager->alloc);
    atomic_store(&making->left, making->frame_count);
    return FH_OK;
}

/* A page of this checkpoint comes back: by now it may count as taken for good, or not yet. */
static void give_page(struct pager *pager, struct run run, bool is_frozen)
{
    if (!is_frozen) {
        alloc_untake(pager->alloc, run);
        return;
    }
    alloc_unpledge(pager->alloc, run);
    REQUIRE(alloc_retire(pager->alloc, run) == FH_OK); /* pledged */
    alloc_give(pager->alloc, run);
}

/* C10: as if it had never begun. */
void checkpoint_drop_image(struct pager *pager)
{
    struct checkpoint *making = &pager->checkpoint;
    bool is_frozen = making->directory_slot != NULL;

    if (making->directory.count > 0) give_page(pager, making->directory, is_frozen);
    for (uint32_t i = 0; i < making->group_count; i++) {
        if (making->images[i].used == NULL) continue;
        give_page(pager, (struct run){making->groups[i].map_page, 1}, is_frozen);
        alloc_soil(pager->alloc, i);
    }
    for (uint32_t i = 0; i < making->old_count; i++)
        alloc_restore(pager->alloc, making->old[i]);
    making->old_count = 0;
    if (is_frozen) alloc_thaw_drafts(pager->alloc);
}
