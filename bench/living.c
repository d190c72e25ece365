/*
 * living.c - the items that are in a database now.
 */
#include "living.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dice.h"
#include "stop.h"

enum { CAPACITY_FIRST = 1024 };

void living_fini(struct living *living)
{
    free(living->item);
    living->item = NULL;
    living->first = 0;
    living->end = 0;
    living->capacity = 0;
}

static uint64_t seed_of(const struct living_item *item)
{
    return dice_mix(item->number + ((uint64_t)item->version << 40));
}

static uint32_t spread_size(const struct living *living, const struct living_item *item)
{
    double part = (double)(seed_of(item) >> 11) / (double)(UINT64_C(1) << 53);

    return (uint32_t)(living->value_min * pow((double)living->value_max / living->value_min, part));
}

/* Room for one more: what has gone from the front is used again first. */
static void make_room(struct living *living)
{
    size_t count = living_count(living);

    if (living->end < living->capacity) return;
    if (living->first > living->capacity / 2) {
        memmove(living->item, living->item + living->first, count * sizeof(*living->item));
    } else {
        size_t capacity = living->capacity > 0 ? 2 * living->capacity : CAPACITY_FIRST;
        struct living_item *item = stop_or_memory(capacity * sizeof(*item));

        if (count > 0) memcpy(item, living->item + living->first, count * sizeof(*item));
        free(living->item);
        living->item = item;
        living->capacity = capacity;
    }
    living->first = 0;
    living->end = count;
}

static void count_in(struct living *living, const struct living_item *item)
{
    living->payload_bytes += LIVING_KEY_BYTES + item->value_size;
}

static void count_out(struct living *living, const struct living_item *item)
{
    living->payload_bytes -= LIVING_KEY_BYTES + item->value_size;
}

size_t living_add(struct living *living, uint32_t value_size)
{
    struct living_item item = {.number = living->next_number++};

    item.value_size = value_size > 0 ? value_size : spread_size(living, &item);
    make_room(living);
    living->item[living->end] = item;
    count_in(living, &item);
    return living->end++;
}

void living_renew(struct living *living, size_t place)
{
    struct living_item *item = &living->item[place];

    count_out(living, item);
    item->version++;
    item->value_size = spread_size(living, item);
    count_in(living, item);
}

void living_remove(struct living *living, size_t place)
{
    count_out(living, &living->item[place]);
    if (place == living->first)
        living->first++;
    else
        living->item[place] = living->item[--living->end];
}

void living_clear(struct living *living)
{
    living->first = 0;
    living->end = 0;
    living->payload_bytes = 0;
}

struct item living_item(const struct living *living, size_t place, unsigned char *key)
{
    const struct living_item *item = &living->item[place];
    uint64_t halves[2] = {dice_mix(item->number), dice_mix(~item->number)};

    memcpy(key, halves, sizeof(halves));
    for (int i = 0; living->is_ascending && i < 8; i++)
        key[i] = (unsigned char)(item->number >> (56 - 8 * i));
    return (struct item){.key = key,
                         .key_size = LIVING_KEY_BYTES,
                         .value = items_bytes(seed_of(item)),
                         .value_size = item->value_size};
}

void living_sorted(const struct living *living, struct items *ret_items)
{
    size_t count = living_count(living);
    unsigned char *key = stop_or_memory(count * LIVING_KEY_BYTES);

    *ret_items = (struct items){
        .item = stop_or_memory(count * sizeof(*ret_items->item)), .count = count, .key_bytes = key};
    for (size_t i = 0; i < count; i++, key += LIVING_KEY_BYTES)
        ret_items->item[i] = living_item(living, living->first + i, key);
    qsort(ret_items->item, count, sizeof(*ret_items->item), items_by_key);
}
