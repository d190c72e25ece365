/*
 * checkpoint.c - makes a state the one that recovery starts from (C-rules).
 *
 * Everything is written to pages that the checkpoint before does not use; then a barrier,
 * then the meta that names it, then a barrier. Until the second one nothing that the older
 * checkpoint needs has changed, so a stop anywhere leaves one of the two, whole. Failures
 * up to the first barrier are undone; behind it they poison the database.
 */
#include <stdlib.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "pager/pager_internal.h"

enum { HALF_BYTES = 4096 };

/* A checkpoint in the making. */
struct making {
    struct pager *pager;
    struct meta meta;
    struct group *groups;
    uint8_t *is_new; /* by group: it has a new map page */
    uint32_t group_count;
    uint32_t kept_groups; /* that the one before has too */
    struct run *old;      /* maps and directory of the one before */
    uint32_t old_count;
    struct run directory; /* count 0: not yet taken */
    uint64_t *frames;     /* page << 32 | frame, ascending */
    uint32_t frame_count;
    uint8_t *page; /* a page to compose in */
    uint8_t *directory_bytes;
    struct page_writer writer;
};

static fh_status prepare(struct making *making, const struct descriptor *state);
static void give_memory(struct making *making);
static fh_status freeze(struct making *making);
static void thaw(struct making *making);
static fh_status write_body(struct making *making);
static fh_status write_meta(struct making *making);
static void finish(struct making *making);

fh_status checkpoint_write(struct pager *pager, const struct descriptor *state)
{
    struct making making = {.pager = pager};
    fh_status status = prepare(&making, state);

    if (status == FH_OK) {
        mutex_lock(&pager->space_lock);
        status = freeze(&making);
        mutex_unlock(&pager->space_lock);
        if (status == FH_OK) status = write_body(&making);
        if (status != FH_OK) {
            mutex_lock(&pager->space_lock);
            thaw(&making);
            mutex_unlock(&pager->space_lock);
        } else {
            status = write_meta(&making);
        }
    }
    if (status == FH_OK) {
        mutex_lock(&pager->space_lock);
        finish(&making);
        mutex_unlock(&pager->space_lock);
    }
    give_memory(&making);
    return status;
}

static fh_status prepare(struct making *making, const struct descriptor *state)
{
    struct pager *pager = making->pager;
    struct meta *meta = &making->meta;

    *meta = pager->meta;
    meta->checkpoint_no++;
    meta->slot = meta_slot_of(meta->checkpoint_no);
    meta->flags = META_NO_LOG;
    meta->epoch = state->epoch;
    meta->txn_id = state->txn_id;
    meta->root_page = state->root;
    meta->root_level = state->root_level;
    meta->catalog_items = state->catalog_items;
    meta->time_ns = pager->os->wall_ns(pager->os);
    page_writer_init(&making->writer, pager->file, pager->alloc, pager->page_shift);
    making->page = memory_take(1, pager->page_bytes);
    making->frames = memory_take(pager->overlay.frame_count + 1, sizeof(*making->frames));
    if (making->page == NULL || making->frames == NULL)
        return fail(FH_NO_MEMORY, "no memory for a checkpoint of %u pages",
                    pager->overlay.frame_count);
    return FH_OK;
}

static void give_memory(struct making *making)
{
    memory_give(making->groups);
    memory_give(making->is_new);
    memory_give(making->old);
    memory_give(making->frames);
    memory_give(making->page);
    memory_give(making->directory_bytes);
}

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
static fh_status follow_growth(struct making *making)
{
    struct pager *pager = making->pager;
    uint32_t before = making->group_count;
    uint32_t count = space_map_groups(alloc_page_count(pager->alloc), pager->chunk_pages);
    uint32_t known = making->kept_groups < count ? making->kept_groups : count;
    uint32_t old_room = making->old == NULL ? 0 : pager->group_count + 1;
    void *groups, *is_new, *old;

    if (count == before && making->groups != NULL) return FH_OK;
    groups = memory_resize(making->groups, before, count, sizeof(*making->groups));
    making->groups = groups != NULL ? groups : making->groups;
    is_new = memory_resize(making->is_new, before, count, sizeof(*making->is_new));
    making->is_new = is_new != NULL ? is_new : making->is_new;
    /* At most every map of the checkpoint before, and its directory. */
    old = memory_resize(making->old, old_room, pager->group_count + 1U, sizeof(*making->old));
    making->old = old != NULL ? old : making->old;
    if (groups == NULL || is_new == NULL || old == NULL)
        return fail(FH_NO_MEMORY, "no memory for a checkpoint of %u groups", count);
    for (uint32_t i = before; i < known; i++)
        making->groups[i] = pager->groups[i];
    making->group_count = count;
    return reserve_headers(pager, count * SPACE_GROUP_CHUNKS);
}

