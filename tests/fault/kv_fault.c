/*
 * kv_fault.c - with the n-th request for memory or call of the system failing, for all n.
 *
 * Each trial brings a database to some state, lets one call fail during some acts, and asks:
 * is the status the right one, did nothing leak, do all structures audit, does the state
 * equal the oracle's, does a second try work? When a write or a sync of a commit failed the
 * database may be poisoned: then readers must go on, and after reopening, also after a power
 * cut, the state is the acknowledged one or the one in flight. When the system only says
 * that it has what a failed sync lost, what was opened again must hold all the same, also
 * when the power goes in the commit after it.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/memory.h"
#include "crash/crash_script.h"
#include "kv/db.h"
#include "support/fault.h"
#include "support/scratch.h"
#include "support/seed.h"
#include "support/unit.h"
#include "support/where.h"

enum { CUT_STATES = 12 };

/* What fails. */
struct kind {
    const char *name;
    unsigned mask; /* of sim_kind; 0: memory */
    fh_status status;
    enum sim_failed_sync effect;
    bool may_poison;
    bool for_ever;
};

/* What is done before, and what is done while it may fail. */
struct stage {
    const char *name;
    const char *before;
    const char *acts;
};

static const struct stage stages[] = {
    {"creating", "", "o"},
    {"opening", "ofttc", "o"},
    {"a small commit", "offtt", "t"},
    {"growth", "ot", "ffb"},
    {"beside a snapshot", "ofstxt", "ft"},
    {"erasing all", "offbt", "x"},
    {"first write after opening", "offtr", "t"},
    {"reading", "ofbtr", "v"},
    {"checking", "oftxtf", "h"},
    {"figures after opening", "oftxtfr", "i"},
    {"a copy", "oftf", "y"},
    {"closing a file that shrinks", "offbxt", "c"},
    {"making the log", "ot", "t"},
    {"filling the log", "ottgggg", "gglngw"},
    {"large values by reference", "ottg", "BgBw"},
    {"steps of a checkpoint", "ottgggggggggggggg", "gggggggggggggggggggggw"},
    {"a checkpoint of what is durable", "ottttttt", "k"},
    {"a checkpoint beside what waits", "ottgggnln", "kg"},
    {"raw runs among groups", "ottgg", "zgzw"},
    {"what lazy commits owe", "ottlll", "pll"},
    {"closing what is not durable", "ottgglnng", "c"},
};

static const struct kind kinds[] = {
    {"memory", 0, FH_NO_MEMORY, SIM_FAILED_SYNC_LOST, false, false},
    {"memory for ever", 0, FH_NO_MEMORY, SIM_FAILED_SYNC_LOST, false, true},
    {"write", SIM_WRITE, FH_IO, SIM_FAILED_SYNC_LOST, true, false},
    {"write for want of space", SIM_WRITE, FH_NO_SPACE, SIM_FAILED_SYNC_LOST, true, false},
    {"sync, lost", SIM_SYNC, FH_IO, SIM_FAILED_SYNC_LOST, true, false},
    {"sync, kept", SIM_SYNC, FH_IO, SIM_FAILED_SYNC_KEPT, true, false},
    {"sync, reverted", SIM_SYNC, FH_IO, SIM_FAILED_SYNC_REVERTED, true, false},
    {"sync for ever", SIM_SYNC, FH_IO, SIM_FAILED_SYNC_LOST, true, true},
    {"growth", SIM_ALLOCATE, FH_NO_SPACE, SIM_FAILED_SYNC_LOST, false, false},
    {"growth for ever", SIM_ALLOCATE, FH_NO_SPACE, SIM_FAILED_SYNC_LOST, false, true},
    {"growth by a broken disk", SIM_ALLOCATE, FH_IO, SIM_FAILED_SYNC_LOST, false, false},
    {"making and removing files", SIM_CREATE | SIM_REMOVE | SIM_RENAME | SIM_SYNC_DIRECTORY, FH_IO,
     SIM_FAILED_SYNC_LOST, false, false},
    {"punch and truncate", SIM_PUNCH | SIM_TRUNCATE, FH_IO, SIM_FAILED_SYNC_LOST, true, false},
    {"open, lock, size", SIM_OPEN | SIM_LOCK | SIM_SIZE, FH_IO, SIM_FAILED_SYNC_LOST, true, false},
    {"read", SIM_READ, FH_IO, SIM_FAILED_SYNC_LOST, true, false},
    {"maps", SIM_MAP, FH_IO, SIM_FAILED_SYNC_LOST, true, false},
    {"reserve", SIM_RESERVE, FH_NO_MEMORY, SIM_FAILED_SYNC_LOST, false, false},
    {"entropy", SIM_ENTROPY, FH_IO, SIM_FAILED_SYNC_LOST, false, false},
};

