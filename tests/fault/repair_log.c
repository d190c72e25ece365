/*
 * repair_log.c - a database left with its log, both damaged, and saved.
 *
 * The state after each commit is known. What a repair makes must be the state after the last
 * commit that the log still holds; if commits behind it were on the medium, it must say so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crash/sim_os.h"
#include "kv/db.h"
#include "kv/kv_repair.h"
#include "support/items.h"
#include "support/oracle.h"
#include "support/scratch.h"
#include "support/seed.h"
#include "support/unit.h"
#include "support/where.h"
#include "wal/wal_format.h"

#define PATH       "logged.fh"
#define LOG_PATH   "logged.fh-wal"
#define SAVED_PATH "saved.fh"

enum { COMMITS = 16, PAGE_BYTES = 512, RING_BYTES = 32768, META_LSN = 64, META_SALT = 72 };

static struct {
    unsigned char *bytes;
    size_t size;
    unsigned char *log;
    size_t log_size;
    struct oracle *states[COMMITS + 1]; /* after so many commits of the log */
    size_t record_at[COMMITS + 1];      /* where in the log's file; the last is its end */
    uint32_t run_first;                 /* of the large value that the log names */
    uint32_t run_count;
    unsigned run_commit;
} made;

static void put(fh_txn *txn, struct oracle *oracle, const char *name, const char *key,
                unsigned salt, size_t value_bytes)
{
    unsigned char value[4000];
    fh_tree *tree;

    items_fill(salt, value, value_bytes);
    assert_ok(fh_tree_open(txn, text(name), FH_TREE_CREATE, &tree));
    assert_ok(fh_put(txn, tree, text(key), (fh_bytes){value, value_bytes}, 0));
    if (!oracle_has_tree(oracle, text(name))) oracle_make_tree(oracle, text(name));
    oracle_put(oracle, text(name), text(key), (fh_bytes){value, value_bytes});
}

static void change(fh_txn *txn, struct oracle *oracle, unsigned no)
{
    char key[32];
    fh_tree *tree;

    (void)snprintf(key, sizeof(key), "commit %02u", no);
    put(txn, oracle, "", key, no, 40);
    put(txn, oracle, "always", "same", no, 30);
    if (no == 4) put(txn, oracle, "values", "large", no, 3000);
    if (no == 6) {
        assert_ok(fh_erase_range(txn, NULL, text("before 010"), text("before 050"), NULL));
        (void)oracle_erase_range(oracle, nothing(), text("before 010"), text("before 050"));
    }
    if (no == 8) {
        assert_ok(fh_tree_open(txn, text("dropped"), 0, &tree));
        assert_ok(fh_tree_drop(txn, tree));
        oracle_drop_tree(oracle, text("dropped"));
    }
    if (no == 9) {
        assert_ok(fh_erase(txn, NULL, text("before 060")));
        (void)oracle_erase(oracle, nothing(), text("before 060"));
    }
}

static void commit(fh_db *db, struct oracle *oracle, unsigned no)
{
    fh_txn *txn;

    assert_ok(fh_begin(db, FH_WRITE, &txn));
    change(txn, oracle, no);
    assert_ok(fh_commit(txn));
}

static unsigned char *read_all(struct sim *sim, const char *path, size_t *ret_size)
{
    unsigned char *bytes;

    *ret_size = (size_t)sim_os_file_size(sim, path);
    assert_true(*ret_size > 0);
    bytes = malloc(*ret_size + 1);
    assert_non_null(bytes);
    assert_int_equal(sim_os_read_file(sim, path, 0, bytes, *ret_size), *ret_size);
    return bytes;
}

