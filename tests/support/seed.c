/*
 * seed.c - reads FREEHOLD_SEED and FREEHOLD_EFFORT.
 */
#include "support/seed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t number_of(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    char *end = NULL;
    unsigned long long number;

    if (text == NULL || text[0] == '\0') return otherwise;
    number = strtoull(text, &end, 0);
    if (*end != '\0' || number == 0) {
        (void)fprintf(stderr, "%s=%s: not a number from 1 up\n", name, text);
        exit(2);
    }
    return number;
}

uint64_t seed_get(void)
{
    return number_of("FREEHOLD_SEED", 1);
}

uint64_t seed_effort(void)
{
    return number_of("FREEHOLD_EFFORT", 1);
}

const char *seed_repeat(const char *program, uint64_t seed)
{
    static char line[1024];

    (void)snprintf(line, sizeof(line), "FREEHOLD_SEED=%" PRIu64 " %s", seed, program);
    return line;
}
