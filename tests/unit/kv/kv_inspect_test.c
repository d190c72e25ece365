/*
 * kv_inspect_test.c - the descriptions of pages, chunks, maps and snapshots agree.
 */
#include <string.h>

#include "freehold/inspect.h"
#include "support/scratch.h"
#include "support/unit.h"

enum { PAGES_MAX = 4096, CHUNK_PAGES = 16 };

static fh_stat_info stat_of(fh_db *db)
{
    fh_stat_info stat = {.size = sizeof(stat)};

    assert_ok(fh_stat(db, &stat));
    return stat;
}

/* Items, a value over several chunks, freed pages. */
static void fill(struct scratch *scratch)
{
    static unsigned char large[30000];

    scratch_fill(scratch->db, 0, 400, 60);
    scratch_put(scratch->db, text("large"), (fh_bytes){large, sizeof(large)});
    scratch_fill(scratch->db, 100, 300, 20);
}

static void every_page_is_described_and_intact(void **state)
{
    struct scratch *scratch = *state;
    fh_stat_info stat;
    uint64_t kinds[FH_PAGE_RAW + 1] = {0};
    uint64_t states[4] = {0};
    fh_page_info page;

    fill(scratch);
    stat = stat_of(scratch->db);
    for (uint32_t i = 0; i < stat.file_pages; i++) {
        assert_ok(fh_page_describe(scratch->db, i, &page));
        assert_int_equal(page.slot.page_no, i);
        assert_int_equal(page.file_offset, (uint64_t)i * 512);
        assert_in_range(page.slot.kind, FH_PAGE_UNUSED, FH_PAGE_RAW);
        states[page.slot.state]++;
        if (page.slot.state != FH_STATE_USED) continue;
        assert_true(page.is_intact);
        assert_true(page.slot.is_proven);
        kinds[page.slot.kind]++;
        if (page.slot.kind == FH_PAGE_LEAF) assert_true(page.item_count > 0);
    }
    assert_int_equal(kinds[FH_PAGE_META], 4);
    assert_true(kinds[FH_PAGE_LEAF] > 10 && kinds[FH_PAGE_BRANCH] > 0);
    assert_true(kinds[FH_PAGE_MAP] >= 1 && kinds[FH_PAGE_DIRECTORY] >= 1);
    assert_true(kinds[FH_PAGE_RUN_HEAD] >= 1);
    assert_int_equal(states[FH_STATE_FREE], stat.free_pages);
    assert_int_equal(states[FH_STATE_PENDING], stat.pending_pages);
    assert_int_equal(states[FH_STATE_USED] + states[FH_STATE_COVERED], stat.live_pages);
}

static void the_first_pages_are_header_and_metas(void **state)
{
    struct scratch *scratch = *state;
    fh_stat_info stat;
    fh_page_info page;
    uint64_t newest = 0;

    fill(scratch);
    stat = stat_of(scratch->db);
    assert_ok(fh_page_describe(scratch->db, 0, &page));
    assert_int_equal(page.slot.kind, FH_PAGE_HEADER);
    for (uint32_t i = 1; i < 5; i++) {
        assert_ok(fh_page_describe(scratch->db, i, &page));
        assert_int_equal(page.slot.kind, FH_PAGE_META);
        if (page.meta_txn_id > newest) newest = page.meta_txn_id;
    }
    assert_int_equal(newest, stat.checkpoint_txn_id);
}

static void beyond_the_end_there_is_nothing(void **state)
{
    struct scratch *scratch = *state;
    fh_stat_info stat = stat_of(scratch->db);
    fh_page_info page;
    fh_chunk_info chunk;
    fh_map_cell cell;
    size_t count = 9;

    assert_status(fh_page_describe(scratch->db, (uint32_t)stat.file_pages, &page), FH_NOT_FOUND);
    assert_status(fh_page_describe(scratch->db, UINT32_MAX, &page), FH_NOT_FOUND);
    assert_status(
        fh_chunk_describe(scratch->db, (uint32_t)stat.chunk_count, &chunk, NULL, 0, &count),
        FH_NOT_FOUND);
    assert_int_equal(count, 9);
    assert_ok(fh_map_walk(scratch->db, (uint32_t)stat.file_pages, &cell, 1, &count));
    assert_int_equal(count, 0);
}

