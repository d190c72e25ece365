/*
 * kv_commit_test.c - what a commit asks of the system, and how large the log becomes.
 */
#include <string.h>

#include "crash/sim_os.h"
#include "freehold/run.h"
#include "kv/db.h"
#include "support/items.h"
#include "support/scratch.h"
#include "support/unit.h"

enum { PAGE_BYTES = 4096, LARGE_BYTES = 20000, LOG_BYTES = 1 << 16, KEYS = 50 };

/* So many commits to a checkpoint, at least and at most. */
enum { WIDE_ITEMS = 12000, WIDE_BYTES = 900 };
enum { MANY_COMMITS = 20000, MANY_KEYS = 10007, COMMITS_LEAST = 1000, COMMITS_MOST = 20000 };

struct machine {
    struct sim *sim;
    fh_db *db;
};

static void open_on(struct machine *machine)
{
    fh_options options = {.size = sizeof(options),
                          .flags = FH_OPEN_CREATE,
                          .page_bytes = PAGE_BYTES,
                          .log_bytes = LOG_BYTES};

    assert_ok(db_open(sim_os_port(machine->sim), "commits.fh", &options, &machine->db));
}

static int setup(void **state)
{
    static struct machine machine;

    machine.sim = sim_os_new(1);
    open_on(&machine);
    /* The first goes by checkpoint, the second makes the log. */
    for (unsigned i = 0; i < 3; i++)
        scratch_put(machine.db, text("warm"), text("up"));
    *state = &machine;
    return 0;
}

static int teardown(void **state)
{
    struct machine *machine = *state;

    assert_ok(fh_close(machine->db));
    sim_os_delete(machine->sim);
    return 0;
}

/* What was asked since the trace had so many entries. */
struct asked {
    uint64_t log_writes;
    uint64_t log_bytes;
    uint64_t log_syncs;
    uint64_t file_writes;
    uint64_t file_syncs;
    uint64_t others;
};

static struct asked asked_since(struct sim *sim, uint64_t from)
{
    struct asked asked = {0};
    struct sim_trace entry;

    for (uint64_t i = from; sim_os_trace(sim, i, &entry); i++) {
        bool is_log = strcmp(entry.path, "commits.fh-wal") == 0;

        if (entry.kind == SIM_WRITE) {
            *(is_log ? &asked.log_writes : &asked.file_writes) += 1;
            if (is_log) asked.log_bytes += entry.bytes;
        } else if (entry.kind == SIM_SYNC) {
            *(is_log ? &asked.log_syncs : &asked.file_syncs) += 1;
        } else {
            asked.others++;
        }
    }
    return asked;
}

static void a_small_commit_is_one_write_and_one_sync(void **state)
{
    struct machine *machine = *state;

    for (unsigned i = 0; i < 20; i++) {
        uint64_t from = sim_os_trace_count(machine->sim);
        unsigned char buffer[ITEMS_KEY_MAX];
        struct asked asked;

        scratch_put(machine->db, items_numbered("k", i, buffer), text("a hundred bytes or less"));
        asked = asked_since(machine->sim, from);
        assert_int_equal(asked.log_writes, 1);
        assert_true(asked.log_bytes <= 4096);
        assert_int_equal(asked.log_syncs, 1);
        assert_int_equal(asked.file_writes + asked.file_syncs + asked.others, 0);
    }
}

static void a_large_value_goes_to_the_file_once_and_waits_twice(void **state)
{
    static unsigned char value[LARGE_BYTES];
    struct machine *machine = *state;
    uint64_t from;
    struct asked asked;

    /* So that the file need not grow for the one that is counted. */
    scratch_put(machine->db, text("large"), (fh_bytes){value, sizeof(value)});
    from = sim_os_trace_count(machine->sim);
    scratch_put(machine->db, text("large too"), (fh_bytes){value, sizeof(value)});
    asked = asked_since(machine->sim, from);
    assert_int_equal(asked.file_writes, 1);
    assert_int_equal(asked.file_syncs, 1);
    assert_int_equal(asked.log_writes, 1);
    assert_true(asked.log_bytes <= 4096);
    assert_int_equal(asked.log_syncs, 1);
    assert_int_equal(asked.others, 0);
}

