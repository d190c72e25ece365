/*
 * verb.c - the steps of a script by name: how each is written, and what it does.
 */
#include "lab/verb.h"

#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"

static void reply_number(struct stage *stage, uint64_t number)
{
    reply_add(&stage->reply, "%" PRIu64, number);
}

/* What an empty list is called. */
static fh_status reply_end(struct stage *stage)
{
    if (stage->reply.size == 0) reply_add(&stage->reply, "-");
    return FH_OK;
}

/* ---- Setting up ------------------------------------------------------------------------- */

static fh_status act_pages(struct stage *stage, const struct object *object)
{
    return free_list_grow(stage->list, object->numbers.items[0]);
}

static fh_status act_new(struct stage *stage, const struct object *object)
{
    struct free_list *list;

    (void)object;
    TRY(free_list_reopen(stage->list, &list));
    free_list_close(stage->list);
    stage->list = list;
    return FH_OK;
}

static fh_status act_init(struct stage *stage, const struct object *object)
{
    return free_list_load(stage->list, &object->numbers);
}

static fh_status act_initrange(struct stage *stage, const struct object *object)
{
    struct numbers pages = {0};
    fh_status status = FH_OK;

    /* Larger ones would be refused, and not fit. */
    if (object->numbers.items[1] >= FREE_LIST_PAGES_MAX)
        return fail(FH_INVALID, "page %" PRIu64 " is none", object->numbers.items[1]);
    for (uint64_t at = object->numbers.items[0]; at <= object->numbers.items[1] && status == FH_OK;
         at++)
        status = numbers_add(&pages, at);
    if (status == FH_OK) status = free_list_load(stage->list, &pages);
    numbers_fini(&pages);
    return status;
}

/* ---- Changing --------------------------------------------------------------------------- */

static fh_status act_alloc(struct stage *stage, const struct object *object)
{
    uint64_t first = 0;
    fh_status status =
        free_list_take(stage->list, object->numbers.items[0], object->numbers.items[1], &first);

    if (status != FH_OK && status != FH_NO_SPACE) return status;
    reply_number(stage, first);
    return FH_OK;
}

/* The third number counts the pages behind the first; a sum that overflows is a run of none. */
static fh_status act_free(struct stage *stage, const struct object *object)
{
    return free_list_free(stage->list, object->numbers.items[0],
                          (struct run){object->numbers.items[1], object->numbers.items[2] + 1});
}

static fh_status act_release(struct stage *stage, const struct object *object)
{
    return free_list_release(stage->list, object->numbers.items[0]);
}

static fh_status act_releaserange(struct stage *stage, const struct object *object)
{
    return free_list_release_range(stage->list, object->numbers.items[0], object->numbers.items[1]);
}

static fh_status act_releasepending(struct stage *stage, const struct object *object)
{
    (void)object;
    return free_list_release_unseen(stage->list);
}

static fh_status act_reader_comes(struct stage *stage, const struct object *object)
{
    return free_list_pin(stage->list, object->numbers.items[0]);
}

static fh_status act_reader_goes(struct stage *stage, const struct object *object)
{
    free_list_unpin(stage->list, object->numbers.items[0]);
    return FH_OK;
}

static fh_status act_rollback(struct stage *stage, const struct object *object)
{
    return free_list_undo(stage->list, object->numbers.items[0]);
}

static fh_status act_merge(struct stage *stage, const struct object *object)
{
    struct run *runs;
    fh_status status;

    if (object->numbers.count == 0) return FH_OK;
    runs = memory_take(object->numbers.count, sizeof(*runs));
    if (runs == NULL) return fail(FH_NO_MEMORY, "no memory for %zu runs", object->numbers.count);
    for (size_t i = 0; i < object->numbers.count; i++)
        runs[i] = (struct run){object->numbers.items[i], 1};
    status = free_list_merge(stage->list, runs, object->numbers.count);
    memory_give(runs);
    return status;
}

static fh_status act_mergespan(struct stage *stage, const struct object *object)
{
    const struct run run = {object->numbers.items[0],
                            object->numbers.items[1] - object->numbers.items[0] + 1};

    if (object->numbers.items[1] < object->numbers.items[0])
        return fail(FH_INVALID, "the run ends at %" PRIu64 ", before it begins", run.first);
    return free_list_merge(stage->list, &run, 1);
}

/* ---- Saving and loading ----------------------------------------------------------------- */

/* Free and waiting pages, which of them as asked, in order. */
static fh_status gather(const struct stage *stage, bool wants_free, bool wants_waiting,
                        struct numbers *pages)
{
    const struct free_list *list = stage->list;
    struct run run;

