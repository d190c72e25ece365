/*
 * change_fuzz.c - bytes changed in a database and in its log.
 *
 * An input is a list of changes of four bytes: the first bit says whether one goes to the log
 * or to the database, the next 23 say where (modulo its size), the last byte says what is xored
 * there. With an odd number of changes the log's records get the right checksums afterwards. Any
 * status is fine; a crash, a hang, a leak or a failed audit is not. When the log alone was
 * changed, a commit that was acknowledged afterwards must be there.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "freehold/kv.h"
#include "support/logged_file.h"
#include "support/survive.h"

enum { CHANGE_BYTES = 4, CHANGES_MAX = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Damage in a node, which is not verified when it is read, may take later items along. */
static void try_files(const uint8_t *file, size_t size, const uint8_t *log, unsigned flags)
{
    struct sim *sim = sim_os_new(1);
    size_t original_size;
    const uint8_t *original = logged_file(&original_size);
    bool is_whole = memcmp(file, original, size) == 0;

    sim_os_put_file(sim, SURVIVE_PATH, file, size);
    sim_os_put_file(sim, SURVIVE_PATH "-wal", log, LOGGED_LOG_BYTES);
    survive_open(sim, flags, is_whole);
    sim_os_delete(sim);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t block_count = memory_block_count();
    size_t file_size, count = size / CHANGE_BYTES;
    const uint8_t *original = logged_file(&file_size);
    uint8_t log[LOGGED_LOG_BYTES];
    uint8_t *file = malloc(file_size);

    if (file == NULL) abort();
    memcpy(file, original, file_size);
    memcpy(log, logged_file_log(), sizeof(log));
    for (size_t i = 0; i < count && i < CHANGES_MAX; i++) {
        const uint8_t *change = data + i * CHANGE_BYTES;
        size_t at = (size_t)(change[0] & 0x7f) << 16 | (size_t)change[1] << 8 | change[2];

        if ((change[0] & 0x80) != 0)
            log[at % sizeof(log)] ^= change[3];
        else
            file[at % file_size] ^= change[3];
    }
    if (count % 2 != 0) logged_file_seal(log);
    try_files(file, file_size, log, FH_OPEN_READ_ONLY);
    try_files(file, file_size, log, 0);
    try_files(file, file_size, log, FH_OPEN_WITHOUT_LOG);
    free(file);
    if (memory_block_count() != block_count) abort();
    return 0;
}
