/*
 * ageing.h - one database that grows old: what every workload of the aging bench stands on.
 *
 * Each change of the items is done to the database and to the list of what must be there
 * (living.h), in transactions whose time is taken. A round ends with a look at the files, a
 * scan, and a comparison of everything that is in the database with the list.
 */
#ifndef FREEHOLD_BENCH_AGEING_H
#define FREEHOLD_BENCH_AGEING_H

#include "dice.h"
#include "driver.h"
#include "figures.h"
#include "living.h"
#include "scratch.h"

enum { AGEING_ROUNDS_MAX = 60, AGEING_EXTRAS = 12 };

/* What one round came to; bytes. */
struct ageing_round {
    uint64_t op_count;
    uint64_t busy_ns; /* all its transactions together */
    uint64_t cpu_ns;
    struct delay txns;
    uint64_t txn_cpu_max_ns;  /* the longest by CPU time, which neighbours do not stretch */
    uint64_t file_bytes;      /* how long the files are */
    uint64_t allocated_bytes; /* what they take on the medium */
    uint64_t peak_bytes;      /* allocated, the most that was seen in the round */
    uint64_t payload_bytes;   /* keys and values that are there */
    double scan_megabytes;    /* a second of CPU time */
    struct condition condition;
};

/* One workload on one engine. */
struct ageing_course {
    struct ageing_round round[AGEING_ROUNDS_MAX];
    unsigned round_count;
    uint64_t settled_bytes;      /* allocated after a checkpoint and a second of rest */
    struct condition settled;    /* what the engine says of itself then */
    uint64_t closed_bytes;       /* and when the database was closed */
    uint64_t written_bytes;      /* given to write calls up to then */
    double extra[AGEING_EXTRAS]; /* what a workload of its own has measured */
    double fresh_scan_megabytes; /* the same over the last round's items freshly loaded */
    bool was_cut;                /* the time was over */
    enum durability durability;  /* what commits promised */
};

struct ageing {
    /* Chosen by the caller. */
    const struct driver *driver;
    const char *folder; /* all files of the database are in it */
    uint64_t payload_bytes;
    unsigned seconds_max;
    enum durability durability;

    struct living living;
    struct dice dice;
    void *database;
    void *session;
    void *reader;        /* a session with a snapshot; NULL: none */
    struct items pinned; /* what the snapshot must show */

    /* Of the round that goes on. */
    uint32_t *txn_ns;
    size_t txn_count;
    size_t txn_capacity;
    uint64_t began_ns;
    uint64_t began_cpu_ns;
    uint64_t looked_ns;
    struct ageing_round *round;

    uint64_t deadline_ns;
    struct ageing_course *course;
};

/* Opens a new database in the folder, which is empty. */
void ageing_open(struct ageing *ageing, struct ageing_course *course);
void ageing_close(struct ageing *ageing);

/* False: the time is over, or there can be no more rounds. */
bool ageing_begin_round(struct ageing *ageing);
void ageing_end_round(struct ageing *ageing);

/* Is there time for another transaction? */
bool ageing_may_go_on(const struct ageing *ageing);

/* A transaction, and changes in it. */
void ageing_begin(struct ageing *ageing);
void ageing_commit(struct ageing *ageing);
void ageing_add(struct ageing *ageing, uint32_t value_size);
void ageing_renew(struct ageing *ageing, size_t place);
void ageing_erase(struct ageing *ageing, size_t place);
void ageing_erase_all(struct ageing *ageing);

/* A place with an item, drawn at random. */
size_t ageing_draw(struct ageing *ageing);

/* A reader takes a snapshot and keeps it; gives it up, after a look whether all is there. */
void ageing_pin(struct ageing *ageing);
void ageing_unpin(struct ageing *ageing);

#endif
