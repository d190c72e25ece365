/*
 * repair_fuzz.c - any bytes as a damaged database file, and as its log.
 *
 * The input is saved by a repair, with and without orphans. Any status is fine; a crash, a
 * hang, a leak, a changed source, or a new file in which the check finds a fault is not.
 *
 * Each input is tried three times: as it is; as the start of a file of 512-byte pages whose
 * metas and slots have the right checksums, so that a search gets behind them; and as the
 * operations of a record in the log of a valid file.
 */
#include <stdlib.h>

#include "alloc/slot_format.h"
#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/memory.h"
#include "crash/sim_os.h"
#include "kv/db.h"
#include "kv/kv_repair.h"
#include "support/items.h"
#include "support/oracle.h"
#include "wal/wal_format.h"

#define PATH       "fuzz.fh"
#define LOG_PATH   "fuzz.fh-wal"
#define SAVED_PATH "saved.fh"

enum {
    PAGE_BYTES = 512,
    CHUNK_PAGES = 16,
    FILE_PAGES = 256,
    FILE_BYTES = FILE_PAGES * PAGE_BYTES,
    CRC_AT = 8, /* of a meta */
    CRC_FROM = 12,
    FLAGS_AT = 19,
    UUID_AT = 32,
    LSN_AT = 64,
    SALT_AT = 72,
    RING_AT = 88,
    TXN_AT = 152,
    RING_BYTES = 1 << 16,
    INPUT_MAX = 1 << 20
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) abort();
}

static void require_saved(struct sim *sim)
{
    fh_options options = {.size = sizeof(options), .flags = FH_OPEN_READ_ONLY};
    fh_check_info check = {0};
    uint64_t hash = 0;
    fh_db *db = NULL;
    fh_txn *txn = NULL;

    require(db_open(sim_os_port(sim), SAVED_PATH, &options, &db) == FH_OK);
    require(fh_check(db, NULL, &check) == FH_OK && check.fault_count == 0);
    require(fh_begin(db, FH_READ, &txn) == FH_OK);
    require(oracle_hash_txn(txn, &hash) == FH_OK);
    fh_abort(txn);
    require(fh_close(db) == FH_OK);
}

static void require_source(struct sim *sim, const uint8_t *data, size_t size)
{
    uint8_t *after = malloc(size + 1);

    require(after != NULL);
    require(sim_os_read_file(sim, PATH, 0, after, size + 1) == size);
    require(size == 0 || memcmp(after, data, size) == 0);
    free(after);
}

static void look_at(void *context, const fh_finding *finding)
{
    uint64_t *sum = context;

    *sum += strlen(finding->text) + finding->tree.size + finding->from.size + finding->to.size;
    for (size_t i = 0; i < finding->to.size; i++)
        *sum += ((const uint8_t *)finding->to.data)[i];
}

static void try_repair(const uint8_t *data, size_t size, const uint8_t *log, size_t log_size,
                       unsigned flags)
{
    uint64_t sum = 0;
    fh_repair_options options = {
        .size = sizeof(options), .flags = flags, .report = look_at, .context = &sum};
    fh_repair_info info = {.size = sizeof(info)};
    struct sim *sim = sim_os_new(1);

    sim_os_put_file(sim, PATH, data, size);
    if (log_size > 0) sim_os_put_file(sim, LOG_PATH, log, log_size);
    if (kv_repair(sim_os_port(sim), PATH, SAVED_PATH, &options, &info) == FH_OK)
        require_saved(sim);
    else
        require(!sim_os_file_exists(sim, SAVED_PATH));
    require_source(sim, data, size);
    require(sim_os_audit(sim) == FH_OK);
    sim_os_delete(sim);
}

/* Slot and checksum of a page say what the slot says already. */
static void seal_slot(uint8_t *file, page_no page, uint32_t seed)
{
    uint8_t *bytes = file + (size_t)(page & ~(CHUNK_PAGES - 1U)) * PAGE_BYTES +
                     (size_t)(page % CHUNK_PAGES) * SLOT_BYTES;
    struct slot slot;

    (void)slot_decode(bytes, page, seed, &slot);
    slot.tag %= PAGE_TAG_COUNT;
    if (slot.run_pages == 0 || slot.run_pages > FILE_PAGES - page) slot.run_pages = 1;
    slot.body_crc =
        slot_body_crc(page, file + (size_t)page * PAGE_BYTES, (size_t)slot.run_pages * PAGE_BYTES);
    slot_encode(bytes, &slot, page, seed);
}

