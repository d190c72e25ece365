/*
 * history_internal.h - what the files of a history share.
 */
#ifndef FREEHOLD_TESTS_SUPPORT_HISTORY_INTERNAL_H
#define FREEHOLD_TESTS_SUPPORT_HISTORY_INTERNAL_H

#include "support/history.h"

/* FH_OK when `status` is the expected one; an outside error as it is; else the test fails. */
fh_status history_expect(fh_status status, fh_status expected, const char *what) FH_MUST_CHECK;

/* Names of the trees that a history uses; number 0 is the unnamed one. */
fh_bytes history_tree_name(const struct history *history, unsigned tree_no, unsigned char *buffer);

/* The number and handle of a random tree that is there; the unnamed one sometimes as NULL. */
fh_status history_pick_tree(struct history *history, unsigned *ret_tree_no,
                            fh_tree **ret_tree) FH_MUST_CHECK;

/* A random key, a random value: valid until the next call. */
fh_bytes history_random_key(struct history *history, unsigned char *buffer);
fh_bytes history_random_value(struct history *history);

/* Steps on the cursor that stays open. */
fh_status history_cursor_step(struct history *history) FH_MUST_CHECK;
void history_cursor_close(struct history *history);

/* Told after keys from <= key < to of a tree went; both empty: all. */
void history_cursor_note_erased(struct history *history, unsigned tree_no, fh_bytes from,
                                fh_bytes to);

/* Steps on savepoints. */
fh_status history_savepoint_step(struct history *history) FH_MUST_CHECK;
void history_forget_savepoints(struct history *history, size_t keep_count);

/* Raw runs: take, write or give one. */
fh_status history_run_step(struct history *history) FH_MUST_CHECK;

/* The newest state follows a commit that has returned FH_OK; takes over the oracle. */
void history_commit_state(struct history *history, const struct history_state *state,
                          fh_durability durability);
void history_forget_states(struct history *history);

/* Steps on items and trees, one random kind. */
fh_status history_item_step(struct history *history) FH_MUST_CHECK;

#endif
