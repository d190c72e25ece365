/*
 * items.h - keys and values for tests, from a number each.
 *
 * The same number gives the same bytes, so that histories meet their own keys again. The
 * shapes of keys change with the number: text, long shared prefixes, binary with zeros, as
 * long as allowed, one byte, runs of 0xff.
 */
#ifndef FREEHOLD_TESTS_SUPPORT_ITEMS_H
#define FREEHOLD_TESTS_SUPPORT_ITEMS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "freehold/kv.h"

enum { ITEMS_KEY_MAX = 1024, ITEMS_SHAPE_COUNT = 6 };

/* The bytes of a string, without its zero. */
static inline fh_bytes text(const char *string)
{
    return (fh_bytes){string, strlen(string)};
}

static inline fh_bytes nothing(void)
{
    return (fh_bytes){NULL, 0};
}

/* Key number `key_no` in `buffer` (ITEMS_KEY_MAX bytes): at most `key_max` >= 64 bytes. */
fh_bytes items_key(unsigned key_no, uint32_t key_max, unsigned char *buffer);

/* The prefix and eight digits: in the order of numbers. `buffer` as above. */
fh_bytes items_numbered(const char *prefix, unsigned number, unsigned char *buffer);

/* Fills `size` bytes so that no two seeds look alike. */
void items_fill(uint64_t seed, unsigned char *bytes, size_t size);

#endif
