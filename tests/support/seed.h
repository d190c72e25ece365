/*
 * seed.h - one number repeats a run; another says how long to search.
 *
 * Random tests take their seed from here and nothing else random, and print
 * seed_repeat() when they fail. Environment: FREEHOLD_SEED (default 1, so that
 * `make test` is the same everywhere), FREEHOLD_EFFORT (default 1; `make model` and
 * `make crash` ask for more).
 */
#ifndef FREEHOLD_TESTS_SUPPORT_SEED_H
#define FREEHOLD_TESTS_SUPPORT_SEED_H

#include <stdint.h>

uint64_t seed_get(void);

/* How many times the usual work: multiply rounds, histories or cut points by it. At least 1. */
uint64_t seed_effort(void);

/* "FREEHOLD_SEED=7 build/debug/tests/kv_model": what to type to see it again. Static. */
const char *seed_repeat(const char *program, uint64_t seed);

#endif
