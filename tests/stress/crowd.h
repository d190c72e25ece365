/*
 * crowd.h - threads that write and read one database, and what none of them may see.
 *
 * Every commit has a number, and its state a hash, which is written down before it is
 * committed. A read transaction must see exactly the state of its number; the number is at
 * least that of the last commit that had become visible before it began, at most that of the
 * last one begun, and never falls within a thread. The database lives on a simulated system,
 * whose power may go in the middle.
 *
 * Threads cannot fail a test: they leave the first complaint for the main one.
 */
#ifndef FREEHOLD_TESTS_STRESS_CROWD_H
#define FREEHOLD_TESTS_STRESS_CROWD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"
#include "crash/sim_os.h"
#include "freehold/kv.h"

enum { CROWD_WRITERS = 2, CROWD_READERS_MAX = 8, CROWD_COMMITS_MAX = 4000 };

struct crowd {
    struct sim *sim;
    fh_db *db;
    uint64_t commit_count; /* of each writer */

    _Atomic uint64_t begun;   /* the last commit that may be there */
    _Atomic uint64_t visible; /* the last that every new reader must see */
    _Atomic uint64_t durable; /* the last that a power cut must leave */
    _Atomic uint64_t hashes[CROWD_COMMITS_MAX];
    _Atomic unsigned writers_left;
    _Atomic uint64_t read_count;

    pthread_mutex_t lock;
    char failure[300]; /* the first one; guarded by lock */
};

struct crowd_member {
    struct crowd *crowd;
    struct random random;
};

/* A new database on a machine of its own. */
void crowd_open(struct crowd *crowd, uint64_t commit_count, uint64_t seed);

/* Closes what is left, and fails the test with the first complaint. */
void crowd_close(struct crowd *crowd);

/* What a thread does; `context` is its struct crowd_member. A reader ends after the writers. */
void *crowd_write(void *context);
void *crowd_read(void *context);

/* The power is gone: some of what it may have left is opened, and must be a whole commit. */
void crowd_require_crashes(struct crowd *crowd, uint64_t state_count, struct random *random);

#endif