static fh_status take(struct making *making, enum page_tag tag, uint32_t page_count,
                      struct run *ret_run)
{
    struct alloc_request request = {
        .page_count = page_count,
        .from_reserve = true,
        .slot = {.tag = (uint8_t)tag, .epoch = making->meta.epoch},
    };

    return alloc_take(making->pager->alloc, &request, ret_run);
}

static fh_status retire_old(struct making *making, struct run run)
{
    TRY(alloc_retire(making->pager->alloc, run));
    making->old[making->old_count++] = run;
    return FH_OK;
}

static fh_status renew_map(struct making *making, uint32_t group_no)
{
    page_no old = making->groups[group_no].map_page;
    struct run run;

    TRY(take(making, PAGE_MAP, 1, &run));
    making->groups[group_no].map_page = (page_no)run.first;
    making->is_new[group_no] = 1;
    return old == 0 ? FH_OK : retire_old(making, (struct run){old, 1});
}

static fh_status renew_directory(struct making *making, uint32_t page_count)
{
    struct pager *pager = making->pager;
    bool is_first = making->directory.count == 0;

    if (!is_first) alloc_untake(pager->alloc, making->directory);
    making->directory.count = 0;
    TRY(take(making, PAGE_DIRECTORY, page_count, &making->directory));
    return is_first && pager->directory.count > 0 ? retire_old(making, pager->directory) : FH_OK;
}

/* Groups that the file has been cut short of have no map any more. */
static fh_status retire_lost_groups(struct making *making)
{
    const struct pager *pager = making->pager;

    for (uint32_t i = making->kept_groups; i < pager->group_count; i++)
        TRY(retire_old(making, (struct run){pager->groups[i].map_page, 1}));
    return FH_OK;
}

/*
 * C3, C4. Taking a map page changes the map of its own group, whose map page must be new
 * too then; each group gets at most one, so the loop ends.
 */
static fh_status freeze(struct making *making)
{
    struct pager *pager = making->pager;
    uint32_t count = space_map_groups(alloc_page_count(pager->alloc), pager->chunk_pages);
    bool has_changed;

    making->kept_groups = pager->group_count < count ? pager->group_count : count;
    TRY(follow_growth(making));
    TRY(retire_lost_groups(making));
    do {
        uint32_t pages;

        has_changed = false;
        TRY(follow_growth(making));
        for (uint32_t i = 0; i < making->group_count; i++) {
            if (making->is_new[i] || !alloc_group_is_dirty(pager->alloc, i)) continue;
            TRY(renew_map(making, i));
            has_changed = true;
        }
        pages = space_map_directory_pages(making->group_count, pager->page_bytes);
        if (making->directory.count < pages) {
            TRY(renew_directory(making, pages));
            has_changed = true;
        }
    } while (has_changed);
    TRY(follow_growth(making));
    TRY(overlay_extend(&pager->overlay, alloc_page_count(pager->alloc)));
    making->meta.page_count = alloc_page_count(pager->alloc);
    making->directory_bytes = memory_take(making->directory.count, pager->page_bytes);
    if (making->directory_bytes == NULL) return fail(FH_NO_MEMORY, "no memory for the directory");
    for (frame_no frame = pager->overlay.newest; frame != 0;
         frame = pager->overlay.frames[frame].older) {
        page_no page = pager->overlay.frames[frame].page;

        if (alloc_is_used(pager->alloc, page))
            making->frames[making->frame_count++] = (uint64_t)page << 32 | frame;
    }
    return FH_OK;
}

/* C10: as if it had never begun. */
static void thaw(struct making *making)
{
    struct alloc *alloc = making->pager->alloc;

    if (making->directory.count > 0) alloc_untake(alloc, making->directory);
    for (uint32_t i = 0; i < making->group_count; i++)
        if (making->is_new[i]) alloc_untake(alloc, (struct run){making->groups[i].map_page, 1});
    for (uint32_t i = 0; i < making->old_count; i++)
        alloc_restore(alloc, making->old[i]);
}

