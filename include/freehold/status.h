/*
 * status.h - every way a call can end.
 *
 * One table gives the names, the numbers and the sentences. FH_OK is zero, all
 * others are negative, and a number once given never changes its meaning.
 */
#ifndef FH_STATUS_H
#define FH_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define FH_API        __attribute__((visibility("default")))
#define FH_MUST_CHECK __attribute__((warn_unused_result))
#else
#define FH_API
#define FH_MUST_CHECK
#endif

/* X(name, number, sentence) */
#define FH_STATUS_TABLE(X)                                                             \
    X(OK, 0, "done")                                                                   \
    /* Expected answers. */                                                            \
    X(NOT_FOUND, -1, "no such item")                                                   \
    X(EXISTS, -2, "it is already there")                                               \
    X(BUSY, -3, "somebody else holds it")                                              \
    X(MISMATCH, -4, "the present value is not the expected one")                       \
    /* The environment. */                                                             \
    X(IO, -10, "the system reports an input/output error")                             \
    X(NO_SPACE, -11, "no space is left")                                               \
    X(NO_MEMORY, -12, "no memory is left")                                             \
    X(READ_ONLY, -13, "opened for reading only")                                       \
    X(POISONED, -14, "an earlier failure made the state unsafe: close and open again") \
    X(QUOTA, -15, "the quota is used up")                                              \
    /* The data. */                                                                    \
    X(CORRUPT, -20, "the file holds wrong bytes")                                      \
    X(VERSION, -21, "the file has a format that this version does not know")           \
    X(NOT_DATABASE, -22, "the file is not a Freehold database")                        \
    X(LOG_MISSING, -23, "the log that belongs to the database is missing")             \
    /* The caller. */                                                                  \
    X(INVALID, -30, "a wrong argument")                                                \
    X(TOO_LARGE, -31, "larger than the stated limit")                                  \
    X(ORDER, -32, "keys must come in ascending order")                                 \
    X(ENDED, -33, "the snapshot, savepoint or cursor is no longer there")              \
    X(SNAPSHOT_TOO_OLD, -34, "the transaction's lease is over: begin another one")

typedef enum fh_status {
#define FH_STATUS_VALUE(name, number, sentence) FH_##name = number,
    FH_STATUS_TABLE(FH_STATUS_VALUE)
#undef FH_STATUS_VALUE
} fh_status;

/* The sentence of a status; "unknown status" for a number that is none. Static, any thread. */
FH_API const char *fh_strerror(fh_status status);

/* The name of a status, "FH_OK" and so on; "FH_?" for a number that is none. Static, any thread. */
FH_API const char *fh_status_name(fh_status status);

/*
 * What exactly went wrong in this thread's last failed call: one sentence with the
 * place, names and numbers. Valid until this thread's next failing call; "" before the
 * first. Expected answers (FH_NOT_FOUND, FH_EXISTS, FH_MISMATCH from gets, puts and moves)
 * leave it as it was. The idea: a status is born once and carries its story beside it, so that
 * nothing between its birth and the caller has to translate it.
 */
FH_API const char *fh_note(void);

/* "0.1.0". Static, any thread. */
FH_API const char *fh_version(void);

#ifdef __cplusplus
}
#endif

#endif
