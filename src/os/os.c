/*
 * os.c - what every system does alike, in terms of the port.
 */
#include "os/os.h"

#include <inttypes.h>

#include "base/check.h"
#include "base/note.h"

fh_status os_read_all(struct os_file *file, uint64_t at, void *buffer, size_t bytes)
{
    size_t read_bytes;

    TRY(file->os->read(file, at, buffer, bytes, &read_bytes));
    if (read_bytes < bytes)
        return fail(FH_CORRUPT,
                    "%zu bytes wanted at byte %" PRIu64 ", but the file ends after %zu of them",
                    bytes, at, read_bytes);
    return FH_OK;
}
