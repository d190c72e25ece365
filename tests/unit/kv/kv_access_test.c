/*
 * kv_access_test.c - get, put, compare and swap, erase: answers, limits, refusals.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "freehold/kv.h"
#include "support/scratch.h"
#include "support/unit.h"

enum { MIB = 1 << 20 };

static const uint32_t page_sizes[] = {512, 1024, 4096, 8192};

/* A write transaction on the scratch database. */
static fh_txn *begin(void **state)
{
    const struct scratch *scratch = *state;
    fh_txn *txn;

    assert_ok(fh_begin(scratch->db, FH_WRITE, &txn));
    return txn;
}

static void open_with_pages(struct scratch *scratch, uint32_t page_bytes)
{
    fh_options options = scratch_options(page_bytes, FH_OPEN_NEW);

    if (scratch->db != NULL) scratch_close(scratch);
    (void)remove(scratch->path);
    scratch_open(scratch, &options);
}

static void an_empty_value_is_a_value_and_not_an_absence(void **state)
{
    fh_txn *txn = begin(state);
    fh_bytes value = text("untouched");

    assert_ok(fh_put(txn, NULL, text("empty"), nothing(), 0));
    assert_ok(fh_get(txn, NULL, text("empty"), &value));
    assert_int_equal(value.size, 0);
    value = text("untouched");
    assert_status(fh_get(txn, NULL, text("absent"), &value), FH_NOT_FOUND);
    scratch_require_same(value, text("untouched"));
    assert_status(fh_put(txn, NULL, text("empty"), text("x"), FH_NO_OVERWRITE), FH_EXISTS);
    assert_ok(fh_commit(txn));
}

static void keys_may_have_one_byte_up_to_the_limit(void **state)
{
    struct scratch *scratch = *state;
    unsigned char key[ITEMS_KEY_MAX + 1];

    memset(key, 'k', sizeof(key));
    for (size_t i = 0; i < sizeof(page_sizes) / sizeof(page_sizes[0]); i++) {
        uint32_t key_max = page_sizes[i] / 8;
        fh_txn *txn;
        fh_bytes value;

        open_with_pages(scratch, page_sizes[i]);
        txn = begin(state);
        for (uint32_t size = 1; size <= key_max; size++)
            assert_ok(fh_put(txn, NULL, (fh_bytes){key, size}, (fh_bytes){key, size % 7}, 0));
        for (uint32_t size = 1; size <= key_max; size++) {
            assert_ok(fh_get(txn, NULL, (fh_bytes){key, size}, &value));
            assert_int_equal(value.size, size % 7);
        }
        assert_ok(fh_commit(txn));
        scratch_require_clean(scratch->db);
    }
}

static void a_key_over_the_limit_is_too_large(void **state)
{
    struct scratch *scratch = *state;
    fh_txn *txn = begin(state);
    uint32_t key_max = fh_key_max(scratch->db);
    unsigned char bytes[ITEMS_KEY_MAX * 2];
    fh_bytes key = {bytes, key_max + 1};
    fh_bytes value = text("value");

    memset(bytes, 'k', sizeof(bytes));
    assert_status(fh_put(txn, NULL, key, value, 0), FH_TOO_LARGE);
    assert_status(fh_put_if(txn, NULL, key, NULL, &value), FH_TOO_LARGE);
    assert_status(fh_get(txn, NULL, key, &value), FH_TOO_LARGE);
    assert_status(fh_erase(txn, NULL, key), FH_TOO_LARGE);
    scratch_require_same(value, text("value"));
    fh_abort(txn);
}

static void an_empty_key_is_invalid(void **state)
{
    fh_txn *txn = begin(state);
    fh_bytes value = text("value");

    assert_status(fh_put(txn, NULL, nothing(), value, 0), FH_INVALID);
    assert_status(fh_put_if(txn, NULL, nothing(), NULL, &value), FH_INVALID);
    assert_status(fh_get(txn, NULL, nothing(), &value), FH_INVALID);
    assert_status(fh_erase(txn, NULL, nothing()), FH_INVALID);
    fh_abort(txn);
}

