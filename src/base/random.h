/*
 * random.h - a seeded generator (xoshiro256**): same seed, same numbers, anywhere.
 *
 * For tests, benches and tie breaking; entropy for identities comes from os.
 */
#ifndef FREEHOLD_BASE_RANDOM_H
#define FREEHOLD_BASE_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t state[4];
};

void random_init(struct random *random, uint64_t seed);
uint64_t random_next(struct random *random);

/* 0 .. limit - 1, unbiased; limit > 0. */
uint64_t random_below(struct random *random, uint64_t limit);

#endif
