/*
 * db.h - a database as the user sees it: the pager, the catalog, the transactions alive.
 *
 * fh_open is db_open over the system; the tests open over a simulated one.
 */
#ifndef FREEHOLD_KV_DB_H
#define FREEHOLD_KV_DB_H

#include "base/compiler.h"
#include "freehold/kv.h"
#include "os/os.h"

/* As fh_open, over any implementation of the port; `os` must outlive the database. */
fh_status db_open(const struct os *os, const char *path, const fh_options *options,
                  fh_db **ret_db) MUST_CHECK;

/*
 * Every in-memory structure of the database audits itself: pager, pending, free space,
 * overlay. No transaction may be writing. The note names the first law that is broken.
 */
fh_status db_audit(fh_db *db) MUST_CHECK;

#endif
