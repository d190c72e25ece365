/*
 * free_list.c - pages that are loaded, taken, freed and merged.
 */
#include "lab/free_list.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "lab/free_list_internal.h"

enum { STAND_IN_PAGES_MAX = 1 << 24, CHUNK_PAGES = 256 };

static fh_status require_pages(const struct free_list *list, struct run run);
static fh_status require_not_free(const struct free_list *list, struct run run);
static const struct known_run *known_overlap(const struct free_list *list, struct run run);
static fh_status reserve_known(struct free_list *list);

fh_status free_list_open(const char *policy, uint64_t page_count, struct free_list **ret_list)
{
    const struct alloc_options options = {.policy = "bitmap",
                                          .chunk_pages = CHUNK_PAGES,
                                          .page_max = STAND_IN_PAGES_MAX,
                                          .page_min = CHUNK_PAGES,
                                          .fixed_pages = 1};
    struct free_list *list;
    fh_status status;

    if (page_count < FREE_LIST_FIRST_PAGE || page_count > FREE_LIST_PAGES_MAX)
        return fail(FH_INVALID, "%" PRIu64 " pages: a file here has %d to %d", page_count,
                    FREE_LIST_FIRST_PAGE, FREE_LIST_PAGES_MAX);
    list = memory_take(1, sizeof(*list));
    if (list == NULL) return fail(FH_NO_MEMORY, "no memory for a free list");
    list->policy = policy;
    list->page_count = page_count;
    status = pending_init(&list->pending, CHUNK_PAGES);
    if (status == FH_OK) status = space_open(policy, page_count, &list->space);
    if (status == FH_OK) status = alloc_open(backing_none(), &options, &list->stand_ins);
    if (status == FH_OK) status = alloc_grow(list->stand_ins, CHUNK_PAGES);
    if (status != FH_OK) {
        free_list_close(list);
        return status;
    }
    *ret_list = list;
    return FH_OK;
}

void free_list_close(struct free_list *list)
{
    if (list == NULL) return;
    pending_fini(&list->pending);
    alloc_close(list->stand_ins);
    space_close(list->space);
    numbers_fini(&list->readers);
    memory_give(list->known);
    memory_give(list);
}

fh_status free_list_reopen(const struct free_list *list, struct free_list **ret_list)
{
    struct free_list *fresh;
    fh_status status = FH_OK;

    TRY(free_list_open(list->policy, list->page_count, &fresh));
    for (size_t i = 0; i < list->known_count && status == FH_OK; i++) {
        if (list->known[i].state != KNOWN_USED) continue;
        status = reserve_known(fresh);
        if (status == FH_OK) fresh->known[fresh->known_count++] = list->known[i];
    }
    for (size_t i = 0; i < fresh->known_count; i++)
        fresh->known[i].is_settled = true;
    if (status != FH_OK) {
        free_list_close(fresh);
        return status;
    }
    *ret_list = fresh;
    return FH_OK;
}

fh_status free_list_grow(struct free_list *list, uint64_t page_count)
{
    if (page_count < list->page_count || page_count > FREE_LIST_PAGES_MAX)
        return fail(FH_INVALID, "%" PRIu64 " pages: from here it can have %" PRIu64 " to %d",
                    page_count, list->page_count, FREE_LIST_PAGES_MAX);
    TRY(space_grow(list->space, page_count));
    list->page_count = page_count;
    return FH_OK;
}

static fh_status check_load(const struct free_list *list, const struct numbers *pages)
{
    for (size_t i = 0; i < pages->count; i++) {
        struct run one = {pages->items[i], 1};
        const struct known_run *known;

        TRY(require_pages(list, one));
        if (i > 0 && pages->items[i - 1] >= one.first)
            return fail(FH_INVALID, "page %" PRIu64 " stands behind page %" PRIu64 " in the list",
                        one.first, pages->items[i - 1]);
        known = known_overlap(list, one);
        if (known != NULL)
            return fail(FH_INVALID, "page %" PRIu64 " is not free: transaction %" PRIu64 " %s it",
                        one.first, known->state == KNOWN_USED ? known->born : known->freed,
                        known->state == KNOWN_USED ? "took" : "freed");
    }
    return FH_OK;
}

