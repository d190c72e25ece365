/*
 * policy_table.h - every policy, one line each, the default one first.
 *
 * X(name): the file name.c defines `const struct policy_ops name_policy`.
 */
#ifndef FREEHOLD_SPACE_POLICY_TABLE_H
#define FREEHOLD_SPACE_POLICY_TABLE_H

#include "space/policy.h"

#define POLICY_TABLE(X) \
    X(bitmap)           \
    X(lifo)             \
    X(first)            \
    X(next)             \
    X(best)             \
    X(worst)            \
    X(by_size)          \
    X(array)            \
    X(segregated)       \
    X(buddy)

#define POLICY_DECLARE(name) extern const struct policy_ops name##_policy;
POLICY_TABLE(POLICY_DECLARE)
#undef POLICY_DECLARE

#endif
