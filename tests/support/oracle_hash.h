/*
 * oracle_hash.h - how bytes go into the hash of a state, the oracle's and a transaction's.
 *
 * Eight bytes a step with a multiplication and a fold, the size first so that no two
 * sequences of strings run together. Not for adversaries.
 */
#ifndef FREEHOLD_TESTS_SUPPORT_ORACLE_HASH_H
#define FREEHOLD_TESTS_SUPPORT_ORACLE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "freehold/kv.h"

#define ORACLE_HASH_START UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t oracle_hash_number(uint64_t hash, uint64_t number)
{
    hash = (hash ^ number) * UINT64_C(0xff51afd7ed558ccd);
    return hash ^ (hash >> 32);
}

static inline uint64_t oracle_hash_mix(uint64_t hash, fh_bytes bytes)
{
    const unsigned char *at = bytes.data;
    size_t left = bytes.size;

    hash = oracle_hash_number(hash, bytes.size);
    while (left > 0) {
        size_t part = left < 8 ? left : 8;
        uint64_t word = 0;

        memcpy(&word, at, part);
        hash = oracle_hash_number(hash, word);
        at += part;
        left -= part;
    }
    return hash;
}

#endif
