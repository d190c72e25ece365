/*
 * checkpoint_write.c - the bytes of a checkpoint, in steps (C5 to C7).
 *
 * Nothing here looks at what the writer may be changing: frames of the image do not
 * change, drafts are frozen, maps are copies.
 */
#include "base/check.h"
#include "base/note.h"
#include "pager/pager_internal.h"

enum { HALF_BYTES = 4096, SYNC_EVERY_PAGES = 2048 };

/* The frozen slot of a page; pages are asked for in ascending order. */
static struct slot *slot_of(struct pager *pager, page_no page)
{
    struct checkpoint *making = &pager->checkpoint;
    uint32_t chunk_no = page >> pager->chunk_shift, count;
    const struct frozen_draft *frozen = alloc_frozen(pager->alloc, &count);

    while (making->draft_at < count && frozen[making->draft_at].chunk_no < chunk_no)
        making->draft_at++;
    REQUIRE(making->draft_at < count && frozen[making->draft_at].chunk_no == chunk_no);
    return &frozen[making->draft_at].slots[page & (pager->chunk_pages - 1)];
}

static fh_status write_frames(struct pager *pager, uint32_t *ret_pages)
{
    struct checkpoint *making = &pager->checkpoint;
    uint32_t count = making->frame_count - making->frame_at;

    if (count > PAGE_WRITER_PAGES) count = PAGE_WRITER_PAGES;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t entry = making->frames[making->frame_at + i];
        page_no page = (page_no)(entry >> 32);

        TRY(page_writer_add(&making->writer, page, overlay_body(&pager->overlay, (frame_no)entry),
                            slot_of(pager, page)));
    }
    TRY(page_writer_flush(&making->writer));
    making->frame_at += count;
    making->unsynced_pages += count;
    atomic_store(&making->left, making->frame_count - making->frame_at);
    *ret_pages = count;
    if (making->frame_at < making->frame_count) return FH_OK;
    making->draft_at = 0;
    atomic_store(&making->phase, CHECKPOINT_MAPS);
    return FH_OK;
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

static fh_status write_map(struct pager *pager, uint32_t group_no)
{
    struct checkpoint *making = &pager->checkpoint;
    struct group *group = &making->groups[group_no];
    const uint64_t *used = making->images[group_no].used;
    uint32_t group_pages = pager_group_pages(pager);
    struct slot *slot;

    making->draft_at = 0; /* map pages of groups come in any order */
    slot = slot_of(pager, group->map_page);
    space_map_encode(making->page, used, group_pages);
    group->free_pages = group_pages - (uint32_t)bits_count(used, 0, group_pages);
    group->longest_run = longest_free(used, group_pages);
    TRY(page_writer_add(&making->writer, group->map_page, making->page, slot));
    group->map_crc = slot->body_crc;
    return page_writer_flush(&making->writer);
}

static void encode_group(const struct checkpoint *making, uint32_t group_no, uint8_t *bytes)
{
    const struct group *group = &making->groups[group_no];
    struct directory_entry entry = {
        .map_page = group->map_page,
        .map_crc = group->map_crc,
        .free_pages = group->free_pages,
        .longest_run = group->longest_run,
    };

    memcpy(entry.covered, making->images[group_no].covered, sizeof(entry.covered));
    space_map_encode_entry(bytes, &entry);
}

static fh_status write_directory(struct pager *pager)
{
    struct checkpoint *making = &pager->checkpoint;
    size_t bytes = (size_t)making->group_count * DIRECTORY_ENTRY_BYTES;
    page_no first = (page_no)making->directory.first;
    struct span part = {making->directory_bytes, making->directory.count * pager->page_bytes};

    for (uint32_t i = 0; i < making->group_count; i++) {
        uint8_t *entry = making->directory_bytes + (size_t)i * DIRECTORY_ENTRY_BYTES;

        if (making->images[i].used != NULL)
            encode_group(making, i, entry);
        else
            memcpy(entry, pager->directory_bytes + (size_t)i * DIRECTORY_ENTRY_BYTES,
                   DIRECTORY_ENTRY_BYTES);
    }
    making->meta.directory_page = first;
    making->meta.directory_entries = making->group_count;
    making->meta.directory_crc = crc32c(0, making->directory_bytes, bytes);
    making->directory_slot->body_crc = slot_body_crc(first, part.data, part.size);
    return pager->os->write(pager->file, (uint64_t)first << pager->page_shift, &part, 1);
}

