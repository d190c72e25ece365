/*
 * session.h - the database, transaction and tree that a command works with.
 *
 * Opened as the options say (--tree, --policy, --without-log) and closed with the command's
 * outcome: a session that was not committed leaves no trace.
 */
#ifndef FREEHOLD_CLI_SESSION_H
#define FREEHOLD_CLI_SESSION_H

#include "freehold/kv.h"

#include "arguments.h"

struct session {
    const char *path;
    const char *tree_text; /* as given, decoded in place; NULL: no --tree */
    fh_bytes tree_name;
    fh_db *db;
    fh_txn *txn;
    fh_tree *tree; /* NULL: the unnamed one */
};

/* A read-only database without a transaction. */
enum outcome session_inspect(const struct arguments *arguments, struct session *ret_session);

/* The database alone, for writing. */
enum outcome session_tend(const struct arguments *arguments, struct session *ret_session);

/* A read transaction; a tree that is not there is a no. */
enum outcome session_read(const struct arguments *arguments, struct session *ret_session);

/* A write transaction; a tree that is not there is made when `may_create`, else it is a no. */
enum outcome session_write(const struct arguments *arguments, int may_create,
                           struct session *ret_session);

/* `path` is there and no directory, as far as can be seen: says what is wrong with it. */
enum outcome session_probe(const char *path);

/* Nothing is there at `path` yet: says that there is. */
enum outcome session_probe_new(const char *path);

/* Makes the changes durable; session_close must still follow. */
enum outcome session_commit(struct session *session);

/* Ends everything. Returns `outcome`, or what went wrong at the end of a good one. */
enum outcome session_close(struct session *session, enum outcome outcome);

#endif
