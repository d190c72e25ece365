/*
 * driver_leveldb.c - LevelDB: a batch for a write transaction, a snapshot for a read one.
 *
 * A Bloom filter of 10 bits a key, everything else as it comes.
 */
#include <leveldb/c.h>
#include <stdio.h>
#include <stdlib.h>

#include "drivers.h"
#include "stop.h"

enum { BLOOM_BITS = 10 };

struct database {
    leveldb_t *db;
    leveldb_options_t *options;
    leveldb_cache_t *cache;
    leveldb_filterpolicy_t *bloom;
    leveldb_writeoptions_t *write_options;
};

struct session {
    struct database *database;
    leveldb_writebatch_t *batch;
    leveldb_readoptions_t *read_options;
    const leveldb_snapshot_t *snapshot;
    leveldb_iterator_t *iterator; /* of the snapshot, once it scanned */
    char *lent;                   /* the value that was lent last */
    enum access access;
};

static void demand(char *error, const char *what)
{
    if (error != NULL) stop("leveldb: %s: %s", what, error);
}

static const char *version(void)
{
    static char text[16];

    (void)snprintf(text, sizeof(text), "%d.%d", leveldb_major_version(), leveldb_minor_version());
    return text;
}

static void *open_database(const char *path, enum durability durability)
{
    struct database *database = stop_or_memory(sizeof(*database));
    char *error = NULL;

    database->options = leveldb_options_create();
    database->cache = leveldb_cache_create_lru(DRIVER_CACHE_BYTES);
    database->bloom = leveldb_filterpolicy_create_bloom(BLOOM_BITS);
    leveldb_options_set_cache(database->options, database->cache);
    leveldb_options_set_filter_policy(database->options, database->bloom);
    leveldb_options_set_create_if_missing(database->options, 1);
    leveldb_options_set_compression(database->options, leveldb_no_compression);
    database->write_options = leveldb_writeoptions_create();
    leveldb_writeoptions_set_sync(database->write_options, durability == DURABILITY_SYNC);
    database->db = leveldb_open(database->options, path, &error);
    demand(error, "open");
    return database;
}

static void close_database(void *database)
{
    struct database *self = database;

    leveldb_close(self->db);
    leveldb_writeoptions_destroy(self->write_options);
    leveldb_options_destroy(self->options);
    leveldb_filterpolicy_destroy(self->bloom);
    leveldb_cache_destroy(self->cache);
    free(self);
}

static void *enter(void *database)
{
    struct session *session = stop_or_memory(sizeof(*session));

    *session = (struct session){.database = database,
                                .batch = leveldb_writebatch_create(),
                                .read_options = leveldb_readoptions_create()};
    return session;
}

static void leave(void *session)
{
    struct session *self = session;

    leveldb_writebatch_destroy(self->batch);
    leveldb_readoptions_destroy(self->read_options);
    free(self);
}

static void begin(void *session, enum access access)
{
    struct session *self = session;

    self->access = access;
    if (access == ACCESS_WRITE) return;
    self->snapshot = leveldb_create_snapshot(self->database->db);
    leveldb_readoptions_set_snapshot(self->read_options, self->snapshot);
}

static void give_lent(struct session *session)
{
    if (session->lent != NULL) leveldb_free(session->lent);
    session->lent = NULL;
}

static void commit(void *session)
{
    struct session *self = session;
    char *error = NULL;

    if (self->access == ACCESS_WRITE) {
        leveldb_write(self->database->db, self->database->write_options, self->batch, &error);
        demand(error, "write");
        leveldb_writebatch_clear(self->batch);
        return;
    }
    give_lent(self);
    if (self->iterator != NULL) leveldb_iter_destroy(self->iterator);
    self->iterator = NULL;
    leveldb_readoptions_set_snapshot(self->read_options, NULL);
    leveldb_release_snapshot(self->database->db, self->snapshot);
}

static bool get(void *session, struct bytes key, struct bytes *ret_value)
{
    struct session *self = session;
    char *error = NULL;

    give_lent(self);
    self->lent = leveldb_get(self->database->db, self->read_options, key.data, key.size,
                             &ret_value->size, &error);
    demand(error, "get");
    ret_value->data = self->lent;
    return self->lent != NULL;
}

static void scan(void *session, struct bytes from, uint64_t limit, struct tally *tally)
{
    struct session *self = session;
    char *error = NULL;

    if (self->iterator == NULL)
        self->iterator = leveldb_create_iterator(self->database->db, self->read_options);
    if (from.size > 0)
        leveldb_iter_seek(self->iterator, from.data, from.size);
    else
        leveldb_iter_seek_to_first(self->iterator);
    while (leveldb_iter_valid(self->iterator)) {
        struct bytes key;
        struct bytes value;

        key.data = leveldb_iter_key(self->iterator, &key.size);
        value.data = leveldb_iter_value(self->iterator, &value.size);
        driver_tally(tally, key, value);
        if (--limit == 0) return;
        leveldb_iter_next(self->iterator);
    }
    leveldb_iter_get_error(self->iterator, &error);
    demand(error, "scan");
}

static void put(void *session, struct bytes key, struct bytes value)
{
    struct session *self = session;

    leveldb_writebatch_put(self->batch, key.data, key.size, value.data, value.size);
}

static void erase(void *session, struct bytes key)
{
    struct session *self = session;

    leveldb_writebatch_delete(self->batch, key.data, key.size);
}

/* There is no delete of a range: each key by name. */
static void clear(void *session)
{
    struct session *self = session;
    leveldb_iterator_t *iterator = leveldb_create_iterator(self->database->db, self->read_options);

    for (leveldb_iter_seek_to_first(iterator); leveldb_iter_valid(iterator);
         leveldb_iter_next(iterator)) {
        size_t size = 0;
        const char *key = leveldb_iter_key(iterator, &size);

        leveldb_writebatch_delete(self->batch, key, size);
    }
    leveldb_iter_destroy(iterator);
}

/* There is no flush: compacting a range without keys writes the memory table. */
static void checkpoint(void *database)
{
    struct database *self = database;

    leveldb_compact_range(self->db, "", 0, "", 0);
}

const struct driver driver_leveldb = {
    .name = "leveldb",
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
