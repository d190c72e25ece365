/*
 * free_list_release.c - freed runs that become free, or are taken back.
 *
 * What may become free is decided by pending_release alone; here it is told who reads.
 */
#include <inttypes.h>

#include "base/check.h"
#include "base/note.h"
#include "lab/free_list.h"
#include "lab/free_list_internal.h"

/* Puts a retired run among the pending ones. */
static fh_status publish(struct free_list *list, struct known_run *known)
{
    struct alloc_request request = {
        .page_count = 1, .from_reserve = true, .slot = {.tag = PAGE_RAW}};
    struct run stand_in;
    fh_status status;

    TRY(pending_reserve(&list->pending, 1));
    TRY(alloc_take(list->stand_ins, &request, &stand_in));
    status = alloc_retire(list->stand_ins, stand_in);
    if (status != FH_OK) {
        alloc_untake(list->stand_ins, stand_in);
        return status;
    }
    alloc_settle(list->stand_ins);
    alloc_drop_drafts(list->stand_ins);
    pending_add(&list->pending, &(struct pending_entry){
                                    .run = stand_in, .born = known->born, .freed = known->freed});
    known->stand_in = (page_no)stand_in.first;
    known->state = KNOWN_PENDING;
    return FH_OK;
}

/* What transactions up to `txn` did is there to stay. */
static fh_status settle(struct free_list *list, uint64_t txn)
{
    for (size_t i = 0; i < list->known_count; i++) {
        struct known_run *known = &list->known[i];

        if (known->born <= txn) known->is_settled = true;
        if (known->state == KNOWN_RETIRED && known->freed <= txn) TRY(publish(list, known));
    }
    return FH_OK;
}

static void give(void *context, struct run run)
{
    alloc_give(context, run);
}

/* Asks the pager's rule; `pins` ascending. */
static fh_status release(struct free_list *list, const struct numbers *pins, uint64_t published)
{
    struct pending_release release = {
        .pins = pins->items,
        .pin_count = (uint32_t)pins->count,
        .published = published,
        .give = give,
        .context = list->stand_ins,
    };

    REQUIRE(pins->count <= UINT32_MAX);
    TRY(space_reserve(list->space, 0, list->known_count));
    pending_release(&list->pending, &release);
    for (size_t i = list->known_count; i-- > 0;) {
        const struct known_run *known = &list->known[i];

        if (known->state != KNOWN_PENDING || !alloc_is_free(list->stand_ins, known->stand_in))
            continue;
        list->waiting_pages -= known->run.count;
        space_put_back(list->space, known->run);
        free_list_forget(list, i);
    }
    return FH_OK;
}

fh_status free_list_release(struct free_list *list, uint64_t txn)
{
    const struct numbers nobody = {0};

    TRY(settle(list, txn));
    return release(list, &nobody, txn);
}

/*
 * Of the snapshots outside the range, one for each run that has some in its life: more would
 * not hold anything else.
 */
static fh_status witnesses(const struct free_list *list, uint64_t begin, uint64_t end,
                           struct numbers *pins)
{
    for (size_t i = 0; i < list->known_count; i++) {
        const struct known_run *known = &list->known[i];

        if (known->state != KNOWN_PENDING || known->born == known->freed) continue;
        if (known->born < begin || known->born > end)
            TRY(numbers_add(pins, known->born));
        else if (known->freed - 1 > end)
            TRY(numbers_add(pins, end + 1));
    }
    numbers_sort(pins);
    return FH_OK;
}

fh_status free_list_release_range(struct free_list *list, uint64_t begin, uint64_t end)
{
    struct numbers pins = {0};
    fh_status status;

    if (begin > end) return FH_OK;
    TRY(settle(list, UINT64_MAX));
    status = witnesses(list, begin, end, &pins);
    if (status == FH_OK) status = release(list, &pins, UINT64_MAX);
    numbers_fini(&pins);
    return status;
}

fh_status free_list_release_unseen(struct free_list *list)
{
    numbers_sort(&list->readers);
    TRY(settle(list, UINT64_MAX));
    return release(list, &list->readers, UINT64_MAX);
}

static fh_status require_undoable(const struct free_list *list, uint64_t txn)
{
    for (size_t i = 0; i < list->known_count; i++) {
        const struct known_run *known = &list->known[i];
        bool took = known->was_taken && known->born == txn;

        if (took && known->state != KNOWN_USED)
            return fail(FH_INVALID,
                        "transaction %" PRIu64 " freed page %" PRIu64 " which %" PRIu64 " took",
                        known->freed, known->run.first, txn);
        if ((took && known->is_settled) || (known->state == KNOWN_PENDING && known->freed == txn))
            return fail(FH_INVALID, "transaction %" PRIu64 " is published: a writer has started",
                        txn);
    }
    return FH_OK;
}

fh_status free_list_undo(struct free_list *list, uint64_t txn)
{
    TRY(require_undoable(list, txn));
    TRY(space_reserve(list->space, 0, list->known_count));
    for (size_t i = list->known_count; i-- > 0;) {
        struct known_run *known = &list->known[i];

        if (known->state == KNOWN_RETIRED && known->freed == txn) {
            list->waiting_pages -= known->run.count;
            known->state = KNOWN_USED;
            if (!known->was_taken) free_list_forget(list, i);
        } else if (known->state == KNOWN_USED && known->was_taken && known->born == txn) {
            space_put_back(list->space, known->run);
            free_list_forget(list, i);
        }
    }
    return FH_OK;
}
