/*
 * check.h - what must be true, and how a status travels.
 *
 * REQUIRE guards against programmers, in every build. AUDIT walks a whole structure
 * in debug builds, or everywhere with FREEHOLD_AUDIT=1. TRY passes a status on.
 * Bytes from outside are never asserted about: they are decoded into FH_CORRUPT.
 */
#ifndef FREEHOLD_BASE_CHECK_H
#define FREEHOLD_BASE_CHECK_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/compiler.h"
#include "freehold/status.h"

/* Prints where and what, then aborts. Unit tests put their own in its place. */
_Noreturn void check_failed(const char *expression, const char *file, int line);

/* What the environment said; unknown until somebody asks. */
enum check_audit { AUDITS_UNKNOWN, AUDITS_OFF, AUDITS_ON };
extern _Atomic int check_audit;
bool check_environment(void);

/* True in builds with FREEHOLD_AUDITS, or when the environment says FREEHOLD_AUDIT=1. */
static inline bool check_audits(void)
{
    if (COMPILER_AUDITS) return true;
    return UNLIKELY(atomic_load_explicit(&check_audit, memory_order_relaxed) != AUDITS_OFF) &&
           check_environment();
}

#define REQUIRE(condition)                                                        \
    do {                                                                          \
        if (UNLIKELY(!(condition))) check_failed(#condition, __FILE__, __LINE__); \
    } while (0)

/* `call` is an x_audit(...) returning fh_status. */
#define AUDIT(call)                                                                               \
    do {                                                                                          \
        if (UNLIKELY(check_audits()) && (call) != FH_OK) check_failed(#call, __FILE__, __LINE__); \
    } while (0)

#define TRY(call)                                               \
    do {                                                        \
        fh_status try_status_ = (call);                         \
        if (UNLIKELY(try_status_ != FH_OK)) return try_status_; \
    } while (0)

#endif
