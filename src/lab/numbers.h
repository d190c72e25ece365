/*
 * numbers.h - a list of numbers that grows.
 */
#ifndef FREEHOLD_LAB_NUMBERS_H
#define FREEHOLD_LAB_NUMBERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "freehold/status.h"

/* Zeroed is empty. */
struct numbers {
    uint64_t *items;
    size_t count;
    size_t capacity;
};

void numbers_fini(struct numbers *numbers);

/* FH_NO_MEMORY, and nothing changed. */
fh_status numbers_add(struct numbers *numbers, uint64_t number) MUST_CHECK;

/* Takes one of those that equal `number` out, if there is one. The order of the others stays. */
void numbers_remove(struct numbers *numbers, uint64_t number);

/* Ascending. */
void numbers_sort(struct numbers *numbers);

#endif
