/*
 * driver_freehold.c - Freehold, by its public interface alone.
 */
#include <stdlib.h>

#include "driver.h"
#include "freehold/inspect.h"
#include "freehold/kv.h"
#include "freehold/version.h"
#include "stop.h"

enum { CELLS = 4096, READ_AHEAD_BYTES = 128 << 10 };

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

static void *open_as(const char *path, fh_durability durability)
{
    fh_options options = {
        .size = sizeof(options), .flags = FH_OPEN_CREATE, .durability = durability};
    fh_db *db = NULL;

    demand(fh_open(path, &options, &db), "open");
    return db;
}

static void *open_database(const char *path, enum durability durability)
{
    return open_as(path, durability == DURABILITY_SYNC ? FH_DURABLE : FH_NONE);
}

static void *open_lazy(const char *path, enum durability durability)
{
    return open_as(path, durability == DURABILITY_SYNC ? FH_DURABLE : FH_LAZY);
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

static void get_many(void *session, const struct bytes *keys, size_t count,
                     struct bytes *ret_values)
{
    struct session *self = session;
    fh_bytes lent[DRIVER_MANY_MAX] = {{NULL, 0}};
    fh_bytes values[DRIVER_MANY_MAX];

    for (size_t i = 0; i < count; i++)
        lent[i] = lend(keys[i]);
    demand(fh_get_many(self->txn, NULL, lent, count, values, NULL), "get many");
    for (size_t i = 0; i < count; i++)
        ret_values[i] = (struct bytes){values[i].data, values[i].size};
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

static void erase(void *session, struct bytes key)
{
    struct session *self = session;

    demand(fh_erase(self->txn, NULL, lend(key)), "erase");
}

static void clear(void *session)
{
    struct session *self = session;
    fh_tree *tree = NULL;

    demand(fh_tree_open(self->txn, (fh_bytes){NULL, 0}, 0, &tree), "tree");
    demand(fh_tree_drop(self->txn, tree), "clear");
}

static void checkpoint(void *database)
{
    demand(fh_checkpoint(database), "checkpoint");
}

/*
 * Values that lie in leaves are borrowed where the leaves are, in the mapping of the file: a
 * step between two of them that leads back, or further than what the system reads ahead, is a
 * jump.
 */
static double layout_of(fh_db *db, uint64_t page_bytes)
{
    fh_txn *txn = NULL;
    fh_cursor *cursor = NULL;
    fh_tree_stat tree;
    fh_bytes value;
    uintptr_t last = 0;
    uint64_t jump_count = 0;

    demand(fh_begin(db, FH_READ, &txn), "begin");
    demand(fh_tree_describe(txn, NULL, &tree), "tree");
    demand(fh_cursor_open(txn, NULL, &cursor), "cursor");
    while (fh_cursor_next(cursor, NULL, &value) == FH_OK) {
        uintptr_t place = (uintptr_t)value.data;

        if (value.size == 0 || value.size > page_bytes / 8) continue;
        if (last != 0) jump_count += place + page_bytes < last || place > last + READ_AHEAD_BYTES;
        last = place;
    }
    fh_cursor_close(cursor);
    fh_abort(txn);
    if (last == 0 || tree.leaf_pages < 2) return -1;
    if (jump_count > tree.leaf_pages - 1) jump_count = tree.leaf_pages - 1;
    return 1 - (double)jump_count / (double)(tree.leaf_pages - 1);
}

static double fill_of(fh_db *db)
{
    static fh_map_cell cells[CELLS];
    uint64_t leaf_count = 0;
    uint64_t percent_sum = 0;
    uint32_t page_no = 0;
    size_t count = CELLS;

    for (; count == CELLS; page_no += CELLS) {
        demand(fh_map_walk(db, page_no, cells, CELLS, &count), "map");
        for (size_t i = 0; i < count; i++) {
            if (cells[i].kind != FH_PAGE_LEAF) continue;
            leaf_count++;
            percent_sum += cells[i].fill_percent;
        }
    }
    return leaf_count > 0 ? (double)percent_sum / (double)leaf_count / 100 : -1;
}

static void weigh(void *database, struct condition *ret_condition)
{
    fh_stat_info stat = {.size = sizeof(stat)};

    demand(fh_stat(database, &stat), "stat");
    *ret_condition = (struct condition){
        .live_bytes = stat.live_pages * stat.page_bytes,
        .checkpoint_bytes = stat.checkpoint_pages * stat.page_bytes,
        .log_bytes = stat.log_ring_bytes,
        .moved_bytes = stat.relocated_pages * stat.page_bytes,
        .layout = -1,
        .fill = -1,
    };
}

static void describe(void *database, struct condition *ret_condition)
{
    fh_stat_info stat = {.size = sizeof(stat)};

    demand(fh_stat(database, &stat), "stat");
    weigh(database, ret_condition);
    ret_condition->layout = layout_of(database, stat.page_bytes);
    ret_condition->fill = fill_of(database);
}

static void compact(void *database)
{
    demand(fh_compact(database, NULL, NULL), "compact");
}

#define DRIVER(its_name, its_open)                                                                 \
    {                                                                                              \
        .name = (its_name), .durabilities = DURABILITY_SYNC | DURABILITY_LATE,                     \
        .is_transactional = true, .version = version, .open = (its_open), .close = close_database, \
        .enter = enter, .leave = leave, .begin = begin, .commit = commit, .get = get,              \
        .get_many = get_many, .scan = scan, .put = put, .append = append, .erase = erase,          \
        .clear = clear, .checkpoint = checkpoint, .weigh = weigh, .describe = describe,            \
        .compact = compact                                                                         \
    }

const struct driver driver_freehold = DRIVER("freehold", open_database);
const struct driver driver_freehold_lazy = DRIVER("freehold-lazy", open_lazy);
