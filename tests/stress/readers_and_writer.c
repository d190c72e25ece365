/*
 * readers_and_writer.c - many threads read while others write.
 *
 * A bank: transactions move money between accounts, some of them in large values, and stamp
 * the database with their own number. Each reader must see exactly one commit: the stamp is
 * the snapshot's number, the sum is the sum at all times, and the number is at least that
 * of the last commit acknowledged before it began, and never decreases. Transactions
 * move between threads. Meant for the thread sanitizer; FREEHOLD_EFFORT multiplies the
 * commits. The number of steps is fixed, their order is the system's.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/scratch.h"
#include "support/seed.h"
#include "support/unit.h"

enum {
    READERS = 64,
    ACCOUNTS = 150,
    START_AMOUNT = 1000,
    COMMITS = 120,
    READS_AT_LEAST = 3,
    PADDING_MAX = 1500,
    WRITERS = 6,
    INCREMENTS = 25,
    RELAYS = 30
};

struct bank {
    fh_db *db;
    uint64_t commit_count;
    _Atomic uint64_t acknowledged; /* the last commit that has returned */
    _Atomic uint64_t started;      /* the last that was begun */
    _Atomic bool is_over;
    pthread_mutex_t lock;
    char failure[300]; /* the first one; guarded by lock */
};

/* Threads cannot fail a test: they leave the first complaint for the main one. */
static void complain(struct bank *bank, const char *what, uint64_t a, uint64_t b)
{
    (void)pthread_mutex_lock(&bank->lock);
    if (bank->failure[0] == '\0')
        (void)snprintf(bank->failure, sizeof(bank->failure),
                       "%s: %" PRIu64 ", %" PRIu64 " (%.150s)", what, a, b, fh_note());
    (void)pthread_mutex_unlock(&bank->lock);
}

static fh_bytes account_key(unsigned account, unsigned char *buffer)
{
    return items_numbered("account", account, buffer);
}

static fh_status get_amount(fh_txn *txn, fh_bytes key, uint64_t *ret_amount)
{
    fh_bytes value;
    fh_status status = fh_get(txn, NULL, key, &value);

    if (status != FH_OK) return status;
    if (value.size < sizeof(*ret_amount)) return FH_CORRUPT;
    memcpy(ret_amount, value.data, sizeof(*ret_amount));
    return FH_OK;
}

/* The amount, and padding that makes some values runs of pages. */
static fh_status put_amount(fh_txn *txn, fh_bytes key, uint64_t amount, size_t padding)
{
    unsigned char value[sizeof(amount) + PADDING_MAX];

    memcpy(value, &amount, sizeof(amount));
    memset(value + sizeof(amount), (int)(amount & 0xff), padding);
    return fh_put(txn, NULL, key, (fh_bytes){value, sizeof(amount) + padding}, 0);
}

static fh_status move_money(fh_txn *txn, struct random *random)
{
    unsigned char from_buffer[ITEMS_KEY_MAX];
    unsigned char to_buffer[ITEMS_KEY_MAX];
    unsigned from_no = (unsigned)random_below(random, ACCOUNTS);
    unsigned to_no = (from_no + 1 + (unsigned)random_below(random, ACCOUNTS - 1)) % ACCOUNTS;
    fh_bytes from = account_key(from_no, from_buffer);
    fh_bytes to = account_key(to_no, to_buffer);
    size_t padding = random_below(random, 4) == 0 ? random_below(random, PADDING_MAX) : 0;
    uint64_t from_amount = 0;
    uint64_t to_amount = 0;
    uint64_t moved;
    fh_status status = get_amount(txn, from, &from_amount);

    if (status == FH_OK) status = get_amount(txn, to, &to_amount);
    if (status != FH_OK) return status;
    moved = random_below(random, from_amount + 1);
    status = put_amount(txn, from, from_amount - moved, padding);
    if (status == FH_OK) status = put_amount(txn, to, to_amount + moved, padding / 2);
    return status;
}

static fh_status write_once(struct bank *bank, struct random *random)
{
    fh_txn *txn = NULL;
    uint64_t txn_id;
    fh_status status = fh_begin(bank->db, FH_WRITE, &txn);

    if (status != FH_OK) return status;
    txn_id = fh_txn_id(txn);
    for (unsigned i = 0; status == FH_OK && i < 8; i++)
        status = move_money(txn, random);
    if (status == FH_OK) status = put_amount(txn, text("stamp"), txn_id, 0);
    if (status != FH_OK || random_below(random, 10) == 0) {
        fh_abort(txn);
        return status;
    }
    atomic_store(&bank->started, txn_id);
    status = fh_commit(txn);
    if (status == FH_OK) atomic_store(&bank->acknowledged, txn_id);
    return status;
}

