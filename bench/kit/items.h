/*
 * items.h - keys and values in memory, in the order in which a workload wants them.
 *
 * The bytes of the keys lie in the order of the items, so that walking over them costs the
 * workload no cache miss of its own. Values are shared by all orders of the same items.
 */
#ifndef FREEHOLD_BENCH_ITEMS_H
#define FREEHOLD_BENCH_ITEMS_H

#include <stddef.h>
#include <stdint.h>

/* The largest value of generated items. */
enum { ITEMS_VALUE_MAX = 1 << 20 };

struct item {
    const unsigned char *key;
    const unsigned char *value;
    uint32_t key_size;
    uint32_t value_size;
};

struct items {
    struct item *item;
    size_t count;
    unsigned char *key_bytes;   /* all keys, in the order of `item`; NULL: borrowed */
    unsigned char *value_bytes; /* NULL: the values are borrowed */
};

/* Kinds of generated keys: 16 random bytes; addresses of web pages, 24 to 64 bytes. */
enum key_kind { KEY_BINARY, KEY_URL, KEY_KIND_COUNT };

/* "binary" and so on; for people, a few words more. */
const char *items_kind_name(enum key_kind kind);
const char *items_kind_words(enum key_kind kind);

/*
 * Items number `first` to first + count - 1 of an endless series without equal keys: with
 * other numbers, other keys. Owned until items_fini.
 */
void items_make(struct items *items, enum key_kind kind, uint64_t first, size_t count,
                uint32_t value_size);

/* The same items in the order of their keys, or mixed up by a seed. Borrows `from`'s values. */
void items_sorted(struct items *items, const struct items *from);
void items_shuffled(struct items *items, const struct items *from, uint64_t seed);

/* The same items with other values of the same size. Borrows `from`'s keys. */
void items_rewritten(struct items *items, const struct items *from);

/* As many draws from `from`, by a Zipf distribution with this skew (below 1). */
void items_drawn(struct items *items, const struct items *from, double skew, uint64_t seed);

/* ITEMS_VALUE_MAX random bytes, others for another seed; they live as long as the program. */
const unsigned char *items_bytes(uint64_t seed);

/* In the order of keys, for qsort. */
int items_by_key(const void *left, const void *right);

void items_fini(struct items *items);

#endif
