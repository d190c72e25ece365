/*
 * valid_file.c - a small valid database file, and a look at what has become of it.
 */
#include "fault/valid_file.h"

#include <stdlib.h>
#include <string.h>

#include "kv/db.h"
#include "support/oracle.h"
#include "support/scratch.h"
#include "support/seed.h"
#include "support/unit.h"

struct valid_file valid_file;

static void put_items(fh_txn *txn, fh_tree *tree, unsigned count, size_t value_bytes)
{
    unsigned char buffer[ITEMS_KEY_MAX];
    unsigned char value[4000];

    for (unsigned i = 0; i < count; i++) {
        items_fill(i, value, value_bytes);
        assert_ok(
            fh_put(txn, tree, items_numbered("k", i, buffer), (fh_bytes){value, value_bytes}, 0));
    }
}

static uint64_t hash_of(fh_db *db)
{
    uint64_t hash = 0;
    fh_txn *txn;

    assert_ok(fh_begin(db, FH_READ, &txn));
    assert_ok(oracle_hash_txn(txn, &hash));
    fh_abort(txn);
    return hash;
}

static void build(fh_db *db)
{
    fh_txn *txn;
    fh_tree *tree;

    assert_ok(fh_begin(db, FH_WRITE, &txn));
    put_items(txn, NULL, 60, 30);
    assert_ok(fh_tree_open(txn, text("values"), FH_TREE_CREATE, &tree));
    put_items(txn, tree, 4, 3000);
    assert_ok(fh_commit(txn));
    assert_ok(fh_begin(db, FH_WRITE, &txn));
    assert_ok(fh_erase_range(txn, NULL, text("k00000010"), text("k00000030"), NULL));
    assert_ok(fh_commit(txn));
    valid_file.earlier_hash = hash_of(db);
    assert_ok(fh_begin(db, FH_WRITE, &txn));
    assert_ok(fh_put(txn, NULL, text("last"), text("the newest commit"), 0));
    assert_ok(fh_commit(txn));
    valid_file.hash = hash_of(db);
}

static void learn_pages(struct sim *sim)
{
    fh_options options = {.size = sizeof(options), .flags = FH_OPEN_READ_ONLY};
    fh_db *db = NULL;
    fh_page_info info;

    assert_ok(db_open(sim_os_port(sim), VALID_PATH, &options, &db));
    while (valid_file.page_count < VALID_PAGES_MAX &&
           fh_page_describe(db, valid_file.page_count, &info) == FH_OK) {
        valid_file.kinds[valid_file.page_count] = info.slot.kind;
        valid_file.is_used[valid_file.page_count] = info.slot.state == FH_STATE_USED;
        valid_file.page_count++;
    }
    assert_true(valid_file.page_count > VALID_META_END && valid_file.page_count < VALID_PAGES_MAX);
    assert_ok(fh_close(db));
}

int valid_file_make(void **state)
{
    struct sim *sim = sim_os_new(seed_get());
    fh_options options = scratch_options(VALID_PAGE_BYTES, 0);
    fh_db *db = NULL;

    (void)state;
    assert_ok(db_open(sim_os_port(sim), VALID_PATH, &options, &db));
    build(db);
    assert_ok(fh_close(db));
    valid_file.size = (size_t)sim_os_file_size(sim, VALID_PATH);
    valid_file.bytes = malloc(valid_file.size);
    assert_non_null(valid_file.bytes);
    assert_int_equal(sim_os_read_file(sim, VALID_PATH, 0, valid_file.bytes, valid_file.size),
                     valid_file.size);
    learn_pages(sim);
    sim_os_delete(sim);
    return 0;
}

int valid_file_forget(void **state)
{
    (void)state;
    free(valid_file.bytes);
    return 0;
}

/* Statuses do not matter, surviving does. */
static void survive(fh_status status)
{
    (void)status;
}

/* Everything that only reads. */
static void look_around(fh_db *db)
{
    static fh_map_cell cells[VALID_PAGES_MAX];
    static fh_slot_info slots[256];
    fh_stat_info stat = {.size = sizeof(stat)};
    uint64_t histogram[32];
    size_t count = 0;
    fh_chunk_info chunk;
    fh_page_info page;

    survive(fh_stat(db, &stat));
    survive(fh_map_walk(db, 0, cells, VALID_PAGES_MAX, &count));
    survive(fh_run_histogram(db, histogram));
    for (uint32_t i = 0; i < 4; i++) {
        survive(fh_chunk_describe(db, i, &chunk, slots, 256, &count));
        survive(fh_page_describe(db, i * 7, &page));
    }
}

/* Gets too: they take another way through the pages than cursors do. */
fh_status valid_file_read(fh_db *db, uint64_t *ret_hash)
{
    unsigned char buffer[ITEMS_KEY_MAX];
    fh_txn *txn = NULL;
    fh_bytes value;
    fh_status status = fh_begin(db, FH_READ, &txn);

    if (status != FH_OK) return status;
    for (unsigned i = 0; i < 60; i += 3) {
        fh_status got = fh_get(txn, NULL, items_numbered("k", i, buffer), &value);

        if (got == FH_OK && value.size > 0)
            assert_true(((const unsigned char *)value.data)[value.size - 1] <= 0xff);
    }
    status = oracle_hash_txn(txn, ret_hash);
    fh_abort(txn);
    return status;
}

struct valid_look valid_file_look(struct sim *sim, unsigned flags)
{
    fh_options options = {.size = sizeof(options), .flags = flags};
    struct valid_look look = {.read = FH_CORRUPT, .check = FH_CORRUPT};
    fh_check_info info = {0};
    fh_db *db = NULL;
    uint64_t hash = 0;

    look.open = db_open(sim_os_port(sim), VALID_PATH, &options, &db);
    if (look.open != FH_OK) return look;
    look.read = valid_file_read(db, &hash);
    look.is_right = look.read == FH_OK && hash == valid_file.hash;
    look.is_earlier = look.read == FH_OK && hash == valid_file.earlier_hash;
    look.check = fh_check(db, NULL, &info);
    look.fault_count = info.fault_count;
    look_around(db);
    (void)fh_close(db);
    return look;
}

bool valid_file_is_noticed(struct valid_look look)
{
    return look.open != FH_OK || look.read != FH_OK || look.check != FH_OK || look.fault_count > 0;
}

struct sim *valid_file_place(const void *bytes, size_t size)
{
    struct sim *sim = sim_os_new(seed_get());

    sim_os_put_file(sim, VALID_PATH, bytes, size);
    return sim;
}