static uint64_t put_one(fh_db *db, unsigned i, unsigned keys, fh_durability durability)
{
    unsigned char buffer[ITEMS_KEY_MAX], value[100];
    uint64_t ticket;
    fh_txn *txn;

    items_fill(i, value, sizeof(value));
    assert_ok(fh_begin(db, FH_WRITE, &txn));
    assert_ok(fh_put(txn, NULL, items_numbered("k", i % keys, buffer),
                     (fh_bytes){value, sizeof(value)}, 0));
    assert_ok(fh_commit_as(txn, durability, &ticket));
    return ticket;
}

/* P5: whatever readers do, the log is its ring, and records of more than a lap went through it. */
static void a_reader_held_for_ever_does_not_make_the_log_grow(void **state)
{
    struct machine *machine = *state;
    fh_stat_info first = {.size = sizeof(first)}, last = {.size = sizeof(last)};
    fh_txn *reader;

    for (unsigned i = 0; i < 20000; i++)
        (void)put_one(machine->db, i, KEYS, FH_LAZY);
    assert_ok(fh_begin(machine->db, FH_READ, &reader));
    assert_ok(fh_stat(machine->db, &first));
    for (unsigned i = 0; i < 100000; i++)
        (void)put_one(machine->db, i, KEYS, FH_LAZY);
    assert_ok(fh_stat(machine->db, &last));
    assert_true(last.log_bytes <= last.log_ring_bytes);
    assert_true(last.log_ring_bytes <= UINT64_C(8) << 20); /* as small a database as this one */
    fh_abort(reader);
}

/* A file that is nearly full grows, rather than have a checkpoint for each few commits. */
static void small_commits_share_checkpoints(void **state)
{
    struct machine *machine = *state;
    fh_stat_info stat = {.size = sizeof(stat)};
    uint64_t checkpoint = 0;
    unsigned count = 0;

    for (unsigned i = 0; i < MANY_COMMITS; i++) {
        (void)put_one(machine->db, i * 7919, MANY_KEYS, FH_LAZY);
        assert_ok(fh_stat(machine->db, &stat));
        count += stat.checkpoint_txn_id != checkpoint;
        checkpoint = stat.checkpoint_txn_id;
    }
    assert_in_range(count, MANY_COMMITS / COMMITS_MOST, MANY_COMMITS / COMMITS_LEAST);
}

static fh_stat_info stat_of(fh_db *db)
{
    fh_stat_info stat = {.size = sizeof(stat)};

    assert_ok(fh_stat(db, &stat));
    return stat;
}

/* Decision 0025: a checkpoint that costs no more than the syncs since the last comes early. */
static void durable_commits_hold_little(void **state)
{
    struct machine *machine = *state;
    uint64_t most = 0, slack = (UINT64_C(3) << 20) / PAGE_BYTES;
    fh_stat_info stat;

    scratch_fill(machine->db, 0, WIDE_ITEMS, WIDE_BYTES);
    for (unsigned i = 0; i < 4000; i++) {
        unsigned char value[WIDE_BYTES], buffer[ITEMS_KEY_MAX];

        items_fill(i, value, sizeof(value));
        scratch_put(machine->db, items_numbered("k", i * 7919 % WIDE_ITEMS, buffer),
                    (fh_bytes){value, sizeof(value)});
        stat = stat_of(machine->db);
        if (stat.checkpoint_pages > most) most = stat.checkpoint_pages;
    }
    assert_true(stat.live_pages > 3 * slack);
    assert_in_range(most, 1, slack + stat.live_pages / 8);
}

/* What is there when the power goes now: the newest transaction, and all is as it should be. */
static uint64_t txn_after_power_cut(const struct machine *machine)
{
    struct machine after = {.sim = sim_os_crash(machine->sim, SIM_CRASH_NONE)};
    uint64_t txn_id;
    fh_txn *txn;

    open_on(&after);
    assert_ok(fh_begin(after.db, FH_READ, &txn));
    txn_id = fh_txn_id(txn);
    fh_abort(txn);
    scratch_require_clean(after.db);
    assert_ok(fh_close(after.db));
    sim_os_delete(after.sim);
    return txn_id;
}

static uint64_t newest_txn(fh_db *db)
{
    return stat_of(db).txn_id;
}

/* More than the log is patient for, and then some that it does not see. */
static uint64_t put_unlogged(struct machine *machine)
{
    uint64_t from, ticket = 0;

    for (unsigned i = 0; i < 1000; i++)
        ticket = put_one(machine->db, i, KEYS, FH_NONE);
    from = sim_os_trace_count(machine->sim);
    for (unsigned i = 0; i < 300; i++)
        ticket = put_one(machine->db, i, KEYS, FH_NONE);
    assert_int_equal(asked_since(machine->sim, from).log_writes, 0);
    return ticket;
}

