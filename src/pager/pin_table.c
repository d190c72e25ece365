/*
 * pin_table.c - an array: most readers come with the newest epoch, and leave near the end.
 */
#include "pager/pin_table.h"

#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"

void pin_table_fini(struct pin_table *table)
{
    memory_give(table->entries);
}

fh_status pin_table_reserve(struct pin_table *table, uint32_t reader_max)
{
    struct pin_entry *entries;

    if (reader_max <= table->capacity) return FH_OK;
    entries = memory_resize(table->entries, table->capacity, reader_max, sizeof(*entries));
    if (entries == NULL) return fail(FH_NO_MEMORY, "no memory for %u readers", reader_max);
    table->entries = entries;
    table->capacity = reader_max;
    return FH_OK;
}

static uint32_t place_of(const struct pin_table *table, uint64_t epoch)
{
    uint32_t low = 0, high = table->count;

    if (high > 0 && table->entries[high - 1].epoch <= epoch)
        return table->entries[high - 1].epoch == epoch ? high - 1 : high;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (table->entries[middle].epoch < epoch)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void move(struct pin_table *table, uint32_t to, uint32_t from)
{
    memmove(&table->entries[to], &table->entries[from],
            (table->count - from) * sizeof(*table->entries));
    if ((to < from ? to : from) < table->changed_from) table->changed_from = to < from ? to : from;
}

void pin_table_add(struct pin_table *table, uint64_t epoch, uint64_t txn_id)
{
    uint32_t at = place_of(table, epoch);

    table->reader_count++;
    if (at < table->count && table->entries[at].epoch == epoch) {
        table->entries[at].reader_count++;
        return;
    }
    REQUIRE(table->count < table->capacity);
    move(table, at + 1, at);
    table->count++;
    table->entries[at] = (struct pin_entry){epoch, txn_id, 1};
}

void pin_table_remove(struct pin_table *table, uint64_t epoch)
{
    uint32_t at = place_of(table, epoch);

    REQUIRE(at < table->count && table->entries[at].epoch == epoch);
    table->reader_count--;
    if (--table->entries[at].reader_count > 0) return;
    move(table, at, at + 1);
    table->count--;
    if (table->gone_count < PIN_TABLE_GONE_MAX) table->gone[table->gone_count] = epoch;
    if (table->gone_count <= PIN_TABLE_GONE_MAX) table->gone_count++;
}

const struct pin_entry *pin_table_find(const struct pin_table *table, uint64_t epoch)
{
    uint32_t at = place_of(table, epoch);

    return at < table->count && table->entries[at].epoch == epoch ? &table->entries[at] : NULL;
}

void pin_table_look(struct pin_table *table, struct pin_look *look)
{
    for (uint32_t i = table->changed_from; i < table->count; i++)
        look->pins[i] = table->entries[i].epoch;
    look->pin_count = table->count;
    look->gone_count = table->gone_count;
    if (table->gone_count <= PIN_TABLE_GONE_MAX)
        memcpy(look->gone, table->gone, table->gone_count * sizeof(*table->gone));
    table->changed_from = table->count;
    table->gone_count = 0;
}
