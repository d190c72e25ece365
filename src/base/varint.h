/*
 * varint.h - numbers of variable length: 7 bits a byte, the lowest first, up to 63 bits.
 *
 * Most are short, and one or two bytes are said to be likely.
 */
#ifndef FREEHOLD_BASE_VARINT_H
#define FREEHOLD_BASE_VARINT_H

#include <stdint.h>

#include "base/compiler.h"

enum { VARINT_BYTES_MAX = 9, VARINT_BITS = 7, VARINT_MORE = 0x80 };

static inline unsigned varint_bytes(uint64_t value)
{
    unsigned bytes = 1;

    for (; UNLIKELY(value >= VARINT_MORE); value >>= VARINT_BITS)
        bytes++;
    return bytes;
}

/* Returns how many bytes it took. */
static inline unsigned varint_store(uint8_t *to, uint64_t value)
{
    unsigned bytes = 0;

    for (; UNLIKELY(value >= VARINT_MORE); value >>= VARINT_BITS)
        to[bytes++] = (uint8_t)(value | VARINT_MORE);
    to[bytes++] = (uint8_t)value;
    return bytes;
}

/* The same; 0: there is no whole number before `end`. */
static inline unsigned varint_load(const uint8_t *from, const uint8_t *end, uint64_t *ret_value)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < VARINT_BYTES_MAX && from + i < end; i++) {
        value |= (uint64_t)(from[i] & (VARINT_MORE - 1)) << (VARINT_BITS * i);
        if (from[i] < VARINT_MORE) {
            *ret_value = value;
            return i + 1;
        }
    }
    return 0;
}

#endif
