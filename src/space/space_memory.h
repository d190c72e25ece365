/*
 * space_memory.h - whether a policy can live in the memory behind the units, and the head there.
 */
#ifndef FREEHOLD_SPACE_SPACE_MEMORY_H
#define FREEHOLD_SPACE_SPACE_MEMORY_H

#include "space/policy.h"
#include "space/space_head.h"

/* FH_INVALID: the policy lives beside, the units are too short or not aligned, or there is a
 * head that the policy does not write. FH_TOO_LARGE: more bytes than there are addresses. */
fh_status space_memory_check(const struct policy_ops *ops, uint64_t unit_count,
                             const struct policy_memory *memory) MUST_CHECK;

/* The head was written by a space with at most `unit_count` units of this length and, unless it
 * is NULL, this policy. *ret_ops is its policy. FH_CORRUPT, FH_MISMATCH, FH_VERSION, FH_INVALID. */
fh_status space_memory_check_head(const struct policy_memory *memory, uint64_t unit_count,
                                  const char *policy_name,
                                  const struct policy_ops **ret_ops) MUST_CHECK;

/* Writes the space's part of the head, if there is one. */
void space_memory_note(const struct policy_ops *ops, const struct policy_memory *memory,
                       uint64_t unit_count);

#endif
