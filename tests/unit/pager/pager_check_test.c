/*
 * pager_check_test.c - nothing to find in a whole file; one fault at least for each damage.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "pager/pager_internal.h"
#include "support/pages.h"
#include "support/unit.h"

#define PATH "pages.fh"

enum { PAGE_BYTES = 512, CHUNK_PAGES = 16, WORDS = 64, LONG_RUN = 3 * CHUNK_PAGES };

struct outcome {
    uint64_t fault_count;
    uint64_t metadata_pages;
    uint64_t reached[WORDS];
    uint64_t progress_count;
    uint64_t last_done;
};

static void note_progress(void *context, uint64_t done, uint64_t total)
{
    struct outcome *outcome = context;

    assert_true(done < total);
    assert_true(outcome->progress_count == 0 || done > outcome->last_done);
    outcome->progress_count++;
    outcome->last_done = done;
}

static struct outcome check(struct pages *pages)
{
    struct outcome outcome = {.fault_count = 0};
    struct fault_list faults = {.report = NULL};
    struct pager_check check = {.faults = &faults,
                                .reached = outcome.reached,
                                .progress = note_progress,
                                .context = &outcome};

    assert_ok(pager_hold_writer(pages->pager));
    assert_ok(pager_check(pages->pager, &check));
    pager_release_writer(pages->pager);
    outcome.fault_count = faults.count;
    outcome.metadata_pages = check.metadata_pages;
    return outcome;
}

/* Two pages and a run that covers chunks; in the file. */
static void fill(struct pages *pages)
{
    struct txn *txn = pages_begin(pages);

    (void)pages_add(txn, 'a');
    (void)pages_add(txn, 'b');
    (void)pages_add_run(txn, LONG_RUN, 'r');
    pages_commit(txn);
    pages_reopen(pages, 1 << 20);
}

static uint64_t faults_with_byte(struct pages *pages, uint64_t at, uint8_t pattern)
{
    uint64_t count;

    sim_os_corrupt(pages->sim, PATH, at, 1, pattern);
    count = check(pages).fault_count;
    sim_os_corrupt(pages->sim, PATH, at, 1, pattern);
    return count;
}

static void a_new_file_has_no_faults(void **state)
{
    assert_int_equal(check(*state).fault_count, 0);
}

static void a_file_in_use_has_no_faults_before_and_after_it_is_reopened(void **state)
{
    struct pages *pages = *state;
    struct txn *txn = pages_begin(pages);

    (void)pages_add(txn, 'a');
    pages_commit(txn);
    assert_int_equal(check(pages).fault_count, 0);
    fill(pages);
    assert_int_equal(check(pages).fault_count, 0);
}

/* Metas, map, directory, and the header pages of chunks that are not covered: no more. */
static void what_is_reached_is_metadata_and_counted_once(void **state)
{
    struct pages *pages = *state;
    const struct pager *pager;
    struct outcome outcome;
    uint64_t expected = META_COPY_COUNT + 1 + 1;

    fill(pages);
    outcome = check(pages);
    pager = pages->pager;
    for (page_no page = 0; page < pager->meta.page_count; page += CHUNK_PAGES) {
        bool is_covered = alloc_is_covered(pager->alloc, page / CHUNK_PAGES);

        assert_int_equal(bits_test(outcome.reached, page), !is_covered);
        expected += !is_covered;
    }
    assert_int_equal(outcome.metadata_pages, expected);
    assert_int_equal(bits_count(outcome.reached, 0, pager->meta.page_count), expected);
    for (page_no page = META_FIRST_PAGE; page < PAGER_FIXED_PAGES; page++)
        assert_true(bits_test(outcome.reached, page));
    assert_true(bits_test(outcome.reached, pager->meta.directory_page));
    assert_true(bits_test(outcome.reached, pager->groups[0].map_page));
}

static void progress_comes_once_for_each_chunk(void **state)
{
    struct pages *pages = *state;
    struct outcome outcome;

    fill(pages);
    outcome = check(pages);
    assert_int_equal(outcome.progress_count, pages->pager->meta.page_count / CHUNK_PAGES);
}

static void each_byte_of_a_meta_counts(void **state)
{
    struct pages *pages = *state;

    fill(pages);
    for (page_no page = META_FIRST_PAGE; page < PAGER_FIXED_PAGES; page++)
        for (unsigned i = 0; i < META_BYTES; i += 13)
            assert_true(faults_with_byte(pages, (uint64_t)page * PAGE_BYTES + i, 0x20) > 0);
    assert_int_equal(check(pages).fault_count, 0);
}

