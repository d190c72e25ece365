/*
 * driver.h - the port: what a workload asks of a storage engine.
 *
 * A driver is a table of functions over an open database and, for each thread, a session in
 * it; one transaction at a time in a session. A driver speaks to its engine as a careful user
 * of it would: what the engine lets a program reuse (cursors, read transactions), it reuses;
 * 256 MiB of private cache where there is one, no compression.
 * Whatever an engine refuses ends the bench (stop.h); only expected answers are returned.
 *
 * To add an engine: peers/driver_NAME.c, a line in peers/drivers.h, its library in
 * peers/CMakeLists.txt, its package in tools/deps.
 */
#ifndef FREEHOLD_BENCH_DRIVER_H
#define FREEHOLD_BENCH_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "items.h"

enum access { ACCESS_READ, ACCESS_WRITE };

/* What a commit promises: the bits of `struct driver`'s durabilities. */
enum durability {
    DURABILITY_SYNC = 1,    /* on the medium when commit returns */
    DURABILITY_NO_SYNC = 2, /* survives the death of the program, not of the machine */
    DURABILITY_LATE = 4     /* the last commits can be lost with the program, too */
};

enum { DRIVER_CACHE_BYTES = 256 << 20, DRIVER_MANY_MAX = 100 };

struct bytes {
    const void *data;
    size_t size;
};

/* What was read. Keys and values are touched, so that no engine skips them. */
struct tally {
    uint64_t item_count;
    uint64_t byte_count;
    uint64_t stamp;            /* the sum of the values' first eight bytes */
    bool reads_all;            /* every line of the values, not only their beginning */
    const struct item *wanted; /* not NULL: what must come next, byte for byte */
    uint64_t wrong_count;      /* what did not */
};

/* What an engine can tell of itself. */
struct condition {
    uint64_t live_bytes;       /* reachable, metadata included; 0: it cannot tell */
    uint64_t checkpoint_bytes; /* freed, but held by the durable checkpoint alone */
    uint64_t log_bytes;        /* what the log's file takes */
    uint64_t moved_bytes;      /* of live pages, by relocation, since it was opened */
    double layout;             /* share of steps to the next leaf that are short and forward; -1 */
    double fill;               /* of the leaves, 0 to 1; -1 */
};

struct driver {
    const char *name;
    unsigned durabilities;
    bool is_transactional; /* false: a commit is only a sync, and there are no snapshots */

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

    /*
     * The values of several keys by one call, DRIVER_MANY_MAX at most; {NULL, 0} where there is
     * none; borrowed likewise. NULL: the engine has no such call.
     */
    void (*get_many)(void *session, const struct bytes *keys, size_t count,
                     struct bytes *ret_values);

    /* At most `limit` items, the first with a key of `from` or after it. */
    void (*scan)(void *session, struct bytes from, uint64_t limit, struct tally *tally);

    void (*put)(void *session, struct bytes key, struct bytes value);

    /* A put behind all keys there are: by the engine's way for sorted input, if it has one. */
    void (*append)(void *session, struct bytes key, struct bytes value);

    /* Of an item that is there. */
    void (*erase)(void *session, struct bytes key);

    /* Erases every item, by the engine's way for that, in the open write transaction. */
    void (*clear)(void *session);

    /* A checkpoint, a flush: what makes the files the whole database. No transaction is open. */
    void (*checkpoint)(void *database);

    /* NULL: the engine tells nothing. No write transaction is open. All but layout and fill. */
    void (*weigh)(void *database, struct condition *ret_condition);
    void (*describe)(void *database, struct condition *ret_condition);

    /* Makes the files small now; NULL: no such call is known here. No transaction is open. */
    void (*compact)(void *database);
};

extern const struct driver driver_freehold;
extern const struct driver driver_freehold_lazy; /* FH_LAZY where the other takes FH_NONE */

/* "sync" and so on. */
static inline const char *driver_durability_name(unsigned durability)
{
    if (durability == DURABILITY_SYNC) return "sync";
    return durability == DURABILITY_NO_SYNC ? "no-sync" : "late";
}

/* What an engine that is asked for a durability gives: that, or what is nearest. */
static inline enum durability driver_promise(const struct driver *driver, enum durability asked)
{
    if ((driver->durabilities & (unsigned)asked) != 0) return asked;
    if (asked == DURABILITY_NO_SYNC && (driver->durabilities & DURABILITY_LATE) != 0)
        return DURABILITY_LATE;
    return DURABILITY_SYNC;
}

static inline struct bytes driver_key(const struct item *item)
{
    return (struct bytes){item->key, item->key_size};
}

static inline struct bytes driver_value(const struct item *item)
{
    return (struct bytes){item->value, item->value_size};
}

/* The first eight bytes, as far as there are some. */
static inline uint64_t driver_stamp(struct bytes value)
{
    uint64_t stamp = 0;

    if (value.size >= sizeof(stamp))
        memcpy(&stamp, value.data, sizeof(stamp));
    else if (value.size > 0)
        stamp = *(const unsigned char *)value.data;
    return stamp;
}

enum { DRIVER_LINE_BYTES = 64 };

/* A byte of each line of memory, so that all of the value has to come near. */
static inline uint64_t driver_read_all(struct bytes value)
{
    const unsigned char *data = value.data;
    uint64_t sum = 0;

    for (size_t at = 0; at < value.size; at += DRIVER_LINE_BYTES)
        sum += data[at];
    return sum;
}

static inline void driver_compare(struct tally *tally, struct bytes key, struct bytes value)
{
    const struct item *item = tally->wanted++;

    tally->wrong_count += key.size != item->key_size || value.size != item->value_size ||
                          memcmp(key.data, item->key, key.size) != 0 ||
                          memcmp(value.data, item->value, value.size) != 0;
}

static inline void driver_tally(struct tally *tally, struct bytes key, struct bytes value)
{
    tally->item_count++;
    tally->byte_count += key.size + value.size;
    tally->stamp += driver_stamp(value);
    if (tally->reads_all) tally->stamp += driver_read_all(value);
    if (tally->wanted != NULL) driver_compare(tally, key, value);
}

#endif
