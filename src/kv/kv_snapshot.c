/*
 * kv_snapshot.c - who reads what, and since when.
 */
#include "freehold/inspect.h"

#include <assert.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "kv/db_internal.h"

enum { NS_PER_MS = 1000000 };

static_assert((int)FH_TAG_BYTES == SEAT_TAG_MAX + 1, "a tag is copied whole");

static void give(struct pager_readers *readers)
{
    memory_give(readers->readers);
    memory_give(readers->pages);
}

static void add_reader(fh_snapshot_info *info, const struct pager_readers *readers, uint32_t i,
                       uint32_t process_id)
{
    const struct snapshot_reader *reader = &readers->readers[i];

    if (info->reader_count == 0 || reader->age_ns / NS_PER_MS > info->age_ms) {
        info->txn_id = reader->txn_id;
        info->age_ms = reader->age_ns / NS_PER_MS;
        info->process_id = process_id;
        info->thread_id = reader->thread_id;
        info->is_leased = reader->is_leased;
        memcpy(info->tag, reader->tag, sizeof(info->tag));
    }
    info->reader_count++;
    info->pinned_pages += readers->pages[i];
}

fh_status fh_snapshot_walk(fh_db *db, fh_snapshot_info *snapshots, size_t capacity,
                           size_t *ret_count)
{
    struct pager_readers readers;
    uint32_t process_id;
    size_t count = 0;

    if (db == NULL || ret_count == NULL || (snapshots == NULL && capacity > 0))
        return fail(FH_INVALID, "fh_snapshot_walk: a NULL argument");
    TRY(pager_readers(db->pager, &readers));
    process_id = db->os->process_id(db->os);
    for (uint32_t i = 0; i < readers.count; i++) {
        bool is_new = i == 0 || readers.readers[i].txn_id != readers.readers[i - 1].txn_id;

        count += is_new;
        if (count > capacity) continue;
        if (is_new) snapshots[count - 1] = (fh_snapshot_info){.reader_count = 0};
        add_reader(&snapshots[count - 1], &readers, i, process_id);
    }
    give(&readers);
    *ret_count = count;
    return FH_OK;
}

fh_status fh_reader_walk(fh_db *db, fh_reader_info *infos, size_t capacity, size_t *ret_count)
{
    struct pager_readers readers;
    uint32_t process_id;

    if (db == NULL || ret_count == NULL || (infos == NULL && capacity > 0))
        return fail(FH_INVALID, "fh_reader_walk: a NULL argument");
    TRY(pager_readers(db->pager, &readers));
    process_id = db->os->process_id(db->os);
    for (uint32_t i = 0; i < readers.count && i < capacity; i++) {
        const struct snapshot_reader *reader = &readers.readers[i];

        infos[i] = (fh_reader_info){
            .txn_id = reader->txn_id,
            .age_ms = reader->age_ns / NS_PER_MS,
            .process_id = process_id,
            .thread_id = reader->thread_id,
            .is_leased = reader->is_leased,
        };
        memcpy(infos[i].tag, reader->tag, sizeof(infos[i].tag));
    }
    *ret_count = readers.count;
    give(&readers);
    return FH_OK;
}