    for (uint64_t at = 0; wants_free && space_next_run(list->space, at, &run); at = run_end(run))
        for (uint64_t page = run.first; page < run_end(run); page++)
            TRY(numbers_add(pages, page));
    for (size_t i = 0; wants_waiting && i < list->known_count; i++) {
        run = list->known[i].run;
        if (list->known[i].state == KNOWN_USED) continue;
        for (uint64_t page = run.first; page < run_end(run); page++)
            TRY(numbers_add(pages, page));
    }
    numbers_sort(pages);
    return FH_OK;
}

static fh_status act_write(struct stage *stage, const struct object *object)
{
    struct numbers pages = {0};
    fh_status status = gather(stage, true, true, &pages);

    if (status == FH_OK) status = saved_list_encode(&stage->buffers[object->buffer], &pages);
    numbers_fini(&pages);
    return status;
}

static fh_status load(struct stage *stage, unsigned buffer,
                      fh_status (*into)(struct free_list *list, const struct numbers *pages))
{
    struct numbers pages = {0};
    fh_status status = saved_list_decode(&stage->buffers[buffer], &pages);

    if (status == FH_OK) status = into(stage->list, &pages);
    numbers_fini(&pages);
    return status;
}

static fh_status act_read(struct stage *stage, const struct object *object)
{
    return load(stage, object->buffer, free_list_load);
}

static fh_status act_reload(struct stage *stage, const struct object *object)
{
    return load(stage, object->buffer, free_list_reload);
}

static fh_status act_list(struct stage *stage, const struct object *object)
{
    return saved_list_encode(&stage->buffers[object->buffer], &object->numbers);
}

static fh_status act_mkpage(struct stage *stage, const struct object *object)
{
    if (object->numbers.items[0] > UINT16_MAX || object->numbers.items[1] > UINT16_MAX)
        return fail(FH_INVALID, "a type and a count have 16 bits");
    return saved_list_fake(&stage->buffers[object->buffer], (uint16_t)object->numbers.items[0],
                           (uint16_t)object->numbers.items[1]);
}

static fh_status act_pagecount(struct stage *stage, const struct object *object)
{
    uint16_t count;

    TRY(saved_list_header_count(&stage->buffers[object->buffer], &count));
    reply_number(stage, count);
    return FH_OK;
}

static fh_status act_estsize(struct stage *stage, const struct object *object)
{
    (void)object;
    reply_number(
        stage, saved_list_bytes(space_free_units(stage->list->space) + stage->list->waiting_pages));
    return FH_OK;
}

/* ---- Asking ----------------------------------------------------------------------------- */

static fh_status tell(struct stage *stage, bool wants_free, bool wants_waiting)
{
    struct numbers pages = {0};
    fh_status status = gather(stage, wants_free, wants_waiting, &pages);

    for (size_t i = 0; i < pages.count && status == FH_OK; i++)
        reply_number(stage, pages.items[i]);
    numbers_fini(&pages);
    TRY(status);
    return reply_end(stage);
}

static fh_status act_is_free(struct stage *stage, const struct object *object)
{
    (void)object;
    return tell(stage, true, false);
}

/* What one transaction freed, a number a page, in the order in which it did. */
static fh_status tell_freed(struct stage *stage, uint64_t txn, bool wants_births)
{
    for (size_t i = 0; i < stage->list->known_count; i++) {
        const struct known_run *known = &stage->list->known[i];

        if (known->state == KNOWN_USED || known->freed != txn) continue;
        for (uint64_t page = known->run.first; page < run_end(known->run); page++)
            reply_number(stage, wants_births ? known->born : page);
    }
    return reply_end(stage);
}

static fh_status act_is_pending(struct stage *stage, const struct object *object)
{
    if (object->numbers.count == 0) return tell(stage, false, true);
    return tell_freed(stage, object->numbers.items[0], false);
}

static fh_status act_births(struct stage *stage, const struct object *object)
{
    return tell_freed(stage, object->numbers.items[0], true);
}

static fh_status act_pending_txns(struct stage *stage, const struct object *object)
{
    struct numbers txns = {0};
    fh_status status = FH_OK;

    (void)object;
    for (size_t i = 0; i < stage->list->known_count && status == FH_OK; i++)
        if (stage->list->known[i].state != KNOWN_USED)
            status = numbers_add(&txns, stage->list->known[i].freed);
    numbers_sort(&txns);
    for (size_t i = 0; i < txns.count && status == FH_OK; i++)
        if (i == 0 || txns.items[i - 1] != txns.items[i]) reply_number(stage, txns.items[i]);
    numbers_fini(&txns);
    TRY(status);
    return reply_end(stage);
}

