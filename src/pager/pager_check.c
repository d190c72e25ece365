/*
 * pager_check.c - the pager's part of a check: metas, headers, directory, maps, slots.
 */
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "pager/pager_internal.h"

static fh_status check_metas(struct pager *pager, struct fault_list *faults)
{
    for (page_no page = META_FIRST_PAGE; page < PAGER_FIXED_PAGES; page++) {
        uint8_t bytes[META_BYTES];
        struct meta meta;

        TRY(os_read_all(pager->file, (uint64_t)page << pager->page_shift, bytes, sizeof(bytes)));
        if (meta_decode(bytes, pager->page_shift, page, &meta) != FH_OK)
            fault_add_note(faults, "page %u", page);
        else if (memcmp(meta.uuid, pager->meta.uuid, UUID_BYTES) != 0)
            fault_add(faults, "page %u: the meta of another database", page);
    }
    return FH_OK;
}

static fh_status check_tail_of_metas(struct pager *pager, struct fault_list *faults)
{
    uint8_t bytes[PAGE_BYTES_MAX];

    for (page_no page = META_FIRST_PAGE; page < PAGER_FIXED_PAGES; page++) {
        size_t rest = pager->page_bytes - META_BYTES;

        TRY(os_read_all(pager->file, ((uint64_t)page << pager->page_shift) + META_BYTES, bytes,
                        rest));
        if (!bytes_are_zero(bytes, rest))
            fault_add(faults, "page %u: bytes behind the meta are not zero", page);
    }
    return FH_OK;
}

static void check_headers(struct pager *pager, struct fault_list *faults)
{
    uint32_t chunks = (pager->meta.page_count - 1) / pager->chunk_pages + 1;

    for (uint32_t i = 0; i < chunks; i++) {
        struct header_slot slot;

        if (!pager->has_header[i]) continue;
        if (!pager_header_slot(pager, i, &slot))
            fault_add(faults, "page %u: slot 0 of the header page does not prove itself",
                      i << pager->chunk_shift);
        else if (slot.chunk_no != i || slot.page_shift != pager->page_shift ||
                 slot.chunk_shift != pager->chunk_shift ||
                 slot.uuid_low != load64(pager->meta.uuid))
            fault_add(faults, "page %u: the header page of chunk %u of another database",
                      i << pager->chunk_shift, slot.chunk_no);
    }
}

static void reach(struct pager_check *check, uint64_t page, uint64_t count)
{
    bits_fill(check->reached, page, count, true);
    check->metadata_pages += count;
}

static void check_group(struct pager *pager, struct pager_check *check, uint32_t group_no)
{
    struct directory_entry entry;
    uint32_t group_pages = pager_group_pages(pager);
    uint32_t first = group_no * SPACE_GROUP_CHUNKS;
    uint64_t from = (uint64_t)group_no * group_pages;
    uint64_t free_pages;

    space_map_decode_entry(pager->directory_bytes + (size_t)group_no * DIRECTORY_ENTRY_BYTES,
                           &entry);
    reach(check, entry.map_page, 1);
    /* Pages that came after the checkpoint are not its business: to it they are used. */
    free_pages =
        pager->meta.page_count - from < group_pages ? pager->meta.page_count - from : group_pages;
    free_pages -= bits_count(alloc_used_map(pager->alloc), from, free_pages);
    if (entry.free_pages != free_pages && !alloc_group_is_dirty(pager->alloc, group_no))
        fault_add(check->faults, "I13: group %u: the directory counts %u free pages, the map %llu",
                  group_no, entry.free_pages, (unsigned long long)free_pages);
    if (slot_body_crc(entry.map_page, overlay_mapped(&pager->overlay, entry.map_page),
                      pager->page_bytes) != entry.map_crc)
        fault_add(check->faults, "page %u: the map of group %u fails its checksum", entry.map_page,
                  group_no);
    for (uint32_t i = 0; i < SPACE_GROUP_CHUNKS; i++) {
        bool is_covered = (entry.covered[i / 8] >> i % 8 & 1) != 0;

        if (is_covered != alloc_is_covered(pager->alloc, first + i) &&
            !alloc_group_is_dirty(pager->alloc, group_no))
            fault_add(check->faults, "I13: chunk %u is covered or not", first + i);
    }
}

static void check_directory(struct pager *pager, struct pager_check *check)
{
    size_t entries = (size_t)pager->meta.directory_entries * DIRECTORY_ENTRY_BYTES;
    size_t bytes = (size_t)pager->directory.count << pager->page_shift;
    const uint8_t *body = overlay_mapped(&pager->overlay, pager->meta.directory_page);

    reach(check, pager->directory.first, pager->directory.count);
    if (crc32c(0, body, entries) != pager->meta.directory_crc)
        fault_add(check->faults, "page %u: the directory fails its checksum",
                  pager->meta.directory_page);
    if (!bytes_are_zero(body + entries, bytes - entries))
        fault_add(check->faults, "page %u: bytes behind the directory are not zero",
                  pager->meta.directory_page);
    for (uint32_t i = 0; i < pager->group_count; i++)
        check_group(pager, check, i);
}

/* The slots of a chunk's used pages; bodies too. */
static void check_slots(struct pager *pager, struct pager_check *check, uint32_t chunk_no)
{
    page_no first = chunk_no << pager->chunk_shift;

    for (page_no page = first + 1; page < first + pager->chunk_pages; page++) {
        struct slot slot;

        if (page >= pager->meta.page_count || !alloc_is_used(pager->alloc, page) ||
            alloc_draft(pager->alloc, page) != NULL) /* in memory only: a log was replayed */
            continue;
        if (verify_page(pager, page, &slot) != FH_OK) fault_add(check->faults, "%s", note_text());
    }
}

fh_status pager_check(struct pager *pager, struct pager_check *check)
{
    uint32_t chunks = (pager_page_count(pager) - 1) / pager->chunk_pages + 1;

    TRY(check_metas(pager, check->faults));
    TRY(check_tail_of_metas(pager, check->faults));
    reach(check, META_FIRST_PAGE, META_COPY_COUNT);
    check_headers(pager, check->faults);
    check_directory(pager, check);
    for (uint32_t i = 0; i < chunks; i++) {
        if (check->progress != NULL)
            check->progress(check->context, (uint64_t)i * pager->chunk_pages,
                            pager->meta.page_count);
        if (alloc_is_covered(pager->alloc, i)) continue;
        reach(check, (uint64_t)i << pager->chunk_shift, 1);
        check_slots(pager, check, i);
    }
    return FH_OK;
}
