/*
 * txn_test.c - copies, drops, savepoints, spills; the exact way back.
 */
#include "pager/txn.h"

#include <stdlib.h>

#include "base/random.h"
#include "support/pages.h"
#include "support/seed.h"
#include "support/unit.h"

/* Frames for 64 pages, the least there can be. */
enum { TINY_FRAME_BYTES = 1, SPILLING_PAGES = 500 };

static void a_committed_page_is_copied_before_it_changes(void **state)
{
    struct pages *pages = *state;
    struct txn *txn = pages_begin(pages);
    page_no old = pages_add(txn, 'a');
    struct reader reader;
    page_no now;

    pages_commit(txn);
    assert_ok(pager_read_begin(pages->pager, &reader));
    txn = pages_begin(pages);
    now = pages_change(txn, old, 'b');
    assert_int_not_equal(now, old);
    pages_require(pages, old, 'a');
    assert_int_equal(pages_change(txn, now, 'c'), now);
    pages_commit(txn);

    pages_require(pages, now, 'c');
    pages_require(pages, old, 'a');
    assert_int_equal(pager_page_state(pages->pager, old), PAGE_STATE_PENDING);
    pager_read_end(pages->pager, &reader);
}

static void a_copied_page_is_free_when_nobody_needs_it(void **state)
{
    struct pages *pages = *state;
    struct txn *txn = pages_begin(pages);
    page_no old = pages_add(txn, 'a');

    pages_commit(txn);
    txn = pages_begin(pages);
    (void)pages_change(txn, old, 'b');
    assert_int_equal(pager_page_state(pages->pager, old), PAGE_STATE_PENDING);
    pages_commit(txn);
    assert_int_equal(pager_page_state(pages->pager, old), PAGE_STATE_FREE);
}

static void a_page_born_and_dropped_within_a_transaction_is_free_at_once(void **state)
{
    struct pages *pages = *state;
    struct txn *txn = pages_begin(pages);
    page_no page = pages_add(txn, 'a');

    assert_int_equal(pager_page_state(pages->pager, page), PAGE_STATE_USED);
    assert_ok(txn_drop(txn, page));
    assert_int_equal(pager_page_state(pages->pager, page), PAGE_STATE_FREE);
    assert_int_equal(pages_add(txn, 'b'), page);
    txn_abort(txn);
    assert_int_equal(pager_page_state(pages->pager, page), PAGE_STATE_FREE);
}

static void a_savepoint_keeps_what_came_before_it(void **state)
{
    struct pages *pages = *state;
    struct txn *txn = pages_begin(pages);
    page_no first = pages_add(txn, 'a'), second = pages_add(txn, 'b'), copy, third;
    struct txn_mark mark;

    txn_savepoint(txn, &mark);
    copy = pages_change(txn, first, 'x');
    third = pages_add(txn, 'y');
    assert_ok(txn_drop(txn, second));
    assert_int_not_equal(copy, first);
    txn_rollback(txn, &mark);

    pages_require(pages, first, 'a');
    pages_require(pages, second, 'b');
    assert_int_equal(pager_page_state(pages->pager, first), PAGE_STATE_USED);
    assert_int_equal(pager_page_state(pages->pager, second), PAGE_STATE_USED);
    assert_int_equal(pager_page_state(pages->pager, copy), PAGE_STATE_FREE);
    assert_int_equal(pager_page_state(pages->pager, third), PAGE_STATE_FREE);
    pages_commit(txn);
    pages_reopen(pages, 1 << 20);
    pages_require(pages, first, 'a');
    pages_require(pages, second, 'b');
}

