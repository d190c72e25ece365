/*
 * valid_file.h - a small valid database file, and a look at what has become of it.
 *
 * Made once a program, of 512-byte pages: items, a named tree with values in runs, freed
 * pages, three commits. Tests damage copies of it on simulated machines.
 */
#ifndef FREEHOLD_TESTS_FAULT_VALID_FILE_H
#define FREEHOLD_TESTS_FAULT_VALID_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crash/sim_os.h"
#include "freehold/inspect.h"

enum {
    VALID_PAGE_BYTES = 512,
    VALID_PAGES_MAX = 1024,
    VALID_META_FIRST = 1, /* pages of the four metas */
    VALID_META_END = 5
};

#define VALID_PATH "valid.fh"

struct valid_file {
    unsigned char *bytes;
    size_t size;
    uint32_t page_count; /* that the metas tell; the file may be longer */
    fh_page_kind kinds[VALID_PAGES_MAX];
    bool is_used[VALID_PAGES_MAX];
    uint64_t hash;         /* of its state */
    uint64_t earlier_hash; /* of the state one commit before */
};

/* What came of opening, reading and checking. */
struct valid_look {
    fh_status open;
    fh_status read;
    fh_status check;
    bool is_right;
    bool is_earlier;
    uint64_t fault_count;
};

/* cmocka group fixtures around valid_file. */
extern struct valid_file valid_file;
int valid_file_make(void **state);
int valid_file_forget(void **state);

/* A machine with these bytes at VALID_PATH; the caller deletes it. */
struct sim *valid_file_place(const void *bytes, size_t size);

/* Opens VALID_PATH with `flags`, reads, checks, describes everything, closes. */
struct valid_look valid_file_look(struct sim *sim, unsigned flags);

/* Reads all by gets and cursors. */
fh_status valid_file_read(fh_db *db, uint64_t *ret_hash) FH_MUST_CHECK;

/* Some call said that something is wrong. */
bool valid_file_is_noticed(struct valid_look look);

#endif