static void wrong_arguments_are_refused(void **state)
{
    fh_txn *txn = begin(state);
    fh_bytes missing = {NULL, 3};
    fh_bytes value = text("value");

    assert_status(fh_put(NULL, NULL, text("k"), value, 0), FH_INVALID);
    assert_status(fh_put(txn, NULL, missing, value, 0), FH_INVALID);
    assert_status(fh_put(txn, NULL, text("k"), missing, 0), FH_INVALID);
    assert_status(fh_put(txn, NULL, text("k"), value, 64), FH_INVALID);
    assert_status(fh_get(txn, NULL, text("k"), NULL), FH_INVALID);
    assert_status(fh_get(NULL, NULL, text("k"), &value), FH_INVALID);
    assert_status(fh_erase(NULL, NULL, text("k")), FH_INVALID);
    assert_status(fh_get(txn, NULL, text("k"), &value), FH_NOT_FOUND);
    fh_abort(txn);
}

static void a_value_over_the_limit_is_too_large(void **state)
{
    fh_txn *txn = begin(state);
    fh_bytes value = {"x", (size_t)FH_VALUE_MAX + 1};

    assert_status(fh_put(txn, NULL, text("key"), value, 0), FH_TOO_LARGE);
    assert_status(fh_put_if(txn, NULL, text("key"), NULL, &value), FH_TOO_LARGE);
    assert_status(fh_get(txn, NULL, text("key"), &value), FH_NOT_FOUND);
    fh_abort(txn);
}

/* Around every size at which a value changes its form. */
static void values_of_all_sizes_come_back(void **state)
{
    struct scratch *scratch = *state;
    unsigned char *bytes = malloc((size_t)5 * MIB);

    assert_non_null(bytes);
    for (size_t i = 0; i < sizeof(page_sizes) / sizeof(page_sizes[0]); i++) {
        size_t page = page_sizes[i];
        size_t chunk = page * (page / 32 < 256 ? page / 32 : 256);
        const size_t edges[] = {page / 8, page / 4,     page / 2, page,         2 * page,
                                5 * page, chunk - page, chunk,    chunk + page, 2 * chunk};
        unsigned char buffer[ITEMS_KEY_MAX];
        fh_txn *txn;
        unsigned key_no = 0;

        open_with_pages(scratch, page_sizes[i]);
        txn = begin(state);
        for (size_t k = 0; k < sizeof(edges) / sizeof(edges[0]); k++)
            for (size_t size = edges[k] - 2; size <= edges[k] + 2; size++) {
                items_fill(size, bytes, size);
                assert_ok(fh_put(txn, NULL, items_numbered("v", key_no++, buffer),
                                 (fh_bytes){bytes, size}, 0));
            }
        assert_ok(fh_commit(txn));
        scratch_reopen(scratch);
        key_no = 0;
        for (size_t k = 0; k < sizeof(edges) / sizeof(edges[0]); k++)
            for (size_t size = edges[k] - 2; size <= edges[k] + 2; size++) {
                items_fill(size, bytes, size);
                scratch_require_value(scratch->db, items_numbered("v", key_no++, buffer),
                                      (fh_bytes){bytes, size});
            }
        scratch_require_clean(scratch->db);
    }
    free(bytes);
}

static void a_value_of_64_mib_comes_back_and_its_pages_too(void **state)
{
    struct scratch *scratch = *state;
    size_t size = 64 * (size_t)MIB;
    unsigned char *bytes = malloc(size);
    fh_bytes value = {bytes, size};
    fh_stat_info stat = {.size = sizeof(stat)};

    assert_non_null(bytes);
    items_fill(64, bytes, size);
    scratch_put(scratch->db, text("large"), value);
    scratch_require_value(scratch->db, text("large"), value);
    scratch_erase(scratch->db, text("large"));
    scratch_put(scratch->db, text("small"), text("value"));
    assert_ok(fh_stat(scratch->db, &stat));
    assert_true(stat.live_pages * stat.page_bytes < MIB);
    free(bytes);
}

