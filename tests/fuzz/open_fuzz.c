/*
 * open_fuzz.c - any bytes as a database file.
 *
 * The input is put on a simulated system, opened for reading and for writing, read, checked,
 * described, changed, closed and opened again. Any status is fine; a crash, a hang, a leak
 * or a failed audit is not. A commit that was acknowledged must be there afterwards.
 */
#include <stdlib.h>

#include "base/memory.h"
#include "crash/sim_os.h"
#include "freehold/inspect.h"
#include "kv/db.h"
#include "support/items.h"
#include "support/oracle.h"

#define PATH "fuzz.fh"

enum { CELLS = 512, SLOTS = 256, PAGES = 300, STEPS_MAX = 20000, INPUT_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A damaged tree may lead in circles: a reader that follows it must still come to an end. */
static void scan(fh_txn *txn)
{
    fh_cursor *cursor = NULL;
    fh_bytes key;
    fh_bytes value;
    unsigned steps = 0;
    fh_status status = fh_cursor_open(txn, NULL, &cursor);

    if (status != FH_OK) return;
    for (status = fh_cursor_last(cursor, &key, &value); status == FH_OK && steps < STEPS_MAX;
         status = fh_cursor_prev(cursor, &key, &value))
        steps++;
    fh_cursor_close(cursor);
    status = fh_get(txn, NULL, text("k00000003"), &value);
    (void)status;
}

static void read_all(fh_db *db)
{
    uint64_t hash = 0;
    fh_txn *txn = NULL;
    fh_status status = fh_begin(db, FH_READ, &txn);

    if (status != FH_OK) return;
    status = oracle_hash_txn(txn, &hash);
    scan(txn);
    fh_abort(txn);
}

static void describe_all(fh_db *db)
{
    static fh_map_cell cells[CELLS];
    static fh_slot_info slots[SLOTS];
    fh_stat_info stat = {.size = sizeof(stat)};
    fh_check_info check;
    fh_chunk_info chunk;
    fh_page_info page;
    uint64_t histogram[32];
    size_t count = 0;
    fh_status status = fh_stat(db, &stat);

    status = fh_check(db, NULL, &check);
    status = fh_map_walk(db, 0, cells, CELLS, &count);
    status = fh_run_histogram(db, histogram);
    for (uint32_t i = 0; i < PAGES; i++)
        status = fh_page_describe(db, i, &page);
    for (uint32_t i = 0; i < PAGES / 16; i++)
        status = fh_chunk_describe(db, i, &chunk, slots, SLOTS, &count);
    (void)status;
}

static bool change(fh_db *db)
{
    unsigned char value[2000];
    fh_txn *txn = NULL;
    fh_status status = fh_begin(db, FH_WRITE, &txn);

    if (status != FH_OK) return false;
    items_fill(1, value, sizeof(value));
    status = fh_put(txn, NULL, text("fuzz"), (fh_bytes){value, sizeof(value)}, 0);
    if (status == FH_OK) status = fh_put(txn, NULL, text("small"), text("value"), 0);
    if (status == FH_OK) status = fh_erase_range(txn, NULL, text("k"), text("k00000004"), NULL);
    if (status == FH_OK) return fh_commit(txn) == FH_OK;
    fh_abort(txn);
    return false;
}

static void require_changed(struct sim *sim)
{
    fh_db *db = NULL;
    fh_txn *txn = NULL;
    fh_bytes value;

    if (db_open(sim_os_port(sim), PATH, NULL, &db) != FH_OK ||
        fh_begin(db, FH_READ, &txn) != FH_OK || fh_get(txn, NULL, text("small"), &value) != FH_OK ||
        value.size != 5)
        abort();
    fh_abort(txn);
    if (fh_close(db) != FH_OK) abort();
}

static void try_flags(const uint8_t *data, size_t size, unsigned flags)
{
    fh_options options = {.size = sizeof(options), .flags = flags, .frame_bytes = 4 << 20};
    struct sim *sim = sim_os_new(1);
    fh_db *db = NULL;
    bool is_changed;

    sim_os_put_file(sim, PATH, data, size);
    if (db_open(sim_os_port(sim), PATH, &options, &db) == FH_OK) {
        read_all(db);
        describe_all(db);
        is_changed = change(db);
        read_all(db);
        if (fh_close(db) == FH_OK && is_changed) require_changed(sim);
    }
    if (sim_os_audit(sim) != FH_OK) abort();
    sim_os_delete(sim);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t block_count = memory_block_count();

    if (size > INPUT_MAX) return 0;
    try_flags(data, size, FH_OPEN_READ_ONLY);
    try_flags(data, size, 0);
    try_flags(data, size, FH_OPEN_CREATE);
    if (memory_block_count() != block_count) abort();
    return 0;
}
