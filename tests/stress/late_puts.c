/*
 * late_puts.c - readers beside a writer that changes leaves in place.
 *
 * Each commit puts one item and asks for no sync. The number of a reader's state says which
 * commits it has, so every item has one value that a reader may find: another one, or torn bytes,
 * is a leaf that changed under it. Meant for the thread sanitizer; FREEHOLD_EFFORT multiplies.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "support/scratch.h"
#include "support/seed.h"
#include "support/unit.h"

enum { READERS = 3, ITEMS = 40, VALUE_BYTES = 64, COMMITS = 20000, READS_LEAST = 200 };

struct hall {
    fh_db *db;
    uint64_t first; /* number of the commit that put item 0 for the first time */
    uint64_t commit_count;
    _Atomic int is_over;
    _Atomic uint64_t read_count;
    _Atomic int failed_line; /* the first complaint's; 0: none */
};

static void complain(struct hall *hall, int line)
{
    int none = 0;

    (void)atomic_compare_exchange_strong(&hall->failed_line, &none, line);
}

static fh_status put_next(struct hall *hall, uint64_t number)
{
    unsigned char buffer[ITEMS_KEY_MAX];
    uint64_t words[VALUE_BYTES / 8];
    fh_status status;
    fh_txn *txn;

    for (size_t i = 0; i < VALUE_BYTES / 8; i++)
        words[i] = number;
    status = fh_begin(hall->db, FH_WRITE, &txn);
    if (status != FH_OK) return status;
    status = fh_put(txn, NULL, items_numbered("k", (unsigned)(number % ITEMS), buffer),
                    (fh_bytes){words, sizeof(words)}, 0);
    if (status == FH_OK) return fh_commit_as(txn, number % 16 == 0 ? FH_LAZY : FH_NONE, NULL);
    fh_abort(txn);
    return status;
}

/* Goes on until readers have had their share, however slow they are. */
static void *write_on(void *context)
{
    struct hall *hall = context;

    for (uint64_t i = ITEMS;
         i < hall->commit_count ||
         (atomic_load(&hall->read_count) < READS_LEAST && atomic_load(&hall->failed_line) == 0);
         i++)
        if (put_next(hall, i) != FH_OK) complain(hall, __LINE__);
    atomic_store(&hall->is_over, 1);
    return NULL;
}

static void read_all(struct hall *hall, fh_txn *txn)
{
    uint64_t newest = fh_txn_id(txn) - hall->first;

    for (unsigned i = 0; i < ITEMS; i++) {
        unsigned char buffer[ITEMS_KEY_MAX];
        uint64_t wanted = newest - (newest - i) % ITEMS, words[VALUE_BYTES / 8];
        fh_bytes found;

        if (fh_get(txn, NULL, items_numbered("k", i, buffer), &found) != FH_OK ||
            found.size != sizeof(words)) {
            complain(hall, __LINE__);
            return;
        }
        memcpy(words, found.data, sizeof(words));
        for (size_t word = 0; word < VALUE_BYTES / 8; word++)
            if (words[word] != wanted) complain(hall, __LINE__);
    }
}

static void *read_on(void *context)
{
    struct hall *hall = context;

    while (!atomic_load(&hall->is_over)) {
        fh_txn *txn;

        if (fh_begin(hall->db, FH_READ, &txn) != FH_OK) {
            complain(hall, __LINE__);
            break;
        }
        read_all(hall, txn);
        read_all(hall, txn);
        fh_abort(txn);
        atomic_fetch_add(&hall->read_count, 1);
    }
    return NULL;
}

static void leaves_change_under_nobody(void **state)
{
    struct scratch *scratch = *state;
    struct hall hall = {.db = scratch->db, .commit_count = COMMITS * seed_effort()};
    pthread_t threads[READERS + 1];
    fh_txn *txn;

    for (uint64_t i = 0; i < ITEMS; i++)
        assert_ok(put_next(&hall, i));
    assert_ok(fh_begin(hall.db, FH_READ, &txn));
    hall.first = fh_txn_id(txn) - (ITEMS - 1);
    fh_abort(txn);
    for (unsigned i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, &hall), 0);
    assert_int_equal(pthread_create(&threads[READERS], NULL, write_on, &hall), 0);
    for (unsigned i = 0; i <= READERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    if (atomic_load(&hall.failed_line) != 0)
        fail_msg("line %d: what must not be (see there)", atomic_load(&hall.failed_line));
    print_message("%llu snapshots read\n", (unsigned long long)atomic_load(&hall.read_count));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(leaves_change_under_nobody, scratch_setup,
                                        scratch_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
