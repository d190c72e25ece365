/*
 * recover.c - what a file says of itself: the newest meta, then its maps.
 *
 * Recovery takes the valid copy of a meta with the highest number (V2). An older meta is
 * safe only while nothing it needs was used again, so when the newest may be the one that
 * cannot be read, every page of the older state is verified first.
 */
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "pager/pager_internal.h"

enum { SHIFT_LEAST = 9, SHIFT_MOST = 13 };

struct copies {
    struct meta metas[META_COPY_COUNT];
    bool is_valid[META_COPY_COUNT];
    bool is_newer_format;
    int best; /* -1: none is valid */
};

static fh_status read_copies(struct os_file *file, uint8_t page_shift, struct copies *copies)
{
    *copies = (struct copies){.best = -1};
    for (int i = 0; i < META_COPY_COUNT; i++) {
        uint8_t bytes[META_BYTES] = {0};
        page_no page = META_FIRST_PAGE + (page_no)i;
        size_t size;
        fh_status status;

        TRY(file->os->read(file, (uint64_t)page << page_shift, bytes, sizeof(bytes), &size));
        status = size < sizeof(bytes) ? FH_CORRUPT
                                      : meta_decode(bytes, page_shift, page, &copies->metas[i]);
        copies->is_valid[i] = status == FH_OK;
        copies->is_newer_format |= status == FH_VERSION;
        if (status == FH_OK && (copies->best < 0 || copies->metas[i].checkpoint_no >
                                                        copies->metas[copies->best].checkpoint_no))
            copies->best = i;
    }
    return FH_OK;
}

static bool is_foreign(const struct copies *copies, int i)
{
    return memcmp(copies->metas[i].uuid, copies->metas[copies->best].uuid, UUID_BYTES) != 0;
}

/* V2: the best copy may hide a newer state that cannot be read. */
static bool must_verify(const struct copies *copies)
{
    const struct meta *best = &copies->metas[copies->best];
    int other = best->slot == 0 ? 1 : 0;
    int mirror = other + 2;

    if (copies->is_valid[other] && !is_foreign(copies, other)) return false;
    return !(copies->is_valid[mirror] && !is_foreign(copies, mirror) &&
             copies->metas[mirror].checkpoint_no == best->checkpoint_no - 1);
}

/* The first size with a valid copy decides; the one that slot 0 claims is tried first. */
static fh_status find_copies(struct pager *pager, struct copies *copies)
{
    uint8_t start[SLOT_BYTES] = {0};
    uint8_t claimed = 0, chunk_shift = 0;
    bool is_ours, is_newer_format = false;
    size_t size;

    TRY(pager->file->os->read(pager->file, 0, start, sizeof(start), &size));
    is_ours = slot_peek_sizes(start, &claimed, &chunk_shift);
    if (is_ours && claimed >= SHIFT_LEAST && claimed <= SHIFT_MOST) {
        TRY(read_copies(pager->file, claimed, copies));
        if (copies->best >= 0) return FH_OK;
        is_newer_format |= copies->is_newer_format;
    }
    for (unsigned shift = SHIFT_LEAST; shift <= SHIFT_MOST; shift++) {
        TRY(read_copies(pager->file, (uint8_t)shift, copies));
        if (copies->best >= 0) return FH_OK;
        is_newer_format |= copies->is_newer_format;
    }
    if (is_newer_format)
        return fail(FH_VERSION, "a newer version of Freehold made this file: use that one");
    if (is_ours) return fail(FH_CORRUPT, "no meta is whole: restore the file from a copy");
    return fail(FH_NOT_DATABASE, "this is no Freehold database");
}

static fh_status write_copy(struct pager *pager, const struct meta *meta, page_no page)
{
    uint8_t bytes[META_BYTES];
    struct span part = {bytes, sizeof(bytes)};

    meta_encode(bytes, meta);
    return pager->os->write(pager->file, (uint64_t)page << meta->page_shift, &part, 1);
}

/*
 * Before anything is written on top of it, the state in use must be on the medium: what was
 * read may be only in the system's cache, left there by a sync that failed or never came.
 * So its meta is written again, the copy that nobody relies on first; torn copies of the
 * state before are mended on the way.
 */
static fh_status heal(struct pager *pager, const struct copies *copies)
{
    const struct meta *best = &copies->metas[copies->best];
    page_no relied_on = META_FIRST_PAGE + (page_no)copies->best;
    page_no twin = copies->best < 2 ? relied_on + 2 : relied_on - 2;
    int main = best->slot == 0 ? 1 : 0, mirror = main + 2;
    bool has_main = copies->is_valid[main] && !is_foreign(copies, main);
    bool has_mirror = copies->is_valid[mirror] && !is_foreign(copies, mirror);

    if (has_main && !has_mirror)
        TRY(write_copy(pager, &copies->metas[main], META_FIRST_PAGE + (page_no)mirror));
    if (has_mirror && !has_main)
        TRY(write_copy(pager, &copies->metas[mirror], META_FIRST_PAGE + (page_no)main));
    TRY(write_copy(pager, best, twin));
    TRY(pager->os->sync(pager->file, OS_SYNC_ALL));
    TRY(write_copy(pager, best, relied_on));
    return pager->os->sync(pager->file, OS_SYNC_DATA);
}

