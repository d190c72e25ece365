/*
 * unit.h - the one include of a unit test.
 *
 * cmocka.h does not include what it needs, and the order matters: here it is kept once.
 */
#ifndef FREEHOLD_TESTS_SUPPORT_UNIT_H
#define FREEHOLD_TESTS_SUPPORT_UNIT_H

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include "freehold/status.h"

/* Passes when `call` returns FH_OK; else fails with the status and the note's sentence. */
#define assert_ok(call) unit_require_status(call, FH_OK, #call, __FILE__, __LINE__)

/* Passes when `call` returns exactly `expected`. */
#define assert_status(call, expected) unit_require_status(call, expected, #call, __FILE__, __LINE__)

static inline void unit_require_status(fh_status status, fh_status expected, const char *call,
                                       const char *file, int line)
{
    if (status == expected) return;
    print_error("%s: %s instead of %s: %s\n", call, fh_status_name(status),
                fh_status_name(expected), fh_note());
    _fail(file, line);
}

#endif