static void *write_all(void *context)
{
    struct bank *bank = context;
    struct random random;
    fh_status status = FH_OK;

    random_init(&random, seed_get());
    for (uint64_t i = 0; status == FH_OK && i < bank->commit_count; i++)
        status = write_once(bank, &random);
    if (status != FH_OK) complain(bank, "writing", (uint64_t) - (int64_t)status, 0);
    atomic_store(&bank->is_over, true);
    return NULL;
}

static fh_status sum_by_cursor(fh_txn *txn, uint64_t *ret_sum, uint64_t *ret_count)
{
    fh_cursor *cursor = NULL;
    fh_bytes key;
    fh_bytes value;
    uint64_t sum = 0;
    uint64_t count = 0;
    fh_status status = fh_cursor_open(txn, NULL, &cursor);

    if (status != FH_OK) return status;
    for (status = fh_cursor_first(cursor, &key, &value); status == FH_OK;
         status = fh_cursor_next(cursor, &key, &value)) {
        uint64_t amount = 0;

        if (key.size < 7 || memcmp(key.data, "account", 7) != 0) continue;
        memcpy(&amount, value.data, sizeof(amount));
        sum += amount;
        count++;
    }
    fh_cursor_close(cursor);
    *ret_sum = sum;
    *ret_count = count;
    return status == FH_NOT_FOUND ? FH_OK : status;
}

static void read_once(struct bank *bank, uint64_t *last_id)
{
    uint64_t acknowledged = atomic_load(&bank->acknowledged);
    uint64_t txn_id;
    uint64_t stamp = 0;
    uint64_t sum = 0;
    uint64_t count = 0;
    fh_txn *txn = NULL;

    if (fh_begin(bank->db, FH_READ, &txn) != FH_OK) {
        complain(bank, "no snapshot", 0, 0);
        return;
    }
    txn_id = fh_txn_id(txn);
    if (txn_id < acknowledged)
        complain(bank, "a snapshot older than an acknowledged commit", txn_id, acknowledged);
    if (txn_id < *last_id) complain(bank, "a snapshot older than the one before", txn_id, *last_id);
    *last_id = txn_id;
    if (get_amount(txn, text("stamp"), &stamp) != FH_OK || stamp != txn_id)
        complain(bank, "a snapshot with another commit's stamp", txn_id, stamp);
    if (sum_by_cursor(txn, &sum, &count) != FH_OK) complain(bank, "no sum", txn_id, 0);
    if (sum != (uint64_t)ACCOUNTS * START_AMOUNT || count != ACCOUNTS)
        complain(bank, "a wrong sum", sum, count);
    if (get_amount(txn, text("stamp"), &stamp) != FH_OK || stamp != txn_id)
        complain(bank, "a snapshot that changes", txn_id, stamp);
    fh_abort(txn);
    if (txn_id > atomic_load(&bank->started))
        complain(bank, "a snapshot of a commit not begun", txn_id, 0);
}

static void *read_all(void *context)
{
    struct bank *bank = context;
    uint64_t last_id = 0;

    for (unsigned i = 0; i < READS_AT_LEAST || !atomic_load(&bank->is_over); i++)
        read_once(bank, &last_id);
    return NULL;
}

/* Figures, checks and copies go on beside everybody. */
static void *watch_all(void *context)
{
    struct bank *bank = context;

    do {
        fh_stat_info stat = {.size = sizeof(stat)};
        fh_check_info info = {0};

        if (fh_stat(bank->db, &stat) != FH_OK ||
            stat.live_pages + stat.free_pages + stat.pending_pages != stat.file_pages)
            complain(bank, "figures that do not add up", stat.file_pages, stat.live_pages);
        if (fh_check(bank->db, NULL, &info) != FH_OK || info.fault_count != 0)
            complain(bank, "a check with faults", info.fault_count, 0);
    } while (!atomic_load(&bank->is_over));
    return NULL;
}

static void open_bank(struct bank *bank, struct scratch *scratch)
{
    unsigned char buffer[ITEMS_KEY_MAX];
    fh_txn *txn;
    uint64_t txn_id;

    *bank = (struct bank){.db = scratch->db, .commit_count = COMMITS * seed_effort()};
    assert_int_equal(pthread_mutex_init(&bank->lock, NULL), 0);
    assert_ok(fh_begin(bank->db, FH_WRITE, &txn));
    txn_id = fh_txn_id(txn);
    for (unsigned i = 0; i < ACCOUNTS; i++)
        assert_ok(put_amount(txn, account_key(i, buffer), START_AMOUNT, 0));
    assert_ok(put_amount(txn, text("stamp"), txn_id, 0));
    assert_ok(fh_commit(txn));
    atomic_store(&bank->acknowledged, txn_id);
    atomic_store(&bank->started, txn_id);
}