/* G10: nobody is owed them, until somebody commits durably, waits for a ticket, or closes. */
static void commits_that_nobody_is_owed_are_not_logged(void **state)
{
    struct machine *machine = *state;
    uint64_t before = newest_txn(machine->db), ticket;
    fh_txn *txn;

    (void)put_unlogged(machine);
    assert_in_range(txn_after_power_cut(machine), before, newest_txn(machine->db) - 1);
    (void)put_one(machine->db, 1, KEYS, FH_DURABLE);
    assert_int_equal(txn_after_power_cut(machine), newest_txn(machine->db));

    /* The log is patient for longer after that: open again. */
    assert_ok(fh_close(machine->db));
    open_on(machine);
    ticket = put_unlogged(machine);
    assert_true(txn_after_power_cut(machine) < newest_txn(machine->db));
    assert_ok(fh_wait(machine->db, ticket));
    assert_int_equal(txn_after_power_cut(machine), newest_txn(machine->db));

    assert_ok(fh_close(machine->db));
    open_on(machine);
    (void)put_unlogged(machine);
    assert_ok(fh_begin(machine->db, FH_WRITE, &txn));
    assert_ok(fh_commit(txn)); /* of nothing, but durable */
    assert_int_equal(txn_after_power_cut(machine), newest_txn(machine->db));
}

/* It would be a checkpoint else. */
static void a_long_transaction_that_nobody_is_owed_is_not_logged(void **state)
{
    struct machine *machine = *state;
    unsigned char buffer[ITEMS_KEY_MAX];
    struct asked asked;
    uint64_t from;
    fh_txn *txn;

    (void)put_one(machine->db, 0, KEYS, FH_LAZY); /* is in the buffer, and owed */
    from = sim_os_trace_count(machine->sim);
    assert_ok(fh_begin(machine->db, FH_WRITE, &txn));
    for (unsigned i = 0; i < 4 * LOG_BYTES / 100; i++)
        assert_ok(fh_put(txn, NULL, items_numbered("k", i % KEYS, buffer),
                         text("a hundred bytes or so, which are nothing to be waited for"), 0));
    assert_ok(fh_commit_as(txn, FH_NONE, NULL));
    asked = asked_since(machine->sim, from);
    assert_int_equal(asked.log_writes, 1);
    assert_int_equal(asked.file_writes + asked.file_syncs, 0);
    (void)put_one(machine->db, 1, KEYS, FH_GROUP);
    assert_int_equal(txn_after_power_cut(machine), newest_txn(machine->db));
}

/* The log cannot take the commit, and no checkpoint can do instead. */
static void a_commit_beside_a_failed_sync_says_what_happened(void **state)
{
    struct machine *machine = *state;
    uint64_t ticket;
    uint32_t page;
    fh_txn *txn;

    assert_ok(fh_begin(machine->db, FH_WRITE, &txn));
    assert_ok(fh_put(txn, NULL, text("a"), text("group's"), 0));
    assert_ok(fh_commit_as(txn, FH_GROUP, &ticket));
    assert_ok(fh_begin(machine->db, FH_WRITE, &txn));
    assert_ok(fh_run_take(txn, 1, 0, &page));
    sim_os_fail_at(machine->sim, SIM_SYNC, 1, true, FH_IO);
    assert_int_equal(fh_wait(machine->db, ticket), FH_POISONED);

    assert_int_equal(fh_commit(txn), FH_POISONED);

    sim_os_fail_at(machine->sim, SIM_SYNC, 0, false, FH_OK);
    (void)fh_close(machine->db); /* it cannot save anything */
    open_on(machine);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_small_commit_is_one_write_and_one_sync),
        TEST(a_large_value_goes_to_the_file_once_and_waits_twice),
        TEST(a_reader_held_for_ever_does_not_make_the_log_grow),
        TEST(small_commits_share_checkpoints),
        TEST(durable_commits_hold_little),
        TEST(commits_that_nobody_is_owed_are_not_logged),
        TEST(a_long_transaction_that_nobody_is_owed_is_not_logged),
        TEST(a_commit_beside_a_failed_sync_says_what_happened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
