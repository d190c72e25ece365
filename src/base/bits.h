/*
 * bits.h - rounding, scans and arithmetic that says when it overflows.
 */
#ifndef FREEHOLD_BASE_BITS_H
#define FREEHOLD_BASE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `alignment` is a power of two. */
static inline uint64_t round_up(uint64_t value, uint64_t alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

static inline uint64_t round_down(uint64_t value, uint64_t alignment)
{
    return value & ~(alignment - 1);
}

static inline uint64_t divide_up(uint64_t value, uint64_t by)
{
    return value / by + (value % by != 0);
}

static inline bool is_power_of_two(uint64_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

/* Position of the lowest, highest set bit; `word` is not 0. */
static inline unsigned bit_lowest(uint64_t word)
{
    return (unsigned)__builtin_ctzll(word);
}

static inline unsigned bit_highest(uint64_t word)
{
    return 63U - (unsigned)__builtin_clzll(word);
}

static inline unsigned bit_count(uint64_t word)
{
    return (unsigned)__builtin_popcountll(word);
}

/* `count` ones from bit `first` up; first + count <= 64. */
static inline uint64_t bit_mask(unsigned first, unsigned count)
{
    return count == 0 ? 0 : (~UINT64_C(0) >> (64 - count)) << first;
}

/* Bits in an array of words. */
static inline bool bits_test(const uint64_t *words, uint64_t bit)
{
    return (words[bit / 64] >> (bit % 64)) & 1;
}

/* Of the bits first .. first + count - 1, 0 < count <= 64: the word of the last one, and those
 * that lie there and not in the first one's word. When both are one word, there are none. */
static inline uint64_t bits_last(uint64_t first, uint64_t count)
{
    return (first + count - 1) / 64;
}

static inline uint64_t bits_rest(uint64_t first, uint64_t count)
{
    return ~UINT64_C(0) >> (64 - count) >> 1 >> (63 - first % 64);
}

static inline void bits_fill(uint64_t *words, uint64_t first, uint64_t count, bool value)
{
    /* Short ranges in a straight line: whether they cross a border is hard to foresee. */
    if (count - 1 < 64) {
        uint64_t mask = ~UINT64_C(0) >> (64 - count) << first % 64;
        uint64_t rest = bits_rest(first, count);
        uint64_t *low = &words[first / 64];
        uint64_t *high = &words[bits_last(first, count)];

        *low = value ? *low | mask : *low & ~mask;
        *high = value ? *high | rest : *high & ~rest;
        return;
    }
    while (count > 0) {
        unsigned at = (unsigned)(first % 64);
        unsigned here = (unsigned)(count < 64 - at ? count : 64 - at);
        uint64_t mask = bit_mask(at, here);

        if (value)
            words[first / 64] |= mask;
        else
            words[first / 64] &= ~mask;
        first += here;
        count -= here;
    }
}

/* How many of the bits first .. first + count - 1 are set. */
static inline uint64_t bits_count(const uint64_t *words, uint64_t first, uint64_t count)
{
    uint64_t sum = 0;

    while (count > 0) {
        unsigned at = (unsigned)(first % 64);
        unsigned here = (unsigned)(count < 64 - at ? count : 64 - at);

        sum += bit_count(words[first / 64] & bit_mask(at, here));
        first += here;
        count -= here;
    }
    return sum;
}

/* False when the sum, product does not fit; then *ret_value is untouched. */
static inline bool add_fits(uint64_t a, uint64_t b, uint64_t *ret_value)
{
    if (a > UINT64_MAX - b) return false;
    *ret_value = a + b;
    return true;
}

static inline bool multiply_fits(uint64_t a, uint64_t b, uint64_t *ret_value)
{
    if (a != 0 && b > UINT64_MAX / a) return false;
    *ret_value = a * b;
    return true;
}

#endif
