/*
 * driver_freehold.c - Freehold, by its public interface alone.
 */
#include <stdlib.h>

#include "driver.h"
#include "freehold/kv.h"
#include "freehold/version.h"
#include "stop.h"

struct session {
    fh_db *db;
    fh_txn *txn;
    fh_cursor *cursor; /* opened by the first scan of a transaction */
    fh_loader *loader; /* opened by its first append */
};

static void demand(fh_status status, const char *what)
{
    if (status != FH_OK)
        stop("freehold: %s: %s: %s", what, fh_status_name(status), fh_strerror(status));
}

static fh_bytes lend(struct bytes bytes)
{
    return (fh_bytes){bytes.data, bytes.size};
}

static const char *version(void)
{
    return FH_VERSION_TEXT;
}

static void *open_database(const char *path, enum durability durability)
{
    fh_options options = {.size = sizeof(options), .flags = FH_OPEN_CREATE};
    fh_db *db = NULL;

    (void)durability; /* every commit is durable */
    demand(fh_open(path, &options, &db), "open");
    return db;
}

static void close_database(void *database)
{
    demand(fh_close(database), "close");
}

static void *enter(void *database)
{
    struct session *session = stop_or_memory(sizeof(*session));

    *session = (struct session){.db = database};
    return session;
}

static void leave(void *session)
{
    free(session);
}

static void begin(void *session, enum access access)
{
    struct session *self = session;

    demand(fh_begin(self->db, access == ACCESS_WRITE ? FH_WRITE : FH_READ, &self->txn), "begin");
}

static void commit(void *session)
{
    struct session *self = session;

    if (self->loader != NULL) demand(fh_loader_finish(self->loader), "loader");
    if (self->cursor != NULL) fh_cursor_close(self->cursor);
    demand(fh_commit(self->txn), "commit");
    self->loader = NULL;
    self->cursor = NULL;
    self->txn = NULL;
}

static bool get(void *session, struct bytes key, struct bytes *ret_value)
{
    struct session *self = session;
    fh_bytes value;
    fh_status status = fh_get(self->txn, NULL, lend(key), &value);

    if (status == FH_NOT_FOUND) return false;
    demand(status, "get");
    *ret_value = (struct bytes){value.data, value.size};
    return true;
}

static void scan(void *session, struct bytes from, uint64_t limit, struct tally *tally)
{
    struct session *self = session;
    fh_bytes key;
    fh_bytes value;
    fh_status status = FH_OK;

    if (self->cursor == NULL) demand(fh_cursor_open(self->txn, NULL, &self->cursor), "cursor");
    status = from.size > 0 ? fh_cursor_seek(self->cursor, lend(from), &key, &value)
                           : fh_cursor_first(self->cursor, &key, &value);
    while (status == FH_OK) {
        driver_tally(tally, (struct bytes){key.data, key.size},
                     (struct bytes){value.data, value.size});
        if (--limit == 0) return;
        status = fh_cursor_next(self->cursor, &key, &value);
    }
    if (status != FH_NOT_FOUND) demand(status, "scan");
}

static void put(void *session, struct bytes key, struct bytes value)
{
    struct session *self = session;

    demand(fh_put(self->txn, NULL, lend(key), lend(value), 0), "put");
}

static void append(void *session, struct bytes key, struct bytes value)
{
    struct session *self = session;

    if (self->loader == NULL) demand(fh_loader_open(self->txn, NULL, &self->loader), "loader");
    demand(fh_loader_add(self->loader, lend(key), lend(value)), "load");
}

static bool erase(void *session, struct bytes key)
{
    struct session *self = session;
    fh_status status = fh_erase(self->txn, NULL, lend(key));

    if (status == FH_NOT_FOUND) return false;
    demand(status, "erase");
    return true;
}

const struct driver driver_freehold = {
    .name = "freehold",
    .durabilities = DURABILITY_SYNC,
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
};
