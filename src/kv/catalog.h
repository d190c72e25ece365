/*
 * catalog.h - the tree of trees: names, and what is kept of each tree.
 *
 * Keys are tree names. Names that begin with byte 0 are the system's: the unnamed tree's
 * record, the next tree id, the quota. Records are in docs/format.md.
 */
#ifndef FREEHOLD_KV_CATALOG_H
#define FREEHOLD_KV_CATALOG_H

#include "tree/tree.h"

enum { CATALOG_TREE_ID = 0, CATALOG_RECORD_BYTES = 56 };

enum catalog_kind { CATALOG_MAP = 1, CATALOG_RUNS = 2 };

/* The key of the tree that knows the raw runs. */
struct span catalog_runs_key(void);

/* The key of the quota, a number. */
struct span catalog_quota_key(void);

/* The key of a tree's record: the name, or for an empty name the unnamed tree's own. */
struct span catalog_key(struct span name);

/* The name that a catalog key stands for; false: the key is the system's. */
bool catalog_name(struct span key, struct span *ret_name);

/* FH_NOT_FOUND: no such tree. */
fh_status catalog_get(const struct tree *catalog, struct span name,
                      struct tree_state *ret_state) MUST_CHECK;
fh_status catalog_put(struct tree *catalog, struct span name,
                      const struct tree_state *state) MUST_CHECK;
/* What the catalog has of a tree: the bytes that catalog_put puts. */
void catalog_encode(uint8_t record[CATALOG_RECORD_BYTES], struct span name,
                    const struct tree_state *state);
fh_status catalog_erase(struct tree *catalog, struct span name) MUST_CHECK;
fh_status catalog_decode(struct span record, struct tree_state *ret_state) MUST_CHECK;

/* An id that no tree has had yet. */
/* An id that the log says was used. */
fh_status catalog_use_id(struct tree *catalog, uint32_t id) MUST_CHECK;
fh_status catalog_new_id(struct tree *catalog, uint32_t *ret_id) MUST_CHECK;

/* The most bytes that live pages may take; 0: no limit. */
fh_status catalog_quota(const struct tree *catalog, uint64_t *ret_bytes) MUST_CHECK;
fh_status catalog_set_quota(struct tree *catalog, uint64_t bytes) MUST_CHECK;

#endif
