/*
 * chunk.h - what is known in memory of each chunk: counts, cover, drafts of slots.
 *
 * A draft holds the slots of pages taken since the header pages were written last. The
 * table owns all drafts; chunks that have one stand in a list, so that a checkpoint
 * looks at those only.
 */
#ifndef FREEHOLD_ALLOC_CHUNK_H
#define FREEHOLD_ALLOC_CHUNK_H

#include <stdbool.h>

#include "alloc/slot_format.h"
#include "base/compiler.h"
#include "freehold/status.h"

enum chunk_room { CHUNK_ROOM_SURE, CHUNK_ROOM_UNKNOWN, CHUNK_ROOM_GONE };

struct chunk {
    uint32_t used_pages; /* the header page not counted */
    uint32_t free_pages;
    bool is_covered;      /* inside a long run: no header page */
    uint8_t room;         /* of enum chunk_room: is the medium's there */
    uint64_t whole_since; /* when it became wholly free, as the owner counts */
    struct slot *draft;   /* chunk_pages of them, or NULL */
    struct slot *frozen;  /* the same, of a checkpoint that is being written */
};

struct frozen_draft {
    uint32_t chunk_no;
    struct slot *slots;
};

struct chunk_table {
    struct chunk *chunks;
    uint32_t capacity;
    uint32_t chunk_pages;
    uint32_t *drafted; /* numbers of the chunks that have a draft */
    uint32_t drafted_count;
    uint32_t drafted_capacity;
    struct frozen_draft *frozen; /* by chunk number */
    uint32_t frozen_count;
};

void chunk_table_init(struct chunk_table *table, uint32_t chunk_pages);
void chunk_table_fini(struct chunk_table *table);

/* Room for chunks 0 .. chunk_count - 1. */
fh_status chunk_reserve(struct chunk_table *table, uint32_t chunk_count) MUST_CHECK;

/* The chunk has a draft afterwards. */
fh_status chunk_draft(struct chunk_table *table, uint32_t chunk_no) MUST_CHECK;
void chunk_drop_drafts(struct chunk_table *table);

/*
 * All drafts are put aside, so that a checkpoint can write them while new ones are made;
 * then they are dropped, or come back behind newer ones, which cannot fail. One set at a time.
 */
fh_status chunk_freeze_drafts(struct chunk_table *table) MUST_CHECK;
void chunk_drop_frozen(struct chunk_table *table);
void chunk_thaw_drafts(struct chunk_table *table);

#endif