static void an_abort_leaves_the_exact_set_of_before(void **state)
{
    struct pages *pages = *state;
    struct txn *txn = pages_begin(pages);
    uint32_t counts[3];
    page_no committed[40];
    struct txn_mark mark;

    for (unsigned i = 0; i < 40; i++)
        committed[i] = pages_add(txn, (uint8_t)i);
    pages_commit(txn);
    for (int i = 0; i < 3; i++)
        counts[i] = pages_count(pages, (enum page_state)i);
    txn = pages_begin(pages);
    for (unsigned i = 0; i < 30; i++)
        (void)pages_change(txn, committed[i], 'x');
    txn_savepoint(txn, &mark);
    for (unsigned i = 30; i < 40; i++)
        assert_ok(txn_drop(txn, committed[i]));
    (void)pages_add(txn, 'z');
    txn_abort(txn);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pages_count(pages, (enum page_state)i), counts[i]);
    for (unsigned i = 0; i < 40; i++)
        pages_require(pages, committed[i], (uint8_t)i);
}

static void a_transaction_larger_than_the_frames_spills_and_commits(void **state)
{
    struct pages *pages = *state;
    page_no numbers[SPILLING_PAGES];
    struct txn *txn;

    pages_reopen(pages, TINY_FRAME_BYTES);
    txn = pages_begin(pages);
    for (unsigned i = 0; i < SPILLING_PAGES; i++) {
        assert_ok(txn_step(txn));
        numbers[i] = pages_add(txn, (uint8_t)i);
    }
    assert_true(txn_spill_count(txn) > 2);
    for (unsigned i = 0; i < SPILLING_PAGES; i += 3) {
        assert_ok(txn_step(txn));
        assert_int_equal(pages_change(txn, numbers[i], (uint8_t)(i + 1)), numbers[i]);
    }
    pages_commit(txn);
    pages_reopen(pages, TINY_FRAME_BYTES);
    for (unsigned i = 0; i < SPILLING_PAGES; i++)
        pages_require(pages, numbers[i], (uint8_t)(i % 3 == 0 ? i + 1 : i));
}

static void a_spilled_page_of_before_a_savepoint_is_copied(void **state)
{
    struct pages *pages = *state;
    page_no first, copy;
    struct txn_mark mark;
    struct txn *txn;

    pages_reopen(pages, TINY_FRAME_BYTES);
    txn = pages_begin(pages);
    first = pages_add(txn, 'a');
    for (unsigned i = 0; i < 200; i++) {
        assert_ok(txn_step(txn));
        (void)pages_add(txn, 'f');
    }
    txn_savepoint(txn, &mark);
    copy = pages_change(txn, first, 'b');
    assert_int_not_equal(copy, first);
    for (unsigned i = 0; i < 200; i++) {
        assert_ok(txn_step(txn));
        (void)pages_add(txn, 'f');
    }
    pages_require(pages, copy, 'b');
    txn_rollback(txn, &mark);
    pages_require(pages, first, 'a');
    pages_commit(txn);
    pages_require(pages, first, 'a');
    assert_int_equal(pager_page_state(pages->pager, first), PAGE_STATE_USED);
}

static void a_run_holds_its_bytes_and_zeros_behind_them(void **state)
{
    static const size_t sizes[] = {1, 511, 512, 513, 3000, 7679, 7680, 7681, 8192, 20000};
    struct pages *pages = *state;
    uint8_t *bytes = malloc(20000);

    assert_non_null(bytes);
    for (size_t i = 0; i < 20000; i++)
        bytes[i] = (uint8_t)(i * 7 + 1);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct txn *txn = pages_begin(pages);
        struct txn_extents extents;
        struct run run = {0, 0};
        const uint8_t *body;

        assert_ok(txn_run_spread(txn, 1, span_of(bytes, sizes[i]), &extents));
        assert_int_equal(extents.count, 1);
        run = extents.runs[0];
        assert_true(run.count >= (sizes[i] + 511) / 512 && run.count <= (sizes[i] + 511) / 512 + 1);
        pages_commit(txn);
        body = overlay_mapped(pager_overlay(pages->pager), (page_no)run.first);
        assert_memory_equal(body, bytes, sizes[i]);
        assert_true(bytes_are_zero(body + sizes[i], run.count * 512 - sizes[i]));
        txn = pages_begin(pages);
        assert_ok(txn_run_drop(txn, run));
        pages_commit(txn);
        assert_int_equal(pager_page_state(pages->pager, (page_no)run.first), PAGE_STATE_FREE);
    }
    free(bytes);
}

