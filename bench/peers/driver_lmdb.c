/*
 * driver_lmdb.c - LMDB: one file, read transactions reset and renewed, not made anew.
 */
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>

#include "drivers.h"
#include "stop.h"

/* Address space, not memory or file: larger than any database of the bench. */
#define MAP_BYTES ((size_t)64 << 30)

enum { FILE_MODE = 0644 };

struct session {
    MDB_env *env;
    MDB_txn *txn;       /* the one that is open */
    MDB_txn *read_txn;  /* kept from one snapshot to the next */
    MDB_cursor *cursor; /* of `txn`, once it scanned or appended */
    MDB_dbi tree;
    enum access access;
};

static void demand(int result, const char *what)
{
    if (result != MDB_SUCCESS) stop("lmdb: %s: %s", what, mdb_strerror(result));
}

/* LMDB's arguments are not const, but only read. */
static MDB_val lend(struct bytes bytes)
{
    union {
        const void *data;
        void *mv_data;
    } same = {.data = bytes.data};

    return (MDB_val){.mv_size = bytes.size, .mv_data = same.mv_data};
}

static const char *version(void)
{
    static char text[32];
    int major = 0;
    int minor = 0;
    int patch = 0;

    (void)mdb_version(&major, &minor, &patch);
    (void)snprintf(text, sizeof(text), "%d.%d.%d", major, minor, patch);
    return text;
}

static void *open_database(const char *path, enum durability durability)
{
    unsigned flags = MDB_NOSUBDIR | MDB_NOTLS;
    MDB_env *env = NULL;

    if (durability == DURABILITY_NO_SYNC) flags |= MDB_NOSYNC;
    demand(mdb_env_create(&env), "create");
    demand(mdb_env_set_mapsize(env, MAP_BYTES), "map size");
    demand(mdb_env_open(env, path, flags, FILE_MODE), "open");
    return env;
}

static void close_database(void *database)
{
    mdb_env_close(database);
}

static void *enter(void *database)
{
    struct session *session = stop_or_memory(sizeof(*session));
    MDB_txn *txn = NULL;

    *session = (struct session){.env = database};
    demand(mdb_txn_begin(session->env, NULL, MDB_RDONLY, &txn), "begin");
    demand(mdb_dbi_open(txn, NULL, 0, &session->tree), "tree");
    demand(mdb_txn_commit(txn), "commit");
    return session;
}

static void leave(void *session)
{
    struct session *self = session;

    if (self->read_txn != NULL) mdb_txn_abort(self->read_txn);
    free(self);
}

static void begin(void *session, enum access access)
{
    struct session *self = session;

    self->access = access;
    if (access == ACCESS_WRITE) {
        demand(mdb_txn_begin(self->env, NULL, 0, &self->txn), "begin");
        return;
    }
    if (self->read_txn == NULL)
        demand(mdb_txn_begin(self->env, NULL, MDB_RDONLY, &self->read_txn), "begin");
    else
        demand(mdb_txn_renew(self->read_txn), "renew");
    self->txn = self->read_txn;
}

static void commit(void *session)
{
    struct session *self = session;

    if (self->cursor != NULL) mdb_cursor_close(self->cursor);
    self->cursor = NULL;
    if (self->access == ACCESS_WRITE)
        demand(mdb_txn_commit(self->txn), "commit");
    else
        mdb_txn_reset(self->txn);
    self->txn = NULL;
}

static bool get(void *session, struct bytes key, struct bytes *ret_value)
{
    struct session *self = session;
    MDB_val asked = lend(key);
    MDB_val value;
    int result = mdb_get(self->txn, self->tree, &asked, &value);

    if (result == MDB_NOTFOUND) return false;
    demand(result, "get");
    *ret_value = (struct bytes){value.mv_data, value.mv_size};
    return true;
}

static void need_cursor(struct session *session)
{
    if (session->cursor == NULL)
        demand(mdb_cursor_open(session->txn, session->tree, &session->cursor), "cursor");
}

static void scan(void *session, struct bytes from, uint64_t limit, struct tally *tally)
{
    struct session *self = session;
    MDB_val key = lend(from);
    MDB_val value;
    int result = 0;

    need_cursor(self);
    result = mdb_cursor_get(self->cursor, &key, &value, from.size > 0 ? MDB_SET_RANGE : MDB_FIRST);
    while (result == MDB_SUCCESS) {
        driver_tally(tally, (struct bytes){key.mv_data, key.mv_size},
                     (struct bytes){value.mv_data, value.mv_size});
        if (--limit == 0) return;
        result = mdb_cursor_get(self->cursor, &key, &value, MDB_NEXT);
    }
    if (result != MDB_NOTFOUND) demand(result, "scan");
}

static void put(void *session, struct bytes key, struct bytes value)
{
    struct session *self = session;
    MDB_val lent_key = lend(key);
    MDB_val lent_value = lend(value);

    demand(mdb_put(self->txn, self->tree, &lent_key, &lent_value, 0), "put");
}

/* A cursor stays where it put last, so that no append searches its leaf. */
static void append(void *session, struct bytes key, struct bytes value)
{
    struct session *self = session;
    MDB_val lent_key = lend(key);
    MDB_val lent_value = lend(value);

    need_cursor(self);
    demand(mdb_cursor_put(self->cursor, &lent_key, &lent_value, MDB_APPEND), "append");
}

static void erase(void *session, struct bytes key)
{
    struct session *self = session;
    MDB_val asked = lend(key);

    demand(mdb_del(self->txn, self->tree, &asked, NULL), "erase");
}

static void clear(void *session)
{
    struct session *self = session;

    demand(mdb_drop(self->txn, self->tree, 0), "clear");
}

static void checkpoint(void *database)
{
    demand(mdb_env_sync(database, 1), "sync");
}

static void describe(void *database, struct condition *ret_condition)
{
    MDB_stat stat;

    demand(mdb_env_stat(database, &stat), "stat");
    *ret_condition = (struct condition){
        .live_bytes = (stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages) *
                      (uint64_t)stat.ms_psize,
        .layout = -1,
        .fill = -1,
    };
}

const struct driver driver_lmdb = {
    .name = "lmdb",
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
    .append = append,
    .erase = erase,
    .clear = clear,
    .checkpoint = checkpoint,
    .describe = describe,
};
