/*
 * bad_log.c - a log, or what it refers to, in which a byte is wrong.
 *
 * Each commit was acknowledged as durable, so damage before the last one must not pass for
 * the end of the log: opening reports it, and a database without the damaged log can be had
 * by asking for it. Damage to the last record cannot be told from a write that was cut.
 */
#include <inttypes.h>
#include <string.h>

#include "crash/crash_script.h"
#include "kv/db.h"
#include "support/scratch.h"
#include "support/seed.h"
#include "support/unit.h"
#include "support/where.h"

#define LOG_PATH CRASH_PATH "-wal"

enum { LOG_HEADER_BYTES = 4096, STRIDE = 13, LIVES = 4 };

/* A commit that is there for sure, and small. */
static void commit_one(struct history *history, const char *key, fh_durability durability)
{
    assert_ok(history_begin(history));
    assert_ok(fh_put(history->txn, NULL, text(key), text("value"), 0));
    oracle_put(history->working, nothing(), text(key), text("value"));
    history->durability = durability;
    assert_ok(history_commit(history));
    history->durability = FH_DURABLE;
}

/* The last one is durable, but the oracle allows its loss. */
static void commit_last(struct history *history)
{
    commit_one(history, "last", FH_GROUP);
    assert_int_equal(history->earlier_count, 1);
    assert_ok(fh_wait(history->db, history->committed.ticket));
}

/* A life that ends without a close. */
static void live(struct crash_run *run, const struct crash_script *script, struct sim *sim)
{
    crash_script_init(run, script, sim);
    assert_ok(crash_script_act(run, script->acts));
    commit_last(&run->history);
}

static fh_status open_as(struct sim *sim, unsigned flags, fh_db **ret_db)
{
    fh_options options = {.size = sizeof(options), .flags = flags, .log_bytes = 8192};

    return db_open(sim_os_port(sim), CRASH_PATH, &options, ret_db);
}

/* The log given up, the database is whole and works. */
static void require_without_log(struct sim *sim)
{
    fh_db *db = NULL;

    assert_ok(open_as(sim, FH_OPEN_WITHOUT_LOG, &db));
    scratch_require_clean(db);
    scratch_put(db, text("after"), text("all"));
    scratch_put(db, text("all"), text("is well"));
    assert_ok(fh_close(db));
}

/* True when the damage was reported; else what is there is one of the two last states. */
static bool is_reported(const struct crash_run *run, const char *path, uint64_t at)
{
    struct sim *after = sim_os_crash(run->sim, SIM_CRASH_ALL);
    fh_db *db = NULL;
    fh_status status;

    sim_os_corrupt(after, path, at, 1, 0x21);
    status = open_as(after, FH_OPEN_READ_ONLY, &db);
    if (status == FH_OK) {
        (void)history_recognize(&run->history, db);
        assert_ok(fh_close(db));
    }
    assert_status(open_as(after, 0, &db), status);
    if (status == FH_OK) {
        (void)history_recognize(&run->history, db);
        scratch_require_clean(db);
        assert_ok(fh_close(db));
    } else {
        assert_true(status == FH_CORRUPT || (status == FH_LOG_MISSING && at < LOG_HEADER_BYTES));
        require_without_log(after);
    }
    sim_os_delete(after);
    return status != FH_OK;
}

/* How many damaged bytes of a life's log are reported. */
static uint64_t damage_log(uint64_t seed)
{
    struct crash_script script = {"a log", "otttttttt", "bitmap", seed};
    struct sim *sim = sim_os_new(seed);
    struct crash_run run;
    uint64_t size, reported = 0;

    live(&run, &script, sim);
    size = sim_os_file_size(sim, LOG_PATH);
    for (uint64_t at = 0; at < size; at += STRIDE) {
        where_set("life %" PRIu64 ", the log's byte %" PRIu64, seed, at);
        reported += is_reported(&run, LOG_PATH, at);
    }
    crash_script_fini(&run);
    sim_os_delete(sim);
    return reported;
}

static void damage_before_the_last_record_is_reported(void **state)
{
    uint64_t reported = 0;

    (void)state;
    for (uint64_t i = 0; i < LIVES; i++)
        reported += damage_log(seed_get() * LIVES + i);
    /* Most of a ring is not in use; some lives end with a checkpoint. */
    assert_true(reported > UINT64_C(10) * LIVES);
    where_done();
}

/* The first write to the file by what comes behind the trace's entry `from`. */
static struct sim_trace next_write(struct sim *sim, uint64_t from)
{
    struct sim_trace entry;

    while (sim_os_trace(sim, from, &entry)) {
        if (entry.kind == SIM_WRITE && strcmp(entry.path, CRASH_PATH "-new") == 0) return entry;
        from++;
    }
    fail_msg("no value was written");
    return entry;
}

static void a_large_value_that_the_log_refers_to_is_proven(void **state)
{
    struct crash_script script = {"a value", "ott", "bitmap", seed_get()};
    struct sim *sim = sim_os_new(script.seed);
    struct crash_run run;
    struct sim_trace value;
    uint64_t before;

    (void)state;
    crash_script_init(&run, &script, sim);
    assert_ok(crash_script_act(&run, "o"));
    commit_one(&run.history, "first", FH_DURABLE); /* goes without a log */
    commit_one(&run.history, "second", FH_DURABLE);
    before = sim_os_trace_count(sim);
    assert_ok(crash_script_act(&run, "b"));
    value = next_write(sim, before);
    commit_one(&run.history, "third", FH_DURABLE);
    commit_last(&run.history);
    for (uint64_t at = value.at; at < value.at + value.bytes; at += 1 + value.bytes / 7) {
        where_set("the file's byte %" PRIu64, at);
        assert_true(is_reported(&run, CRASH_PATH, at));
    }
    crash_script_fini(&run);
    sim_os_delete(sim);
    where_done();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(damage_before_the_last_record_is_reported, where_teardown),
        cmocka_unit_test_teardown(a_large_value_that_the_log_refers_to_is_proven, where_teardown),
    };

    (void)argc;
    where_init(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
