/*
 * driver_sqlite.c - SQLite: a table without row numbers, with a write-ahead log.
 *
 * A connection for each session; statements are prepared once.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "drivers.h"
#include "scratch.h"
#include "stop.h"

struct database {
    char path[SCRATCH_PATH_BYTES];
    enum durability durability;
    sqlite3 *connection; /* keeps the log from being given up between sessions */
};

enum statement { BEGIN_READ, BEGIN_WRITE, COMMIT, GET, SCAN, PUT, ERASE, CLEAR, STATEMENTS };

static const char *const statement_text[STATEMENTS] = {
    [BEGIN_READ] = "BEGIN",
    [BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [GET] = "SELECT v FROM item WHERE k = ?",
    [SCAN] = "SELECT k, v FROM item WHERE k >= ? ORDER BY k",
    [PUT] = "REPLACE INTO item VALUES (?, ?)",
    [ERASE] = "DELETE FROM item WHERE k = ?",
    [CLEAR] = "DELETE FROM item",
};

struct session {
    sqlite3 *connection;
    sqlite3_stmt *statement[STATEMENTS];
    sqlite3_stmt *lender; /* holds the value that was lent last */
};

static void demand(bool is_good, sqlite3 *connection, const char *what)
{
    if (!is_good) stop("sqlite: %s: %s", what, sqlite3_errmsg(connection));
}

static const char *version(void)
{
    return sqlite3_libversion();
}

static void execute(sqlite3 *connection, const char *text)
{
    demand(sqlite3_exec(connection, text, NULL, NULL, NULL) == SQLITE_OK, connection, text);
}

static sqlite3 *connect(const char *path, enum durability durability)
{
    sqlite3 *connection = NULL;
    char text[64];

    if (sqlite3_open_v2(path, &connection,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK)
        stop("sqlite: %s: cannot be opened", path);
    execute(connection, "PRAGMA journal_mode=WAL");
    execute(connection,
            durability == DURABILITY_SYNC ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=OFF");
    (void)snprintf(text, sizeof(text), "PRAGMA cache_size=-%d", DRIVER_CACHE_BYTES >> 10);
    execute(connection, text);
    return connection;
}

static void *open_database(const char *path, enum durability durability)
{
    struct database *database = stop_or_memory(sizeof(*database));

    (void)snprintf(database->path, sizeof(database->path), "%s", path);
    database->durability = durability;
    database->connection = connect(path, durability);
    execute(database->connection, "CREATE TABLE IF NOT EXISTS item (k BLOB PRIMARY KEY, "
                                  "v BLOB NOT NULL) WITHOUT ROWID");
    return database;
}

static void close_database(void *database)
{
    struct database *self = database;

    demand(sqlite3_close(self->connection) == SQLITE_OK, self->connection, "close");
    free(self);
}

static void *enter(void *database)
{
    struct database *parent = database;
    struct session *self = stop_or_memory(sizeof(*self));

    *self = (struct session){.connection = connect(parent->path, parent->durability)};
    for (int i = 0; i < STATEMENTS; i++)
        demand(sqlite3_prepare_v3(self->connection, statement_text[i], -1,
                                  SQLITE_PREPARE_PERSISTENT, &self->statement[i],
                                  NULL) == SQLITE_OK,
               self->connection, statement_text[i]);
    return self;
}

static void leave(void *session)
{
    struct session *self = session;

    for (int i = 0; i < STATEMENTS; i++)
        (void)sqlite3_finalize(self->statement[i]);
    demand(sqlite3_close(self->connection) == SQLITE_OK, self->connection, "close");
    free(self);
}

static void bind(sqlite3_stmt *statement, int place, struct bytes bytes)
{
    (void)sqlite3_bind_blob64(statement, place, bytes.data != NULL ? bytes.data : "", bytes.size,
                              SQLITE_STATIC);
}

/* A statement that answers nothing. */
static void run(struct session *session, enum statement statement)
{
    demand(sqlite3_step(session->statement[statement]) == SQLITE_DONE, session->connection,
           statement_text[statement]);
    (void)sqlite3_reset(session->statement[statement]);
}

static void give_lent(struct session *session)
{
    if (session->lender != NULL) (void)sqlite3_reset(session->lender);
    session->lender = NULL;
}

static void begin(void *session, enum access access)
{
    run(session, access == ACCESS_WRITE ? BEGIN_WRITE : BEGIN_READ);
}

static void commit(void *session)
{
    give_lent(session);
    run(session, COMMIT);
}

static bool get(void *session, struct bytes key, struct bytes *ret_value)
{
    struct session *self = session;
    sqlite3_stmt *statement = self->statement[GET];
    int result = 0;

    give_lent(self);
    bind(statement, 1, key);
    result = sqlite3_step(statement);
    self->lender = statement;
    if (result == SQLITE_DONE) return false;
    demand(result == SQLITE_ROW, self->connection, "get");
    ret_value->data = sqlite3_column_blob(statement, 0);
    ret_value->size = (size_t)sqlite3_column_bytes(statement, 0);
    return true;
}

static struct bytes column(sqlite3_stmt *statement, int place)
{
    const void *data = sqlite3_column_blob(statement, place);

    return (struct bytes){data, (size_t)sqlite3_column_bytes(statement, place)};
}

static void scan(void *session, struct bytes from, uint64_t limit, struct tally *tally)
{
    struct session *self = session;
    sqlite3_stmt *statement = self->statement[SCAN];
    int result = 0;

    give_lent(self);
    bind(statement, 1, from);
    for (; limit > 0; limit--) {
        result = sqlite3_step(statement);
        if (result == SQLITE_DONE) break;
        demand(result == SQLITE_ROW, self->connection, "scan");
        driver_tally(tally, column(statement, 0), column(statement, 1));
    }
    (void)sqlite3_reset(statement);
}

static void put(void *session, struct bytes key, struct bytes value)
{
    struct session *self = session;

    bind(self->statement[PUT], 1, key);
    bind(self->statement[PUT], 2, value);
    run(self, PUT);
}

static void erase(void *session, struct bytes key)
{
    struct session *self = session;

    bind(self->statement[ERASE], 1, key);
    run(self, ERASE);
}

static void clear(void *session)
{
    run(session, CLEAR);
}

static void checkpoint(void *database)
{
    struct database *self = database;

    execute(self->connection, "PRAGMA wal_checkpoint(TRUNCATE)");
}

const struct driver driver_sqlite = {
    .name = "sqlite",
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