/* The next run in use behind `from` whose birth is known; NULL: there is none. */
static const struct known_run *next_taken(const struct free_list *list, uint64_t from)
{
    const struct known_run *next = NULL;

    for (size_t i = 0; i < list->known_count; i++) {
        const struct known_run *known = &list->known[i];

        if (known->state == KNOWN_USED && known->run.first >= from &&
            (next == NULL || known->run.first < next->run.first))
            next = known;
    }
    return next;
}

static fh_status act_taken(struct stage *stage, const struct object *object)
{
    const struct known_run *known;

    (void)object;
    for (uint64_t at = 0; (known = next_taken(stage->list, at)) != NULL; at = run_end(known->run))
        reply_add(&stage->reply, "%" PRIu64 ":%" PRIu64, known->run.first, known->born);
    return reply_end(stage);
}

static fh_status act_spans(struct stage *stage, const struct object *object)
{
    struct run run;

    (void)object;
    for (uint64_t at = 0; space_next_run(stage->list->space, at, &run); at = run_end(run))
        reply_add(&stage->reply, "%" PRIu64 "+%" PRIu64, run.first, run.count);
    return reply_end(stage);
}

static fh_status act_holds(struct stage *stage, const struct object *object)
{
    reply_add(&stage->reply, "%s",
              free_list_holds(stage->list, object->numbers.items[0]) ? "true" : "false");
    return FH_OK;
}

static fh_status act_free_count(struct stage *stage, const struct object *object)
{
    (void)object;
    reply_number(stage, space_free_units(stage->list->space));
    return FH_OK;
}

static fh_status act_pending_count(struct stage *stage, const struct object *object)
{
    (void)object;
    reply_number(stage, stage->list->waiting_pages);
    return FH_OK;
}

static fh_status act_count(struct stage *stage, const struct object *object)
{
    (void)object;
    reply_number(stage, space_free_units(stage->list->space) + stage->list->waiting_pages);
    return FH_OK;
}

static const struct verb verbs[] = {
    {"pages", "pages N", false, 1, 1, false, act_pages},
    {"new", "new", false, 0, 0, false, act_new},
    {"init", "init ID ...", false, 0, VERB_NUMBERS_ANY, false, act_init},
    {"initrange", "initrange FIRST LAST", false, 2, 2, false, act_initrange},
    {"alloc", "alloc T N", false, 2, 2, true, act_alloc},
    {"free", "free T ID MORE", false, 3, 3, false, act_free},
    {"freefl", "freefl T ID MORE", false, 3, 3, false, act_free},
    {"release", "release T", false, 1, 1, false, act_release},
    {"releaserange", "releaserange BEGIN END", false, 2, 2, false, act_releaserange},
    {"releasepending", "releasepending", false, 0, 0, false, act_releasepending},
    {"reader+", "reader+ T", false, 1, 1, false, act_reader_comes},
    {"reader-", "reader- T", false, 1, 1, false, act_reader_goes},
    {"rollback", "rollback T", false, 1, 1, false, act_rollback},
    {"merge", "merge ID ...", false, 0, VERB_NUMBERS_ANY, false, act_merge},
    {"mergespan", "mergespan FIRST LAST", false, 2, 2, false, act_mergespan},
    {"write", "write P", true, 0, 0, false, act_write},
    {"read", "read P", true, 0, 0, false, act_read},
    {"reload", "reload P", true, 0, 0, false, act_reload},
    {"list", "list P ID ...", true, 0, VERB_NUMBERS_ANY, false, act_list},
    {"mkpage", "mkpage P TYPE N", true, 2, 2, false, act_mkpage},
    {"pagecount", "pagecount P", true, 0, 0, true, act_pagecount},
    {"estsize", "estsize", false, 0, 0, true, act_estsize},
    {"free?", "free?", false, 0, 0, true, act_is_free},
    {"pending?", "pending? [T]", false, 0, 1, true, act_is_pending},
    {"alloctx?", "alloctx? T", false, 1, 1, true, act_births},
    {"pendingtx?", "pendingtx?", false, 0, 0, true, act_pending_txns},
    {"allocs?", "allocs?", false, 0, 0, true, act_taken},
    {"spans?", "spans?", false, 0, 0, true, act_spans},
    {"isfree?", "isfree? ID", false, 1, 1, true, act_holds},
    {"freecount?", "freecount?", false, 0, 0, true, act_free_count},
    {"pendingcount?", "pendingcount?", false, 0, 0, true, act_pending_count},
    {"count?", "count?", false, 0, 0, true, act_count},
};

const struct verb *verb_find(const char *name, size_t size)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (strlen(verbs[i].name) == size && memcmp(verbs[i].name, name, size) == 0)
            return &verbs[i];
    return NULL;
}
