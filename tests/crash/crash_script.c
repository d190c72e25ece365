/*
 * crash_script.c - a database's life as a word of acts, and what must hold after a crash.
 */
#include "crash/crash_script.h"

#include <stdlib.h>
#include <string.h>

#include "kv/db.h"
#include "support/scratch.h"
#include "support/unit.h"

enum { HEADER_EVERY_BYTES = 16 * 512 }; /* a chunk: 512-byte pages, as many as have slots */
enum {
    FEW_ITEMS = 12,
    FILL_ITEMS = 60,
    FILL_VALUE_BYTES = 100,
    BIG_VALUE_BYTES = 20000,
    WIDE_VALUE_BYTES = 540000
};
#define LAZY_NS_BEYOND UINT64_C(200000000) /* twice the time that a lazy commit may wait */

static const struct history_profile profile = {
    .key_count = 60, .step_count = 6, .abort_percent = 8, .value_max = 3000};

static fh_status act(struct crash_run *run, char what);
static fh_status act_plainly(struct crash_run *run, char what);
static fh_options options_of(const struct crash_run *run, unsigned flags);
static fh_status open_database(struct crash_run *run);
static fh_status close_database(struct crash_run *run);
static fh_status fill(struct history *history, const char *name, unsigned item_count,
                      size_t value_bytes);
static fh_status empty(struct history *history);
static fh_status copy(struct crash_run *run);
static fh_status read_all(struct history *history);
static fh_status check(const struct crash_run *run);
static void require_clean(fh_db *db, bool misses_slots);
static fh_status look_at_figures(struct history *history);
static void open_after(const struct crash_run *run, struct sim *sim, fh_db **ret_db);
static void require_copy(const struct crash_run *run, struct sim *sim);
static void work_on(const struct crash_run *run, struct sim *sim, const struct history_state *state,
                    uint64_t seed);
static uint64_t crash_again(const struct crash_run *run, struct sim *sim,
                            const struct history_state *state, uint64_t seed, unsigned depth);

void crash_script_init(struct crash_run *run, const struct crash_script *script, struct sim *sim)
{
    *run = (struct crash_run){.script = script, .sim = sim};
    history_init(&run->history, &profile, script->seed);
}

fh_status crash_script_act(struct crash_run *run, const char *acts)
{
    run->status = FH_OK;
    for (const char *what = acts; run->status == FH_OK && *what != '\0'; what++)
        run->status = act(run, *what);
    return run->status;
}

void crash_script_fini(struct crash_run *run)
{
    history_abort(&run->history);
    history_drop_snapshots(&run->history);
    if (run->history.db != NULL) (void)fh_close(run->history.db);
    history_fini(&run->history);
    oracle_close(run->copied);
}

/* Of the file that had this name first: it was made as a draft. */
static bool is_header_page(const struct sim_trace *write, const char *path, const char *draft)
{
    return (strcmp(write->path, path) == 0 || strcmp(write->path, draft) == 0) &&
           write->at % HEADER_EVERY_BYTES == 0;
}

static void note_garbled(struct crash_run *run, struct sim *sim, uint64_t index)
{
    struct sim_trace write;

    if (!sim_crash_garbled(sim, index, &write)) return;
    run->will_miss_slots |= is_header_page(&write, CRASH_PATH, CRASH_PATH "-new");
    run->copy_misses_slots |= is_header_page(&write, CRASH_COPY_PATH, CRASH_COPY_PATH "-copy-new");
}

