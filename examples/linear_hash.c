/*
 * linear_hash.c - a structure of one's own on raw runs: a small linear hash file.
 *
 * Buckets are runs of one page; the table of their numbers is a run too. Linear hashing
 * splits one bucket at a time, in order, whenever the file gets too full, so that it grows
 * by a page and never all at once (Litwin, 1980). Nothing is changed in place: writing a
 * bucket of an earlier transaction gives it a new number, which goes into the table.
 * Keys and values are numbers.
 */
#include <freehold/kv.h>
#include <freehold/run.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_BYTES = 8192, BUCKET_ITEMS = PAGE_BYTES / 16 - 1, BUCKETS_MAX = PAGE_BYTES / 4 - 2 };
enum { TABLE_TAG = 1, BUCKET_TAG = 2, ITEMS = 20000, BATCH = 1000 };

struct item {
    uint64_t key;
    uint64_t value;
};

struct bucket {
    uint64_t count;
    uint64_t reserved;
    struct item items[BUCKET_ITEMS];
};

struct table {
    uint32_t bucket_count;
    uint32_t item_count;
    uint32_t buckets[BUCKETS_MAX];
};

static void must(fh_status status)
{
    if (status == FH_OK) return;
    fprintf(stderr, "linear_hash: %s: %s\n", fh_strerror(status), fh_note());
    exit(EXIT_FAILURE);
}

static uint64_t scatter(uint64_t key)
{
    key = (key ^ key >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    key = (key ^ key >> 27) * UINT64_C(0x94d049bb133111eb);
    return key ^ key >> 31;
}

/* Of the buckets up to the last power of two, those already split have twice as many heirs. */
static uint32_t bucket_of(const struct table *table, uint64_t key)
{
    uint64_t hash = scatter(key);
    uint32_t round = 1;
    uint32_t at;

    while (2 * round <= table->bucket_count)
        round *= 2;
    at = (uint32_t)(hash % (2 * (uint64_t)round));
    return at < table->bucket_count ? at : at - round;
}

static void read_run(fh_txn *txn, uint32_t page, void *to, size_t size)
{
    fh_run_info info;

    must(fh_run_get(txn, page, &info));
    memcpy(to, info.body.data, size);
}

static void write_bucket(fh_txn *txn, struct table *table, uint32_t at, const struct bucket *bucket)
{
    fh_bytes bytes = {bucket, sizeof(*bucket)};

    if (table->buckets[at] == 0) must(fh_run_take(txn, 1, BUCKET_TAG, &table->buckets[at]));
    must(fh_run_write(txn, table->buckets[at], bytes, &table->buckets[at]));
}

/* One bucket more: the items of the next in turn are dealt out anew between it and the new one. */
static void split(fh_txn *txn, struct table *table)
{
    struct bucket old, kept = {0}, moved = {0};
    uint32_t round = 1, from, to = table->bucket_count;

    while (2 * round <= table->bucket_count)
        round *= 2;
    from = table->bucket_count - round;
    read_run(txn, table->buckets[from], &old, sizeof(old));
    table->bucket_count++;
    table->buckets[to] = 0;
    for (uint64_t i = 0; i < old.count; i++) {
        struct bucket *heir = bucket_of(table, old.items[i].key) == to ? &moved : &kept;

        heir->items[heir->count++] = old.items[i];
    }
    write_bucket(txn, table, from, &kept);
    write_bucket(txn, table, to, &moved);
}

static void add(fh_txn *txn, struct table *table, uint64_t key, uint64_t value)
{
    struct bucket bucket;
    uint32_t at = bucket_of(table, key);

    read_run(txn, table->buckets[at], &bucket, sizeof(bucket));
    if (bucket.count == BUCKET_ITEMS) {
        fprintf(stderr, "linear_hash: a bucket is full\n");
        exit(EXIT_FAILURE);
    }
    bucket.items[bucket.count++] = (struct item){key, value};
    write_bucket(txn, table, at, &bucket);
    table->item_count++;
    /* A third: buckets that wait for their turn hold up to twice as many as the others. */
    if (table->item_count > table->bucket_count * (BUCKET_ITEMS / 3) &&
        table->bucket_count < BUCKETS_MAX)
        split(txn, table);
}

static int find(fh_txn *txn, const struct table *table, uint64_t key, uint64_t *ret_value)
{
    struct bucket bucket;

    read_run(txn, table->buckets[bucket_of(table, key)], &bucket, sizeof(bucket));
    for (uint64_t i = 0; i < bucket.count; i++) {
        if (bucket.items[i].key != key) continue;
        *ret_value = bucket.items[i].value;
        return 1;
    }
    return 0;
}

/* Where the table is, is an item of the unnamed tree: both change in one transaction. */
static void save_table(fh_txn *txn, uint32_t *page, const struct table *table)
{
    fh_bytes key = {"table", 5}, number = {page, sizeof(*page)};

    if (*page == 0) must(fh_run_take(txn, 1, TABLE_TAG, page));
    must(fh_run_write(txn, *page, (fh_bytes){table, sizeof(*table)}, page));
    must(fh_put(txn, NULL, key, number, 0));
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "linear_hash.fh";
    fh_options options = {.size = sizeof(options), .flags = FH_OPEN_CREATE};
    struct table table = {.bucket_count = 1};
    uint32_t page = 0;
    uint64_t value, found = 0;
    fh_check_info info;
    fh_txn *txn;
    fh_db *db;

    must(fh_open(path, &options, &db));
    for (uint64_t i = 0; i < ITEMS; i += BATCH) {
        must(fh_begin(db, FH_WRITE, &txn));
        if (i == 0) write_bucket(txn, &table, 0, &(struct bucket){0});
        for (uint64_t key = i; key < i + BATCH; key++)
            add(txn, &table, key, key * key);
        save_table(txn, &page, &table);
        must(fh_commit(txn));
    }
    must(fh_begin(db, FH_READ, &txn));
    for (uint64_t key = 0; key < ITEMS; key++)
        found += (uint64_t)(find(txn, &table, key, &value) && value == key * key);
    fh_abort(txn);
    must(fh_check(db, NULL, &info));
    must(fh_close(db));
    printf("%" PRIu64 " of %d items found in %" PRIu32 " buckets; %" PRIu64 " faults\n", found,
           ITEMS, table.bucket_count, info.fault_count);
    return found == ITEMS && info.fault_count == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