/* The slot that the first checkpoint leaves alone says the same, as number 0. */
fh_status recover_first_metas(struct pager *pager)
{
    struct meta zeroth = pager->meta;

    REQUIRE(zeroth.checkpoint_no == 1);
    zeroth.checkpoint_no = 0;
    zeroth.slot = 0;
    TRY(write_copy(pager, &zeroth, META_FIRST_PAGE));
    TRY(write_copy(pager, &zeroth, META_FIRST_PAGE + 2));
    return pager->os->sync(pager->file, OS_SYNC_ALL);
}

fh_status recover_metas(struct pager *pager)
{
    struct os_file_size size;
    struct copies copies;
    const struct meta *best;

    TRY(pager->os->size(pager->file, &size));
    TRY(find_copies(pager, &copies));
    best = &copies.metas[copies.best];
    if (best->page_count > size.bytes >> best->page_shift)
        return fail(FH_CORRUPT, "the file is cut short: %llu bytes, its %u pages need %llu",
                    (unsigned long long)size.bytes, best->page_count,
                    (unsigned long long)best->page_count << best->page_shift);
    if (best->chunk_shift != meta_chunk_shift(best->page_shift))
        return fail(FH_VERSION, "chunks of 2^%u pages", best->chunk_shift);
    if (best->ro_compat != 0 && !pager->read_only)
        return fail(FH_VERSION, "features %#x: this version may only read the file",
                    best->ro_compat);
    pager->meta = *best;
    pager->page_shift = best->page_shift;
    pager->chunk_shift = best->chunk_shift;
    pager->must_verify = must_verify(&copies);
    pager->file_pages = (uint32_t)(size.bytes >> best->page_shift);
    return FH_OK;
}

fh_status recover_heal(struct pager *pager)
{
    struct copies copies;

    TRY(find_copies(pager, &copies));
    return heal(pager, &copies);
}

static fh_status load_group(struct pager *pager, uint32_t group_no, const uint8_t *directory,
                            uint64_t *used, uint8_t *page)
{
    uint32_t group_pages = pager_group_pages(pager);
    struct directory_entry entry;

    space_map_decode_entry(directory + (size_t)group_no * DIRECTORY_ENTRY_BYTES, &entry);
    if (entry.map_page == 0 || entry.map_page >= pager->meta.page_count)
        return fail(FH_CORRUPT, "group %u names page %u as its map", group_no, entry.map_page);
    if (entry.flags != 0)
        return fail(FH_CORRUPT, "group %u has flags %#x, which nothing has", group_no, entry.flags);
    TRY(os_read_all(pager->file, (uint64_t)entry.map_page << pager->page_shift, page,
                    pager->page_bytes));
    if (slot_body_crc(entry.map_page, page, pager->page_bytes) != entry.map_crc)
        return fail(FH_CORRUPT, "page %u, the map of group %u, fails its checksum", entry.map_page,
                    group_no);
    space_map_decode(used + (size_t)group_no * (group_pages / 64), page, group_pages);
    pager->groups[group_no] = (struct group){
        .map_page = entry.map_page,
        .map_crc = entry.map_crc,
        .free_pages = entry.free_pages,
        .longest_run = entry.longest_run,
    };
    return FH_OK;
}

static fh_status load_maps(struct pager *pager, const uint8_t *directory, uint64_t *used,
                           uint64_t *covered)
{
    uint8_t *page = memory_take(1, pager->page_bytes);
    fh_status status = FH_OK;

    if (page == NULL) return fail(FH_NO_MEMORY, "no memory for a page");
    for (uint32_t i = 0; i < pager->group_count && status == FH_OK; i++) {
        const uint8_t *entry = directory + (size_t)i * DIRECTORY_ENTRY_BYTES;

        status = load_group(pager, i, directory, used, page);
        for (unsigned word = 0; word < DIRECTORY_COVERED_BYTES / 8; word++)
            covered[(size_t)i * (DIRECTORY_COVERED_BYTES / 8) + word] =
                load64(entry + 16 + 8 * (size_t)word);
    }
    memory_give(page);
    return status;
}

/* I5: what the maps must say of pages that are known without them. */
static fh_status judge_maps(const struct pager *pager, const uint64_t *used,
                            const uint64_t *covered)
{
    uint32_t chunk_pages = pager->chunk_pages;

    if (bits_count(used, 0, PAGER_FIXED_PAGES) != PAGER_FIXED_PAGES ||
        bits_count(used, pager->directory.first, pager->directory.count) != pager->directory.count)
        return fail(FH_CORRUPT, "I5: a page of the metas or the directory is free in the map");
    for (uint32_t i = 0; i < pager->group_count; i++)
        if (!bits_test(used, pager->groups[i].map_page))
            return fail(FH_CORRUPT, "I5: page %u, the map of group %u, is free in it",
                        pager->groups[i].map_page, i);
    for (uint64_t chunk_no = 0; chunk_no < pager->has_header_capacity; chunk_no++)
        if (bits_test(covered, chunk_no) &&
            (chunk_no == 0 || (chunk_no + 1) * chunk_pages > pager->meta.page_count ||
             bits_count(used, chunk_no * chunk_pages + 1, chunk_pages - 1) != chunk_pages - 1))
            return fail(FH_CORRUPT, "I5: chunk %llu is covered, but no run fills it",
                        (unsigned long long)chunk_no);
    return FH_OK;
}