static void the_bytes_of_a_put_are_copied(void **state)
{
    fh_txn *txn = begin(state);
    char key[] = "key";
    char bytes[] = "value";
    fh_bytes value;

    assert_ok(fh_put(txn, NULL, text(key), text(bytes), 0));
    memset(key, 'x', 3);
    memset(bytes, 'x', 5);
    assert_ok(fh_get(txn, NULL, text("key"), &value));
    scratch_require_same(value, text("value"));
    assert_ok(fh_commit(txn));
}

static void no_overwrite_refuses_and_changes_nothing(void **state)
{
    fh_txn *txn = begin(state);
    fh_bytes value;

    assert_ok(fh_put(txn, NULL, text("key"), text("first"), FH_NO_OVERWRITE));
    assert_status(fh_put(txn, NULL, text("key"), text("second"), FH_NO_OVERWRITE), FH_EXISTS);
    assert_ok(fh_get(txn, NULL, text("key"), &value));
    scratch_require_same(value, text("first"));
    assert_ok(fh_put(txn, NULL, text("key"), text("third"), 0));
    assert_ok(fh_get(txn, NULL, text("key"), &value));
    scratch_require_same(value, text("third"));
    assert_ok(fh_commit(txn));
}

static void put_if_stores_only_over_what_is_expected(void **state)
{
    fh_txn *txn = begin(state);
    fh_bytes a = text("a");
    fh_bytes b = text("b");
    fh_bytes empty = nothing();
    fh_bytes value;

    assert_status(fh_put_if(txn, NULL, text("key"), &a, &b), FH_MISMATCH);
    assert_status(fh_put_if(txn, NULL, text("key"), &empty, &b), FH_MISMATCH);
    assert_ok(fh_put_if(txn, NULL, text("key"), NULL, &a));
    assert_status(fh_put_if(txn, NULL, text("key"), NULL, &b), FH_MISMATCH);
    assert_status(fh_put_if(txn, NULL, text("key"), &b, &b), FH_MISMATCH);
    assert_ok(fh_get(txn, NULL, text("key"), &value));
    scratch_require_same(value, a);
    assert_ok(fh_put_if(txn, NULL, text("key"), &a, &empty));
    assert_ok(fh_put_if(txn, NULL, text("key"), &empty, &b));
    assert_status(fh_put_if(txn, NULL, text("key"), &a, NULL), FH_MISMATCH);
    assert_ok(fh_put_if(txn, NULL, text("key"), &b, NULL));
    assert_status(fh_get(txn, NULL, text("key"), &value), FH_NOT_FOUND);
    assert_ok(fh_commit(txn));
}

static void put_if_compares_large_values_too(void **state)
{
    fh_txn *txn = begin(state);
    static unsigned char bytes[40000];
    fh_bytes large = {bytes, sizeof(bytes)};
    fh_bytes small = text("small");
    fh_bytes value;

    items_fill(1, bytes, sizeof(bytes));
    assert_ok(fh_put(txn, NULL, text("key"), large, 0));
    bytes[sizeof(bytes) - 1] ^= 1;
    assert_status(fh_put_if(txn, NULL, text("key"), &large, &small), FH_MISMATCH);
    bytes[sizeof(bytes) - 1] ^= 1;
    assert_ok(fh_put_if(txn, NULL, text("key"), &large, &small));
    assert_ok(fh_get(txn, NULL, text("key"), &value));
    scratch_require_same(value, small);
    assert_ok(fh_commit(txn));
}

static void erasing_tells_whether_there_was_something(void **state)
{
    struct scratch *scratch = *state;
    fh_txn *txn = begin(state);

    assert_status(fh_erase(txn, NULL, text("key")), FH_NOT_FOUND);
    assert_ok(fh_put(txn, NULL, text("key"), text("value"), 0));
    assert_ok(fh_erase(txn, NULL, text("key")));
    assert_status(fh_erase(txn, NULL, text("key")), FH_NOT_FOUND);
    assert_ok(fh_commit(txn));
    scratch_require_absent(scratch->db, text("key"));
}