static fh_status write_maps(struct pager *pager, uint32_t *ret_pages)
{
    struct checkpoint *making = &pager->checkpoint;

    *ret_pages = 1;
    while (making->map_at < making->group_count && making->images[making->map_at].used == NULL)
        making->map_at++;
    if (making->map_at < making->group_count) return write_map(pager, making->map_at++);
    TRY(write_directory(pager));
    atomic_store(&making->phase, CHECKPOINT_HEADERS);
    return FH_OK;
}

/* The header page as C has it, or nothing when C has none worth keeping. */
static fh_status begin_header(struct pager *pager, uint32_t chunk_no, bool is_kept)
{
    uint8_t *bytes = pager->checkpoint.page;
    page_no header = chunk_no << pager->chunk_shift;

    if (is_kept)
        return os_read_all(pager->file, (uint64_t)header << pager->page_shift, bytes,
                           pager->page_bytes);
    memset(bytes, 0, pager->page_bytes);
    for (page_no page = META_FIRST_PAGE; chunk_no == 0 && page < PAGER_FIXED_PAGES; page++)
        slot_encode(bytes + (size_t)page * SLOT_BYTES,
                    &(struct slot){.tag = PAGE_META, .run_pages = 1}, page, pager->uuid_seed);
    return FH_OK;
}

/* `slots` may be NULL: the page alone. */
static fh_status write_header(struct pager *pager, uint32_t chunk_no, const struct slot *slots)
{
    const struct checkpoint *making = &pager->checkpoint;
    page_no header = chunk_no << pager->chunk_shift;
    struct header_slot head = {
        .page_shift = pager->page_shift,
        .chunk_shift = pager->chunk_shift,
        .chunk_no = chunk_no,
        .checkpoint_no = making->meta.checkpoint_no,
        .uuid_low = load64(making->meta.uuid),
    };
    const uint64_t *used = making->images[chunk_no / SPACE_GROUP_CHUNKS].used;
    uint32_t from = header % pager_group_pages(pager);
    struct span part = {making->page, pager->page_bytes};
    bool is_kept = chunk_no < pager->has_header_capacity && pager->has_header[chunk_no];
    uint32_t last = 0;

    TRY(begin_header(pager, chunk_no, is_kept));
    slot_encode_header(making->page, &head, header, pager->uuid_seed);
    for (uint32_t i = 1; slots != NULL && i < pager->chunk_pages; i++) {
        if (!bits_test(used, from + i) || slots[i].tag == PAGE_UNUSED) continue;
        slot_encode(making->page + (size_t)i * SLOT_BYTES, &slots[i], header + i, pager->uuid_seed);
        last = i;
    }
    /* The medium's blocks are of 4 KiB: what did not change there is not written. */
    if (is_kept) part.size = size_min(part.size, round_up((last + 1ULL) * SLOT_BYTES, HALF_BYTES));
    return pager->os->write(pager->file, (uint64_t)header << pager->page_shift, &part, 1);
}

/* The chunk has a header page in the image: pages in use, and no long run over it. */
static bool has_header_in(const struct pager *pager, uint32_t chunk_no)
{
    const struct group_image *image = &pager->checkpoint.images[chunk_no / SPACE_GROUP_CHUNKS];
    uint32_t chunk = chunk_no % SPACE_GROUP_CHUNKS;
    uint64_t first = (uint64_t)chunk * pager->chunk_pages;
    uint64_t end = ((uint64_t)chunk_no + 1) * pager->chunk_pages;
    uint64_t beyond =
        end > pager->checkpoint.meta.page_count ? end - pager->checkpoint.meta.page_count : 0;

    if (beyond >= pager->chunk_pages) return false;
    return (image->covered[chunk / 8] >> chunk % 8 & 1) == 0 &&
           bits_count(image->used, first + 1, pager->chunk_pages - 1) > beyond;
}