void crash_script_cut(struct crash_run *run, uint64_t index, struct sim **ret_after)
{
    run->will_miss_slots = run->misses_slots;
    run->copy_misses_slots = false;
    note_garbled(run, run->sim, index);
    sim_crash_state(run->sim, index, ret_after);
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by depth */
uint64_t crash_script_require(const struct crash_run *run, struct sim *sim, uint64_t seed,
                              unsigned depth)
{
    fh_db *db = NULL;
    const struct history_state *state;
    uint64_t count = 1;

    open_after(run, sim, &db);
    state = history_recognize(&run->history, db);
    require_clean(db, run->will_miss_slots);
    scratch_require_resting(db);
    assert_ok(fh_close(db));
    require_copy(run, sim);
    if (depth > 0)
        count += crash_again(run, sim, state, seed, depth);
    else
        work_on(run, sim, state, seed);
    assert_ok(sim_os_audit(sim));
    return count;
}

uint64_t crash_script_recover(struct crash_run *run, uint64_t index, uint64_t stop, uint64_t seed)
{
    struct crash_run during = *run; /* borrows its history */
    struct random random;
    struct sim *after = NULL, *later = NULL;
    fh_options options = options_of(run, 0);
    fh_db *db = NULL;
    uint64_t count = 0;

    crash_script_cut(run, index, &after);
    random_init(&random, seed);
    sim_os_stop_after(after, stop);
    if (db_open(sim_os_port(after), CRASH_PATH, &options, &db) == FH_OK) (void)fh_close(db);
    if (sim_os_has_stopped(after)) {
        index = random_below(&random, sim_crash_count(after));
        during.will_miss_slots = run->will_miss_slots;
        during.copy_misses_slots = run->copy_misses_slots;
        note_garbled(&during, after, index);
        sim_crash_state(after, index, &later);
        count = crash_script_require(&during, later, seed, 0);
        sim_os_delete(later);
    }
    sim_os_delete(after);
    return count;
}

static fh_status act(struct crash_run *run, char what)
{
    static const char otherwise[] = "glnmzAFBDX", plain[] = "tttttafbdx";
    static const fh_durability durabilities[] = {FH_GROUP, FH_LAZY, FH_NONE};
    struct history *history = &run->history;
    const char *found = strchr(otherwise, what);
    fh_status status;

    if (found == NULL) return act_plainly(run, what);
    history->durability = what == 'l' || what == 'n' ? durabilities[found - otherwise] : FH_GROUP;
    history->mixes_durability = what == 'm' || what == 'z';
    history->takes_runs = what == 'z';
    status = act_plainly(run, plain[found - otherwise]);
    history->durability = FH_DURABLE;
    history->mixes_durability = history->takes_runs = false;
    return status;
}

static fh_status act_plainly(struct crash_run *run, char what)
{
    struct history *history = &run->history;
    fh_status status = FH_OK;

    switch (what) {
    case 'o':
        return open_database(run);
    case 'r':
        status = close_database(run);
        return status == FH_OK ? open_database(run) : status;
    case 'c':
        return close_database(run);
    case 'k':
        return history_checkpoint(history);
    case 't':
        return history_txn(history);
    case 'a':
        return fill(history, "fill", FEW_ITEMS, FILL_VALUE_BYTES);
    case 'f':
        return fill(history, "fill", FILL_ITEMS, FILL_VALUE_BYTES);
    case 'b':
        return fill(history, "fill", 1, BIG_VALUE_BYTES);
    case 'd':
        return fill(history, "wide", 1, WIDE_VALUE_BYTES);
    case 'x':
        return empty(history);
    case 's':
        return history_take_snapshot(history);
    case 'e':
        if (history->snapshot_count > 0) history_end_snapshot(history, 0);
        return FH_OK;
    case 'y':
        return copy(run);
    case 'w':
        return history_wait(history);
    case 'p':
        sim_os_advance(run->sim, LAZY_NS_BEYOND);
        return history_poll(history);
    case 'v':
        return read_all(history);
    case 'h':
        return check(run);
    case 'i':
        return look_at_figures(history);
    default:
        fail_msg("no act is called %c", what);
        return FH_INVALID;
    }
}

static fh_options options_of(const struct crash_run *run, unsigned flags)
{
    return (fh_options){.size = sizeof(fh_options),
                        .flags = flags,
                        .page_bytes = 512,
                        .policy = run->script->policy,
                        .log_bytes = 8192}; /* it is full now and then, and becomes larger */
}

static fh_status open_database(struct crash_run *run)
{
    fh_options options = options_of(run, FH_OPEN_CREATE);
    fh_db *db = NULL;
    fh_status status = db_open(sim_os_port(run->sim), CRASH_PATH, &options, &db);

    if (status != FH_OK) return status;
    history_attach(&run->history, db);
    if (!run->was_created) run->created_at = sim_os_operation_count(run->sim);
    run->was_created = true;
    return FH_OK;
}

static fh_status close_database(struct crash_run *run)
{
    fh_db *db = run->history.db;
    fh_status status;

    history_drop_snapshots(&run->history);
    run->history.db = NULL;
    status = fh_close(db);
    if (status == FH_OK) history_acknowledge_all(&run->history);
    return status;
}

static fh_status fill(struct history *history, const char *name, unsigned item_count,
                      size_t value_bytes)
{
    unsigned char buffer[ITEMS_KEY_MAX];
    unsigned char *value = malloc(value_bytes);
    fh_status status = history_begin(history);

    assert_non_null(value);
    for (unsigned i = 0; status == FH_OK && i < item_count; i++) {
        fh_bytes key = items_numbered(name, i * 7 % 61, buffer);

        items_fill(random_next(&history->random), value, value_bytes);
        status = fh_put(history->txn, NULL, key, (fh_bytes){value, value_bytes}, 0);
        oracle_put(history->working, nothing(), key, (fh_bytes){value, value_bytes});
    }
    free(value);
    if (status == FH_OK) return history_commit(history);
    history_abort(history);
    return status;
}

static fh_status empty(struct history *history)
{
    uint64_t count = 0;
    fh_status status = history_begin(history);

    if (status != FH_OK) return status;
    status = fh_erase_range(history->txn, NULL, nothing(), nothing(), &count);
    if (status != FH_OK) {
        history_abort(history);
        return status;
    }
    assert_int_equal(count, oracle_erase_range(history->working, nothing(), nothing(), nothing()));
    return history_commit(history);
}

static fh_status copy(struct crash_run *run)
{
    fh_txn *txn = NULL;
    fh_status status = fh_begin(run->history.db, FH_READ, &txn);

    if (status != FH_OK) return status;
    run->copied = oracle_clone(history_seen(&run->history, txn)->oracle);
    status = fh_copy(txn, CRASH_COPY_PATH, NULL);
    run->was_copied = status == FH_OK;
    fh_abort(txn);
    return status;
}

/* A crash in creation may leave anything but a file that cannot be made into a database. */
static void open_after(const struct crash_run *run, struct sim *sim, fh_db **ret_db)
{
    fh_options plain = options_of(run, 0);
    fh_options create = options_of(run, FH_OPEN_CREATE);
    fh_status status = db_open(sim_os_port(sim), CRASH_PATH, &plain, ret_db);

    if (status == FH_OK) return;
    if (run->was_created || (status != FH_NOT_FOUND && status != FH_NOT_DATABASE))
        fail_msg("open: %s: %s", fh_status_name(status), fh_note());
    assert_ok(db_open(sim_os_port(sim), CRASH_PATH, &create, ret_db));
}

static fh_status read_all(struct history *history)
{
    uint64_t hash = 0;
    fh_txn *txn = NULL;
    fh_status status = fh_begin(history->db, FH_READ, &txn);

    if (status != FH_OK) return status;
    status = oracle_hash_txn(txn, &hash);
    if (status == FH_OK) assert_int_equal(hash, oracle_hash(history_seen(history, txn)->oracle));
    fh_abort(txn);
    return status;
}

static fh_status check(const struct crash_run *run)
{
    fh_check_info info;
    fh_status status = fh_check(run->history.db, NULL, &info);

    if (status == FH_OK && !run->misses_slots) assert_int_equal(info.fault_count, 0);
    return status;
}

static bool is_about_slots(const char *fault)
{
    return strncmp(fault, "I15: ", 5) == 0 || strstr(fault, "of the header page") != NULL;
}

static void require_clean(fh_db *db, bool misses_slots)
{
    scratch_require_clean_but(db, misses_slots ? is_about_slots : NULL);
}

static fh_status look_at_figures(struct history *history)
{
    fh_stat_info stat = {.size = sizeof(stat)};
    fh_status status = fh_stat(history->db, &stat);

    if (status == FH_OK)
        assert_int_equal(stat.live_pages + stat.free_pages + stat.pending_pages, stat.file_pages);
    return status;
}

/* A copy that was not acknowledged may be missing or refused, but never opens as another. */
static void require_copy(const struct crash_run *run, struct sim *sim)
{
    fh_db *db = NULL;
    fh_txn *txn;
    const char *difference;
    fh_status status;

    if (run->copied == NULL) return;
    status = db_open(sim_os_port(sim), CRASH_COPY_PATH, NULL, &db);
    if (status != FH_OK && (run->was_copied || status == FH_IO))
        fail_msg("open the copy: %s: %s", fh_status_name(status), fh_note());
    if (status != FH_OK) return;
    require_clean(db, run->copy_misses_slots);
    scratch_require_resting(db);
    assert_ok(fh_begin(db, FH_READ, &txn));
    difference = oracle_difference(run->copied, txn);
    if (difference != NULL) fail_msg("the copy: %s", difference);
    fh_abort(txn);
    assert_ok(fh_close(db));
}

/* A life that goes on from `state`. */
static void go_on(struct crash_run *next, const struct crash_run *run, struct sim *sim,
                  const struct history_state *state, uint64_t seed)
{
    crash_script_init(next, run->script, sim);
    random_init(&next->history.random, seed);
    next->was_created = true;
    next->misses_slots = run->will_miss_slots;
    next->will_miss_slots = run->will_miss_slots;
    history_set_state(&next->history, state);
    next->status = open_database(next);
}

static void work_on(const struct crash_run *run, struct sim *sim, const struct history_state *state,
                    uint64_t seed)
{
    struct crash_run next;

    go_on(&next, run, sim, state, seed);
    assert_ok(next.status);
    assert_ok(crash_script_act(&next, "tgmt"));
    history_verify(&next.history);
    require_clean(next.history.db, next.misses_slots);
    assert_ok(crash_script_act(&next, "r"));
    history_verify(&next.history);
    require_clean(next.history.db, next.misses_slots);
    scratch_require_resting(next.history.db);
    crash_script_fini(&next);
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by depth */
static uint64_t crash_again(const struct crash_run *run, struct sim *sim,
                            const struct history_state *state, uint64_t seed, unsigned depth)
{
    struct crash_run next;
    struct random random;
    struct sim *after = NULL;
    uint64_t count;

    random_init(&random, seed);
    sim_os_stop_after(sim, sim_os_operation_count(sim) + random_below(&random, 60));
    go_on(&next, run, sim, state, seed);
    if (next.status == FH_OK) (void)crash_script_act(&next, "mstfglnermxt");
    crash_script_cut(&next, random_below(&random, sim_crash_count(sim)), &after);
    count = crash_script_require(&next, after, random_next(&random), depth - 1);
    crash_script_fini(&next);
    sim_os_delete(after);
    return count;
}
