/*
 * kv_draft.h - a new database that has its name when it is complete.
 *
 * Nobody sees half of one. It is locked until it has its name, so that two that are made
 * for one place do not meet; what a crash left of one is removed by the next.
 */
#ifndef FREEHOLD_KV_KV_DRAFT_H
#define FREEHOLD_KV_KV_DRAFT_H

#include "base/compiler.h"
#include "freehold/kv.h"
#include "os/os.h"

/* Puts into the new database what belongs there. */
typedef fh_status (*kv_draft_fill)(void *context, fh_db *db);

/* FH_EXISTS: there is something at `path`. FH_OK: nothing was. */
fh_status kv_draft_require_absent(const struct os *os, const char *path) MUST_CHECK;

/* A new database at `path`, made as `options` say and filled; nothing is left on an error. */
fh_status kv_draft_make(const struct os *os, const char *path, const fh_options *options,
                        kv_draft_fill fill, void *context) MUST_CHECK;

#endif
