/*
 * space_head.h - what a set that lives in its units must know beside them to come back.
 *
 * 64 bytes of the caller's, as long-lived as the units: a page of the same file. Numbers are in
 * the order of the machine; on one with another order the magic is wrong.
 */
#ifndef FREEHOLD_SPACE_SPACE_HEAD_H
#define FREEHOLD_SPACE_SPACE_HEAD_H

#include <assert.h>
#include <stdint.h>

#include "freehold/space.h"

#define SPACE_HEAD_MAGIC UINT64_C(0x3164616568534846) /* "FHshead1" */

enum { SPACE_HEAD_POLICY_BYTES = 16 };

struct space_head {
    /* Written by the space, when it opens and when the number of units changes. */
    uint64_t magic;
    uint64_t unit_count;
    uint64_t unit_bytes;
    char policy[SPACE_HEAD_POLICY_BYTES]; /* padded with zeros */
    uint64_t crc;                         /* CRC-32C of all the above */

    /* Written by the policy, with each take and give. */
    uint64_t free_units;
    uint64_t top; /* lifo: the unit given last plus one; 0: none is free */
};

static_assert(sizeof(struct space_head) == FH_SPACE_HEAD_BYTES, "a promise of the public header");

#endif
