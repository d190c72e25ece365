/*
 * pager_stat_test.c - every figure against a count by hand; the audit of all that is in memory.
 */
#include <string.h>

#include "base/memory.h"
#include "pager/pager_internal.h"
#include "support/pages.h"
#include "support/unit.h"

#define PATH "pages.fh"

enum { PAGE_BYTES = 512, CHUNK_PAGES = 16, LONG_RUN = 3 * CHUNK_PAGES };

static struct pager_stat stat_of(const struct pages *pages)
{
    struct pager_stat stat;

    assert_ok(pager_stat(pages->pager, &stat));
    return stat;
}

/* A page changed while a reader looks: one page waits for it. */
static page_no make_pending(struct pages *pages, struct reader *reader)
{
    struct txn *txn = pages_begin(pages);
    page_no page = pages_add(txn, 'a');

    pages_commit(txn);
    assert_ok(pager_read_begin(pages->pager, reader));
    txn = pages_begin(pages);
    (void)pages_change(txn, page, 'b');
    pages_commit(txn);
    return page;
}

static void figures_are_what_the_states_of_pages_add_up_to(void **state)
{
    struct pages *pages = *state;
    struct reader reader;
    struct pager_stat stat;

    (void)make_pending(pages, &reader);
    stat = stat_of(pages);
    assert_int_equal(stat.page_bytes, PAGE_BYTES);
    assert_int_equal(stat.chunk_pages, CHUNK_PAGES);
    assert_int_equal(stat.alloc.used_pages, pages_count(pages, PAGE_STATE_USED));
    assert_int_equal(stat.alloc.free_pages, pages_count(pages, PAGE_STATE_FREE));
    assert_int_equal(stat.pending_pages, pages_count(pages, PAGE_STATE_PENDING));
    assert_int_equal(stat.pinned_pages, 1);
    assert_int_equal(stat.file.bytes, sim_os_file_size(pages->sim, PATH));
    assert_int_equal(stat.checkpoint_txn_id, 2);
    pager_read_end(pages->pager, &reader);
    assert_int_equal(stat_of(pages).pinned_pages, 0);
    assert_int_equal(stat_of(pages).pending_pages, 0);
}

static void the_oldest_reader_is_named(void **state)
{
    struct pages *pages = *state;
    struct reader first, second;

    assert_int_equal(stat_of(pages).reader_count, 0);
    (void)make_pending(pages, &first);
    assert_ok(pager_read_begin(pages->pager, &second));
    assert_int_equal(stat_of(pages).reader_count, 2);
    assert_int_equal(stat_of(pages).oldest_reader_txn_id, first.state.txn_id);
    pager_read_end(pages->pager, &first);
    assert_int_equal(stat_of(pages).oldest_reader_txn_id, second.state.txn_id);
    pager_read_end(pages->pager, &second);
    assert_int_equal(stat_of(pages).reader_count, 0);
}

static void readers_come_with_the_pages_that_wait_for_them(void **state)
{
    struct pages *pages = *state;
    struct reader readers[3];
    struct pager_readers listed;
    struct txn *txn = pages_begin(pages);
    page_no page = pages_add(txn, 'x');

    pages_commit(txn);
    (void)make_pending(pages, &readers[0]);
    assert_ok(pager_read_begin(pages->pager, &readers[1]));
    assert_ok(pager_read_begin(pages->pager, &readers[2]));
    txn = pages_begin(pages);
    (void)pages_change(txn, page, 'y');
    pages_commit(txn);
    assert_ok(pager_readers(pages->pager, &listed));
    assert_int_equal(listed.count, 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(listed.readers[i].txn_id, readers[i].state.txn_id);
        assert_int_equal(listed.pages[i], i < 2); /* the last two see the same state */
    }
    memory_give(listed.readers);
    memory_give(listed.pages);
    for (uint64_t n = 1; n <= 2; n++) {
        (void)memory_fail_at(n, 0);
        assert_status(pager_readers(pages->pager, &listed), FH_NO_MEMORY);
    }
    (void)memory_fail_at(0, 0);
    for (unsigned i = 0; i < 3; i++)
        pager_read_end(pages->pager, &readers[i]);
}

