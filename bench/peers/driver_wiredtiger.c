/*
 * driver_wiredtiger.c - WiredTiger: a B-tree with a log, a session and a cursor for each thread.
 *
 * Without a sync the log is still handed to the system at each commit (method=none): the
 * engine's default there would lose transactions when the program dies.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <wiredtiger.h>

#include "drivers.h"
#include "stop.h"

static const char table_name[] = "table:items";

struct session {
    WT_SESSION *session;
    WT_CURSOR *cursor;
    WT_CURSOR *loader; /* opened by the first append */
    enum access access;
};

static void demand(int result, const char *what)
{
    if (result != 0) stop("wiredtiger: %s: %s", what, wiredtiger_strerror(result));
}

static WT_ITEM lend(struct bytes bytes)
{
    return (WT_ITEM){.data = bytes.data, .size = bytes.size};
}

static const char *version(void)
{
    static char text[32];
    int major = 0;
    int minor = 0;
    int patch = 0;

    (void)wiredtiger_version(&major, &minor, &patch);
    (void)snprintf(text, sizeof(text), "%d.%d.%d", major, minor, patch);
    return text;
}

static void *open_database(const char *path, enum durability durability)
{
    WT_CONNECTION *connection = NULL;
    WT_SESSION *session = NULL;
    char options[256];

    if (mkdir(path, 0755) != 0 && errno != EEXIST) stop("wiredtiger: %s: no folder", path);
    (void)snprintf(options, sizeof(options),
                   "create,cache_size=%d,log=(enabled=true,file_max=64MB,prealloc=false),"
                   "checkpoint=(log_size=64MB),transaction_sync=(enabled=true,method=%s)",
                   DRIVER_CACHE_BYTES, durability == DURABILITY_SYNC ? "fsync" : "none");
    demand(wiredtiger_open(path, NULL, options, &connection), "open");
    demand(connection->open_session(connection, NULL, NULL, &session), "session");
    demand(session->create(session, table_name, "key_format=u,value_format=u"), "table");
    demand(session->close(session, NULL), "session");
    return connection;
}

static void close_database(void *database)
{
    WT_CONNECTION *connection = database;

    demand(connection->close(connection, NULL), "close");
}

static void *enter(void *database)
{
    struct session *self = stop_or_memory(sizeof(*self));
    WT_CONNECTION *connection = database;

    *self = (struct session){.session = NULL};
    demand(connection->open_session(connection, NULL, "isolation=snapshot", &self->session),
           "session");
    return self;
}

static void leave(void *session)
{
    struct session *self = session;

    demand(self->session->close(self->session, NULL), "session");
    free(self);
}

static WT_CURSOR *cursor_of(struct session *self)
{
    if (self->cursor == NULL)
        demand(self->session->open_cursor(self->session, table_name, NULL, NULL, &self->cursor),
               "cursor");
    return self->cursor;
}

static void begin(void *session, enum access access)
{
    struct session *self = session;

    self->access = access;
    demand(self->session->begin_transaction(self->session, NULL), "begin");
}

static void commit(void *session)
{
    struct session *self = session;

    if (self->loader != NULL) {
        demand(self->loader->close(self->loader), "load");
        demand(self->session->checkpoint(self->session, NULL), "checkpoint");
        self->loader = NULL;
        return;
    }
    demand(self->session->commit_transaction(self->session, NULL), "commit");
}

static bool get(void *session, struct bytes key, struct bytes *ret_value)
{
    WT_CURSOR *cursor = cursor_of(session);
    WT_ITEM asked = lend(key);
    WT_ITEM value;
    int result = 0;

    cursor->set_key(cursor, &asked);
    result = cursor->search(cursor);
    if (result == WT_NOTFOUND) return false;
    demand(result, "search");
    demand(cursor->get_value(cursor, &value), "value");
    *ret_value = (struct bytes){value.data, value.size};
    return true;
}

/* To the first item at `from` or after it. */
static int seek(WT_CURSOR *cursor, struct bytes from)
{
    WT_ITEM asked = lend(from);
    int order = 0;
    int result = 0;

    if (from.size == 0) {
        demand(cursor->reset(cursor), "reset");
        return cursor->next(cursor);
    }
    cursor->set_key(cursor, &asked);
    result = cursor->search_near(cursor, &order);
    return result == 0 && order < 0 ? cursor->next(cursor) : result;
}

static void scan(void *session, struct bytes from, uint64_t limit, struct tally *tally)
{
    WT_CURSOR *cursor = cursor_of(session);
    int result = seek(cursor, from);

    while (result == 0) {
        WT_ITEM key;
        WT_ITEM value;

        demand(cursor->get_key(cursor, &key), "key");
        demand(cursor->get_value(cursor, &value), "value");
        driver_tally(tally, (struct bytes){key.data, key.size},
                     (struct bytes){value.data, value.size});
        if (--limit == 0) return;
        result = cursor->next(cursor);
    }
    if (result != WT_NOTFOUND) demand(result, "scan");
}

static void put(void *session, struct bytes key, struct bytes value)
{
    WT_CURSOR *cursor = cursor_of(session);
    WT_ITEM lent_key = lend(key);
    WT_ITEM lent_value = lend(value);

    cursor->set_key(cursor, &lent_key);
    cursor->set_value(cursor, &lent_value);
    demand(cursor->insert(cursor), "insert");
}

/*
 * A bulk cursor wants the table for itself and no transaction: the one begun is given up, and
 * commit makes a checkpoint, since nothing was logged.
 */
static void append(void *session, struct bytes key, struct bytes value)
{
    struct session *self = session;
    WT_ITEM lent_key = lend(key);
    WT_ITEM lent_value = lend(value);

    if (self->loader == NULL) {
        demand(self->session->rollback_transaction(self->session, NULL), "rollback");
        demand(self->session->open_cursor(self->session, table_name, NULL, "bulk", &self->loader),
               "bulk load");
    }
    self->loader->set_key(self->loader, &lent_key);
    self->loader->set_value(self->loader, &lent_value);
    demand(self->loader->insert(self->loader), "load");
}

static void erase(void *session, struct bytes key)
{
    WT_CURSOR *cursor = cursor_of(session);
    WT_ITEM asked = lend(key);

    cursor->set_key(cursor, &asked);
    demand(cursor->remove(cursor), "remove");
}

static void clear(void *session)
{
    struct session *self = session;

    demand(self->session->truncate(self->session, table_name, NULL, NULL, NULL), "truncate");
}

static void checkpoint(void *database)
{
    WT_CONNECTION *connection = database;
    WT_SESSION *session = NULL;

    demand(connection->open_session(connection, NULL, NULL, &session), "session");
    demand(session->checkpoint(session, NULL), "checkpoint");
    demand(session->close(session, NULL), "session");
}

const struct driver driver_wiredtiger = {
    .name = "wiredtiger",
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
};
