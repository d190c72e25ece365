/*
 * alloc_model.c - random histories of the page allocator against a plain array of states.
 *
 * Every policy, both backings, small and large chunks; short runs and runs over many
 * chunks; all moves between states, growth, and the cutting of the free end. After each
 * step the allocator audits itself; every few steps each page is compared.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "space/policy.h"
#include "support/place.h"
#include "support/seed.h"
#include "support/unit.h"
#include "support/where.h"

enum { PAGES_MAX = 8192, RUNS_MAX = 600, STEPS = 1500, FIXED = 5, COMPARE_EVERY = 20 };

enum state { NOT_THERE, FREE, USED, NEITHER };

/* A run that was taken. */
struct owned {
    struct run run;
    bool is_retired;
    bool is_settled; /* it cannot be untaken any more */
};

struct model {
    struct random random;
    struct place place;
    struct alloc_options options;
    enum state states[PAGES_MAX];
    uint32_t page_count;
    struct owned runs[RUNS_MAX];
    unsigned run_count;
};

static uint64_t below(struct model *model, uint64_t limit)
{
    return random_below(&model->random, limit);
}

static bool is_header(const struct model *model, uint64_t page)
{
    return page % model->options.chunk_pages == 0;
}

/* Header pages that a run covers stay used, whatever becomes of the run. */
static void set(struct model *model, struct run run, enum state from, enum state to)
{
    for (uint64_t page = run.first; page < run_end(run); page++) {
        if (is_header(model, page)) continue;
        assert_int_equal(model->states[page], from);
        model->states[page] = to;
    }
}

static void follow_growth(struct model *model)
{
    uint32_t page_count = alloc_page_count(model->place.alloc);

    assert_true(page_count >= model->page_count && page_count <= model->options.page_max);
    for (uint64_t page = model->page_count; page < page_count; page++)
        model->states[page] = is_header(model, page) || page < FIXED ? USED : FREE;
    model->page_count = page_count;
}

static void require_shape(const struct model *model, struct run run, uint32_t wanted)
{
    uint32_t chunk_pages = model->options.chunk_pages;

    assert_int_equal(run.count,
                     wanted >= chunk_pages && wanted % chunk_pages == 0 ? wanted + 1 : wanted);
    assert_false(is_header(model, run.first));
    if (run.count < chunk_pages)
        assert_int_equal(run.first / chunk_pages, (run_end(run) - 1) / chunk_pages);
    else
        assert_int_equal(run_end(run) % chunk_pages, 0);
}

static uint32_t some_length(struct model *model)
{
    uint32_t chunk_pages = model->options.chunk_pages;

    switch (below(model, 8)) {
    case 0:
        return (uint32_t)(1 + below(model, chunk_pages - 1));
    case 1:
        return (uint32_t)(chunk_pages - 2 + below(model, 5));
    case 2:
        return (uint32_t)(1 + below(model, 6 * (uint64_t)chunk_pages));
    default:
        return (uint32_t)(1 + below(model, 4));
    }
}

static bool is_all_free(const struct model *model, struct run run)
{
    for (uint64_t page = run.first; page < run_end(run); page++)
        if (page >= model->page_count || model->states[page] != FREE) return false;
    return true;
}

/* Looked for by hand: a place for a run shorter than a chunk. */
static bool has_room(const struct model *model, uint32_t wanted)
{
    uint32_t chunk_pages = model->options.chunk_pages;

    for (uint64_t page = 1; page + wanted <= model->page_count; page++)
        if (page % chunk_pages + wanted <= chunk_pages && !is_header(model, page) &&
            is_all_free(model, (struct run){page, wanted}))
            return true;
    return false;
}

static void take(struct model *model)
{
    struct alloc_request request = {.page_count = some_length(model),
                                    .near = (uint32_t)below(model, model->page_count),
                                    .from_reserve = below(model, 4) == 0,
                                    .slot = {.tag = PAGE_LEAF, .tree_id = 1, .epoch = 1}};
    struct run run = {0, 0};
    fh_status status;

    if (model->run_count == RUNS_MAX) return;
    status = alloc_take(model->place.alloc, &request, &run);
    follow_growth(model);
    if (status != FH_OK) {
        assert_status(status, FH_NO_SPACE);
        assert_int_equal(run.count, 0);
        if (request.from_reserve && request.page_count < model->options.chunk_pages)
            assert_false(has_room(model, request.page_count));
        return;
    }
    require_shape(model, run, request.page_count);
    set(model, run, FREE, USED);
    model->runs[model->run_count++] = (struct owned){.run = run};
}

static void forget(struct model *model, unsigned at)
{
    model->runs[at] = model->runs[--model->run_count];
}