void checkpoint_note_headers(struct pager *pager, uint32_t group_no)
{
    uint32_t first = group_no * SPACE_GROUP_CHUNKS;

    for (uint32_t i = first; i < first + SPACE_GROUP_CHUNKS; i++)
        pager->has_header[i] = has_header_in(pager, i);
}

static fh_status write_headers(struct pager *pager, uint32_t *ret_pages)
{
    struct checkpoint *making = &pager->checkpoint;
    uint32_t count;
    const struct frozen_draft *frozen = alloc_frozen(pager->alloc, &count);

    *ret_pages = 1;
    if (making->header_at < count) {
        const struct frozen_draft *draft = &frozen[making->header_at++];

        return has_header_in(pager, draft->chunk_no)
                   ? write_header(pager, draft->chunk_no, draft->slots)
                   : FH_OK;
    }
    /* A new file, whose first pages came from elsewhere. */
    if (!pager->has_header[0] && (count == 0 || frozen[0].chunk_no != 0))
        TRY(write_header(pager, 0, NULL));
    atomic_store(&making->phase, CHECKPOINT_METAS);
    return FH_OK;
}

static fh_status poison(struct pager *pager, const char *what)
{
    atomic_store(&pager->is_poisoned, true);
    return fail(FH_POISONED, "%s: whether the commit holds is known after reopening (%s)", what,
                note_text());
}

fh_status checkpoint_write_meta(struct pager *pager, const struct meta *meta)
{
    bool must_sync_all = atomic_exchange(&pager->must_sync_all, false);
    uint64_t at = (uint64_t)(META_FIRST_PAGE + meta->slot) << pager->page_shift;
    uint8_t bytes[META_BYTES];
    struct span part = {bytes, sizeof(bytes)};

    meta_encode(bytes, meta);
    if (pager->os->sync(pager->file, must_sync_all ? OS_SYNC_ALL : OS_SYNC_DATA) != FH_OK)
        return poison(pager, "a sync failed");
    if (pager->os->write(pager->file, at, &part, 1) != FH_OK)
        return poison(pager, "the meta could not be written");
    if (pager->os->sync(pager->file, OS_SYNC_DATA) != FH_OK) return poison(pager, "a sync failed");
    at += (uint64_t)2 << pager->page_shift;
    pager->mirror_failure = pager->os->write(pager->file, at, &part, 1);
    /* This commit holds; the next would be less safe. */
    if (pager->mirror_failure != FH_OK) atomic_store(&pager->is_poisoned, true);
    return FH_OK;
}

/* Much is written to the medium in pieces, so that barrier A has little left to wait for. */
static fh_status sync_piece(struct pager *pager)
{
    struct checkpoint *making = &pager->checkpoint;

    if (making->unsynced_pages < SYNC_EVERY_PAGES) return FH_OK;
    making->unsynced_pages = 0;
    if (pager->os->sync(pager->file, OS_SYNC_DATA) != FH_OK) return poison(pager, "a sync failed");
    return FH_OK;
}

fh_status checkpoint_step(struct pager *pager, uint32_t *ret_pages)
{
    struct checkpoint *making = &pager->checkpoint;

    *ret_pages = 1;
    switch (atomic_load(&making->phase)) {
    case CHECKPOINT_FRAMES:
        TRY(write_frames(pager, ret_pages));
        return sync_piece(pager);
    case CHECKPOINT_MAPS:
        return write_maps(pager, ret_pages);
    case CHECKPOINT_HEADERS:
        return write_headers(pager, ret_pages);
    case CHECKPOINT_METAS:
        TRY(checkpoint_write_meta(pager, &making->meta));
        atomic_store(&making->phase, CHECKPOINT_DONE);
        return FH_OK;
    case CHECKPOINT_NONE:
    case CHECKPOINT_DONE:
    case CHECKPOINT_FAILED:
        break;
    }
    return FH_OK;
}
