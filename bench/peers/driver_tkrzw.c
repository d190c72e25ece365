/*
 * driver_tkrzw.c - Tkrzw: its tree database (TreeDBM).
 *
 * It has neither transactions nor snapshots: a commit of writes is a synchronization, which
 * makes them last; between two of them a death of the program can leave any part of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <tkrzw_langc.h>

#include "drivers.h"
#include "stop.h"

/* Of 8 KiB each. */
enum { CACHED_PAGES = DRIVER_CACHE_BYTES >> 13 };

struct database {
    TkrzwDBM *db;
    enum durability durability;
};

struct session {
    struct database *database;
    TkrzwDBMIter *iterator; /* of the transaction, once it scanned */
    char *lent;             /* the value that was lent last */
    enum access access;
};

static void demand(bool is_good, const char *what)
{
    TkrzwStatus status = tkrzw_get_last_status();

    if (!is_good) stop("tkrzw: %s: %s", what, status.message);
}

static const char *version(void)
{
    return TKRZW_PACKAGE_VERSION;
}

static void *open_database(const char *path, enum durability durability)
{
    struct database *database = stop_or_memory(sizeof(*database));
    char options[64];

    (void)snprintf(options, sizeof(options), "dbm=TreeDBM,max_cached_pages=%d", CACHED_PAGES);
    database->db = tkrzw_dbm_open(path, true, options);
    database->durability = durability;
    demand(database->db != NULL, "open");
    return database;
}

static void close_database(void *database)
{
    struct database *self = database;

    demand(tkrzw_dbm_close(self->db), "close");
    free(self);
}

static void *enter(void *database)
{
    struct session *self = stop_or_memory(sizeof(*self));

    *self = (struct session){.database = database};
    return self;
}

static void leave(void *session)
{
    free(session);
}

static void begin(void *session, enum access access)
{
    struct session *self = session;

    self->access = access;
}

static void checkpoint(void *database)
{
    struct database *self = database;

    demand(tkrzw_dbm_synchronize(self->db, self->durability == DURABILITY_SYNC, NULL, NULL, ""),
           "synchronize");
}

static void commit(void *session)
{
    struct session *self = session;

    free(self->lent);
    self->lent = NULL;
    if (self->iterator != NULL) tkrzw_dbm_iter_free(self->iterator);
    self->iterator = NULL;
    if (self->access == ACCESS_WRITE) checkpoint(self->database);
}

static bool get(void *session, struct bytes key, struct bytes *ret_value)
{
    struct session *self = session;
    int32_t size = 0;

    free(self->lent);
    self->lent = tkrzw_dbm_get(self->database->db, key.data, (int32_t)key.size, &size);
    *ret_value = (struct bytes){self->lent, (size_t)size};
    return self->lent != NULL;
}

struct visit {
    struct tally *tally;
};

/* The item stays as it is: the answer is its own value. */
static const char *
visit_item(void *context, const char *key, int32_t key_size, const char *value, int32_t value_size,
           int32_t *ret_size) /* NOLINT(readability-non-const-parameter): theirs */
{
    struct visit *visit = context;

    (void)ret_size;
    driver_tally(visit->tally, (struct bytes){key, (size_t)key_size},
                 (struct bytes){value, (size_t)value_size});
    return TKRZW_REC_PROC_NOOP;
}

static void scan(void *session, struct bytes from, uint64_t limit, struct tally *tally)
{
    struct session *self = session;
    struct visit visit = {tally};
    bool is_there = false;

    if (self->iterator == NULL) self->iterator = tkrzw_dbm_make_iterator(self->database->db);
    is_there = from.size > 0 ? tkrzw_dbm_iter_jump(self->iterator, from.data, (int32_t)from.size)
                             : tkrzw_dbm_iter_first(self->iterator);
    while (is_there && limit-- > 0) {
        if (!tkrzw_dbm_iter_process(self->iterator, visit_item, &visit, false)) break;
        is_there = tkrzw_dbm_iter_next(self->iterator);
    }
}

static void put(void *session, struct bytes key, struct bytes value)
{
    struct session *self = session;

    demand(tkrzw_dbm_set(self->database->db, key.data, (int32_t)key.size, value.data,
                         (int32_t)value.size, true),
           "set");
}

static void erase(void *session, struct bytes key)
{
    struct session *self = session;

    demand(tkrzw_dbm_remove(self->database->db, key.data, (int32_t)key.size), "remove");
}

static void clear(void *session)
{
    struct session *self = session;

    demand(tkrzw_dbm_clear(self->database->db), "clear");
}

const struct driver driver_tkrzw = {
    .name = "tkrzw",
    .durabilities = DURABILITY_SYNC | DURABILITY_NO_SYNC,
    .is_transactional = false,
    .version = version,
    .open = open_database,
    .close = close_database,
    .enter = enter,
    .leave = leave,
    .begin = begin,
    .commit = commit,
    .get = get,
    .scan = scan,
    .put = put,
    .append = put,
    .erase = erase,
    .clear = clear,
    .checkpoint = checkpoint,
};