/* Where the records of the commits stand, from the meta that names the log. */
static void learn_records(void)
{
    const unsigned char *a = made.bytes + PAGE_BYTES, *b = a + PAGE_BYTES;
    const unsigned char *meta = load64(a + 48) > load64(b + 48) ? a : b;
    uint64_t lsn = load64(meta + META_LSN), salt = load64(meta + META_SALT);
    unsigned count = 0;

    assert_int_equal(meta[19], 0);
    for (;;) {
        struct wal_record record;
        const unsigned char *at;

        lsn = wal_next_start(lsn);
        at = made.log + WAL_HEADER_BYTES + lsn % RING_BYTES;
        made.record_at[count] = (size_t)(at - made.log);
        if (!wal_record_decode(at, lsn, RING_BYTES, &record) ||
            !wal_record_proves(at, &record, salt))
            break;
        if ((record.flags & WAL_NAMES_RUNS) != 0) made.run_commit = count;
        count += record.kind == WAL_TXN;
        assert_true(count <= COMMITS);
        lsn += record.bytes;
    }
    assert_int_equal(count, COMMITS);
}

static void learn_run(fh_db *db)
{
    unsigned char value[3000];
    fh_bytes found;
    fh_tree *tree;
    fh_txn *txn;

    items_fill(4, value, sizeof(value));
    assert_ok(fh_begin(db, FH_READ, &txn));
    assert_ok(fh_tree_open(txn, text("values"), 0, &tree));
    assert_ok(fh_get(txn, tree, text("large"), &found));
    assert_memory_equal(found.data, value, sizeof(value));
    fh_abort(txn);
    for (size_t page = 5; (page + 6) * PAGE_BYTES <= made.size; page++)
        if (memcmp(made.bytes + page * PAGE_BYTES, value, sizeof(value)) == 0)
            made.run_first = (uint32_t)page;
    made.run_count = 6;
    assert_true(made.run_first > 0);
}

static int make(void **state)
{
    struct sim *sim = sim_os_new(seed_get());
    fh_options options = scratch_options(PAGE_BYTES, 0);
    struct oracle *oracle = oracle_open();
    fh_db *db = NULL;
    fh_txn *txn;

    (void)state;
    options.log_bytes = RING_BYTES;
    assert_ok(db_open(sim_os_port(sim), PATH, &options, &db));
    assert_ok(fh_begin(db, FH_WRITE, &txn));
    for (unsigned i = 0; i < 100; i++) {
        char key[32];

        (void)snprintf(key, sizeof(key), "before %03u", i);
        put(txn, oracle, "", key, i, 50);
    }
    put(txn, oracle, "dropped", "key", 1, 20);
    assert_ok(fh_commit(txn));
    made.states[0] = oracle_clone(oracle);
    for (unsigned no = 0; no < COMMITS; no++) {
        commit(db, oracle, no);
        made.states[no + 1] = oracle_clone(oracle);
    }
    made.bytes = read_all(sim, PATH, &made.size);
    made.log = read_all(sim, LOG_PATH, &made.log_size);
    learn_records();
    learn_run(db);
    assert_ok(fh_close(db));
    oracle_close(oracle);
    sim_os_delete(sim);
    return 0;
}

static int forget(void **state)
{
    (void)state;
    for (unsigned i = 0; i <= COMMITS; i++)
        oracle_close(made.states[i]);
    free(made.bytes);
    free(made.log);
    return 0;
}

struct trial {
    struct sim *sim;
    unsigned char *bytes;
    unsigned char *log;
    size_t log_size; /* 0: there is none */
    fh_repair_info info;
    uint64_t commit_losses;
};

static void begin(struct trial *trial)
{
    *trial = (struct trial){.sim = sim_os_new(seed_get()),
                            .bytes = malloc(made.size),
                            .log = malloc(made.log_size),
                            .log_size = made.log_size};
    assert_non_null(trial->bytes);
    assert_non_null(trial->log);
    memcpy(trial->bytes, made.bytes, made.size);
    memcpy(trial->log, made.log, made.log_size);
}

static void end(struct trial *trial)
{
    free(trial->bytes);
    free(trial->log);
    sim_os_delete(trial->sim);
}

