/*
 * kv_inspect.c - pages, chunks, maps and snapshots described.
 */
#include "freehold/inspect.h"

#include "base/bits.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "kv/db_internal.h"
#include "tree/node.h"

const char *fh_page_kind_name(fh_page_kind kind)
{
    static const char *const names[] = {"unused", "header", "meta",     "map",      "directory",
                                        "branch", "leaf",   "run-head", "run-body", "raw"};

    return (unsigned)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "unknown";
}

const char *fh_page_state_name(fh_page_state state)
{
    static const char *const names[] = {"used", "free", "pending", "covered"};

    return (unsigned)state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}

/* The maps are loaded when this has succeeded. */
static fh_status load(fh_db *db, struct pager_stat *ret_stat)
{
    if (db == NULL) return fail(FH_INVALID, "no database");
    return pager_stat(db->pager, ret_stat);
}

static fh_page_state state_of(struct pager *pager, page_no page)
{
    switch (pager_page_state(pager, page)) {
    case PAGE_STATE_FREE:
        return FH_STATE_FREE;
    case PAGE_STATE_PENDING:
        return FH_STATE_PENDING;
    case PAGE_STATE_COVERED:
        return FH_STATE_COVERED;
    case PAGE_STATE_USED:
        break;
    }
    return FH_STATE_USED;
}

static fh_status describe_slot(struct fh_db *db, const struct pager_stat *stat, page_no page,
                               fh_slot_info *ret_info)
{
    fh_page_state state = state_of(db->pager, page);
    struct slot slot = {.tag = PAGE_UNUSED};
    bool is_proven = state == FH_STATE_COVERED, is_draft = false;

    if (state == FH_STATE_COVERED)
        slot.tag = PAGE_RUN_BODY;
    else if (page % stat->chunk_pages == 0)
        slot = (struct slot){.tag = PAGE_HEADER, .run_pages = 1};
    else if (state == FH_STATE_USED && pager_draft(db->pager, page, &slot))
        is_draft = is_proven = true;
    else
        TRY(pager_slot(db->pager, page, &slot, &is_proven));
    if (slot.tag == PAGE_HEADER) {
        uint32_t chunk_no = (uint32_t)(page / stat->chunk_pages);
        struct header_slot header;

        /* Without a used page in its chunk a header page has no content that could be wrong. */
        is_proven = !pager_has_header(db->pager, chunk_no) ||
                    pager_header_slot(db->pager, chunk_no, &header);
    }
    *ret_info = (fh_slot_info){
        .page_no = page,
        .kind = (fh_page_kind)slot.tag,
        .level = slot.level,
        .tree_id = slot.tree_id,
        .birth_epoch = slot.epoch,
        .run_pages = slot.run_pages,
        .body_crc = slot.body_crc,
        .is_draft = is_draft,
        .is_proven = is_proven,
        .state = state,
    };
    return FH_OK;
}

/*
 * The node in a page, when it is one; NULL also while a writer may be changing it. Without
 * NULL the writer is held, until look_away.
 */
static const uint8_t *look_at_node(struct fh_db *db, page_no page)
{
    const uint8_t *node;
    uint32_t page_bytes = pager_page_bytes(db->pager);

    if (!pager_try_hold(db->pager)) return NULL;
    node = overlay_page(pager_overlay(db->pager), page);
    if (node != NULL &&
        node_is_sound(node, page_bytes, node_level(node), load32(node + NODE_TREE_AT)))
        return node;
    pager_release_writer(db->pager);
    return NULL;
}

static void look_away(struct fh_db *db)
{
    pager_release_writer(db->pager);
}

static void describe_node(struct fh_db *db, fh_page_info *info)
{
    const uint8_t *node = look_at_node(db, info->slot.page_no);

    if (node == NULL) return;
    info->item_count = node_count(node);
    info->prefix_bytes = node_prefix_bytes(node);
    info->free_bytes =
        pager_page_bytes(db->pager) - node_used_bytes(node, pager_page_bytes(db->pager));
    info->node_epoch = node_epoch(node);
    look_away(db);
}

/* What is particular to the kind. */
static fh_status describe_kind(struct fh_db *db, const struct pager_stat *stat, fh_page_info *info)
{
    uint32_t chunk_no = info->slot.page_no / (uint32_t)stat->chunk_pages;
    struct header_slot header = {0};
    struct pager_meta meta;

    switch (info->slot.kind) {
    case FH_PAGE_HEADER:
        info->is_intact = !pager_has_header(db->pager, chunk_no) ||
                          pager_header_slot(db->pager, chunk_no, &header);
        info->checkpoint_no = header.checkpoint_no;
        return FH_OK;
    case FH_PAGE_META:
        info->is_intact = pager_meta(db->pager, info->slot.page_no, &meta) == FH_OK;
        if (info->is_intact) {
            info->checkpoint_no = meta.checkpoint_no;
            info->meta_txn_id = meta.txn_id;
            info->meta_page_count = meta.page_count;
            info->meta_root_page = meta.root_page;
        }
        return FH_OK;
    case FH_PAGE_BRANCH:
    case FH_PAGE_LEAF:
        describe_node(db, info);
        break;
    case FH_PAGE_UNUSED:
    case FH_PAGE_RUN_BODY:
        return FH_OK;
    case FH_PAGE_MAP:
    case FH_PAGE_DIRECTORY:
    case FH_PAGE_RUN_HEAD:
    case FH_PAGE_RAW:
        break;
    }
    info->is_intact = info->slot.is_draft;
    if (!info->slot.is_proven || info->slot.is_draft) return FH_OK;
    TRY(pager_body_crc(db->pager, info->slot.page_no, info->slot.run_pages, &info->computed_crc));
    info->is_intact = info->computed_crc == info->slot.body_crc;
    return FH_OK;
}

