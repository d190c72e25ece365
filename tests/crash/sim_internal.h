/*
 * sim_internal.h - what the files of the simulated system share.
 *
 * sim_os.c owns the machine, sim_file.c is the port, sim_medium.c keeps names, files and
 * what is pending, sim_crash.c makes the machine after a crash. All but sim_os.c and
 * sim_file.c run with the machine's lock held.
 */
#ifndef FREEHOLD_TESTS_SIM_INTERNAL_H
#define FREEHOLD_TESTS_SIM_INTERNAL_H

#include <pthread.h>

#include "base/list.h"
#include "base/random.h"
#include "crash/sim_content.h"
#include "crash/sim_os.h"

/* A file, whatever its names are. */
struct sim_node {
    struct list in_sim;
    const char *path; /* its first name */
    struct sim_content durable;
    struct sim_content cache;
    struct list files; /* that are open on it */
    bool has_diverged; /* a failed sync, corruption: the cache no longer follows from the rest */
};

/* A name and what it means, on the medium and to who looks now. Never deleted. */
struct sim_name {
    struct list in_sim;
    struct sim_node *durable;
    struct sim_node *present;
    char path[];
};

struct sim_file {
    struct os_file file;
    struct list in_node;
    struct sim *sim;
    struct sim_node *node;
    bool writes;
    bool is_locked;
    bool is_exclusive;
    uint64_t view_count;
};

/* A mutation that the medium may not have. */
struct sim_pending {
    enum sim_kind kind;
    struct sim_node *node;
    struct sim_name *name; /* of SIM_CREATE, SIM_REMOVE */
    uint64_t at;           /* SIM_TRUNCATE: the new length */
    uint64_t bytes;        /* SIM_TRUNCATE: how far behind it there was something */
    uint64_t least_length; /* what the file is at least as long as afterwards */
    uint8_t *data;         /* of SIM_WRITE */
};

struct sim {
    struct os os;
    pthread_mutex_t lock;
    void (*after_call)(void); /* NULL: nothing */
    struct random random;
    uint64_t seed;
    uint64_t now_ns;

    struct list nodes;
    struct list names;
    struct sim_pending **pending; /* in the order in which they came */
    uint64_t pending_count;
    uint64_t pending_max;
    uint64_t open_count;
    uint64_t reserve_count;

    uint64_t operation_count;
    uint64_t stop_at;
    bool has_stopped;
    struct sim_trace *trace;
    uint64_t trace_count;
    uint64_t trace_max;

    unsigned fault_mask;
    uint64_t fault_at;
    bool fault_for_ever;
    fh_status fault_status;
    uint64_t fault_calls;
    enum sim_failed_sync failed_sync;

    uint64_t capacity_bytes;
    bool is_read_only;
    bool garbles;
    char crash_name[160];
};

/* Zeroed; ends the program when there is none. */
void *sim_take(size_t bytes);

/* sim_os.c: may a call of this kind go on? FH_OK unless a fault is due. */
fh_status sim_fault(struct sim *sim, enum sim_kind kind);

enum sim_fate {
    SIM_GOES_ON,
    SIM_IN_FLIGHT, /* pending, but fails */
    SIM_STOPPED    /* fails */
};

/* Numbers and traces a mutation. */
enum sim_fate sim_mutation(struct sim *sim, enum sim_kind kind, const char *path, uint64_t at,
                           uint64_t bytes);
fh_status sim_stopped(const struct sim *sim);

/* sim_file.c: fills the port. */
void sim_file_port(struct os *os);

/* sim_medium.c */
struct sim_name *sim_medium_name(struct sim *sim, const char *path);
struct sim_node *sim_medium_node(struct sim *sim, const char *path);
void sim_medium_node_delete(struct sim_node *node);

/* As far as the words tell: no name is followed. */
bool sim_medium_is_in_directory_of(const char *name, const char *path);

/* Deletes the files that no name, pending operation or open file has any more. */
void sim_medium_sweep(struct sim *sim);

struct sim_pending *sim_medium_add(struct sim *sim, enum sim_kind kind, struct sim_node *node,
                                   uint64_t at, uint64_t bytes);
void sim_medium_pending_delete(struct sim_pending *pending);

/* The whole effect of a pending operation on a content. */
void sim_medium_apply(const struct sim_pending *pending, struct sim_content *content);

void sim_medium_sync(struct sim *sim, struct sim_node *node, enum os_sync_kind kind);
void sim_medium_sync_directory(struct sim *sim, const char *path);
void sim_medium_fail_sync(struct sim *sim, struct sim_node *node);
uint64_t sim_medium_block_count(struct sim *sim);

#endif
