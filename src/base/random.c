/*
 * random.c - xoshiro256**, seeded by splitmix64.
 *
 * Both by Blackman and Vigna, put into the public domain by them.
 */
#include "base/random.h"

#include "base/check.h"

static uint64_t rotate_left(uint64_t value, unsigned by)
{
    return (value << by) | (value >> (64 - by));
}

void random_init(struct random *random, uint64_t seed)
{
    for (unsigned i = 0; i < 4; i++) {
        uint64_t mixed = seed += UINT64_C(0x9e3779b97f4a7c15);

        mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
        random->state[i] = mixed ^ (mixed >> 31);
    }
}

uint64_t random_next(struct random *random)
{
    uint64_t *state = random->state;
    uint64_t result = rotate_left(state[1] * 5, 7) * 9;
    uint64_t shifted = state[1] << 17;

    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate_left(state[3], 45);
    return result;
}

uint64_t random_below(struct random *random, uint64_t limit)
{
    uint64_t surplus;
    uint64_t value;

    REQUIRE(limit > 0);

    /* The lowest 2^64 mod limit numbers would come up once too often: they are drawn again. */
    surplus = (0 - limit) % limit;
    do
        value = random_next(random);
    while (value < surplus);
    return value % limit;
}
