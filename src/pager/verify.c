/*
 * verify.c - one page against its slot, and all of them.
 */
#include "base/check.h"
#include "base/note.h"
#include "pager/pager_internal.h"

static fh_status verify_body(struct pager *pager, page_no page, const struct slot *slot)
{
    uint64_t bytes = (uint64_t)slot->run_pages << pager->page_shift;

    if (slot->run_pages == 0 || slot->run_pages > pager->meta.page_count - page)
        return fail(FH_CORRUPT, "I15: page %u: a run of %u pages", page, slot->run_pages);
    if (slot_body_crc(page, overlay_page(&pager->overlay, page), (size_t)bytes) != slot->body_crc)
        return fail(FH_CORRUPT, "page %u: the checksum of the body is wrong", page);
    return FH_OK;
}

fh_status verify_page(struct pager *pager, page_no page, struct slot *ret_slot)
{
    struct slot head;
    bool is_proven;

    TRY(pager_slot(pager, page, ret_slot, &is_proven));
    if (!is_proven) return fail(FH_CORRUPT, "I15: page %u: its slot does not prove itself", page);
    if (ret_slot->epoch > pager->meta.epoch)
        return fail(FH_CORRUPT, "I4: page %u: born in epoch %llu, after this checkpoint's %llu",
                    page, (unsigned long long)ret_slot->epoch,
                    (unsigned long long)pager->meta.epoch);
    switch ((enum page_tag)ret_slot->tag) {
    case PAGE_META:
        return page < PAGER_FIXED_PAGES ? FH_OK : fail(FH_CORRUPT, "I15: page %u: no meta", page);
    case PAGE_RUN_BODY:
        if (ret_slot->run_pages == 0 || ret_slot->run_pages >= page % pager->chunk_pages)
            return fail(FH_CORRUPT, "I15: page %u: a run's body without a head", page);
        TRY(pager_slot(pager, page - ret_slot->run_pages, &head, &is_proven));
        if (!is_proven || head.run_pages <= ret_slot->run_pages)
            return fail(FH_CORRUPT, "I15: page %u: its head is no run that long", page);
        return FH_OK;
    case PAGE_MAP:
    case PAGE_DIRECTORY:
    case PAGE_BRANCH:
    case PAGE_LEAF:
    case PAGE_RUN_HEAD:
    case PAGE_RAW:
        return verify_body(pager, page, ret_slot);
    case PAGE_UNUSED:
    case PAGE_HEADER:
    case PAGE_TAG_COUNT:
        break;
    }
    return fail(FH_CORRUPT, "I15: page %u is used, its slot says tag %u", page, ret_slot->tag);
}

/* The bytes of a page, or of the run that begins there, against its slot in the file. */
fh_status verify_touch(void *context, page_no page)
{
    struct pager *pager = context;
    struct slot slot;
    uint32_t crc;
    bool is_proven;

    if (pager_draft(pager, page, &slot)) return answer(FH_NOT_FOUND);
    TRY(pager_slot(pager, page, &slot, &is_proven));
    if (!is_proven) return fail(FH_CORRUPT, "page %u: its slot does not prove itself", page);
    TRY(pager_body_crc(pager, page, slot.run_pages, &crc));
    return crc == slot.body_crc
               ? FH_OK
               : fail(FH_CORRUPT, "page %u: the checksum of its body is wrong", page);
}

/* V2: every page that this checkpoint uses is as it was written. */
fh_status verify_all(struct pager *pager)
{
    struct slot slot;
    fh_status status;

    mutex_lock(&pager->space_lock);
    status = recover_space(pager);
    mutex_unlock(&pager->space_lock);
    TRY(status);
    for (page_no page = PAGER_FIXED_PAGES; page < pager->meta.page_count; page++) {
        if (page % pager->chunk_pages == 0 || !alloc_is_used(pager->alloc, page) ||
            alloc_is_covered(pager->alloc, page >> pager->chunk_shift))
            continue;
        status = verify_page(pager, page, &slot);
        if (status != FH_OK)
            return note_context(status, "the newest meta is unreadable, and the older state is "
                                        "not whole");
    }
    return FH_OK;
}