static uint16_t longest_free(const uint64_t *used, uint32_t bits)
{
    uint32_t longest = 0, here = 0;

    for (uint32_t word = 0; word < bits / 64; word++) {
        uint64_t free_bits = ~used[word];

        if (free_bits == 0) {
            here = 0;
            continue;
        }
        if (used[word] == 0) {
            here += 64;
            longest = here > longest ? here : longest;
            continue;
        }
        for (unsigned bit = 0; bit < 64; bit++) {
            here = (free_bits >> bit & 1) != 0 ? here + 1 : 0;
            longest = here > longest ? here : longest;
        }
    }
    return (uint16_t)(longest < UINT16_MAX ? longest : UINT16_MAX);
}

static fh_status write_map(struct making *making, uint32_t group_no)
{
    struct pager *pager = making->pager;
    struct group *group = &making->groups[group_no];
    uint32_t group_pages = pager_group_pages(pager);
    const uint64_t *used = alloc_used_map(pager->alloc) + (size_t)group_no * (group_pages / 64);

    space_map_encode(making->page, used, group_pages);
    group->free_pages = group_pages - (uint32_t)bits_count(used, 0, group_pages);
    group->longest_run = longest_free(used, group_pages);
    TRY(page_writer_add(&making->writer, group->map_page, making->page));
    group->map_crc = alloc_draft(pager->alloc, group->map_page)->body_crc;
    return page_writer_flush(&making->writer);
}

static void encode_group(const struct making *making, uint32_t group_no, uint8_t *bytes)
{
    const struct group *group = &making->groups[group_no];
    struct directory_entry entry = {
        .map_page = group->map_page,
        .map_crc = group->map_crc,
        .free_pages = group->free_pages,
        .longest_run = group->longest_run,
    };

    for (uint32_t chunk = 0; chunk < SPACE_GROUP_CHUNKS; chunk++)
        if (alloc_is_covered(making->pager->alloc, group_no * SPACE_GROUP_CHUNKS + chunk))
            entry.covered[chunk / 8] |= (uint8_t)(1U << chunk % 8);
    space_map_encode_entry(bytes, &entry);
}

static fh_status write_directory(struct making *making)
{
    struct pager *pager = making->pager;
    size_t bytes = (size_t)making->group_count * DIRECTORY_ENTRY_BYTES;
    page_no first = (page_no)making->directory.first;
    struct span part = {making->directory_bytes, making->directory.count * pager->page_bytes};

    for (uint32_t i = 0; i < making->group_count; i++) {
        uint8_t *entry = making->directory_bytes + (size_t)i * DIRECTORY_ENTRY_BYTES;

        if (making->is_new[i])
            encode_group(making, i, entry);
        else
            memcpy(entry, pager->directory_bytes + (size_t)i * DIRECTORY_ENTRY_BYTES,
                   DIRECTORY_ENTRY_BYTES);
    }
    making->meta.directory_page = first;
    making->meta.directory_entries = making->group_count;
    making->meta.directory_crc = crc32c(0, making->directory_bytes, bytes);
    alloc_draft(pager->alloc, first)->body_crc = slot_body_crc(first, part.data, part.size);
    return pager->os->write(pager->file, (uint64_t)first << pager->page_shift, &part, 1);
}