struct trial {
    const struct kind *kind;
    const struct stage *stage;
    struct sim *sim;
    struct crash_run run;
    struct fault fault;
};

static uint64_t trial_count;

static void arm(struct trial *trial)
{
    const struct kind *kind = trial->kind;

    trial->run.history.may_fail = true;
    sim_os_set_failed_sync(trial->sim, kind->effect);
    if (kind->mask == 0)
        fault_memory_begin(&trial->fault, kind->for_ever ? FAULT_FOR_EVER : FAULT_ONCE);
    else
        (void)sim_os_fail_at(trial->sim, kind->mask, trial->fault.n, kind->for_ever, kind->status);
}

static void disarm(struct trial *trial)
{
    trial->run.history.may_fail = false;
    if (trial->kind->mask == 0)
        fault_memory_end(&trial->fault);
    else
        fault_end(&trial->fault, sim_os_fail_at(trial->sim, 0, 0, false, FH_OK));
}

static void require_status(const struct trial *trial)
{
    fh_status status = trial->run.status;

    if (status == FH_OK || status == trial->kind->status) return;
    if (status != FH_POISONED || !trial->kind->may_poison)
        fail_msg("%s: %s", fh_status_name(status), fh_note());
}

/* Is the database poisoned? A database that is not must take a writer. */
static bool is_poisoned(const struct trial *trial)
{
    fh_txn *txn = NULL;
    fh_status status = fh_begin(trial->run.history.db, FH_WRITE, &txn);

    if (status == FH_OK)
        fh_abort(txn);
    else
        assert_status(status, FH_POISONED);
    assert_true(status == FH_OK || trial->kind->may_poison);
    return status != FH_OK;
}

/* What a power cut right now would leave. */
static void require_crashes(const struct trial *trial)
{
    enum sim_crash_choice choices[] = {SIM_CRASH_NONE, SIM_CRASH_ALL};

    for (size_t i = 0; i < 2; i++) {
        struct sim *after = sim_os_crash(trial->sim, choices[i]);

        (void)crash_script_require(&trial->run, after, trial->fault.n, 0);
        sim_os_delete(after);
    }
}

/* Opens again what the fault has closed or poisoned, at one of the two states. */
static void reopen(struct trial *trial)
{
    struct history *history = &trial->run.history;

    history_drop_snapshots(history);
    if (history->db != NULL) (void)fh_close(history->db);
    history->db = NULL;
    assert_ok(crash_script_act(&trial->run, "o"));
    history_set_state(history, history_recognize(history, history->db));
}

/* Large values that readers see before they are durable stand in the system's cache alone. */
static bool may_have_lost_values(const struct trial *trial)
{
    return trial->kind->effect == SIM_FAILED_SYNC_REVERTED && trial->run.history.earlier_count > 0;
}

static void recover(struct trial *trial)
{
    struct history *history = &trial->run.history;

    if (trial->kind->mask != 0) require_crashes(trial);
    if (history->db == NULL) {
        reopen(trial);
    } else if (is_poisoned(trial)) {
        if (!may_have_lost_values(trial)) history_verify(history);
        reopen(trial);
    }
    history_verify(history);
    scratch_require_clean(history->db);
    if (trial->run.copied != NULL && !trial->run.was_copied &&
        (trial->kind->mask & SIM_REMOVE) == 0)
        assert_false(sim_os_file_exists(trial->sim, CRASH_COPY_PATH));
    assert_ok(crash_script_act(&trial->run, "tft"));
    history_verify(history);
    while (history->snapshot_count > 0)
        history_end_snapshot(history, 0);
    scratch_require_at_rest(history->db);
    assert_ok(crash_script_act(&trial->run, "c"));
    require_crashes(trial);
}

