/*
 * scratch.h - a database in a directory of its own, and what must hold of any database.
 *
 * Fixtures for cmocka: setup makes the directory and an empty database, teardown checks
 * the database, closes it and removes everything. `*state` is a struct scratch.
 */
#ifndef FREEHOLD_TESTS_SUPPORT_SCRATCH_H
#define FREEHOLD_TESTS_SUPPORT_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "freehold/kv.h"
#include "support/items.h"

enum { SCRATCH_PATH_BYTES = 512, SCRATCH_FILE_BYTES = SCRATCH_PATH_BYTES + 64 };

struct scratch {
    char directory[SCRATCH_PATH_BYTES];
    char path[SCRATCH_FILE_BYTES]; /* of the database */
    fh_db *db;                     /* NULL: closed by the test */
};

/* With 8192-byte pages; with 512-byte pages; a directory without a database. */
int scratch_setup(void **state);
int scratch_setup_small(void **state);
int scratch_setup_empty(void **state);
int scratch_teardown(void **state);

/* FH_OPEN_CREATE with `page_bytes` (0: the default) and `flags` besides. */
fh_options scratch_options(uint32_t page_bytes, unsigned flags);

/* Opens scratch->db, closes it, does both. Fails the test on any error. */
void scratch_open(struct scratch *scratch, const fh_options *options);
void scratch_close(struct scratch *scratch);
void scratch_reopen(struct scratch *scratch);

/* `name` in the scratch directory; static, until the next call. */
const char *scratch_path(const struct scratch *scratch, const char *name);

/* A file's bytes, owned by the caller (free); and a file made of bytes. */
unsigned char *scratch_read_file(const char *path, size_t *ret_size);
void scratch_write_file(const char *path, const void *bytes, size_t size);

/* Fails the test unless fh_check finds nothing, its census adds up and db_audit passes. */
void scratch_require_clean(fh_db *db);

/* The same, but for faults that `is_allowed` accepts. */
void scratch_require_clean_but(fh_db *db, bool (*is_allowed)(const char *fault));

/* Fails the test unless, with nobody reading, all pending pages wait for the checkpoint. */
void scratch_require_resting(fh_db *db);

/* Clean, and unless, with nobody reading, all pending pages wait for the checkpoint alone. */
void scratch_require_at_rest(fh_db *db);

/* One put, get, erase in a transaction of its own; fails the test on any error. */
void scratch_put(fh_db *db, fh_bytes key, fh_bytes value);
void scratch_erase(fh_db *db, fh_bytes key);
void scratch_require_value(fh_db *db, fh_bytes key, fh_bytes value);
void scratch_require_absent(fh_db *db, fh_bytes key);

/* Puts numbered items `first` .. `end` - 1 with values of `value_bytes` bytes, one commit. */
void scratch_fill(fh_db *db, unsigned first, unsigned end, size_t value_bytes);

/* Fails the test unless the two are the same bytes. */
void scratch_require_same(fh_bytes a, fh_bytes b);

#endif