static void count_commits(void *context, const fh_finding *finding)
{
    struct trial *trial = context;

    trial->commit_losses += finding->kind == FH_FINDING_COMMITS;
}

static void require_unchanged(struct sim *sim, const char *path, const void *bytes, size_t size)
{
    size_t after_size;
    unsigned char *after = read_all(sim, path, &after_size);

    assert_int_equal(after_size, size);
    assert_memory_equal(after, bytes, size);
    free(after);
}

static void repair(struct trial *trial)
{
    fh_repair_options options = {
        .size = sizeof(options), .report = count_commits, .context = trial};

    trial->info = (fh_repair_info){.size = sizeof(trial->info)};
    sim_os_put_file(trial->sim, PATH, trial->bytes, made.size);
    if (trial->log_size > 0) sim_os_put_file(trial->sim, LOG_PATH, trial->log, trial->log_size);
    assert_ok(kv_repair(sim_os_port(trial->sim), PATH, SAVED_PATH, &options, &trial->info));
    require_unchanged(trial->sim, PATH, trial->bytes, made.size);
    if (trial->log_size > 0) require_unchanged(trial->sim, LOG_PATH, trial->log, trial->log_size);
}

static void open_saved(struct trial *trial, fh_db **ret_db, fh_txn **ret_txn)
{
    fh_options options = {.size = sizeof(options), .flags = FH_OPEN_READ_ONLY};

    assert_ok(db_open(sim_os_port(trial->sim), SAVED_PATH, &options, ret_db));
    scratch_require_clean(*ret_db);
    assert_ok(fh_begin(*ret_db, FH_READ, ret_txn));
}

static void require_state(struct trial *trial, const struct oracle *state)
{
    const char *difference;
    fh_db *db = NULL;
    fh_txn *txn;

    open_saved(trial, &db, &txn);
    difference = oracle_difference(state, txn);
    if (difference != NULL) fail_msg("%s", difference);
    fh_abort(txn);
    assert_ok(fh_close(db));
}

static void a_whole_log_is_done_again(void **state)
{
    struct trial trial;

    (void)state;
    begin(&trial);
    repair(&trial);
    assert_int_equal(trial.info.loss_count, 0);
    assert_int_equal(trial.info.commit_count, COMMITS);
    require_state(&trial, made.states[COMMITS]);
    end(&trial);
}

static void without_the_log_the_checkpoint_is_saved(void **state)
{
    struct trial trial;

    (void)state;
    begin(&trial);
    trial.log_size = 0;
    repair(&trial);
    assert_int_equal(trial.commit_losses, 1);
    assert_int_equal(trial.info.loss_count, 1);
    require_state(&trial, made.states[0]);
    end(&trial);
}

static void the_first_page_of_the_log_is_not_needed(void **state)
{
    struct trial trial;

    (void)state;
    begin(&trial);
    memset(trial.log, 0, WAL_HEADER_BYTES);
    repair(&trial);
    assert_int_equal(trial.info.loss_count, 0);
    require_state(&trial, made.states[COMMITS]);
    end(&trial);
}

/* A wrong byte ends the log; that it was longer is known but for the last record. */
static void a_record_that_is_damaged_ends_the_log(void **state)
{
    struct trial trial;

    (void)state;
    for (unsigned no = 0; no < COMMITS; no++) {
        for (size_t at = made.record_at[no]; at < made.record_at[no] + 60; at += 7) {
            where_set("byte %zu of record %u", at - made.record_at[no], no);
            begin(&trial);
            trial.log[at] ^= 0x10;
            repair(&trial);
            assert_int_equal(trial.info.commit_count, no);
            assert_int_equal(trial.info.loss_count, no + 1 < COMMITS);
            require_state(&trial, made.states[no]);
            end(&trial);
        }
    }
    where_done();
}