static void page_numbers_that_no_tree_may_hold_are_refused(void **state)
{
    struct pages *pages = *state;
    struct txn *txn = pages_begin(pages);
    page_no page = pages_add(txn, 'a'), now;
    static const page_no wild[] = {0, 1, 4, 16, 200, 100000, UINT32_MAX};
    struct slot leaf = {.tag = PAGE_LEAF, .tree_id = 1};
    uint8_t *body;

    pages_commit(txn);
    txn = pages_begin(pages);
    for (size_t i = 0; i < sizeof(wild) / sizeof(wild[0]); i++) {
        if (overlay_page(pager_overlay(pages->pager), wild[i]) != NULL) {
            assert_status(txn_drop(txn, wild[i]), FH_CORRUPT);
            assert_status(txn_edit(txn, wild[i], &leaf, &now, &body), FH_CORRUPT);
        }
        assert_status(txn_run_drop(txn, (struct run){wild[i], 1}), FH_CORRUPT);
        assert_status(txn_run_drop(txn, (struct run){wild[i], UINT32_MAX}), FH_CORRUPT);
    }
    assert_status(txn_run_drop(txn, (struct run){page, 0}), FH_CORRUPT);
    assert_false(txn_has_changes(txn));
    txn_abort(txn);
}

static void a_commit_without_changes_touches_nothing(void **state)
{
    struct pages *pages = *state;
    struct txn *txn = pages_begin(pages);
    struct descriptor state_now;
    uint64_t count;

    (void)pages_add(txn, 'a');
    pages_commit(txn);
    count = sim_os_operation_count(pages->sim);
    pages_commit(pages_begin(pages));
    assert_int_equal(sim_os_operation_count(pages->sim), count);
    pager_newest(pages->pager, &state_now);
    assert_int_equal(state_now.txn_id, 1);
}

static void there_is_one_writer(void **state)
{
    struct pages *pages = *state;
    struct txn *txn = pages_begin(pages), *second = NULL;

    assert_status(txn_begin(pages->pager, true, &second), FH_BUSY);
    assert_null(second);
    txn_abort(txn);
    txn_abort(pages_begin(pages));
}

/* A model of what pages there are: number and byte, with what savepoints and readers saw. */
enum { LIVE_MAX = 300, MARKS_MAX = 4, READERS_MAX = 4, HISTORY_STEPS = 6000 };

struct live {
    page_no pages[LIVE_MAX];
    uint8_t bytes[LIVE_MAX];
    uint32_t count;
};

struct model {
    struct pages *pages;
    struct random random;
    struct txn *txn;
    struct live committed, working;
    struct live saved[MARKS_MAX];
    struct txn_mark marks[MARKS_MAX];
    uint32_t mark_count;
    struct live seen[READERS_MAX];
    struct reader readers[READERS_MAX];
    uint32_t reader_count;
};

static void require_live(const struct model *model, const struct live *live)
{
    for (uint32_t i = 0; i < live->count; i++)
        pages_require(model->pages, live->pages[i], live->bytes[i]);
}

static void change_some_page(struct model *model, uint64_t choice)
{
    struct live *live = &model->working;
    uint32_t i = live->count == 0 ? 0 : (uint32_t)random_below(&model->random, live->count);
    uint8_t byte = (uint8_t)random_next(&model->random);

    assert_ok(txn_step(model->txn));
    if (live->count == 0 || (choice < 5 && live->count < LIVE_MAX)) {
        live->pages[live->count] = pages_add(model->txn, byte);
        live->bytes[live->count++] = byte;
    } else if (choice < 8) {
        live->pages[i] = pages_change(model->txn, live->pages[i], byte);
        live->bytes[i] = byte;
    } else {
        assert_ok(txn_drop(model->txn, live->pages[i]));
        live->pages[i] = live->pages[--live->count];
        live->bytes[i] = live->bytes[live->count];
    }
}

