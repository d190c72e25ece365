/*
 * driver.h - the port: what a workload asks of a storage engine.
 *
 * A driver is a table of functions over an open database and, for each thread, a session in
 * it; one transaction at a time in a session. A driver speaks to its engine as a careful user
 * of it would: what the engine lets a program reuse (cursors, read transactions), it reuses.
 * Whatever an engine refuses ends the bench (stop.h); only expected answers are returned.
 *
 * To add an engine: driver_NAME.c, a line here, a line in driver.c, its library in
 * CMakeLists.txt.
 */
#ifndef FREEHOLD_BENCH_DRIVER_H
#define FREEHOLD_BENCH_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "items.h"

enum access { ACCESS_READ, ACCESS_WRITE };

/* What a commit promises: the bits of `struct driver`'s durabilities. */
enum durability {
    DURABILITY_SYNC = 1,   /* on the medium when commit returns */
    DURABILITY_NO_SYNC = 2 /* survives the death of the program, not of the machine */
};

struct bytes {
    const void *data;
    size_t size;
};

/* What a scan read; every key and value is touched, so that no engine skips them. */
struct tally {
    uint64_t item_count;
    uint64_t byte_count;
    uint64_t touched; /* the sum of first bytes: nobody reads it, the compiler must */
};

struct driver {
    const char *name;
    unsigned durabilities;

    /* Static text. */
    const char *(*version)(void);

    /* The database in the file or folder `path`, made when it is not there. */
    void *(*open)(const char *path, enum durability durability);
    void (*close)(void *database);

    void *(*enter)(void *database);
    void (*leave)(void *session);

    /* Reading: commit ends the snapshot. */
    void (*begin)(void *session, enum access access);
    void (*commit)(void *session);

    /* False: it is not there. The value is borrowed until the transaction's next call. */
    bool (*get)(void *session, struct bytes key, struct bytes *ret_value);

    /* At most `limit` items, the first with a key of `from` or after it. */
    void (*scan)(void *session, struct bytes from, uint64_t limit, struct tally *tally);

    void (*put)(void *session, struct bytes key, struct bytes value);

    /* A put behind all keys there are: by the engine's way for sorted input, if it has one. */
    void (*append)(void *session, struct bytes key, struct bytes value);

    /* False: it was not there. */
    bool (*erase)(void *session, struct bytes key);
};

extern const struct driver driver_freehold;
extern const struct driver driver_lmdb;

/* All drivers of this build, ended by NULL. */
extern const struct driver *const driver_table[];

/* NULL: none of that name. */
const struct driver *driver_named(const char *name);

static inline struct bytes driver_key(const struct item *item)
{
    return (struct bytes){item->key, item->key_size};
}

static inline struct bytes driver_value(const struct item *item)
{
    return (struct bytes){item->value, item->value_size};
}

static inline void driver_tally(struct tally *tally, struct bytes key, struct bytes value)
{
    tally->item_count++;
    tally->byte_count += key.size + value.size;
    if (key.size > 0) tally->touched += *(const unsigned char *)key.data;
    if (value.size > 0) tally->touched += *(const unsigned char *)value.data;
}

#endif
