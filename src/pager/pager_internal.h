/*
 * pager_internal.h - what the files of this layer share.
 */
#ifndef FREEHOLD_PAGER_PAGER_INTERNAL_H
#define FREEHOLD_PAGER_PAGER_INTERNAL_H

#include <stdatomic.h>

#include "base/bits.h"
#include "base/crc32c.h"
#include "os/lock_rank.h"
#include "os/thread.h"
#include "pager/meta_format.h"
#include "pager/page_writer.h"
#include "pager/pager.h"
#include "pager/pending.h"
#include "pager/space_map.h"
#include "pager/txn.h"

enum { PAGER_LOCK_WRITER = LOCK_RANK_PAGER + 1, PAGER_LOCK_SPACE = LOCK_RANK_ALLOC };

/* A group of chunks as the durable checkpoint has it. */
struct group {
    page_no map_page;
    uint32_t map_crc;
    uint32_t free_pages;
    uint16_t longest_run;
};

struct retired {
    struct run run;
    uint64_t born;
    uint64_t freed;
};

struct txn {
    struct pager *pager;
    struct descriptor base;
    uint64_t epoch; /* W2, W6 */
    uint64_t txn_id;
    uint64_t oldest_pin; /* of a reader, when it began; UINT64_MAX: none */
    uint64_t spill_count;
    bool from_reserve;
    struct retired *retired;
    uint32_t retired_count;
    uint32_t retired_capacity;
    uint8_t *emit_buffer;
    struct page_writer emit;
};

struct pager {
    /* Constant after open. */
    const struct os *os;
    struct os_file *file;
    bool read_only;
    bool is_new;
    uint8_t page_shift;
    uint8_t chunk_shift;
    uint32_t page_bytes;
    uint32_t chunk_pages;
    uint32_t uuid_seed;
    const char *policy;
    struct backing *backing;

    struct overlay overlay;
    struct snapshots snapshots;

    /* Guarded by writer_lock. */
    struct mutex writer_lock;
    struct condition writer_free;
    bool has_writer;

    /* Atomic. */
    atomic_bool is_poisoned;

    /* Changed by the writer with space_lock held, looked at by others with it. */
    struct mutex space_lock;
    struct alloc *alloc; /* NULL until somebody needs it */
    struct pending pending;
    struct meta meta; /* of C, the durable checkpoint */
    struct group *groups;
    uint32_t group_count;
    uint8_t *has_header; /* by chunk: its header page has content in C */
    uint32_t has_header_capacity;
    struct run directory;
    uint8_t *directory_bytes; /* its entries */

    /* The writer's own. */
    struct txn txn;
    uint64_t *pins;
    uint32_t pin_capacity;
    fh_status mirror_failure; /* of the last checkpoint, which holds all the same */
    bool must_sync_all;       /* the file's length changed since the last barrier */

    /* Set at open. */
    bool must_verify; /* V2: the meta in use may be older than the newest */
    uint64_t quota_pages;
};

enum { PAGER_FIXED_PAGES = META_FIRST_PAGE + META_COPY_COUNT, INITIAL_BYTES = 128 * 1024 };

/* recover.c */
fh_status recover_metas(struct pager *pager);
fh_status recover_first_metas(struct pager *pager); /* of a new file: all four copies */
fh_status recover_space(struct pager *pager);       /* space_lock held; loads once */
void pager_note_headers(struct pager *pager, uint32_t group_no); /* after C changed */

/* checkpoint.c: makes `state` durable; FH_POISONED and is_poisoned when that is uncertain. */
fh_status checkpoint_write(struct pager *pager, const struct descriptor *state);

/* verify.c: FH_CORRUPT unless the slot of a used page is true, as far as the pager can tell. */
fh_status verify_page(struct pager *pager, page_no page, struct slot *ret_slot);
fh_status verify_all(struct pager *pager);

/* txn.c: what no pin blocks any more becomes free; nothing without maps or memory. */
void pager_release_pending(struct pager *pager);

/* pager.c */
struct alloc_options pager_alloc_options(const struct pager *pager);

static inline uint32_t pager_group_pages(const struct pager *pager)
{
    return SPACE_GROUP_CHUNKS * pager->chunk_pages;
}

static inline page_no pager_header_page(const struct pager *pager, page_no page)
{
    return page & ~(pager->chunk_pages - 1);
}

#endif
