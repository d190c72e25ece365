/*
 * kv_repair.h - a damaged database saved into a new one, and what the files of it share.
 *
 * The damaged file is read by pager/salvage.h and tree/tree_salvage.h; the new one is
 * written with the public calls. What the log holds is done again in the new one: its
 * operations are about keys, so it does not matter which pages are gone.
 */
#ifndef FREEHOLD_KV_KV_REPAIR_H
#define FREEHOLD_KV_KV_REPAIR_H

#include "freehold/kv.h"
#include "kv/catalog.h"
#include "tree/tree_salvage.h"

/* As fh_repair, over any implementation of the port. */
fh_status kv_repair(const struct os *os, const char *path, const char *new_path,
                    const fh_repair_options *options, fh_repair_info *ret_info) MUST_CHECK;

/* A tree that the catalog names. */
struct kv_repair_tree {
    uint32_t tree_id;
    bool is_damaged;
};

struct kv_repair {
    /* Constant after the beginning. */
    fh_repair_options options;
    struct salvage *source;
    fh_txn *to;

    /* The state that is saved. */
    struct tree_state root;
    bool has_catalog;
    bool is_older;             /* not the newest: any tree may have had more */
    const struct meta *logged; /* whose log is done again; NULL: no meta names one */

    /* Found on the way. */
    fh_repair_info info;
    struct fault_list notes;
    struct kv_repair_tree *trees;
    size_t tree_count;
    size_t tree_capacity;
    bool catalog_is_damaged;
    uint64_t quota_bytes;
    uint64_t since_progress;

    struct tree_salvage catalog_walk;
    struct tree_salvage walk;

    /* The tree that is being saved. */
    struct span name;
    fh_tree *into;
    fh_loader *loader;
    uint64_t items;
    bool is_damaged;
};

/* kv_repair_report.c */

/* A tree's name as the findings have it. `room` is KV_REPAIR_NAME_BYTES long. */
enum { KV_REPAIR_NAME_BYTES = 300 };
const char *kv_repair_name(char *room, struct span name);

/* Lost keys, of a tree or of the catalog (kind says which); the thread's note says why. */
void kv_repair_lost(struct kv_repair *repair, fh_finding_kind kind, struct span name,
                    const struct tree_salvage_loss *loss);

/* Any other finding, in words. */
void kv_repair_say(struct kv_repair *repair, fh_finding_kind kind, uint64_t page,
                   const char *format, ...) PRINTF_LIKE(4, 5);

/* The kind of callback that a fault_list has; `context` is the struct kv_repair. */
void kv_repair_note(void *context, const char *text);

void kv_repair_progress(struct kv_repair *repair);

/* kv_repair_state.c: which state is saved: root, has_catalog, is_older, logged. */
fh_status kv_repair_choose(struct kv_repair *repair) MUST_CHECK;

/* kv_repair_log.c: what the log holds, done again. */
fh_status kv_repair_log(struct kv_repair *repair) MUST_CHECK;

/* kv_repair_orphan.c: leaves that nothing refers to, counted, and saved if asked for. */
fh_status kv_repair_orphans(struct kv_repair *repair) MUST_CHECK;

#endif
