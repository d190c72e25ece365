/*
 * history.c - random lives of a database: transactions, savepoints, snapshots.
 *
 * The steps on items are in history_items.c, those of the cursor in history_cursor.c.
 */
#include "support/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/history_internal.h"
#include "support/unit.h"

static fh_status rollback(struct history *history);
static fh_status release(struct history *history);
static void forget_txn(struct history *history);

void history_init(struct history *history, const struct history_profile *profile, uint64_t seed)
{
    *history = (struct history){.profile = *profile};
    random_init(&history->random, seed);
    history->committed.oracle = oracle_open();
    history->value = malloc(profile->value_max + 1);
    assert_non_null(history->value);
}

void history_fini(struct history *history)
{
    history_abort(history);
    history_drop_snapshots(history);
    history_forget_states(history);
    free(history->value);
}

void history_attach(struct history *history, fh_db *db)
{
    history->db = db;
    history->key_max = fh_key_max(db);
    history->page_bytes = (uint64_t)history->key_max * 8;
}

fh_status history_begin(struct history *history)
{
    fh_status status = history->earlier_count < HISTORY_EARLIER ? FH_OK : history_wait(history);

    if (status == FH_OK)
        status = history_expect(fh_begin(history->db, FH_WRITE, &history->txn), FH_OK, "begin");
    if (status != FH_OK) {
        history->txn = NULL;
        return status;
    }
    if (fh_txn_id(history->txn) != history->committed.txn_id + 1)
        fail_msg("transaction %llu after %llu", (unsigned long long)fh_txn_id(history->txn),
                 (unsigned long long)history->committed.txn_id);
    oracle_close(history->in_flight.oracle);
    history->in_flight.oracle = NULL;
    history->working = oracle_clone(history->committed.oracle);
    history->working_runs = history->committed.runs;
    history->is_torn = false;
    return FH_OK;
}

fh_status history_step(struct history *history)
{
    uint64_t kind = random_below(&history->random, 100);

    if (kind < 6) return history_savepoint_step(history);
    if (kind < 22) return history_cursor_step(history);
    if (history->takes_runs && kind < 50) return history_run_step(history);
    return history_item_step(history);
}

/* Without a ticket: the writer's number, or the one before when nothing was changed. */
static uint64_t committed_txn_id(const struct history *history, uint64_t writer_txn_id)
{
    uint64_t txn_id;
    fh_txn *txn;

    if (fh_begin(history->db, FH_READ, &txn) != FH_OK) return writer_txn_id;
    txn_id = fh_txn_id(txn);
    fh_abort(txn);
    if (txn_id > writer_txn_id)
        fail_msg("transaction %llu committed as %llu", (unsigned long long)writer_txn_id,
                 (unsigned long long)txn_id);
    return txn_id == writer_txn_id ? writer_txn_id : writer_txn_id - 1;
}

static fh_durability next_durability(struct history *history)
{
    static const fh_durability all[] = {FH_DURABLE, FH_GROUP, FH_GROUP, FH_LAZY, FH_NONE};

    return history->mixes_durability ? all[random_below(&history->random, 5)] : history->durability;
}

fh_status history_commit(struct history *history)
{
    struct history_state state = {.oracle = history->working,
                                  .runs = history->working_runs,
                                  .txn_id = fh_txn_id(history->txn)};
    fh_durability durability = next_durability(history);
    fh_status status;

    if (random_below(&history->random, 2) == 0) history_cursor_close(history);
    status = history_expect(fh_commit_as(history->txn, durability, &state.ticket), FH_OK, "commit");
    history->working = NULL;
    forget_txn(history);
    if (status != FH_OK) {
        history->in_flight = state;
        return status;
    }
    if (state.ticket == 0) state.txn_id = committed_txn_id(history, state.txn_id);
    history_commit_state(history, &state, durability);
    return FH_OK;
}

void history_abort(struct history *history)
{
    if (history->txn == NULL) return;
    if (random_below(&history->random, 2) == 0) history_cursor_close(history);
    fh_abort(history->txn);
    forget_txn(history);
}

fh_status history_txn(struct history *history)
{
    uint64_t step_count = 1 + random_below(&history->random, history->profile.step_count);
    fh_status status = history_begin(history);

    for (uint64_t i = 0; status == FH_OK && i < step_count; i++)
        status = history_step(history);
    if (status == FH_OK && random_below(&history->random, 8) == 0 && !history->may_fail) {
        fh_cursor *walk = NULL;

        /* It records the trees first, which may want a page, which may want room. */
        status = fh_tree_walk(history->txn, &walk);
        fh_cursor_close(walk);
        if (status == FH_OK) {
            const char *difference = oracle_difference(history->working, history->txn);

            if (difference == NULL)
                difference = history_runs_difference(&history->working_runs, history->txn);
            if (difference != NULL) fail_msg("before the commit: %s", difference);
        }
    }
    if (status != FH_OK || random_below(&history->random, 100) < history->profile.abort_percent) {
        history_abort(history);
        return status;
    }
    return history_commit(history);
}