/* Gives the pages to a space run by run. */
static fh_status fill(struct space *space, const struct numbers *pages)
{
    size_t at = 0;

    while (at < pages->count) {
        struct run run = {pages->items[at], 0};

        while (at < pages->count && pages->items[at] == run_end(run)) {
            run.count++;
            at++;
        }
        TRY(space_give(space, run));
    }
    return FH_OK;
}

fh_status free_list_load(struct free_list *list, const struct numbers *pages)
{
    struct space *space;
    fh_status status;

    TRY(check_load(list, pages));
    TRY(space_open(list->policy, list->page_count, &space));
    status = fill(space, pages);
    if (status != FH_OK) {
        space_close(space);
        return status;
    }
    space_close(list->space);
    list->space = space;
    return FH_OK;
}

fh_status free_list_reload(struct free_list *list, const struct numbers *pages)
{
    struct numbers rest = {0};
    fh_status status = FH_OK;

    for (size_t i = 0; i < pages->count && status == FH_OK; i++) {
        const struct known_run *known = known_overlap(list, (struct run){pages->items[i], 1});

        if (known == NULL || known->state == KNOWN_USED)
            status = numbers_add(&rest, pages->items[i]);
    }
    if (status == FH_OK) status = free_list_load(list, &rest);
    numbers_fini(&rest);
    return status;
}

fh_status free_list_take(struct free_list *list, uint64_t txn, uint64_t page_count,
                         uint64_t *ret_first)
{
    struct policy_request request = {.unit_count = page_count};
    struct run run;

    if (page_count == 0) return answer(FH_NO_SPACE);
    TRY(reserve_known(list));
    TRY(space_take(list->space, &request, &run));
    list->known[list->known_count++] =
        (struct known_run){.run = run, .born = txn, .state = KNOWN_USED, .was_taken = true};
    *ret_first = run.first;
    return FH_OK;
}

/* Why `txn` cannot free `run`, of which `known` shares a page. */
static fh_status require_freeable(const struct known_run *known, uint64_t txn, struct run run)
{
    if (known->state != KNOWN_USED)
        return fail(FH_INVALID, "page %" PRIu64 " was freed by transaction %" PRIu64 " already",
                    run.first > known->run.first ? run.first : known->run.first, known->freed);
    if (!run_equals(known->run, run))
        return fail(FH_INVALID,
                    "%" PRIu64 " pages at %" PRIu64 " are not what transaction %" PRIu64
                    " took: %" PRIu64 " pages at %" PRIu64,
                    run.count, run.first, known->born, known->run.count, known->run.first);
    if (txn < known->born)
        return fail(FH_INVALID, "page %" PRIu64 " was taken by transaction %" PRIu64 ", later",
                    run.first, known->born);
    return FH_OK;
}

fh_status free_list_free(struct free_list *list, uint64_t txn, struct run run)
{
    struct known_run freed = {.run = run};
    const struct known_run *known;

    TRY(require_pages(list, run));
    TRY(require_not_free(list, run));
    known = known_overlap(list, run);
    if (known != NULL) TRY(require_freeable(known, txn, run));
    if (known != NULL && known->born == txn) {
        TRY(space_give(list->space, run));
        free_list_forget(list, (size_t)(known - list->known));
        return FH_OK;
    }
    TRY(reserve_known(list));
    known = known_overlap(list, run);
    if (known != NULL) {
        freed = *known;
        free_list_forget(list, (size_t)(known - list->known));
    }
    freed.freed = txn;
    freed.state = KNOWN_RETIRED;
    list->known[list->known_count++] = freed;
    list->waiting_pages += run.count;
    return FH_OK;
}