static void erase_range_takes_from_and_leaves_to(void **state)
{
    struct scratch *scratch = *state;
    unsigned char from[ITEMS_KEY_MAX];
    unsigned char to[ITEMS_KEY_MAX];
    static const unsigned ranges[][3] = {/* from, to, left of 500 after it */
                                         {0, 0, 500},   {30, 20, 500},   {0, 1, 499},
                                         {10, 11, 498}, {100, 200, 398}, {499, 500, 397}};
    unsigned char value[50];
    fh_stat_info stat = {.size = sizeof(stat)};
    uint64_t left = 500;

    scratch_fill(scratch->db, 0, 500, 50);
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        fh_txn *txn = begin(state);
        uint64_t count = 77;

        assert_ok(fh_erase_range(txn, NULL, items_numbered("k", ranges[i][0], from),
                                 items_numbered("k", ranges[i][1], to), &count));
        assert_int_equal(count, left - ranges[i][2]);
        left = ranges[i][2];
        assert_ok(fh_commit(txn));
        assert_ok(fh_stat(scratch->db, &stat));
        assert_int_equal(stat.item_count, left);
        scratch_require_clean(scratch->db);
    }
    scratch_require_absent(scratch->db, text("k00000199"));
    items_fill(200, value, sizeof(value));
    scratch_require_value(scratch->db, text("k00000200"), (fh_bytes){value, sizeof(value)});
}

static void erase_range_to_nothing_goes_to_the_end(void **state)
{
    struct scratch *scratch = *state;
    fh_txn *txn;
    uint64_t count = 0;
    fh_stat_info stat = {.size = sizeof(stat)};

    scratch_fill(scratch->db, 0, 300, 50);
    txn = begin(state);
    assert_ok(fh_erase_range(txn, NULL, text("k00000250"), nothing(), &count));
    assert_int_equal(count, 50);
    assert_ok(fh_erase_range(txn, NULL, nothing(), text("k00000010"), NULL));
    assert_ok(fh_erase_range(txn, NULL, nothing(), nothing(), &count));
    assert_int_equal(count, 240);
    assert_ok(fh_erase_range(txn, NULL, nothing(), nothing(), &count));
    assert_int_equal(count, 0);
    assert_ok(fh_commit(txn));
    assert_ok(fh_stat(scratch->db, &stat));
    assert_int_equal(stat.item_count, 0);
}

static void keys_are_ordered_as_bytes(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } keys[] = {{"\0", 1},   {"\0\0", 2},   {"\0\0\0", 3},  {"\0\1", 2}, {"\1", 1},
                {"A", 1},    {"a", 1},      {"a\0", 2},     {"a\0b", 3}, {"aa", 2},
                {"ab", 2},   {"b", 1},      {"\x7f", 1},    {"\x80", 1}, {"\xfe\xff", 2},
                {"\xff", 1}, {"\xff\0", 2}, {"\xff\xff", 2}};
    enum { COUNT = sizeof(keys) / sizeof(keys[0]) };
    fh_txn *txn = begin(state);
    fh_cursor *cursor;
    fh_bytes key;
    fh_bytes value;

    for (size_t i = 0; i < COUNT; i++) {
        size_t at = i * 7 % COUNT;

        assert_ok(fh_put(txn, NULL, (fh_bytes){keys[at].bytes, keys[at].size},
                         (fh_bytes){keys[at].bytes, keys[at].size}, 0));
    }
    assert_ok(fh_cursor_open(txn, NULL, &cursor));
    for (size_t i = 0; i < COUNT; i++) {
        assert_ok(fh_cursor_next(cursor, &key, &value));
        scratch_require_same(key, (fh_bytes){keys[i].bytes, keys[i].size});
        scratch_require_same(value, (fh_bytes){keys[i].bytes, keys[i].size});
    }
    assert_status(fh_cursor_next(cursor, &key, &value), FH_NOT_FOUND);
    fh_cursor_close(cursor);
    assert_ok(fh_commit(txn));
}

