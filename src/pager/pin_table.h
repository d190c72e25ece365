/*
 * pin_table.h - the epochs that readers pin, in order, each with the number of its readers.
 *
 * Readers enter and leave under the owner's lock; the writer copies what has changed since it
 * looked last. So a look costs as much as has changed, not as much as there are readers.
 */
#ifndef FREEHOLD_PAGER_PIN_TABLE_H
#define FREEHOLD_PAGER_PIN_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "freehold/status.h"

enum { PIN_TABLE_GONE_MAX = 64 };

struct pin_entry {
    uint64_t epoch;
    uint64_t txn_id;
    uint32_t reader_count; /* never 0 */
};

struct pin_table {
    struct pin_entry *entries; /* by epoch, ascending */
    uint32_t count;
    uint32_t capacity;
    uint32_t changed_from; /* entries below are as they were copied last */
    uint64_t reader_count;
    uint64_t gone[PIN_TABLE_GONE_MAX]; /* epochs that lost their last reader since; maybe back */
    uint32_t gone_count;               /* more than fit: they are not known */
};

/* What the writer gets. */
struct pin_look {
    uint64_t *pins; /* by the caller, room for pin_table.capacity; as the last look left it */
    uint32_t pin_count;
    uint64_t gone[PIN_TABLE_GONE_MAX];
    uint32_t gone_count; /* more than PIN_TABLE_GONE_MAX: any may be gone */
};

void pin_table_fini(struct pin_table *table);

/* So many readers can be in it at a time. */
fh_status pin_table_reserve(struct pin_table *table, uint32_t reader_max) MUST_CHECK;

void pin_table_add(struct pin_table *table, uint64_t epoch, uint64_t txn_id);
void pin_table_remove(struct pin_table *table, uint64_t epoch);

/* The reader of an epoch, or NULL. */
const struct pin_entry *pin_table_find(const struct pin_table *table, uint64_t epoch);

/* Brings `look` up to date; what is gone is told once. */
void pin_table_look(struct pin_table *table, struct pin_look *look);

#endif