static int compare_first(const void *a, const void *b)
{
    uint64_t left = ((const struct run *)a)->first;
    uint64_t right = ((const struct run *)b)->first;

    return (left > right) - (left < right);
}

/* Each is in use by somebody unknown, none is there twice; sorts `runs`. */
static fh_status check_merge(const struct free_list *list, struct run *runs, size_t run_count)
{
    qsort(runs, run_count, sizeof(*runs), compare_first);
    for (size_t i = 0; i < run_count; i++) {
        TRY(require_pages(list, runs[i]));
        TRY(require_not_free(list, runs[i]));
        if (known_overlap(list, runs[i]) != NULL)
            return fail(FH_INVALID, "page %" PRIu64 " is in use, or waits", runs[i].first);
        if (i > 0 && run_end(runs[i - 1]) > runs[i].first)
            return fail(FH_INVALID, "page %" PRIu64 " is given twice", runs[i].first);
    }
    return FH_OK;
}

fh_status free_list_merge(struct free_list *list, const struct run *runs, size_t run_count)
{
    struct run *sorted;
    fh_status status;

    if (run_count == 0) return FH_OK;
    sorted = memory_take(run_count, sizeof(*sorted));
    if (sorted == NULL) return fail(FH_NO_MEMORY, "no memory for %zu runs", run_count);
    memcpy(sorted, runs, run_count * sizeof(*sorted));
    status = check_merge(list, sorted, run_count);
    memory_give(sorted);
    TRY(status);
    TRY(space_reserve(list->space, 0, run_count));
    for (size_t i = 0; i < run_count; i++)
        space_put_back(list->space, runs[i]);
    return FH_OK;
}

fh_status free_list_pin(struct free_list *list, uint64_t snapshot)
{
    return numbers_add(&list->readers, snapshot);
}

void free_list_unpin(struct free_list *list, uint64_t snapshot)
{
    numbers_remove(&list->readers, snapshot);
}

bool free_list_holds(const struct free_list *list, uint64_t page)
{
    struct run one = {page, 1};
    const struct known_run *known;

    if (page >= list->page_count) return false;
    known = known_overlap(list, one);
    return (known != NULL && known->state != KNOWN_USED) || space_is_free(list->space, one);
}

void free_list_forget(struct free_list *list, size_t at)
{
    list->known_count--;
    memmove(list->known + at, list->known + at + 1,
            (list->known_count - at) * sizeof(*list->known));
}

static fh_status require_pages(const struct free_list *list, struct run run)
{
    const struct run all = {FREE_LIST_FIRST_PAGE, list->page_count - FREE_LIST_FIRST_PAGE};

    if (run.count > 0 && run_holds(all, run)) return FH_OK;
    return fail(FH_INVALID, "%" PRIu64 " pages at %" PRIu64 ": a list has pages %d to %" PRIu64,
                run.count, run.first, FREE_LIST_FIRST_PAGE, list->page_count - 1);
}

static fh_status require_not_free(const struct free_list *list, struct run run)
{
    struct run next;

    if (!space_next_run(list->space, run.first, &next) || next.first >= run_end(run)) return FH_OK;
    return fail(FH_INVALID, "page %" PRIu64 " is free already", next.first);
}

/* The first known run that shares a page with `run`; NULL: none does. */
static const struct known_run *known_overlap(const struct free_list *list, struct run run)
{
    for (size_t i = 0; i < list->known_count; i++)
        if (run_overlaps(list->known[i].run, run)) return &list->known[i];
    return NULL;
}

static fh_status reserve_known(struct free_list *list)
{
    size_t capacity = list->known_capacity > 0 ? 2 * list->known_capacity : 64;
    struct known_run *known;

    if (list->known_count < list->known_capacity) return FH_OK;
    known = memory_resize(list->known, list->known_capacity, capacity, sizeof(*known));
    if (known == NULL) return fail(FH_NO_MEMORY, "no memory for %zu runs", capacity);
    list->known = known;
    list->known_capacity = capacity;
    return FH_OK;
}
