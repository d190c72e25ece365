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

fh_status os_remove_leftover(const struct os *os, const char *path)
{
    struct os_file *file;
    fh_status status = os->open(os, path, OS_OPEN_WRITE, &file);

    if (status == FH_NOT_FOUND) return FH_OK;
    TRY(status);
    status = os->lock(file, true);
    if (status == FH_OK) status = os->remove(os, path);
    os->close(file);
    return status == FH_NOT_FOUND ? FH_OK : status;
}
