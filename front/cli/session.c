/*
 * session.c - the database, transaction and tree that a command works with.
 */
#include "session.h"

#include <errno.h>
#include <sys/stat.h>

#include "failure.h"

enum outcome session_probe(const char *path)
{
    struct stat stat_of_file;

    if (stat(path, &stat_of_file) != 0 && errno == ENOENT)
        return failure_wrong(path, "no such database (make one with: freehold init DB)");
    if (stat(path, &stat_of_file) != 0) return failure_system(path, errno);
    if (S_ISDIR(stat_of_file.st_mode))
        return failure_wrong(path, "a directory, not a database (name the file)");
    if (!S_ISREG(stat_of_file.st_mode))
        return failure_wrong(path, "neither a file nor a database (name the file)");
    return OUTCOME_DONE;
}

enum outcome session_probe_new(const char *path)
{
    struct stat stat_of_file;

    if (lstat(path, &stat_of_file) != 0) return OUTCOME_DONE;
    return failure_wrong(path, "it is already there (choose another name, or remove it first)");
}

static enum outcome open_database(const struct arguments *arguments, unsigned flags,
                                  struct session *session)
{
    fh_options options = {.size = sizeof(options), .flags = flags};
    fh_status status;

    session->path = arguments->operand[0];
    PASS(session_probe(session->path));
    options.policy = arguments->option[OPTION_POLICY];
    if (arguments->option[OPTION_WITHOUT_LOG] != NULL) options.flags |= FH_OPEN_WITHOUT_LOG;
    status = fh_open(session->path, &options, &session->db);
    if (status != FH_OK) return failure_file(session->path, status);
    return OUTCOME_DONE;
}

static enum outcome open_tree(const struct arguments *arguments, unsigned flags,
                              struct session *session)
{
    fh_status status;

    session->tree_text = arguments->option[OPTION_TREE];
    if (session->tree_text == NULL) return OUTCOME_DONE;
    PASS(arguments_name(arguments->option[OPTION_TREE], &session->tree_name));
    if (session->tree_name.size == 0) return OUTCOME_DONE;
    status = fh_tree_open(session->txn, session->tree_name, flags, &session->tree);
    if (status == FH_NOT_FOUND)
        return failure_no(session->tree_text, "no such tree (see: freehold trees DB)");
    if (status != FH_OK) return failure_status(session->tree_text, status);
    return OUTCOME_DONE;
}

static enum outcome open_session(const struct arguments *arguments, unsigned begin_flags,
                                 unsigned tree_flags, struct session *session)
{
    unsigned open_flags = begin_flags == FH_READ ? FH_OPEN_READ_ONLY : 0;
    fh_status status;

    PASS(open_database(arguments, open_flags, session));
    status = fh_begin(session->db, begin_flags, &session->txn);
    if (status != FH_OK) return failure_file(session->path, status);
    return open_tree(arguments, tree_flags, session);
}

enum outcome session_inspect(const struct arguments *arguments, struct session *ret_session)
{
    *ret_session = (struct session){0};
    return open_database(arguments, FH_OPEN_READ_ONLY, ret_session);
}

enum outcome session_tend(const struct arguments *arguments, struct session *ret_session)
{
    *ret_session = (struct session){0};
    return open_database(arguments, 0, ret_session);
}

enum outcome session_read(const struct arguments *arguments, struct session *ret_session)
{
    enum outcome outcome;

    *ret_session = (struct session){0};
    outcome = open_session(arguments, FH_READ, 0, ret_session);
    return outcome == OUTCOME_DONE ? outcome : session_close(ret_session, outcome);
}

enum outcome session_write(const struct arguments *arguments, int may_create,
                           struct session *ret_session)
{
    unsigned tree_flags = may_create ? FH_TREE_CREATE : 0;
    enum outcome outcome;

    *ret_session = (struct session){0};
    outcome = open_session(arguments, FH_WRITE, tree_flags, ret_session);
    return outcome == OUTCOME_DONE ? outcome : session_close(ret_session, outcome);
}

enum outcome session_commit(struct session *session)
{
    fh_status status = fh_commit(session->txn);

    session->txn = NULL;
    session->tree = NULL;
    if (status != FH_OK) return failure_file(session->path, status);
    return OUTCOME_DONE;
}

enum outcome session_close(struct session *session, enum outcome outcome)
{
    fh_status status;

    fh_abort(session->txn);
    session->txn = NULL;
    status = fh_close(session->db);
    session->db = NULL;
    if (outcome == OUTCOME_DONE && status != FH_OK) return failure_file(session->path, status);
    return outcome;
}