static bool try_once(struct trial *trial, const struct crash_script *script)
{
    uint64_t block_count = memory_block_count();

    where_set("fault '%s' number %" PRIu64 " while %s", trial->kind->name, trial->fault.n,
              trial->stage->name);
    trial->sim = sim_os_new(script->seed);
    crash_script_init(&trial->run, script, trial->sim);
    assert_ok(crash_script_act(&trial->run, trial->stage->before));
    arm(trial);
    (void)crash_script_act(&trial->run, trial->stage->acts);
    disarm(trial);
    if (trial->fault.was_met)
        require_status(trial);
    else
        assert_ok(trial->run.status);
    recover(trial);
    crash_script_fini(&trial->run);
    assert_ok(sim_os_audit(trial->sim));
    sim_os_delete(trial->sim);
    assert_int_equal(memory_block_count(), block_count);
    trial_count++;
    return trial->fault.was_met;
}

/* The power goes in the middle of what follows the reopening; false: that had ended before. */
static bool cut_after_reopening(struct trial *trial, uint64_t stop)
{
    struct crash_run *run = &trial->run;
    bool has_stopped;

    reopen(trial);
    sim_os_stop_after(trial->sim, sim_os_operation_count(trial->sim) + stop);
    (void)crash_script_act(run, "t");
    has_stopped = sim_os_has_stopped(trial->sim);
    for (uint64_t i = 0; i < CUT_STATES && i < sim_crash_count(trial->sim); i++) {
        struct sim *after = NULL;

        where_set("sync number %" PRIu64 " lost while %s, reopened, stop %" PRIu64
                  ", state %" PRIu64,
                  trial->fault.n, trial->stage->name, stop, i);
        crash_script_cut(run, i, &after);
        (void)crash_script_require(run, after, stop, 0);
        sim_os_delete(after);
    }
    return has_stopped;
}

static bool cut_once(struct trial *trial, const struct crash_script *script, uint64_t stop)
{
    bool has_stopped = false;

    trial->sim = sim_os_new(script->seed);
    crash_script_init(&trial->run, script, trial->sim);
    assert_ok(crash_script_act(&trial->run, trial->stage->before));
    arm(trial);
    (void)crash_script_act(&trial->run, trial->stage->acts);
    disarm(trial);
    if (trial->fault.was_met) has_stopped = cut_after_reopening(trial, stop);
    crash_script_fini(&trial->run);
    sim_os_delete(trial->sim);
    trial_count++;
    return has_stopped;
}

static void what_was_opened_after_a_lost_sync_survives_a_cut_in_the_next_commit(void **state)
{
    static const struct kind kind = {"sync, lost",         SIM_SYNC, FH_IO,
                                     SIM_FAILED_SYNC_LOST, true,     false};
    static const struct stage cut_stages[] = {
        {"a small commit", "offtt", "t"},
        {"growth", "ot", "fb"},
        {"erasing all", "offbt", "x"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cut_stages) / sizeof(cut_stages[0]); i++) {
        struct crash_script script = {cut_stages[i].name, "", "bitmap", seed_get() * 100 + i};
        struct trial trial = {.kind = &kind, .stage = &cut_stages[i]};

        while (fault_next(&trial.fault))
            for (uint64_t stop = 0; cut_once(&trial, &script, stop); stop++)
                continue;
    }
    where_done();
}

static void every_call_of_a_kind_fails(void **state)
{
    const struct kind *kind = *state;

    for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
        struct crash_script script = {stages[i].name, "", "bitmap", seed_get() * 100 + i};
        struct trial trial = {.kind = kind, .stage = &stages[i]};

        while (fault_next(&trial.fault))
            trial.fault.was_met = try_once(&trial, &script);
    }
    where_done();
}

int main(int argc, char **argv)
{
    enum { COUNT = sizeof(kinds) / sizeof(kinds[0]) };
    struct CMUnitTest tests[COUNT + 1] = {cmocka_unit_test_teardown(
        what_was_opened_after_a_lost_sync_survives_a_cut_in_the_next_commit, where_teardown)};
    char names[COUNT][80];
    int failures;

    (void)argc;
    for (size_t i = 0; i < COUNT; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "every_call_fails_once: %s", kinds[i].name);
        tests[i + 1] = (struct CMUnitTest){.name = names[i],
                                           .test_func = every_call_of_a_kind_fails,
                                           .teardown_func = where_teardown,
                                           .initial_state = (void *)(uintptr_t)&kinds[i]};
    }
    where_init(argv[0]);
    failures = _cmocka_run_group_tests("kv_fault", tests, COUNT + 1, NULL, NULL);
    print_message("%" PRIu64 " faults tried\n", trial_count);
    return failures;
}
