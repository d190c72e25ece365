/*
 * scratch.c - a database in a directory of its own, and what must hold of any database.
 */
#include "support/scratch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kv/db.h"
#include "support/temp_dir.h"
#include "support/unit.h"

static struct scratch *make_directory(void **state);
static void sift(void *context, const char *fault);

/* Where fh_check's faults go. */
struct sieve {
    bool (*is_allowed)(const char *fault); /* NULL: none is */
    uint64_t allowed_count;
    uint64_t bad_count;
};

int scratch_setup(void **state)
{
    fh_options options = scratch_options(0, 0);

    scratch_open(make_directory(state), &options);
    return 0;
}

int scratch_setup_small(void **state)
{
    fh_options options = scratch_options(512, 0);

    scratch_open(make_directory(state), &options);
    return 0;
}

int scratch_setup_empty(void **state)
{
    (void)make_directory(state);
    return 0;
}

int scratch_teardown(void **state)
{
    struct scratch *scratch = *state;

    if (scratch->db != NULL) scratch_close(scratch);
    temp_dir_remove(scratch->directory);
    free(scratch);
    return 0;
}

fh_options scratch_options(uint32_t page_bytes, unsigned flags)
{
    return (fh_options){
        .size = sizeof(fh_options), .flags = FH_OPEN_CREATE | flags, .page_bytes = page_bytes};
}

void scratch_open(struct scratch *scratch, const fh_options *options)
{
    assert_null(scratch->db);
    assert_ok(fh_open(scratch->path, options, &scratch->db));
}

void scratch_close(struct scratch *scratch)
{
    fh_db *db = scratch->db;

    scratch_require_at_rest(db);
    scratch->db = NULL;
    assert_ok(fh_close(db));
}

void scratch_reopen(struct scratch *scratch)
{
    scratch_close(scratch);
    scratch_open(scratch, NULL);
}

const char *scratch_path(const struct scratch *scratch, const char *name)
{
    static char path[SCRATCH_FILE_BYTES];

    (void)snprintf(path, sizeof(path), "%s/%s", scratch->directory, name);
    return path;
}

unsigned char *scratch_read_file(const char *path, size_t *ret_size)
{
    FILE *file = fopen(path, "rb");
    long size;
    unsigned char *bytes;

    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size = ftell(file);
    assert_true(size >= 0);
    rewind(file);
    bytes = malloc((size_t)size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, (size_t)size, file), size);
    (void)fclose(file);
    *ret_size = (size_t)size;
    return bytes;
}

void scratch_write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    if (size > 0) assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

void scratch_require_clean(fh_db *db)
{
    scratch_require_clean_but(db, NULL);
}

void scratch_require_clean_but(fh_db *db, bool (*is_allowed)(const char *fault))
{
    struct sieve sieve = {.is_allowed = is_allowed};
    fh_check_options options = {.size = sizeof(options), .report = sift, .context = &sieve};
    fh_check_info info;
    fh_stat_info stat = {.size = sizeof(stat)};

    assert_ok(db_audit(db));
    assert_ok(fh_check(db, &options, &info));
    assert_int_equal(sieve.bad_count, 0);
    assert_int_equal(info.fault_count, sieve.allowed_count);
    assert_int_equal(info.used_pages + info.metadata_pages + info.pending_pages + info.free_pages,
                     info.page_count);

    assert_ok(fh_stat(db, &stat));
    assert_int_equal(stat.live_pages + stat.free_pages + stat.pending_pages, stat.file_pages);
    assert_int_equal(stat.item_count, info.item_count);
    assert_int_equal(stat.tree_count, info.tree_count);
    assert_true(stat.file_bytes >= stat.file_pages * stat.page_bytes);
    assert_true(stat.pinned_pages <= stat.pending_pages);
    assert_true(stat.checkpoint_pages <= stat.pending_pages);
}

void scratch_require_at_rest(fh_db *db)
{
    scratch_require_clean(db);
    scratch_require_resting(db);
}

void scratch_require_resting(fh_db *db)
{
    fh_stat_info stat = {.size = sizeof(stat)};

    assert_ok(fh_stat(db, &stat));
    assert_int_equal(stat.reader_count, 0);
    assert_int_equal(stat.oldest_reader_txn_id, 0);
    assert_int_equal(stat.pinned_pages, 0);
    assert_int_equal(stat.pending_pages, stat.checkpoint_pages);
}

void scratch_put(fh_db *db, fh_bytes key, fh_bytes value)
{
    fh_txn *txn;

    assert_ok(fh_begin(db, FH_WRITE, &txn));
    assert_ok(fh_put(txn, NULL, key, value, 0));
    assert_ok(fh_commit(txn));
}

void scratch_erase(fh_db *db, fh_bytes key)
{
    fh_txn *txn;

    assert_ok(fh_begin(db, FH_WRITE, &txn));
    assert_ok(fh_erase(txn, NULL, key));
    assert_ok(fh_commit(txn));
}

void scratch_require_value(fh_db *db, fh_bytes key, fh_bytes value)
{
    fh_txn *txn;
    fh_bytes present;

    assert_ok(fh_begin(db, FH_READ, &txn));
    assert_ok(fh_get(txn, NULL, key, &present));
    scratch_require_same(present, value);
    fh_abort(txn);
}

void scratch_require_absent(fh_db *db, fh_bytes key)
{
    fh_txn *txn;
    fh_bytes present;

    assert_ok(fh_begin(db, FH_READ, &txn));
    assert_status(fh_get(txn, NULL, key, &present), FH_NOT_FOUND);
    fh_abort(txn);
}

void scratch_fill(fh_db *db, unsigned first, unsigned end, size_t value_bytes)
{
    unsigned char buffer[ITEMS_KEY_MAX];
    unsigned char *value = malloc(value_bytes + 1);
    fh_txn *txn;

    assert_non_null(value);
    assert_ok(fh_begin(db, FH_WRITE, &txn));
    for (unsigned i = first; i < end; i++) {
        items_fill(i, value, value_bytes);
        assert_ok(
            fh_put(txn, NULL, items_numbered("k", i, buffer), (fh_bytes){value, value_bytes}, 0));
    }
    assert_ok(fh_commit(txn));
    free(value);
}

void scratch_require_same(fh_bytes a, fh_bytes b)
{
    assert_int_equal(a.size, b.size);
    if (a.size > 0) assert_memory_equal(a.data, b.data, a.size);
}

static struct scratch *make_directory(void **state)
{
    struct scratch *scratch = calloc(1, sizeof(*scratch));

    assert_non_null(scratch);
    temp_dir_make(scratch->directory, sizeof(scratch->directory));
    memcpy(scratch->path, scratch_path(scratch, "test.fh"), sizeof(scratch->path));
    *state = scratch;
    return scratch;
}

static void sift(void *context, const char *fault)
{
    struct sieve *sieve = context;

    if (sieve->is_allowed != NULL && sieve->is_allowed(fault)) {
        sieve->allowed_count++;
        return;
    }
    sieve->bad_count++;
    print_message("fault: %s\n", fault);
}
