/*
 * leased_readers.c - readers with leases, which a writer cuts off, beside some without.
 *
 * Each commit gives all items the same new number, in short values and in runs of pages. A
 * reader must find one number in all that it reads, until it is told that its lease is over; one
 * without a lease is never told that. Pages that were taken too early would show another number
 * or torn bytes. Meant for the thread sanitizer; FREEHOLD_EFFORT multiplies the commits.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "freehold/inspect.h"
#include "support/scratch.h"
#include "support/seed.h"
#include "support/unit.h"

enum { LEASED = 6, PLAIN = 2, ITEMS = 60, LONG_BYTES = 1500, COMMITS = 60, CUT_OFF_LEAST = 5 };

struct shop {
    fh_db *db;
    uint64_t commit_count;
    _Atomic int is_over;
    _Atomic uint64_t cut_off_count;
    _Atomic uint64_t read_count;
    _Atomic int failed_line; /* the first complaint's; 0: none */
};

static void complain(struct shop *shop, int line)
{
    int none = 0;

    (void)atomic_compare_exchange_strong(&shop->failed_line, &none, line);
}

static size_t size_of(unsigned item)
{
    return item % 10 == 0 ? LONG_BYTES : 50;
}

static fh_status write_all(struct shop *shop, unsigned char number)
{
    unsigned char buffer[ITEMS_KEY_MAX], value[LONG_BYTES];
    fh_status status;
    fh_txn *txn;

    memset(value, number, sizeof(value));
    status = fh_begin(shop->db, FH_WRITE, &txn);
    if (status != FH_OK) return status;
    for (unsigned i = 0; status == FH_OK && i < ITEMS; i++)
        status =
            fh_put(txn, NULL, items_numbered("k", i, buffer), (fh_bytes){value, size_of(i)}, 0);
    if (status == FH_OK) return fh_commit(txn);
    fh_abort(txn);
    return status;
}

static void *write_on(void *context)
{
    struct shop *shop = context;

    for (uint64_t i = 0;
         i < shop->commit_count || (atomic_load(&shop->cut_off_count) < CUT_OFF_LEAST &&
                                    atomic_load(&shop->failed_line) == 0);
         i++)
        if (write_all(shop, (unsigned char)i) != FH_OK) complain(shop, __LINE__);
    atomic_store(&shop->is_over, 1);
    return NULL;
}

static int is_all(const unsigned char *bytes, size_t size, unsigned char number)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != number) return 0;
    return 1;
}

/* By key, over and over; FH_OK when it has seen enough. */
static fh_status read_by_key(struct shop *shop, fh_txn *txn, int *number)
{
    unsigned char buffer[ITEMS_KEY_MAX], value[LONG_BYTES];
    size_t size = 0;

    for (unsigned i = 0; i < ITEMS; i++) {
        fh_status status =
            fh_get_copy(txn, NULL, items_numbered("k", i, buffer), value, sizeof(value), &size);

        if (status != FH_OK) return status;
        if (*number < 0) *number = value[0];
        if (size != size_of(i) || !is_all(value, size, (unsigned char)*number))
            complain(shop, __LINE__);
    }
    return FH_OK;
}

static fh_status read_by_cursor(struct shop *shop, fh_txn *txn, int *number)
{
    fh_cursor *cursor;
    fh_bytes value;
    unsigned count = 0;
    fh_status status = fh_cursor_open(txn, NULL, &cursor);

    if (status != FH_OK) return status;
    while ((status = fh_cursor_next(cursor, NULL, &value)) == FH_OK) {
        if (*number < 0) *number = *(const unsigned char *)value.data;
        if (!is_all(value.data, value.size, (unsigned char)*number)) complain(shop, __LINE__);
        count++;
    }
    fh_cursor_close(cursor);
    if (status != FH_NOT_FOUND) return status;
    if (count != ITEMS) complain(shop, __LINE__);
    return FH_OK;
}

static void read_one_snapshot(struct shop *shop, const fh_begin_options *options)
{
    int number = -1;
    fh_status status;
    fh_txn *txn;

    if (fh_begin_as(shop->db, options, &txn) != FH_OK) {
        complain(shop, __LINE__);
        return;
    }
    status = read_by_key(shop, txn, &number);
    for (unsigned i = 0; status == FH_OK && i < 20; i++) {
        status = read_by_cursor(shop, txn, &number);
        if (status == FH_OK) status = read_by_key(shop, txn, &number);
    }
    if (status == FH_SNAPSHOT_TOO_OLD && options->lease_bytes != 0)
        atomic_fetch_add(&shop->cut_off_count, 1);
    else if (status != FH_OK)
        complain(shop, __LINE__);
    atomic_fetch_add(&shop->read_count, 1);
    fh_abort(txn);
}

static void *read_leased(void *context)
{
    fh_begin_options options = {.size = sizeof(options), .tag = "leased", .lease_bytes = 4096};
    struct shop *shop = context;

    while (!atomic_load(&shop->is_over))
        read_one_snapshot(shop, &options);
    return NULL;
}

static void *read_plain(void *context)
{
    fh_begin_options options = {.size = sizeof(options), .tag = "plain"};
    struct shop *shop = context;

    while (!atomic_load(&shop->is_over))
        read_one_snapshot(shop, &options);
    return NULL;
}

/* Lists and figures go on beside everybody. */
static void *watch(void *context)
{
    struct shop *shop = context;

    while (!atomic_load(&shop->is_over)) {
        fh_stat_info stat = {.size = sizeof(stat)};
        fh_reader_info readers[LEASED + PLAIN];
        size_t count = 0;

        if (fh_stat(shop->db, &stat) != FH_OK || stat.pinned_pages > stat.pending_pages)
            complain(shop, __LINE__);
        if (fh_reader_walk(shop->db, readers, LEASED + PLAIN, &count) != FH_OK ||
            count > LEASED + PLAIN)
            complain(shop, __LINE__);
        for (size_t i = 0; i < count; i++)
            if (strcmp(readers[i].tag, readers[i].is_leased ? "leased" : "plain") != 0)
                complain(shop, __LINE__);
    }
    return NULL;
}

static void leases_end_between_calls_and_others_never(void **state)
{
    struct scratch *scratch = *state;
    struct shop shop = {.db = scratch->db, .commit_count = COMMITS * seed_effort()};
    pthread_t threads[LEASED + PLAIN + 2];
    size_t count = 0;

    assert_ok(write_all(&shop, 0));
    for (unsigned i = 0; i < LEASED; i++)
        assert_int_equal(pthread_create(&threads[count++], NULL, read_leased, &shop), 0);
    for (unsigned i = 0; i < PLAIN; i++)
        assert_int_equal(pthread_create(&threads[count++], NULL, read_plain, &shop), 0);
    assert_int_equal(pthread_create(&threads[count++], NULL, watch, &shop), 0);
    assert_int_equal(pthread_create(&threads[count++], NULL, write_on, &shop), 0);
    while (count > 0)
        assert_int_equal(pthread_join(threads[--count], NULL), 0);
    if (atomic_load(&shop.failed_line) != 0)
        fail_msg("line %d: what must not be (see there)", atomic_load(&shop.failed_line));
    assert_true(atomic_load(&shop.cut_off_count) >= CUT_OFF_LEAST);
    print_message("%llu snapshots read, %llu cut off\n",
                  (unsigned long long)atomic_load(&shop.read_count),
                  (unsigned long long)atomic_load(&shop.cut_off_count));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(leases_end_between_calls_and_others_never,
                                        scratch_setup_small, scratch_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