static void a_log_may_end_anywhere(void **state)
{
    struct trial trial;

    (void)state;
    for (size_t size = 1; size < made.record_at[COMMITS]; size += 61) {
        unsigned count = 0;

        while (count < COMMITS && made.record_at[count + 1] <= size)
            count++;
        where_set("cut to %zu bytes", size);
        begin(&trial);
        trial.log_size = size;
        repair(&trial);
        /* The last bytes before a record may be padding. */
        assert_true(trial.info.commit_count == count || trial.info.commit_count == count + 1);
        require_state(&trial, made.states[trial.info.commit_count]);
        end(&trial);
    }
    where_done();
}

/* The value alone is lost: later commits were made on top of it. */
static void a_damaged_value_that_the_log_names_is_one_item(void **state)
{
    struct oracle *expected = oracle_clone(made.states[COMMITS]);
    struct trial trial;

    (void)state;
    assert_true(oracle_erase(expected, text("values"), text("large")));
    for (uint32_t page = 0; page < made.run_count; page++) {
        where_set("page %u of the value", (unsigned)page);
        begin(&trial);
        trial.bytes[(made.run_first + page) * (size_t)PAGE_BYTES + 3] ^= 1;
        repair(&trial);
        assert_int_equal(trial.info.commit_count, COMMITS);
        assert_int_equal(trial.info.loss_count, 1);
        assert_int_equal(trial.commit_losses, 0);
        require_state(&trial, expected);
        end(&trial);
    }
    oracle_close(expected);
    where_done();
}

/* A value that nothing behind it vouches for was never on the medium: the log ends there. */
static void a_value_at_the_end_was_not_yet_written(void **state)
{
    struct trial trial;

    (void)state;
    begin(&trial);
    memset(trial.log + made.record_at[made.run_commit + 1], 0,
           made.log_size - made.record_at[made.run_commit + 1]);
    trial.bytes[made.run_first * (size_t)PAGE_BYTES] ^= 1;
    repair(&trial);
    assert_int_equal(trial.info.loss_count, 0);
    require_state(&trial, made.states[made.run_commit]);
    end(&trial);
}

/* Whatever page of the file is gone, what the log holds is there. */
static void the_log_outlasts_any_page(void **state)
{
    struct trial trial;

    (void)state;
    for (size_t page = 0; page < made.size / PAGE_BYTES; page++) {
        fh_db *db = NULL;
        fh_bytes value;
        fh_txn *txn;

        where_set("page %zu gone", page);
        begin(&trial);
        memset(trial.bytes + page * PAGE_BYTES, 0, PAGE_BYTES);
        repair(&trial);
        assert_int_equal(trial.info.commit_count, COMMITS);
        open_saved(&trial, &db, &txn);
        for (unsigned no = 0; no < COMMITS; no++) {
            char key[32];

            (void)snprintf(key, sizeof(key), "commit %02u", no);
            assert_ok(fh_get(txn, NULL, text(key), &value));
        }
        fh_abort(txn);
        assert_ok(fh_close(db));
        end(&trial);
    }
    where_done();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_whole_log_is_done_again, where_teardown),
        cmocka_unit_test_teardown(without_the_log_the_checkpoint_is_saved, where_teardown),
        cmocka_unit_test_teardown(the_first_page_of_the_log_is_not_needed, where_teardown),
        cmocka_unit_test_teardown(a_record_that_is_damaged_ends_the_log, where_teardown),
        cmocka_unit_test_teardown(a_log_may_end_anywhere, where_teardown),
        cmocka_unit_test_teardown(a_damaged_value_that_the_log_names_is_one_item, where_teardown),
        cmocka_unit_test_teardown(a_value_at_the_end_was_not_yet_written, where_teardown),
        cmocka_unit_test_teardown(the_log_outlasts_any_page, where_teardown),
    };

    (void)argc;
    where_init(argv[0]);
    return cmocka_run_group_tests(tests, make, forget);
}
