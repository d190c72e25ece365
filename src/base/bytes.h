/*
 * bytes.h - spans, and little-endian numbers in bytes.
 *
 * On-disk numbers are little endian and may stand at any address; these are the only
 * functions that read or write them.
 */
#ifndef FREEHOLD_BASE_BYTES_H
#define FREEHOLD_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"

/* Bytes that somebody else owns. */
struct span {
    const uint8_t *data;
    size_t size;
};

static inline struct span span_of(const void *data, size_t size)
{
    return (struct span){.data = data, .size = size};
}

static inline size_t size_min(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Byte order, the shorter first when one begins the other: <0, 0, >0. */
static inline int span_compare(struct span a, struct span b)
{
    size_t common = size_min(a.size, b.size);
    int order = common == 0 ? 0 : memcmp(a.data, b.data, common);

    if (order != 0) return order;
    return (a.size > b.size) - (a.size < b.size);
}

static inline bool span_equals(struct span a, struct span b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* How many leading bytes two spans share. */
static inline size_t span_common(struct span a, struct span b)
{
    size_t most = size_min(a.size, b.size);
    size_t i = 0;

    while (i < most && a.data[i] == b.data[i])
        i++;
    return i;
}

static inline bool bytes_are_zero(const void *data, size_t size)
{
    const uint8_t *bytes = data;

    return size == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define BYTES_LE16(x) __builtin_bswap16(x)
#define BYTES_LE32(x) __builtin_bswap32(x)
#define BYTES_LE64(x) __builtin_bswap64(x)
#define BYTES_BE32(x) (x)
#define BYTES_BE64(x) (x)
#else
#define BYTES_LE16(x) (x)
#define BYTES_LE32(x) (x)
#define BYTES_LE64(x) (x)
#define BYTES_BE32(x) __builtin_bswap32(x)
#define BYTES_BE64(x) __builtin_bswap64(x)
#endif

static inline uint16_t load16(const void *from)
{
    uint16_t value;

    memcpy(&value, from, sizeof(value));
    return BYTES_LE16(value);
}

static inline uint32_t load32(const void *from)
{
    uint32_t value;

    memcpy(&value, from, sizeof(value));
    return BYTES_LE32(value);
}

static inline uint64_t load64(const void *from)
{
    uint64_t value;

    memcpy(&value, from, sizeof(value));
    return BYTES_LE64(value);
}

static inline void store16(void *to, uint16_t value)
{
    value = BYTES_LE16(value);
    memcpy(to, &value, sizeof(value));
}

static inline void store32(void *to, uint32_t value)
{
    value = BYTES_LE32(value);
    memcpy(to, &value, sizeof(value));
}

static inline void store64(void *to, uint64_t value)
{
    value = BYTES_LE64(value);
    memcpy(to, &value, sizeof(value));
}

/* The first four bytes as a number that orders as the bytes do; missing ones count as 0. */
static inline uint32_t head_of(struct span bytes)
{
    uint32_t value = 0;

    if (LIKELY(bytes.size >= sizeof(value))) {
        memcpy(&value, bytes.data, sizeof(value));
        return BYTES_BE32(value);
    }
    for (size_t i = 0; i < bytes.size; i++)
        value |= (uint32_t)bytes.data[i] << (24 - 8 * i);
    return value;
}

/* Eight bytes as a number that orders as they do. */
static inline uint64_t bytes_as_number(const uint8_t *from)
{
    uint64_t value;

    memcpy(&value, from, sizeof(value));
    return BYTES_BE64(value);
}

static inline uint64_t bytes_difference64(const uint8_t *a, const uint8_t *b)
{
    uint64_t left, right;

    memcpy(&left, a, sizeof(left));
    memcpy(&right, b, sizeof(right));
    return left ^ right;
}

/* As span_equals, for short ones: without a call. */
static inline bool span_same(struct span a, struct span b)
{
    size_t size = a.size, at = 0;

    if (size != b.size) return false;
    if (LIKELY(size >= sizeof(uint64_t))) {
        for (; at + sizeof(uint64_t) < size; at += sizeof(uint64_t))
            if (bytes_difference64(a.data + at, b.data + at) != 0) return false;
        at = size - sizeof(uint64_t);
        return bytes_difference64(a.data + at, b.data + at) == 0;
    }
    while (at < size && a.data[at] == b.data[at])
        at++;
    return at == size;
}

/* As span_compare, for short ones: without a call. */
static inline int span_order(struct span a, struct span b)
{
    size_t common = size_min(a.size, b.size), at = 0;

    for (; at + sizeof(uint64_t) <= common; at += sizeof(uint64_t)) {
        uint64_t left = bytes_as_number(a.data + at), right = bytes_as_number(b.data + at);

        if (left != right) return left < right ? -1 : 1;
    }
    if (common >= sizeof(uint64_t) && at < common) {
        uint64_t left = bytes_as_number(a.data + common - sizeof(left));
        uint64_t right = bytes_as_number(b.data + common - sizeof(right));

        if (left != right) return left < right ? -1 : 1;
        at = common;
    }
    for (; at < common; at++)
        if (a.data[at] != b.data[at]) return a.data[at] < b.data[at] ? -1 : 1;
    return (a.size > b.size) - (a.size < b.size);
}

#endif
