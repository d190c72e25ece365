/*
 * free_list_test.c - any history equals the naive rule; refusals, audits, memory that fails.
 *
 * What each step of a script does is in tests/cases/freelist; here is what scripts cannot say.
 */
#include "lab/free_list.h"

#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "support/fault.h"
#include "support/seed.h"
#include "support/unit.h"

enum { PAGES = 256, RUN_MAX = 6, READERS = 8, HISTORY = 300 };

static const char *const policies[] = {"array", "by-size"};

static struct free_list *open_list(const char *policy, uint64_t page_count)
{
    struct free_list *list;

    assert_ok(free_list_open(policy, page_count, &list));
    return list;
}

/* All pages but the metas are free. */
static void load_all(struct free_list *list)
{
    struct numbers pages = {0};

    for (uint64_t page = FREE_LIST_FIRST_PAGE; page < list->page_count; page++)
        assert_ok(numbers_add(&pages, page));
    assert_ok(free_list_load(list, &pages));
    numbers_fini(&pages);
}

/* What one run went through, as somebody would keep it who looks at everything. */
struct life {
    uint64_t first;
    uint64_t count;
    uint64_t born;
    uint64_t freed; /* 0: in use */
};

struct model {
    struct random random;
    struct free_list *list;
    struct life lives[PAGES];
    uint32_t life_count;
    uint64_t readers[READERS];
    uint32_t reader_count;
    uint64_t txn;
};

static bool is_seen(const struct model *model, const struct life *life)
{
    if (life->freed == 0) return true;
    for (uint32_t i = 0; i < model->reader_count; i++)
        if (life->born <= model->readers[i] && model->readers[i] < life->freed) return true;
    return false;
}

/* Every page is free but those of the lives. */
static void compare(const struct model *model)
{
    bool is_taken[PAGES] = {true, true};

    for (uint32_t i = 0; i < model->life_count; i++)
        memset(is_taken + model->lives[i].first, true, model->lives[i].count);
    for (uint64_t page = 0; page < PAGES; page++)
        assert_int_equal(space_is_free(model->list->space, (struct run){page, 1}), !is_taken[page]);
    assert_ok(free_list_audit(model->list));
}

static void take_some(struct model *model)
{
    struct life life = {.count = 1 + random_below(&model->random, RUN_MAX), .born = model->txn};

    if (free_list_take(model->list, life.born, life.count, &life.first) != FH_OK) return;
    model->lives[model->life_count++] = life;
}

static void free_some(struct model *model)
{
    uint32_t at;
    struct life *life;

    if (model->life_count == 0) return;
    at = (uint32_t)random_below(&model->random, model->life_count);
    life = &model->lives[at];
    if (life->freed != 0) return;
    assert_ok(free_list_free(model->list, model->txn, (struct run){life->first, life->count}));
    life->freed = model->txn;
    if (life->born == model->txn) *life = model->lives[--model->life_count];
}

static void change_readers(struct model *model)
{
    uint32_t gone;

    if (model->reader_count < READERS && random_below(&model->random, 2) == 0) {
        model->readers[model->reader_count] = model->txn - 1;
        assert_ok(free_list_pin(model->list, model->readers[model->reader_count++]));
    } else if (model->reader_count > 0) {
        gone = (uint32_t)random_below(&model->random, model->reader_count);
        free_list_unpin(model->list, model->readers[gone]);
        model->readers[gone] = model->readers[--model->reader_count];
    }
}

static void release_unseen(struct model *model)
{
    uint32_t kept = 0;

    assert_ok(free_list_release_unseen(model->list));
    for (uint32_t i = 0; i < model->life_count; i++)
        if (is_seen(model, &model->lives[i])) model->lives[kept++] = model->lives[i];
    model->life_count = kept;
}

/* One transaction; some of them are undone. */
static void step(struct model *model)
{
    static struct life before[PAGES];
    uint32_t before_count;

    model->txn++;
    release_unseen(model);
    compare(model);
    change_readers(model);
    before_count = model->life_count;
    memcpy(before, model->lives, sizeof(before));
    for (uint64_t i = random_below(&model->random, 6); i > 0; i--)
        if (random_below(&model->random, 2) == 0)
            take_some(model);
        else
            free_some(model);
    compare(model);
    if (random_below(&model->random, 4) > 0) return;
    assert_ok(free_list_undo(model->list, model->txn));
    memcpy(model->lives, before, sizeof(before));
    model->life_count = before_count;
    compare(model);
}

static void any_history_equals_the_naive_rule(void **state)
{
    static struct model model;

    (void)state;
    for (unsigned n = 0; n < 2; n++) {
        memset(&model, 0, sizeof(model));
        random_init(&model.random, seed_get());
        model.list = open_list(policies[n], PAGES);
        model.txn = 1;
        load_all(model.list);
        for (unsigned i = 0; i < HISTORY; i++)
            step(&model);
        free_list_close(model.list);
    }
    assert_int_equal(memory_block_count(), 0);
}

