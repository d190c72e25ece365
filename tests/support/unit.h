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
#define assert_ok(call)                                                               \
    do {                                                                              \
        fh_status assert_status_ = (call);                                            \
        if (assert_status_ != FH_OK)                                                  \
            fail_msg("%s: %s: %s", #call, fh_status_name(assert_status_), fh_note()); \
    } while (0)

/* Passes when `call` returns exactly `expected`. */
#define assert_status(call, expected)                                               \
    do {                                                                            \
        fh_status assert_status_ = (call);                                          \
        if (assert_status_ != (expected))                                           \
            fail_msg("%s: %s instead of %s", #call, fh_status_name(assert_status_), \
                     fh_status_name(expected));                                     \
    } while (0)

#endif
