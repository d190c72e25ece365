/*
 * kv_draft.c - a database under another name until it is complete.
 */
#include "kv/kv_draft.h"

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "kv/db.h"

static fh_status make_under(const struct os *os, const char *path, const char *draft,
                            const fh_options *options, kv_draft_fill fill, void *context)
{
    const char *name = draft;
    fh_status status, closed;
    fh_db *db;

    TRY(os_remove_leftover(os, draft));
    TRY(db_open(os, draft, options, &db));
    status = fill(context, db);
    if (status == FH_OK) status = os->rename(os, draft, path);
    if (status == FH_OK) {
        name = path;
        status = os->sync_directory(os, path);
    }
    if (status != FH_OK) (void)os->remove(os, name); /* the failure before is the one to tell */
    closed = fh_close(db);
    return status == FH_OK ? closed : status;
}

fh_status kv_draft_require_absent(const struct os *os, const char *path)
{
    struct os_file *file;
    fh_status status = os->open(os, path, OS_OPEN_READ, &file);

    if (status == FH_NOT_FOUND) return FH_OK;
    TRY(status);
    os->close(file);
    return fail(FH_EXISTS, "%s: there is a file already", path);
}

fh_status kv_draft_make(const struct os *os, const char *path, const fh_options *options,
                        kv_draft_fill fill, void *context)
{
    static const char suffix[] = "-copy";
    size_t length = strlen(path);
    char *draft = memory_take(length + sizeof(suffix), 1);
    fh_status status;

    if (draft == NULL) return fail(FH_NO_MEMORY, "no memory for a path");
    memcpy(draft, path, length);
    memcpy(draft + length, suffix, sizeof(suffix));
    status = make_under(os, path, draft, options, fill, context);
    memory_give(draft);
    return status;
}
