/*
 * dice.h - seeded numbers (splitmix64): the same seed gives the same items anywhere.
 */
#ifndef FREEHOLD_BENCH_DICE_H
#define FREEHOLD_BENCH_DICE_H

#include <stdint.h>

struct dice {
    uint64_t state;
};

/* One to one: different numbers give different results. */
static inline uint64_t dice_mix(uint64_t number)
{
    number = (number ^ (number >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    number = (number ^ (number >> 27)) * UINT64_C(0x94d049bb133111eb);
    return number ^ (number >> 31);
}

static inline uint64_t dice_next(struct dice *dice)
{
    dice->state += UINT64_C(0x9e3779b97f4a7c15);
    return dice_mix(dice->state);
}

/* 0 .. limit - 1, near enough to even for a bench; limit > 0. */
static inline uint64_t dice_below(struct dice *dice, uint64_t limit)
{
    return dice_next(dice) % limit;
}

#endif
