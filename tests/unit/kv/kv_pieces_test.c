/*
 * kv_pieces_test.c - a large value where free space is in pieces: the file does not grow for it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "support/items.h"
#include "support/scratch.h"
#include "support/unit.h"

enum {
    SMALL_ITEMS = 600,
    SMALL_BYTES = 480,
    PIECES = 4,
    PAGE_BYTES = 512,
    LARGE_ITEMS = 20,
    LONG_ITEMS = 6,
    LONG_BYTES = 1 << 20
};

static uint64_t file_pages(fh_db *db)
{
    fh_stat_info stat = {.size = sizeof(stat)};

    assert_ok(fh_stat(db, &stat));
    return stat.file_pages;
}

/* Single pages everywhere, every second one free. */
static void make_holes(fh_db *db)
{
    unsigned char buffer[ITEMS_KEY_MAX], value[SMALL_BYTES];
    fh_txn *txn;

    for (unsigned i = 0; i < SMALL_ITEMS; i++) {
        items_fill(i, value, sizeof(value));
        scratch_put(db, items_numbered("s", i, buffer), (fh_bytes){value, sizeof(value)});
    }
    assert_ok(fh_checkpoint(db));
    assert_ok(fh_begin(db, FH_WRITE, &txn));
    for (unsigned i = 0; i < SMALL_ITEMS; i += 2)
        assert_ok(fh_erase(txn, NULL, items_numbered("s", i, buffer)));
    assert_ok(fh_commit(txn));
    assert_ok(fh_checkpoint(db));
}

static void require_value(fh_db *db, unsigned i, size_t size)
{
    unsigned char buffer[ITEMS_KEY_MAX];
    unsigned char *expected = malloc(size);
    fh_bytes value;
    fh_txn *txn;

    assert_non_null(expected);
    items_fill(1000 + i, expected, size);
    assert_ok(fh_begin(db, FH_READ, &txn));
    assert_ok(fh_get(txn, NULL, items_numbered("large", i, buffer), &value));
    assert_int_equal(value.size, size);
    assert_memory_equal(value.data, expected, size);
    fh_abort(txn);
    free(expected);
}

static void put_large(struct scratch *scratch)
{
    static unsigned char value[PIECES * PAGE_BYTES];
    unsigned char buffer[ITEMS_KEY_MAX];
    fh_options options = scratch_options(PAGE_BYTES, 0);
    uint64_t before;

    /* Under a policy that does not go low, so that no page moves into the holes first. */
    options.policy = "best";
    scratch_close(scratch);
    scratch_open(scratch, &options);
    make_holes(scratch->db);
    before = file_pages(scratch->db);
    for (unsigned i = 0; i < LARGE_ITEMS; i++) {
        items_fill(1000 + i, value, sizeof(value) - i);
        scratch_put(scratch->db, items_numbered("large", i, buffer),
                    (fh_bytes){value, sizeof(value) - i});
    }
    assert_true(file_pages(scratch->db) <= before);
}

static void values_fill_the_holes_and_come_back_whole(void **state)
{
    struct scratch *scratch = *state;

    put_large(scratch);
    for (unsigned i = 0; i < LARGE_ITEMS; i++)
        require_value(scratch->db, i, PIECES * PAGE_BYTES - i);
    scratch_require_clean(scratch->db);
    scratch_reopen(scratch);
    for (unsigned i = 0; i < LARGE_ITEMS; i++)
        require_value(scratch->db, i, PIECES * PAGE_BYTES - i);
    scratch_require_clean(scratch->db);
}

/* However many it passes, it has room for one. */
static void a_cursor_gathers_all_values_in_the_same_room(void **state)
{
    struct scratch *scratch = *state;
    uint64_t block_count;
    unsigned large_count = 0;
    fh_bytes key, value;
    fh_cursor *cursor;
    fh_status status;
    fh_txn *txn;

    put_large(scratch);
    assert_ok(fh_begin(scratch->db, FH_READ, &txn));
    assert_ok(fh_cursor_open(txn, NULL, &cursor));
    block_count = memory_block_count();
    while ((status = fh_cursor_next(cursor, &key, &value)) == FH_OK) {
        unsigned char expected[PIECES * PAGE_BYTES], buffer[ITEMS_KEY_MAX];
        fh_bytes wanted = items_numbered("large", large_count, buffer);

        if (key.size != wanted.size || memcmp(key.data, wanted.data, key.size) != 0) continue;
        items_fill(1000 + large_count, expected, sizeof(expected) - large_count);
        assert_int_equal(value.size, sizeof(expected) - large_count);
        assert_memory_equal(value.data, expected, value.size);
        assert_true(memory_block_count() <= block_count + 1);
        large_count++;
    }
    assert_status(status, FH_NOT_FOUND);
    assert_int_equal(large_count, LARGE_ITEMS);
    assert_int_equal(memory_block_count(), block_count + 1); /* some were in pieces */
    fh_cursor_close(cursor);
    assert_int_equal(memory_block_count(), block_count - 1);
    fh_abort(txn);
}

static fh_bytes long_value(unsigned i)
{
    static unsigned char value[LONG_BYTES];

    items_fill(2000 + i, value, sizeof(value));
    return (fh_bytes){value, sizeof(value)};
}

/* Values of half a chunk: every second one is in two pieces, seen as one where they stand in the
 * file, for as long as the snapshot lives and whatever is written beside it. */
static void long_values_in_pieces_stay_what_they_were(void **state)
{
    struct scratch *scratch = *state;
    unsigned char buffer[ITEMS_KEY_MAX];
    fh_bytes values[LONG_ITEMS];
    fh_txn *reader;

    for (unsigned i = 0; i < LONG_ITEMS; i++)
        scratch_put(scratch->db, items_numbered("long", i, buffer), long_value(i));
    assert_ok(fh_begin(scratch->db, FH_READ, &reader));
    for (unsigned i = 0; i < LONG_ITEMS; i++)
        assert_ok(fh_get(reader, NULL, items_numbered("long", i, buffer), &values[i]));
    for (unsigned round = 1; round <= 3; round++) {
        for (unsigned i = 0; i < LONG_ITEMS; i++)
            scratch_put(scratch->db, items_numbered("long", i, buffer),
                        long_value(round * LONG_ITEMS + i));
        assert_ok(fh_checkpoint(scratch->db));
    }
    for (unsigned i = 0; i < LONG_ITEMS; i++) {
        assert_int_equal(values[i].size, LONG_BYTES);
        assert_memory_equal(values[i].data, long_value(i).data, LONG_BYTES);
    }
    fh_abort(reader);
    scratch_require_clean(scratch->db);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup_small, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(values_fill_the_holes_and_come_back_whole),
        cmocka_unit_test_setup_teardown(long_values_in_pieces_stay_what_they_were, scratch_setup,
                                        scratch_teardown),
        TEST(a_cursor_gathers_all_values_in_the_same_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
