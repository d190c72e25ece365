/*
 * free_list_audit.c - what must be true of a free list after every step.
 */
#include <inttypes.h>

#include "base/bits.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "lab/free_list.h"

/* Marks the pages of a run, none of which may be marked. */
static fh_status mark(const struct free_list *list, uint64_t *seen, struct run run)
{
    if (run.first < FREE_LIST_FIRST_PAGE || run.count == 0 ||
        !run_holds((struct run){0, list->page_count}, run))
        return fail(FH_CORRUPT, "%" PRIu64 " pages at %" PRIu64 " are in the list", run.count,
                    run.first);
    if (bits_count(seen, run.first, run.count) > 0)
        return fail(FH_CORRUPT, "one of the %" PRIu64 " pages at %" PRIu64 " is there twice",
                    run.count, run.first);
    bits_fill(seen, run.first, run.count, true);
    return FH_OK;
}

static fh_status audit_free(const struct free_list *list, uint64_t *seen)
{
    uint64_t free_pages = 0;
    uint64_t behind = 0;
    struct run run;

    for (uint64_t at = 0; space_next_run(list->space, at, &run); at = run_end(run)) {
        if (run.first < behind)
            return fail(FH_CORRUPT, "page %" PRIu64 " is out of order", run.first);
        behind = run_end(run);
        TRY(mark(list, seen, run));
        free_pages += run.count;
    }
    if (free_pages == space_free_units(list->space)) return FH_OK;
    return fail(FH_CORRUPT, "%" PRIu64 " pages are free, %" PRIu64 " are counted", free_pages,
                space_free_units(list->space));
}

static fh_status audit_waiting(const struct free_list *list, uint64_t *seen)
{
    uint64_t waiting_pages = 0;
    uint64_t stand_ins = 0;

    for (size_t i = 0; i < list->known_count; i++) {
        const struct known_run *known = &list->known[i];

        if (known->state == KNOWN_USED) continue;
        TRY(mark(list, seen, known->run));
        waiting_pages += known->run.count;
        if (known->state == KNOWN_RETIRED) continue;
        stand_ins++;
        if (!pending_holds(&list->pending, known->stand_in))
            return fail(FH_CORRUPT, "page %" PRIu64 " waits without a stand-in", known->run.first);
    }
    if (waiting_pages != list->waiting_pages)
        return fail(FH_CORRUPT, "%" PRIu64 " pages wait, %" PRIu64 " are counted", waiting_pages,
                    list->waiting_pages);
    if (stand_ins != pending_pages(&list->pending, 0))
        return fail(FH_CORRUPT, "%" PRIu64 " stand-ins for %" PRIu64 " pending runs",
                    pending_pages(&list->pending, 0), stand_ins);
    return FH_OK;
}

static fh_status audit_pages(const struct free_list *list, uint64_t *seen)
{
    TRY(audit_free(list, seen));
    TRY(audit_waiting(list, seen));
    for (uint64_t page = 0; page < list->page_count; page++)
        if (free_list_holds(list, page) != bits_test(seen, page))
            return fail(FH_CORRUPT, "page %" PRIu64 " is %s", page,
                        bits_test(seen, page) ? "in the list and not found in it"
                                              : "found in the list and not in it");
    for (size_t i = 0; i < list->known_count; i++)
        if (list->known[i].state == KNOWN_USED) TRY(mark(list, seen, list->known[i].run));
    return FH_OK;
}

fh_status free_list_audit(const struct free_list *list)
{
    uint64_t *seen;
    fh_status status;

    TRY(space_audit(list->space));
    TRY(alloc_audit(list->stand_ins));
    TRY(pending_audit(&list->pending, list->stand_ins));
    seen = memory_take(divide_up(list->page_count, 64), sizeof(*seen));
    if (seen == NULL) return fail(FH_NO_MEMORY, "no memory for an audit");
    status = audit_pages(list, seen);
    memory_give(seen);
    return status;
}

/* FNV-1a, a number at a time. */
static uint64_t mix(uint64_t digest, uint64_t number)
{
    return (digest ^ number) * UINT64_C(0x100000001b3);
}

uint64_t free_list_digest(const struct free_list *list)
{
    uint64_t digest = mix(UINT64_C(0xcbf29ce484222325), list->page_count);
    struct run run;

    for (uint64_t at = 0; space_next_run(list->space, at, &run); at = run_end(run))
        digest = mix(mix(digest, run.first), run.count);
    for (size_t i = 0; i < list->known_count; i++) {
        const struct known_run *known = &list->known[i];

        digest = mix(mix(mix(digest, known->run.first), known->run.count), known->born);
        digest = mix(mix(digest, known->freed), (uint64_t)known->state);
    }
    for (size_t i = 0; i < list->readers.count; i++)
        digest = mix(digest, list->readers.items[i]);
    return digest;
}