static void seal_meta(uint8_t *meta)
{
    store32(meta + CRC_AT, crc32c(0, meta + CRC_FROM, PAGE_BYTES - CRC_FROM));
}

static uint8_t *seal(const uint8_t *data, size_t size)
{
    uint8_t *file = calloc(1, FILE_BYTES);

    require(file != NULL);
    if (size > 0) memcpy(file, data, size < FILE_BYTES ? size : FILE_BYTES);
    for (unsigned page = 1; page <= 4; page++) {
        uint8_t *meta = file + (size_t)page * PAGE_BYTES;

        memcpy(meta + UUID_AT, file + PAGE_BYTES + UUID_AT, UUID_BYTES);
        seal_meta(meta);
    }
    for (page_no page = 5; page < FILE_PAGES; page++)
        if (page % CHUNK_PAGES != 0)
            seal_slot(file, page, slot_uuid_seed(file + PAGE_BYTES + UUID_AT));
    return file;
}

/* A small valid file, made once: its size is FILE_BYTES or less. */
static const uint8_t *valid_file(void)
{
    static uint8_t file[FILE_BYTES];
    fh_options options = {.size = sizeof(options), .flags = FH_OPEN_NEW, .page_bytes = PAGE_BYTES};
    struct sim *sim;
    fh_db *db = NULL;
    fh_txn *txn = NULL;

    if (file[0] != 0) return file;
    sim = sim_os_new(1);
    require(db_open(sim_os_port(sim), PATH, &options, &db) == FH_OK);
    require(fh_begin(db, FH_WRITE, &txn) == FH_OK);
    require(fh_put(txn, NULL, text("k"), text("value"), 0) == FH_OK);
    require(fh_commit(txn) == FH_OK && fh_close(db) == FH_OK);
    (void)sim_os_read_file(sim, PATH, 0, file, sizeof(file));
    sim_os_delete(sim);
    return file;
}

/* The file's metas name a log with one record, whose operations are the input. */
static void try_log(const uint8_t *data, size_t size)
{
    uint8_t *file = seal(valid_file(), FILE_BYTES);
    size_t ops = size < RING_BYTES / 2 ? size : RING_BYTES / 2;
    struct wal_record record = {.bytes = WAL_RECORD_BYTES + (uint32_t)ops,
                                .lsn = 0,
                                .txn_id = load64(file + PAGE_BYTES + TXN_AT) + 1,
                                .op_count = size == 0 ? 0 : data[0],
                                .kind = WAL_TXN};
    uint8_t *log = calloc(1, WAL_HEADER_BYTES + RING_BYTES);

    require(log != NULL);
    for (unsigned page = 1; page <= 4; page++) {
        uint8_t *meta = file + (size_t)page * PAGE_BYTES;

        meta[FLAGS_AT] = 0;
        store64(meta + LSN_AT, 0);
        store64(meta + SALT_AT, 1);
        store64(meta + RING_AT, RING_BYTES);
        store64(meta + TXN_AT, record.txn_id - 1);
        seal_meta(meta);
    }
    /* The count of operations, then they. */
    if (ops > 1) memcpy(log + WAL_HEADER_BYTES + WAL_RECORD_BYTES, data + 1, ops - 1);
    if (ops > 0) record.bytes--;
    wal_record_encode(log + WAL_HEADER_BYTES, &record, 1);
    try_repair(file, FILE_BYTES, log, WAL_HEADER_BYTES + RING_BYTES, 0);
    free(log);
    free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t block_count;
    uint8_t *file;

    if (size > INPUT_MAX) return 0;
    (void)valid_file();
    block_count = memory_block_count();
    try_repair(data, size, data, size, 0);
    try_repair(data, size, NULL, 0, FH_REPAIR_ORPHANS);
    file = seal(data, size);
    try_repair(file, FILE_BYTES, NULL, 0, 0);
    try_repair(file, FILE_BYTES, NULL, 0, FH_REPAIR_ORPHANS);
    free(file);
    try_log(data, size);
    require(memory_block_count() == block_count);
    return 0;
}