static void the_histogram_counts_each_free_run_once(void **state)
{
    struct pages *pages = *state;
    struct txn *txn = pages_begin(pages);
    uint64_t histogram[32], counts[32] = {0}, here = 0;
    page_no page;

    (void)pages_add_run(txn, 5, 'r');
    pages_commit(txn);
    for (page = 0; overlay_page(pager_overlay(pages->pager), page) != NULL; page++) {
        if (pager_page_state(pages->pager, page) == PAGE_STATE_FREE) {
            here++;
        } else {
            if (here > 0) counts[bit_highest(here)]++;
            here = 0;
        }
    }
    if (here > 0) counts[bit_highest(here)]++;
    memset(histogram, 0xff, sizeof(histogram));
    assert_ok(pager_run_histogram(pages->pager, histogram));
    assert_memory_equal(histogram, counts, sizeof(counts));
}

static void the_pages_of_covered_chunks_say_so(void **state)
{
    struct pages *pages = *state;
    struct txn *txn = pages_begin(pages);
    struct run run = pages_add_run(txn, LONG_RUN, 'r');
    page_no end = (page_no)run_end(run);
    uint32_t used, unused;

    pages_commit(txn);
    assert_int_equal(pager_page_state(pages->pager, (page_no)run.first), PAGE_STATE_USED);
    assert_int_equal(pager_page_state(pages->pager, end - 1), PAGE_STATE_COVERED);
    assert_int_equal(pager_page_state(pages->pager, end - CHUNK_PAGES), PAGE_STATE_COVERED);
    pager_chunk_counts(pages->pager, (end - 1) / CHUNK_PAGES, &used, &unused);
    assert_int_equal(used, CHUNK_PAGES);
    assert_int_equal(unused, 0);
    assert_false(pager_has_header(pages->pager, (end - 1) / CHUNK_PAGES));
    assert_true(pager_has_header(pages->pager, 0));
    assert_false(pager_has_header(pages->pager, UINT32_MAX));
}

static void the_counts_of_a_chunk_are_those_of_its_pages(void **state)
{
    struct pages *pages = *state;
    struct txn *txn = pages_begin(pages);

    (void)pages_add(txn, 'a');
    pages_commit(txn);
    for (uint32_t chunk_no = 0; chunk_no < stat_of(pages).alloc.chunk_count; chunk_no++) {
        uint32_t used = 0, unused = 0, used_here = 0, unused_here = 0;

        for (page_no i = 0; i < CHUNK_PAGES; i++) {
            enum page_state it = pager_page_state(pages->pager, chunk_no * CHUNK_PAGES + i);

            used_here += it == PAGE_STATE_USED;
            unused_here += it == PAGE_STATE_FREE;
        }
        pager_chunk_counts(pages->pager, chunk_no, &used, &unused);
        assert_int_equal(used, used_here);
        assert_int_equal(unused, unused_here);
    }
}

static void slots_are_those_of_the_header_page(void **state)
{
    struct pages *pages = *state;
    struct txn *txn = pages_begin(pages);
    page_no page = pages_add(txn, 'a');
    struct header_slot header;
    struct slot slot;
    bool is_proven = false;

    pages_commit(txn);
    assert_ok(pager_slot(pages->pager, page, &slot, &is_proven));
    assert_true(is_proven);
    assert_int_equal(slot.tag, PAGE_LEAF);
    assert_int_equal(slot.tree_id, 1);
    sim_os_corrupt(pages->sim, PATH, (uint64_t)page * SLOT_BYTES, 1, 1);
    assert_ok(pager_slot(pages->pager, page, &slot, &is_proven));
    assert_false(is_proven);
    assert_status(pager_slot(pages->pager, UINT32_MAX, &slot, &is_proven), FH_NOT_FOUND);
    assert_true(pager_header_slot(pages->pager, 0, &header));
    assert_int_equal(header.chunk_no, 0);
    sim_os_corrupt(pages->sim, PATH, 4, 1, 1);
    assert_false(pager_header_slot(pages->pager, 0, &header));
}

