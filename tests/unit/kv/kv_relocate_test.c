/*
 * kv_relocate_test.c - the file becomes small with ordinary commits, unless it was told not to.
 */
#include <stdlib.h>

#include "freehold/kv.h"
#include "support/items.h"
#include "support/scratch.h"
#include "support/unit.h"

enum {
    PAGE_BYTES = 512,
    ITEMS = 60000,
    LEFT = ITEMS / 20,
    COMMITS = 2000,
    WIDE_BYTES = 72 << 20,
    RUN_BYTES = 1 << 20,
    RUNS = 200,
    LOG_BYTES_FREE = 8 << 20 /* any database may have so much */
};

static void reopen_with(struct scratch *scratch, uint32_t page_bytes, unsigned flags,
                        fh_durability durability)
{
    fh_options options = scratch_options(page_bytes, flags);

    options.durability = durability;
    scratch_close(scratch);
    scratch_open(scratch, &options);
}

/* Nothing waits for the medium: only what is in the file counts here. */
static void reopen_for(struct scratch *scratch, unsigned flags)
{
    reopen_with(scratch, PAGE_BYTES, flags, FH_LAZY);
}

static fh_stat_info stat_of(fh_db *db)
{
    fh_stat_info stat = {.size = sizeof(stat)};

    assert_ok(fh_stat(db, &stat));
    return stat;
}

/* All items but the last twentieth, at once. */
static void erase_most(fh_db *db)
{
    unsigned char buffer[ITEMS_KEY_MAX];
    uint64_t count;
    fh_txn *txn;

    assert_ok(fh_begin(db, FH_WRITE, &txn));
    assert_ok(
        fh_erase_range(txn, NULL, nothing(), items_numbered("k", ITEMS - LEFT, buffer), &count));
    assert_ok(fh_commit(txn));
    assert_int_equal(count, ITEMS - LEFT);
}

static void commit_small(fh_db *db)
{
    unsigned char buffer[ITEMS_KEY_MAX];

    for (unsigned i = 0; i < COMMITS; i++)
        scratch_put(db, items_numbered("k", ITEMS - 1 - i % LEFT, buffer), text("renewed"));
}

/*
 * A quarter more than is live, room for what commits make checkpoints hold, at most twice as much
 * as is live, and what no page moves for: two chunks.
 */
static void require_small(fh_db *db)
{
    fh_stat_info stat = stat_of(db);

    assert_true(stat.file_pages <= stat.live_pages / 4 * 13 + 2 * stat.chunk_pages);
}

static void small_commits_make_an_emptied_file_small(void **state)
{
    struct scratch *scratch = *state;
    fh_stat_info full, stat;

    reopen_for(scratch, 0);
    scratch_fill(scratch->db, 0, ITEMS, 60);
    full = stat_of(scratch->db);
    erase_most(scratch->db);
    commit_small(scratch->db);
    stat = stat_of(scratch->db);
    assert_true(stat.relocated_pages > 0);
    assert_true(stat.file_pages < full.file_pages / 4);
    require_small(scratch->db);
}

/* A checkpoint that is made to cut the end has to cut it, or the next look asks for one more. */
static void a_file_that_became_small_is_left_alone(void **state)
{
    struct scratch *scratch = *state;
    fh_stat_info small, stat;

    reopen_for(scratch, 0);
    scratch_fill(scratch->db, 0, ITEMS, 60);
    commit_small(scratch->db);
    erase_most(scratch->db);
    commit_small(scratch->db);
    small = stat_of(scratch->db);
    commit_small(scratch->db);
    stat = stat_of(scratch->db);
    assert_int_equal(stat.file_pages, small.file_pages);
    assert_int_equal(stat.relocated_pages, small.relocated_pages);
    require_small(scratch->db);
}

/* Of 2000 bytes each, so that the log fills. */
static void commit_into_log(fh_db *db, unsigned count)
{
    static const unsigned char value[2000];
    unsigned char buffer[ITEMS_KEY_MAX];

    for (unsigned i = 0; i < count; i++)
        scratch_put(db, items_numbered("k", i % 100, buffer), (fh_bytes){value, sizeof(value)});
}

/* Half of what is live is more than any database may have. */
static void grow_log(fh_db *db)
{
    unsigned char *value = calloc(1, WIDE_BYTES);

    scratch_put(db, text("wide"), (fh_bytes){value, WIDE_BYTES});
    free(value);
    commit_into_log(db, 4 * COMMITS);
    assert_true(stat_of(db).log_ring_bytes > LOG_BYTES_FREE);
}

static void the_log_becomes_small_again(void **state)
{
    struct scratch *scratch = *state;

    reopen_with(scratch, 0, 0, FH_LAZY);
    grow_log(scratch->db);
    scratch_erase(scratch->db, text("wide"));
    commit_into_log(scratch->db, 4 * COMMITS);
    assert_int_equal(stat_of(scratch->db).log_ring_bytes, LOG_BYTES_FREE);

    grow_log(scratch->db);
    scratch_erase(scratch->db, text("wide"));
    assert_ok(fh_compact(scratch->db, NULL, NULL));
    assert_int_equal(stat_of(scratch->db).log_ring_bytes, LOG_BYTES_FREE);
    commit_into_log(scratch->db, COMMITS);
}

/*
 * Decision 0025: in a file of some size values that are written over give their pages back long
 * before as much is held as is live, though nobody waits for the medium.
 */
static void values_written_over_hold_little(void **state)
{
    struct scratch *scratch = *state;
    unsigned char *value = calloc(1, RUN_BYTES);
    unsigned char buffer[ITEMS_KEY_MAX];
    uint64_t most = 0;
    fh_stat_info stat;

    reopen_with(scratch, 0, 0, FH_NONE);
    for (unsigned i = 0; i < 3 * RUNS; i++) {
        scratch_put(scratch->db, items_numbered("k", i % RUNS, buffer),
                    (fh_bytes){value, RUN_BYTES});
        stat = stat_of(scratch->db);
        if (stat.checkpoint_pages > most) most = stat.checkpoint_pages;
    }
    free(value);
    assert_in_range(most, 1, stat.live_pages / 2);
}

/* Neither commits nor checkpoints nor a close move a page then; who asks for it does. */
static void without_relocation_pages_move_when_asked(void **state)
{
    struct scratch *scratch = *state;
    fh_stat_info full;

    reopen_for(scratch, FH_OPEN_WITHOUT_RELOCATION);
    scratch_fill(scratch->db, 0, ITEMS, 60);
    full = stat_of(scratch->db);
    erase_most(scratch->db);
    commit_small(scratch->db);
    assert_ok(fh_checkpoint(scratch->db));
    assert_int_equal(stat_of(scratch->db).relocated_pages, 0);
    assert_true(stat_of(scratch->db).file_pages > full.file_pages / 2);
    reopen_for(scratch, FH_OPEN_WITHOUT_RELOCATION);
    assert_true(stat_of(scratch->db).file_pages > full.file_pages / 2);

    assert_ok(fh_compact(scratch->db, NULL, NULL));
    assert_true(stat_of(scratch->db).relocated_pages > 0);
    require_small(scratch->db);
}

#define TEST(test)  cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
#define SMALL(test) cmocka_unit_test_setup_teardown(test, scratch_setup_small, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SMALL(small_commits_make_an_emptied_file_small),
        SMALL(a_file_that_became_small_is_left_alone),
        TEST(the_log_becomes_small_again),
        TEST(values_written_over_hold_little),
        SMALL(without_relocation_pages_move_when_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
