/*
 * writer_test.c - one writer at a time, and whose pins hold back what was freed.
 */
#include "pager/writer.h"

#include <pthread.h>

#include "base/memory.h"
#include "support/pages.h"
#include "support/unit.h"

enum { MANY = SEATS_PER_BLOCK + 1 };

static void a_second_writer_is_told_to_come_again(void **state)
{
    struct pages *pages = *state;

    assert_ok(writer_claim(pages->pager, true));
    assert_status(writer_claim(pages->pager, true), FH_BUSY);
    writer_leave(pages->pager);
    assert_ok(writer_claim(pages->pager, true));
    writer_leave(pages->pager);
}

struct waiter {
    struct pager *pager;
    fh_status status;
};

static void *wait_and_leave(void *context)
{
    struct waiter *waiter = context;

    waiter->status = writer_claim(waiter->pager, false);
    if (waiter->status == FH_OK) writer_leave(waiter->pager);
    return NULL;
}

/* And any thread may give the turn back: here it is not the one that claimed it. */
static void who_waits_gets_the_turn_when_it_is_given_back(void **state)
{
    struct pages *pages = *state;
    struct waiter waiters[3];
    pthread_t threads[3];

    assert_ok(writer_claim(pages->pager, true));
    for (unsigned i = 0; i < 3; i++) {
        waiters[i] = (struct waiter){.pager = pages->pager, .status = FH_BUSY};
        assert_int_equal(pthread_create(&threads[i], NULL, wait_and_leave, &waiters[i]), 0);
    }
    assert_status(writer_claim(pages->pager, true), FH_BUSY);
    writer_leave(pages->pager);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_ok(waiters[i].status);
    }
    assert_ok(writer_claim(pages->pager, true));
    writer_leave(pages->pager);
}

static void commit_a_page(struct pages *pages)
{
    struct txn *txn = pages_begin(pages);

    (void)pages_add(txn, 'a');
    pages_commit(txn);
}

static void release_now(struct pages *pages)
{
    mutex_lock(&pages->pager->space_lock);
    assert_ok(writer_release(pages->pager, 0));
    mutex_unlock(&pages->pager->space_lock);
}

static void the_oldest_pin_is_a_reader_s_or_the_checkpoint_s(void **state)
{
    struct pages *pages = *state;
    struct reader readers[4];

    release_now(pages);
    assert_int_equal(writer_oldest_pin(pages->pager), pages->pager->meta.epoch);
    for (unsigned i = 0; i < 4; i++) {
        assert_ok(pager_read_begin(pages->pager, &readers[i]));
        if (i % 2 == 0) commit_a_page(pages);
    }
    release_now(pages);
    assert_int_equal(writer_oldest_pin(pages->pager), readers[0].state.epoch);
    assert_int_equal(pages->pager->look.pin_count, 3);
    assert_true(readers[0].state.epoch < readers[1].state.epoch);
    for (unsigned i = 0; i < 4; i++)
        pager_read_end(pages->pager, &readers[i]);
    release_now(pages);
    assert_int_equal(writer_oldest_pin(pages->pager), pages->pager->meta.epoch);
}

static void without_memory_for_the_pins_nothing_is_released(void **state)
{
    struct pages *pages = *state;
    struct reader reader;

    assert_ok(pager_read_begin(pages->pager, &reader));
    mutex_lock(&pages->pager->space_lock);
    (void)memory_fail_at(1, 1);
    assert_status(writer_release(pages->pager, 0), FH_NO_MEMORY);
    (void)memory_fail_at(0, 0);
    mutex_unlock(&pages->pager->space_lock);
    pager_read_end(pages->pager, &reader);
}

/* F2: nothing of the page is left in memory: its slot must tell that it came behind the reader. */
static void a_birth_is_known_from_the_slot_after_reopening(void **state)
{
    struct pages *pages = *state;
    struct txn *txn = pages_begin(pages);
    page_no old = pages_add(txn, 'a'), young;
    struct reader reader;

    pages_commit(txn);
    pages_reopen(pages, 0);
    assert_ok(pager_read_begin(pages->pager, &reader));
    txn = pages_begin(pages);
    young = pages_add(txn, 'b');
    pages_commit(txn);
    assert_ok(pager_checkpoint(pages->pager));
    txn = pages_begin(pages);
    assert_ok(txn_drop(txn, young));
    assert_ok(txn_drop(txn, old));
    pages_commit(txn);
    assert_ok(pager_checkpoint_again(pages->pager));
    /* Free, or a map's already. */
    assert_int_not_equal(pager_page_state(pages->pager, young), PAGE_STATE_PENDING);
    assert_int_equal(pager_page_state(pages->pager, old), PAGE_STATE_PENDING);
    pages_require(pages, old, 'a');
    pager_read_end(pages->pager, &reader);
    pager_release_pending(pages->pager, 0);
    assert_int_equal(pager_page_state(pages->pager, old), PAGE_STATE_FREE);
}

