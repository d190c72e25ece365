/*
 * promise_commit.c - what a commit of one item asks of the system beside many free pages.
 *
 * Two trees whose values take a page each are loaded side by side, so that their pages stand in
 * turn; then one of them goes, and each of its pages is a free run of its own. The commits are
 * in a third, small tree. Syncs are counted where the library's calls arrive: this program's
 * own functions stand before the C library's.
 */
#define _GNU_SOURCE /* syscall */
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "freehold/kv.h"
#include "promise_work.h"
#include "scratch.h"
#include "stop.h"

enum {
    PAGE_BYTES = 512,
    WIDE_BYTES = 300, /* more than a quarter page: a page of its own */
    VALUE_BYTES = 100,
    KEY_BYTES = 4,
    ITEMS = 20000,
    COMMITS = 1000,
    SETTLING = 300
};

static uint64_t sync_count;

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the C library's has none */
__attribute__((visibility("default"))) int fsync(int file)
{
    sync_count++;
    return (int)syscall(SYS_fsync, file);
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the C library's has none */
__attribute__((visibility("default"))) int fdatasync(int file)
{
    sync_count++;
    return (int)syscall(SYS_fdatasync, file);
}

static void must(fh_status status, const char *what)
{
    if (status != FH_OK) stop("%s: %s (%s)", what, fh_strerror(status), fh_note());
}

static fh_bytes key_of(uint64_t item, unsigned char key[KEY_BYTES])
{
    for (unsigned i = 0; i < KEY_BYTES; i++)
        key[i] = (unsigned char)(item >> (24 - 8 * i));
    return (fh_bytes){key, KEY_BYTES};
}

static fh_tree *tree_of(fh_txn *txn, const char *name)
{
    fh_tree *tree;

    must(fh_tree_open(txn, (fh_bytes){name, strlen(name)}, FH_TREE_CREATE, &tree), "tree");
    return tree;
}

static void add(fh_loader *loader, uint64_t item, size_t value_bytes)
{
    static const unsigned char value[WIDE_BYTES];
    unsigned char key[KEY_BYTES];

    must(fh_loader_add(loader, key_of(item, key), (fh_bytes){value, value_bytes}), "load");
}

static void load_small(fh_txn *txn)
{
    fh_loader *loader;

    must(fh_loader_open(txn, NULL, &loader), "load");
    for (uint64_t i = 0; i < ITEMS; i++)
        add(loader, i, VALUE_BYTES);
    must(fh_loader_finish(loader), "load");
}

/* `goes_count` pages are free afterwards, each between two that are not. */
static void free_pages_between(fh_db *db, uint64_t stays_count, uint64_t goes_count)
{
    fh_loader *stays, *goes;
    fh_txn *txn;

    must(fh_begin(db, FH_WRITE, &txn), "begin");
    must(fh_loader_open(txn, tree_of(txn, "stays"), &stays), "load");
    must(fh_loader_open(txn, tree_of(txn, "goes"), &goes), "load");
    for (uint64_t i = 0; i < stays_count; i++) {
        if (i < goes_count) add(goes, i, WIDE_BYTES);
        add(stays, i, WIDE_BYTES);
    }
    must(fh_loader_finish(stays), "load");
    must(fh_loader_finish(goes), "load");
    must(fh_commit(txn), "commit");
    must(fh_begin(db, FH_WRITE, &txn), "begin");
    must(fh_tree_drop(txn, tree_of(txn, "goes")), "drop");
    must(fh_commit(txn), "commit");
}

static void commit_one(fh_db *db, uint64_t item)
{
    unsigned char key[KEY_BYTES], value[VALUE_BYTES];
    fh_txn *txn;

    memset(value, (int)(item & 0xff), sizeof(value));
    must(fh_begin(db, FH_WRITE, &txn), "begin");
    must(fh_put(txn, NULL, key_of(item, key), (fh_bytes){value, sizeof(value)}, 0), "put");
    must(fh_commit(txn), "commit");
}

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

static void measure(fh_db *db, struct promise_commit *ret_commit)
{
    uint64_t bytes[COMMITS], syncs[COMMITS];
    uint64_t first_bytes = scratch_written(), first_syncs = sync_count;

    for (unsigned i = 0; i < COMMITS; i++) {
        uint64_t bytes_before = scratch_written(), syncs_before = sync_count;

        commit_one(db, (uint64_t)i * 7919 % ITEMS);
        bytes[i] = scratch_written() - bytes_before;
        syncs[i] = sync_count - syncs_before;
    }
    ret_commit->all_bytes = scratch_written() - first_bytes;
    ret_commit->all_syncs = sync_count - first_syncs;
    qsort(bytes, COMMITS, sizeof(bytes[0]), compare);
    qsort(syncs, COMMITS, sizeof(syncs[0]), compare);
    ret_commit->usual_bytes = bytes[COMMITS / 2];
    ret_commit->usual_syncs = syncs[COMMITS / 2];
}

void promise_commit_beside(const char *folder, uint64_t live_pages, uint64_t free_pages,
                           struct promise_commit *ret_commit)
{
    fh_options options = {.size = sizeof(options),
                          .flags = FH_OPEN_NEW | FH_OPEN_WITHOUT_RELOCATION,
                          .page_bytes = PAGE_BYTES};
    fh_stat_info stat = {.size = sizeof(stat)};
    char path[SCRATCH_PATH_BYTES];
    fh_txn *txn;
    fh_db *db;

    scratch_join(path, folder, "db");
    must(fh_open(path, &options, &db), path);
    must(fh_begin(db, FH_WRITE, &txn), "begin");
    load_small(txn);
    must(fh_commit(txn), "commit");
    free_pages_between(db, live_pages, free_pages);
    must(fh_checkpoint(db), "checkpoint");
    for (uint64_t i = 0; i < SETTLING; i++)
        commit_one(db, i); /* the log is there then, and nothing of the end is left to cut */
    must(fh_checkpoint(db), "checkpoint");
    must(fh_stat(db, &stat), "stat");
    measure(db, ret_commit);
    ret_commit->free_pages = stat.free_pages;
    ret_commit->free_runs = stat.free_run_count;
    must(fh_close(db), "close");
}