/* Directory, maps, allocator: everything into `alloc`, or nothing. */
static fh_status load_alloc(struct pager *pager, const uint8_t *directory, struct alloc *alloc)
{
    uint32_t words = pager_group_pages(pager) / 64;
    uint64_t *used = memory_take(pager->group_count, words * sizeof(*used));
    uint64_t *covered = memory_take(pager->group_count, DIRECTORY_COVERED_BYTES);
    fh_status status = FH_NO_MEMORY;
    struct alloc_stat stat;

    if (used == NULL || covered == NULL) {
        status = fail(FH_NO_MEMORY, "no memory for the maps of %u groups", pager->group_count);
        goto out;
    }
    status = load_maps(pager, directory, used, covered);
    if (status == FH_OK) status = judge_maps(pager, used, covered);
    if (status == FH_OK) status = alloc_load(alloc, pager->meta.page_count, used, covered);
    if (status != FH_OK) goto out;
    alloc_stat(alloc, &stat);
    if (stat.used_pages != pager->meta.used_pages)
        status = fail(FH_CORRUPT, "I13: the maps hold %u used pages, the meta says %llu",
                      stat.used_pages, (unsigned long long)pager->meta.used_pages);
out:
    memory_give(used);
    memory_give(covered);
    return status;
}

static fh_status read_directory(struct pager *pager, uint8_t **ret_bytes)
{
    const struct meta *meta = &pager->meta;
    uint32_t groups = space_map_groups(meta->page_count, pager->chunk_pages);
    uint32_t pages = space_map_directory_pages(groups, pager->page_bytes);
    uint8_t *bytes;
    fh_status status;

    if (meta->directory_entries != groups || meta->directory_page == 0 ||
        meta->directory_page >= meta->page_count || pages > meta->page_count - meta->directory_page)
        return fail(FH_CORRUPT, "the meta names page %u as directory of %u groups",
                    meta->directory_page, meta->directory_entries);
    bytes = memory_take(pages, pager->page_bytes);
    if (bytes == NULL) return fail(FH_NO_MEMORY, "no memory for the directory");
    status = os_read_all(pager->file, (uint64_t)meta->directory_page << pager->page_shift, bytes,
                         (size_t)pages * pager->page_bytes);
    if (status != FH_OK) {
        memory_give(bytes);
        return status;
    }
    if (crc32c(0, bytes, (size_t)groups * DIRECTORY_ENTRY_BYTES) != meta->directory_crc) {
        memory_give(bytes);
        return fail(FH_CORRUPT, "page %u, the directory, fails its checksum", meta->directory_page);
    }
    pager->directory = (struct run){meta->directory_page, pages};
    *ret_bytes = bytes;
    return FH_OK;
}

static void note_headers(struct pager *pager, uint32_t group_no)
{
    uint32_t first = group_no * SPACE_GROUP_CHUNKS;

    for (uint32_t i = first; i < first + SPACE_GROUP_CHUNKS; i++)
        pager->has_header[i] =
            alloc_chunk_used(pager->alloc, i) > 0 && !alloc_is_covered(pager->alloc, i);
}

fh_status recover_space(struct pager *pager)
{
    uint32_t groups = space_map_groups(pager->meta.page_count, pager->chunk_pages);
    struct alloc_options options = pager_alloc_options(pager);
    struct alloc *alloc = NULL;
    uint8_t *directory = NULL;
    fh_status status;

    if (pager->alloc != NULL) return FH_OK;
    TRY(read_directory(pager, &directory));
    memory_give(pager->groups);
    memory_give(pager->has_header);
    pager->group_count = groups;
    pager->has_header_capacity = groups * SPACE_GROUP_CHUNKS;
    pager->groups = memory_take(groups, sizeof(*pager->groups));
    pager->has_header = memory_take(pager->has_header_capacity, 1);
    status = pager->groups == NULL || pager->has_header == NULL
                 ? fail(FH_NO_MEMORY, "no memory for %u groups", groups)
                 : alloc_open(pager->backing, &options, &alloc);
    if (status == FH_OK) status = load_alloc(pager, directory, alloc);
    if (status != FH_OK) {
        memory_give(directory);
        alloc_close(alloc);
        return status;
    }
    pager->directory_bytes = directory;
    alloc_clean(alloc);
    alloc_set_quota(alloc, pager->quota_pages);
    pager->alloc = alloc;
    for (uint32_t i = 0; i < groups; i++)
        note_headers(pager, i);
    return FH_OK;
}
