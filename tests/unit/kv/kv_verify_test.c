/*
 * kv_verify_test.c - with FH_OPEN_VERIFY a wrong byte is an error at its first touch.
 */
#include <stdlib.h>
#include <string.h>

#include "support/items.h"
#include "support/scratch.h"
#include "support/unit.h"

enum { LARGE_BYTES = 3000 };

static const char small_needle[] = "a small value that stands in a leaf";
static const char large_needle[] = "these words begin a large value";

static void fill(struct scratch *scratch)
{
    static unsigned char large[LARGE_BYTES];

    memcpy(large, large_needle, sizeof(large_needle));
    scratch_fill(scratch->db, 0, 300, 60);
    scratch_put(scratch->db, text("small"), text(small_needle));
    scratch_put(scratch->db, text("large"), (fh_bytes){large, sizeof(large)});
}

/* Flips a bit behind the last place where the words stand in the closed file. */
static void damage(const struct scratch *scratch, const char *words)
{
    size_t size, length = strlen(words), found = 0;
    unsigned char *bytes = scratch_read_file(scratch->path, &size);

    for (size_t at = 0; at + length <= size; at++)
        if (memcmp(bytes + at, words, length) == 0) {
            bytes[at + length - 1] ^= 1;
            found++;
        }
    assert_true(found > 0);
    scratch_write_file(scratch->path, bytes, size);
    free(bytes);
}

static fh_status get(fh_db *db, const char *key)
{
    fh_bytes value;
    fh_txn *txn;
    fh_status status;

    assert_ok(fh_begin(db, FH_READ, &txn));
    status = fh_get(txn, NULL, text(key), &value);
    fh_abort(txn);
    return status;
}

static void open_for(struct scratch *scratch, unsigned flags)
{
    fh_options options = {.size = sizeof(options), .flags = flags};

    scratch_open(scratch, &options);
}

/* Without asking whether it is clean. */
static void close_damaged(struct scratch *scratch)
{
    assert_ok(fh_close(scratch->db));
    scratch->db = NULL;
}

static void what_is_whole_is_read_and_changed(void **state)
{
    struct scratch *scratch = *state;

    fill(scratch);
    scratch_close(scratch);
    open_for(scratch, FH_OPEN_VERIFY);
    for (unsigned round = 0; round < 3; round++) {
        assert_ok(get(scratch->db, "small"));
        assert_ok(get(scratch->db, "large"));
        scratch_fill(scratch->db, 0, 300, 60 + round);
        assert_ok(fh_checkpoint(scratch->db));
    }
    scratch_require_clean(scratch->db);
}

static void a_wrong_byte_is_found_at_its_first_touch_if_asked_for(void **state)
{
    struct scratch *scratch = *state;
    unsigned char *whole;
    size_t size;

    fill(scratch);
    scratch_close(scratch);
    whole = scratch_read_file(scratch->path, &size);
    damage(scratch, small_needle);
    damage(scratch, large_needle);
    open_for(scratch, FH_OPEN_READ_ONLY);
    assert_ok(get(scratch->db, "small")); /* and it is wrong: nobody asked */
    assert_ok(get(scratch->db, "large"));
    close_damaged(scratch);
    open_for(scratch, FH_OPEN_READ_ONLY | FH_OPEN_VERIFY);
    assert_status(get(scratch->db, "small"), FH_CORRUPT);
    assert_status(get(scratch->db, "large"), FH_CORRUPT);
    close_damaged(scratch);
    scratch_write_file(scratch->path, whole, size);
    free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_whole_is_read_and_changed, scratch_setup_small,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(a_wrong_byte_is_found_at_its_first_touch_if_asked_for,
                                        scratch_setup_small, scratch_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