static void move(struct model *model, unsigned at)
{
    struct alloc *alloc = model->place.alloc;
    struct owned *owned = &model->runs[at];
    struct run run = owned->run;

    if (owned->is_retired && below(model, 3) == 0) {
        alloc_restore(alloc, run);
        set(model, run, NEITHER, USED);
        owned->is_retired = false;
    } else if (owned->is_retired) {
        alloc_give(alloc, run);
        set(model, run, NEITHER, FREE);
        forget(model, at);
    } else if (!owned->is_settled && below(model, 2) == 0) {
        alloc_untake(alloc, run);
        set(model, run, USED, FREE);
        forget(model, at);
    } else {
        assert_ok(alloc_retire(alloc, run));
        set(model, run, USED, NEITHER);
        owned->is_retired = true;
    }
}

static void settle(struct model *model)
{
    alloc_settle(model->place.alloc);
    alloc_drop_drafts(model->place.alloc);
    for (unsigned i = 0; i < model->run_count; i++)
        model->runs[i].is_settled = true;
}

static void cut(struct model *model)
{
    uint32_t end = alloc_end_used(model->place.alloc);

    settle(model);
    assert_true(end <= model->page_count);
    for (uint32_t page = end; page < model->page_count; page++) {
        assert_true(is_header(model, page) || model->states[page] == FREE);
        model->states[page] = NOT_THERE;
    }
    alloc_cut(model->place.alloc, end);
    model->page_count = end;
    assert_int_equal(alloc_page_count(model->place.alloc), end);
}

static bool is_covered(const struct model *model, uint32_t chunk_no)
{
    struct run header = {(uint64_t)chunk_no * model->options.chunk_pages, 1};

    for (unsigned i = 0; i < model->run_count; i++)
        if (!model->runs[i].is_retired && run_holds(model->runs[i].run, header)) return true;
    return false;
}

static void compare(const struct model *model)
{
    const struct alloc *alloc = model->place.alloc;
    uint32_t chunks = (model->page_count - 1) / model->options.chunk_pages + 1;
    struct run run;
    uint64_t at = 0;

    for (page_no page = 0; page < PAGES_MAX; page++) {
        assert_int_equal(alloc_is_used(alloc, page), model->states[page] == USED);
        assert_int_equal(alloc_is_free(alloc, page), model->states[page] == FREE);
    }
    for (uint32_t i = 0; i < chunks; i++)
        assert_int_equal(alloc_is_covered(alloc, i), is_covered(model, i));
    while (alloc_next_free(alloc, at, &run)) {
        assert_true(is_all_free(model, run));
        for (; at < run.first; at++)
            assert_int_not_equal(model->states[at], FREE);
        at = run_end(run);
    }
    for (; at < model->page_count; at++)
        assert_int_not_equal(model->states[at], FREE);
}

static void live(const char *policy, enum place_kind kind, uint32_t chunk_pages, uint64_t seed)
{
    struct model *model = calloc(1, sizeof(*model));
    uint64_t take_percent = 60;

    assert_non_null(model);
    model->options = (struct alloc_options){.policy = policy,
                                            .chunk_pages = chunk_pages,
                                            .page_max = 24 * chunk_pages,
                                            .page_min = 16,
                                            .fixed_pages = FIXED};
    random_init(&model->random, seed);
    place_open(&model->place, kind, &model->options);
    assert_ok(alloc_grow(model->place.alloc, 16));
    follow_growth(model);
    for (unsigned step = 0; step < STEPS; step++) {
        where_set("%s, backing %d, chunks of %u, seed %" PRIu64 ", step %u", policy, (int)kind,
                  chunk_pages, seed, step);
        if (step % 300 == 299) take_percent = 100 - take_percent;
        if (below(model, 100) < take_percent)
            take(model);
        else if (model->run_count > 0)
            move(model, (unsigned)below(model, model->run_count));
        if (below(model, 50) == 0) settle(model);
        if (below(model, 100) == 0) cut(model);
        assert_ok(alloc_audit(model->place.alloc));
        if (step % COMPARE_EVERY == 0) compare(model);
    }
    compare(model);
    place_close(&model->place);
    free(model);
}

static void any_history_of_pages_equals_the_array(void **state)
{
    static const uint32_t chunk_sizes[] = {16, 32, 256};

    (void)state;
    for (uint64_t round = 0; round < seed_effort(); round++)
        for (unsigned n = 0; policy_at(n) != NULL; n++)
            for (int kind = 0; kind < PLACE_KINDS; kind++)
                for (size_t i = 0; i < 3; i++)
                    live(policy_at(n)->name, (enum place_kind)kind, chunk_sizes[i],
                         seed_get() * 1000 + round);
    where_done();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(any_history_of_pages_equals_the_array, where_teardown),
    };

    (void)argc;
    where_init(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
