/*
 * numbers.c - a list of numbers that grows.
 */
#include "lab/numbers.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/note.h"

enum { CAPACITY_MIN = 16 };

void numbers_fini(struct numbers *numbers)
{
    memory_give(numbers->items);
    *numbers = (struct numbers){0};
}

fh_status numbers_add(struct numbers *numbers, uint64_t number)
{
    if (numbers->count == numbers->capacity) {
        size_t capacity = numbers->capacity > 0 ? 2 * numbers->capacity : CAPACITY_MIN;
        uint64_t *items =
            memory_resize(numbers->items, numbers->capacity, capacity, sizeof(*items));

        if (items == NULL) return fail(FH_NO_MEMORY, "no memory for %zu numbers", capacity);
        numbers->items = items;
        numbers->capacity = capacity;
    }
    numbers->items[numbers->count++] = number;
    return FH_OK;
}

void numbers_remove(struct numbers *numbers, uint64_t number)
{
    for (size_t i = 0; i < numbers->count; i++) {
        if (numbers->items[i] != number) continue;
        numbers->count--;
        memmove(numbers->items + i, numbers->items + i + 1,
                (numbers->count - i) * sizeof(*numbers->items));
        return;
    }
}

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

void numbers_sort(struct numbers *numbers)
{
    if (numbers->count > 1) qsort(numbers->items, numbers->count, sizeof(uint64_t), compare);
}
