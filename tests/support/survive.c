/*
 * survive.c - one life of a file that may be damaged anywhere.
 */
#include "support/survive.h"

#include <stdlib.h>

#include "freehold/inspect.h"
#include "kv/db.h"
#include "support/items.h"
#include "support/oracle.h"

enum { CELLS = 512, SLOTS = 256, PAGES = 300, STEPS_MAX = 20000 };

/* Any status is fine. */
static void survive(fh_status status)
{
    (void)status;
}

/* A damaged tree may lead in circles: a reader that follows it must still come to an end. */
static void scan(fh_txn *txn)
{
    const fh_bytes keys[] = {text("k00000001"), text("small"), text("k00000040")};
    fh_bytes values[3];
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
    survive(fh_get(txn, NULL, text("k00000003"), &value));
    survive(fh_get_many(txn, NULL, keys, 3, values, NULL));
}

static void read_all(fh_db *db)
{
    uint64_t hash = 0;
    fh_txn *txn = NULL;
    fh_status status = fh_begin(db, FH_READ, &txn);

    if (status != FH_OK) return;
    survive(oracle_hash_txn(txn, &hash));
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

    survive(fh_stat(db, &stat));
    survive(fh_check(db, NULL, &check));
    survive(fh_map_walk(db, 0, cells, CELLS, &count));
    survive(fh_run_histogram(db, histogram));
    for (uint32_t i = 0; i < PAGES; i++)
        survive(fh_page_describe(db, i, &page));
    for (uint32_t i = 0; i < PAGES / 16; i++)
        survive(fh_chunk_describe(db, i, &chunk, slots, SLOTS, &count));
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

    if (db_open(sim_os_port(sim), SURVIVE_PATH, NULL, &db) != FH_OK ||
        fh_begin(db, FH_READ, &txn) != FH_OK || fh_get(txn, NULL, text("small"), &value) != FH_OK ||
        value.size != 5)
        abort();
    fh_abort(txn);
    if (fh_close(db) != FH_OK) abort();
}

void survive_open(struct sim *sim, unsigned flags, bool must_keep)
{
    fh_options options = {.size = sizeof(options), .flags = flags, .frame_bytes = 4 << 20};
    fh_db *db = NULL;
    bool is_changed;

    if (db_open(sim_os_port(sim), SURVIVE_PATH, &options, &db) == FH_OK) {
        read_all(db);
        describe_all(db);
        is_changed = change(db);
        read_all(db);
        if (fh_close(db) == FH_OK && is_changed && must_keep) require_changed(sim);
    }
    if (sim_os_audit(sim) != FH_OK) abort();
}