static void metas_stand_on_their_pages_and_nowhere_else(void **state)
{
    struct pages *pages = *state;
    struct pager_meta meta, newest = {.checkpoint_no = 0};

    for (page_no page = 1; page <= 4; page++) {
        assert_ok(pager_meta(pages->pager, page, &meta));
        if (meta.checkpoint_no >= newest.checkpoint_no) newest = meta;
    }
    assert_int_equal(newest.checkpoint_no, stat_of(pages).checkpoint_no);
    assert_int_equal(newest.page_count, stat_of(pages).alloc.page_count);
    assert_status(pager_meta(pages->pager, 0, &meta), FH_INVALID);
    assert_status(pager_meta(pages->pager, 5, &meta), FH_INVALID);
    assert_status(pager_meta(pages->pager, UINT32_MAX, &meta), FH_INVALID);
    sim_os_corrupt(pages->sim, PATH, UINT64_C(3) * PAGE_BYTES, 1, 1);
    assert_status(pager_meta(pages->pager, 3, &meta), FH_CORRUPT);
}

static void a_body_has_the_checksum_of_its_slot(void **state)
{
    struct pages *pages = *state;
    struct txn *txn = pages_begin(pages);
    page_no head = (page_no)pages_add_run(txn, 5, 'r').first;
    uint32_t end, crc = 0;
    struct slot slot;
    bool is_proven;

    pages_commit(txn);
    end = stat_of(pages).alloc.page_count;
    assert_ok(pager_slot(pages->pager, head, &slot, &is_proven));
    assert_ok(pager_body_crc(pages->pager, head, 5, &crc));
    assert_int_equal(crc, slot.body_crc);
    assert_status(pager_body_crc(pages->pager, head, 0, &crc), FH_CORRUPT);
    assert_status(pager_body_crc(pages->pager, head, UINT32_MAX, &crc), FH_CORRUPT);
    assert_status(pager_body_crc(pages->pager, end, 1, &crc), FH_CORRUPT);
    assert_status(pager_body_crc(pages->pager, end - 1, 2, &crc), FH_CORRUPT);
    assert_ok(pager_body_crc(pages->pager, end - 1, 1, &crc));
}

/* I5: pages that nobody knows of. */
static void the_audit_finds_pages_that_are_in_no_state(void **state)
{
    struct pages *pages = *state;
    struct txn *txn = pages_begin(pages);
    struct run run = {pages_add(txn, 'a'), 1};

    pages_commit(txn);
    assert_ok(pager_audit(pages->pager));
    assert_ok(alloc_retire(pages->pager->alloc, run));
    assert_status(pager_audit(pages->pager), FH_CORRUPT);
    alloc_restore(pages->pager->alloc, run);
    assert_ok(pager_audit(pages->pager));
}

static void the_audit_finds_a_chunk_that_counts_wrong(void **state)
{
    struct pages *pages = *state;
    struct txn *txn = pages_begin(pages);
    page_no page = pages_add(txn, 'a');
    uint64_t *used;

    pages_commit(txn);
    used = (uint64_t *)(uintptr_t)alloc_used_map(pages->pager->alloc);
    bits_fill(used, page, 1, false);
    assert_status(pager_audit(pages->pager), FH_CORRUPT);
    bits_fill(used, page, 1, true);
    assert_ok(pager_audit(pages->pager));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, pages_setup, pages_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(figures_are_what_the_states_of_pages_add_up_to),
        TEST(the_oldest_reader_is_named),
        TEST(readers_come_with_the_pages_that_wait_for_them),
        TEST(the_histogram_counts_each_free_run_once),
        TEST(the_pages_of_covered_chunks_say_so),
        TEST(the_counts_of_a_chunk_are_those_of_its_pages),
        TEST(slots_are_those_of_the_header_page),
        TEST(metas_stand_on_their_pages_and_nowhere_else),
        TEST(a_body_has_the_checksum_of_its_slot),
        TEST(the_audit_finds_pages_that_are_in_no_state),
        TEST(the_audit_finds_a_chunk_that_counts_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
