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

/* The head names at most `unit_count` units. FH_CORRUPT, FH_INVALID: units of another length. */
fh_status space_memory_check_head(const struct policy_memory *memory,
                                  uint64_t unit_count) MUST_CHECK;

/* Writes the space's part of the head, if there is one. */
void space_memory_note(const struct policy_memory *memory, uint64_t unit_count);

#endif
