/*
 * failure.h - the one line on stderr with which a command says what went wrong.
 *
 * The line is always `freehold: what: why (what to do)`; control characters in it become
 * question marks, so that it stays one line whatever a file or key is called. Every
 * function returns the outcome that the command then ends with.
 */
#ifndef FREEHOLD_CLI_FAILURE_H
#define FREEHOLD_CLI_FAILURE_H

#include "freehold/kv.h"

#include "outcome.h"

/* Wrong usage or bad input; `format` gives the why and the advice. */
enum outcome failure_wrong(const char *what, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The answer is no. */
enum outcome failure_no(const char *what, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A call of the library failed on an item or a tree. */
enum outcome failure_status(const char *what, fh_status status);

/* A call of the library failed on a whole database: an absent file is bad input, not a no. */
enum outcome failure_file(const char *what, fh_status status);

/* A call of the system failed with the errno `error`. A wrong file name is bad input. */
enum outcome failure_system(const char *what, int error);

/* malloc said no. */
enum outcome failure_memory(const char *what);

#endif