static void chunks_and_map_and_pages_say_the_same(void **state)
{
    struct scratch *scratch = *state;
    static fh_map_cell cells[PAGES_MAX];
    fh_stat_info stat;
    uint64_t free_pages = 0;
    uint64_t pending_pages = 0;
    uint64_t page_count = 0;
    size_t cell_count = 0;

    fill(scratch);
    stat = stat_of(scratch->db);
    assert_ok(fh_map_walk(scratch->db, 0, cells, PAGES_MAX, &cell_count));
    assert_int_equal(cell_count, stat.file_pages);
    for (uint32_t i = 0; i < stat.chunk_count; i++) {
        fh_slot_info slots[CHUNK_PAGES];
        fh_chunk_info chunk;
        size_t slot_count = 0;

        assert_ok(fh_chunk_describe(scratch->db, i, &chunk, slots, CHUNK_PAGES, &slot_count));
        assert_int_equal(chunk.chunk_no, i);
        assert_int_equal(chunk.first_page, i * CHUNK_PAGES);
        assert_int_equal(slot_count, chunk.page_count);
        assert_int_equal(chunk.free_pages + chunk.used_pages + chunk.pending_pages,
                         chunk.page_count);
        free_pages += chunk.free_pages;
        pending_pages += chunk.pending_pages;
        page_count += chunk.page_count;
        for (size_t k = 0; k < slot_count; k++) {
            assert_int_equal(slots[k].page_no, chunk.first_page + k);
            assert_int_equal(slots[k].state, cells[slots[k].page_no].state);
            if (slots[k].state == FH_STATE_USED)
                assert_int_equal(slots[k].kind, cells[slots[k].page_no].kind);
        }
    }
    assert_int_equal(page_count, stat.file_pages);
    assert_int_equal(free_pages, stat.free_pages);
    assert_int_equal(pending_pages, stat.pending_pages);
}

static void a_map_can_be_walked_in_pieces(void **state)
{
    struct scratch *scratch = *state;
    static fh_map_cell whole[PAGES_MAX];
    fh_map_cell piece[7];
    size_t count = 0;
    size_t whole_count = 0;

    fill(scratch);
    assert_ok(fh_map_walk(scratch->db, 0, whole, PAGES_MAX, &whole_count));
    for (size_t at = 0; at < whole_count; at += 7) {
        size_t left = whole_count - at;

        assert_ok(fh_map_walk(scratch->db, (uint32_t)at, piece, 7, &count));
        assert_int_equal(count, left < 7 ? left : 7);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(piece[i].state, whole[at + i].state);
            assert_int_equal(piece[i].kind, whole[at + i].kind);
            assert_true(piece[i].fill_percent <= 100);
        }
    }
}

/* As many cells as the figures say, none of them without a reader. */
static void pinned_pages_are_marked_in_the_map(void **state)
{
    struct scratch *scratch = *state;
    static fh_map_cell cells[PAGES_MAX];
    static unsigned char large[30000];
    uint64_t pinned_pages = 0;
    fh_txn *reader;
    size_t count;

    fill(scratch);
    assert_ok(fh_begin(scratch->db, FH_READ, &reader));
    scratch_put(scratch->db, text("large"), (fh_bytes){large, sizeof(large) / 2});
    scratch_fill(scratch->db, 0, 50, 61);
    assert_ok(fh_checkpoint(scratch->db));
    assert_ok(fh_map_walk(scratch->db, 0, cells, PAGES_MAX, &count));
    for (size_t i = 0; i < count; i++) {
        if (cells[i].is_pinned) assert_int_equal(cells[i].state, FH_STATE_PENDING);
        pinned_pages += cells[i].is_pinned;
    }
    assert_true(pinned_pages > 40);
    assert_int_equal(pinned_pages, stat_of(scratch->db).pinned_pages);
    fh_abort(reader);
    assert_ok(fh_map_walk(scratch->db, 0, cells, PAGES_MAX, &count));
    for (size_t i = 0; i < count; i++)
        assert_false(cells[i].is_pinned);
}

