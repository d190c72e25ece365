/*
 * driver_rocksdb.c - RocksDB: a batch for a write transaction, a snapshot for a read one.
 *
 * A Bloom filter of 10 bits a key, everything else as it comes.
 */
#include <rocksdb/c.h>
#include <stdlib.h>

#include "drivers.h"
#include "stop.h"

enum { BLOOM_BITS = 10 };

struct database {
    rocksdb_t *db;
    rocksdb_options_t *options;
    rocksdb_writeoptions_t *write_options;
};

struct session {
    struct database *database;
    rocksdb_writebatch_t *batch;
    rocksdb_readoptions_t *read_options;
    const rocksdb_snapshot_t *snapshot;
    rocksdb_iterator_t *iterator;    /* of the snapshot, once it scanned */
    rocksdb_pinnableslice_t *pinned; /* the value that was lent last */
    char *copies[DRIVER_MANY_MAX];   /* the values that were lent together */
    enum access access;
};

static void demand(char *error, const char *what)
{
    if (error != NULL) stop("rocksdb: %s: %s", what, error);
}

/* Its C interface does not tell: the build does. */
static const char *version(void)
{
    return ROCKSDB_VERSION_TEXT;
}

static void *open_database(const char *path, enum durability durability)
{
    struct database *database = stop_or_memory(sizeof(*database));
    rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();
    char *error = NULL;

    database->options = rocksdb_options_create();
    rocksdb_block_based_options_set_block_cache(table,
                                                rocksdb_cache_create_lru(DRIVER_CACHE_BYTES));
    rocksdb_block_based_options_set_filter_policy(table,
                                                  rocksdb_filterpolicy_create_bloom(BLOOM_BITS));
    rocksdb_options_set_block_based_table_factory(database->options, table);
    rocksdb_options_set_create_if_missing(database->options, 1);
    rocksdb_options_set_compression(database->options, rocksdb_no_compression);
    rocksdb_options_set_keep_log_file_num(database->options, 1);
    database->write_options = rocksdb_writeoptions_create();
    rocksdb_writeoptions_set_sync(database->write_options, durability == DURABILITY_SYNC);
    database->db = rocksdb_open(database->options, path, &error);
    demand(error, "open");
    rocksdb_block_based_options_destroy(table);
    return database;
}

static void close_database(void *database)
{
    struct database *self = database;

    rocksdb_close(self->db);
    rocksdb_writeoptions_destroy(self->write_options);
    rocksdb_options_destroy(self->options);
    free(self);
}

static void *enter(void *database)
{
    struct session *session = stop_or_memory(sizeof(*session));

    *session = (struct session){.database = database,
                                .batch = rocksdb_writebatch_create(),
                                .read_options = rocksdb_readoptions_create()};
    return session;
}

static void leave(void *session)
{
    struct session *self = session;

    rocksdb_writebatch_destroy(self->batch);
    rocksdb_readoptions_destroy(self->read_options);
    free(self);
}

static void begin(void *session, enum access access)
{
    struct session *self = session;

    self->access = access;
    if (access == ACCESS_WRITE) return;
    self->snapshot = rocksdb_create_snapshot(self->database->db);
    rocksdb_readoptions_set_snapshot(self->read_options, self->snapshot);
}

static void give_pinned(struct session *session)
{
    if (session->pinned != NULL) rocksdb_pinnableslice_destroy(session->pinned);
    session->pinned = NULL;
}

static void give_copies(struct session *session)
{
    for (int i = 0; i < DRIVER_MANY_MAX; i++) {
        rocksdb_free(session->copies[i]);
        session->copies[i] = NULL;
    }
}

static void commit(void *session)
{
    struct session *self = session;
    char *error = NULL;

    if (self->access == ACCESS_WRITE) {
        rocksdb_write(self->database->db, self->database->write_options, self->batch, &error);
        demand(error, "write");
        rocksdb_writebatch_clear(self->batch);
        return;
    }
    give_pinned(self);
    give_copies(self);
    if (self->iterator != NULL) rocksdb_iter_destroy(self->iterator);
    self->iterator = NULL;
    rocksdb_readoptions_set_snapshot(self->read_options, NULL);
    rocksdb_release_snapshot(self->database->db, self->snapshot);
}

static bool get(void *session, struct bytes key, struct bytes *ret_value)
{
    struct session *self = session;
    char *error = NULL;

    give_pinned(self);
    self->pinned =
        rocksdb_get_pinned(self->database->db, self->read_options, key.data, key.size, &error);
    demand(error, "get");
    if (self->pinned == NULL) return false;
    ret_value->data = rocksdb_pinnableslice_value(self->pinned, &ret_value->size);
    return true;
}

/* The one of its calls that C has without column families: its values are copies. */
static void get_many(void *session, const struct bytes *keys, size_t count,
                     struct bytes *ret_values)
{
    struct session *self = session;
    const char *key_bytes[DRIVER_MANY_MAX];
    size_t key_sizes[DRIVER_MANY_MAX];
    size_t sizes[DRIVER_MANY_MAX];
    char *errors[DRIVER_MANY_MAX];

    give_copies(self);
    for (size_t i = 0; i < count; i++) {
        key_bytes[i] = keys[i].data;
        key_sizes[i] = keys[i].size;
    }
    rocksdb_multi_get(self->database->db, self->read_options, count, key_bytes, key_sizes,
                      self->copies, sizes, errors);
    for (size_t i = 0; i < count; i++) {
        demand(errors[i], "get many");
        ret_values[i] = (struct bytes){self->copies[i], self->copies[i] == NULL ? 0 : sizes[i]};
    }
}

static void scan(void *session, struct bytes from, uint64_t limit, struct tally *tally)
{
    struct session *self = session;
    char *error = NULL;

    if (self->iterator == NULL)
        self->iterator = rocksdb_create_iterator(self->database->db, self->read_options);
    if (from.size > 0)
        rocksdb_iter_seek(self->iterator, from.data, from.size);
    else
        rocksdb_iter_seek_to_first(self->iterator);
    while (rocksdb_iter_valid(self->iterator)) {
        struct bytes key;
        struct bytes value;

        key.data = rocksdb_iter_key(self->iterator, &key.size);
        value.data = rocksdb_iter_value(self->iterator, &value.size);
        driver_tally(tally, key, value);
        if (--limit == 0) return;
        rocksdb_iter_next(self->iterator);
    }
    rocksdb_iter_get_error(self->iterator, &error);
    demand(error, "scan");
}

static void put(void *session, struct bytes key, struct bytes value)
{
    struct session *self = session;

    rocksdb_writebatch_put(self->batch, key.data, key.size, value.data, value.size);
}

static void erase(void *session, struct bytes key)
{
    struct session *self = session;

    rocksdb_writebatch_delete(self->batch, key.data, key.size);
}

/* Up to a key that is longer than any of the bench. */
static void clear(void *session)
{
    struct session *self = session;
    char last[128];

    memset(last, 0xff, sizeof(last));
    rocksdb_writebatch_delete_range(self->batch, "", 0, last, sizeof(last));
}

static void checkpoint(void *database)
{
    struct database *self = database;
    rocksdb_flushoptions_t *options = rocksdb_flushoptions_create();
    char *error = NULL;

    rocksdb_flush(self->db, options, &error);
    demand(error, "flush");
    rocksdb_flushoptions_destroy(options);
}

const struct driver driver_rocksdb = {
    .name = "rocksdb",
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
    .get_many = get_many,
    .scan = scan,
    .put = put,
    .append = put,
    .erase = erase,
    .clear = clear,
    .checkpoint = checkpoint,
};
