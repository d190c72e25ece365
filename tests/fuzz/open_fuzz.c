/*
 * open_fuzz.c - any bytes as a database file.
 *
 * The input is put on a simulated system, opened for reading and for writing, read, checked,
 * described, changed, closed and opened again. Any status is fine; a crash, a hang, a leak
 * or a failed audit is not. A commit that was acknowledged must be there afterwards.
 *
 * Each input is tried twice: as it is, and as the start of a file of 512-byte pages whose
 * metas, directory and maps have the right checksums: so inputs are short, and a search gets
 * behind the checksums.
 */
#include <stdlib.h>

#include "alloc/slot_format.h"
#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/memory.h"
#include "crash/sim_os.h"
#include "freehold/inspect.h"
#include "kv/db.h"
#include "support/items.h"
#include "support/oracle.h"

#define PATH "fuzz.fh"

enum {
    PAGE_BYTES = 512,
    FILE_PAGES = 256, /* of a new file */
    FILE_BYTES = FILE_PAGES * PAGE_BYTES,
    ENTRY_BYTES = 48, /* of the directory */
    CRC_AT = 8,       /* of a meta */
    CRC_FROM = 12,
    DIRECTORY_AT = 100,
    ENTRIES_AT = 104,
    DIRECTORY_CRC_AT = 108
};
enum { CELLS = 512, SLOTS = 256, PAGES = 300, STEPS_MAX = 20000, INPUT_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any status is fine. */
static void survive(fh_status status)
{
    (void)status;
}

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
    survive(fh_get(txn, NULL, text("k00000003"), &value));
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

/* The directory that a meta names, and the maps that it names, get their checksums. */
static void seal_directory(uint8_t *file, uint8_t *meta)
{
    uint32_t page = load32(meta + DIRECTORY_AT);
    uint32_t entries = load32(meta + ENTRIES_AT);
    uint8_t *entry = file + (size_t)page * PAGE_BYTES;

    if (page >= FILE_PAGES || entries == 0 || entries > PAGE_BYTES / ENTRY_BYTES) return;
    for (uint32_t i = 0; i < entries; i++, entry += ENTRY_BYTES) {
        uint32_t map = load32(entry);

        if (map < FILE_PAGES)
            store32(entry + 4, slot_body_crc(map, file + (size_t)map * PAGE_BYTES, PAGE_BYTES));
    }
    store32(meta + DIRECTORY_CRC_AT,
            crc32c(0, file + (size_t)page * PAGE_BYTES, (size_t)entries * ENTRY_BYTES));
}

static void try_sealed(const uint8_t *data, size_t size)
{
    uint8_t *file = calloc(1, FILE_BYTES);

    if (file == NULL) abort();
    if (size > 0) memcpy(file, data, size < FILE_BYTES ? size : FILE_BYTES);
    for (unsigned page = 1; page <= 4; page++) {
        uint8_t *meta = file + (size_t)page * PAGE_BYTES;

        seal_directory(file, meta);
        store32(meta + CRC_AT, crc32c(0, meta + CRC_FROM, PAGE_BYTES - CRC_FROM));
    }
    try_flags(file, FILE_BYTES, FH_OPEN_READ_ONLY);
    try_flags(file, FILE_BYTES, 0);
    free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t block_count = memory_block_count();

    if (size > INPUT_MAX) return 0;
    try_flags(data, size, FH_OPEN_READ_ONLY);
    try_flags(data, size, 0);
    try_flags(data, size, FH_OPEN_CREATE);
    try_sealed(data, size);
    if (memory_block_count() != block_count) abort();
    return 0;
}
