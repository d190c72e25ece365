/*
 * history_states.c - which states readers may see, and which a crash may leave.
 *
 * A commit is visible when it is durable, or was made as lazy or none, and not before; a
 * state that was seen is not unseen. A state may be lost in a crash as long as nothing has
 * said that it, or a later one, is durable.
 */
#include <stdio.h>
#include <string.h>

#include "support/history_internal.h"
#include "support/unit.h"

static void close_state(struct history_state *state)
{
    oracle_close(state->oracle);
    state->oracle = NULL;
}

/* The state with this number, counted from the oldest; the last one is `committed`. */
static struct history_state *state_at(struct history *history, size_t at)
{
    return at < history->earlier_count ? &history->earlier[at] : &history->committed;
}

static void make_visible(struct history *history, uint64_t txn_id)
{
    if (txn_id > history->visible_txn_id) history->visible_txn_id = txn_id;
}

/* State number `at` is durable: those before it cannot come back. */
static void acknowledge(struct history *history, size_t at)
{
    make_visible(history, state_at(history, at)->txn_id);
    for (size_t i = 0; i < at; i++)
        close_state(&history->earlier[i]);
    history->earlier_count -= at;
    memmove(history->earlier, history->earlier + at,
            history->earlier_count * sizeof(history->earlier[0]));
}

void history_acknowledge_all(struct history *history)
{
    acknowledge(history, history->earlier_count);
}

void history_commit_state(struct history *history, const struct history_state *state,
                          fh_durability durability)
{
    history->commit_count++;
    if (state->txn_id == history->committed.txn_id) { /* it changed nothing */
        oracle_close(history->committed.oracle);
        history->committed.oracle = state->oracle;
        return;
    }
    assert_true(history->earlier_count < HISTORY_EARLIER);
    history->earlier[history->earlier_count++] = history->committed;
    history->committed = *state;
    history->committed.is_lazy = durability == FH_LAZY;
    if (durability >= FH_LAZY) {
        make_visible(history, state->txn_id);
        history->shown_txn_id = state->txn_id;
    }
    if (durability <= FH_DURABLE) history_acknowledge_all(history);
}

void history_forget_states(struct history *history)
{
    for (size_t i = 0; i < history->earlier_count; i++)
        close_state(&history->earlier[i]);
    history->earlier_count = 0;
    close_state(&history->committed);
    close_state(&history->in_flight);
}

void history_set_state(struct history *history, const struct history_state *state)
{
    struct history_state clone = *state;

    clone.oracle = oracle_clone(state->oracle);
    history_forget_states(history);
    history->committed = clone;
    history->visible_txn_id = history->shown_txn_id = clone.txn_id;
}

fh_status history_wait(struct history *history)
{
    size_t at = history->earlier_count;
    fh_status status;

    if (at > 0 && at < HISTORY_EARLIER) at = 1 + (size_t)random_below(&history->random, at);
    status = history_expect(fh_wait(history->db, state_at(history, at)->ticket), FH_OK, "wait");
    if (status == FH_OK) acknowledge(history, at);
    return status;
}

fh_status history_poll(struct history *history)
{
    fh_status status = history_expect(fh_poll(history->db), FH_OK, "poll");

    for (size_t at = history->earlier_count; status == FH_OK && at > 0; at--) {
        if (!state_at(history, at)->is_lazy) continue;
        acknowledge(history, at);
        break;
    }
    return status;
}

fh_status history_checkpoint(struct history *history)
{
    fh_status status = history_expect(fh_checkpoint(history->db), FH_OK, "checkpoint");

    if (status == FH_OK) history_acknowledge_all(history);
    return status;
}

/* The state of a number, if it is one of those that can be there; `ret_at` may be NULL. */
static const struct history_state *find(const struct history *history, uint64_t txn_id,
                                        size_t *ret_at)
{
    size_t at = 0;

    if (history->in_flight.oracle != NULL && history->in_flight.txn_id == txn_id)
        return &history->in_flight;
    while (at < history->earlier_count && history->earlier[at].txn_id != txn_id)
        at++;
    if (ret_at != NULL) *ret_at = at;
    if (at < history->earlier_count) return &history->earlier[at];
    return history->committed.txn_id == txn_id ? &history->committed : NULL;
}

static const char *difference_of(const struct history_state *state, fh_txn *txn)
{
    const char *difference = oracle_difference(state->oracle, txn);

    return difference != NULL ? difference : history_runs_difference(&state->runs, txn);
}

const struct history_state *history_seen(struct history *history, const fh_txn *txn)
{
    uint64_t txn_id = fh_txn_id(txn);
    size_t at = 0;
    const struct history_state *state = find(history, txn_id, &at);

    if (state == NULL || txn_id < history->visible_txn_id) {
        fail_msg("a snapshot of transaction %llu; %llu was visible, %llu is the newest",
                 (unsigned long long)txn_id, (unsigned long long)history->visible_txn_id,
                 (unsigned long long)history->committed.txn_id);
        return NULL;
    }
    if (state == &history->in_flight) return state;
    make_visible(history, txn_id);
    /* Nobody asked to see what is not durable, so it is. */
    if (txn_id <= history->shown_txn_id) return state;
    acknowledge(history, at);
    return find(history, txn_id, NULL);
}

void history_verify(struct history *history)
{
    fh_txn *txn;
    const char *difference;

    assert_ok(fh_begin(history->db, FH_READ, &txn));
    difference = difference_of(history_seen(history, txn), txn);
    if (difference != NULL)
        fail_msg("transaction %llu, after %llu commits: %s", (unsigned long long)fh_txn_id(txn),
                 (unsigned long long)history->commit_count, difference);
    fh_abort(txn);
}

const struct history_state *history_recognize(const struct history *history, fh_db *db)
{
    const struct history_state *state;
    const char *difference;
    fh_txn *txn;

    assert_ok(fh_begin(db, FH_READ, &txn));
    state = find(history, fh_txn_id(txn), NULL);
    if (state == NULL) {
        fail_msg("transaction %llu is neither acknowledged nor in flight: %llu to %llu",
                 (unsigned long long)fh_txn_id(txn),
                 (unsigned long long)(history->earlier_count > 0 ? history->earlier[0].txn_id
                                                                 : history->committed.txn_id),
                 (unsigned long long)history->committed.txn_id);
        return NULL;
    }
    difference = difference_of(state, txn);
    if (difference != NULL)
        fail_msg("transaction %llu is not what it was: %s", (unsigned long long)fh_txn_id(txn),
                 difference);
    fh_abort(txn);
    return state;
}
