/*
 * grown_file.h - a small database file with a past, and which pages each item of it hangs on.
 *
 * Made once a program, of 512-byte pages: trees of up to three levels, a catalog of two,
 * values in runs, many commits. The pages were learned by walking the whole file, by other
 * code than the engine's; so it can be told which items must outlast the loss of which pages.
 */
#ifndef FREEHOLD_TESTS_FAULT_GROWN_FILE_H
#define FREEHOLD_TESTS_FAULT_GROWN_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crash/sim_os.h"
#include "freehold/kv.h"

enum {
    GROWN_PAGE_BYTES = 512,
    GROWN_CHUNK_PAGES = 16,
    GROWN_PAGES_MAX = 4096,
    GROWN_ITEMS_MAX = 4096,
    GROWN_NAME_BYTES = 16,
    GROWN_WAY_MAX = 12
};

#define GROWN_PATH "grown.fh"

enum grown_kind { GROWN_NOTHING, GROWN_CATALOG, GROWN_BRANCH, GROWN_LEAF, GROWN_RUN };

struct grown_item {
    char tree[GROWN_NAME_BYTES]; /* "" for the unnamed one */
    uint32_t tree_id;
    unsigned char key[64];
    size_t key_bytes;
    unsigned char *value;
    size_t value_bytes;
    uint32_t way[GROWN_WAY_MAX]; /* nodes of the catalog and the tree */
    unsigned way_count;
    uint32_t run_first;
    uint32_t run_count; /* 0: the value stands in the leaf */
};

struct grown_file {
    unsigned char *bytes;
    size_t size;
    uint32_t page_count;
    uint32_t catalog_root;
    enum grown_kind kinds[GROWN_PAGES_MAX];
    struct grown_item items[GROWN_ITEMS_MAX];
    size_t item_count;
};

/* cmocka group fixtures around grown_file. */
extern struct grown_file grown_file;
int grown_file_make(void **state);
int grown_file_forget(void **state);

/* The item hangs on none of these pages; `damaged` has one for each page. */
bool grown_file_outlasts(const struct grown_item *item, const bool *damaged);

#endif