static void close_bank(struct bank *bank)
{
    (void)pthread_mutex_destroy(&bank->lock);
    if (bank->failure[0] != '\0') fail_msg("%s", bank->failure);
}

static void sixty_four_readers_each_see_exactly_one_commit(void **state)
{
    pthread_t threads[READERS + 2];
    struct bank bank;

    open_bank(&bank, *state);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_all, &bank), 0);
    assert_int_equal(pthread_create(&threads[READERS], NULL, write_all, &bank), 0);
    assert_int_equal(pthread_create(&threads[READERS + 1], NULL, watch_all, &bank), 0);
    for (size_t i = 0; i < READERS + 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    close_bank(&bank);
}

static void *increment(void *context)
{
    struct bank *bank = context;

    for (unsigned i = 0; i < INCREMENTS; i++) {
        fh_txn *txn = NULL;
        uint64_t counter = 0;
        fh_status status = fh_begin(bank->db, FH_WRITE, &txn);

        if (status != FH_OK) {
            complain(bank, "no turn to write", i, 0);
            return NULL;
        }
        status = get_amount(txn, text("counter"), &counter);
        if (status == FH_OK || status == FH_NOT_FOUND)
            status = put_amount(txn, text("counter"), counter + 1, 0);
        if (status == FH_OK)
            status = fh_commit(txn);
        else
            fh_abort(txn);
        if (status != FH_OK) complain(bank, "a lost increment", i, counter);
    }
    return NULL;
}

static void writers_take_turns_and_lose_nothing(void **state)
{
    pthread_t threads[WRITERS];
    struct bank bank;
    uint64_t counter = 0;
    fh_txn *txn;

    open_bank(&bank, *state);
    for (size_t i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, increment, &bank), 0);
    for (size_t i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    close_bank(&bank);

    assert_ok(fh_begin(bank.db, FH_READ, &txn));
    assert_ok(get_amount(txn, text("counter"), &counter));
    fh_abort(txn);
    assert_int_equal(counter, WRITERS * INCREMENTS);
}

/* What one thread hands to the next. */
struct relay {
    struct bank *bank;
    fh_txn *writer;
    fh_txn *reader;
    uint64_t round;
};

static void *relay_writes(void *context)
{
    struct relay *relay = context;

    if (put_amount(relay->writer, text("relay"), relay->round, PADDING_MAX) != FH_OK)
        complain(relay->bank, "a write in another thread", relay->round, 0);
    return NULL;
}

static void *relay_commits(void *context)
{
    struct relay *relay = context;

    if (fh_commit(relay->writer) != FH_OK)
        complain(relay->bank, "a commit in another thread", relay->round, 0);
    return NULL;
}

static void *relay_reads(void *context)
{
    struct relay *relay = context;
    uint64_t round = 0;
    fh_status status = get_amount(relay->reader, text("relay"), &round);

    if (relay->round == 0 ? status != FH_NOT_FOUND : round != relay->round - 1)
        complain(relay->bank, "a snapshot read in another thread", round, relay->round);
    fh_abort(relay->reader);
    return NULL;
}

static void run_in_a_thread(void *(*run)(void *), struct relay *relay)
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, run, relay), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void transactions_move_between_threads(void **state)
{
    struct bank bank;
    struct relay relay = {.bank = &bank};

    open_bank(&bank, *state);
    for (relay.round = 0; relay.round < RELAYS; relay.round++) {
        assert_ok(fh_begin(bank.db, FH_WRITE, &relay.writer));
        assert_ok(fh_begin(bank.db, FH_READ, &relay.reader));
        run_in_a_thread(relay_writes, &relay);
        run_in_a_thread(relay_commits, &relay);
        run_in_a_thread(relay_reads, &relay);
    }
    close_bank(&bank);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sixty_four_readers_each_see_exactly_one_commit,
                                        scratch_setup_small, scratch_teardown),
        cmocka_unit_test_setup_teardown(writers_take_turns_and_lose_nothing, scratch_setup_small,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(transactions_move_between_threads, scratch_setup_small,
                                        scratch_teardown),
    };

    (void)argc;
    print_message("To repeat: %s\n", seed_repeat(argv[0], seed_get()));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