static int compare_frames(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

static fh_status write_frames(struct making *making)
{
    const struct overlay *overlay = &making->pager->overlay;

    qsort(making->frames, making->frame_count, sizeof(*making->frames), compare_frames);
    for (uint32_t i = 0; i < making->frame_count; i++)
        TRY(page_writer_add(&making->writer, (page_no)(making->frames[i] >> 32),
                            overlay_body(overlay, (frame_no)making->frames[i])));
    return page_writer_flush(&making->writer);
}

/* The header page as C has it, or nothing when C has none worth keeping. */
static fh_status begin_header(struct making *making, uint32_t chunk_no)
{
    struct pager *pager = making->pager;
    page_no header = chunk_no << pager->chunk_shift;

    if (chunk_no < pager->has_header_capacity && pager->has_header[chunk_no])
        return os_read_all(pager->file, (uint64_t)header << pager->page_shift, making->page,
                           pager->page_bytes);
    memset(making->page, 0, pager->page_bytes);
    for (page_no page = META_FIRST_PAGE; chunk_no == 0 && page < PAGER_FIXED_PAGES; page++)
        slot_encode(making->page + (size_t)page * SLOT_BYTES,
                    &(struct slot){.tag = PAGE_META, .run_pages = 1}, page, pager->uuid_seed);
    return FH_OK;
}

static fh_status write_header(struct making *making, uint32_t chunk_no)
{
    struct pager *pager = making->pager;
    page_no header = chunk_no << pager->chunk_shift;
    struct header_slot head = {
        .page_shift = pager->page_shift,
        .chunk_shift = pager->chunk_shift,
        .chunk_no = chunk_no,
        .checkpoint_no = making->meta.checkpoint_no,
        .uuid_low = load64(making->meta.uuid),
    };
    struct span part = {making->page, pager->page_bytes};
    bool is_kept = chunk_no < pager->has_header_capacity && pager->has_header[chunk_no];
    uint32_t last = 0;

    TRY(begin_header(making, chunk_no));
    slot_encode_header(making->page, &head, header, pager->uuid_seed);
    for (uint32_t i = 1; i < pager->chunk_pages; i++) {
        const struct slot *slot = alloc_draft(pager->alloc, header + i);

        if (slot == NULL || !alloc_is_used(pager->alloc, header + i)) continue;
        slot_encode(making->page + (size_t)i * SLOT_BYTES, slot, header + i, pager->uuid_seed);
        last = i;
    }
    /* The medium's blocks are of 4 KiB: what did not change there is not written. */
    if (is_kept) part.size = size_min(part.size, round_up((last + 1ULL) * SLOT_BYTES, HALF_BYTES));
    return pager->os->write(pager->file, (uint64_t)header << pager->page_shift, &part, 1);
}

/* C5, C6. The header pages come last: they hold the checksums of the others. */
static fh_status write_body(struct making *making)
{
    struct pager *pager = making->pager;
    bool has_first = false;
    uint32_t chunk_no;

    TRY(write_frames(making));
    for (uint32_t i = 0; i < making->group_count; i++)
        if (making->is_new[i]) TRY(write_map(making, i));
    TRY(write_directory(making));
    for (uint32_t i = 0; alloc_draft_chunk(pager->alloc, i, &chunk_no); i++) {
        has_first |= chunk_no == 0;
        if (alloc_chunk_used(pager->alloc, chunk_no) > 0 &&
            !alloc_is_covered(pager->alloc, chunk_no))
            TRY(write_header(making, chunk_no));
    }
    if (!pager->has_header[0] && !has_first)
        TRY(write_header(making, 0)); /* a new file, whose first pages came from elsewhere */
    making->meta.used_pages = alloc_used_pages(pager->alloc);
    return FH_OK;
}

static fh_status poison(struct pager *pager, const char *what)
{
    atomic_store(&pager->is_poisoned, true);
    return fail(FH_POISONED, "%s: whether the commit holds is known after reopening (%s)", what,
                note_text());
}

/* C6, C7. */
static fh_status write_meta(struct making *making)
{
    struct pager *pager = making->pager;
    enum os_sync_kind kind = pager->must_sync_all ? OS_SYNC_ALL : OS_SYNC_DATA;
    uint64_t at = (uint64_t)(META_FIRST_PAGE + making->meta.slot) << pager->page_shift;
    uint8_t bytes[META_BYTES];
    struct span part = {bytes, sizeof(bytes)};

    meta_encode(bytes, &making->meta);
    if (pager->os->sync(pager->file, kind) != FH_OK) return poison(pager, "a sync failed");
    pager->must_sync_all = false;
    if (pager->os->write(pager->file, at, &part, 1) != FH_OK)
        return poison(pager, "the meta could not be written");
    if (pager->os->sync(pager->file, OS_SYNC_DATA) != FH_OK) return poison(pager, "a sync failed");
    at += (uint64_t)2 << pager->page_shift;
    pager->mirror_failure = pager->os->write(pager->file, at, &part, 1);
    /* This commit holds; the next would be less safe. */
    if (pager->mirror_failure != FH_OK) atomic_store(&pager->is_poisoned, true);
    return FH_OK;
}

/* C8: the new one is the durable one, the old one's maps are free. Nothing here can fail. */
static void finish(struct making *making)
{
    struct pager *pager = making->pager;
    struct alloc *alloc = pager->alloc;

    alloc_settle(alloc);
    alloc_drop_drafts(alloc);
    for (uint32_t i = 0; i < making->old_count; i++)
        alloc_give(alloc, making->old[i]);
    for (uint32_t i = 0; i < making->group_count; i++)
        if (alloc_group_is_dirty(alloc, i)) pager_note_headers(pager, i);
    alloc_clean(alloc);
    memory_give(pager->groups);
    pager->groups = making->groups;
    pager->group_count = making->group_count;
    making->groups = NULL;
    memory_give(pager->directory_bytes);
    pager->directory_bytes = making->directory_bytes;
    making->directory_bytes = NULL;
    pager->directory = making->directory;
    pager->meta = making->meta;
}