static void change_marks(struct model *model)
{
    uint32_t at;

    if (model->mark_count < MARKS_MAX && random_below(&model->random, 2) == 0) {
        model->saved[model->mark_count] = model->working;
        txn_savepoint(model->txn, &model->marks[model->mark_count++]);
        return;
    }
    if (model->mark_count == 0) return;
    at = (uint32_t)random_below(&model->random, model->mark_count);
    txn_rollback(model->txn, &model->marks[at]);
    model->working = model->saved[at];
    model->mark_count = at;
    require_live(model, &model->working);
}

static void end_transaction(struct model *model)
{
    require_live(model, &model->working);
    if (random_below(&model->random, 3) == 0) {
        txn_abort(model->txn);
        model->working = model->committed;
    } else {
        pages_commit(model->txn);
        model->committed = model->working;
    }
    model->txn = NULL;
    model->mark_count = 0;
    require_live(model, &model->committed);
    assert_ok(pager_audit(model->pages->pager));
}

static void change_readers(struct model *model)
{
    uint32_t at;

    if (model->reader_count < READERS_MAX && random_below(&model->random, 2) == 0) {
        model->seen[model->reader_count] = model->committed;
        assert_ok(pager_read_begin(model->pages->pager, &model->readers[model->reader_count++]));
    } else if (model->reader_count > 0) {
        at = (uint32_t)random_below(&model->random, model->reader_count);
        require_live(model, &model->seen[at]);
        pager_read_end(model->pages->pager, &model->readers[at]);
        model->readers[at] = model->readers[--model->reader_count];
        model->seen[at] = model->seen[model->reader_count];
    }
}

static void any_history_equals_the_model(struct pages *pages, uint64_t frame_bytes)
{
    struct model *model = calloc(1, sizeof(*model));

    assert_non_null(model);
    pages_reopen(pages, frame_bytes);
    model->pages = pages;
    random_init(&model->random, seed_get() + frame_bytes);
    for (unsigned step = 0; step < HISTORY_STEPS * seed_effort(); step++) {
        uint64_t choice = random_below(&model->random, 100);

        if (model->txn == NULL) model->txn = pages_begin(pages);
        if (choice < 90)
            change_some_page(model, choice % 10);
        else if (choice < 95)
            change_marks(model);
        else if (choice < 97)
            change_readers(model);
        else
            end_transaction(model);
    }
    if (model->txn != NULL) end_transaction(model);
    while (model->reader_count > 0)
        pager_read_end(pages->pager, &model->readers[--model->reader_count]);
    pages_reopen(pages, frame_bytes);
    require_live(model, &model->committed);
    assert_int_equal(pages_count(pages, PAGE_STATE_PENDING), 0);
    free(model);
}

static void any_history_in_frames_equals_the_model(void **state)
{
    any_history_equals_the_model(*state, 1 << 20);
}

static void any_history_that_spills_equals_the_model(void **state)
{
    any_history_equals_the_model(*state, TINY_FRAME_BYTES);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, pages_setup, pages_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_committed_page_is_copied_before_it_changes),
        TEST(a_copied_page_is_free_when_nobody_needs_it),
        TEST(a_page_born_and_dropped_within_a_transaction_is_free_at_once),
        TEST(a_savepoint_keeps_what_came_before_it),
        TEST(an_abort_leaves_the_exact_set_of_before),
        TEST(a_transaction_larger_than_the_frames_spills_and_commits),
        TEST(a_spilled_page_of_before_a_savepoint_is_copied),
        TEST(a_run_holds_its_bytes_and_zeros_behind_them),
        TEST(page_numbers_that_no_tree_may_hold_are_refused),
        TEST(a_commit_without_changes_touches_nothing),
        TEST(there_is_one_writer),
        TEST(any_history_in_frames_equals_the_model),
        TEST(any_history_that_spills_equals_the_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
