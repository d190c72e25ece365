/*
 * driver_bdb.c - Berkeley DB: a B-tree in a transactional environment, snapshots by versions.
 *
 * The environment's regions are private memory, since one process has it; a checkpoint is
 * taken when 64 MiB of log have been written. Logs that are not needed go by themselves.
 */
#define _GNU_SOURCE /* u_int, which db.h wants */
#include <db.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "drivers.h"
#include "stop.h"

/* A transaction locks each page it changes: one of a million puts needs many locks. */
enum { LOCKS_MAX = 300000, LOG_BUFFER_BYTES = 1 << 20, CHECKPOINT_KILOBYTES = 64 << 10 };

struct database {
    DB_ENV *env;
    DB *db;
};

struct session {
    struct database *database;
    DB_TXN *txn;
    DBC *cursor; /* of the read transaction, once it scanned */
    DBT key;     /* the cursor's, and the value lent last: memory of the session's own */
    DBT value;
    enum access access;
};

static void demand(int result, const char *what)
{
    if (result != 0) stop("bdb: %s: %s", what, db_strerror(result));
}

/* Berkeley DB's arguments are not const, but only read. */
static DBT lend(struct bytes bytes)
{
    union {
        const void *data;
        void *plain;
    } same = {.data = bytes.data};

    return (DBT){.data = same.plain, .size = (u_int32_t)bytes.size};
}

static const char *version(void)
{
    static const char text[] = {
        '0' + DB_VERSION_MAJOR,      '.', '0' + DB_VERSION_MINOR, '.', '0' + DB_VERSION_PATCH / 10,
        '0' + DB_VERSION_PATCH % 10, '\0'};

    return text;
}

static DB_ENV *open_env(const char *path, enum durability durability)
{
    DB_ENV *env = NULL;

    if (mkdir(path, 0755) != 0 && errno != EEXIST) stop("bdb: %s: no folder", path);
    demand(db_env_create(&env, 0), "create");
    demand(env->set_cachesize(env, 0, DRIVER_CACHE_BYTES, 1), "cache");
    demand(env->set_lk_max_locks(env, LOCKS_MAX), "locks");
    demand(env->set_lk_max_objects(env, LOCKS_MAX), "locks");
    demand(env->set_lg_bsize(env, LOG_BUFFER_BYTES), "log");
    demand(env->log_set_config(env, DB_LOG_AUTO_REMOVE, 1), "log");
    if (durability == DURABILITY_NO_SYNC)
        demand(env->set_flags(env, DB_TXN_WRITE_NOSYNC, 1), "no sync");
    demand(env->open(env, path,
                     DB_CREATE | DB_INIT_TXN | DB_INIT_LOG | DB_INIT_MPOOL | DB_INIT_LOCK |
                         DB_PRIVATE | DB_THREAD | DB_RECOVER,
                     0),
           "open");
    return env;
}

static void *open_database(const char *path, enum durability durability)
{
    struct database *database = stop_or_memory(sizeof(*database));

    database->env = open_env(path, durability);
    demand(db_create(&database->db, database->env, 0), "create");
    demand(database->db->open(database->db, NULL, "items.db", NULL, DB_BTREE,
                              DB_CREATE | DB_AUTO_COMMIT | DB_THREAD | DB_MULTIVERSION, 0),
           "open");
    return database;
}

static void checkpoint(void *database)
{
    struct database *self = database;

    demand(self->env->txn_checkpoint(self->env, 0, 0, DB_FORCE), "checkpoint");
}

static void close_database(void *database)
{
    struct database *self = database;

    checkpoint(self);
    demand(self->db->close(self->db, 0), "close");
    demand(self->env->close(self->env, 0), "close");
    free(self);
}

static void *enter(void *database)
{
    struct session *self = stop_or_memory(sizeof(*self));

    *self = (struct session){
        .database = database, .key = {.flags = DB_DBT_REALLOC}, .value = {.flags = DB_DBT_REALLOC}};
    return self;
}

static void leave(void *session)
{
    struct session *self = session;

    free(self->key.data);
    free(self->value.data);
    free(self);
}

static void begin(void *session, enum access access)
{
    struct session *self = session;
    DB_ENV *env = self->database->env;

    self->access = access;
    demand(env->txn_begin(env, NULL, &self->txn, access == ACCESS_READ ? DB_TXN_SNAPSHOT : 0),
           "begin");
}

static void commit(void *session)
{
    struct session *self = session;
    DB_ENV *env = self->database->env;

    if (self->cursor != NULL) demand(self->cursor->close(self->cursor), "cursor");
    self->cursor = NULL;
    demand(self->txn->commit(self->txn, 0), "commit");
    if (self->access == ACCESS_WRITE)
        demand(env->txn_checkpoint(env, CHECKPOINT_KILOBYTES, 0, 0), "checkpoint");
}

static bool get(void *session, struct bytes key, struct bytes *ret_value)
{
    struct session *self = session;
    DB *db = self->database->db;
    DBT asked = lend(key);
    int result = db->get(db, self->txn, &asked, &self->value, 0);

    if (result == DB_NOTFOUND) return false;
    demand(result, "get");
    *ret_value = (struct bytes){self->value.data, self->value.size};
    return true;
}

/* DB_SET_RANGE reads the key that it then replaces. */
static int seek(struct session *self, struct bytes from)
{
    if (from.size == 0) return self->cursor->get(self->cursor, &self->key, &self->value, DB_FIRST);
    if (self->key.data == NULL || self->key.size < from.size) {
        free(self->key.data);
        self->key.data = stop_or_memory(from.size);
    }
    memcpy(self->key.data, from.data, from.size);
    self->key.size = (u_int32_t)from.size;
    return self->cursor->get(self->cursor, &self->key, &self->value, DB_SET_RANGE);
}

static void scan(void *session, struct bytes from, uint64_t limit, struct tally *tally)
{
    struct session *self = session;
    DB *db = self->database->db;
    int result = 0;

    if (self->cursor == NULL) demand(db->cursor(db, self->txn, &self->cursor, 0), "cursor");
    result = seek(self, from);
    while (result == 0) {
        driver_tally(tally, (struct bytes){self->key.data, self->key.size},
                     (struct bytes){self->value.data, self->value.size});
        if (--limit == 0) return;
        result = self->cursor->get(self->cursor, &self->key, &self->value, DB_NEXT);
    }
    if (result != DB_NOTFOUND) demand(result, "scan");
}

static void put(void *session, struct bytes key, struct bytes value)
{
    struct session *self = session;
    DB *db = self->database->db;
    DBT lent_key = lend(key);
    DBT lent_value = lend(value);

    demand(db->put(db, self->txn, &lent_key, &lent_value, 0), "put");
}

static void erase(void *session, struct bytes key)
{
    struct session *self = session;
    DB *db = self->database->db;
    DBT asked = lend(key);

    demand(db->del(db, self->txn, &asked, 0), "delete");
}

static void clear(void *session)
{
    struct session *self = session;
    DB *db = self->database->db;
    u_int32_t count = 0;

    demand(db->truncate(db, self->txn, &count, 0), "truncate");
}

const struct driver driver_bdb = {
    .name = "bdb",
    .durabilities = DURABILITY_SYNC | DURABILITY_NO_SYNC,
    .is_transactional = true,
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