fh_status history_take_snapshot(struct history *history)
{
    struct history_snapshot *snapshot;
    size_t count;
    fh_txn *txn;
    fh_status status;

    if (history->snapshot_count == HISTORY_SNAPSHOTS) return FH_OK;
    status = history_expect(fh_begin(history->db, FH_READ, &txn), FH_OK, "begin a snapshot");
    if (status != FH_OK) return status;
    snapshot = &history->snapshots[history->snapshot_count++];
    *snapshot = (struct history_snapshot){
        .txn = txn, .oracle = oracle_clone(history_seen(history, txn)->oracle)};
    count = oracle_item_count(snapshot->oracle, nothing());
    while (count > 0 && snapshot->lent_count < HISTORY_LENT) {
        size_t at = (size_t)random_below(&history->random, count);
        fh_bytes *value = &snapshot->lent[snapshot->lent_count];

        assert_ok(fh_get(txn, NULL, oracle_key(snapshot->oracle, nothing(), at), value));
        snapshot->lent_at[snapshot->lent_count++] = at;
    }
    return FH_OK;
}

void history_end_snapshot(struct history *history, size_t snapshot_no)
{
    struct history_snapshot *snapshot = &history->snapshots[snapshot_no];
    const char *difference = oracle_difference(snapshot->oracle, snapshot->txn);

    for (size_t i = 0; i < snapshot->lent_count; i++) {
        fh_bytes value = oracle_value(snapshot->oracle, nothing(), snapshot->lent_at[i]);

        assert_int_equal(snapshot->lent[i].size, value.size);
        if (value.size > 0) assert_memory_equal(snapshot->lent[i].data, value.data, value.size);
    }
    if (difference != NULL)
        fail_msg("snapshot of transaction %llu: %s", (unsigned long long)fh_txn_id(snapshot->txn),
                 difference);
    fh_abort(snapshot->txn);
    oracle_close(snapshot->oracle);
    *snapshot = history->snapshots[--history->snapshot_count];
}

void history_drop_snapshots(struct history *history)
{
    while (history->snapshot_count > 0) {
        struct history_snapshot *snapshot = &history->snapshots[--history->snapshot_count];

        fh_abort(snapshot->txn);
        oracle_close(snapshot->oracle);
    }
}

bool history_is_outside(fh_status status)
{
    return status == FH_IO || status == FH_NO_SPACE || status == FH_NO_MEMORY ||
           status == FH_QUOTA || status == FH_POISONED;
}

fh_status history_expect(fh_status status, fh_status expected, const char *what)
{
    if (status == expected) return FH_OK;
    if (!history_is_outside(status))
        fail_msg("%s: %s instead of %s: %s", what, fh_status_name(status), fh_status_name(expected),
                 fh_note());
    return status;
}

fh_bytes history_tree_name(const struct history *history, unsigned tree_no, unsigned char *buffer)
{
    static const char *const names[] = {"", "a", "accounts", "accounts/by name", "z"};

    if (tree_no < sizeof(names) / sizeof(names[0])) return text(names[tree_no]);
    /* As long as allowed, and one with zeros inside. */
    memset(buffer, tree_no == HISTORY_TREES - 1 ? 0 : 'n', history->key_max);
    buffer[0] = 'b';
    return (fh_bytes){buffer, tree_no == HISTORY_TREES - 1 ? 3 : history->key_max};
}

fh_status history_savepoint_step(struct history *history)
{
    struct history_savepoint *savepoint;
    fh_status status;

    if (history->savepoint_count > 0 && random_below(&history->random, 2) == 0)
        return random_below(&history->random, 3) == 0 ? release(history) : rollback(history);
    if (history->savepoint_count == HISTORY_SAVEPOINTS) return FH_OK;
    savepoint = &history->savepoints[history->savepoint_count];
    status = history_expect(fh_savepoint(history->txn, &savepoint->savepoint), FH_OK, "savepoint");
    if (status != FH_OK) return status;
    savepoint->oracle = oracle_clone(history->working);
    savepoint->runs = history->working_runs;
    history->savepoint_count++;
    return FH_OK;
}

void history_forget_savepoints(struct history *history, size_t keep_count)
{
    while (history->savepoint_count > keep_count)
        oracle_close(history->savepoints[--history->savepoint_count].oracle);
}

static fh_status rollback(struct history *history)
{
    size_t at = (size_t)random_below(&history->random, history->savepoint_count);
    const struct history_savepoint *savepoint = &history->savepoints[at];
    fh_status status;

    if (history->cursor.cursor != NULL) {
        status = history_expect(fh_rollback(history->txn, savepoint->savepoint), FH_BUSY,
                                "rollback beside a cursor");
        history_cursor_close(history);
        if (status != FH_OK) return status;
    }
    history->is_torn = true;
    status = history_expect(fh_rollback(history->txn, savepoint->savepoint), FH_OK, "rollback");
    if (status != FH_OK) return status;
    history->is_torn = false;
    oracle_close(history->working);
    history->working = oracle_clone(savepoint->oracle);
    history->working_runs = savepoint->runs;
    history_forget_savepoints(history, at + 1);
    return FH_OK;
}

static fh_status release(struct history *history)
{
    size_t at = (size_t)random_below(&history->random, history->savepoint_count);
    fh_status status = history_expect(fh_release(history->txn, history->savepoints[at].savepoint),
                                      FH_OK, "release");

    if (status == FH_OK) history_forget_savepoints(history, at);
    return status;
}

/* After the transaction's end: what was its own goes. */
static void forget_txn(struct history *history)
{
    history->txn = NULL;
    history->cursor.cursor = NULL;
    history_forget_savepoints(history, 0);
    oracle_close(history->working);
    history->working = NULL;
}
