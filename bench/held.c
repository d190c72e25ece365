/*
 * held.c - a database in which readers hold pages that were freed, and small commits beside them.
 */
#include "held.h"

#include <stdlib.h>
#include <string.h>

#include "stop.h"

enum { PAGE_BYTES = 512, VALUE_BYTES = 300, KEY_BYTES = 4, ITEMS_PER_COMMIT = 500, STRIDE = 7919 };

static void must(fh_status status, const char *what)
{
    if (status != FH_OK) stop("%s: %s (%s)", what, fh_strerror(status), fh_note());
}

static fh_bytes key_of(uint32_t item, unsigned char key[KEY_BYTES])
{
    for (unsigned i = 0; i < KEY_BYTES; i++)
        key[i] = (unsigned char)(item >> (24 - 8 * i));
    return (fh_bytes){key, KEY_BYTES};
}

static void put(fh_txn *txn, uint32_t item)
{
    unsigned char key[KEY_BYTES], value[VALUE_BYTES];

    memset(value, (int)(item & 0xff), sizeof(value));
    must(fh_put(txn, NULL, key_of(item, key), (fh_bytes){value, sizeof(value)}, 0), "put");
}

void held_open(struct held *held, const char *path, uint32_t item_count)
{
    fh_options options = {.size = sizeof(options),
                          .flags = FH_OPEN_NEW,
                          .page_bytes = PAGE_BYTES,
                          .durability = FH_NONE};
    unsigned char value[VALUE_BYTES] = {0};
    fh_loader *loader;
    fh_txn *txn;

    *held = (struct held){.item_count = item_count};
    must(fh_open(path, &options, &held->db), path);
    must(fh_begin(held->db, FH_WRITE, &txn), "begin");
    must(fh_loader_open(txn, NULL, &loader), "load");
    for (uint32_t item = 0; item < item_count; item++) {
        unsigned char key[KEY_BYTES];

        must(fh_loader_add(loader, key_of(item, key), (fh_bytes){value, sizeof(value)}), "load");
    }
    must(fh_loader_finish(loader), "load");
    must(fh_commit(txn), "commit");
}

void held_close(struct held *held)
{
    held_end(held);
    must(fh_close(held->db), "close");
}

void held_begin(struct held *held, uint32_t reader_count)
{
    uint32_t commits = held->item_count / ITEMS_PER_COMMIT + reader_count;
    uint32_t item = 0;

    held->readers = stop_or_memory(reader_count * sizeof(fh_txn *));
    for (uint32_t i = 0; i < commits; i++) {
        uint64_t end = (uint64_t)held->item_count * (i + 1) / commits;
        fh_txn *txn;

        if (held->reader_count < reader_count)
            must(fh_begin(held->db, FH_READ, &held->readers[held->reader_count++]), "read");
        must(fh_begin(held->db, FH_WRITE, &txn), "begin");
        for (; item < end; item++)
            put(txn, item);
        must(fh_commit(txn), "commit");
    }
}

void held_end(struct held *held)
{
    while (held->reader_count > 0)
        fh_abort(held->readers[--held->reader_count]);
    free(held->readers);
    held->readers = NULL;
}

void held_commit(struct held *held, uint32_t commit_count)
{
    for (uint32_t i = 0; i < commit_count; i++) {
        fh_txn *txn;

        must(fh_begin(held->db, FH_WRITE, &txn), "begin");
        put(txn, held->next);
        must(fh_commit(txn), "commit");
        held->next = (held->next + STRIDE) % held->item_count;
    }
}

void held_read_and_commit(struct held *held, uint32_t commit_count)
{
    for (uint32_t i = 0; i < commit_count; i++) {
        unsigned char key[KEY_BYTES];
        fh_bytes value;
        fh_txn *txn;

        must(fh_begin(held->db, FH_READ, &txn), "read");
        must(fh_get(txn, NULL, key_of(held->next, key), &value), "get");
        held_commit(held, 1);
        fh_abort(txn);
    }
}

fh_stat_info held_stat(const struct held *held)
{
    fh_stat_info stat = {.size = sizeof(stat)};

    must(fh_stat(held->db, &stat), "stat");
    return stat;
}
