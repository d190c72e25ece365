/*
 * log_fuzz.c - any bytes as the log of a database.
 *
 * A small database stands beside each input; its meta names a log. An input is tried twice:
 * as that file, and as the records of the log that the meta names, with the right checksums,
 * so that a search gets behind them. Any status is fine; a crash, a hang, a leak or a failed
 * audit is not, and a commit that was acknowledged afterwards must be there.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "freehold/kv.h"
#include "support/logged_file.h"
#include "support/survive.h"

enum { INPUT_MAX = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_log(const uint8_t *log, size_t log_size, unsigned flags)
{
    size_t size;
    const uint8_t *file = logged_file(&size);
    struct sim *sim = sim_os_new(1);

    sim_os_put_file(sim, SURVIVE_PATH, file, size);
    sim_os_put_file(sim, SURVIVE_PATH "-wal", log, log_size);
    survive_open(sim, flags, true);
    sim_os_delete(sim);
}

static void try_records(const uint8_t *data, size_t size)
{
    uint8_t log[LOGGED_LOG_BYTES] = {0};
    size_t first = logged_file_first();

    memcpy(log, logged_file_log(), LOGGED_HEADER_BYTES);
    if (size > sizeof(log) - first) size = sizeof(log) - first;
    if (size > 0) memcpy(log + first, data, size);
    logged_file_seal(log);
    try_log(log, sizeof(log), FH_OPEN_READ_ONLY);
    try_log(log, sizeof(log), 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t block_count = memory_block_count();

    if (size > INPUT_MAX) return 0;
    try_log(data, size, FH_OPEN_READ_ONLY);
    try_log(data, size, 0);
    try_log(data, size, FH_OPEN_WITHOUT_LOG);
    try_records(data, size);
    if (memory_block_count() != block_count) abort();
    return 0;
}