fh_status fh_page_describe(fh_db *db, uint32_t page, fh_page_info *ret_info)
{
    fh_page_info info = {.is_intact = 0};
    struct pager_stat stat;

    TRY(load(db, &stat));
    if (ret_info == NULL) return fail(FH_INVALID, "no place for the description");
    if (page >= stat.alloc.page_count)
        return fail(FH_NOT_FOUND, "page %u: the last one is %u", page, stat.alloc.page_count - 1);
    TRY(describe_slot(db, &stat, page, &info.slot));
    info.file_offset = (uint64_t)page * stat.page_bytes;
    info.is_intact = info.slot.state != FH_STATE_USED || info.slot.kind == FH_PAGE_RUN_BODY;
    if (info.slot.state == FH_STATE_USED) TRY(describe_kind(db, &stat, &info));
    *ret_info = info;
    return FH_OK;
}

fh_status fh_chunk_describe(fh_db *db, uint32_t chunk_no, fh_chunk_info *ret_info,
                            fh_slot_info *slots, size_t slot_capacity, size_t *ret_slot_count)
{
    struct pager_stat stat;
    struct header_slot header = {0};
    fh_chunk_info info = {.chunk_no = chunk_no};
    size_t count = 0;

    TRY(load(db, &stat));
    if (ret_info == NULL || (slots == NULL && slot_capacity > 0))
        return fail(FH_INVALID, "no place for the description");
    if (chunk_no >= stat.alloc.chunk_count)
        return fail(FH_NOT_FOUND, "chunk %u: the last one is %u", chunk_no,
                    stat.alloc.chunk_count - 1);
    info.first_page = chunk_no * stat.chunk_pages;
    info.page_count = stat.alloc.page_count - info.first_page;
    if (info.page_count > stat.chunk_pages) info.page_count = stat.chunk_pages;
    pager_chunk_counts(db->pager, chunk_no, &info.used_pages, &info.free_pages);
    info.pending_pages = info.page_count - info.used_pages - info.free_pages;
    info.is_covered = pager_page_state(db->pager, info.first_page) == PAGE_STATE_COVERED;
    info.is_proven = !info.is_covered && pager_header_slot(db->pager, chunk_no, &header);
    info.checkpoint_no = info.is_proven ? header.checkpoint_no : 0;
    for (; count < info.page_count && count < slot_capacity; count++)
        TRY(describe_slot(db, &stat, info.first_page + (uint32_t)count, &slots[count]));
    *ret_info = info;
    if (ret_slot_count != NULL) *ret_slot_count = info.page_count;
    return FH_OK;
}

static uint8_t fill_of(struct fh_db *db, page_no page)
{
    const uint8_t *node = look_at_node(db, page);
    uint32_t page_bytes = pager_page_bytes(db->pager), used;

    if (node == NULL) return 0;
    used = node_used_bytes(node, page_bytes);
    look_away(db);
    return (uint8_t)((uint64_t)used * 100 / page_bytes);
}

static fh_status describe_cell(struct fh_db *db, const struct pager_stat *stat, page_no page,
                               fh_map_cell *cell)
{
    fh_slot_info slot;

    TRY(describe_slot(db, stat, page, &slot));
    *cell = (fh_map_cell){.state = (uint8_t)slot.state};
    if (slot.state != FH_STATE_USED && slot.state != FH_STATE_COVERED) return FH_OK;
    cell->kind = (uint8_t)slot.kind;
    if (slot.is_proven && (slot.kind == FH_PAGE_BRANCH || slot.kind == FH_PAGE_LEAF))
        cell->fill_percent = fill_of(db, page);
    return FH_OK;
}

/* One look at what readers hold, for all cells. */
static fh_status mark_pinned(struct fh_db *db, const struct pager_stat *stat, page_no first,
                             fh_map_cell *cells, size_t count)
{
    uint64_t *bits;

    if (stat->pinned_pages == 0) return FH_OK;
    bits = memory_take(divide_up(count, 64), sizeof(*bits));
    if (bits == NULL) return fail(FH_NO_MEMORY, "no memory for a map of %zu pages", count);
    pager_pinned_map(db->pager, first, (uint32_t)count, bits);
    for (size_t i = 0; i < count; i++)
        cells[i].is_pinned = cells[i].state == FH_STATE_PENDING && bits_test(bits, i);
    memory_give(bits);
    return FH_OK;
}

fh_status fh_map_walk(fh_db *db, uint32_t first_page, fh_map_cell *cells, size_t cell_count,
                      size_t *ret_count)
{
    struct pager_stat stat;
    size_t count;

    TRY(load(db, &stat));
    if (cells == NULL || ret_count == NULL) return fail(FH_INVALID, "fh_map_walk: a NULL argument");
    count = first_page < stat.alloc.page_count ? stat.alloc.page_count - first_page : 0;
    if (count > cell_count) count = cell_count;
    for (size_t i = 0; i < count; i++)
        TRY(describe_cell(db, &stat, first_page + (page_no)i, &cells[i]));
    TRY(mark_pinned(db, &stat, first_page, cells, count));
    *ret_count = count;
    return FH_OK;
}

fh_status fh_run_histogram(fh_db *db, uint64_t histogram[32])
{
    if (db == NULL || histogram == NULL)
        return fail(FH_INVALID, "fh_run_histogram: a NULL argument");
    return pager_run_histogram(db->pager, histogram);
}