static void values_of_a_snapshot_are_borrowed_until_it_ends(void **state)
{
    struct scratch *scratch = *state;
    static unsigned char bytes[9000];
    unsigned char buffer[ITEMS_KEY_MAX];
    fh_bytes small;
    fh_bytes large;
    fh_txn *snapshot;

    items_fill(5, bytes, sizeof(bytes));
    scratch_put(scratch->db, text("small"), text("value"));
    scratch_put(scratch->db, text("large"), (fh_bytes){bytes, sizeof(bytes)});
    assert_ok(fh_begin(scratch->db, FH_READ, &snapshot));
    assert_ok(fh_get(snapshot, NULL, text("small"), &small));
    assert_ok(fh_get(snapshot, NULL, text("large"), &large));
    for (unsigned i = 0; i < 30; i++) {
        scratch_put(scratch->db, text("small"), items_numbered("v", i, buffer));
        scratch_put(scratch->db, text("large"), (fh_bytes){bytes, 8000 + i});
        scratch_fill(scratch->db, 0, 60, 60 + i);
    }
    scratch_require_same(small, text("value"));
    scratch_require_same(large, (fh_bytes){bytes, sizeof(bytes)});
    fh_abort(snapshot);
}

static void the_quota_refuses_puts_and_lets_deletes_through(void **state)
{
    struct scratch *scratch = *state;
    fh_options options = scratch_options(512, 0);
    fh_stat_info stat = {.size = sizeof(stat)};
    unsigned char buffer[ITEMS_KEY_MAX];
    unsigned count = 0;
    fh_status status = FH_OK;

    options.quota_bytes = UINT64_C(512) * 200;
    scratch_open(scratch, &options);
    for (; status == FH_OK; count++) {
        fh_txn *txn = begin(state);

        assert_true(count < 10000);
        status = fh_put(txn, NULL, items_numbered("q", count, buffer),
                        (fh_bytes){page_sizes, sizeof(page_sizes)}, 0);
        if (status == FH_OK)
            status = fh_commit(txn);
        else
            fh_abort(txn);
    }
    assert_status(status, FH_QUOTA);
    assert_true(count > 100);
    assert_ok(fh_stat(scratch->db, &stat));
    assert_int_equal(stat.quota_bytes, 512 * 200);
    assert_true(stat.live_pages <= 200);
    scratch_reopen(scratch);
    assert_ok(fh_stat(scratch->db, &stat));
    assert_int_equal(stat.quota_bytes, 512 * 200);

    for (unsigned i = 0; i < 50; i++)
        scratch_erase(scratch->db, items_numbered("q", i, buffer));
    scratch_put(scratch->db, text("room again"), text("value"));
}

#define SMALL(test) cmocka_unit_test_setup_teardown(test, scratch_setup_small, scratch_teardown)
#define PLAIN(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
#define EMPTY(test) cmocka_unit_test_setup_teardown(test, scratch_setup_empty, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SMALL(an_empty_value_is_a_value_and_not_an_absence),
        EMPTY(keys_may_have_one_byte_up_to_the_limit),
        PLAIN(a_key_over_the_limit_is_too_large),
        PLAIN(an_empty_key_is_invalid),
        PLAIN(wrong_arguments_are_refused),
        PLAIN(a_value_over_the_limit_is_too_large),
        EMPTY(values_of_all_sizes_come_back),
        PLAIN(a_value_of_64_mib_comes_back_and_its_pages_too),
        SMALL(the_bytes_of_a_put_are_copied),
        SMALL(no_overwrite_refuses_and_changes_nothing),
        SMALL(put_if_stores_only_over_what_is_expected),
        PLAIN(put_if_compares_large_values_too),
        SMALL(erasing_tells_whether_there_was_something),
        SMALL(erase_range_takes_from_and_leaves_to),
        SMALL(erase_range_to_nothing_goes_to_the_end),
        SMALL(keys_are_ordered_as_bytes),
        SMALL(values_of_a_snapshot_are_borrowed_until_it_ends),
        EMPTY(the_quota_refuses_puts_and_lets_deletes_through),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
