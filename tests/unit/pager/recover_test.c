/*
 * recover_test.c - which meta is believed, what of the maps is not.
 */
#include <stdlib.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "pager/meta_format.h"
#include "pager/space_map.h"
#include "support/pages.h"
#include "support/unit.h"

#define PATH "pages.fh"

enum { PAGE_BYTES = 512 };

/* Two commits of one page each, then closed: the newest state has bytes 'b' in page `page`. */
struct closed {
    struct pages *pages;
    page_no page;
    uint64_t checkpoint_no;
    uint8_t *file;
    size_t bytes;
};

static struct closed close_after_two_commits(struct pages *pages)
{
    struct closed closed = {.pages = pages};
    struct pager_stat stat;
    struct txn *txn = pages_begin(pages);

    closed.page = pages_add(txn, 'a');
    pages_commit(txn);
    txn = pages_begin(pages);
    closed.page = pages_change(txn, closed.page, 'b');
    pages_commit(txn);
    assert_ok(pager_stat(pages->pager, &stat));
    closed.checkpoint_no = stat.checkpoint_no;
    assert_ok(pager_close(pages->pager));
    pages->pager = NULL;
    closed.bytes = (size_t)sim_os_file_size(pages->sim, PATH);
    closed.file = malloc(closed.bytes);
    assert_non_null(closed.file);
    assert_int_equal(sim_os_read_file(pages->sim, PATH, 0, closed.file, closed.bytes),
                     closed.bytes);
    return closed;
}

static void put_back(const struct closed *closed)
{
    sim_os_put_file(closed->pages->sim, PATH, closed->file, closed->bytes);
}

static void break_meta(struct closed *closed, page_no page)
{
    closed->file[page * PAGE_BYTES + 60] ^= 1;
}

static page_no newest_meta(const struct closed *closed)
{
    return META_FIRST_PAGE + meta_slot_of(closed->checkpoint_no);
}

static void either_copy_of_the_newest_meta_is_enough(void **state)
{
    struct closed closed = close_after_two_commits(*state);

    for (unsigned mirror = 0; mirror < 2; mirror++) {
        break_meta(&closed, newest_meta(&closed) + 2 * mirror);
        put_back(&closed);
        pages_reopen(closed.pages, 1 << 20);
        pages_require(closed.pages, closed.page, 'b');
        assert_ok(pager_close(closed.pages->pager));
        closed.pages->pager = NULL;
        break_meta(&closed, newest_meta(&closed) + 2 * mirror);
    }
    free(closed.file);
}

/* All copies are whole after an opening for writing, whatever it found. */
static void opening_for_writing_mends_the_metas(void **state)
{
    struct closed closed = close_after_two_commits(*state);
    page_no other = newest_meta(&closed) == 1 ? 2 : 1;
    struct pager_meta meta;

    break_meta(&closed, newest_meta(&closed));
    break_meta(&closed, other + 2);
    put_back(&closed);
    pages_reopen(closed.pages, 1 << 20);
    for (page_no page = 1; page <= 4; page++)
        assert_ok(pager_meta(closed.pages->pager, page, &meta));
    free(closed.file);
}

static void without_a_whole_meta_nothing_opens(void **state)
{
    struct closed closed = close_after_two_commits(*state);

    for (page_no page = 1; page <= 4; page++)
        break_meta(&closed, page);
    put_back(&closed);
    assert_status(pager_open(sim_os_port(closed.pages->sim), PATH, &closed.pages->options,
                             &closed.pages->pager),
                  FH_CORRUPT);
    free(closed.file);
}

static void a_file_cut_short_is_refused(void **state)
{
    struct closed closed = close_after_two_commits(*state);

    closed.bytes -= PAGE_BYTES;
    put_back(&closed);
    assert_status(pager_open(sim_os_port(closed.pages->sim), PATH, &closed.pages->options,
                             &closed.pages->pager),
                  FH_CORRUPT);
    free(closed.file);
}

/* Makes the checksums of map, directory and metas right again. */
static void seal(struct closed *closed)
{
    uint8_t *newest = closed->file + (size_t)newest_meta(closed) * PAGE_BYTES;
    uint32_t directory = load32(newest + 100);
    uint8_t *entry = closed->file + (size_t)directory * PAGE_BYTES;
    uint32_t map = load32(entry);

    store32(entry + 4, slot_body_crc(map, closed->file + (size_t)map * PAGE_BYTES, PAGE_BYTES));
    for (unsigned copy = 0; copy < 2; copy++, newest += (size_t)2 * PAGE_BYTES) {
        store32(newest + 108, crc32c(0, entry, DIRECTORY_ENTRY_BYTES));
        store32(newest + 8, crc32c(0, newest + 12, META_BYTES - 12));
    }
}

static uint8_t *map_of(const struct closed *closed, uint32_t *ret_map, uint32_t *ret_directory)
{
    const uint8_t *newest = closed->file + (size_t)newest_meta(closed) * PAGE_BYTES;

    *ret_directory = load32(newest + 100);
    *ret_map = load32(closed->file + (size_t)*ret_directory * PAGE_BYTES);
    return closed->file + (size_t)*ret_map * PAGE_BYTES;
}

static void require_refused_by_writers(struct closed *closed)
{
    struct txn *txn = NULL;

    seal(closed);
    put_back(closed);
    assert_ok(pager_open(sim_os_port(closed->pages->sim), PATH, &closed->pages->options,
                         &closed->pages->pager));
    assert_status(txn_begin(closed->pages->pager, true, &txn), FH_CORRUPT);
    assert_ok(pager_close(closed->pages->pager));
    closed->pages->pager = NULL;
}

/* Or a run would be written over them. */
static void a_map_in_which_metas_or_maps_are_free_is_refused(void **state)
{
    struct closed closed = close_after_two_commits(*state);
    uint32_t map_page, directory;
    uint8_t *map = map_of(&closed, &map_page, &directory);
    uint32_t pages[] = {1, 2, 3, 4, map_page, directory};

    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        map[pages[i] / 8] ^= (uint8_t)(1U << pages[i] % 8);
        require_refused_by_writers(&closed);
        map[pages[i] / 8] ^= (uint8_t)(1U << pages[i] % 8);
    }
    free(closed.file);
}

static void a_chunk_that_is_covered_by_nothing_is_refused(void **state)
{
    struct closed closed = close_after_two_commits(*state);
    uint32_t map_page, directory;

    (void)map_of(&closed, &map_page, &directory);
    closed.file[(size_t)directory * PAGE_BYTES + 16] |= 1U << 3;
    require_refused_by_writers(&closed);
    free(closed.file);
}

static void a_group_with_a_flag_that_nothing_has_is_refused(void **state)
{
    struct closed closed = close_after_two_commits(*state);
    uint32_t map_page, directory;
    uint8_t *flags;

    (void)map_of(&closed, &map_page, &directory);
    flags = closed.file + (size_t)directory * PAGE_BYTES + 14;
    for (unsigned bit = 0; bit < 16; bit++) {
        store16(flags, (uint16_t)(1U << bit));
        require_refused_by_writers(&closed);
    }
    free(closed.file);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, pages_setup, pages_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(either_copy_of_the_newest_meta_is_enough),
        TEST(opening_for_writing_mends_the_metas),
        TEST(without_a_whole_meta_nothing_opens),
        TEST(a_file_cut_short_is_refused),
        TEST(a_map_in_which_metas_or_maps_are_free_is_refused),
        TEST(a_chunk_that_is_covered_by_nothing_is_refused),
        TEST(a_group_with_a_flag_that_nothing_has_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