/* F4: a pin that goes looks at its own runs, and one that has come back keeps them. */
static void only_what_waited_for_a_pin_that_has_gone_is_released(void **state)
{
    struct pages *pages = *state;
    struct reader readers[3], again;
    page_no page[3];
    struct txn *txn = pages_begin(pages);

    for (unsigned i = 0; i < 3; i++)
        page[i] = pages_add(txn, 'a');
    pages_commit(txn);
    for (unsigned i = 0; i < 3; i++) {
        assert_ok(pager_read_begin(pages->pager, &readers[i]));
        txn = pages_begin(pages);
        (void)pages_change(txn, page[i], 'b');
        pages_commit(txn);
        assert_ok(pager_checkpoint(pages->pager));
    }
    pager_read_end(pages->pager, &readers[2]);
    pager_release_pending(pages->pager, 0);
    assert_int_equal(pager_page_state(pages->pager, page[2]), PAGE_STATE_PENDING);
    pager_read_end(pages->pager, &readers[0]);
    pager_release_pending(pages->pager, 0);
    assert_int_equal(pager_page_state(pages->pager, page[0]), PAGE_STATE_FREE);
    assert_int_equal(pager_page_state(pages->pager, page[1]), PAGE_STATE_PENDING);
    assert_ok(pager_read_begin(pages->pager, &again));
    pager_read_end(pages->pager, &again);
    assert_ok(pager_read_begin(pages->pager, &again));
    pager_read_end(pages->pager, &readers[1]);
    pager_release_pending(pages->pager, 0);
    assert_int_equal(pager_page_state(pages->pager, page[1]), PAGE_STATE_FREE);
    assert_int_equal(pager_page_state(pages->pager, page[2]), PAGE_STATE_FREE);
    pager_read_end(pages->pager, &again);
}

/* What cannot be known to be free stays; the next time makes up for it. */
static void a_release_without_memory_is_put_off(void **state)
{
    struct pages *pages = *state;
    struct reader old, others[MANY];
    struct txn *txn = pages_begin(pages);
    page_no page = pages_add(txn, 'a');

    pages_commit(txn);
    assert_ok(pager_read_begin(pages->pager, &old));
    txn = pages_begin(pages);
    (void)pages_change(txn, page, 'b');
    pages_commit(txn);
    for (unsigned i = 0; i < MANY; i++)
        assert_ok(pager_read_begin(pages->pager, &others[i]));
    pager_read_end(pages->pager, &old);

    (void)memory_fail_at(1, 1);
    pager_release_pending(pages->pager, 0);
    (void)memory_fail_at(0, 0);
    assert_int_equal(pager_page_state(pages->pager, page), PAGE_STATE_PENDING);
    pager_release_pending(pages->pager, 0);
    assert_int_equal(pager_page_state(pages->pager, page), PAGE_STATE_FREE);
    for (unsigned i = 0; i < MANY; i++)
        pager_read_end(pages->pager, &others[i]);
}

static void who_holds_the_writer_keeps_transactions_out(void **state)
{
    struct pages *pages = *state;
    struct txn *txn = NULL;

    assert_ok(pager_hold_writer(pages->pager));
    assert_status(txn_begin(pages->pager, true, &txn), FH_BUSY);
    pager_release_writer(pages->pager);
    txn_abort(pages_begin(pages));
}

static void a_poisoned_pager_has_no_writer_and_keeps_no_turn(void **state)
{
    struct pages *pages = *state;

    atomic_store(&pages->pager->is_poisoned, true);
    assert_status(pager_hold_writer(pages->pager), FH_POISONED);
    assert_ok(writer_claim(pages->pager, true));
    writer_leave(pages->pager);
    atomic_store(&pages->pager->is_poisoned, false);
}

static void maps_that_cannot_be_read_leave_the_turn_to_others(void **state)
{
    struct pages *pages = *state;

    commit_a_page(pages);
    pages_reopen(pages, 1 << 20);
    (void)memory_fail_at(1, 1);
    assert_status(pager_hold_writer(pages->pager), FH_NO_MEMORY);
    (void)memory_fail_at(0, 0);
    assert_ok(pager_hold_writer(pages->pager));
    pager_release_writer(pages->pager);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, pages_setup, pages_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_second_writer_is_told_to_come_again),
        TEST(who_waits_gets_the_turn_when_it_is_given_back),
        TEST(the_oldest_pin_is_a_reader_s_or_the_checkpoint_s),
        TEST(a_birth_is_known_from_the_slot_after_reopening),
        TEST(only_what_waited_for_a_pin_that_has_gone_is_released),
        TEST(without_memory_for_the_pins_nothing_is_released),
        TEST(a_release_without_memory_is_put_off),
        TEST(who_holds_the_writer_keeps_transactions_out),
        TEST(a_poisoned_pager_has_no_writer_and_keeps_no_turn),
        TEST(maps_that_cannot_be_read_leave_the_turn_to_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