static void snapshots_are_listed_oldest_first(void **state)
{
    struct scratch *scratch = *state;
    fh_snapshot_info snapshots[4];
    fh_txn *readers[4];
    uint64_t pinned_pages = 0;
    size_t count = 0;

    assert_ok(fh_snapshot_walk(scratch->db, snapshots, 4, &count));
    assert_int_equal(count, 0);
    for (unsigned i = 0; i < 4; i++) {
        if (i != 2) scratch_fill(scratch->db, 0, 100, 50 + i);
        assert_ok(fh_begin(scratch->db, FH_READ, &readers[i]));
    }
    scratch_fill(scratch->db, 0, 100, 60);
    assert_ok(fh_snapshot_walk(scratch->db, snapshots, 4, &count));
    assert_int_equal(count, 3);
    assert_int_equal(snapshots[0].txn_id, fh_txn_id(readers[0]));
    assert_int_equal(snapshots[1].txn_id, fh_txn_id(readers[1]));
    assert_int_equal(snapshots[1].reader_count, 2);
    assert_int_equal(snapshots[2].txn_id, fh_txn_id(readers[3]));
    for (unsigned i = 0; i < 3; i++)
        pinned_pages += snapshots[i].pinned_pages;
    assert_int_equal(pinned_pages, stat_of(scratch->db).pinned_pages);
    assert_ok(fh_snapshot_walk(scratch->db, snapshots, 1, &count));
    assert_int_equal(count, 3);
    for (unsigned i = 0; i < 4; i++)
        fh_abort(readers[i]);
}

static void the_histogram_counts_every_free_run(void **state)
{
    struct scratch *scratch = *state;
    uint64_t histogram[32];
    uint64_t run_count = 0;
    unsigned longest = 0;
    fh_stat_info stat;

    fill(scratch);
    stat = stat_of(scratch->db);
    assert_ok(fh_run_histogram(scratch->db, histogram));
    for (unsigned i = 0; i < 32; i++) {
        run_count += histogram[i];
        if (histogram[i] > 0) longest = i;
    }
    assert_int_equal(run_count, stat.free_run_count);
    assert_true(stat.largest_free_run_pages >> longest == 1);
}

static void kinds_and_states_have_names(void **state)
{
    (void)state;
    assert_string_equal(fh_page_kind_name(FH_PAGE_LEAF), "leaf");
    assert_string_equal(fh_page_kind_name(FH_PAGE_RUN_HEAD), "run-head");
    assert_string_equal(fh_page_kind_name((fh_page_kind)99), "unknown");
    assert_string_equal(fh_page_state_name(FH_STATE_USED), "used");
    assert_string_equal(fh_page_state_name(FH_STATE_FREE), "free");
    assert_string_equal(fh_page_state_name(FH_STATE_PENDING), "pending");
    assert_string_equal(fh_page_state_name(FH_STATE_COVERED), "covered");
}

#define SMALL(test) cmocka_unit_test_setup_teardown(test, scratch_setup_small, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SMALL(every_page_is_described_and_intact),     SMALL(the_first_pages_are_header_and_metas),
        SMALL(beyond_the_end_there_is_nothing),        SMALL(chunks_and_map_and_pages_say_the_same),
        SMALL(a_map_can_be_walked_in_pieces),          SMALL(snapshots_are_listed_oldest_first),
        SMALL(pinned_pages_are_marked_in_the_map),     SMALL(the_histogram_counts_every_free_run),
        cmocka_unit_test(kinds_and_states_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
