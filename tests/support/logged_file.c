/*
 * logged_file.c - a life on the simulated system, cut short.
 */
#include "support/logged_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "crash/sim_os.h"
#include "kv/db.h"
#include "pager/meta_format.h"
#include "support/items.h"
#include "support/survive.h"
#include "wal/wal_format.h"

enum { FILE_BYTES_MAX = 1 << 20, COMMITS = 8, LARGE_BYTES = 900, PAGE_SHIFT = 9 };

static uint8_t file[FILE_BYTES_MAX];
static size_t file_size;
static uint8_t log_bytes[LOGGED_LOG_BYTES];
static struct meta meta;

/* What is made here cannot fail; if it does, nothing of the target means anything. */
static void must(bool is_so)
{
    if (!is_so) abort();
}

static void commit(fh_db *db, unsigned number)
{
    unsigned char key[ITEMS_KEY_MAX], value[LARGE_BYTES];
    size_t size = number % 3 == 1 ? sizeof(value) : 20;
    fh_tree *tree = NULL;
    fh_txn *txn = NULL;

    must(fh_begin(db, FH_WRITE, &txn) == FH_OK);
    for (unsigned i = 0; i < 3; i++) {
        items_fill(number * 3 + i, value, size);
        must(fh_put(txn, NULL, items_numbered("k", number * 3 + i, key), (fh_bytes){value, size},
                    0) == FH_OK);
    }
    if (number % 2 == 0) must(fh_tree_open(txn, text("tree"), FH_TREE_CREATE, &tree) == FH_OK);
    if (tree != NULL) must(fh_put(txn, tree, text("in a tree"), text("v"), 0) == FH_OK);
    if (number == COMMITS - 2) must(fh_tree_drop(txn, tree) == FH_OK);
    if (number > 1) must(fh_erase(txn, NULL, items_numbered("k", number, key)) == FH_OK);
    if (number == COMMITS - 1)
        must(fh_erase_range(txn, NULL, text("k00000010"), text("k00000016"), NULL) == FH_OK);
    must(fh_commit(txn) == FH_OK);
}

static void find_meta(void)
{
    for (page_no page = META_FIRST_PAGE; page < META_FIRST_PAGE + META_COPY_COUNT; page++) {
        struct meta copy;

        if (meta_decode(file + ((size_t)page << PAGE_SHIFT), PAGE_SHIFT, page, &copy) == FH_OK &&
            copy.checkpoint_no >= meta.checkpoint_no)
            meta = copy;
    }
    must(meta.wal_bytes == LOGGED_RING_BYTES);
}

static void make(void)
{
    fh_options options = {.size = sizeof(options),
                          .flags = FH_OPEN_CREATE,
                          .page_bytes = LOGGED_PAGE_BYTES,
                          .log_bytes = LOGGED_RING_BYTES};
    struct sim *sim = sim_os_new(1), *after;
    fh_db *db = NULL;

    must(db_open(sim_os_port(sim), SURVIVE_PATH, &options, &db) == FH_OK);
    for (unsigned i = 0; i < COMMITS; i++)
        commit(db, i);
    after = sim_os_crash(sim, SIM_CRASH_ALL);
    must(fh_close(db) == FH_OK);
    sim_os_delete(sim);
    file_size = sim_os_read_file(after, SURVIVE_PATH, 0, file, sizeof(file));
    must(file_size < sizeof(file));
    must(sim_os_read_file(after, SURVIVE_PATH "-wal", 0, log_bytes, sizeof(log_bytes)) ==
         sizeof(log_bytes));
    sim_os_delete(after);
    find_meta();
}

const uint8_t *logged_file(size_t *ret_size)
{
    if (file_size == 0) make();
    *ret_size = file_size;
    return file;
}

const uint8_t *logged_file_log(void)
{
    if (file_size == 0) make();
    return log_bytes;
}

size_t logged_file_first(void)
{
    if (file_size == 0) make();
    return LOGGED_HEADER_BYTES + (size_t)(meta.lsn % LOGGED_RING_BYTES);
}

void logged_file_seal(uint8_t *log)
{
    uint64_t lsn = wal_next_start(meta.lsn), end = meta.lsn - meta.lsn % LOGGED_RING_BYTES;
    uint64_t txn_id = meta.txn_id;

    end += LOGGED_RING_BYTES;
    while (lsn + WAL_RECORD_BYTES <= end) {
        uint8_t *at = log + LOGGED_HEADER_BYTES + lsn % LOGGED_RING_BYTES;
        struct wal_record record = {
            .bytes = load32(at + 4),
            .lsn = lsn,
            .durable_lsn = load64(at + 24),
            .op_count = load32(at + 32),
            .kind = load16(at + 36),
            .flags = load16(at + 38),
        };

        if (record.bytes < WAL_RECORD_BYTES || record.bytes > end - lsn) return;
        record.txn_id = record.kind == WAL_TXN ? ++txn_id : 0;
        wal_record_encode(at, &record, meta.salt);
        lsn = wal_next_start(lsn + record.bytes);
    }
}
