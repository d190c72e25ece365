/*
 * kv_many_test.c - many gets by one call: as fh_get, key by key.
 */
#include "freehold/kv.h"
#include "support/scratch.h"
#include "support/unit.h"

enum { ITEMS = 300, VALUE_BYTES = 60, ASKED = 2 * ITEMS };

static fh_txn *begin(const struct scratch *scratch, unsigned flags)
{
    fh_txn *txn;

    assert_ok(fh_begin(scratch->db, flags, &txn));
    return txn;
}

static void require_as_get(fh_txn *txn, const fh_bytes *keys, size_t count)
{
    static fh_bytes values[ASKED];
    size_t found = ASKED + 1, wanted = 0;

    assert_ok(fh_get_many(txn, NULL, keys, count, values, &found));
    for (size_t i = 0; i < count; i++) {
        fh_bytes value = nothing();
        fh_status status = fh_get(txn, NULL, keys[i], &value);

        wanted += status == FH_OK;
        assert_ptr_equal(values[i].data, status == FH_OK ? value.data : NULL);
        assert_int_equal(values[i].size, status == FH_OK ? value.size : 0);
    }
    assert_int_equal(found, wanted);
    assert_ok(fh_get_many(txn, NULL, keys, count, values, NULL));
}

/* Every second key is there; all counts from none to several groups, from any place on. */
static void many_gets_are_as_many_gets(void **state)
{
    struct scratch *scratch = *state;
    static unsigned char numbers[ASKED][ITEMS_KEY_MAX];
    fh_bytes keys[ASKED];
    fh_txn *txn;

    scratch_fill(scratch->db, 0, ITEMS, VALUE_BYTES);
    scratch_put(scratch->db, text("k00000005"), nothing());
    for (unsigned i = 0; i < ASKED; i++) {
        keys[i] = items_numbered("k", i * 7 % ASKED, numbers[i]);
    }
    for (int way = 0; way < 2; way++) {
        txn = begin(scratch, way == 0 ? FH_READ : FH_WRITE);
        for (size_t count = 0; count <= ASKED; count += 1 + count / 8)
            require_as_get(txn, keys + (ASKED - count) / 3, count);
        fh_abort(txn);
    }
}

static void an_empty_tree_has_none_of_them(void **state)
{
    const fh_bytes keys[] = {text("a"), text("b")};
    fh_bytes values[] = {text("x"), text("y")};
    fh_txn *txn = begin(*state, FH_READ);
    size_t found = 1;

    assert_ok(fh_get_many(txn, NULL, keys, 2, values, &found));
    assert_int_equal(found, 0);
    assert_null(values[0].data);
    assert_null(values[1].data);
    assert_ok(fh_get_many(txn, NULL, NULL, 0, NULL, NULL));
    fh_abort(txn);
}

/* All keys are looked at before any value is given. */
static void wrong_keys_are_refused_and_no_value_is_given(void **state)
{
    struct scratch *scratch = *state;
    static const unsigned char long_key[ITEMS_KEY_MAX + 1] = {1};
    fh_begin_options leased = {.size = sizeof(leased), .flags = FH_READ, .lease_ms = 10000};
    fh_bytes keys[] = {text("a"), nothing()};
    fh_bytes values[] = {text("x"), text("y")};
    size_t found = 7;
    fh_txn *txn;

    scratch_put(scratch->db, text("a"), text("value"));
    txn = begin(scratch, FH_READ);
    assert_status(fh_get_many(txn, NULL, keys, 2, values, &found), FH_INVALID);
    keys[1] = (fh_bytes){long_key, sizeof(long_key)};
    assert_status(fh_get_many(txn, NULL, keys, 2, values, &found), FH_TOO_LARGE);
    scratch_require_same(values[0], text("x"));
    assert_int_equal(found, 7);
    assert_status(fh_get_many(txn, NULL, NULL, 1, values, &found), FH_INVALID);
    assert_status(fh_get_many(txn, NULL, keys, 1, NULL, &found), FH_INVALID);
    assert_status(fh_get_many(NULL, NULL, keys, 1, values, &found), FH_INVALID);
    fh_abort(txn);
    assert_ok(fh_begin_as(scratch->db, &leased, &txn));
    assert_status(fh_get_many(txn, NULL, keys, 1, values, &found), FH_INVALID);
    fh_abort(txn);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup_small, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(many_gets_are_as_many_gets),
        TEST(an_empty_tree_has_none_of_them),
        TEST(wrong_keys_are_refused_and_no_value_is_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