static void each_byte_of_map_and_directory_counts(void **state)
{
    struct pages *pages = *state;
    uint64_t map, directory;

    fill(pages);
    assert_int_equal(check(pages).fault_count, 0);
    map = pages->pager->groups[0].map_page;
    directory = pages->pager->meta.directory_page;
    for (unsigned i = 0; i < PAGE_BYTES; i += 7) {
        assert_true(faults_with_byte(pages, map * PAGE_BYTES + i, 1) > 0);
        assert_true(faults_with_byte(pages, directory * PAGE_BYTES + i, 1) > 0);
    }
}

/* Wherever the checksums are right: it is about what the numbers say. */
static void an_entry_says_of_its_map_what_is_true(void **state)
{
    static const unsigned places[] = {4, 8, 16}; /* checksum, free pages, covered chunks */
    struct pages *pages = *state;

    fill(pages);
    assert_int_equal(check(pages).fault_count, 0);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        pages->pager->directory_bytes[places[i]] ^= 1;
        assert_int_equal(check(pages).fault_count, 1);
        pages->pager->directory_bytes[places[i]] ^= 1;
    }
}

/* The header's own slot, and the slots of pages that are used; the others say nothing. */
static void slots_count_where_pages_are_used(void **state)
{
    struct pages *pages = *state;

    fill(pages);
    assert_int_equal(check(pages).fault_count, 0);
    for (page_no page = 0; page < CHUNK_PAGES; page++) {
        bool is_used = pager_page_state(pages->pager, page) == PAGE_STATE_USED;

        for (unsigned i = 0; i < SLOT_BYTES; i += 5)
            assert_int_equal(faults_with_byte(pages, page * SLOT_BYTES + i, 0x40) > 0, is_used);
    }
}

static void a_body_counts_where_its_page_is_used(void **state)
{
    struct pages *pages = *state;
    const struct pager *pager;

    fill(pages);
    assert_int_equal(check(pages).fault_count, 0);
    pager = pages->pager;
    for (page_no page = PAGER_FIXED_PAGES; page < pager->meta.page_count; page++) {
        enum page_state page_state = pager_page_state(pages->pager, page);
        bool is_header = page % CHUNK_PAGES == 0 && page_state == PAGE_STATE_USED;

        if (is_header) continue;
        assert_int_equal(faults_with_byte(pages, (uint64_t)page * PAGE_BYTES + 100, 0x40) > 0,
                         page_state != PAGE_STATE_FREE);
    }
}

/* Pages larger than a meta. */
static void bytes_behind_a_meta_are_zero(void **state)
{
    struct pages pages;

    (void)state;
    pages_open(&pages, 4096, 1 << 20);
    assert_int_equal(check(&pages).fault_count, 0);
    for (page_no page = META_FIRST_PAGE; page < PAGER_FIXED_PAGES; page++) {
        assert_int_equal(faults_with_byte(&pages, (uint64_t)page * 4096 + META_BYTES, 1), 1);
        assert_int_equal(faults_with_byte(&pages, (uint64_t)page * 4096 + 4095, 1), 1);
    }
    pages_close(&pages);
}

static void a_meta_that_cannot_be_read_ends_the_check(void **state)
{
    struct pages *pages = *state;
    struct outcome outcome = {.fault_count = 0};
    struct fault_list faults = {.report = NULL};
    struct pager_check wanted = {.faults = &faults, .reached = outcome.reached};

    assert_ok(pager_hold_writer(pages->pager));
    (void)sim_os_fail_at(pages->sim, SIM_READ, 1, true, FH_IO);
    assert_status(pager_check(pages->pager, &wanted), FH_IO);
    (void)sim_os_fail_at(pages->sim, 0, 0, false, FH_OK);
    pager_release_writer(pages->pager);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, pages_setup, pages_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_file_has_no_faults),
        TEST(a_file_in_use_has_no_faults_before_and_after_it_is_reopened),
        TEST(what_is_reached_is_metadata_and_counted_once),
        TEST(progress_comes_once_for_each_chunk),
        TEST(each_byte_of_a_meta_counts),
        TEST(each_byte_of_map_and_directory_counts),
        TEST(an_entry_says_of_its_map_what_is_true),
        TEST(slots_count_where_pages_are_used),
        TEST(a_body_counts_where_its_page_is_used),
        cmocka_unit_test(bytes_behind_a_meta_are_zero),
        TEST(a_meta_that_cannot_be_read_ends_the_check),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