/* Ranges between readers free what their readers would let go; bbolt frees no more than that. */
static void ranges_between_readers_are_those_readers(void **state)
{
    struct free_list *by_readers = open_list("array", PAGES);
    struct free_list *by_ranges = open_list("array", PAGES);
    struct random random;

    (void)state;
    random_init(&random, seed_get());
    load_all(by_readers);
    load_all(by_ranges);
    for (uint64_t i = 0; i < 100; i++) {
        uint64_t born = 1 + random_below(&random, 50);
        uint64_t freed = born + 1 + random_below(&random, 50);
        uint64_t first;

        assert_ok(free_list_take(by_readers, born, 1, &first));
        assert_ok(free_list_take(by_ranges, born, 1, &first));
        assert_ok(free_list_free(by_readers, freed, (struct run){first, 1}));
        assert_ok(free_list_free(by_ranges, freed, (struct run){first, 1}));
    }
    assert_ok(free_list_pin(by_readers, 30));
    assert_ok(free_list_pin(by_readers, 60));
    assert_ok(free_list_release_unseen(by_readers));
    assert_ok(free_list_release_range(by_ranges, 0, 29));
    assert_ok(free_list_release_range(by_ranges, 31, 59));
    assert_ok(free_list_release_range(by_ranges, 61, UINT64_MAX));
    assert_true(by_readers->waiting_pages > 0);
    for (uint64_t page = 0; page < PAGES; page++)
        assert_int_equal(space_is_free(by_readers->space, (struct run){page, 1}),
                         space_is_free(by_ranges->space, (struct run){page, 1}));
    free_list_close(by_readers);
    free_list_close(by_ranges);
}

static void the_audit_finds_what_is_wrong(void **state)
{
    struct free_list *list = open_list("array", PAGES);
    const struct run waits = {20, 2};
    uint64_t first;

    (void)state;
    load_all(list);
    assert_ok(free_list_take(list, 1, 20, &first));
    assert_ok(free_list_free(list, 2, (struct run){first, 20}));
    assert_ok(free_list_take(list, 3, 1, &first));
    assert_ok(free_list_audit(list));

    list->waiting_pages++;
    assert_status(free_list_audit(list), FH_CORRUPT);
    list->waiting_pages--;
    list->known[0].run.first = 1;
    assert_status(free_list_audit(list), FH_CORRUPT);
    list->known[0].run = (struct run){first, 20};
    assert_status(free_list_audit(list), FH_CORRUPT);
    list->known[0].run = (struct run){PAGES - 20, 20};
    assert_status(free_list_audit(list), FH_CORRUPT);
    list->known[0].run = (struct run){2, 20};
    list->known[0].state = KNOWN_PENDING;
    assert_status(free_list_audit(list), FH_CORRUPT);
    list->known[0].state = KNOWN_RETIRED;
    assert_ok(free_list_audit(list));
    assert_status(free_list_merge(list, &waits, 1), FH_INVALID);
    free_list_close(list);
}

static void a_list_has_a_policy_and_a_number_of_pages_that_can_be(void **state)
{
    struct free_list *list = NULL;

    (void)state;
    assert_status(free_list_open("none", PAGES, &list), FH_INVALID);
    assert_status(free_list_open("array", 1, &list), FH_INVALID);
    assert_status(free_list_open("array", FREE_LIST_PAGES_MAX + 1, &list), FH_INVALID);
    assert_null(list);
    list = open_list("array", 2);
    assert_status(free_list_grow(list, FREE_LIST_PAGES_MAX + 1), FH_INVALID);
    assert_status(free_list_grow(list, 1), FH_INVALID);
    assert_ok(free_list_grow(list, FREE_LIST_PAGES_MAX));
    free_list_close(list);
    free_list_close(NULL);
    assert_int_equal(memory_block_count(), 0);
}

/* A life of a list with everything in it; whichever call fails, it can be made again. */
static fh_status live(struct free_list *list, unsigned *at)
{
    const struct run loose = {200, 2};
    uint64_t pages[] = {10, 11, 12, 13, 20, 30};
    const struct numbers set = {.items = pages, .count = sizeof(pages) / sizeof(pages[0])};
    struct free_list *reopened = NULL;
    fh_status status = FH_OK;
    uint64_t first;

    for (; status == FH_OK && *at < 9; *at += status == FH_OK) {
        switch (*at) {
        case 0:
            status = free_list_reload(list, &set);
            break;
        case 1:
            status = free_list_take(list, 5, 2, &first);
            break;
        case 2:
            status = free_list_free(list, 6, (struct run){10, 2});
            break;
        case 3:
            status = free_list_merge(list, &loose, 1);
            break;
        case 4:
            status = free_list_pin(list, 5);
            break;
        case 5:
            status = free_list_release_unseen(list);
            break;
        case 6:
            status = free_list_release_range(list, 6, 9);
            break;
        case 7:
            status = free_list_undo(list, 99);
            break;
        default:
            status = free_list_reopen(list, &reopened);
            break;
        }
    }
    free_list_close(reopened);
    return status;
}

static void what_failed_for_memory_can_be_done_again(void **state)
{
    (void)state;
    for (struct fault fault = {0}; fault_next(&fault);) {
        struct free_list *list = NULL;
        unsigned at = 0;
        fh_status status;

        fault_memory_begin(&fault, FAULT_ONCE);
        status = free_list_open("by-size", PAGES, &list);
        if (status == FH_OK) status = live(list, &at);
        fault_memory_end(&fault);
        if (status != FH_OK) assert_status(status, FH_NO_MEMORY);
        if (list == NULL) list = open_list("by-size", PAGES);
        assert_ok(free_list_audit(list));
        assert_ok(live(list, &at));
        assert_ok(free_list_audit(list));
        assert_int_equal(list->waiting_pages, 2);
        assert_int_equal(space_free_units(list->space), 6);
        free_list_close(list);
        assert_int_equal(memory_block_count(), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_history_equals_the_naive_rule),
        cmocka_unit_test(ranges_between_readers_are_those_readers),
        cmocka_unit_test(the_audit_finds_what_is_wrong),
        cmocka_unit_test(a_list_has_a_policy_and_a_number_of_pages_that_can_be),
        cmocka_unit_test(what_failed_for_memory_can_be_done_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
