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
#include "freehold/kv.h"
#include "support/survive.h"

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
enum { INPUT_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_flags(const uint8_t *data, size_t size, unsigned flags)
{
    struct sim *sim = sim_os_new(1);

    sim_os_put_file(sim, SURVIVE_PATH, data, size);
    survive_open(sim, flags, true);
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
